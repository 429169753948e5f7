"""The labels of items, lots and logistic units, as pictures to print."""

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse_lazy
from django.views.decorators.http import require_safe

from provenance.core import errors
from provenance.models import Subject
from provenance.services.check import visibility
from provenance.services.goods import labels
from provenance.views import decorators, label_path, notices


@require_safe
@login_required(login_url=reverse_lazy("admin:login"))
@decorators.private
@decorators.page
def label(request: HttpRequest) -> HttpResponse:
    """`/labels/01/…/21/….svg` or `.png`: a label, for people who signed in and act for
    a party whose goods they are, or may see all subjects in the admin.
    """
    path, _, form = request.path_info.removeprefix("/labels").rpartition(".")
    try:
        uris = [of.subject.uri for of in label_path.of_path(path) if not of.written]
        own = next((uri for uri in uris if _may_have(request, uri)), None)
        if own is None:
            raise Http404
        if form in labels.FORMS:
            return HttpResponse(**labels.picture(own, form))
    except errors.ProvenanceError as error:
        return notices.show(request, notices.of(error), quoted=path)
    return notices.show(request, notices.MALFORMED, quoted=request.path_info)


def _may_have(request: HttpRequest, uri: str) -> bool:
    if request.user.has_perm("provenance.view_subject"):
        return Subject.objects.filter(uri=uri).exists()
    return visibility.is_own(visibility.parties_of(request.user), uri)
