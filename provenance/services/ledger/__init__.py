"""The ledger: anchoring events, proving them, and its health.

Nothing here starts a task: unanchored rows wait until the sweep finds them.
"""

import logging
from typing import Any

from django.utils import timezone

from provenance.core import errors
from provenance.models import Event, TreeHead
from provenance.services.ledger import compare, steps
from provenance.services.ledger.ledger import open_ledger
from provenance.services.ledger.lock_store import SwapLost
from provenance.services.ledger.proofs import (
    latest,
    newest_heads,
    proof_text,
    proof_texts,
    published,
    tile_bytes,
)
from provenance.services.ledger.replay import Replayed, replay

__all__ = [
    "Replayed",
    "anchor_pending",
    "health",
    "latest",
    "ledger_vkey",
    "newest_heads",
    "proof_text",
    "proof_texts",
    "published",
    "replay",
    "tile_bytes",
]

BATCH = 10_000
_COUNTED = 100_000

logger = logging.getLogger(__name__)


def anchor_pending(limit: int = BATCH) -> TreeHead | None:
    """Anchor every event that waits, `limit` to a signature; return the newest head
    that this call published, or None.

    Can be run at any time, by any number of workers, after any crash. Raises
    LogInconsistent, and OSError where the disk fails: then nothing was published that
    is not whole, and the next call goes on.
    """
    ledger = open_ledger()
    head: TreeHead | None = None
    while True:
        head = (
            steps.publish(ledger) or head
        )  # first of all, what a crash may have left signed and unpublished
        sequenced = steps.sequence(ledger, limit)
        try:
            integrated = steps.integrate(ledger, limit)
        except SwapLost:
            # Another worker signed first. What this one computed is in the other's
            # tree, or in the next sweep's.
            logger.info("another worker signed a tree head first")
            return head
        if not sequenced and not integrated:
            return head


def ledger_vkey() -> str:
    """The ledger's verifier key, as signed-note writes it: a verifier must have got it
    once from elsewhere.
    """
    return open_ledger().signer.verifier.vkey()


def health() -> dict[str, Any]:
    """How the ledger is: `state` ok or inconsistent (then `code`, `detail`, `place`),
    and what waits for anchoring.

    An inconsistent ledger signs nothing and still accepts events.
    """
    waiting = Event.objects.filter(ledger_index__isnull=True).order_by("recorded_at", "id")
    oldest = waiting.values_list("recorded_at", flat=True).first()
    newest = latest()
    now = timezone.now()
    report: dict[str, Any] = {
        "state": "ok",
        "size": newest.size if newest else 0,
        "age_seconds": round((now - newest.signed_at).total_seconds(), 3) if newest else None,
        "waiting": waiting[:_COUNTED].count(),
        "waiting_seconds": round((now - oldest).total_seconds(), 3) if oldest else 0,
    }
    try:
        compare.compare(open_ledger())
    except errors.LogInconsistent as error:
        report |= {
            "state": "inconsistent",
            "code": error.code,
            "detail": error.detail,
            "place": error.extra["place"],
        }
    return report
