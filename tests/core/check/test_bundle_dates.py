"""Events dated before the key that signed them was enrolled: amber, whoever dated them."""

from datetime import timedelta
from typing import Any

import pytest

from provenance.core import gs1
from provenance.core.check.result import Verdict
from provenance.core.record.vocabulary import Act
from provenance.core.signing import keys
from tests import cast
from tests.cast import CN, GTIN, ITEM, NL, PALLET, Actor
from tests.core.check.checking import codes, run
from tests.world import World

CODE = "dated-before-key"
DAY, HOUR, MINUTE = timedelta(days=1), timedelta(hours=1), timedelta(minutes=1)
NEW = keys.generate(b"a key of today".ljust(32))


def grown() -> World:
    """A world of some days, in which the retailer has a new key."""
    world = World()
    world.tick(3 * DAY)
    world.journey(until=Act.UNPACK)
    world.tick(HOUR)
    world.enrol(world.retailer, NEW)
    return world


@pytest.mark.parametrize(
    ("dates", "expected"),
    [
        ({}, set()),
        ({"time": -HOUR}, {CODE}),
        ({"time": -HOUR, "created": -HOUR}, {CODE}),
        ({"time": -4 * MINUTE}, set()),
    ],
    ids=["after", "before", "signed before, too", "within what clocks may differ by"],
)
def test_an_event_dated_before_its_key_was_enrolled_needs_a_check(
    dates: dict[str, timedelta], expected: set[str]
) -> None:
    world = grown()
    moments: dict[str, Any] = {name: world.clock + by for name, by in dates.items()}
    seller = Actor(world.retailer.gln, NEW)
    world.act(seller, Act.SELL, ITEM, place=NL, **moments)
    result = run(world)
    assert codes(result) == expected
    verdict = Verdict.CHECK_NEEDED if expected else Verdict.RECORDS_CHECK_OUT
    assert result.verdict is verdict


def test_a_key_whose_enrolment_is_dated_back_hides_nothing() -> None:
    """It is dated before the key that signed it, or no earlier than that key's own days."""
    world = grown()
    later = keys.generate(b"a key of the key".ljust(32))
    members = cast.enrolment(world.retailer.uri, later)
    by, long_ago = Actor(world.retailer.gln, NEW), world.clock - 2 * DAY
    world.claim(by, Act.KEY_ADDED, cast.key_uri(later), time=long_ago, **members)
    world.act(Actor(by.gln, later), Act.SELL, ITEM, place=NL)
    assert codes(run(world)) == {CODE}


def test_a_claim_dated_before_its_key_needs_a_check_too() -> None:
    world = World()
    product = gs1.product_uri(gs1.make_gtin("952000", 77))
    members = cast.a_product(world.maker)
    world.claim(world.maker, Act.PRODUCT_REGISTERED, product, time=world.clock - DAY, **members)
    result = run(world, subject=product)
    assert (result.verdict, codes(result)) == (Verdict.CHECK_NEEDED, {CODE})
    assert codes(run(world, subject=gs1.product_uri(GTIN))) == set()


def test_the_registrars_root_key_speaks_for_all_days() -> None:
    world = World()
    root = world.registrar.private
    world.claim(
        world.registrar,
        Act.KEY_ADDED,
        cast.key_uri(root),
        **cast.enrolment(world.registrar.uri, root),
    )
    assert codes(run(world, subject=world.maker.uri)) == set()


def test_what_others_did_with_a_unit_afterwards_is_not_the_items() -> None:
    world = World().journey()
    world.act(world.retailer, Act.OBSERVE, PALLET, place=CN, time=world.clock - 9 * DAY)
    assert run(world).verdict is Verdict.RECORDS_CHECK_OUT
    assert CODE in codes(run(world, subject=PALLET))
