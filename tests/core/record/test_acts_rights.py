"""Making needs the product, or its rights: owned or licensed that day."""

from typing import Any

import pytest

from provenance.core import gs1
from provenance.core.record.vocabulary import Act
from tests.cast import BRANDED, LICENCE, PALLET, RIGHT, a_licence
from tests.core.record.acting import attempt, do
from tests.world import World

ITEM = World.item("B1", BRANDED)


def branded() -> World:
    """A product that carries the maker's trademark, and no item of it yet."""
    world = World()
    world.protect()
    return world


def licence(world: World, **changes: Any) -> None:
    """Grant Mallory a licence: everything, everywhere, this year, and `changes`."""
    members = a_licence(world.mallory, **changes)
    world.claim(world.maker, Act.LICENCE_GRANTED, RIGHT, **members)


def test_only_the_rights_owner_or_a_licensee_makes_what_carries_a_right() -> None:
    world = branded()
    assert attempt(world, world.mallory, Act.COMMISSION, ITEM) == "not-licensed"
    licence(world)
    assert attempt(world, world.carrier, Act.COMMISSION, ITEM) == "not-licensed"
    do(world, world.mallory, Act.COMMISSION, ITEM)
    do(world, world.maker, Act.COMMISSION, World.item("B2", BRANDED))


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({}, "accepted"),
        ({"validFrom": "2026-12-01"}, "not-licensed"),
        ({"validUntil": "2026-11-01"}, "not-licensed"),
        ({"validUntil": "2026-11-02"}, "accepted"),
        ({"territories": ["CN", "VN"]}, "accepted"),
        ({"territories": ["NL"]}, "not-licensed"),
        ({"products": [gs1.product_uri(BRANDED)]}, "accepted"),
        ({"products": [gs1.product_uri(gs1.make_gtin("952000", 1))]}, "not-licensed"),
    ],
    ids=[
        "plain",
        "not yet",
        "no longer",
        "last day",
        "there",
        "elsewhere",
        "this product",
        "another product",
    ],
)
def test_a_licence_has_a_window(changes: dict[str, Any], code: str) -> None:
    world = branded()
    licence(world, **changes)
    assert attempt(world, world.mallory, Act.COMMISSION, ITEM) == code


@pytest.mark.parametrize(
    ("since", "code"), [("2026-11-02", "not-licensed"), ("2026-11-03", "accepted")]
)
def test_a_revoked_licence_holds_until_its_last_day(since: str, code: str) -> None:
    world = branded()
    licence(world)
    world.claim(world.maker, Act.LICENCE_REVOKED, RIGHT, licence=LICENCE, effectiveFrom=since)
    assert attempt(world, world.mallory, Act.COMMISSION, ITEM) == code


def test_outputs_of_a_transformation_need_the_right_too() -> None:
    world = branded()
    world.act(world.mallory, Act.COMMISSION, PALLET)
    assert attempt(world, world.mallory, Act.TRANSFORM, PALLET, outputs={ITEM: 1}) == "not-licensed"


def test_an_unregistered_product_is_not_made() -> None:
    world = World()
    item = gs1.item_uri(gs1.make_gtin("952000", 77), "1")
    assert attempt(world, world.maker, Act.COMMISSION, item) == "unknown-product"


def test_anybody_may_begin_a_logistic_unit() -> None:
    world = World()
    do(world, world.carrier, Act.COMMISSION, PALLET)
