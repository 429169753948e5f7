"""Who may sign which act, and when: the whole table of docs/format.md, in one place.

`TABLE` has one row per act: in which situations of a subject it may happen, and which
party may sign it. `check` holds a record against its row, before the record's effect is
applied. The same code decides at capture, in `manage.py rebuild`, in the bundle's step
4, and in a verifier without a database.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal

from provenance.core import errors, gs1
from provenance.core.record import chain, claims
from provenance.core.record.event import SignedEvent
from provenance.core.record.kinds import Kind, Role
from provenance.core.record.lookups import Lookups
from provenance.core.record.state import (
    GLN,
    GoodsState,
    PartyState,
    Situation,
    State,
    owned_or_licensed,
)

Signer = Callable[[SignedEvent, str, GoodsState | None, Lookups], bool]
_S = Situation
LIVE = frozenset({_S.WITH_CUSTODIAN})
BORN = frozenset(_S) - {_S.UNBORN}


@dataclass(frozen=True, slots=True)
class Row:
    """One act: the situations of a subject that allow it, who signs it (in words and as
    a rule).
    """

    situations: frozenset[Situation]
    who: str
    signer: Signer


def _custodian(record: SignedEvent, _uri: str, state: GoodsState | None, _facts: Lookups) -> bool:
    return state is not None and GLN + record.issuer in state.holdings


def _custodian_of_parent_or_child(
    record: SignedEvent, uri: str, state: GoodsState | None, facts: Lookups
) -> bool:
    if record.kind is Kind.UNPACK and uri != record.act.parent:
        return state is not None and record.act.parent in state.holdings
    return _custodian(record, uri, state, facts)


def _receiver(record: SignedEvent, _uri: str, state: GoodsState | None, _facts: Lookups) -> bool:
    return state is not None and state.pending == record.issuer == record.act.receiver


def _authority(record: SignedEvent, _uri: str, state: GoodsState | None, facts: Lookups) -> bool:
    party = facts.party(record.issuer)
    return (
        party is not None
        and Role.CUSTOMS_AUTHORITY in party.roles
        and party.country == record.act.place.country
        and not (_lifts_foreign_hold(record, state, party, facts))
    )


def _lifts_foreign_hold(
    record: SignedEvent, state: GoodsState | None, party: PartyState, facts: Lookups
) -> bool:
    if state is None or state.customs_hold_by is None or record.act.customs is None:
        return False
    if record.act.customs.outcome not in (
        "cleared",
        "held",
        "seized",
    ):  # these end a hold or take it over
        return False
    detainer = facts.party(state.customs_hold_by)
    return detainer is None or detainer.country != party.country


def _maker(record: SignedEvent, uri: str, _state: GoodsState | None, facts: Lookups) -> bool:
    """The product's owner; where it carries filed rights, who owned or was licensed
    each of them that day.
    """
    subject = gs1.parse_subject(uri)
    if subject.kind is gs1.SubjectKind.LOGISTIC_UNIT:
        return True
    product = facts.product(subject.gtin)
    if product is None:
        raise errors.UnknownProduct(f"no product is registered under GTIN {subject.gtin}")
    if not product.rights:
        return product.owner == record.issuer
    for right_uri in product.rights:
        right = facts.right(right_uri)
        if right is None or not owned_or_licensed(
            right,
            party=record.issuer,
            gtin=subject.gtin,
            day=record.event_time.date().isoformat(),
            country=record.act.place.country,
        ):
            raise errors.NotLicensed(
                f"{record.issuer} neither owned nor was licensed {right_uri} on that day"
            )
    return True


def _transformer(record: SignedEvent, uri: str, state: GoodsState | None, facts: Lookups) -> bool:
    return (
        _maker(record, uri, state, facts)
        if uri in record.act.outputs
        else _custodian(record, uri, state, facts)
    )


def _retailer_or_maker(
    record: SignedEvent, uri: str, state: GoodsState | None, _facts: Lookups
) -> bool:
    if state is None:
        return False
    if record.link(uri).closes is not None:
        return record.issuer == state.commissioned_by
    return record.issuer in (state.seller, state.commissioned_by)


def _owner(record: SignedEvent, uri: str, state: GoodsState | None, facts: Lookups) -> bool:
    subject = gs1.parse_subject(uri)
    if subject.kind is gs1.SubjectKind.LOGISTIC_UNIT:
        return state is not None and record.issuer == state.commissioned_by
    product = facts.product(subject.gtin)
    return product is not None and product.owner == record.issuer


def _custodian_or_owner(
    record: SignedEvent, uri: str, state: GoodsState | None, facts: Lookups
) -> bool:
    if _custodian(record, uri, state, facts) or _owner(record, uri, state, facts):
        return True
    containers = (
        [holder for holder in state.holdings if not holder.startswith(GLN)] if state else []
    )
    return any(facts.holder(container) == record.issuer for container in containers)


def _same_signer(record: SignedEvent, uri: str, _state: GoodsState | None, facts: Lookups) -> bool:
    original = facts.original(uri, record.act.event_id)
    if original is None:
        raise errors.IllegalTransition(
            "there is no event with this eventID on the chain to correct", allowed=[]
        )
    return original[1] == record.issuer


TABLE: dict[Kind, Row] = {
    Kind.COMMISSION: Row(
        frozenset({_S.UNBORN}), "the product's owner or a licensee that day", _maker
    ),
    Kind.PACK: Row(LIVE, "the custodian of parent and children", _custodian_of_parent_or_child),
    Kind.UNPACK: Row(
        frozenset({_S.PACKED, _S.WITH_CUSTODIAN}),
        "the custodian of the parent",
        _custodian_of_parent_or_child,
    ),
    Kind.HAND_OVER: Row(LIVE | {_S.SEIZED}, "the custodian", _custodian),
    Kind.ACCEPT: Row(frozenset({_S.HANDED_OVER}), "the named receiver, nobody else", _receiver),
    Kind.REFUSE: Row(frozenset({_S.HANDED_OVER}), "the named receiver", _receiver),
    Kind.CANCEL: Row(frozenset({_S.HANDED_OVER}), "the sender", _custodian),
    Kind.CHECKPOINT: Row(
        frozenset({_S.WITH_CUSTODIAN, _S.HANDED_OVER, _S.PACKED, _S.HELD}),
        "a customs authority, in its own country",
        _authority,
    ),
    Kind.OBSERVE: Row(
        frozenset({_S.WITH_CUSTODIAN, _S.HANDED_OVER, _S.HELD, _S.SEIZED}),
        "the custodian",
        _custodian,
    ),
    Kind.TRANSFORM: Row(
        LIVE | {_S.UNBORN}, "the custodian of all inputs, licensed for the outputs", _transformer
    ),
    Kind.SELL: Row(LIVE, "the custodian", _custodian),
    Kind.RETURN: Row(frozenset({_S.SOLD}), "the retailer or the maker", _retailer_or_maker),
    Kind.DESTROY: Row(LIVE | {_S.SEIZED}, "the custodian", _custodian),
    Kind.DECOMMISSION: Row(LIVE, "the custodian", _custodian),
    Kind.RECALL: Row(BORN, "the brand owner", _owner),
    Kind.REPORT_STOLEN: Row(BORN, "the custodian or the brand owner", _custodian_or_owner),
    Kind.CORRECT: Row(BORN, "who signed the wrong one", _same_signer),
}


def check(
    record: SignedEvent, states: Mapping[str, State | None], facts: Lookups, *, registrar: str
) -> None:
    """Raise unless `record` may happen now, to each subject that `states` holds (None:
    unborn).

    At capture `states` MUST hold every subject the record links to. A bundle about one
    of a pallet's items holds only the chains that concern it; the links to the others
    are theirs to check. `registrar` is the registrar's public key in multibase (a root
    of trust). Raises HeadMoved, IllegalTransition with `allowed`, NotPermitted,
    NotLicensed, UnknownProduct, UnknownParty, BindingMismatch.
    """
    links = [link for link in record.links if link.subject in states]
    for link in links:
        chain.check_link(link, states[link.subject])
    if record.goods is None:
        claims.check(record, states, facts, registrar=registrar)
        return
    if facts.party(record.issuer) is None:
        raise errors.UnknownParty(f"no party is registered under GLN {record.issuer}")
    _check_parties(record, facts)
    for link in links:
        state = states[link.subject]
        if state is not None and not isinstance(state, GoodsState):
            raise errors.IllegalTransition(f"{record.kind} does not fit {link.subject}", allowed=[])
        _check_subject(record, link.subject, state, facts)
        _check_answer(record, link.subject, state)
        _check_amount(record, link.subject, state)
        chain.check_closing(record, link, state)


def allowed(situation: Situation) -> list[str]:
    """The acts that `situation` allows, by name, sorted: what an IllegalTransition
    offers instead.
    """
    return sorted(kind.value for kind, row in TABLE.items() if situation in row.situations)


def _check_subject(record: SignedEvent, uri: str, state: GoodsState | None, facts: Lookups) -> None:
    row = TABLE[record.kind]
    situation = _S.UNBORN if state is None else state.situation
    if situation not in row.situations or not _fits(record, uri, state, situation):
        raise errors.IllegalTransition(
            f"{record.kind} is not possible while {uri} is {situation}",
            subject=uri,
            allowed=allowed(situation),
        )
    if not row.signer(record, uri, state, facts):
        raise errors.NotPermitted(
            f"{record.kind} of {uri} is signed by {row.who}, not by {record.issuer}", subject=uri
        )


def _fits(record: SignedEvent, uri: str, state: GoodsState | None, situation: Situation) -> bool:
    """The finer half of the table: conditions between a subject's state and this very
    event.
    """
    goods = record.act
    match record.kind:
        case Kind.TRANSFORM:
            begins = situation is _S.UNBORN
            return (uri in goods.outputs) == begins and (state is None or state.contents == 0)
        case Kind.UNPACK if uri == goods.parent:
            return situation is _S.WITH_CUSTODIAN
        case Kind.CHECKPOINT if goods.customs is not None and goods.customs.outcome == "seized":
            return state is not None and all(holder.startswith(GLN) for holder in state.holdings)
        case Kind.DESTROY | Kind.DECOMMISSION | Kind.SELL:
            return state is not None and state.contents == 0
        case Kind.HAND_OVER:
            return state is not None and state.custodian is not None
        case _:
            return True


def _check_parties(record: SignedEvent, facts: Lookups) -> None:
    goods = record.act
    if record.kind in (Kind.HAND_OVER, Kind.ACCEPT, Kind.REFUSE, Kind.CANCEL):
        if goods.sender is None or goods.receiver is None or goods.sender == goods.receiver:
            raise errors.BadEpcis(
                "a handoff names two different parties as possessing_party, from and to"
            )
        mine = goods.sender if record.kind in (Kind.HAND_OVER, Kind.CANCEL) else goods.receiver
        if mine != record.issuer:
            raise errors.NotPermitted(f"{record.kind} is signed by {mine}, not by {record.issuer}")
        if facts.party(goods.receiver) is None:
            raise errors.UnknownParty(f"no party is registered under GLN {goods.receiver}")


def _check_answer(record: SignedEvent, uri: str, state: GoodsState | None) -> None:
    """Whoever answers a handoff, or takes it back, names both parties as the handoff
    did.
    """
    goods = record.act
    if state is None or record.kind not in (Kind.ACCEPT, Kind.REFUSE, Kind.CANCEL):
        return
    if (state.custodian, state.pending) != (goods.sender, goods.receiver):
        raise errors.IllegalTransition(
            f"{uri} waits to go from {state.custodian} to {state.pending}, not {goods.sender} to {goods.receiver}",
            subject=uri,
            allowed=[],
        )


def _check_amount(record: SignedEvent, uri: str, state: GoodsState | None) -> None:
    """A lot moves no more than its holder has (unpacking: the logistic unit), and is
    handed over whole.
    """
    goods = record.act
    amount = goods.subjects.get(uri)
    if state is None or amount is None or uri == goods.parent:
        return
    match record.kind:
        case Kind.PACK | Kind.SELL | Kind.DESTROY | Kind.DECOMMISSION | Kind.TRANSFORM:
            there = state.holdings.get(GLN + record.issuer, Decimal(0))
        case Kind.UNPACK:
            there = state.holdings.get(goods.parent or "", Decimal(0))
        case Kind.RETURN:
            there = state.sold
        case Kind.HAND_OVER | Kind.ACCEPT | Kind.REFUSE | Kind.CANCEL:
            if amount != sum(state.holdings.values(), Decimal(0)):
                raise errors.IllegalTransition(
                    f"a handoff moves all of {uri}, or it travels packed", allowed=["pack"]
                )
            return
        case _:
            return
    if amount > there:
        raise errors.IllegalTransition(
            f"{record.kind} of {amount} of {uri}, but only {there} is there", allowed=[]
        )
