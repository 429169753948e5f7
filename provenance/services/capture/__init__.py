"""Capture: the one way into the record. Its primitive is a batch of signed events; one event is a batch of one.

    read      each document alone: strict parse, shape, eventID, signature          (capture.reading)
    know      lock and load what the batch moves and leans on                        (capture.known)
    decide    key, time, rules and effect, one event after another                   (capture.deciding)
    store     events, links, subjects, read models, in the same transaction          (capture.storing)

A batch is all or nothing unless `proceed`. What is refused leaves a row of its own. Nothing here starts a task:
stored events lie unanchored until the sweep finds them.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from django.conf import settings

from provenance.core import errors
from provenance.services.capture import pipeline, reading, refusals
from provenance.services.capture.pipeline import Entry, Outcome, ReadOnly
from provenance.services.capture.reading import Candidate

__all__ = ["Outcome", "ReadOnly", "capture", "capture_documents", "capture_one"]


def capture(raws: Sequence[bytes], *, proceed: bool = False, door: str = "api") -> list[Outcome]:
    """Record signed events: all or none, or with `proceed` those that can be. Raises ReadOnly.

    The outcomes are in the order given. Without `proceed`, one refused event means that none is stored.
    """
    host = settings.CUSTOS_DID_HOST
    entries = [_try(lambda raw=raw: reading.read(raw, host=host)) for raw in raws]  # type: ignore[misc]
    outcomes = pipeline.store(entries, proceed=proceed)
    refusals.record(
        door, [(outcome, raw) for outcome, raw in zip(outcomes, raws, strict=True) if outcome.error]
    )
    return outcomes


def capture_documents(
    documents: Sequence[Mapping[str, Any]], *, proceed: bool = False, door: str = "api"
) -> list[Outcome]:
    """`capture`, for documents that came out of the strict parser (`core.canonical.parse`) already."""
    host = settings.CUSTOS_DID_HOST
    entries = [_try(lambda one=one: reading.read_document(one, host=host)) for one in documents]  # type: ignore[misc]
    outcomes = pipeline.store(entries, proceed=proceed)
    refusals.record(
        door, [(outcome, one) for outcome, one in zip(outcomes, documents, strict=True) if outcome.error]
    )
    return outcomes


def capture_one(raw: bytes, *, door: str = "api") -> str:
    """Record one signed event and return its digest, or raise why it is refused."""
    (outcome,) = capture([raw], door=door)
    if outcome.error is not None:
        raise outcome.error
    assert outcome.digest is not None
    return outcome.digest


def _try(read: Callable[[], Candidate]) -> Entry:
    try:
        return read()
    except errors.ProvenanceError as error:
        return error
