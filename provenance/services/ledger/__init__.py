"""The ledger: anchoring events, proving them, and its health.

Nothing here starts a task: unanchored rows wait until the sweep finds them.
"""

import logging
from datetime import datetime
from typing import Any

from django.conf import settings
from django.utils import timezone

from provenance.core import errors
from provenance.core.ledger.former import FormerLedger
from provenance.models import Event, TreeHead
from provenance.services.ledger import backlog, compare, steps
from provenance.services.ledger.backlog import LedgerBehind
from provenance.services.ledger.ledger import open_ledger
from provenance.services.ledger.lock_store import SwapLost
from provenance.services.ledger.proofs import (
    latest,
    newest_heads,
    proof_text,
    proof_texts,
    proofs_served,
    published,
    tile_bytes,
)
from provenance.services.ledger.replay import Replayed, replay

__all__ = [
    "FormerLedger",
    "LedgerBehind",
    "Replayed",
    "anchor_pending",
    "former_ledgers",
    "freeze",
    "health",
    "latest",
    "ledger_vkey",
    "newest_heads",
    "proof_text",
    "proof_texts",
    "proofs_served",
    "published",
    "replay",
    "tile_bytes",
]

BATCH = 10_000
BEHIND_SWEEPS = 6  # sweep intervals that an event may wait until it counts as trouble
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
    try:
        steps.succeed(ledger)
    except SwapLost:
        logger.info("another worker began the next ledger first")
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


def freeze() -> FormerLedger | None:
    """End the ledger: nothing more is signed with its key. Return its end; None for a ledger
    that was never signed. Can be run again. Raises LogInconsistent.
    """
    return steps.freeze(open_ledger())


def former_ledgers() -> tuple[FormerLedger, ...]:
    """The former ledgers of this installation, the oldest first."""
    return open_ledger().former


def ledger_vkey() -> str:
    """The ledger's verifier key, as signed-note writes it: a verifier must have got it
    once from elsewhere.
    """
    return open_ledger().verifier.vkey()


def health() -> dict[str, Any]:
    """How the ledger is: `state` ok, behind, frozen or inconsistent (then `code`, `detail`,
    `place`), the size of the published head, the events that it does not cover yet, how
    long they wait at most, and whether others are refused lest that be broken.

    A frozen or inconsistent ledger signs nothing. A ledger that is behind
    has left an event waiting for several sweeps: no worker, or no room on its disk.
    """
    ledger = open_ledger()
    fault: dict[str, Any] = {}
    size = 0
    try:
        size = ledger.open_head(ledger.files.published(), "the published checkpoint").size
        compare.compare(ledger)
        ledger.check_not_frozen()
    except errors.LogInconsistent as error:
        state = "frozen" if isinstance(error, errors.LedgerFrozen) else "inconsistent"
        fault = {
            "state": state,
            "code": error.code,
            "detail": error.detail,
            "place": error.extra["place"],
        }
    newest, now = latest(), timezone.now()
    waiting, since = _uncovered(size)
    seconds = round((now - since).total_seconds(), 3) if since else 0
    behind = seconds > BEHIND_SWEEPS * settings.CUSTOS_ANCHOR_INTERVAL
    return {
        "state": "behind" if behind else "ok",
        "size": size,
        "age_seconds": round((now - newest.signed_at).total_seconds(), 3) if newest else None,
        "waiting": waiting,
        "waiting_seconds": seconds,
        "most_waiting_seconds": settings.CUSTOS_ANCHOR_WITHIN,
        "refusing": backlog.is_in_danger(),
        **fault,
    }


def _uncovered(size: int) -> tuple[int, datetime | None]:
    """The number of events that a head of `size` does not cover, and when the oldest of
    them was recorded.

    Each chain is in the ledger in the order of its recording, and so nearly is all of
    it; the first sequenced and the first unsequenced event are as good as the oldest.
    """
    sequenced = Event.objects.filter(ledger_index__gte=size).order_by("ledger_index")
    unsequenced = Event.objects.filter(ledger_index__isnull=True).order_by("recorded_at", "id")
    count = sum(events[:_COUNTED].count() for events in (sequenced, unsequenced))
    oldest = [
        moment
        for events in (sequenced, unsequenced)
        for moment in events.values_list("recorded_at", flat=True)[:1]
    ]
    return count, min(oldest, default=None)
