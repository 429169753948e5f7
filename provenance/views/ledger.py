"""The ledger as files (C2SP tlog-tiles), and as a page for people.

A static server may stand in front of the same folder; these views send the same
headers.
"""

from typing import Final

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from provenance.core import errors
from provenance.core.ledger import tiles
from provenance.services import ledger
from provenance.views import decorators

TEXT: Final = "text/plain; charset=utf-8"
IMMUTABLE: Final = "public, max-age=31536000, immutable"
SHOWN: Final = 20


@require_safe
def checkpoint(_request: HttpRequest) -> HttpResponse:
    """The newest signed tree head; tlog-tiles allows caching it for a few seconds."""
    signed = ledger.published()
    if signed is None:
        raise Http404("nothing is anchored yet")
    return HttpResponse(signed, content_type=TEXT, headers={"Cache-Control": "public, max-age=2"})


@require_safe
def tile(_request: HttpRequest, path: str) -> HttpResponse:
    """A tile or entry bundle; 404 for a path in another spelling, or of width 0."""
    try:
        raw = ledger.tile_bytes(f"tile/{path}")
    except errors.BadTile as error:
        raise Http404("no such tile") from error
    return HttpResponse(
        raw, content_type="application/octet-stream", headers={"Cache-Control": IMMUTABLE}
    )


@require_safe
def vkey(_request: HttpRequest) -> HttpResponse:
    """The ledger's verifier key. Verifiers MUST have learnt it once from a place that
    they trust.
    """
    return HttpResponse(f"{ledger.ledger_vkey()}\n", content_type=TEXT)


@require_safe
@decorators.page
def overview(request: HttpRequest) -> HttpResponse:
    """The tree head, its age and size, the newest heads, and how to check them with
    other people's tools.
    """
    heads = ledger.newest_heads(SHOWN + 1)
    context = {
        "health": ledger.health(),
        "former": ledger.former_ledgers(),
        "heads": heads[:SHOWN],
        "cut": len(heads) > SHOWN,
        "origin": settings.CUSTOS_LEDGER_ORIGIN,
        "prefix": f"{settings.CUSTOS_ORIGIN}/ledger",
        "vkey": ledger.ledger_vkey(),
        "full_tile": tiles.FULL,
    }
    return render(request, "provenance/ledger.html", context)
