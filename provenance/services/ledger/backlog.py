"""The promise of the ledger: an accepted event is in a published tree head within
`CUSTOS_ANCHOR_WITHIN` seconds.

Once the oldest event that waits has used half of that, no new event is taken: the other
half is for the sweep, and for an operator who must mend it, to anchor those that were.
New events are taken again as soon as the sweep has come that far.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from django.conf import settings
from django.db import connection
from django.utils import timezone

from provenance.core import errors
from provenance.services.ledger import restored

_NEVER: Final = datetime.max.replace(tzinfo=UTC)

# The newest row stands for the published head: the sweep adds it last. Each chain is in
# the ledger in the order of its recording, and so nearly is all of it, so the first
# sequenced and the first unsequenced event are as good as the oldest.
_OLDEST = """
    SELECT least(
        (SELECT recorded_at FROM provenance_event WHERE ledger_index >=
            (SELECT coalesce(max(size), 0) FROM provenance_treehead)
            ORDER BY ledger_index LIMIT 1),
        (SELECT recorded_at FROM provenance_event WHERE ledger_index IS NULL
            ORDER BY recorded_at, id LIMIT 1)
    )
"""


class LedgerBehind(errors.ProvenanceError):
    """Events wait so long to be anchored that no other is taken now."""

    code = "ledger-behind"


@dataclass
class _Asked:
    """The last answer of the database: at `at`, no event waited that was recorded before
    `since`. Whatever came later is younger, so nothing need be asked until that is old.
    """

    at: datetime = _NEVER
    since: datetime = _NEVER


_asked = _Asked()


def check() -> None:
    """Raise LedgerBehind while the promise of the events that wait is in danger. A restored
    database takes its missing events all the same: they are signed already.
    """
    if is_in_danger() and restored.awaited() is None:
        raise LedgerBehind(
            f"events wait for more than {half().total_seconds():g} s to be anchored: "
            "no other is taken until the sweep has caught up"
        )


def is_in_danger() -> bool:
    """Whether an event waits that has used half of the time promised to it."""
    now = timezone.now()
    if _asked.at <= now <= _asked.since + half():
        return False
    _asked.at, _asked.since = now, min(now, _oldest() or now)
    return now - _asked.since > half()


def half() -> timedelta:
    """Half of the time within which an event is promised to be anchored."""
    return timedelta(seconds=settings.CUSTOS_ANCHOR_WITHIN / 2)


def _oldest() -> datetime | None:
    """When the oldest event was recorded that no published tree head covers."""
    with connection.cursor() as cursor:
        cursor.execute(_OLDEST)
        (oldest,) = cursor.fetchone()
    return oldest  # type: ignore[no-any-return]  Django types no row
