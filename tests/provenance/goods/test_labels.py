"""Labels: every one made here is read back by another program."""

import io
import re
from xml.etree import ElementTree as ET

import pytest
import zxingcpp
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from PIL import Image
from pytest_django import Settings

from provenance.core import errors, gs1
from provenance.core.gs1.identifiers import CROCKFORD, CSET82
from provenance.services.goods import labels
from provenance.services.goods.labels import segments

GTIN = "09520000000004"
TEXTS = st.text(CSET82, min_size=1, max_size=20)
SSCCS = st.integers(0, 10**6).map(lambda n: gs1.make_sscc("952000", n % 10, n))
SUBJECTS = st.one_of(
    TEXTS.map(lambda serial: gs1.item_uri(GTIN, serial)),
    TEXTS.map(lambda number: gs1.lot_uri(GTIN, number)),
    SSCCS.map(gs1.sscc_uri),
)
ODD = [
    gs1.item_uri(GTIN, serial)
    for serial in ("<&\">'", "A/21/B", "a?b=c", "%2F", "+" * 20, "7K3M9QZXW2T5")
]


def decode(png: bytes) -> list[str]:
    """The texts of every symbol that zxing-cpp finds."""
    return [
        barcode.text for barcode in zxingcpp.read_barcodes(Image.open(io.BytesIO(png)).convert("L"))
    ]


def drawn(svg: str) -> Image.Image:
    """The symbol of an SVG label, drawn from its path by a few lines that know nothing
    of how it was made.
    """
    root = ET.fromstring(svg)  # noqa: S314  our own
    path = root.findall("{http://www.w3.org/2000/svg}path")[1].attrib["d"]
    steps = re.findall(r"M(\d+) (\d+)|m(\d+) 0|h(\d+)v1h-(\d+)z", path)
    assert len(re.sub(r"M\d+ \d+|m\d+ 0|h\d+v1h-\d+z", "", path)) == 0
    x, y, runs = 0, 0, []
    for left, top, right, length, back in steps:
        if left:
            x, y = int(left), int(top)
        elif right:
            x += int(right)
        else:
            assert length == back
            runs.append((x, y, int(length)))
    side = max(x + length for x, _, length in runs) + labels.QUIET
    image = Image.new("L", (side, side), 255)
    for x, y, length in runs:
        image.paste(0, (x, y, x + length, y + 1))
    return image.resize((side * 4, side * 4), Image.Resampling.NEAREST)


def held(uri: str) -> str:
    """The text of the symbol of `uri`: its link, with capitals where they save a version."""
    return segments.text(segments.of_link(labels.link(uri)))


@pytest.mark.parametrize("uri", ODD)
def test_an_odd_serial_is_read_back_from_both_forms(uri: str) -> None:
    assert decode(labels.png(uri)) == [held(uri)]
    assert [barcode.text for barcode in zxingcpp.read_barcodes(drawn(labels.svg(uri)))] == [
        held(uri)
    ]


@hypothesis_settings(max_examples=60, deadline=None)
@given(SUBJECTS)
def test_every_label_is_read_back_and_names_its_subject(uri: str) -> None:
    [text] = decode(labels.png(uri))
    assert gs1.parse_typed(text, "http://localhost:8000").subject.uri == uri


@hypothesis_settings(max_examples=40, deadline=None)
@given(SUBJECTS)
def test_the_svg_holds_the_same_symbol_and_escapes_its_text(uri: str) -> None:
    svg = labels.svg(uri)
    label = labels.make(uri)
    texts = [node.text for node in ET.fromstring(svg).iter("{http://www.w3.org/2000/svg}text")]  # noqa: S314  our own
    assert texts == list(label.lines)
    assert [barcode.text for barcode in zxingcpp.read_barcodes(drawn(svg))] == [held(uri)]


@pytest.mark.parametrize(
    ("uri", "dots"),
    [(ODD[-1], 6), (gs1.sscc_uri(gs1.make_sscc("952000", 0, 1)), 9)],
    ids=["item", "logistic unit"],
)
def test_a_png_is_sized_for_300_dpi_and_keeps_its_quiet_zone(uri: str, dots: int) -> None:
    image = Image.open(io.BytesIO(labels.png(uri)))
    label = labels.make(uri)
    assert [round(value) for value in image.info["dpi"]] == [300, 300]
    assert label.side == (label.symbol.side + 8) * dots
    assert image.size == (label.width, label.height)
    quiet = 4 * dots
    around = (label.left, 0, label.left + label.side, label.side)
    symbol = image.convert("L").point(lambda value: 255 - value).crop(around).getbbox()
    assert symbol == (quiet, quiet, label.side - quiet, label.side - quiet)


def test_a_label_survives_a_rubbed_corner() -> None:
    uri = ODD[-1]
    image = Image.open(io.BytesIO(labels.png(uri))).convert("L")
    label = labels.make(uri)
    right, bottom = (edge + label.side - labels.QUIET * label.dots for edge in (label.left, 0))
    lost = int((label.symbol.side * label.dots) * 0.3)
    image.paste(255, (right - lost, bottom - lost, right, bottom))
    assert [barcode.text for barcode in zxingcpp.read_barcodes(image)] == [held(uri)]


@hypothesis_settings(max_examples=30, deadline=None)
@given(SUBJECTS)
def test_the_text_is_never_cut_off(uri: str) -> None:
    image = Image.open(io.BytesIO(labels.png(uri))).convert("L").point(lambda value: 255 - value)
    left, _, right, bottom = image.getbbox() or (0, 0, 0, 0)
    assert left > 0
    assert right < image.width
    assert bottom < image.height


def test_the_text_names_the_identifiers_and_the_domain_to_expect(settings: Settings) -> None:
    settings.CUSTOS_ORIGIN = "https://custos.example"
    label = labels.make(gs1.item_uri(GTIN, "7K3M9QZXW2T5"))
    assert label.link == f"https://custos.example/01/{GTIN}/21/7K3M9QZXW2T5"
    assert label.lines == (f"(01) {GTIN}", "(21) 7K3M9QZXW2T5", "custos.example")


@pytest.mark.parametrize("uri", [gs1.product_uri(GTIN), gs1.party_uri("9520000000011")])
def test_a_product_or_a_party_has_no_label(uri: str) -> None:
    with pytest.raises(errors.BadIdentifier) as refused:
        labels.make(uri)
    assert refused.value.code == "bad-identifier"


def test_new_serials_are_distinct_and_carry_sixty_bits() -> None:
    serials = labels.new_serials(5_000)
    assert len(set(serials)) == 5_000
    assert all(len(serial) == 12 and set(serial) <= set(CROCKFORD) for serial in serials)
    assert serials != sorted(serials)
    for place in range(
        12
    ):  # every character of every place turns up: nothing is fixed, nothing counts up
        assert len({serial[place] for serial in serials}) == len(CROCKFORD)
