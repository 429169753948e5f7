"""The front page, the answer to a form that may not be trusted, and two endpoints for
machines: health and trust file.
"""

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from provenance.core.check import trust as roots
from provenance.services.check import verification
from provenance.services.site import health
from provenance.views import decorators, notices


@require_safe
@decorators.page
def home(request: HttpRequest) -> HttpResponse:
    """The front page: the idea of Custos, and links to its pages."""
    return render(request, "provenance/home.html")


@decorators.private
@decorators.page
def form_refused(request: HttpRequest, reason: str = "") -> HttpResponse:
    """The answer to a form without the token or from elsewhere: the photo form asks
    again. Django logs the `reason`; it is not for the sender.
    """
    if request.path == reverse("verify"):
        return notices.show(request, notices.FORM_REFUSED, photo=True)
    return render(request, "403.html", status=403)


@require_safe
@never_cache
def health_check(request: HttpRequest) -> JsonResponse:
    """200 while database, Redis and ledger are well, else 503 with a report."""
    well, report = health.report()
    return JsonResponse(report, status=200 if well else 503)


@require_safe
def trust(request: HttpRequest) -> HttpResponse:
    """The trust file, in its RFC 8785 spelling. Its readers MUST compare it with a copy
    from elsewhere before they rely on it.
    """
    body = roots.format(verification.trust())
    return HttpResponse(
        body, content_type="application/json", headers={"Cache-Control": "no-cache"}
    )
