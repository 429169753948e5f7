"""The times of events: signed before their own time, dated ahead of a clock, and late, which
is signed or recorded long after it, or before the newest time of their goods' chains.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from provenance.core import errors
from provenance.core.record.event import SignedEvent
from provenance.core.record.state import GoodsState, State

CLOCK_SKEW: Final = timedelta(minutes=5)
"""The most that two right clocks may differ by."""


def check_signed_after(event: SignedEvent) -> None:
    """Raise SignedTooEarly for an event that was signed before it happened, by more than
    clocks may differ.
    """
    if event.event_time - event.created > CLOCK_SKEW:
        raise errors.SignedTooEarly(
            f"signed at {event.created.isoformat()}, before {event.event_time.isoformat()},"
            " when it is said to have happened"
        )


def is_ahead(event: SignedEvent, now: datetime) -> bool:
    """Whether an event happened, or was signed, further ahead of `now` than clocks may
    differ.
    """
    return max(event.event_time, event.created) - now > CLOCK_SKEW


def is_before(event: SignedEvent, moment: datetime) -> bool:
    """Whether an event happened before `moment`, by more than clocks may differ."""
    return moment - event.event_time > CLOCK_SKEW


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

    Only the server that recorded it knows `recorded_at`: a signer dates both act and signature. A
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
