"""The verdict on an intact record, by the verifier's own clock."""

from datetime import UTC, datetime, timedelta

import pytest

from provenance.core.check import bundle
from provenance.core.check.result import Result, Verdict
from provenance.core.record.state import Situation
from provenance.core.record.vocabulary import Act
from tests.cast import ITEM, LOT, PALLET
from tests.core.check.checking import codes
from tests.world import World

LAST_DAY = "2026-11-20"
IN_TIME, TOO_LATE = (
    datetime(2026, 11, 20, 23, 59, 59, tzinfo=UTC),
    datetime(2026, 11, 21, tzinfo=UTC),
)


def at(world: World, now: datetime, subject: str = ITEM) -> Result:
    return bundle.check(world.bundle(subject), world.trust, now=now)


# --- the use-by day -----------------------------------------------------------------


def dated(*, item: str = "", lot: str = "") -> World:
    world = World()
    if lot:
        world.act(world.maker, Act.COMMISSION, {LOT: 100}, expiry=lot)
    world.act(world.maker, Act.COMMISSION, ITEM, lot="L-1", expiry=item)
    return world


@pytest.mark.parametrize("subject", [ITEM, LOT], ids=["an item", "a lot"])
def test_goods_past_their_use_by_day_need_a_look(subject: str) -> None:
    world = dated(item=LAST_DAY, lot=LAST_DAY)
    assert at(world, IN_TIME, subject).verdict is Verdict.RECORDS_CHECK_OUT
    result = at(world, TOO_LATE, subject)
    assert result.use_by == LAST_DAY
    assert result.verdict is Verdict.CHECK_NEEDED
    assert [(reason.code, reason.params) for reason in result.reasons] == [
        ("expired", {"date": LAST_DAY})
    ]


def test_the_day_of_an_item_is_its_own_whatever_its_lots_is() -> None:
    result = at(dated(item="2027-01-01", lot=LAST_DAY), TOO_LATE)
    assert (result.verdict, result.use_by) == (Verdict.RECORDS_CHECK_OUT, "2027-01-01")
    assert at(dated(lot=LAST_DAY), TOO_LATE).use_by == ""


def test_what_a_transformation_makes_has_its_use_by_day() -> None:
    world = World()
    world.act(world.maker, Act.COMMISSION, LOT)
    world.act(world.maker, Act.TRANSFORM, LOT, outputs={ITEM: 1}, expiry=LAST_DAY)
    assert world.goods(ITEM).expiry == LAST_DAY
    assert codes(at(world, TOO_LATE)) == {"expired"}


def test_sold_goods_expire_and_destroyed_goods_do_not() -> None:
    for act, verdict in ((Act.SELL, Verdict.CHECK_NEEDED), (Act.DESTROY, Verdict.ENDED)):
        world = dated(item=LAST_DAY)
        world.act(world.maker, act, ITEM)
        assert at(world, TOO_LATE).verdict is verdict


def test_a_unit_has_no_use_by_day_of_its_own() -> None:
    world = World()
    unit = world.unit(7)
    world.act(world.maker, Act.COMMISSION, [ITEM, unit], expiry=LAST_DAY)
    assert (world.goods(ITEM).expiry, world.goods(unit).expiry) == (LAST_DAY, "")
    assert at(world, TOO_LATE + timedelta(days=1), unit).verdict is Verdict.RECORDS_CHECK_OUT


# --- the situation ------------------------------------------------------------------


@pytest.mark.parametrize(
    ("until", "situation"),
    [
        (Act.PACK, Situation.WITH_CUSTODIAN),
        (Act.UNPACK, Situation.WITH_CUSTODIAN),
        (Act.SELL, Situation.SOLD),
    ],
)
def test_a_result_names_the_situation_and_sold_goods_check_out(
    until: Act, situation: Situation
) -> None:
    result = at(World().journey(until=until), IN_TIME)
    assert result.situation is situation
    assert until is not Act.SELL or result.verdict is Verdict.RECORDS_CHECK_OUT


def test_packed_goods_are_in_the_situation_of_the_outermost_unit() -> None:
    world = World().journey(until=Act.PACK)
    outer = world.unit(7)
    world.act(world.maker, Act.COMMISSION, outer)
    world.act(world.maker, Act.PACK, PALLET, parent=outer)
    world.hand_over(world.maker, world.carrier, outer, accept=False)
    assert at(world, IN_TIME).situation is Situation.HANDED_OVER
