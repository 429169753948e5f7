"""The second half of capture: whether a signed event may be recorded now, in the state
that its subjects are in.

(1) key          enrolled for this issuer, for this purpose, and not revoked
(2) time         not further ahead of our clock than clocks may differ
(3) rules        links, situation, signer: transition.check, by the table of acts
(4) bounds       keys in force of a party, events by one issuer on one chain and day
(5) effect       transition.apply_all, on the subjects it links to
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from provenance.core import errors
from provenance.core.record import authority, lateness, transition
from provenance.core.record.authority import Registrar
from provenance.core.record.event import SignedEvent
from provenance.core.record.sealed import Contents
from provenance.core.record.state import State
from provenance.services.record.capture import load
from provenance.services.record.capture.load import Loaded
from provenance.services.record.capture.read import Candidate


@dataclass(frozen=True, slots=True)
class Clock:
    """The time, and how far from it that of an event may be."""

    now: datetime
    max_ahead: timedelta
    late_after: timedelta


@dataclass(frozen=True, slots=True)
class Decision:
    """An event that is accepted, with its sealed contents, and the states of its subjects before
    and after.
    """

    event: SignedEvent
    text: bytes
    recorded_at: datetime
    late: bool
    before: Mapping[str, State | None]
    after: Mapping[str, State]
    contents: Contents | None = None


def decide(
    candidate: Candidate, loaded: Loaded, *, registrar: Registrar, clock: Clock, at: datetime
) -> Decision:
    """Accept an event as recorded at `at`, and let `loaded` hold its effect; or raise
    and leave `loaded` as it was.
    """
    event = candidate.event
    check_key(event, loaded, registrar)
    check_time(event, clock)
    before = {link.subject: loaded.state(link.subject) for link in event.links}
    transition.check(event, before, loaded, registrar=registrar)
    _check_unique(event, loaded)
    loaded.names.check(event, loaded)
    loaded.used.check(event)
    after = transition.apply_all(event, before)
    loaded.take(event, after, at)
    late = lateness.of(event, before.values(), clock.late_after, recorded_at=at) is not None
    return Decision(event, candidate.text, at, late, before, after, candidate.contents)


def check_key(event: SignedEvent, loaded: Loaded, registrar: Registrar) -> None:
    """Raise RevokedKey or KeyNotAuthorised unless the key that signed speaks for the
    issuer.
    """
    authority.check_key(event.issuer, event.key, event.act, key_of=loaded.key, registrar=registrar)


def check_time(event: SignedEvent, clock: Clock) -> None:
    """Raise TimeAhead for an event that happened, or was signed, further ahead than
    clocks may differ.
    """
    newest = max(event.event_time, event.created)
    if newest > clock.now + clock.max_ahead:
        raise errors.TimeAhead(
            f"{newest.isoformat()} is more than {clock.max_ahead} ahead of us",
            server_time=clock.now.isoformat(),
        )


def _check_unique(event: SignedEvent, loaded: Loaded) -> None:
    """A licence belongs to one right only."""
    name = load.unique_of(event)
    owner = event.links[0].subject
    if name and loaded.taken.setdefault(name, owner) != owner:
        raise errors.IllegalTransition(f"{name} was granted elsewhere", allowed=[])
