"""The table of acts written down a second time, and held against the code: situations
and signers.

`test_acts` walks the table with an item that its maker holds; here lots and units go
through it too, custody is apart from ownership, and each refusal must name what is
allowed instead.
"""

from decimal import Decimal
from typing import Any

import pytest

from provenance.core import errors
from provenance.core.record.event import Customs, Place
from provenance.core.record.kinds import Kind
from tests import cast
from tests.cast import CN, ITEM, NL, PALLET
from tests.core.record.acting import S, do, natural, refusal, signed, situate
from tests.world import World

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
OUTER = World.unit(7)


def goods(world: World, form: str) -> tuple[str, Decimal]:
    """A subject of this form, and how much of it there is."""
    if form == "lot":
        return World.lot("L-7"), Decimal(100)
    return (ITEM if form == "item" else PALLET), Decimal(1)


@pytest.mark.parametrize("form", ["item", "lot", "unit"])
@pytest.mark.parametrize("situation", list(S))
def test_each_situation_allows_its_acts_and_names_them_in_every_refusal(
    situation: S, form: str
) -> None:
    world = World()
    uri, amount = goods(world, form)
    situate(world, situation, {uri: amount}, inside=OUTER)
    names = sorted(kind.value for kind, when in WHEN.items() if situation in when)
    codes = {}
    for kind in GOODS_KINDS:
        by, options = natural(world, kind, situation, {uri: amount}, inside=OUTER)
        error = refusal(world, signed(world, by, kind, {uri: amount}, **options))
        codes[kind] = "accepted" if error is None else error.code
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
    assert codes == expected


@pytest.mark.parametrize("form", ["item", "lot", "unit"])
@pytest.mark.parametrize("situation", list(S))
def test_a_transformation_makes_what_was_not_there(situation: S, form: str) -> None:
    world = World()
    uri, amount = goods(world, form)
    situate(world, situation, {uri: amount}, inside=OUTER)
    spent = World.item("IN")
    do(world, world.maker, Kind.COMMISSION, {spent: Decimal(1)})
    event = signed(world, world.maker, Kind.TRANSFORM, {spent: Decimal(1)}, outputs={uri: amount})
    error = refusal(world, event)
    assert (None if error is None else error.code) == (
        None if situation is S.UNBORN else "illegal-transition"
    )


# --- signers: everybody tries everything, with the goods at the retailer ------------

EVERYBODY = [
    "maker",
    "carrier",
    "retailer",
    "customs_cn",
    "customs_nl",
    "mallory",
    "registrar",
    "office",
]
# A handoff to be answered waits for the carrier; sold goods were sold by the retailer;
# all else the retailer holds.
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


def at_the_retailer(kind: Kind) -> tuple[World, dict[str, Any]]:
    """The item and a unit with the retailer, in a situation that allows the act; and
    what the act says.
    """
    world = World()
    one, unit = {ITEM: Decimal(1)}, {PALLET: Decimal(1)}
    if kind is Kind.COMMISSION:
        return world, {}
    taken = {"sender": world.maker.gln, "receiver": world.retailer.gln}
    for amounts in (one, unit):
        do(world, world.maker, Kind.COMMISSION, amounts)
        do(world, world.maker, Kind.HAND_OVER, amounts, **taken)
        do(world, world.retailer, Kind.ACCEPT, amounts, place=NL, **taken)
    given = {"sender": world.retailer.gln, "receiver": world.carrier.gln}
    match kind:
        case Kind.UNPACK:
            do(world, world.retailer, Kind.PACK, one, parent=PALLET)
        case Kind.ACCEPT | Kind.REFUSE | Kind.CANCEL:
            do(world, world.retailer, Kind.HAND_OVER, one, **given)
        case Kind.RETURN:
            do(world, world.retailer, Kind.SELL, one)
        case Kind.CORRECT:
            do(world, world.retailer, Kind.OBSERVE, one)
    says: dict[Kind, dict[str, Any]] = {
        Kind.PACK: {"parent": PALLET},
        Kind.UNPACK: {"parent": PALLET},
        **dict.fromkeys((Kind.HAND_OVER, Kind.ACCEPT, Kind.REFUSE, Kind.CANCEL), given),
        Kind.CHECKPOINT: {"customs": Customs("import", "held"), "place": NL},
        Kind.TRANSFORM: {"outputs": {World.item("OUT"): 1}},
        Kind.CORRECT: {"corrects": world.documents[-1]["credentialSubject"]},
    }
    return world, says.get(kind, {})


@pytest.mark.parametrize("kind", GOODS_KINDS)
def test_of_everybody_only_the_signer_of_the_table_is_heard(kind: Kind) -> None:
    world, options = at_the_retailer(kind)
    item = {ITEM: Decimal(1)}
    refusals = {
        name: refusal(world, signed(world, world.everybody[name], kind, item, **options))
        for name in EVERYBODY
    }
    heard = {name for name, error in refusals.items() if error is None}
    if kind in (Kind.REFUSE, Kind.CANCEL):
        assert heard == {
            "carrier",
            "retailer",
        }  # the same words: a refusal by the one, a cancellation by the other
        return
    assert heard == MAY_SIGN[kind]
    assert {error.code for error in refusals.values() if error is not None} <= {"not-permitted"}


@pytest.mark.parametrize("kind", [Kind.HAND_OVER, Kind.ACCEPT, Kind.REFUSE, Kind.CANCEL])
@pytest.mark.parametrize("name", EVERYBODY)
def test_nobody_gets_at_a_handoff_by_naming_themselves_in_it(kind: Kind, name: str) -> None:
    world, given = at_the_retailer(kind)
    by = world.everybody[name]
    mine = "sender" if kind in (Kind.HAND_OVER, Kind.CANCEL) else "receiver"
    names = given | {mine: by.gln}
    if names["sender"] == names["receiver"]:
        names["receiver" if mine == "sender" else "sender"] = world.mallory.gln
    event = signed(world, by, kind, {ITEM: Decimal(1)}, **names)
    error = refusal(world, event)
    assert (error is None) == (name in MAY_SIGN[kind])
    assert error is None or error.code == "not-permitted"


@pytest.mark.parametrize("name", EVERYBODY)
def test_whoever_is_registered_may_begin_a_unit_and_nobody_else(name: str) -> None:
    world, _ = at_the_retailer(Kind.COMMISSION)
    unit = {PALLET: Decimal(1)}
    assert refusal(world, signed(world, world.everybody[name], Kind.COMMISSION, unit)) is None
    stranger = refusal(world, signed(world, cast.actor(50), Kind.COMMISSION, unit))
    assert stranger is not None
    assert stranger.code == "unknown-party"


@pytest.mark.parametrize("outcome", OUTCOMES)
@pytest.mark.parametrize("where", [CN, NL, Place()], ids=["CN", "NL", "nowhere"])
@pytest.mark.parametrize("name", EVERYBODY)
def test_customs_decides_at_home_and_nobody_else_does(
    name: str, where: Place, outcome: str | None
) -> None:
    world, _ = at_the_retailer(Kind.CHECKPOINT)
    customs = Customs("import", outcome)
    event = signed(
        world,
        world.everybody[name],
        Kind.CHECKPOINT,
        {ITEM: Decimal(1)},
        place=where,
        customs=customs,
    )
    error = refusal(world, event)
    assert (error is None) == ((name, where) in {("customs_cn", CN), ("customs_nl", NL)})
    assert error is None or error.code == "not-permitted"
