"""The pages that explain the API: its OpenAPI document in Swagger UI, and the meaning
of each error code.
"""

from csp.decorators import csp_replace
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.decorators import method_decorator
from django.views.decorators.http import require_safe
from drf_spectacular.views import SpectacularSwaggerSplitView

from provenance.api import problems

# Swagger UI styles its elements as it goes. No script of it is inline, and nothing
# comes from elsewhere.
_POLICY = {"style-src": ["'self'", "'unsafe-inline'"]}


@method_decorator(csp_replace(_POLICY), name="dispatch")
class Docs(SpectacularSwaggerSplitView):
    """Swagger UI from our own static files."""

    url_name = "api:schema"


@require_safe
def codes(request: HttpRequest) -> HttpResponse:
    """The page that the `type` of every problem leads to: code, status and title."""
    rows = [{"code": code, **row._asdict()} for code, row in sorted(problems.TABLE.items())]
    return render(request, "provenance/api_errors.html", {"rows": rows})
