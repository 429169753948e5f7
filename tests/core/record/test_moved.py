"""The goods that an event moves: subjects in clear, items counted by class, and of these the
opened ones.
"""

import functools
from decimal import Decimal
from typing import Any

import pytest

from provenance.core import gs1
from provenance.core.epcis.vocabulary import EventType
from provenance.core.record import moved, sealed
from provenance.core.record.event import Link
from provenance.core.record.sealed import NOTHING, Commitment, Opened, SealedLink, Side
from tests.cast import BRANDED, GTIN, LOT, PALLET, PALLET_2, item, unit
from tests.core.record.sealing import code, of_links

TEA, CUP = gs1.product_uri(GTIN), gs1.product_uri(BRANDED)
ONE, TWO = item("1"), item("2")


def seal(count: int) -> Commitment | None:
    return Commitment(count, 0, "0" * 64) if count else None


def classes(**counts: int) -> list[dict[str, Any]]:
    return [
        {"epcClass": {"tea": TEA, "cup": CUP}[name], "quantity": n} for name, n in counts.items()
    ]


def read(opened: Opened = NOTHING, *, count: int = 0, **body: Any) -> moved.Moved:
    return moved.read({"type": EventType.OBJECT} | body, seal(count), opened)


def test_units_lots_and_counted_items_move_together() -> None:
    quantities = [{"epcClass": LOT, "quantity": 2.5}, *classes(tea=2, cup=1)]
    goods = read(count=3, epcList=[PALLET], quantityList=quantities)
    assert goods.subjects == {PALLET: 1, LOT: Decimal("2.5")}
    assert (goods.unopened, goods.moves, goods.makes) == (3, True, False)
    goods = read(Opened(of_links(ONE)), count=3, epcList=[PALLET], quantityList=quantities)
    assert goods.subjects == {PALLET: 1, LOT: Decimal("2.5"), ONE: 1}
    assert goods.unopened == 2


def test_a_packing_counts_its_children_and_a_transformation_both_sides() -> None:
    packed = read(count=2, type=EventType.AGGREGATION, childQuantityList=classes(tea=2))
    assert (packed.unopened, packed.moves) == (2, True)
    link = SealedLink(Link(ONE, 0, None), Side.OUTPUT)
    goods = read(
        Opened((link,)),
        count=3,
        type=EventType.TRANSFORMATION,
        inputQuantityList=classes(tea=1),
        outputQuantityList=classes(tea=2),
    )
    assert not goods.subjects
    assert (goods.outputs, goods.unopened) == ({ONE: Decimal(1)}, 2)
    assert goods.moves
    assert goods.makes


@pytest.mark.parametrize(
    ("count", "body", "expected"),
    [
        (0, {"epcList": [ONE]}, "read"),
        (0, {"epcList": [ONE, PALLET]}, "unsealed-items"),
        (
            0,
            {"epcList": [ONE], "quantityList": [{"epcClass": LOT, "quantity": 1}]},
            "unsealed-items",
        ),
        (0, {"type": EventType.AGGREGATION, "childEPCs": [ONE]}, "unsealed-items"),
        (1, {"type": EventType.AGGREGATION, "childQuantityList": classes(tea=1)}, "read"),
        (1, {"epcList": [PALLET], "quantityList": classes(tea=1)}, "read"),
        (1, {"epcList": [PALLET, ONE], "quantityList": classes(tea=1)}, "unsealed-items"),
        (0, {"epcList": [PALLET, PALLET_2]}, "read"),
        (0, {"epcList": [ONE, TWO]}, "unsealed-items"),
        (2, {"epcList": [ONE, TWO]}, "unsealed-items"),
        (2, {"epcList": [ONE], "quantityList": classes(tea=2)}, "unsealed-items"),
        (1, {"quantityList": classes(tea=1)}, "bad-opening"),
        (0, {"quantityList": classes(tea=1)}, "bad-opening"),
        (0, {"quantityList": classes(tea=2)}, "bad-opening"),
        (2, {"quantityList": classes(tea=3)}, "bad-opening"),
        (2, {"quantityList": classes(tea=1, cup=1)}, "read"),
        (2, {"quantityList": [*classes(tea=1), *classes(tea=1)]}, "bad-epcis"),
        (2, {"quantityList": classes(tea=0, cup=2)}, "bad-epcis"),
        (2, {"quantityList": classes(tea=-1, cup=3)}, "bad-epcis"),
        (2, {"quantityList": [{"epcClass": TEA, "quantity": 2.0}]}, "bad-epcis"),
        (2, {"quantityList": [{"epcClass": TEA, "quantity": True}]}, "bad-epcis"),
        (2, {"quantityList": [{"epcClass": TEA, "quantity": 2, "uom": "EA"}]}, "bad-epcis"),
        (2, {"quantityList": [{"epcClass": TEA}]}, "bad-epcis"),
        (2, {"childQuantityList": classes(tea=2)}, "bad-opening"),
        (0, {"epcList": [unit(number) for number in range(1024)]}, "read"),
        (0, {"epcList": [unit(number) for number in range(1025)]}, "too-large"),
    ],
    ids=lambda value: f"{value!r:.60}",
)
def test_several_items_are_counted_and_sealed_and_none_is_named(
    count: int, body: dict[str, Any], expected: str
) -> None:
    assert code(lambda: read(count=count, **body)) == expected


def test_a_class_is_an_items_product() -> None:
    assert moved.class_of(ONE) == TEA
    for uri in (PALLET, LOT, TEA):
        assert code(functools.partial(moved.class_of, uri)) == "bad-opening"


def test_as_many_subjects_may_be_sealed_as_in_clear() -> None:
    assert moved.MAX_SUBJECTS == sealed.MAX_LINKS == 1024
