"""The front page, and the doors that machines look at: health, trust file, labels."""

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import reverse_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from provenance.core import canonical, errors
from provenance.services import labels, status, verification
from provenance.views import answers, codes, public


@require_safe
@public.page
def home(request: HttpRequest) -> HttpResponse:
    """What this is, and where to go."""
    return render(request, "provenance/home.html")


@require_safe
@never_cache
def health(request: HttpRequest) -> JsonResponse:
    """200 while database, Redis and ledger are well, else 503 with what is not."""
    well, report = status.report()
    return JsonResponse(report, status=200 if well else 503)


@require_safe
def trust(request: HttpRequest) -> HttpResponse:
    """The trust file, in its RFC 8785 spelling. Whoever relies on it MUST compare it with what they have elsewhere."""
    body = canonical.serialize(verification.trust().to_json()) + b"\n"
    return HttpResponse(body, content_type="application/json", headers={"Cache-Control": "no-cache"})


@require_safe
@login_required(login_url=reverse_lazy("admin:login"))
@public.private
@public.page
def label(request: HttpRequest) -> HttpResponse:
    """`/labels/01/…/21/….svg` or `.png`: the label of an item, a lot or a logistic unit."""
    path, _, form = request.path_info.removeprefix("/labels").rpartition(".")
    try:
        subject = codes.of_path(path)[0]
        if form == "svg":
            return HttpResponse(labels.svg(subject.uri), content_type="image/svg+xml")
        if form == "png":
            return HttpResponse(labels.png(subject.uri), content_type="image/png")
    except errors.ProvenanceError as error:
        return answers.show(request, answers.of(error), quoted=path)
    return answers.show(request, answers.MALFORMED, quoted=request.path_info)
