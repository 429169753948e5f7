"""ZPL: drawn by a few lines that know the language and not how it was made, and read
back.
"""

import io
import re
from dataclasses import dataclass

import pytest
import zxingcpp
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from PIL import Image
from pytest_django import Settings

from provenance.core import errors, gs1
from provenance.services.goods import labels
from provenance.services.goods.labels import layout, segments, sheets, zpl
from provenance.services.goods.labels.layout import Resolution
from provenance.services.goods.labels.names import Named
from tests.provenance.goods.test_label_sheets import NAMES
from tests.provenance.goods.test_labels import GTIN, SUBJECTS

LABEL = re.compile(r"\^XA\n\^PW(\d+)\^LL(\d+)\n((?:\^FO\d+,\d+\^GFA,[^^]*\^FS\n)+)\^XZ\n")
FIELD = re.compile(r"\^FO(\d+),(\d+)\^GFA,(\d+),(\d+),(\d+),([0-9A-F,:]*)\^FS")
RESOLUTIONS = pytest.mark.parametrize("resolution", zpl.PRINTERS.values(), ids=zpl.PRINTERS)


@dataclass(frozen=True)
class Printed:
    """A label as a printer leaves it, and the places of its fields."""

    image: Image.Image
    fields: list[tuple[int, int, int, int]]


def rows_of(data: str, stride: int) -> list[bytes]:
    """Rows of hexadecimal `data` with `,` and `:`."""
    rows: list[bytes] = []
    row = ""
    for sign in data:
        if sign == ":" and not row:
            rows.append(rows[-1])
            continue
        row = row.ljust(2 * stride, "0") if sign == "," else row + sign
        if len(row) == 2 * stride:
            rows.append(bytes.fromhex(row))
            row = ""
    assert row == ""
    return rows


def printed(text: str) -> Printed:
    match = LABEL.fullmatch(text)
    assert match is not None
    image = Image.new("L", (int(match[1]), int(match[2])), 255)
    fields = []
    for left, top, total, size, width, data in FIELD.findall(match[3]):
        stride = int(width)
        rows = rows_of(data, stride)
        assert int(total) == int(size) == stride * len(rows)
        ink = Image.frombytes("1", (8 * stride, len(rows)), b"".join(rows))
        image.paste(0, (int(left), int(top)), ink)
        fields.append((int(left), int(top), int(left) + ink.width, int(top) + ink.height))
    return Printed(image, fields)


def read(image: Image.Image) -> list[str]:
    return [barcode.text for barcode in zxingcpp.read_barcodes(image)]


def held(uri: str) -> str:
    return segments.text(segments.of_link(labels.link(uri)))


@RESOLUTIONS
@pytest.mark.parametrize(("brand", "name"), NAMES)
def test_a_label_is_the_picture_of_the_goods_with_names_beside_it(
    resolution: Resolution, brand: str, name: str
) -> None:
    uri = gs1.item_uri(GTIN, "7K3M9QZXW2T5")
    [text] = zpl.of_goods([Named(uri, brand, name)], resolution)
    label = printed(text)
    assert read(label.image) == [held(uri)]
    width, height = label.image.size
    assert (width, height) == (
        round(100 / 25.4 * resolution.dpi),
        round(50 / 25.4 * resolution.dpi),
    )
    assert all(right <= width and bottom <= height for *_, right, bottom in label.fields)
    assert len(label.fields) == (2 if brand or name else 1)
    if resolution is layout.FINE:
        picture = Image.open(io.BytesIO(labels.png(uri))).convert("L")
        assert label.image.crop((0, 0, *picture.size)).tobytes() == picture.tobytes()


@RESOLUTIONS
def test_names_in_each_script_leave_ink_of_their_own(resolution: Resolution) -> None:
    uri = gs1.item_uri(GTIN, "7K3M9QZXW2T5")
    seen = set()
    for text in zpl.of_goods([Named(uri, *names) for names in NAMES[:3]], resolution):
        label = printed(text)
        picture = label.image.crop(label.fields[1]).point(lambda value: 255 - value)
        assert picture.histogram()[255] > 200
        seen.add(picture.tobytes())
    assert len(seen) == 3


@RESOLUTIONS
@hypothesis_settings(max_examples=40, deadline=None)
@given(uri=SUBJECTS)
def test_every_label_is_read_back(uri: str, resolution: Resolution) -> None:
    [text] = zpl.of_goods([Named(uri)], resolution)
    assert read(printed(text).image) == [held(uri)]


def test_no_text_reaches_the_printer_as_a_command() -> None:
    [text] = zpl.of_goods([Named(gs1.item_uri(GTIN, "A1"), "^XZ~JR", "^FD~DG")], layout.FINE)
    assert LABEL.fullmatch(text)
    assert "~" not in text


def test_labels_come_in_order_and_a_run_goes_on_where_it_was_cut_off() -> None:
    goods = [Named(gs1.item_uri(GTIN, serial)) for serial in labels.new_serials(20)]
    whole = list(zpl.of_goods(goods, layout.FINE))
    assert [read(printed(text).image)[0] for text in whole] == [held(each.uri) for each in goods]
    assert list(zpl.of_goods(goods[8:], layout.FINE)) == whole[8:]


def test_goods_without_a_label_and_labels_larger_than_the_paper_are_refused(
    settings: Settings,
) -> None:
    with pytest.raises(errors.BadIdentifier):
        list(zpl.of_goods([Named(gs1.product_uri(GTIN))], layout.FINE))
    settings.CUSTOS_ORIGIN = f"https://{'a' * 60}.{'b' * 60}.example"
    with pytest.raises(sheets.LabelTooSmall):
        list(zpl.of_goods([Named(gs1.item_uri(GTIN, "A1"))], layout.FINE))
