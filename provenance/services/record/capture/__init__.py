"""Capture: the one way into the record. Its primitive is a batch of signed events; one
event is a batch of one.

    read      each document alone: strict parse, shape, eventID, signature          (capture.reading)
    know      lock and load what the batch moves and leans on                        (capture.known)
    decide    key, time, rules and effect, one event after another                   (capture.deciding)
    store     events, links, subjects, read models, in the same transaction          (capture.storing)

A batch is all or nothing unless `proceed`. What is refused leaves a row of its own.
Nothing here starts a task: stored events lie unanchored until the sweep finds them.
"""

import contextlib
import gc
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from django.conf import settings

from provenance.services.record.capture import pipeline, read, refusals
from provenance.services.record.capture.pipeline import Outcome, ReadOnly

_WORTH_A_PAUSE: Final = 64

__all__ = ["Outcome", "ReadOnly", "capture", "capture_documents", "capture_one"]


def capture(raws: Sequence[bytes], *, proceed: bool = False, door: str = "api") -> list[Outcome]:
    """Record signed events: all or none, or with `proceed` those that can be. Raises
    ReadOnly.

    The outcomes are in the order given. Without `proceed`, one refused event means that
    none is stored.
    """
    with _without_collector(len(raws)):
        outcomes = pipeline.run(read.read(raws, host=settings.CUSTOS_DID_HOST), proceed=proceed)
    refusals.record(
        door, [(outcome, raw) for outcome, raw in zip(outcomes, raws, strict=True) if outcome.error]
    )
    return outcomes


def capture_documents(
    documents: Sequence[Mapping[str, Any]], *, proceed: bool = False, door: str = "api"
) -> list[Outcome]:
    """`capture`, for documents that came out of the strict parser
    (`core.canonical.parse`) already.
    """
    with _without_collector(len(documents)):
        entries = read.read_documents(documents, host=settings.CUSTOS_DID_HOST)
        outcomes = pipeline.run(entries, proceed=proceed)
    refusals.record(
        door,
        [(outcome, one) for outcome, one in zip(outcomes, documents, strict=True) if outcome.error],
    )
    return outcomes


def capture_one(raw: bytes, *, door: str = "api") -> str:
    """Record one signed event and return its digest, or raise why it is refused."""
    (outcome,) = capture([raw], door=door)
    if outcome.error is not None:
        raise outcome.error
    return outcome.digest or ""


@contextlib.contextmanager
def _without_collector(events: int) -> Iterator[None]:
    """Let no cycle collection interrupt a large batch: it would walk the whole heap
    again and again, and find nothing.

    Reference counts free what a batch leaves behind. Another thread's batch may end the
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
