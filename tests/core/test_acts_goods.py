"""Customs, containers, lots, returns and corrections: the finer rules between an act
and what it finds.
"""

from decimal import Decimal

import pytest

from provenance.core import errors, gs1
from provenance.core.record import compose
from provenance.core.record import event as event_
from provenance.core.record.compose import Intent
from provenance.core.record.event import Customs
from provenance.core.record.kinds import Kind
from tests.core import minilog
from tests.core.acting import EXPORT, UNIT2, S, attempt, handoff, natural, signed, situate, verdict
from tests.core.minilog import CN, NL, Cast

# --- customs -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("who", "place", "code"),
    [("customs_cn", CN, "accepted"), ("customs_nl", NL, "accepted"), ("customs_cn", NL, "not-permitted"),
     ("maker", CN, "not-permitted"), ("customs_cn", event_.Place(), "not-permitted")],
    ids=["at home", "at home too", "abroad", "no authority", "nowhere"],
)  # fmt: skip
def test_an_authority_acts_in_its_own_country(who: str, place: event_.Place, code: str) -> None:
    cast = minilog.cast()
    situate(cast, S.WITH_CUSTODIAN)
    assert attempt(cast, getattr(cast, who), Kind.CHECKPOINT, place=place, customs=EXPORT) == code


def test_a_hold_is_lifted_by_its_own_country_only() -> None:
    cast = minilog.cast()
    situate(cast, S.HELD)
    assert (
        attempt(
            cast, cast.customs_nl, Kind.CHECKPOINT, place=NL, customs=Customs("import", "cleared")
        )
        == "not-permitted"
    )
    assert attempt(cast, cast.customs_cn, Kind.CHECKPOINT, customs=EXPORT) == "accepted"
    assert cast.world.states[cast.item].situation is S.WITH_CUSTODIAN  # type: ignore[union-attr]


@pytest.mark.parametrize("outcome", ["cleared", "held", "sampled", "refused", "seized", None])
def test_nothing_is_decided_after_a_seizure(outcome: str | None) -> None:
    cast = minilog.cast()
    situate(cast, S.SEIZED)
    assert cast.world.states[cast.item].custodian == cast.customs_cn.gln  # type: ignore[union-attr]
    assert (
        attempt(cast, cast.customs_cn, Kind.CHECKPOINT, customs=Customs("export", outcome))
        == "illegal-transition"
    )


def test_a_seizure_ends_a_pending_handoff() -> None:
    cast = minilog.cast()
    situate(cast, S.HANDED_OVER)
    assert (
        attempt(cast, cast.customs_cn, Kind.CHECKPOINT, customs=Customs("export", "seized"))
        == "accepted"
    )
    assert attempt(cast, cast.carrier, Kind.ACCEPT, **handoff(cast)) == "illegal-transition"


def test_what_was_seized_can_be_handed_back_and_is_free_again() -> None:
    cast = minilog.cast()
    situate(cast, S.SEIZED)
    back = {"sender": cast.customs_cn.gln, "receiver": cast.maker.gln}
    assert attempt(cast, cast.customs_cn, Kind.HAND_OVER, **back) == "accepted"
    assert attempt(cast, cast.maker, Kind.ACCEPT, **back) == "accepted"
    assert attempt(cast, cast.maker, Kind.SELL) == "accepted"


# --- containers ---------------------------------------------------------------------


def pack(cast: Cast, *levels: str) -> None:
    """The item in the first unit, that one in the second, and so on."""
    for inner, outer in zip((cast.item, *levels), levels, strict=False):
        assert attempt(cast, cast.maker, Kind.PACK, subjects=inner, parent=outer) == "accepted"


def test_a_pallet_handoff_is_one_event_and_unpacking_gives_custody_of_what_is_inside() -> None:
    cast = minilog.cast()
    situate(cast, S.WITH_CUSTODIAN)
    pack(cast, cast.pallet, UNIT2)
    assert attempt(cast, cast.maker, Kind.HAND_OVER, subjects=UNIT2, **handoff(cast)) == "accepted"
    assert attempt(cast, cast.carrier, Kind.ACCEPT, subjects=UNIT2, **handoff(cast)) == "accepted"
    assert (
        attempt(cast, cast.maker, Kind.UNPACK, subjects=cast.pallet, parent=UNIT2)
        == "not-permitted"
    )
    assert (
        attempt(cast, cast.carrier, Kind.UNPACK, parent=cast.pallet) == "illegal-transition"
    )  # it is itself packed
    assert (
        attempt(cast, cast.carrier, Kind.UNPACK, subjects=cast.pallet, parent=UNIT2) == "accepted"
    )
    assert attempt(cast, cast.carrier, Kind.UNPACK, parent=cast.pallet) == "accepted"
    assert cast.world.states[cast.item].custodian == cast.carrier.gln  # type: ignore[union-attr]


def test_nothing_is_unpacked_from_a_unit_it_is_not_in() -> None:
    cast = minilog.cast()
    situate(cast, S.PACKED)
    assert attempt(cast, cast.maker, Kind.UNPACK, parent=UNIT2) == "not-permitted"


def test_units_cannot_hold_one_another() -> None:
    cast = minilog.cast()
    situate(cast, S.WITH_CUSTODIAN)
    pack(cast, cast.pallet, UNIT2)
    assert (
        attempt(cast, cast.maker, Kind.PACK, subjects=UNIT2, parent=cast.pallet)
        == "illegal-transition"
    )
    with pytest.raises(errors.BadEpcis):
        signed(cast.world, cast.maker, Kind.PACK, UNIT2, parent=UNIT2)


@pytest.mark.parametrize("kind", [Kind.DESTROY, Kind.DECOMMISSION, Kind.SELL, Kind.TRANSFORM])
def test_a_unit_does_not_end_while_it_holds_something(kind: Kind) -> None:
    cast = minilog.cast()
    situate(cast, S.PACKED)
    options = {"outputs": {gs1.item_uri(cast.gtin, "OUT"): 1}} if kind is Kind.TRANSFORM else {}
    assert attempt(cast, cast.maker, kind, subjects=cast.pallet, **options) == "illegal-transition"


def test_nobody_packs_into_anothers_unit() -> None:
    cast = minilog.cast()
    situate(cast, S.WITH_CUSTODIAN)
    assert (
        attempt(cast, cast.maker, Kind.HAND_OVER, subjects=cast.pallet, **handoff(cast))
        == "accepted"
    )
    assert (
        attempt(cast, cast.carrier, Kind.ACCEPT, subjects=cast.pallet, **handoff(cast))
        == "accepted"
    )
    assert attempt(cast, cast.maker, Kind.PACK, parent=cast.pallet) == "not-permitted"
    assert attempt(cast, cast.carrier, Kind.PACK, parent=cast.pallet) == "not-permitted"


@pytest.mark.parametrize(("who", "code"), [("carrier", "accepted"), ("retailer", "not-permitted")])
def test_who_has_the_unit_may_report_what_is_in_it_stolen(who: str, code: str) -> None:
    cast = minilog.cast()
    situate(cast, S.WITH_CUSTODIAN)
    pack(cast, cast.pallet, UNIT2)
    attempt(cast, cast.maker, Kind.HAND_OVER, subjects=UNIT2, **handoff(cast))
    attempt(cast, cast.carrier, Kind.ACCEPT, subjects=UNIT2, **handoff(cast))
    assert attempt(cast, getattr(cast, who), Kind.REPORT_STOLEN) == code


# --- lots ---------------------------------------------------------------------------


@pytest.fixture
def lot() -> tuple[Cast, str]:
    """100 pieces with the maker, and two units."""
    cast = minilog.cast()
    situate(cast, S.UNBORN)
    uri = gs1.lot_uri(cast.gtin, "L-1")
    assert attempt(cast, cast.maker, Kind.COMMISSION, subjects={uri: 100}) == "accepted"
    return cast, uri


def held(cast: Cast, uri: str) -> dict[str, Decimal]:
    return dict(cast.world.states[uri].holdings)  # type: ignore[union-attr]


@pytest.mark.parametrize("kind", [Kind.PACK, Kind.SELL, Kind.DESTROY, Kind.DECOMMISSION])
def test_a_lot_moves_no_more_than_there_is(lot: tuple[Cast, str], kind: Kind) -> None:
    cast, uri = lot
    options = {"parent": cast.pallet} if kind is Kind.PACK else {}
    assert attempt(cast, cast.maker, kind, subjects={uri: 101}, **options) in (
        "illegal-transition",
        "binding-mismatch",
    )
    assert attempt(cast, cast.maker, kind, subjects={uri: Decimal("40.5")}, **options) == "accepted"
    assert held(cast, uri)[f"gln:{cast.maker.gln}"] == Decimal("59.5")


def test_a_lot_travels_in_parts_inside_units(lot: tuple[Cast, str]) -> None:
    cast, uri = lot
    assert (
        attempt(cast, cast.maker, Kind.PACK, subjects={uri: 60}, parent=cast.pallet) == "accepted"
    )
    assert attempt(cast, cast.maker, Kind.PACK, subjects={uri: 40}, parent=UNIT2) == "accepted"
    assert held(cast, uri) == {cast.pallet: 60, UNIT2: 40}
    attempt(cast, cast.maker, Kind.HAND_OVER, subjects=UNIT2, **handoff(cast))
    attempt(cast, cast.carrier, Kind.ACCEPT, subjects=UNIT2, **handoff(cast))
    assert (
        attempt(cast, cast.carrier, Kind.UNPACK, subjects={uri: 41}, parent=UNIT2)
        == "illegal-transition"
    )
    assert attempt(cast, cast.carrier, Kind.UNPACK, subjects={uri: 40}, parent=UNIT2) == "accepted"
    assert attempt(cast, cast.carrier, Kind.SELL, subjects={uri: 40}) == "accepted"
    assert held(cast, uri) == {cast.pallet: 60}


def test_a_lot_is_handed_over_whole_or_packed(lot: tuple[Cast, str]) -> None:
    cast, uri = lot
    assert (
        attempt(cast, cast.maker, Kind.HAND_OVER, subjects={uri: 99}, **handoff(cast))
        == "illegal-transition"
    )
    assert (
        attempt(cast, cast.maker, Kind.HAND_OVER, subjects={uri: 100}, **handoff(cast))
        == "accepted"
    )
    assert (
        attempt(cast, cast.carrier, Kind.ACCEPT, subjects={uri: 99}, **handoff(cast))
        == "illegal-transition"
    )
    assert (
        attempt(cast, cast.carrier, Kind.ACCEPT, subjects={uri: 100}, **handoff(cast)) == "accepted"
    )


def test_a_lot_ends_when_its_last_piece_does(lot: tuple[Cast, str]) -> None:
    cast, uri = lot
    assert attempt(cast, cast.maker, Kind.SELL, subjects={uri: 60}) == "accepted"
    assert cast.world.states[uri].situation is S.WITH_CUSTODIAN  # type: ignore[union-attr]
    assert attempt(cast, cast.maker, Kind.SELL, subjects={uri: 40}) == "accepted"
    assert cast.world.states[uri].situation is S.SOLD  # type: ignore[union-attr]
    assert attempt(cast, cast.maker, Kind.RETURN, subjects={uri: 101}) == "illegal-transition"
    assert attempt(cast, cast.maker, Kind.RETURN, subjects={uri: 5}) == "accepted"
    assert held(cast, uri) == {f"gln:{cast.maker.gln}": 5}


def test_a_transformation_ends_what_went_in_and_begins_what_came_out(lot: tuple[Cast, str]) -> None:
    cast, uri = lot
    outputs = {gs1.item_uri(cast.gtin, serial): 1 for serial in ("X1", "X2")}
    assert (
        attempt(cast, cast.maker, Kind.TRANSFORM, subjects={uri: 100}, outputs=outputs)
        == "accepted"
    )
    assert cast.world.states[uri].situation is S.ENDED  # type: ignore[union-attr]
    assert all(cast.world.states[one].custodian == cast.maker.gln for one in outputs)  # type: ignore[union-attr]
    with pytest.raises(errors.BadEpcis):
        signed(cast.world, cast.maker, Kind.TRANSFORM, next(iter(outputs)), outputs=outputs)


# --- returns and corrections --------------------------------------------------------


def sold_by_the_retailer(cast: Cast) -> None:
    situate(cast, S.WITH_CUSTODIAN)
    names = {"sender": cast.maker.gln, "receiver": cast.retailer.gln}
    attempt(cast, cast.maker, Kind.HAND_OVER, **names)
    attempt(cast, cast.retailer, Kind.ACCEPT, **names)
    assert attempt(cast, cast.retailer, Kind.SELL) == "accepted"


def test_a_return_to_the_shop_opens_the_loop_again() -> None:
    cast = minilog.cast()
    sold_by_the_retailer(cast)
    assert attempt(cast, cast.carrier, Kind.RETURN) == "not-permitted"
    assert attempt(cast, cast.retailer, Kind.RETURN) == "accepted"
    assert cast.world.states[cast.item].custodian == cast.retailer.gln  # type: ignore[union-attr]
    assert attempt(cast, cast.retailer, Kind.SELL) == "accepted"


def test_a_return_to_the_maker_ends_the_loop() -> None:
    cast = minilog.cast()
    sold_by_the_retailer(cast)
    one = signed(cast.world, cast.maker, Kind.RETURN, cast.item)
    assert one.link(cast.item).closes is not None
    assert verdict(cast.world, one) == "accepted"
    assert cast.world.states[cast.item].situation is S.ENDED  # type: ignore[union-attr]


def test_a_correction_changes_no_state_and_needs_something_to_correct() -> None:
    cast = minilog.cast()
    situate(cast, S.WITH_CUSTODIAN)
    before = held(cast, cast.item)
    _, options = natural(cast, Kind.CORRECT, S.WITH_CUSTODIAN)
    assert attempt(cast, cast.maker, Kind.CORRECT, **options) == "accepted"
    assert held(cast, cast.item) == before
    other = compose.event(
        Intent(
            kind=Kind.OBSERVE,
            issuer=cast.maker.gln,
            subjects={cast.item: 1},
            time=cast.world.tick(),
        )
    )
    assert attempt(cast, cast.maker, Kind.CORRECT, corrects=other) == "illegal-transition"
