"""The labels of items, lots and logistic units, as pictures to print."""

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.urls import reverse_lazy
from django.views.decorators.http import require_safe

from provenance.core import errors
from provenance.services.goods import labels
from provenance.views import decorators, label_path, notices


@require_safe
@login_required(login_url=reverse_lazy("admin:login"))
@decorators.private
@decorators.page
def label(request: HttpRequest) -> HttpResponse:
    """`/labels/01/…/21/….svg` or `.png`: one label, for people who signed in."""
    path, _, form = request.path_info.removeprefix("/labels").rpartition(".")
    try:
        subject = label_path.of_path(path)[0].subject
        if form == "svg":
            return HttpResponse(labels.svg(subject.uri), content_type="image/svg+xml")
        if form == "png":
            return HttpResponse(labels.png(subject.uri), content_type="image/png")
    except errors.ProvenanceError as error:
        return notices.show(request, notices.of(error), quoted=path)
    return notices.show(request, notices.MALFORMED, quoted=request.path_info)
