"""The pages that explain the API: the index of its endpoints, its OpenAPI document in Swagger UI,
and the meaning of each error code.
"""

import re
from collections.abc import Iterable, Iterator
from typing import Any

from csp.decorators import csp_replace
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import URLPattern, get_resolver, reverse
from django.utils.decorators import method_decorator
from django.views.decorators.http import require_safe
from drf_spectacular.utils import extend_schema
from drf_spectacular.views import SpectacularSwaggerSplitView
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from provenance.api import base, fields, problems
from provenance.models import Event
from provenance.models.parties import Scope

_EXPLAINING = ("docs", "schema", "errors")
# Swagger UI styles its elements as it goes. No script of it is inline, and nothing
# comes from elsewhere.
_POLICY = {"style-src": ["'self'", "'unsafe-inline'"]}


@method_decorator(csp_replace(_POLICY), name="dispatch")
class Docs(SpectacularSwaggerSplitView):
    """Swagger UI from our own static files."""

    url_name = "api:schema"


class EndpointSerializer(serializers.Serializer[Any]):
    """An endpoint, and the scope that each of its methods takes: null is open to all."""

    path = serializers.CharField(help_text="a URI template")
    methods = serializers.DictField(child=fields.Choice(Scope, allow_null=True))


class IndexSerializer(serializers.Serializer[Any]):
    """The endpoints, and the addresses of what explains them."""

    documentation = serializers.URLField(help_text="this document, as a page")
    documents = serializers.URLField(help_text="guides and specifications")
    schema = serializers.URLField(help_text="this document")
    error_codes = serializers.URLField(help_text="the error codes")
    endpoints = EndpointSerializer(many=True)


class Index(base.ApiView[Event]):
    """The endpoints of this version."""

    scopes = {"GET": None}

    @extend_schema("get_index", responses=IndexSerializer)
    def get(self, request: Request) -> Response:
        at = {name: settings.CUSTOS_ORIGIN + reverse(f"api:{name}") for name in _EXPLAINING}
        index = {
            "documentation": at["docs"],
            "documents": settings.CUSTOS_ORIGIN + reverse("documents"),
            "schema": at["schema"],
            "error_codes": at["errors"],
            "endpoints": list(_endpoints()),
        }
        return Response(index)


def _endpoints() -> Iterator[dict[str, Any]]:
    for path, route in _routes(get_resolver().url_patterns, "/"):
        view = getattr(route.callback, "cls", None)
        if view is not None and issubclass(view, base.ApiView):
            yield {"path": re.sub(r"<\w+:(\w+)>", r"{\1}", path), "methods": view.scopes}


def _routes(routes: Iterable[Any], prefix: str) -> Iterator[tuple[str, URLPattern]]:
    """Every route of the site, of each app, with its path."""
    for route in routes:
        path = prefix + str(route.pattern)
        if isinstance(route, URLPattern):
            yield path, route
        else:
            yield from _routes(route.url_patterns, path)


@require_safe
def codes(request: HttpRequest) -> HttpResponse:
    """The page that the `type` of every problem leads to: code, status and title."""
    documents = reverse("document", args=["errors"])
    rows = [
        {"code": code, "more": f"{documents}#{code}-{row.status}", **row._asdict()}
        for code, row in sorted(problems.TABLE.items())
    ]
    return render(request, "provenance/api_errors.html", {"rows": rows})
