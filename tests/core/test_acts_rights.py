"""Who may make what: the product's owner, or who owned or was licensed its rights that
day.
"""

from typing import Any

import pytest

from provenance.core import gs1
from provenance.core.record.kinds import Kind, Role
from tests.core import minilog
from tests.core.acting import attempt
from tests.core.minilog import CN, Cast

# --- products and rights -------------------------------------------------------------

RIGHT = "urn:uuid:0192f0c4-7b1e-7cc3-98c4-dc0c0c07398f"
LICENCE = "urn:uuid:0192f0c4-7b1e-7cc3-98c4-dc0c0c073990"
BRANDED = gs1.make_gtin("952000", 2)


def branded() -> tuple[Cast, str]:
    """A product that carries the maker's trademark, and an item of it not yet made."""
    cast = minilog.cast()
    claim = cast.world.claim
    claim(
        cast.maker, Kind.RIGHT_FILED, RIGHT, owner=cast.maker.uri, kind="trademark", title="LOTUS", office="CNIPA",
        number="1", territories=["CN"], validFrom="2020-01-01", validUntil="2030-01-01",
    )  # fmt: skip
    claim(
        cast.maker, Kind.PRODUCT_REGISTERED, gs1.product_uri(BRANDED), owner=cast.maker.uri, name="Lotus lamp",
        brand="Lotus", hsCode="", origin="CN", rights=[RIGHT],
    )  # fmt: skip
    return cast, gs1.item_uri(BRANDED, "B1")


def licence(cast: Cast, **changes: Any) -> None:
    plain = {"licence": LICENCE, "licensee": cast.mallory.uri, "products": [], "territories": [],
             "validFrom": "2026-01-01", "validUntil": "2026-12-31"}  # fmt: skip
    cast.world.claim(cast.maker, Kind.LICENCE_GRANTED, RIGHT, **plain | changes)


def test_only_the_rights_owner_or_a_licensee_makes_what_carries_a_right() -> None:
    cast, item = branded()
    assert attempt(cast, cast.mallory, Kind.COMMISSION, subjects=item) == "not-licensed"
    licence(cast)
    assert attempt(cast, cast.carrier, Kind.COMMISSION, subjects=item) == "not-licensed"
    assert attempt(cast, cast.mallory, Kind.COMMISSION, subjects=item) == "accepted"
    assert (
        attempt(cast, cast.maker, Kind.COMMISSION, subjects=gs1.item_uri(BRANDED, "B2"))
        == "accepted"
    )


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
    cast, item = branded()
    licence(cast, **changes)
    assert attempt(cast, cast.mallory, Kind.COMMISSION, subjects=item) == code


@pytest.mark.parametrize(
    ("since", "code"), [("2026-11-02", "not-licensed"), ("2026-11-03", "accepted")]
)
def test_a_revoked_licence_holds_until_its_last_day(since: str, code: str) -> None:
    cast, item = branded()
    licence(cast)
    cast.world.claim(cast.maker, Kind.LICENCE_REVOKED, RIGHT, licence=LICENCE, effectiveFrom=since)
    assert attempt(cast, cast.mallory, Kind.COMMISSION, subjects=item) == code


def test_outputs_of_a_transformation_need_the_right_too() -> None:
    cast, item = branded()
    cast.world.act(cast.mallory, Kind.COMMISSION, cast.pallet, place=CN)
    assert (
        attempt(cast, cast.mallory, Kind.TRANSFORM, subjects=cast.pallet, outputs={item: 1})
        == "not-licensed"
    )


def test_an_unregistered_product_is_not_made() -> None:
    cast = minilog.cast()
    item = gs1.item_uri(gs1.make_gtin("952000", 77), "1")
    assert attempt(cast, cast.maker, Kind.COMMISSION, subjects=item) == "unknown-product"


def test_anybody_may_begin_a_logistic_unit() -> None:
    cast = minilog.cast()
    assert attempt(cast, cast.carrier, Kind.COMMISSION, subjects=cast.pallet) == "accepted"


def test_roles_are_what_the_design_names() -> None:
    assert {role.value for role in Role} >= {
        "brand",
        "maker",
        "carrier",
        "warehouse",
        "retailer",
        "customs_authority",
    }
