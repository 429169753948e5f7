"""Rows of subjects that capture writes for many at once."""

import pytest

from provenance.core import gs1
from provenance.core.record.vocabulary import Act
from provenance.models import Subject
from tests import cast
from tests.captured import Captured
from tests.cast import GTIN

pytestmark = pytest.mark.usefixtures("rebuilds_clean")


def test_subjects_that_begin_with_one_event_have_each_its_own_row(world: Captured) -> None:
    teas = [world.item(f"T{number}") for number in range(3)]
    cups = [gs1.item_uri(cast.BRANDED, f"C{number}") for number in range(2)]
    others = [world.lot("L-1"), world.unit(1)]
    digest = world.act(world.maker, Act.COMMISSION, [*teas, *cups, *others], lot="L-9")
    rows = {row.uri: row for row in Subject.objects.filter(genesis_digest=digest)}
    assert rows.keys() == {*teas, *cups, *others}
    assert len({row.id for row in rows.values()}) == len(rows)
    assert {(row.product_gtin, row.lot, row.kind) for row in rows.values()} == {
        (GTIN, gs1.lot_uri(GTIN, "L-9"), "item"),
        (cast.BRANDED, gs1.lot_uri(cast.BRANDED, "L-9"), "item"),
        (GTIN, "", "lot"),
        ("", "", "logistic_unit"),
    }
