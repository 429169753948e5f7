"""Transitions: whether a further event may happen to its subjects, and their states after it.

`check` holds an event against its row in `acts`, `apply` folds it into the state of a subject.
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from decimal import Decimal
from typing import Any, TypeAlias, assert_never

from provenance.core import errors, gs1
from provenance.core.epcis import shape
from provenance.core.record import chain, lateness
from provenance.core.record.acts import GOODS_RULES
from provenance.core.record.acts_registry import CLAIM_RULES
from provenance.core.record.authority import Registrar
from provenance.core.record.event import GoodsAct, Link, SignedEvent
from provenance.core.record.lookups import Lookups
from provenance.core.record.rules import Bound, Change, ClaimRule, GoodsRule, HandoffPart, Statement
from provenance.core.record.state import GLN, GoodsState, Situation, State
from provenance.core.record.vocabulary import Act

States: TypeAlias = Mapping[str, State | None]
"""States by the URI of their subject; None: it has no event yet."""


def apply(state: State | None, event: SignedEvent, uri: str) -> State:
    """Return the state of subject `uri` after `event`, which must be legal (see `check`) and link
    to it. Raises IllegalTransition where state and act are of different kinds.
    """
    body = event.body
    if isinstance(body, GoodsAct):
        if state is not None and not isinstance(state, GoodsState):
            raise errors.IllegalTransition(f"{event.act} does not fit {uri}", allowed=[])
        return _apply_goods(state, Change(event, body, uri, _amount(body, uri)))
    rule = CLAIM_RULES[event.act]
    if not _fits_chain(rule, state):
        raise errors.IllegalTransition(f"{event.act} does not fit {uri}", allowed=[])
    after = rule.effect(state, event, body)
    return replace(after, position=event.link(uri).position, head=event.digest)


def apply_all(event: SignedEvent, states: States) -> dict[str, State]:
    """Return the states after `event` of the subjects in `states`, each as `apply` gives it.

    Items of one product that begin with one event begin in one state, so they share it.
    """
    born: dict[str, State] = {}
    after: dict[str, State] = {}
    for uri, state in states.items():
        subject = gs1.parse_subject(uri)
        if state is None and subject.kind is gs1.SubjectKind.ITEM:
            if subject.gtin not in born:
                born[subject.gtin] = apply(None, event, uri)
            after[uri] = born[subject.gtin]
        else:
            after[uri] = apply(state, event, uri)
    return after


def check(
    event: SignedEvent,
    states: Mapping[str, State | None],
    lookups: Lookups,
    *,
    registrar: Registrar,
) -> None:
    """Raise unless `event` may happen now, to each subject that `states` holds (None: unborn).

    At capture `states` MUST hold every subject the event links to. A bundle about one of a
    pallet's items holds only the chains that concern it; the links to the others are theirs to
    check. `registrar` is a root of trust. Raises SignedTooEarly, AlreadyRegistered,
    HeadMoved, RecallOfLot, IllegalTransition with `allowed`, NotPermitted, NotLicensed,
    ForeignPrefix, UnknownProduct, UnknownParty, BindingMismatch, BadEpcis, WeakKey, BadPossession.
    """
    lateness.check_signed_after(event)
    links = [link for link in event.links if link.subject in states]
    body = event.body
    if not isinstance(body, GoodsAct):
        _check_new(event.act, body.subject, states[body.subject])
    for link in links:
        chain.check_link(link, states[link.subject])
    if not isinstance(body, GoodsAct):
        _check_claim(Statement(event, body, states[body.subject], lookups, registrar))
        return
    _check_registered(event.issuer, lookups)
    rule = GOODS_RULES[event.act]
    _check_lots(rule, body)
    if rule.handoff is not HandoffPart.NONE:
        _check_parties(event, body, rule.handoff, lookups)
    for link in _unlike(links, states, body):
        _check_link(event, body, link, states[link.subject], lookups)


def _unlike(links: list[Link], states: States, goods: GoodsAct) -> Iterator[Link]:
    """Yield the links but those to items for which the rules ask what they asked before: items
    of a product that begin on the same side of the event, none of which has a state.
    """
    seen: set[tuple[str, bool]] = set()
    for link in links:
        uri, subject = link.subject, gs1.parse_subject(link.subject)
        if states[uri] is None and subject.kind is gs1.SubjectKind.ITEM:
            like = (subject.gtin, uri in goods.outputs)
            if like in seen:
                continue
            seen.add(like)
        yield link


def _check_link(
    event: SignedEvent, goods: GoodsAct, link: Link, state: State | None, lookups: Lookups
) -> None:
    rule, uri = GOODS_RULES[event.act], link.subject
    if state is not None and not isinstance(state, GoodsState):
        raise errors.IllegalTransition(f"{event.act} does not fit {uri}", allowed=[])
    change = Change(event, goods, uri, _amount(goods, uri))
    _check_subject(rule, change, state, lookups)
    if state is not None:
        _check_answer(rule.handoff, change, state)
        _check_amount(rule.bound, change, state)
    chain.check_closing(rule.ending, event, link, state)


def allowed(uri: str, situation: Situation) -> list[str]:
    """Return the acts that `situation` of goods allows, by name, sorted: an
    IllegalTransition's offer.
    """
    return sorted(
        act.value
        for act, rule in GOODS_RULES.items()
        if situation in rule.situations and (rule.of_lots or not _is_lot(uri))
    )


def _is_lot(uri: str) -> bool:
    return gs1.parse_subject(uri).kind is gs1.SubjectKind.LOT


def _amount(goods: GoodsAct, uri: str) -> Decimal:
    return goods.subjects.get(uri) or goods.outputs.get(uri) or Decimal(1)


def _apply_goods(state: GoodsState | None, change: Change) -> GoodsState:
    event, uri = change.event, change.uri
    if state is None:
        subject, lot = gs1.parse_subject(uri), change.goods.lot
        in_lot = lot and subject.kind is gs1.SubjectKind.ITEM
        is_unit = subject.kind is gs1.SubjectKind.LOGISTIC_UNIT
        return GoodsState(
            commissioned_by=event.issuer,
            genesis=event.digest,
            position=0,
            head=event.digest,
            last_time=event.event_time,
            quantity=change.amount,
            holdings={GLN + event.issuer: change.amount},
            lot=gs1.lot_uri(subject.gtin, lot) if in_lot else "",
            expiry="" if is_unit else change.goods.expiry,
        )
    after = GOODS_RULES[event.act].effect(state, change)
    return replace(
        after,
        position=event.link(uri).position,
        head=event.digest,
        last_time=max(state.last_time, event.event_time),
    )


def _fits_chain(rule: ClaimRule[Any], state: State | None) -> bool:
    return rule.begins is None or rule.begins == (state is None)


def _check_new(act: Act, uri: str, state: State | None) -> None:
    """Raise AlreadyRegistered for a claim that begins a chain that has begun."""
    if CLAIM_RULES[act].begins and state is not None:
        raise errors.AlreadyRegistered(f"{uri} is registered already", subject=uri)


def _check_claim(statement: Statement[Any]) -> None:
    event, state = statement.event, statement.state
    rule = CLAIM_RULES[event.act]
    if not _fits_chain(rule, state):
        raise errors.IllegalTransition(
            f"{event.act} does not fit {statement.claim.subject} in its state", allowed=[]
        )
    if event.act is not Act.PARTY_REGISTERED:
        _check_registered(event.issuer, statement.lookups)
    if not rule.may_sign(statement):
        raise errors.NotPermitted(f"{event.act} is signed by {rule.signer}, not by {event.issuer}")
    rule.check(statement)


def _check_parties(
    event: SignedEvent, goods: GoodsAct, handoff: HandoffPart, lookups: Lookups
) -> None:
    if goods.sender is None or goods.receiver is None or goods.sender == goods.receiver:
        raise errors.BadEpcis(
            "a handoff names two different parties as possessing_party, from and to"
        )
    signer = goods.sender if handoff.by_sender else goods.receiver
    if signer != event.issuer:
        raise errors.NotPermitted(f"{event.act} is signed by {signer}, not by {event.issuer}")
    _check_registered(goods.receiver, lookups)


def _check_registered(gln: str, lookups: Lookups) -> None:
    if lookups.party(gln) is None:
        raise errors.UnknownParty(f"no party is registered under GLN {gln}")


def _check_lots(rule: GoodsRule, goods: GoodsAct) -> None:
    """Raise RecallOfLot for a lot among the subjects of an act that is not of lots."""
    lot = None if rule.of_lots else next(filter(_is_lot, goods.subjects), None)
    if lot is not None:
        raise errors.RecallOfLot(
            f"{lot} is a lot: it is recalled by a ProductRecalled claim, on its product's chain",
            subject=lot,
        )


def _check_subject(
    rule: GoodsRule, change: Change, state: GoodsState | None, lookups: Lookups
) -> None:
    act, uri = change.event.act, change.uri
    situation = Situation.UNBORN if state is None else state.situation
    if situation not in rule.situations or not rule.fits(change, state):
        raise errors.IllegalTransition(
            f"{act} is not possible while {uri} is {situation}",
            subject=uri,
            allowed=allowed(uri, situation),
        )
    if not rule.may_sign(change, state, lookups):
        raise errors.NotPermitted(
            f"{act} of {uri} is signed by {rule.signer}, not by {change.event.issuer}", subject=uri
        )


def _check_answer(handoff: HandoffPart, change: Change, state: GoodsState) -> None:
    """Raise IllegalTransition unless an answer or withdrawal names both parties as the offer."""
    if handoff not in (HandoffPart.ANSWER, HandoffPart.WITHDRAWAL):
        return
    goods = change.goods
    if (state.custodian, state.pending) != (goods.sender, goods.receiver):
        raise errors.IllegalTransition(
            f"{change.uri} waits to go from {state.custodian} to {state.pending},"
            f" not {goods.sender} to {goods.receiver}",
            subject=change.uri,
            allowed=[],
        )


def _check_amount(bound: Bound, change: Change, state: GoodsState) -> None:
    """Raise IllegalTransition for more of a lot than the bound, or for a part handed over."""
    amount = change.goods.subjects.get(change.uri)
    if amount is None or change.is_parent:
        return
    match bound:
        case Bound.NONE:
            return
        case Bound.HELD:
            there = state.held_by(change.event.issuer)
        case Bound.PACKED:
            there = state.holdings.get(change.goods.parent or "", Decimal(0))
        case Bound.SOLD:
            there = state.sold
        case Bound.ALL:
            there = state.amount_there
            if amount != there:
                raise errors.IllegalTransition(
                    f"a handoff moves all of {change.uri}, or it travels packed", allowed=["pack"]
                )
        case _:
            assert_never(bound)
    if amount > there:
        asked, left = shape.format_quantity(amount), shape.format_quantity(there)
        raise errors.IllegalTransition(
            f"{change.event.act} of {asked} of {change.uri}, but only {left} is there", allowed=[]
        )
