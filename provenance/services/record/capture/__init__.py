"""Capture: the only way into the record. Its primitive is a batch of signed events; a
single event is a batch of 1.

    read      each document alone: strict parse, shape, eventID, signature
    load      lock and load the subjects that the batch moves or consults
    decide    key, time, rules and effect, one event after another
    store     events, links and subjects, in the same transaction
    project   the read models, in that transaction too

A batch is all or nothing unless `proceed`. Every refusal leaves a row. Nothing here
starts a task: stored events wait unanchored until the sweep finds them.
"""

import contextlib
import gc
from collections.abc import Iterator, Sequence
from typing import Final

from django.conf import settings

from provenance.services.ledger import LedgerBehind
from provenance.services.record.capture import pipeline, read, refusals
from provenance.services.record.capture.pipeline import Receipt, RecordReadOnly
from provenance.services.record.capture.read import Source

_WORTH_A_PAUSE: Final = 64

__all__ = ["LedgerBehind", "Receipt", "RecordReadOnly", "Source", "capture", "capture_one"]


def capture(
    sources: Sequence[Source], *, proceed: bool = False, endpoint: str = "api"
) -> list[Receipt]:
    """Record signed events: all or none, or with `proceed` those that can be. Raises
    RecordReadOnly, LedgerBehind, LogInconsistent.

    A source is a document in bytes, or in the form that came out of the strict parser
    (`core.signing.canonical.parse`) already. The receipts are in the order given. Without
    `proceed`, one refused event means that none is stored. An event that the record
    holds already is not refused, and not stored twice. Refusals are kept under the name
    `endpoint`.
    """
    with _without_collector(len(sources)):
        entries = read.read(sources, host=settings.CUSTOS_DID_HOST)
        receipts = pipeline.run(entries, proceed=proceed)
    refusals.record(
        endpoint,
        [
            (receipt, source)
            for receipt, source in zip(receipts, sources, strict=True)
            if receipt.error is not None
        ],
    )
    return receipts


def capture_one(source: Source, *, endpoint: str = "api") -> str:
    """Record a signed event and return its digest, or raise why it is refused."""
    (receipt,) = capture([source], endpoint=endpoint)
    if receipt.error is not None:
        raise receipt.error
    return receipt.digest or ""


@contextlib.contextmanager
def _without_collector(events: int) -> Iterator[None]:
    """Let no cycle collection interrupt a large batch: it would walk the whole heap
    again and again, and find nothing.

    Reference counts free the leavings of a batch. Another thread's batch may end the
    pause early: no harm.
    """
    pause = events >= _WORTH_A_PAUSE and gc.isenabled()
    if pause:
        gc.disable()
    try:
        yield
    finally:
        if pause:
            gc.enable()
