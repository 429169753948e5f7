"""Lateness: events that were signed or recorded long after what they say, or that happened
before what their goods' chains say already.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta

from provenance.core.record.event import SignedEvent
from provenance.core.record.state import GoodsState, State


def is_late(
    event: SignedEvent,
    before: Iterable[State | None],
    late_after: timedelta,
    *,
    recorded_at: datetime | None = None,
) -> bool:
    """Whether an act on goods, which met its subjects in the states `before`, is late.

    Only the server that recorded it knows `recorded_at`: a signer dates both act and signature. A
    registry claim is never late.
    """
    if event.act.is_claim:
        return False
    known_at = event.created if recorded_at is None else max(event.created, recorded_at)
    if known_at - event.event_time > late_after:
        return True
    return any(
        isinstance(state, GoodsState) and event.event_time < state.last_time for state in before
    )
