"""POST /labels/sheets: labels for goods that exist and are the caller's own."""

from typing import Any

import pypdfium2
import pytest
import zxingcpp
from django.conf import settings
from django.db import connection
from django.test.utils import CaptureQueriesContext

from provenance.core import gs1
from provenance.services.goods.labels import sheets, zpl
from tests.api import client as cast
from tests.api.client import Caller, Signed, item, pallet
from tests.provenance.goods.test_label_zpl import printed


def body(*uris: str, **others: Any) -> dict[str, Any]:
    return {"subjects": [{"uri": uri} for uri in uris], "sheet": "a4-3x7"} | others


def read(pdf: bytes) -> list[str]:
    """The subjects of the codes in a PDF, from top to bottom."""
    uris = []
    for page in pypdfium2.PdfDocument(pdf):
        image = page.render(scale=200 / 72, grayscale=True).to_pil()
        codes = zxingcpp.read_barcodes(image)
        codes.sort(key=lambda code: (code.position.top_left.y // 20, code.position.top_left.x))
        texts = [code.text for code in codes]
        uris += [gs1.parse_identifier(text, settings.CUSTOS_ORIGIN).uri for text in texts]
    return uris


def test_a_sheet_holds_the_goods_in_their_order(signed: Signed) -> None:
    signed.post("/events", signed.commission("A1"))
    signed.post("/events", signed.commission("A2"))
    answer = signed.post("/labels/sheets", body(item("A2"), item("A1"), skip=2))
    assert (answer.status_code, answer["Content-Type"]) == (200, sheets.CONTENT_TYPE)
    assert read(answer.content) == [item("A2"), item("A1")]


@pytest.mark.parametrize("printer", zpl.PRINTERS)
def test_zpl_holds_a_label_for_each_of_the_goods(signed: Signed, printer: str) -> None:
    signed.post("/events", signed.commission("A1"))
    signed.post("/events", signed.commission("A2"))
    answer = signed.post("/labels/sheets", body(item("A1"), item("A2"), sheet=printer))
    assert (answer.status_code, answer["Content-Type"]) == (200, zpl.CONTENT_TYPE)
    texts = [text + "^XZ\n" for text in answer.content.decode().split("^XZ\n")[:-1]]
    codes = [code.text for text in texts for code in zxingcpp.read_barcodes(printed(text).image)]
    uris = [gs1.parse_identifier(code, settings.CUSTOS_ORIGIN).uri for code in codes]
    assert uris == [item("A1"), item("A2")]
    assert len(printed(texts[0]).fields) == 2  # brand and name of the registered product


@pytest.mark.usefixtures("handed_over")
@pytest.mark.parametrize(
    ("who", "uris", "code"),
    [
        pytest.param("maker", [pallet(1), item("A1")], None, id="who began them"),
        pytest.param("carrier", [pallet(1), item("A1")], None, id="who holds them"),
        pytest.param("shop", [pallet(1)], "unknown-subject", id="not one's own"),
        pytest.param("mallory", [item("A1")], "unknown-subject", id="open, and not one's own"),
        pytest.param("maker", [item("A1"), item("Z9")], "unknown-subject", id="one not there"),
        pytest.param("maker", [gs1.product_uri(cast.GTIN)], "bad-identifier", id="a product"),
        pytest.param("maker", [item("A1")] * 2, "malformed", id="twice"),
        pytest.param("maker", ["x"], "bad-identifier", id="nonsense"),
        pytest.param("maker", [], "malformed", id="none"),
        pytest.param("maker", [item(f"A{n}") for n in range(1001)], "malformed", id="too many"),
    ],
)
def test_labels_are_for_goods_that_exist_and_are_ones_own(
    callers: dict[str, Caller], who: str, uris: list[str], code: str | None
) -> None:
    answer = callers[who].post("/labels/sheets", body(*uris))
    if code is None:
        assert answer.status_code == 200
        assert read(answer.content) == uris
    else:
        assert answer.json()["code"] == code


@pytest.mark.usefixtures("handed_over")
@pytest.mark.parametrize(
    ("others", "code"),
    [
        ({"sheet": "a3"}, "malformed"),
        ({"skip": 21}, "malformed"),
        ({"skip": -1}, "malformed"),
        ({"sheet": "zpl-300", "skip": 1}, "malformed"),
        ({"sheet": "letter-3x10"}, "label-too-small"),
        ({"sheets": 2}, "malformed"),
    ],
    ids=str,
)
def test_a_bad_sheet_is_refused_with_its_code(
    callers: dict[str, Caller], others: dict[str, Any], code: str
) -> None:
    answer = callers["maker"].post("/labels/sheets", body(pallet(1), **others))
    assert answer.json()["code"] == code, answer.content


def test_a_thousand_goods_take_as_many_queries_as_two(signed: Signed) -> None:
    serials = [f"B{n}" for n in range(40)]
    for serial in serials:
        signed.post("/events", signed.commission(serial))
    counts = []
    for some in (serials[:2], serials):
        with CaptureQueriesContext(connection) as queries:
            asked = body(*map(item, some), sheet="zpl-203")
            assert signed.post("/labels/sheets", asked).status_code == 200
        counts.append(len(queries))
    assert counts[0] == counts[1]
