"""GET /labels: the label of goods, for the party whose goods they are."""

import io

import pytest
import zxingcpp
from django.conf import settings
from PIL import Image

from provenance.core import gs1
from provenance.services.goods import labels
from tests.api import client as cast
from tests.api.client import Caller, Signed, item, pallet


@pytest.mark.usefixtures("handed_over")
@pytest.mark.parametrize(
    ("who", "uri", "status"),
    [
        pytest.param("maker", pallet(1), 200, id="who began it"),
        pytest.param("carrier", pallet(1), 200, id="who holds it"),
        pytest.param("carrier", item("A1"), 200, id="who holds it in a unit"),
        pytest.param("maker", item("A1"), 200, id="who made it"),
        pytest.param("mallory", item("A1"), 404, id="not one's own, though its record is open"),
        pytest.param("shop", pallet(1), 404, id="not one's own"),
        pytest.param("maker", item("Z9"), 404, id="not there"),
        pytest.param("maker", gs1.product_uri(cast.GTIN), 400, id="a product"),
        pytest.param("maker", "x", 400, id="nonsense"),
    ],
)
def test_a_label_is_for_the_goods_that_are_ones_own(
    callers: dict[str, Caller], who: str, uri: str, status: int
) -> None:
    answer = callers[who].get("/labels", {"uri": uri})
    assert answer.status_code == status, answer.content
    if status == 200:
        assert answer["Content-Type"] == "image/svg+xml"
        assert answer.content.decode() == labels.svg(uri)


def test_a_label_as_a_picture_is_read_back(signed: Signed) -> None:
    signed.post("/events", signed.commission("A1"))
    answer = signed.get("/labels", {"uri": item("A1"), "format": "png"})
    assert answer["Content-Type"] == "image/png"
    image = Image.open(io.BytesIO(answer.content)).convert("L")
    [barcode] = zxingcpp.read_barcodes(image)
    assert gs1.parse_identifier(barcode.text, settings.CUSTOS_ORIGIN).uri == item("A1")
    refused = signed.get("/labels", {"uri": item("A1"), "format": "gif"})
    assert (refused.status_code, refused.json()["code"]) == (400, "malformed")
