"""Rights in the ledger's order: an end on record before an event counts, however the event
is dated.
"""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from provenance.core import gs1
from provenance.core.check.result import Verdict
from provenance.core.record.vocabulary import Act
from tests.cast import BRANDED, CN, ITEM, LICENCE, RIGHT, Actor, a_licence, a_product, a_right, item
from tests.core.check.checking import codes, run
from tests.world import World

THING = item("B1", BRANDED)
ENDED = "licence-ended-before-recorded"
ENDS: dict[str, tuple[Act, dict[str, Any]]] = {
    "revoked": (Act.LICENCE_REVOKED, {"licence": LICENCE}),
    "assigned": (Act.RIGHT_ASSIGNED, {"newOwner": World.retailer.uri}),
    "lapsed": (Act.RIGHT_LAPSED, {"reason": "not renewed"}),
}
SIGNERS = {"revoked": World.carrier, "assigned": World.maker, "lapsed": World.carrier}


def licensed() -> World:
    """A world of some days in which the carrier has a licence of the maker's right."""
    world = World()
    world.tick(timedelta(days=3))
    world.protect()
    world.claim(world.maker, Act.LICENCE_GRANTED, RIGHT, **a_licence(world.carrier))
    return world


def end(world: World, how: str) -> None:
    """Record that licence, ownership or right ends today."""
    kind, members = ENDS[how]
    today = world.clock.date().isoformat()
    world.claim(world.maker, kind, RIGHT, effectiveFrom=today, **members)


def made(world: World, by: Actor, day: int) -> Any:
    """The result for an item that `by` commissions, dated so many days from now."""
    world.act(by, Act.COMMISSION, THING, place=CN, time=world.clock + timedelta(days=day))
    return run(world, subject=THING)


@pytest.mark.parametrize("how", ENDS)
def test_what_is_dated_before_an_end_and_recorded_after_it_needs_a_check(how: str) -> None:
    world = licensed()
    end(world, how)
    result = made(world, SIGNERS[how], -1)
    assert result.verdict is Verdict.CHECK_NEEDED
    assert codes(result) == {ENDED}


def test_a_signature_that_is_dated_back_too_needs_a_check() -> None:
    world = licensed()
    end(world, "revoked")
    yesterday = world.clock - timedelta(days=1)
    world.act(world.carrier, Act.COMMISSION, THING, place=CN, time=yesterday, created=yesterday)
    assert codes(run(world, subject=THING)) == {ENDED}


def test_a_product_that_its_right_had_left_needs_a_check() -> None:
    world = World()
    world.tick(timedelta(days=3))
    world.claim(world.maker, Act.RIGHT_FILED, RIGHT, **a_right(world.maker))
    end(world, "assigned")
    product, members = gs1.product_uri(BRANDED), a_product(world.maker, rights=[RIGHT])
    yesterday = world.clock - timedelta(days=1)
    world.claim(world.maker, Act.PRODUCT_REGISTERED, product, time=yesterday, **members)
    assert codes(run(world, subject=product)) == {ENDED}
    assert codes(made(world, world.retailer, 0)) == {ENDED}


def test_what_is_made_of_other_goods_after_an_end_needs_a_check() -> None:
    world = licensed()
    world.act(world.maker, Act.COMMISSION, ITEM, place=CN)
    world.hand_over(world.maker, world.carrier, ITEM)
    end(world, "revoked")
    yesterday = world.clock - timedelta(days=1)
    made_of = {"outputs": {THING: Decimal(1)}, "place": CN, "time": yesterday}
    world.act(world.carrier, Act.TRANSFORM, ITEM, **made_of)
    assert codes(run(world, subject=THING)) >= {ENDED}


@pytest.mark.parametrize("how", ENDS)
def test_what_was_recorded_before_the_end_stays_as_it_was(how: str) -> None:
    world = licensed()
    made(world, SIGNERS[how], 0)
    end(world, how)
    assert run(world, subject=THING).verdict is Verdict.RECORDS_CHECK_OUT


def test_an_end_to_come_counts_from_its_day_on() -> None:
    world = licensed()
    day = (world.clock + timedelta(days=2)).date().isoformat()
    world.claim(world.maker, Act.LICENCE_REVOKED, RIGHT, licence=LICENCE, effectiveFrom=day)
    assert made(world, World.carrier, 0).verdict is Verdict.RECORDS_CHECK_OUT
    world = licensed()
    world.claim(world.maker, Act.LICENCE_REVOKED, RIGHT, licence=LICENCE, effectiveFrom=day)
    world.tick(timedelta(days=2))
    assert codes(made(world, World.carrier, -1)) == {ENDED}


def test_the_new_owner_of_a_right_needs_no_check() -> None:
    world = licensed()
    end(world, "assigned")
    assert made(world, World.retailer, 0).verdict is Verdict.RECORDS_CHECK_OUT


def test_a_second_licence_in_force_is_enough() -> None:
    world = licensed()
    other = a_licence(world.carrier, licence=LICENCE[:-1] + "9")
    world.claim(world.maker, Act.LICENCE_GRANTED, RIGHT, **other)
    end(world, "revoked")
    assert made(world, World.carrier, -1).verdict is Verdict.RECORDS_CHECK_OUT
