"""The JSON-LD context of signed documents, and the vocabulary of their extensions."""

from collections.abc import Mapping
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from provenance.core.record import jsonld
from provenance.core.signing import canonical


@require_safe
def context(request: HttpRequest) -> HttpResponse:
    """The context that every signed document names second."""
    return _served(jsonld.context())


@require_safe
def vocabulary(request: HttpRequest) -> HttpResponse:
    """The extension members of events, and the customs words, as RDF."""
    return _served(jsonld.vocabulary())


def _served(document: Mapping[str, Any]) -> HttpResponse:
    """The bytes whose digests docs/format.md gives, for programs of any site."""
    headers = {"Cache-Control": "public, max-age=86400", "Access-Control-Allow-Origin": "*"}
    raw = canonical.serialize(document)
    return HttpResponse(raw, content_type="application/ld+json", headers=headers)
