"""Customs, containers, lots, returns and corrections: the finer rules between an act
and what it finds.
"""

from decimal import Decimal

import pytest

from provenance.core import errors
from provenance.core.epcis.vocabulary import Outcome, Procedure
from provenance.core.record import compose, signers
from provenance.core.record import event as event_
from provenance.core.record.compose import Intent
from provenance.core.record.event import Customs
from provenance.core.record.vocabulary import Act
from tests.cast import CN, ITEM, NL, PALLET, PALLET_2
from tests.core.record.acting import (
    EXPORT,
    S,
    attempt,
    do,
    handoff,
    natural,
    signed,
    situate,
    verdict,
)
from tests.world import World

# --- customs -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("who", "place", "code"),
    [
        ("customs_cn", CN, "accepted"),
        ("customs_nl", NL, "accepted"),
        ("customs_cn", NL, "not-permitted"),
        ("maker", CN, "not-permitted"),
        ("customs_cn", event_.Place(), "not-permitted"),
    ],
    ids=["at home", "at home too", "abroad", "no authority", "nowhere"],
)
def test_an_authority_acts_in_its_own_country(who: str, place: event_.Place, code: str) -> None:
    world = World()
    situate(world, S.WITH_CUSTODIAN)
    assert attempt(world, getattr(world, who), Act.CHECKPOINT, place=place, customs=EXPORT) == code


def test_a_hold_is_lifted_by_its_own_country_only() -> None:
    world = World()
    situate(world, S.HELD)
    assert (
        attempt(
            world,
            world.customs_nl,
            Act.CHECKPOINT,
            place=NL,
            customs=Customs(Procedure.IMPORT, Outcome.CLEARED),
        )
        == "not-permitted"
    )
    do(world, world.customs_cn, Act.CHECKPOINT, customs=EXPORT)
    assert world.goods(ITEM).situation is S.WITH_CUSTODIAN


@pytest.mark.parametrize("outcome", [*Outcome, None])
def test_nothing_is_decided_after_a_seizure(outcome: Outcome | None) -> None:
    world = World()
    situate(world, S.SEIZED)
    assert world.goods(ITEM).custodian == world.customs_cn.gln
    assert (
        attempt(world, world.customs_cn, Act.CHECKPOINT, customs=Customs(Procedure.EXPORT, outcome))
        == "illegal-transition"
    )


def test_a_seizure_ends_a_pending_handoff() -> None:
    world = World()
    situate(world, S.HANDED_OVER)
    do(world, world.customs_cn, Act.CHECKPOINT, customs=Customs(Procedure.EXPORT, Outcome.SEIZED))
    assert attempt(world, world.carrier, Act.ACCEPT, **handoff(world)) == "illegal-transition"


def test_what_was_seized_can_be_handed_back_and_is_free_again() -> None:
    world = World()
    situate(world, S.SEIZED)
    back = {"sender": world.customs_cn.gln, "receiver": world.maker.gln}
    do(world, world.customs_cn, Act.HAND_OVER, **back)
    do(world, world.maker, Act.ACCEPT, **back)
    do(world, world.maker, Act.SELL)


# --- containers ---------------------------------------------------------------------


def pack(world: World, *levels: str) -> None:
    """The item in the first unit, that one in the second, and so on."""
    for inner, outer in zip((ITEM, *levels), levels, strict=False):
        do(world, world.maker, Act.PACK, inner, parent=outer)


def test_a_pallet_handoff_is_one_event_and_unpacking_gives_custody_of_what_is_inside() -> None:
    world = World()
    situate(world, S.WITH_CUSTODIAN)
    pack(world, PALLET, PALLET_2)
    do(world, world.maker, Act.HAND_OVER, PALLET_2, **handoff(world))
    do(world, world.carrier, Act.ACCEPT, PALLET_2, **handoff(world))
    assert attempt(world, world.maker, Act.UNPACK, PALLET, parent=PALLET_2) == "not-permitted"
    assert (
        attempt(world, world.carrier, Act.UNPACK, parent=PALLET) == "illegal-transition"
    )  # it is itself packed
    do(world, world.carrier, Act.UNPACK, PALLET, parent=PALLET_2)
    do(world, world.carrier, Act.UNPACK, parent=PALLET)
    assert world.goods(ITEM).custodian == world.carrier.gln


def test_nothing_is_unpacked_from_a_unit_it_is_not_in() -> None:
    world = World()
    situate(world, S.PACKED)
    assert attempt(world, world.maker, Act.UNPACK, parent=PALLET_2) == "not-permitted"


def test_units_cannot_hold_one_another() -> None:
    world = World()
    situate(world, S.WITH_CUSTODIAN)
    pack(world, PALLET, PALLET_2)
    assert attempt(world, world.maker, Act.PACK, PALLET_2, parent=PALLET) == "illegal-transition"
    with pytest.raises(errors.BadEpcis):
        signed(world, world.maker, Act.PACK, PALLET_2, parent=PALLET_2)


@pytest.mark.parametrize("kind", [Act.DESTROY, Act.DECOMMISSION, Act.SELL, Act.TRANSFORM])
def test_a_unit_does_not_end_while_it_holds_something(kind: Act) -> None:
    world = World()
    situate(world, S.PACKED)
    options = {"outputs": {World.item("OUT"): 1}} if kind is Act.TRANSFORM else {}
    assert attempt(world, world.maker, kind, PALLET, **options) == "illegal-transition"


def test_nobody_packs_into_anothers_unit() -> None:
    world = World()
    situate(world, S.WITH_CUSTODIAN)
    do(world, world.maker, Act.HAND_OVER, PALLET, **handoff(world))
    do(world, world.carrier, Act.ACCEPT, PALLET, **handoff(world))
    assert attempt(world, world.maker, Act.PACK, parent=PALLET) == "not-permitted"
    assert attempt(world, world.carrier, Act.PACK, parent=PALLET) == "not-permitted"


@pytest.mark.parametrize(("who", "code"), [("carrier", "accepted"), ("retailer", "not-permitted")])
def test_who_has_the_unit_may_report_what_is_in_it_stolen(who: str, code: str) -> None:
    world = World()
    situate(world, S.WITH_CUSTODIAN)
    pack(world, PALLET, PALLET_2)
    attempt(world, world.maker, Act.HAND_OVER, PALLET_2, **handoff(world))
    attempt(world, world.carrier, Act.ACCEPT, PALLET_2, **handoff(world))
    assert attempt(world, getattr(world, who), Act.REPORT_STOLEN) == code


# --- lots ---------------------------------------------------------------------------


@pytest.fixture
def lot() -> tuple[World, str]:
    """100 pieces with the maker, and two units."""
    world = World()
    situate(world, S.UNBORN)
    uri = World.lot("L-1")
    do(world, world.maker, Act.COMMISSION, {uri: 100})
    return world, uri


def held(world: World, uri: str) -> dict[str, Decimal]:
    return dict(world.goods(uri).holdings)


@pytest.mark.parametrize("kind", [Act.PACK, Act.SELL, Act.DESTROY, Act.DECOMMISSION])
def test_a_lot_moves_no_more_than_there_is(lot: tuple[World, str], kind: Act) -> None:
    world, uri = lot
    options = {"parent": PALLET} if kind is Act.PACK else {}
    assert attempt(world, world.maker, kind, {uri: 101}, **options) in (
        "illegal-transition",
        "binding-mismatch",
    )
    do(world, world.maker, kind, {uri: Decimal("40.5")}, **options)
    assert held(world, uri)[f"gln:{world.maker.gln}"] == Decimal("59.5")


def test_a_lot_travels_in_parts_inside_units(lot: tuple[World, str]) -> None:
    world, uri = lot
    do(world, world.maker, Act.PACK, {uri: 60}, parent=PALLET)
    do(world, world.maker, Act.PACK, {uri: 40}, parent=PALLET_2)
    assert held(world, uri) == {PALLET: 60, PALLET_2: 40}
    attempt(world, world.maker, Act.HAND_OVER, PALLET_2, **handoff(world))
    attempt(world, world.carrier, Act.ACCEPT, PALLET_2, **handoff(world))
    assert (
        attempt(world, world.carrier, Act.UNPACK, {uri: 41}, parent=PALLET_2)
        == "illegal-transition"
    )
    do(world, world.carrier, Act.UNPACK, {uri: 40}, parent=PALLET_2)
    do(world, world.carrier, Act.SELL, {uri: 40})
    assert held(world, uri) == {PALLET: 60}


def test_a_lot_is_handed_over_whole_or_packed(lot: tuple[World, str]) -> None:
    world, uri = lot
    assert (
        attempt(world, world.maker, Act.HAND_OVER, {uri: 99}, **handoff(world))
        == "illegal-transition"
    )
    do(world, world.maker, Act.HAND_OVER, {uri: 100}, **handoff(world))
    assert (
        attempt(world, world.carrier, Act.ACCEPT, {uri: 99}, **handoff(world))
        == "illegal-transition"
    )
    do(world, world.carrier, Act.ACCEPT, {uri: 100}, **handoff(world))


def test_a_lot_ends_when_its_last_piece_does(lot: tuple[World, str]) -> None:
    world, uri = lot
    do(world, world.maker, Act.SELL, {uri: 60})
    assert world.goods(uri).situation is S.WITH_CUSTODIAN
    do(world, world.maker, Act.SELL, {uri: 40})
    assert world.goods(uri).situation is S.SOLD
    assert attempt(world, world.maker, Act.RETURN, {uri: 101}) == "illegal-transition"
    do(world, world.maker, Act.RETURN, {uri: 5})
    assert held(world, uri) == {f"gln:{world.maker.gln}": 5}


def test_a_transformation_ends_what_went_in_and_begins_what_came_out(
    lot: tuple[World, str],
) -> None:
    world, uri = lot
    outputs = {World.item(serial): 1 for serial in ("X1", "X2")}
    do(world, world.maker, Act.TRANSFORM, {uri: 100}, outputs=outputs)
    assert world.goods(uri).situation is S.ENDED
    assert all(world.goods(output).custodian == world.maker.gln for output in outputs)
    with pytest.raises(errors.BadEpcis):
        signed(world, world.maker, Act.TRANSFORM, next(iter(outputs)), outputs=outputs)


# --- returns and corrections --------------------------------------------------------


def sold_by_the_retailer(world: World) -> None:
    situate(world, S.WITH_CUSTODIAN)
    names = {"sender": world.maker.gln, "receiver": world.retailer.gln}
    attempt(world, world.maker, Act.HAND_OVER, **names)
    attempt(world, world.retailer, Act.ACCEPT, **names)
    do(world, world.retailer, Act.SELL)


def test_a_return_to_the_shop_opens_the_loop_again() -> None:
    world = World()
    sold_by_the_retailer(world)
    assert attempt(world, world.carrier, Act.RETURN) == "not-permitted"
    do(world, world.retailer, Act.RETURN)
    assert world.goods(ITEM).custodian == world.retailer.gln
    do(world, world.retailer, Act.SELL)


def test_a_return_to_the_maker_ends_the_loop() -> None:
    world = World()
    sold_by_the_retailer(world)
    event = signed(world, world.maker, Act.RETURN, ITEM)
    assert event.link(ITEM).closes is not None
    assert verdict(world, event) == "accepted"
    assert world.goods(ITEM).situation is S.ENDED


def test_a_correction_changes_no_state_and_needs_something_to_correct() -> None:
    world = World()
    situate(world, S.WITH_CUSTODIAN)
    before = held(world, ITEM)
    _, options = natural(world, Act.CORRECT, S.WITH_CUSTODIAN)
    do(world, world.maker, Act.CORRECT, **options)
    assert held(world, ITEM) == before
    other = compose.event(
        Intent(act=Act.OBSERVE, issuer=world.maker.gln, subjects={ITEM: 1}, time=world.tick())
    )
    assert attempt(world, world.maker, Act.CORRECT, corrects=other) == "illegal-transition"


def test_an_event_is_corrected_again_only_for_another_reason_and_ten_times_at_most() -> None:
    world = World()
    situate(world, S.WITH_CUSTODIAN)
    _, options = natural(world, Act.CORRECT, S.WITH_CUSTODIAN)

    def corrected(reason: str) -> str:
        return attempt(world, world.maker, Act.CORRECT, error_reason=reason, **options)

    assert corrected("incorrect_data") == "accepted"
    assert corrected("incorrect_data") == "already-corrected"
    further = [f"https://example.org/reasons/{n}" for n in range(1, signers.MAX_CORRECTIONS + 1)]
    codes = [corrected(reason) for reason in further]
    assert codes == ["accepted"] * 9 + ["too-many-corrections"]
    do(world, world.maker, Act.OBSERVE)
    another = world.documents[-1]["credentialSubject"]
    assert attempt(world, world.maker, Act.CORRECT, corrects=another) == "accepted"
