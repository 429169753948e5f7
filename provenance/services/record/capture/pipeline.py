"""Load, decide and store one batch in one transaction, again where another writer got
in between.
"""

import random
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

import psycopg
from django.conf import settings
from django.db import DatabaseError, connection, transaction
from django.utils import timezone

from provenance.core import errors
from provenance.services import keyring, room
from provenance.services.ledger import backlog, restored
from provenance.services.record.capture import decide, project, store
from provenance.services.record.capture import load as load_
from provenance.services.record.capture.decide import Clock, Decision
from provenance.services.record.capture.load import Loaded
from provenance.services.record.capture.read import Candidate, Reading

_ATTEMPTS: Final = 6
_TICK: Final = timedelta(microseconds=1)
_CONFLICTS: Final = frozenset(
    {"23505", "40001", "40P01"}
)  # unique violation, serialization failure, deadlock
_READ_ONLY: Final = frozenset({"53100", "25006"})  # disk full, read-only transaction
# The ledger takes what is not anchored yet in this order, and a claim must not come
# before what it changes.
_NEWEST_UNANCHORED: Final = (
    "SELECT max(recorded_at) FROM provenance_event WHERE ledger_index IS NULL"
)
_STORED: Final = "SELECT digest FROM provenance_event WHERE digest = ANY(%s)"


class RecordReadOnly(errors.ProvenanceError):
    """The record can be read but nothing can be written now: the disk is full, or this
    is a replica.
    """

    code = "read-only"


@dataclass(frozen=True, slots=True)
class Receipt:
    """The outcome of capture for an event of a batch. `digest` is None where the
    document could not even be read; `already` says that the record held the event
    before, so that nothing was stored again.
    """

    digest: str | None
    stored: bool
    error: errors.ProvenanceError | None = None
    already: bool = False


def run(readings: Sequence[Reading], *, proceed: bool = False) -> list[Receipt]:
    """Record a batch: all or nothing, or with `proceed` what can be. Raises RecordReadOnly,
    LedgerBehind, and LogInconsistent for a batch that must wait until a restored database
    is whole.
    """
    if not room.is_left():
        raise RecordReadOnly("the database's disk is nearly full: nothing is written now")
    backlog.check()
    for attempt in range(1, _ATTEMPTS + 1):
        try:
            with transaction.atomic(), connection.wrap_database_errors:
                return _attempt(readings, proceed)
        except (DatabaseError, store.HeadsMoved) as error:
            state = getattr(error.__cause__, "sqlstate", None)
            if state in _READ_ONLY:
                raise RecordReadOnly("nothing can be written now, try again later") from error
            if attempt == _ATTEMPTS or not (
                isinstance(error, store.HeadsMoved) or state in _CONFLICTS
            ):
                raise
        time.sleep(random.uniform(0, 0.005 * 2**attempt))  # noqa: S311  so that two losers do not meet again
    raise AssertionError("the last attempt returned or raised")


def _attempt(readings: Sequence[Reading], proceed: bool) -> list[Receipt]:
    live = [reading for reading in readings if isinstance(reading, Candidate)]
    if not live or (len(live) < len(readings) and not proceed):
        return [_undecided(reading) for reading in readings]
    with psycopg.Cursor(connection.connection) as cursor:
        events = [reading.event for reading in live]
        awaited = restored.awaited()
        digests = {event.digest for event in events}
        if awaited is not None and not proceed and not digests <= awaited:
            raise _waits()  # later the very same batch may do
        loaded = load_.load(cursor, events, timezone.now())
        clock = Clock(
            timezone.now(),
            timedelta(seconds=settings.CUSTOS_MAX_CLOCK_AHEAD),
            timedelta(hours=settings.CUSTOS_LATE_AFTER),
        )
        at = _first_moment(cursor, loaded, clock.now, any(event.act.is_claim for event in events))
        receipts, decisions = _decide(readings, loaded, clock, at, awaited)
        stored = _stored(cursor, receipts)
        outcomes = _recognise(receipts, stored | {each.event.digest for each in decisions})
        if decisions and (proceed or not any(outcome.error for outcome in outcomes)):
            store.store(cursor, decisions, loaded)
            project.update(cursor, decisions)
            return outcomes
    return [
        Receipt(outcome.digest, outcome.digest in stored, outcome.error, outcome.digest in stored)
        for outcome in outcomes
    ]


def _waits() -> errors.LogInconsistent:
    return errors.LogInconsistent(
        "the database was restored and waits for events that are signed already; "
        "until they are back, no other is taken"
    )


def _decide(
    readings: Sequence[Reading],
    loaded: Loaded,
    clock: Clock,
    at: datetime,
    awaited: frozenset[str] | None,
) -> tuple[list[Receipt], list[Decision]]:
    """Decide each reading in turn, in the state that those before it leave."""
    root = keyring.registrar()
    receipts: list[Receipt] = []
    decisions: list[Decision] = []
    for reading in readings:
        if isinstance(reading, errors.ProvenanceError):
            receipts.append(_undecided(reading))
            continue
        digest = reading.event.digest
        try:
            if awaited is not None and digest not in awaited:
                raise _waits()
            decisions.append(decide.decide(reading, loaded, registrar=root, clock=clock, at=at))
            receipts.append(Receipt(digest, True))
            at += _TICK
        except errors.ProvenanceError as error:
            receipts.append(Receipt(digest, False, error))
    return receipts, decisions


def _stored(cursor: psycopg.Cursor[Any], receipts: Sequence[Receipt]) -> set[str]:
    """Return the digests of those refused events that the record holds already. A sender
    who got no answer sends again, and then an event no longer follows the head.
    """
    refused = [receipt.digest for receipt in receipts if receipt.error and receipt.digest]
    if not refused:
        return set()
    return {digest for (digest,) in cursor.execute(_STORED, [refused])}


def _recognise(receipts: Sequence[Receipt], repeated: set[str]) -> list[Receipt]:
    """Return the receipts, with those of refused events that are `repeated` turned into
    `already`.
    """
    return [
        Receipt(receipt.digest, True, already=True)
        if receipt.error and receipt.digest in repeated
        else receipt
        for receipt in receipts
    ]


def _undecided(reading: Reading) -> Receipt:
    if isinstance(reading, errors.ProvenanceError):
        return Receipt(None, False, reading)
    return Receipt(reading.event.digest, False)


def _first_moment(
    cursor: psycopg.Cursor[Any], loaded: Loaded, now: datetime, with_claims: bool
) -> datetime:
    """When the batch counts as recorded: now, but after all it rests on, though our
    clock may have stepped back.
    """
    newest = loaded.newest()
    if with_claims:
        row = cursor.execute(_NEWEST_UNANCHORED).fetchone()
        newest = max(
            (moment for moment in (newest, row[0] if row else None) if moment), default=None
        )
    return now if newest is None else max(now, newest + _TICK)
