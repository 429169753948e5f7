"""The table of acts written down a second time, and held against the code: situations
and signers.

`test_acts` walks the table with an item that its maker holds; here lots and units go
through it too, custody is apart from ownership, and each refusal must name what is
allowed instead.
"""

from decimal import Decimal
from typing import Any

import pytest

from provenance.core import errors, gs1
from provenance.core.record import acts, compose
from provenance.core.record.compose import Intent
from provenance.core.record.event import Customs, Place, SignedEvent
from provenance.core.record.kinds import Kind, Role
from provenance.core.record.state import GoodsState
from tests.core import acting, minilog
from tests.core.acting import S, signed, verdict
from tests.core.minilog import CN, NL, Actor, Cast

GOODS_KINDS = [kind for kind in Kind if not kind.is_claim]
OUTCOMES = [None, "cleared", "held", "sampled", "seized", "refused"]

# --- situations: lots and units, and what is allowed instead -------------------------

BORN = frozenset(S) - {S.UNBORN}
WHEN = {
    Kind.COMMISSION: {S.UNBORN},
    Kind.PACK: {S.WITH_CUSTODIAN},
    Kind.UNPACK: {
        S.PACKED,
        S.WITH_CUSTODIAN,
    },  # the latter for the unit, and for a lot that is packed in part
    Kind.HAND_OVER: {S.WITH_CUSTODIAN, S.SEIZED},
    Kind.ACCEPT: {S.HANDED_OVER},
    Kind.REFUSE: {S.HANDED_OVER},
    Kind.CANCEL: {S.HANDED_OVER},
    Kind.CHECKPOINT: {S.WITH_CUSTODIAN, S.HANDED_OVER, S.PACKED, S.HELD},
    Kind.OBSERVE: {S.WITH_CUSTODIAN, S.HANDED_OVER, S.HELD, S.SEIZED},
    Kind.TRANSFORM: {S.WITH_CUSTODIAN, S.UNBORN},  # an input, an output
    Kind.SELL: {S.WITH_CUSTODIAN},
    Kind.RETURN: {S.SOLD},
    Kind.DESTROY: {S.WITH_CUSTODIAN, S.SEIZED},
    Kind.DECOMMISSION: {S.WITH_CUSTODIAN},
    Kind.RECALL: BORN,
    Kind.REPORT_STOLEN: BORN,
    Kind.CORRECT: BORN,
}
OUTER = gs1.sscc_uri(gs1.make_sscc("952000", 0, 7))
OTHER = gs1.sscc_uri(gs1.make_sscc("952000", 0, 8))


def goods(cast: Cast, form: str) -> tuple[str, Decimal]:
    """A subject of this form, and how much of it there is."""
    if form == "lot":
        return gs1.lot_uri(cast.gtin, "L-7"), Decimal(100)
    return (cast.item if form == "item" else cast.pallet), Decimal(1)


def do(cast: Cast, by: Actor, kind: Kind, amounts: dict[str, Decimal], **options: Any) -> None:
    """An act that is allowed, and recorded."""
    one = signed(cast.world, by, kind, amounts, **options)
    assert verdict(cast.world, one) == "accepted"
    cast.world.documents.append(dict(one.document))


def bring(cast: Cast, amounts: dict[str, Decimal], situation: S) -> None:
    """Bring goods of the maker into a situation, by acts that are allowed."""
    maker, names = cast.maker, {"sender": cast.maker.gln, "receiver": cast.carrier.gln}
    do(cast, maker, Kind.COMMISSION, {OUTER: Decimal(1)})
    do(cast, maker, Kind.COMMISSION, {OTHER: Decimal(1)})
    if situation is not S.UNBORN:
        do(cast, maker, Kind.COMMISSION, amounts)
    match situation:
        case S.HANDED_OVER:
            do(cast, maker, Kind.HAND_OVER, amounts, **names)
        case S.PACKED:
            do(cast, maker, Kind.PACK, amounts, parent=OUTER)
        case S.HELD | S.SEIZED:
            do(
                cast,
                cast.customs_cn,
                Kind.CHECKPOINT,
                amounts,
                customs=Customs("export", situation.value),
            )
        case S.SOLD:
            do(cast, maker, Kind.SELL, amounts)
        case S.ENDED:
            do(cast, maker, Kind.DESTROY, amounts)
    (uri,) = amounts
    state = cast.world.states.get(uri)
    assert (state.situation if isinstance(state, GoodsState) else S.UNBORN) is situation


def due(cast: Cast, kind: Kind, amounts: dict[str, Decimal], situation: S) -> SignedEvent:
    """The act on these goods by who should sign it there, so that the situation alone
    decides.
    """
    holder = cast.customs_cn if situation is S.SEIZED else cast.maker
    handoff = {"sender": cast.maker.gln, "receiver": cast.carrier.gln}
    by, options = cast.maker, dict[str, Any]()
    match kind:
        case Kind.PACK | Kind.UNPACK:
            options = {"parent": OUTER}
        case Kind.HAND_OVER:
            by, options = holder, {"sender": holder.gln, "receiver": cast.carrier.gln}
        case Kind.ACCEPT | Kind.REFUSE:
            by, options = cast.carrier, handoff
        case Kind.CANCEL:
            options = handoff
        case Kind.CHECKPOINT:
            by, options = cast.customs_cn, {"customs": Customs("export", "cleared")}
        case Kind.OBSERVE | Kind.DESTROY:
            by = holder
        case Kind.TRANSFORM:
            options = {"outputs": {gs1.item_uri(cast.gtin, "OUT"): 1}}
        case Kind.CORRECT:
            born = Intent(
                kind=Kind.COMMISSION, issuer=by.gln, subjects=amounts, time=cast.world.tick()
            )
            first = [
                d["credentialSubject"]
                for d in cast.world.documents
                if d["chain"][0]["subject"] in amounts
            ]
            options = {"corrects": first[0] if first else compose.event(born)}
    return signed(cast.world, by, kind, amounts, **options)


def refused(cast: Cast, one: SignedEvent) -> errors.ProvenanceError | None:
    before = {link.subject: cast.world.states.get(link.subject) for link in one.links}
    registry = acting.Registry(cast.world)
    try:
        acts.check(one, before, registry, registrar=cast.world.registrar.multibase)
    except errors.ProvenanceError as error:
        return error
    return None


@pytest.mark.parametrize("form", ["item", "lot", "unit"])
@pytest.mark.parametrize("situation", list(S))
def test_each_situation_allows_its_acts_and_names_them_in_every_refusal(
    situation: S, form: str
) -> None:
    cast = minilog.cast()
    uri, amount = goods(cast, form)
    bring(cast, {uri: amount}, situation)
    names = sorted(kind.value for kind, when in WHEN.items() if situation in when)
    found = {}
    for kind in GOODS_KINDS:
        error = refused(cast, due(cast, kind, {uri: amount}, situation))
        found[kind] = "accepted" if error is None else error.code
        if isinstance(error, errors.IllegalTransition):
            assert error.extra == {"subject": uri, "allowed": names}
    expected = {
        kind: "accepted" if situation in WHEN[kind] else "illegal-transition"
        for kind in GOODS_KINDS
    }
    if situation is S.WITH_CUSTODIAN:
        expected[Kind.UNPACK] = "not-permitted"  # these goods are not in that unit
    if situation is S.UNBORN:
        expected[Kind.TRANSFORM] = "illegal-transition"  # as an input; as an output: below
    assert found == expected


@pytest.mark.parametrize("form", ["item", "lot", "unit"])
@pytest.mark.parametrize("situation", list(S))
def test_a_transformation_makes_what_was_not_there(situation: S, form: str) -> None:
    cast = minilog.cast()
    uri, amount = goods(cast, form)
    bring(cast, {uri: amount}, situation)
    spent = gs1.item_uri(cast.gtin, "IN")
    do(cast, cast.maker, Kind.COMMISSION, {spent: Decimal(1)})
    one = signed(cast.world, cast.maker, Kind.TRANSFORM, {spent: Decimal(1)}, outputs={uri: amount})
    error = refused(cast, one)
    assert (None if error is None else error.code) == (
        None if situation is S.UNBORN else "illegal-transition"
    )


# --- signers: everybody tries everything, with the goods at the retailer ------------

EVERYBODY = [
    "maker", "carrier", "retailer", "customs_cn", "customs_nl", "mallory", "registrar", "office",
]  # fmt: skip
# What the carrier may answer waits for the carrier; what is sold was sold by the
# retailer; all else the retailer holds.
MAY_SIGN: dict[Kind, set[str]] = {
    Kind.COMMISSION: {"maker"},
    Kind.PACK: {"retailer"},
    Kind.UNPACK: {"retailer"},
    Kind.HAND_OVER: {"retailer"},
    Kind.ACCEPT: {"carrier"},
    Kind.REFUSE: {"carrier"},
    Kind.CANCEL: {"retailer"},
    Kind.CHECKPOINT: {"customs_nl"},
    Kind.OBSERVE: {"retailer"},
    Kind.TRANSFORM: set(),  # the retailer holds the input, and only the maker may make the output
    Kind.SELL: {"retailer"},
    Kind.RETURN: {"retailer", "maker"},
    Kind.DESTROY: {"retailer"},
    Kind.DECOMMISSION: {"retailer"},
    Kind.RECALL: {"maker"},
    Kind.REPORT_STOLEN: {"retailer", "maker"},
    Kind.CORRECT: {"retailer"},
}


def at_the_retailer(kind: Kind) -> tuple[Cast, dict[str, Any]]:
    """The item and a unit with the retailer, in a situation that allows the act; and
    what the act says.
    """
    cast = minilog.cast()
    cast.world.party(minilog.actor(7), "Benelux Register", "NL", Role.IP_OFFICE)
    one, unit = {cast.item: Decimal(1)}, {cast.pallet: Decimal(1)}
    if kind is Kind.COMMISSION:
        return cast, {}
    taken = {"sender": cast.maker.gln, "receiver": cast.retailer.gln}
    for amounts in (one, unit):
        do(cast, cast.maker, Kind.COMMISSION, amounts)
        do(cast, cast.maker, Kind.HAND_OVER, amounts, **taken)
        do(cast, cast.retailer, Kind.ACCEPT, amounts, place=NL, **taken)
    given = {"sender": cast.retailer.gln, "receiver": cast.carrier.gln}
    match kind:
        case Kind.UNPACK:
            do(cast, cast.retailer, Kind.PACK, one, parent=cast.pallet)
        case Kind.ACCEPT | Kind.REFUSE | Kind.CANCEL:
            do(cast, cast.retailer, Kind.HAND_OVER, one, **given)
        case Kind.RETURN:
            do(cast, cast.retailer, Kind.SELL, one)
        case Kind.CORRECT:
            do(cast, cast.retailer, Kind.OBSERVE, one)
    says: dict[Kind, dict[str, Any]] = {
        Kind.PACK: {"parent": cast.pallet},
        Kind.UNPACK: {"parent": cast.pallet},
        **dict.fromkeys((Kind.HAND_OVER, Kind.ACCEPT, Kind.REFUSE, Kind.CANCEL), given),
        Kind.CHECKPOINT: {"customs": Customs("import", "held"), "place": NL},
        Kind.TRANSFORM: {"outputs": {gs1.item_uri(cast.gtin, "OUT"): 1}},
        Kind.CORRECT: {"corrects": cast.world.documents[-1]["credentialSubject"]},
    }
    return cast, says.get(kind, {})


def actor(cast: Cast, name: str) -> Actor:
    named = {"registrar": cast.world.registrar, "office": minilog.actor(7)}
    return named[name] if name in named else getattr(cast, name)


@pytest.mark.parametrize("kind", GOODS_KINDS)
def test_of_everybody_only_the_signer_of_the_table_is_heard(kind: Kind) -> None:
    cast, options = at_the_retailer(kind)
    one = {cast.item: Decimal(1)}
    found = {
        name: refused(cast, signed(cast.world, actor(cast, name), kind, one, **options))
        for name in EVERYBODY
    }
    heard = {name for name, error in found.items() if error is None}
    if kind in (Kind.REFUSE, Kind.CANCEL):
        assert heard == {
            "carrier",
            "retailer",
        }  # the same words: a refusal by one, a cancellation by the other
        return
    assert heard == MAY_SIGN[kind]
    assert {error.code for error in found.values() if error is not None} <= {"not-permitted"}


@pytest.mark.parametrize("kind", [Kind.HAND_OVER, Kind.ACCEPT, Kind.REFUSE, Kind.CANCEL])
@pytest.mark.parametrize("name", EVERYBODY)
def test_nobody_gets_at_a_handoff_by_naming_themselves_in_it(kind: Kind, name: str) -> None:
    cast, given = at_the_retailer(kind)
    by = actor(cast, name)
    mine = "sender" if kind in (Kind.HAND_OVER, Kind.CANCEL) else "receiver"
    names = given | {mine: by.gln}
    if names["sender"] == names["receiver"]:
        names["receiver" if mine == "sender" else "sender"] = cast.mallory.gln
    one = signed(cast.world, by, kind, {cast.item: Decimal(1)}, **names)
    error = refused(cast, one)
    assert (error is None) == (name in MAY_SIGN[kind])
    assert error is None or error.code == "not-permitted"


@pytest.mark.parametrize("name", EVERYBODY)
def test_whoever_is_registered_may_begin_a_unit_and_nobody_else(name: str) -> None:
    cast, _ = at_the_retailer(Kind.COMMISSION)
    unit = {cast.pallet: Decimal(1)}
    assert refused(cast, signed(cast.world, actor(cast, name), Kind.COMMISSION, unit)) is None
    stranger = refused(cast, signed(cast.world, minilog.actor(50), Kind.COMMISSION, unit))
    assert stranger is not None
    assert stranger.code == "unknown-party"


@pytest.mark.parametrize("outcome", OUTCOMES)
@pytest.mark.parametrize("where", [CN, NL, Place()], ids=["CN", "NL", "nowhere"])
@pytest.mark.parametrize("name", EVERYBODY)
def test_customs_decides_at_home_and_nobody_else_does(
    name: str, where: Place, outcome: str | None
) -> None:
    cast, _ = at_the_retailer(Kind.CHECKPOINT)
    customs = Customs("import", outcome)
    one = signed(
        cast.world,
        actor(cast, name),
        Kind.CHECKPOINT,
        {cast.item: Decimal(1)},
        place=where,
        customs=customs,
    )
    error = refused(cast, one)
    assert (error is None) == ((name, where) in {("customs_cn", CN), ("customs_nl", NL)})
    assert error is None or error.code == "not-permitted"
