"""What the events of a subject add up to: its state, and the effect of one more event
on it.

Pure folds: `apply(state, record, uri)` gives the state of subject `uri` after `record`.
The database keeps these states as read models; `manage.py rebuild` and every verifier
compute them again from the events alone. Whether an event *may* happen is not asked
here but in `acts`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any

from provenance.core import errors, gs1
from provenance.core.record.event import Link, SignedEvent
from provenance.core.record.kinds import Kind

GLN = "gln:"  # holders in GoodsState.holdings: "gln:<13 digits>" or the URI of a logistic unit


class Situation(StrEnum):
    """Where a goods chain stands: what decides which act may come next."""

    UNBORN = "unborn"
    WITH_CUSTODIAN = "with_custodian"
    HANDED_OVER = "handed_over"
    PACKED = "packed"
    HELD = "held"
    SEIZED = "seized"
    SOLD = "sold"
    ENDED = "ended"


@dataclass(frozen=True, slots=True)
class GoodsState:
    """An item, a lot or a logistic unit; amounts are 1 except for lots.

    `holdings` says who holds how much of what is still there. `pending` is the receiver
    of an unanswered handoff, `customs_hold_by` the authority whose hold stands.
    """

    commissioned_by: str
    genesis: str
    position: int
    head: str
    last_time: datetime
    quantity: Decimal
    holdings: Mapping[str, Decimal] = field(default_factory=dict)
    sold: Decimal = Decimal(0)
    seller: str | None = None
    pending: str | None = None
    handed_over_at: datetime | None = None
    customs_hold_by: str | None = None
    seized_by: str | None = None
    ended_by: Kind | None = None
    recalled: bool = False
    stolen: bool = False
    contents: Decimal = Decimal(0)
    lot: str = ""

    @property
    def custodian(self) -> str | None:
        """The one party that holds all of it, or None (packed, split, or ended)."""
        holders = list(self.holdings)
        return holders[0][len(GLN) :] if len(holders) == 1 and holders[0].startswith(GLN) else None

    @property
    def container(self) -> str | None:
        """The one logistic unit that holds all of it, or None."""
        holders = list(self.holdings)
        return holders[0] if len(holders) == 1 and not holders[0].startswith(GLN) else None

    @property
    def situation(self) -> Situation:
        """The first of ended, sold, seized, held, handed over, packed that applies.

        What an authority seized and hands over again is handed over, so that the
        receiver can answer.
        """
        if self.ended_by is not None:
            return Situation.SOLD if self.ended_by is Kind.SELL else Situation.ENDED
        if self.seized_by is not None and self.pending is None:
            return Situation.SEIZED
        if self.customs_hold_by is not None:
            return Situation.HELD
        if self.pending is not None:
            return Situation.HANDED_OVER
        if any(holder.startswith(GLN) for holder in self.holdings):
            return Situation.WITH_CUSTODIAN
        return Situation.PACKED


@dataclass(frozen=True, slots=True)
class KeyState:
    """A party's enrolled key. `added` and `revoked` are the digests of the claims that
    say so.
    """

    purpose: str
    custody: str
    added: str
    revoked: str | None = None
    revoked_from: datetime | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class PartyState:
    """A registered party and its keys by multibase text."""

    genesis: str
    position: int
    head: str
    name: str
    country: str
    roles: tuple[str, ...]
    keys: Mapping[str, KeyState] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ProductState:
    """A registered product: its owner's GLN and the URIs of the filed rights it
    carries.
    """

    genesis: str
    position: int
    head: str
    owner: str
    name: str
    brand: str
    hs_code: str
    origin: str
    rights: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class LicenceState:
    """Permission to make `products` (GTINs; empty: all) in `territories` (countries;
    empty: all) on some days.
    """

    licensee: str
    products: tuple[str, ...]
    territories: tuple[str, ...]
    valid_from: str
    valid_until: str | None
    revoked_from: str | None = None


@dataclass(frozen=True, slots=True)
class RightState:
    """A filed right. `owners` are (from day, GLN) in the order assigned; days are ISO
    dates, `valid_until` included.
    """

    genesis: str
    position: int
    head: str
    kind: str
    title: str
    office: str
    number: str
    territories: tuple[str, ...]
    owners: tuple[tuple[str, str], ...]
    valid_from: str
    valid_until: str | None
    verified: bool = False
    lapsed_from: str | None = None
    licences: Mapping[str, LicenceState] = field(default_factory=dict)

    @property
    def owner(self) -> str:
        """GLN of the newest owner."""
        return self.owners[-1][1]


State = GoodsState | PartyState | ProductState | RightState


def apply(state: State | None, record: SignedEvent, uri: str) -> State:
    """The state of subject `uri` after `record`, which must be legal (see `acts.check`)
    and link to it.
    """
    link = record.link(uri)
    if record.goods is not None:
        if state is not None and not isinstance(state, GoodsState):
            raise errors.IllegalTransition(f"{record.kind} does not fit {uri}", allowed=[])
        return _apply_goods(state, record, uri, link)
    return _apply_claim(state, record, record.statement, link)


# --- goods --------------------------------------------------------------------------


def _apply_goods(state: GoodsState | None, record: SignedEvent, uri: str, link: Link) -> GoodsState:
    goods, issuer = record.act, GLN + record.issuer
    amount = goods.subjects.get(uri) or goods.outputs.get(uri) or Decimal(1)
    if state is None:
        lot = (
            gs1.lot_uri(gs1.parse_subject(uri).gtin, goods.lot)
            if goods.lot and "/21/" in uri
            else ""
        )
        return GoodsState(
            commissioned_by=record.issuer,
            genesis=record.digest,
            position=0,
            head=record.digest,
            last_time=record.event_time,
            quantity=amount,
            holdings={issuer: amount},
            lot=lot,
        )
    last_time = max(state.last_time, record.event_time)
    moved = replace(state, position=link.position, head=record.digest, last_time=last_time)
    return _custody(moved, record, uri, amount)


def _custody(  # noqa: C901, PLR0911, PLR0912  one branch an act: the table of effects
    state: GoodsState, record: SignedEvent, uri: str, amount: Decimal
) -> GoodsState:
    goods, issuer = record.act, GLN + record.issuer
    match record.kind:
        case Kind.PACK | Kind.UNPACK if uri == goods.parent:
            total = sum(goods.subjects.values(), Decimal(0))
            return replace(
                state, contents=state.contents + (total if record.kind is Kind.PACK else -total)
            )
        case Kind.PACK:
            return replace(
                state, holdings=_move(state.holdings, issuer, goods.parent or "", amount)
            )
        case Kind.UNPACK:
            return replace(
                state, holdings=_move(state.holdings, goods.parent or "", issuer, amount)
            )
        case Kind.HAND_OVER:
            return replace(state, pending=goods.receiver, handed_over_at=record.event_time)
        case Kind.ACCEPT:
            return replace(
                state,
                pending=None,
                handed_over_at=None,
                seized_by=None,
                holdings={issuer: sum(state.holdings.values(), Decimal(0))},
            )
        case Kind.REFUSE | Kind.CANCEL:
            return replace(state, pending=None, handed_over_at=None)
        case Kind.CHECKPOINT:
            return _checkpoint(state, record)
        case Kind.SELL:
            left = _take(state.holdings, issuer, amount)
            return replace(
                state,
                holdings=left,
                sold=state.sold + amount,
                seller=record.issuer,
                ended_by=None if left else Kind.SELL,
            )
        case Kind.DESTROY | Kind.DECOMMISSION | Kind.TRANSFORM:
            left = _take(state.holdings, issuer, amount)
            if left:
                return replace(state, holdings=left)
            return replace(state, holdings=left, ended_by=record.kind, seized_by=None)
        case Kind.RETURN:
            sold = state.sold - amount
            if record.link(uri).closes is not None:
                return replace(state, sold=sold, ended_by=Kind.RETURN)
            return replace(
                state,
                sold=sold,
                ended_by=None,
                holdings=_move(state.holdings, None, issuer, amount),
            )
        case Kind.RECALL:
            return replace(state, recalled=True)
        case Kind.REPORT_STOLEN:
            return replace(state, stolen=True)
        case _:
            return state


def _checkpoint(state: GoodsState, record: SignedEvent) -> GoodsState:
    customs = record.act.customs
    match customs.outcome if customs is not None else None:
        case "held":
            return replace(state, customs_hold_by=record.issuer)
        case "cleared":
            return replace(state, customs_hold_by=None)
        case "seized":
            total = sum(state.holdings.values(), Decimal(0))
            return replace(
                state,
                customs_hold_by=None,
                pending=None,
                handed_over_at=None,
                seized_by=record.issuer,
                holdings={GLN + record.issuer: total},
            )
        case _:
            return state


def _take(holdings: Mapping[str, Decimal], holder: str, amount: Decimal) -> dict[str, Decimal]:
    rest = dict(holdings)
    left = rest.pop(holder, Decimal(0)) - amount
    if left > 0:
        rest[holder] = left
    return rest


def _move(
    holdings: Mapping[str, Decimal], source: str | None, target: str, amount: Decimal
) -> dict[str, Decimal]:
    moved = dict(holdings) if source is None else _take(holdings, source, amount)
    moved[target] = moved.get(target, Decimal(0)) + amount
    return moved


# --- registry -----------------------------------------------------------------------


def _apply_claim(
    state: State | None, record: SignedEvent, claim: Mapping[str, Any], link: Link
) -> State:
    position, digest = link.position, record.digest
    match record.kind, state:
        case Kind.PARTY_REGISTERED, None:
            return PartyState(
                digest, 0, digest, claim["name"], claim["country"], tuple(claim["roles"])
            )
        case Kind.KEY_ADDED, PartyState():
            key = KeyState(claim["purpose"], claim["custody"], digest)
            keys = {**state.keys, claim["publicKeyMultibase"]: key}
            return replace(state, position=position, head=digest, keys=keys)
        case Kind.KEY_REVOKED, PartyState():
            name = claim["publicKeyMultibase"]
            old = state.keys[name]
            new = replace(
                old, revoked=digest, revoked_from=record.event_time, reason=claim["reason"]
            )
            return replace(state, position=position, head=digest, keys={**state.keys, name: new})
        case Kind.PRODUCT_REGISTERED, None:
            return ProductState(
                digest,
                0,
                digest,
                record.issuer,
                claim["name"],
                claim["brand"],
                claim["hsCode"],
                claim["origin"],
                tuple(claim["rights"]),
            )
        case Kind.RIGHT_FILED, None:
            return RightState(
                digest,
                0,
                digest,
                claim["kind"],
                claim["title"],
                claim["office"],
                claim["number"],
                tuple(claim["territories"]),
                (("0001-01-01", record.issuer),),
                claim["validFrom"],
                claim.get("validUntil"),
            )
        case _, RightState():
            return _apply_right(replace(state, position=position, head=digest), record, claim)
        case _:
            raise errors.IllegalTransition(f"{record.kind} does not fit {claim['id']}", allowed=[])


def _apply_right(state: RightState, record: SignedEvent, claim: Mapping[str, Any]) -> RightState:
    match record.kind:
        case Kind.RIGHT_VERIFIED:
            return replace(state, verified=True)
        case Kind.RIGHT_ASSIGNED:
            owner = gs1.parse_subject(claim["newOwner"]).gln
            return replace(state, owners=(*state.owners, (claim["effectiveFrom"], owner)))
        case Kind.RIGHT_LAPSED:
            return replace(state, lapsed_from=claim["effectiveFrom"])
        case Kind.LICENCE_GRANTED:
            products = tuple(gs1.parse_subject(uri).gtin for uri in claim["products"])
            licence = LicenceState(
                gs1.parse_subject(claim["licensee"]).gln,
                products,
                tuple(claim["territories"]),
                claim["validFrom"],
                claim.get("validUntil"),
            )
            return replace(state, licences={**state.licences, claim["licence"]: licence})
        case Kind.LICENCE_REVOKED:
            name = claim["licence"]
            revoked = replace(state.licences[name], revoked_from=claim["effectiveFrom"])
            return replace(state, licences={**state.licences, name: revoked})
        case _:
            raise errors.IllegalTransition(f"{record.kind} does not fit a right", allowed=[])


def owned_or_licensed(
    right: RightState, *, party: str, gtin: str, day: str, country: str | None
) -> bool:
    """Whether `party` owned the right, or held a licence of it for product `gtin` in
    `country`, on ISO day `day`.

    A right protects from its first to its last valid day, and not from the day it
    lapsed. A licence without products or territories covers all; where the country is
    not known only a licence without territories does.
    """
    if day < right.valid_from or (right.valid_until is not None and day > right.valid_until):
        return False
    if right.lapsed_from is not None and day >= right.lapsed_from:
        return False
    owner = [gln for since, gln in right.owners if since <= day][-1]
    return owner == party or any(
        licence.licensee == party
        and (not licence.products or gtin in licence.products)
        and (not licence.territories or country in licence.territories)
        and licence.valid_from <= day
        and (licence.valid_until is None or day <= licence.valid_until)
        and (licence.revoked_from is None or day < licence.revoked_from)
        for licence in right.licences.values()
    )
