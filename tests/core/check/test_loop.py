"""Loops: what is still open, along every path the goods took."""

from decimal import Decimal

import pytest

from provenance.core.check import bundle
from provenance.core.check.journey import territory
from provenance.core.check.loop import Loop
from provenance.core.record.event import Place
from provenance.core.record.vocabulary import Act, Role
from tests.cast import CN, CUSTOMS_UNIONS, ITEM, NL, PALLET, actor
from tests.world import World

BE, KZ = Place("BE", "Antwerp"), Place("KZ", "Khorgos")


def loop_of(world: World, subject: str | None = None) -> Loop:
    result = bundle.check(world.bundle(subject or ITEM), world.trust, now=world.clock)
    assert result.loop is not None, result.steps
    assert result.loop.state != "broken", result.steps
    return result.loop


def missing(loop: Loop) -> set[tuple[str, str]]:
    return {
        (str(reason.code), reason.params["territory"])
        for reason in loop.reasons
        if "territory" in reason.params
    }


def clear(
    world: World, subject: str, procedure: str, place: Place, outcome: str = "cleared"
) -> None:
    authority = world.customs_cn if place.country == "CN" else world.customs_nl
    world.checkpoint(authority, subject, procedure, outcome, place=place)


def born(place: Place = CN) -> World:
    world = World()
    world.act(world.maker, Act.COMMISSION, ITEM, place=place)
    return world


@pytest.mark.parametrize(
    ("cleared", "left"),
    [
        ((), {("export-clearance-missing", "CN"), ("import-clearance-missing", "EU")}),
        (("export",), {("import-clearance-missing", "EU")}),
        (("import",), {("export-clearance-missing", "CN")}),
        (("export", "import"), set()),
    ],
    ids=["none", "export", "import", "both"],
)
def test_a_border_needs_a_clearance_on_each_side(
    cleared: tuple[str, ...], left: set[tuple[str, str]]
) -> None:
    world = born()
    for procedure in cleared:
        clear(world, ITEM, procedure, CN if procedure == "export" else NL)
    world.hand_over(world.maker, world.retailer, ITEM, CN if "import" not in cleared else NL, NL)
    assert missing(loop_of(world)) == left


@pytest.mark.parametrize("outcome", ["sampled", "refused"])
def test_only_a_clearance_clears(outcome: str) -> None:
    world = born()
    clear(world, ITEM, "export", CN, outcome)
    world.hand_over(world.maker, world.retailer, ITEM, CN, NL)
    assert ("export-clearance-missing", "CN") in missing(loop_of(world))


def test_inside_a_customs_union_there_is_no_border() -> None:
    world = born(NL)
    world.hand_over(world.maker, world.retailer, ITEM, NL, BE)
    assert missing(loop_of(world)) == set()
    assert territory("NL", CUSTOMS_UNIONS) == territory("BE", CUSTOMS_UNIONS) == "EU"
    assert territory("CN", CUSTOMS_UNIONS) == "CN"


def test_there_and_back_needs_every_clearance_twice() -> None:
    world = born()
    for procedure, place in (("export", CN), ("import", NL)):
        clear(world, ITEM, procedure, place)
    world.hand_over(world.maker, world.retailer, ITEM, NL)
    world.hand_over(world.retailer, world.maker, ITEM, NL, CN)
    assert missing(loop_of(world)) == {
        ("export-clearance-missing", "EU"),
        ("import-clearance-missing", "CN"),
    }


def test_a_place_that_is_not_named_is_said_to_be_unknown() -> None:
    world = World()
    world.act(world.maker, Act.COMMISSION, ITEM, place=None)
    world.hand_over(world.maker, world.retailer, ITEM, NL)
    assert "place-unknown" in {reason.code for reason in loop_of(world).reasons}


def test_an_item_rides_through_nested_pallets() -> None:
    world = born()
    outer = World.unit(2)
    for unit in (PALLET, outer):
        world.act(world.maker, Act.COMMISSION, unit)
    world.act(world.maker, Act.PACK, ITEM, parent=PALLET)
    world.act(world.maker, Act.PACK, PALLET, parent=outer)
    world.hand_over(world.maker, world.carrier, outer)
    clear(world, outer, "export", CN)
    clear(world, outer, "import", NL)
    world.hand_over(world.carrier, world.retailer, outer, NL)
    result = bundle.check(world.bundle(ITEM), world.trust, now=world.clock)
    assert [entry.chain for entry in result.history].count(outer) == 6
    assert result.loop is not None
    assert {reason.code for reason in result.loop.reasons} == {"not-ended"}
    world.act(world.retailer, Act.UNPACK, PALLET, parent=outer, place=NL)
    world.act(world.retailer, Act.UNPACK, ITEM, parent=PALLET, place=NL)
    world.act(world.retailer, Act.SELL, ITEM, place=NL)
    assert loop_of(world).state == "closed"


def test_what_happens_to_a_pallet_after_the_unpacking_is_not_the_items() -> None:
    world = born()
    world.act(world.maker, Act.COMMISSION, PALLET)
    world.act(world.maker, Act.PACK, ITEM, parent=PALLET)
    world.act(world.maker, Act.UNPACK, ITEM, parent=PALLET)
    world.hand_over(world.maker, world.carrier, PALLET, CN, NL)
    loop = loop_of(world)
    assert missing(loop) == set()
    assert loop_of(world, PALLET).reasons != loop.reasons


def test_a_lot_in_two_pallets_crosses_a_border_with_each() -> None:
    world = World()
    lot = World.lot("L-9")
    second = World.unit(2)
    world.act(world.maker, Act.COMMISSION, {lot: 100})
    for unit, amount in ((PALLET, 60), (second, 40)):
        world.act(world.maker, Act.COMMISSION, unit)
        world.act(world.maker, Act.PACK, {lot: amount}, parent=unit)
    for unit in (PALLET, second):
        world.hand_over(world.maker, world.retailer, unit, CN, NL)
    clear(world, PALLET, "export", CN)
    assert loop_of(world, lot).state == "open"


def test_a_lot_ends_when_all_of_it_has() -> None:
    world = World()
    lot = World.lot("L-9")
    world.act(world.maker, Act.COMMISSION, {lot: 100})
    world.act(world.maker, Act.SELL, {lot: Decimal("60.5")})
    assert {reason.code for reason in loop_of(world, lot).reasons} == {"not-ended"}
    world.act(world.maker, Act.DESTROY, {lot: Decimal("39.5")})
    assert loop_of(world, lot).state == "closed"


@pytest.mark.parametrize("at", ["the item", "its pallet"])
def test_an_unanswered_handoff_keeps_the_loop_open(at: str) -> None:
    world = born()
    subject = ITEM
    if at == "its pallet":
        subject = PALLET
        world.act(world.maker, Act.COMMISSION, PALLET)
        world.act(world.maker, Act.PACK, ITEM, parent=PALLET)
    world.act(
        world.maker,
        Act.HAND_OVER,
        subject,
        place=CN,
        sender=world.maker.gln,
        receiver=world.carrier.gln,
    )
    assert "handoff-pending" in {reason.code for reason in loop_of(world).reasons}


def test_a_transit_clearance_lets_goods_in_and_out() -> None:
    world = born()
    kz = world.join(actor(59), "Khorgos Customs", "KZ", Role.CUSTOMS_AUTHORITY)
    clear(world, ITEM, "export", CN)
    world.checkpoint(kz, ITEM, "transit", "cleared", place=KZ)
    clear(world, ITEM, "import", NL)
    world.hand_over(world.maker, world.retailer, ITEM, NL)
    assert missing(loop_of(world)) == set()


def test_goods_packed_at_no_named_place_come_from_where_they_were() -> None:
    world = born()
    world.act(world.maker, Act.COMMISSION, PALLET, place=None)
    world.act(world.maker, Act.PACK, ITEM, parent=PALLET, place=None)
    world.hand_over(world.maker, world.retailer, PALLET, Place(), NL)
    loop = loop_of(world)
    assert missing(loop) == {("export-clearance-missing", "CN"), ("import-clearance-missing", "EU")}
    assert "place-unknown" in {reason.code for reason in loop.reasons}


def test_goods_unpacked_at_no_named_place_cross_each_border_once() -> None:
    world = born()
    world.act(world.maker, Act.COMMISSION, PALLET)
    world.act(world.maker, Act.PACK, ITEM, parent=PALLET)
    clear(world, PALLET, "export", CN)
    clear(world, PALLET, "import", NL)
    world.hand_over(world.maker, world.retailer, PALLET, NL)
    world.act(world.retailer, Act.UNPACK, ITEM, parent=PALLET, place=None)
    world.act(world.retailer, Act.SELL, ITEM, place=NL)
    assert missing(loop_of(world)) == set()


@pytest.mark.parametrize("kind", [Act.RECALL, Act.REPORT_STOLEN])
def test_where_a_recall_is_signed_is_not_where_the_goods_are(kind: Act) -> None:
    world = born()
    world.act(world.maker, kind, ITEM, place=NL)
    assert missing(loop_of(world)) == set()


def test_a_second_ride_in_one_unit_begins_where_the_goods_were_then() -> None:
    world = World().journey(until=Act.UNPACK)
    world.act(world.retailer, Act.PACK, ITEM, parent=PALLET, place=NL)
    world.act(world.retailer, Act.UNPACK, ITEM, parent=PALLET, place=NL)
    assert missing(loop_of(world)) == set()
