"""The second half of capture: whether a signed event may be recorded now, in the state
that its subjects are in.

(1) key          enrolled for this issuer, for this purpose, and not revoked
(2) time         not further ahead of our clock than clocks may differ
(3) rules        links, situation, signer: transition.check, by the table of acts
(4) effect       transition.apply, on each subject it links to
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from provenance.core import errors
from provenance.core.record import transition
from provenance.core.record.event import GoodsAct, SignedEvent
from provenance.core.record.state import GoodsState, State
from provenance.services.record.capture import load
from provenance.services.record.capture.load import Loaded
from provenance.services.record.capture.read import Candidate


@dataclass(frozen=True, slots=True)
class Registrar:
    """The root that vouches for parties: its GLN and its public key in multibase."""

    gln: str
    key: str


@dataclass(frozen=True, slots=True)
class Clock:
    """What time it is, and how far from it an event may lie."""

    now: datetime
    max_ahead: timedelta
    late_after: timedelta


@dataclass(frozen=True, slots=True)
class Decision:
    """An event that is accepted: what its subjects were and what they become."""

    event: SignedEvent
    text: bytes
    recorded_at: datetime
    late: bool
    before: Mapping[str, State | None]
    after: Mapping[str, State]


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
    transition.check(event, before, loaded, registrar=registrar.key)
    _check_unique(event, loaded)
    after = {uri: transition.apply(old, event, uri) for uri, old in before.items()}
    for uri, new in after.items():
        loaded.rows[uri].move(new, event, at)
    loaded.remember(event)
    return Decision(event, candidate.text, at, _is_late(event, before, clock, at), before, after)


def check_key(event: SignedEvent, loaded: Loaded, registrar: Registrar) -> None:
    """Raise RevokedKey or KeyNotAuthorised unless the key that signed speaks for the
    issuer.

    Unknown key, another party's key and a key for another purpose are one answer, so
    that nobody learns which.
    """
    party = loaded.party(event.issuer)
    key = party.keys.get(event.key) if party is not None else None
    if key is not None and key.revoked is not None:
        raise errors.RevokedKey(f"{event.key} was revoked")
    if (event.issuer, event.key) == (registrar.gln, registrar.key):
        return
    if key is None or not key.purpose.covers(event.act):
        raise errors.KeyNotAuthorised(f"{event.key} is not a key of {event.issuer} for this")


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
    """A key speaks for one party only, and a licence belongs to one right only."""
    name = load.unique_of(event)
    owner = event.links[0].subject
    if name and loaded.taken.setdefault(name, owner) != owner:
        raise errors.IllegalTransition(f"{name} was enrolled or granted elsewhere", allowed=[])


def _is_late(
    event: SignedEvent, before: Mapping[str, State | None], clock: Clock, at: datetime
) -> bool:
    if not isinstance(event.body, GoodsAct):
        return False
    if max(event.created, at) - event.event_time > clock.late_after:
        return True
    return any(
        isinstance(old, GoodsState) and event.event_time < old.last_time for old in before.values()
    )
