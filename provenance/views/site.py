"""The front page, and the doors that machines look at: health, trust file, labels."""

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import reverse_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from provenance.core import errors
from provenance.core.signing import canonical
from provenance.services.check import verification
from provenance.services.goods import labels
from provenance.services.site import health
from provenance.views import decorators, label_path, notices


@require_safe
@decorators.page
def home(request: HttpRequest) -> HttpResponse:
    """What this is, and where to go."""
    return render(request, "provenance/home.html")


@require_safe
@never_cache
def health_check(request: HttpRequest) -> JsonResponse:
    """200 while database, Redis and ledger are well, else 503 with what is not."""
    well, report = health.report()
    return JsonResponse(report, status=200 if well else 503)


@require_safe
def trust(request: HttpRequest) -> HttpResponse:
    """The trust file, in its RFC 8785 spelling. Whoever relies on it MUST compare it
    with what they have elsewhere.
    """
    body = canonical.serialize(verification.trust().to_json()) + b"\n"
    return HttpResponse(
        body, content_type="application/json", headers={"Cache-Control": "no-cache"}
    )


@require_safe
@login_required(login_url=reverse_lazy("admin:login"))
@decorators.private
@decorators.page
def label(request: HttpRequest) -> HttpResponse:
    """`/labels/01/…/21/….svg` or `.png`: the label of an item, a lot or a logistic
    unit.
    """
    path, _, form = request.path_info.removeprefix("/labels").rpartition(".")
    try:
        subject = label_path.of_path(path)[0]
        if form == "svg":
            return HttpResponse(labels.svg(subject.uri), content_type="image/svg+xml")
        if form == "png":
            return HttpResponse(labels.png(subject.uri), content_type="image/png")
    except errors.ProvenanceError as error:
        return notices.show(request, notices.of(error), quoted=path)
    return notices.show(request, notices.MALFORMED, quoted=request.path_info)
