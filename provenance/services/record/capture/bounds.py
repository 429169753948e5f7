"""Bounds on what one party may add to the record, so that nobody makes it grow for others.

They count by our clock and over all that is stored, which no bundle can show: the check of a
bundle does not ask for them.
"""

from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

import psycopg

from provenance.core import errors
from provenance.core.record.claims import KeyAdded
from provenance.core.record.event import SignedEvent
from provenance.core.record.state import KeyState, State

MAX_KEYS: Final = 100  # in force, of one party
MAX_EVENTS: Final = 1_000  # by one issuer, on one chain, in one day (UTC) of our clock
_KEYS: Final = """
    SELECT party_gln, count(*) FROM provenance_signingkey
    WHERE party_gln = ANY(%s) AND revoked_at IS NULL GROUP BY party_gln
"""
# From each head back to the first event of the day: on a chain, what was recorded later comes
# later.
_EVENTS: Final = """
    WITH RECURSIVE today(uri, subject_id, position, issuer) AS (
        SELECT s.uri, s.id, l.position, e.issuer
        FROM provenance_subject s
        JOIN provenance_chainlink l ON l.subject_id = s.id AND l.position = s.head_position
        JOIN provenance_event e ON e.id = l.event_id
        WHERE s.uri = ANY(%(uris)s) AND e.recorded_at >= %(day)s
        UNION ALL
        SELECT today.uri, l.subject_id, l.position, e.issuer
        FROM today
        JOIN provenance_chainlink l
            ON l.subject_id = today.subject_id AND l.position = today.position - 1
        JOIN provenance_event e ON e.id = l.event_id
        WHERE e.recorded_at >= %(day)s
    )
    SELECT uri, issuer, count(*) FROM today GROUP BY uri, issuer
"""


class TooManyKeys(errors.ProvenanceError):
    """The party has as many keys in force as it may have; `extra["limit"]` says how many."""

    code = "too-many-keys"


class TooManyEvents(errors.ProvenanceError):
    """The issuer recorded as many events on this chain as it may in a day; `extra["limit"]` says
    how many.
    """

    code = "too-many-events"


@dataclass(slots=True)
class Used:
    """The keys in force by their party's GLN, and the day's events by chain and issuer, as far as
    a batch can come to a bound.
    """

    keys: Counter[str] = field(default_factory=Counter)
    events: Counter[tuple[str, str]] = field(default_factory=Counter)

    def check(self, event: SignedEvent) -> None:
        """Raise TooManyKeys or TooManyEvents where `event` would go over a bound."""
        body = event.body
        if isinstance(body, KeyAdded) and self.keys[body.party] >= MAX_KEYS:
            raise TooManyKeys(
                f"{body.party} has {MAX_KEYS} keys in force: revoke some of them", limit=MAX_KEYS
            )
        for uri in event.by_subject:
            if self.events[uri, event.issuer] >= MAX_EVENTS:
                raise TooManyEvents(
                    f"{event.issuer} recorded {MAX_EVENTS} events of {uri} today: put many"
                    " readings into one event",
                    limit=MAX_EVENTS,
                    subject=uri,
                )

    def count(self, event: SignedEvent, after: Mapping[str, State]) -> None:
        """Take in an accepted event, with the states of its subjects `after` it."""
        for uri, state in after.items():
            self.events[uri, event.issuer] += 1
            if isinstance(state, KeyState):
                self.keys[state.party] += 1 if state.revoked is None else -1


def load(
    cursor: psycopg.Cursor,
    events: Collection[SignedEvent],
    states: Mapping[str, State | None],
    now: datetime,
) -> Used:
    """Return what is used, so far as `events` can come to a bound at `now` (aware), given the
    `states` of their subjects. The rows of these and of the parties of new keys MUST be locked.
    """
    used = Used()
    parties = {event.body.party for event in events if isinstance(event.body, KeyAdded)}
    if parties:
        cursor.execute(_KEYS, [list(parties)])
        used.keys.update(dict(cursor.fetchall()))
    coming = Counter(uri for event in events for uri in event.by_subject)
    long = [
        uri
        for uri, count in coming.items()
        if (state := states[uri]) is not None and state.position + count >= MAX_EVENTS
    ]
    if long:
        day = now.replace(hour=0, minute=0, second=0, microsecond=0)
        cursor.execute(_EVENTS, {"uris": long, "day": day})
        used.events.update({(uri, issuer): count for uri, issuer, count in cursor.fetchall()})
    return used
