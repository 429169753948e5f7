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
from provenance.core.epcis.vocabulary import Outcome, Procedure
from provenance.core.record.event import Customs, Place
from provenance.core.record.vocabulary import Act
from tests import cast
from tests.cast import CN, ITEM, NL, PALLET
from tests.core.record.acting import S, do, natural, refusal, signed, situate
from tests.world import World

GOODS_KINDS = [kind for kind in Act if not kind.is_claim]
OUTCOMES = [None, *Outcome]

# --- situations: lots and units, and what is allowed instead -------------------------

BORN = frozenset(S) - {S.UNBORN}
WHEN = {
    Act.COMMISSION: {S.UNBORN},
    Act.PACK: {S.WITH_CUSTODIAN},
    Act.UNPACK: {
        S.PACKED,
        S.WITH_CUSTODIAN,
    },  # the latter for the unit, and for a lot that is packed in part
    Act.HAND_OVER: {S.WITH_CUSTODIAN, S.SEIZED},
    Act.ACCEPT: {S.HANDED_OVER},
    Act.REFUSE: {S.HANDED_OVER},
    Act.CANCEL: {S.HANDED_OVER},
    Act.CHECKPOINT: {S.WITH_CUSTODIAN, S.HANDED_OVER, S.PACKED, S.HELD},
    Act.OBSERVE: {S.WITH_CUSTODIAN, S.HANDED_OVER, S.HELD, S.SEIZED},
    Act.TRANSFORM: {S.WITH_CUSTODIAN, S.UNBORN},  # an input, an output
    Act.SELL: {S.WITH_CUSTODIAN},
    Act.RETURN: {S.SOLD},
    Act.DESTROY: {S.WITH_CUSTODIAN, S.SEIZED},
    Act.DECOMMISSION: {S.WITH_CUSTODIAN},
    Act.RECALL: BORN,
    Act.REPORT_STOLEN: BORN,
    Act.CORRECT: BORN,
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
    allowed = {kind for kind, when in WHEN.items() if situation in when}
    names = sorted(allowed - ({Act.RECALL} if form == "lot" else set()))
    codes = {}
    for kind in GOODS_KINDS:
        by, options = natural(world, kind, situation, {uri: amount}, inside=OUTER)
        error = refusal(world, signed(world, by, kind, {uri: amount}, **options))
        codes[kind] = "accepted" if error is None else error.code
        if isinstance(error, errors.IllegalTransition):
            assert error.extra == {"subject": uri, "allowed": names}
    expected = {
        kind: "accepted" if kind in allowed else "illegal-transition" for kind in GOODS_KINDS
    }
    if form == "lot":
        expected[Act.RECALL] = "recall-of-lot"  # in any situation: its product is recalled
    if situation is S.WITH_CUSTODIAN:
        expected[Act.UNPACK] = "not-permitted"  # these goods are not in that unit
    if situation is S.UNBORN:
        expected[Act.TRANSFORM] = "illegal-transition"  # as an input; as an output: below
    assert codes == expected


@pytest.mark.parametrize("form", ["item", "lot", "unit"])
@pytest.mark.parametrize("situation", list(S))
def test_a_transformation_makes_what_was_not_there(situation: S, form: str) -> None:
    world = World()
    uri, amount = goods(world, form)
    situate(world, situation, {uri: amount}, inside=OUTER)
    spent = World.item("IN")
    do(world, world.maker, Act.COMMISSION, {spent: Decimal(1)})
    event = signed(world, world.maker, Act.TRANSFORM, {spent: Decimal(1)}, outputs={uri: amount})
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
MAY_SIGN: dict[Act, set[str]] = {
    Act.COMMISSION: {"maker"},
    Act.PACK: {"retailer"},
    Act.UNPACK: {"retailer"},
    Act.HAND_OVER: {"retailer"},
    Act.ACCEPT: {"carrier"},
    Act.REFUSE: {"carrier"},
    Act.CANCEL: {"retailer"},
    Act.CHECKPOINT: {"customs_nl"},
    Act.OBSERVE: {"retailer"},
    Act.TRANSFORM: set(),  # the retailer holds the input, and only the maker may make the output
    Act.SELL: {"retailer"},
    Act.RETURN: {"retailer", "maker"},
    Act.DESTROY: {"retailer"},
    Act.DECOMMISSION: {"retailer"},
    Act.RECALL: {"maker"},
    Act.REPORT_STOLEN: {"retailer", "maker"},
    Act.CORRECT: {"retailer"},
}


def at_the_retailer(kind: Act) -> tuple[World, dict[str, Any]]:
    """The item and a unit with the retailer, in a situation that allows the act; and
    what the act says.
    """
    world = World()
    one, unit = {ITEM: Decimal(1)}, {PALLET: Decimal(1)}
    if kind is Act.COMMISSION:
        return world, {}
    taken = {"sender": world.maker.gln, "receiver": world.retailer.gln}
    for amounts in (one, unit):
        do(world, world.maker, Act.COMMISSION, amounts)
        do(world, world.maker, Act.HAND_OVER, amounts, **taken)
        do(world, world.retailer, Act.ACCEPT, amounts, place=NL, **taken)
    given = {"sender": world.retailer.gln, "receiver": world.carrier.gln}
    match kind:
        case Act.UNPACK:
            do(world, world.retailer, Act.PACK, one, parent=PALLET)
        case Act.ACCEPT | Act.REFUSE | Act.CANCEL:
            do(world, world.retailer, Act.HAND_OVER, one, **given)
        case Act.RETURN:
            do(world, world.retailer, Act.SELL, one)
        case Act.CORRECT:
            do(world, world.retailer, Act.OBSERVE, one)
    says: dict[Act, dict[str, Any]] = {
        Act.PACK: {"parent": PALLET},
        Act.UNPACK: {"parent": PALLET},
        **dict.fromkeys((Act.HAND_OVER, Act.ACCEPT, Act.REFUSE, Act.CANCEL), given),
        Act.CHECKPOINT: {"customs": Customs(Procedure.IMPORT, Outcome.HELD), "place": NL},
        Act.TRANSFORM: {"outputs": {World.item("OUT"): 1}},
        Act.CORRECT: {"corrects": world.documents[-1]["credentialSubject"]},
    }
    return world, says.get(kind, {})


@pytest.mark.parametrize("kind", GOODS_KINDS)
def test_of_everybody_only_the_signer_of_the_table_is_heard(kind: Act) -> None:
    world, options = at_the_retailer(kind)
    item = {ITEM: Decimal(1)}
    refusals = {
        name: refusal(world, signed(world, world.everybody[name], kind, item, **options))
        for name in EVERYBODY
    }
    heard = {name for name, error in refusals.items() if error is None}
    if kind in (Act.REFUSE, Act.CANCEL):
        assert heard == {
            "carrier",
            "retailer",
        }  # the same words: a refusal by the one, a cancellation by the other
        return
    assert heard == MAY_SIGN[kind]
    assert {error.code for error in refusals.values() if error is not None} <= {"not-permitted"}


@pytest.mark.parametrize("kind", [Act.HAND_OVER, Act.ACCEPT, Act.REFUSE, Act.CANCEL])
@pytest.mark.parametrize("name", EVERYBODY)
def test_nobody_gets_at_a_handoff_by_naming_themselves_in_it(kind: Act, name: str) -> None:
    world, given = at_the_retailer(kind)
    by = world.everybody[name]
    mine = "sender" if kind in (Act.HAND_OVER, Act.CANCEL) else "receiver"
    names = given | {mine: by.gln}
    if names["sender"] == names["receiver"]:
        names["receiver" if mine == "sender" else "sender"] = world.mallory.gln
    event = signed(world, by, kind, {ITEM: Decimal(1)}, **names)
    error = refusal(world, event)
    assert (error is None) == (name in MAY_SIGN[kind])
    assert error is None or error.code == "not-permitted"


@pytest.mark.parametrize("name", EVERYBODY)
def test_whoever_is_registered_may_begin_a_unit_and_nobody_else(name: str) -> None:
    world, _ = at_the_retailer(Act.COMMISSION)
    unit = {PALLET: Decimal(1)}
    assert refusal(world, signed(world, world.everybody[name], Act.COMMISSION, unit)) is None
    stranger = refusal(world, signed(world, cast.actor(50), Act.COMMISSION, unit))
    assert stranger is not None
    assert stranger.code == "unknown-party"


@pytest.mark.parametrize("outcome", OUTCOMES)
@pytest.mark.parametrize("where", [CN, NL, Place()], ids=["CN", "NL", "nowhere"])
@pytest.mark.parametrize("name", EVERYBODY)
def test_customs_decides_at_home_and_nobody_else_does(
    name: str, where: Place, outcome: Outcome | None
) -> None:
    world, _ = at_the_retailer(Act.CHECKPOINT)
    customs = Customs(Procedure.IMPORT, outcome)
    event = signed(
        world,
        world.everybody[name],
        Act.CHECKPOINT,
        {ITEM: Decimal(1)},
        place=where,
        customs=customs,
    )
    error = refusal(world, event)
    assert (error is None) == ((name, where) in {("customs_cn", CN), ("customs_nl", NL)})
    assert error is None or error.code == "not-permitted"
