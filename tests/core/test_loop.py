"""Loops: what is still open, along every path the goods took."""

from decimal import Decimal

import pytest

from provenance.core import gs1
from provenance.core.check import bundle
from provenance.core.check.loop import Loop, territory
from provenance.core.record.event import Customs, Place
from provenance.core.record.kinds import Kind, Role
from tests.core import minilog
from tests.core.minilog import CN, CUSTOMS_UNIONS, NL, Cast

BE, KZ = Place("BE", "Antwerp"), Place("KZ", "Khorgos")


def loop_of(cast: Cast, subject: str | None = None) -> Loop:
    result = bundle.check(
        cast.world.bundle(subject or cast.item), cast.world.trust, now=cast.world.clock
    )
    assert result.loop is not None, result.steps
    assert result.loop.state != "broken", result.steps
    return result.loop


def missing(loop: Loop) -> set[tuple[str, str]]:
    return {
        (str(reason.code), reason.params["territory"])
        for reason in loop.reasons
        if "territory" in reason.params
    }


def clear(cast: Cast, subject: str, procedure: str, place: Place, outcome: str = "cleared") -> None:
    authority = cast.customs_cn if place.country == "CN" else cast.customs_nl
    cast.world.act(
        authority, Kind.CHECKPOINT, subject, place=place, customs=Customs(procedure, outcome)
    )


def born(place: Place = CN) -> Cast:
    cast = minilog.cast()
    cast.world.act(cast.maker, Kind.COMMISSION, cast.item, place=place)
    return cast


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
    cast = born()
    for procedure in cleared:
        clear(cast, cast.item, procedure, CN if procedure == "export" else NL)
    cast.world.hand_over(
        cast.maker, cast.retailer, cast.item, CN if "import" not in cleared else NL, NL
    )
    assert missing(loop_of(cast)) == left


@pytest.mark.parametrize("outcome", ["sampled", "refused"])
def test_only_a_clearance_clears(outcome: str) -> None:
    cast = born()
    clear(cast, cast.item, "export", CN, outcome)
    cast.world.hand_over(cast.maker, cast.retailer, cast.item, CN, NL)
    assert ("export-clearance-missing", "CN") in missing(loop_of(cast))


def test_inside_a_customs_union_there_is_no_border() -> None:
    cast = born(NL)
    cast.world.hand_over(cast.maker, cast.retailer, cast.item, NL, BE)
    assert missing(loop_of(cast)) == set()
    assert territory("NL", CUSTOMS_UNIONS) == territory("BE", CUSTOMS_UNIONS) == "EU"
    assert territory("CN", CUSTOMS_UNIONS) == "CN"


def test_there_and_back_needs_every_clearance_twice() -> None:
    cast = born()
    for procedure, place in (("export", CN), ("import", NL)):
        clear(cast, cast.item, procedure, place)
    cast.world.hand_over(cast.maker, cast.retailer, cast.item, NL)
    cast.world.hand_over(cast.retailer, cast.maker, cast.item, NL, CN)
    assert missing(loop_of(cast)) == {
        ("export-clearance-missing", "EU"),
        ("import-clearance-missing", "CN"),
    }


def test_a_place_that_is_not_named_is_said_to_be_unknown() -> None:
    cast = minilog.cast()
    cast.world.act(cast.maker, Kind.COMMISSION, cast.item)
    cast.world.hand_over(cast.maker, cast.retailer, cast.item, NL)
    assert "place-unknown" in {reason.code for reason in loop_of(cast).reasons}


def test_an_item_rides_through_nested_pallets() -> None:
    cast = born()
    world, outer = cast.world, gs1.sscc_uri(gs1.make_sscc("952000", 0, 2))
    for unit in (cast.pallet, outer):
        world.act(cast.maker, Kind.COMMISSION, unit, place=CN)
    world.act(cast.maker, Kind.PACK, cast.item, parent=cast.pallet, place=CN)
    world.act(cast.maker, Kind.PACK, cast.pallet, parent=outer, place=CN)
    world.hand_over(cast.maker, cast.carrier, outer, CN)
    clear(cast, outer, "export", CN)
    clear(cast, outer, "import", NL)
    world.hand_over(cast.carrier, cast.retailer, outer, NL)
    result = bundle.check(world.bundle(cast.item), world.trust, now=world.clock)
    assert [entry.origin for entry in result.history].count(outer) == 6
    assert result.loop is not None
    assert {reason.code for reason in result.loop.reasons} == {"not-ended"}
    world.act(cast.retailer, Kind.UNPACK, cast.pallet, parent=outer, place=NL)
    world.act(cast.retailer, Kind.UNPACK, cast.item, parent=cast.pallet, place=NL)
    world.act(cast.retailer, Kind.SELL, cast.item, place=NL)
    assert loop_of(cast).state == "closed"


def test_what_happens_to_a_pallet_after_the_unpacking_is_not_the_items() -> None:
    cast = born()
    cast.world.act(cast.maker, Kind.COMMISSION, cast.pallet, place=CN)
    cast.world.act(cast.maker, Kind.PACK, cast.item, parent=cast.pallet, place=CN)
    cast.world.act(cast.maker, Kind.UNPACK, cast.item, parent=cast.pallet, place=CN)
    cast.world.hand_over(cast.maker, cast.carrier, cast.pallet, CN, NL)
    loop = loop_of(cast)
    assert missing(loop) == set()
    assert loop_of(cast, cast.pallet).reasons != loop.reasons


def test_a_lot_in_two_pallets_crosses_a_border_with_each() -> None:
    cast = minilog.cast()
    world, lot = cast.world, gs1.lot_uri(cast.gtin, "L-9")
    second = gs1.sscc_uri(gs1.make_sscc("952000", 0, 2))
    world.act(cast.maker, Kind.COMMISSION, {lot: 100}, place=CN)
    for unit, amount in ((cast.pallet, 60), (second, 40)):
        world.act(cast.maker, Kind.COMMISSION, unit, place=CN)
        world.act(cast.maker, Kind.PACK, {lot: amount}, parent=unit, place=CN)
    for unit in (cast.pallet, second):
        world.hand_over(cast.maker, cast.retailer, unit, CN, NL)
    clear(cast, cast.pallet, "export", CN)
    assert loop_of(cast, lot).state == "open"


def test_a_lot_ends_when_all_of_it_has() -> None:
    cast = minilog.cast()
    world, lot = cast.world, gs1.lot_uri(cast.gtin, "L-9")
    world.act(cast.maker, Kind.COMMISSION, {lot: 100}, place=CN)
    world.act(cast.maker, Kind.SELL, {lot: Decimal("60.5")}, place=CN)
    assert {reason.code for reason in loop_of(cast, lot).reasons} == {"not-ended"}
    world.act(cast.maker, Kind.DESTROY, {lot: Decimal("39.5")}, place=CN)
    assert loop_of(cast, lot).state == "closed"


@pytest.mark.parametrize("at", ["the item", "its pallet"])
def test_an_unanswered_handoff_keeps_the_loop_open(at: str) -> None:
    cast = born()
    subject = cast.item
    if at == "its pallet":
        subject = cast.pallet
        cast.world.act(cast.maker, Kind.COMMISSION, cast.pallet, place=CN)
        cast.world.act(cast.maker, Kind.PACK, cast.item, parent=cast.pallet, place=CN)
    cast.world.act(
        cast.maker,
        Kind.HAND_OVER,
        subject,
        place=CN,
        sender=cast.maker.gln,
        receiver=cast.carrier.gln,
    )
    assert "handoff-pending" in {reason.code for reason in loop_of(cast).reasons}


def test_a_transit_clearance_lets_goods_in_and_out() -> None:
    cast = born()
    kz = cast.world.party(minilog.actor(9), "Khorgos Customs", "KZ", Role.CUSTOMS_AUTHORITY)
    clear(cast, cast.item, "export", CN)
    cast.world.act(kz, Kind.CHECKPOINT, cast.item, place=KZ, customs=Customs("transit", "cleared"))
    clear(cast, cast.item, "import", NL)
    cast.world.hand_over(cast.maker, cast.retailer, cast.item, NL)
    assert missing(loop_of(cast)) == set()


def test_goods_packed_at_no_named_place_come_from_where_they_were() -> None:
    cast = born()
    cast.world.act(cast.maker, Kind.COMMISSION, cast.pallet)
    cast.world.act(cast.maker, Kind.PACK, cast.item, parent=cast.pallet)
    cast.world.hand_over(cast.maker, cast.retailer, cast.pallet, Place(), NL)
    loop = loop_of(cast)
    assert missing(loop) == {("export-clearance-missing", "CN"), ("import-clearance-missing", "EU")}
    assert "place-unknown" in {reason.code for reason in loop.reasons}


def test_goods_unpacked_at_no_named_place_cross_each_border_once() -> None:
    cast = born()
    cast.world.act(cast.maker, Kind.COMMISSION, cast.pallet, place=CN)
    cast.world.act(cast.maker, Kind.PACK, cast.item, parent=cast.pallet, place=CN)
    clear(cast, cast.pallet, "export", CN)
    clear(cast, cast.pallet, "import", NL)
    cast.world.hand_over(cast.maker, cast.retailer, cast.pallet, NL)
    cast.world.act(cast.retailer, Kind.UNPACK, cast.item, parent=cast.pallet)
    cast.world.act(cast.retailer, Kind.SELL, cast.item, place=NL)
    assert missing(loop_of(cast)) == set()


@pytest.mark.parametrize("kind", [Kind.RECALL, Kind.REPORT_STOLEN])
def test_where_a_recall_is_signed_is_not_where_the_goods_are(kind: Kind) -> None:
    cast = born()
    cast.world.act(cast.maker, kind, cast.item, place=NL)
    assert missing(loop_of(cast)) == set()
