"""Lateness: events that were signed or recorded long after what they say, or that happened
before what their goods' chains say already.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta
from enum import StrEnum

from provenance.core.record.event import SignedEvent
from provenance.core.record.state import GoodsState, State


class Lateness(StrEnum):
    """The ways to be late: the codes of reasons, each with a sentence on the pages.

    RECORDED_LATE is said of what was signed in time.
    """

    SIGNED_LATE = "signed-late"
    RECORDED_LATE = "recorded-late"
    OUT_OF_ORDER = "out-of-order"


def of(
    event: SignedEvent,
    before: Iterable[State | None],
    late_after: timedelta,
    *,
    recorded_at: datetime | None = None,
) -> Lateness | None:
    """Return how an act on goods, which met its subjects in the states `before`, is late:
    the first way that applies, or None.

    Only who recorded it knows `recorded_at`: a signer dates both act and signature. A
    registry claim is never late.
    """
    if event.act.is_claim:
        return None
    if event.created - event.event_time > late_after:
        return Lateness.SIGNED_LATE
    if recorded_at is not None and recorded_at - event.event_time > late_after:
        return Lateness.RECORDED_LATE
    early = any(
        isinstance(state, GoodsState) and event.event_time < state.last_time for state in before
    )
    return Lateness.OUT_OF_ORDER if early else None
