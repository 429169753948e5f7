"""The second half of capture: whether a signed event may be recorded now, in the state
that its subjects are in.

(1) key          enrolled for this issuer, for this purpose, and not revoked
(2) time         not further ahead of our clock than clocks may differ
(3) rules        links, transition, signer: core.acts, the table in docs/format.md
(4) effect       core.state, on each subject it links to
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from provenance.core import errors, gs1
from provenance.core.record import acts, authority, lateness, state
from provenance.core.record.authority import Registrar
from provenance.core.record.event import SignedEvent
from provenance.core.record.kinds import Kind
from provenance.core.record.state import State
from provenance.services.record.capture.load import Loaded, Wants
from provenance.services.record.capture.read import Candidate

_OF_A_PRODUCT = frozenset({Kind.COMMISSION, Kind.TRANSFORM, Kind.RECALL, Kind.REPORT_STOLEN})
_UNIQUE = {Kind.KEY_ADDED: "publicKeyMultibase", Kind.LICENCE_GRANTED: "licence"}


@dataclass(frozen=True, slots=True)
class Clock:
    """The time, and how far from it that of an event may be."""

    now: datetime
    max_ahead: timedelta
    late_after: timedelta


@dataclass(frozen=True, slots=True)
class Decision:
    """An event that is accepted: what its subjects were and what they become."""

    record: SignedEvent
    text: bytes
    recorded_at: datetime
    late: bool
    before: Mapping[str, State | None]
    after: Mapping[str, State]


def wants(
    kind: Kind,
    issuer: str,
    moved: Iterable[str],
    *,
    receiver: str | None = None,
    claim: Mapping[str, Any] | None = None,
    event_id: str = "",
) -> Wants:
    """The rows to load before an event of `kind` by `issuer` that moves these subjects
    can be decided.
    """
    moved = list(moved)
    consulted = {gs1.party_uri(issuer)}
    if receiver is not None:
        consulted.add(gs1.party_uri(receiver))
    if kind in _OF_A_PRODUCT:
        consulted |= {
            gs1.product_uri(gtin) for gtin in (gs1.parse_subject(uri).gtin for uri in moved) if gtin
        }
    if claim is not None:
        consulted |= {claim[name] for name in ("owner", "newOwner", "licensee") if name in claim}
        consulted |= set(claim.get("rights", ()))
    unique = claim[_UNIQUE[kind]] if claim is not None and kind in _UNIQUE else ""
    return Wants(moved, consulted, kind, event_id, unique)


def wants_of(record: SignedEvent) -> Wants:
    """`wants` of a signed event."""
    goods = record.goods
    return wants(
        record.kind,
        record.issuer,
        record.by_subject,
        receiver=goods.receiver if goods else None,
        claim=record.claim,
        event_id=goods.event_id if goods else "",
    )


def decide(
    candidate: Candidate, loaded: Loaded, *, registrar: Registrar, clock: Clock, at: datetime
) -> Decision:
    """Accept an event as recorded at `at`, and let `loaded` hold its effect; or raise
    and leave `loaded` as it was.
    """
    record = candidate.record
    check_key(record, loaded, registrar)
    check_time(record, clock)
    before = {link.subject: loaded.state(link.subject) for link in record.links}
    acts.check(record, before, loaded, registrar=registrar.public_key)
    _check_unique(record, loaded)
    after = {uri: state.apply(old, record, uri) for uri, old in before.items()}
    for uri, new in after.items():
        loaded.rows[uri].move(new, record, at)
    loaded.remember(record)
    late = lateness.is_late(record, before.values(), clock.late_after, recorded_at=at)
    return Decision(record, candidate.text, at, late, before, after)


def check_key(record: SignedEvent, loaded: Loaded, registrar: Registrar) -> None:
    """Raise KeyRevoked or KeyNotAuthorised unless the key that signed speaks for the
    issuer.
    """
    party = loaded.party(record.issuer)
    key = party.keys.get(record.key) if party is not None else None
    authority.check_key(record.issuer, record.key, record.kind, key=key, registrar=registrar)


def check_time(record: SignedEvent, clock: Clock) -> None:
    """Raise TimeAhead for an event that happened, or was signed, further ahead than
    clocks may differ.
    """
    newest = max(record.event_time, record.created)
    if newest > clock.now + clock.max_ahead:
        raise errors.TimeAhead(
            f"{newest.isoformat()} is more than {clock.max_ahead} ahead of us",
            server_time=clock.now.isoformat(),
        )


def _check_unique(record: SignedEvent, loaded: Loaded) -> None:
    """Raise IllegalTransition for a key that speaks for another party already, or a
    licence that belongs to another right.
    """
    claim = record.claim
    if claim is None:
        return
    name = _UNIQUE.get(record.kind)
    if name is not None and loaded.taken.setdefault(claim[name], claim["id"]) != claim["id"]:
        raise errors.IllegalTransition(
            f"{claim[name]} was enrolled or granted elsewhere", allowed=[]
        )
