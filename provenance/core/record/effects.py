"""The effect of each act on the state of a subject it links to.

Position, head and newest time are moved by `transition.apply`; these functions do the rest.
"""

from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal

from provenance.core import errors
from provenance.core.epcis.vocabulary import Outcome
from provenance.core.record import claims
from provenance.core.record.event import SignedEvent
from provenance.core.record.rules import Change
from provenance.core.record.state import (
    GLN,
    GoodsState,
    KeyState,
    LicenceState,
    PartyState,
    ProductState,
    Recall,
    RightState,
    State,
)

FIRST_DAY = "0001-01-01"  # before every day that a right's owner may be asked for


# --- goods --------------------------------------------------------------------------


def nothing(state: GoodsState, _change: Change) -> GoodsState:
    """No effect."""
    return state


def pack(state: GoodsState, change: Change) -> GoodsState:
    """Packed goods are held by their parent, whose contents grow."""
    if change.is_parent:
        return replace(state, contents=state.contents + change.goods.moved)
    return replace(state, holdings=_moved(state, _signer(change), _parent(change), change.amount))


def unpack(state: GoodsState, change: Change) -> GoodsState:
    """Unpacked goods are held by the signer; their parent's contents shrink."""
    if change.is_parent:
        return replace(state, contents=state.contents - change.goods.moved)
    return replace(state, holdings=_moved(state, _parent(change), _signer(change), change.amount))


def hand_over(state: GoodsState, change: Change) -> GoodsState:
    """A handoff waits for its receiver; custody stays."""
    return replace(state, pending=change.goods.receiver, handed_over_at=change.event.event_time)


def accept(state: GoodsState, change: Change) -> GoodsState:
    """Custody moves to the signer, and a seizure ends."""
    ended = end_handoff(state, change)
    return replace(ended, seized_by=None, holdings={_signer(change): state.amount_there})


def end_handoff(state: GoodsState, _change: Change) -> GoodsState:
    """The handoff is over; custody stays."""
    return replace(state, pending=None, handed_over_at=None)


def checkpoint(state: GoodsState, change: Change) -> GoodsState:
    """A clearance ends a hold; a hold begins it; a seizure takes the goods into custody."""
    match change.goods.outcome:
        case Outcome.HELD:
            return replace(state, customs_hold_by=change.event.issuer)
        case Outcome.CLEARED:
            return replace(state, customs_hold_by=None)
        case Outcome.SEIZED:
            return replace(
                end_handoff(state, change),
                customs_hold_by=None,
                seized_by=change.event.issuer,
                holdings={_signer(change): state.amount_there},
            )
        case Outcome.SAMPLED | Outcome.REFUSED | None:
            return state


def sell(state: GoodsState, change: Change) -> GoodsState:
    """The amount is sold; the last of it ends the loop."""
    return replace(
        _taken(state, change), sold=state.sold + change.amount, seller=change.event.issuer
    )


def end(state: GoodsState, change: Change) -> GoodsState:
    """The amount is gone; the last of it ends the loop and any seizure."""
    after = _taken(state, change)
    return after if after.holdings else replace(after, seized_by=None)


def give_back(state: GoodsState, change: Change) -> GoodsState:
    """The amount is no longer sold: the signer holds it, or the loop ends with its maker."""
    sold = state.sold - change.amount
    if change.event.link(change.uri).closes is not None:
        return replace(state, sold=sold, ended_by=change.event.act)
    holdings = _moved(state, None, _signer(change), change.amount)
    return replace(state, sold=sold, ended_by=None, holdings=holdings)


def recall(state: GoodsState, _change: Change) -> GoodsState:
    """Recalled, for good."""
    return replace(state, recalled=True)


def report_stolen(state: GoodsState, _change: Change) -> GoodsState:
    """Reported stolen, for good."""
    return replace(state, stolen=True)


def _signer(change: Change) -> str:
    return GLN + change.event.issuer


def _parent(change: Change) -> str:
    return change.goods.parent or ""


def _taken(state: GoodsState, change: Change) -> GoodsState:
    holdings = _without(state.holdings, _signer(change), change.amount)
    ended_by = state.ended_by if holdings else change.event.act
    return replace(state, holdings=holdings, ended_by=ended_by)


def _without(holdings: Mapping[str, Decimal], holder: str, amount: Decimal) -> dict[str, Decimal]:
    others = dict(holdings)
    left = others.pop(holder, Decimal(0)) - amount
    return others | {holder: left} if left > 0 else others


def _moved(
    state: GoodsState, source: str | None, target: str, amount: Decimal
) -> dict[str, Decimal]:
    held = state.holdings
    moved = dict(held) if source is None else _without(held, source, amount)
    moved[target] = moved.get(target, Decimal(0)) + amount
    return moved


# --- registry -----------------------------------------------------------------------


def party_registered(
    state: State | None, event: SignedEvent, claim: claims.PartyRegistered
) -> State:
    """A party, which has no key yet, or the same party as it is said now."""
    digest = event.digest
    party = (
        state
        if isinstance(state, PartyState)
        else PartyState(digest, 0, digest, claim.name, claim.country, claim.roles)
    )
    return replace(
        party, name=claim.name, country=claim.country, roles=claim.roles, prefixes=claim.prefixes
    )


def key_added(_state: State | None, event: SignedEvent, claim: claims.KeyAdded) -> State:
    """A key in force, from the claim's time on."""
    return KeyState(
        genesis=event.digest,
        position=0,
        head=event.digest,
        party=claim.party,
        purpose=claim.purpose,
        custody=claim.custody,
        enrolled_by=event.key,
        enrolled_from=event.event_time,
        recovery=claim.recovery or "",
    )


def key_revoked(state: State | None, event: SignedEvent, claim: claims.KeyRevoked) -> State:
    """The key is revoked from the claim's time on."""
    if not isinstance(state, KeyState):
        raise errors.IllegalTransition(f"{event.act} is about an enrolled key", allowed=[])
    return replace(
        state,
        revoked=event.digest,
        revoked_from=event.event_time,
        reason=claim.reason,
        successor=claim.successor or "",
        ended_by=event.key,
    )


def product_registered(
    _state: State | None, event: SignedEvent, claim: claims.ProductRegistered
) -> State:
    """A product of its signer."""
    return ProductState(
        genesis=event.digest,
        position=0,
        head=event.digest,
        owner=event.issuer,
        name=claim.name,
        brand=claim.brand,
        hs_code=claim.hs_code,
        origin=claim.origin,
        rights=claim.rights,
    )


def product_recalled(
    state: State | None, event: SignedEvent, claim: claims.ProductRecalled
) -> State:
    """One recall more, for good."""
    if not isinstance(state, ProductState):
        raise errors.IllegalTransition(f"{event.act} is about a registered product", allowed=[])
    recall = Recall(
        since=event.day,
        lots=claim.lots,
        first_day=claim.commissioned_from,
        last_day=claim.commissioned_until,
        reason=claim.reason,
        advice=claim.advice,
        contact=claim.contact,
    )
    return replace(state, recalls=(*state.recalls, recall))


def right_filed(_state: State | None, event: SignedEvent, claim: claims.RightFiled) -> State:
    """A right, owned by its signer from the beginning."""
    return RightState(
        genesis=event.digest,
        position=0,
        head=event.digest,
        kind=claim.kind,
        title=claim.title,
        office=claim.office,
        number=claim.number,
        territories=claim.territories,
        owners=((FIRST_DAY, event.issuer),),
        valid_from=claim.valid_from,
        valid_until=claim.valid_until,
    )


def right_verified(state: State | None, event: SignedEvent, _claim: claims.RightVerified) -> State:
    """Verified, for good."""
    return replace(_right(state, event), verified=True, verified_by=event.issuer)


def right_assigned(state: State | None, event: SignedEvent, claim: claims.RightAssigned) -> State:
    """A further owner, from a day on."""
    right = _right(state, event)
    return replace(right, owners=(*right.owners, (claim.effective_from, claim.new_owner)))


def right_lapsed(state: State | None, event: SignedEvent, claim: claims.RightLapsed) -> State:
    """The right ends before a day."""
    return replace(_right(state, event), lapsed_from=claim.effective_from)


def licence_granted(state: State | None, event: SignedEvent, claim: claims.LicenceGranted) -> State:
    """A further licence."""
    right = _right(state, event)
    licence = LicenceState(
        claim.licensee, claim.products, claim.territories, claim.valid_from, claim.valid_until
    )
    return replace(right, licences={**right.licences, claim.licence: licence})


def licence_revoked(state: State | None, event: SignedEvent, claim: claims.LicenceRevoked) -> State:
    """The licence ends before a day."""
    right = _right(state, event)
    licence = replace(right.licences[claim.licence], revoked_from=claim.effective_from)
    return replace(right, licences={**right.licences, claim.licence: licence})


def _right(state: State | None, event: SignedEvent) -> RightState:
    if not isinstance(state, RightState):
        raise errors.IllegalTransition(f"{event.act} is about a filed right", allowed=[])
    return state
