"""Recalls of a product's lots and days, by API."""

from typing import Any

import pytest

from provenance.core import gs1
from provenance.core.check.result import Verdict
from provenance.models import Event
from provenance.services.check import verification
from tests import cast
from tests.api.client import Caller

GTIN = gs1.make_gtin("952000", 7)
PATH = f"/products/{GTIN}/recalls"
RECALL = {"lots": ["L-1"], **cast.EXPLANATION}
pytestmark = pytest.mark.usefixtures("rebuilds_clean")


@pytest.fixture
def owner(callers: dict[str, Caller]) -> Caller:
    """A maker whose key is kept here, with a product."""
    maker = callers["mallory"]
    assert maker.post("/products", {"gtin": GTIN, "name": "Kettle"}).status_code == 201
    return maker


def test_a_recall_of_a_lot_reaches_its_items_alone(owner: Caller) -> None:
    for serial, lot in (("A1", "L-1"), ("A2", "L-2")):
        made = {"subjects": [{"uri": gs1.item_uri(GTIN, serial)}], "lot": lot}
        assert owner.post("/acts/commission", made).status_code == 201
    answer = owner.post(PATH, RECALL)
    assert answer.status_code == 201, answer.content
    assert answer.json() | {"since": ""} == {
        "since": "",
        "lots": [f"https://id.gs1.org/01/{GTIN}/10/L-1"],
        "commissioned_from": None,
        "commissioned_until": None,
        **cast.EXPLANATION,
    }
    assert owner.get(PATH).json() == {"results": [answer.json()]}
    verdicts = [verification.check(gs1.item_uri(GTIN, serial)).verdict for serial in ("A1", "A2")]
    assert (verdicts[0] is Verdict.RECALLED, verdicts[1] is Verdict.RECALLED) == (True, False)


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"reason": ...}, "malformed"),
        ({"advice": ""}, "malformed"),
        ({"lots": "L-1"}, "malformed"),
        ({"lots": ["no lot"]}, "bad-identifier"),
        ({"lots": [f"L-{n}" for n in range(101)]}, "malformed"),
        ({"commissioned_from": "2 Nov 26"}, "timestamp"),
        ({"commissioned_from": "2026-11-31"}, "timestamp"),
        ({"commissioned_from": "2026-11-02", "commissioned_until": "2026-11-01"}, "timestamp"),
    ],
    ids=str,
)
def test_a_recall_has_its_shape(owner: Caller, change: dict[str, Any], expected: str) -> None:
    body = {name: value for name, value in (RECALL | change).items() if value is not ...}
    assert owner.post(PATH, body).json()["code"] == expected
    assert owner.get(PATH).json() == {"results": []}


def test_a_lot_is_recalled_on_its_product_and_not_as_goods(owner: Caller) -> None:
    lot = gs1.lot_uri(GTIN, "L-1")
    made = {"subjects": [{"uri": lot, "quantity": 100}]}
    assert owner.post("/acts/commission", made).status_code == 201
    before = Event.objects.count()
    answer = owner.post("/acts/recall", {**made, **cast.EXPLANATION})
    refused = answer.json()
    assert (answer.status_code, refused["code"]) == (422, "recall-of-lot")
    assert refused["subject"] == lot
    assert "ProductRecalled" in refused["detail"]
    assert Event.objects.count() == before
    assert owner.post(PATH, RECALL).status_code == 201
    assert verification.check(lot).verdict is Verdict.RECALLED


def test_only_its_owner_recalls_a_product(owner: Caller, callers: dict[str, Caller]) -> None:
    assert callers["carrier"].post(PATH, RECALL).json()["code"] == "not-permitted"
    unknown = PATH.replace(GTIN, "09520000000028")
    assert owner.get(unknown).json()["code"] == "unknown-product"
    assert owner.get(PATH).json() == {"results": []}
