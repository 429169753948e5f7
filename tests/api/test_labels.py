"""GET /labels: the label of goods, for the party whose goods they are."""

import io
from typing import Any

import pytest
import zxingcpp
from django.conf import settings
from PIL import Image

from provenance.core import gs1
from provenance.core.record.compose import Intent
from provenance.core.record.vocabulary import Act
from provenance.services.goods import labels
from provenance.services.record import signing
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


def test_who_sold_several_items_in_one_event_may_print_their_labels(
    callers: dict[str, Caller], signed: Signed
) -> None:
    where: dict[str, Any] = {"time": cast.NOW, "place": cast.CHINA}
    both: dict[str, Any] = {"sender": cast.MAKER, "receiver": cast.CARRIER}
    many = {item("A1"): 1, item("A2"): 1}
    for kind, more in ((Act.COMMISSION, {}), (Act.HAND_OVER, both)):
        intent = Intent(act=kind, issuer=cast.MAKER, subjects=many, **where, **more)
        assert signed.post("/events", signed.sign(intent)).status_code == 201
    taken = Intent(act=Act.ACCEPT, issuer=cast.CARRIER, subjects=many, **where, **both)
    sold = Intent(act=Act.SELL, issuer=cast.CARRIER, subjects=many, **where)
    assert all(receipt.stored for receipt in signing.sign_and_capture([taken, sold]))
    found = [callers[who].get("/labels", {"uri": item("A1")}) for who in ("carrier", "mallory")]
    assert [answer.status_code for answer in found] == [200, 404]


def test_a_label_as_a_picture_is_read_back(signed: Signed) -> None:
    signed.post("/events", signed.commission("A1"))
    answer = signed.get("/labels", {"uri": item("A1"), "format": "png"})
    assert answer["Content-Type"] == "image/png"
    image = Image.open(io.BytesIO(answer.content)).convert("L")
    [barcode] = zxingcpp.read_barcodes(image)
    assert gs1.parse_identifier(barcode.text, settings.CUSTOS_ORIGIN).uri == item("A1")
    refused = signed.get("/labels", {"uri": item("A1"), "format": "gif"})
    assert (refused.status_code, refused.json()["code"]) == (400, "malformed")
