"""Sheets of labels: each code in the PDF is read back, from the place where it belongs."""

import random
from collections.abc import Iterator

import pypdfium2
import pytest
import zxingcpp
from PIL import Image
from pytest_django import Settings

from provenance.core import errors, gs1
from provenance.services.goods import labels
from provenance.services.goods.labels import layout, segments, sheets, typesetting
from provenance.services.goods.labels.names import Named
from provenance.services.goods.labels.sheets import SHEETS, Sheet
from tests.provenance.goods.test_labels import GTIN

NAMES = (
    ("Lantern", "Tea caddy, blue"),
    ("灯笼", "青花瓷茶罐 五百克"),
    ("فانوس", "علبة شاي زرقاء"),
    ("", ""),
)
DPI = 200


@pytest.fixture(autouse=True)
def origin(settings: Settings) -> None:
    settings.CUSTOS_ORIGIN = "https://custos.example"


def items(count: int) -> list[Named]:
    serials = labels.new_serials(count)
    return [
        Named(gs1.item_uri(GTIN, serial), *NAMES[place % len(NAMES)])
        for place, serial in enumerate(serials)
    ]


def held(goods: Named) -> str:
    return segments.text(segments.of_link(labels.link(goods.uri)))


def drawn(pdf: bytes) -> Iterator[Image.Image]:
    """The pages of `pdf` at DPI."""
    for page in pypdfium2.PdfDocument(pdf):
        yield page.render(scale=DPI / 72, grayscale=True).to_pil()


def cut(page: Image.Image, sheet: Sheet, place: int) -> Image.Image:
    """The label at `place` of a page, by the sheet's measures alone."""
    row, column = divmod(place, sheet.columns)
    left = sheet.left + column * (sheet.label_width + sheet.gap)
    top = sheet.top + row * sheet.label_height
    corners = (left, top, left + sheet.label_width, top + sheet.label_height)
    left, top, right, bottom = (round(mm / 25.4 * DPI) for mm in corners)
    return page.crop((left, top, right, bottom))


def read(image: Image.Image) -> list[str]:
    return [barcode.text for barcode in zxingcpp.read_barcodes(image)]


def text_of(pdf: bytes) -> str:
    return "\n".join(page.get_textpage().get_text_range() for page in pypdfium2.PdfDocument(pdf))


@pytest.mark.parametrize("name", SHEETS)
def test_each_label_is_at_its_place_and_is_read_back(name: str) -> None:
    sheet, skip = SHEETS[name], SHEETS[name].places // 3
    goods = items(sheet.places + 2)
    pages = list(drawn(sheets.pdf(goods, sheet, skip=skip)))
    paper = [mm / 25.4 * DPI for mm in (sheet.width, sheet.height)]
    assert all(page.size == pytest.approx(paper, abs=1) for page in pages)
    for place in range(len(pages) * sheet.places):
        page, spot = divmod(place, sheet.places)
        expected = [held(each) for each in goods[place - skip :][:1]] if place >= skip else []
        assert read(cut(pages[page], sheet, spot)) == expected


def test_labels_sampled_across_a_thousand_lead_to_their_goods() -> None:
    goods, sheet = items(1000), SHEETS["a4-3x7"]
    document = pypdfium2.PdfDocument(sheets.pdf(goods, sheet))
    assert len(document) == 48
    chosen = sorted(random.Random(9).sample(range(1000), 40))
    for place in chosen:
        page, spot = divmod(place, sheet.places)
        image = document[page].render(scale=DPI / 72, grayscale=True).to_pil()
        [text] = read(cut(image, sheet, spot))
        assert gs1.parse_identifier(text, "https://custos.example").uri == goods[place].uri


def test_text_names_the_identifiers_brand_product_and_domain() -> None:
    serial = "7K3M9QZXW2T5"
    goods = [Named(gs1.item_uri(GTIN, serial), *names) for names in NAMES]
    goods.append(Named(gs1.lot_uri(GTIN, "L-1")))
    goods.append(Named(gs1.sscc_uri(gs1.make_sscc("952000", 0, 1))))
    shown = text_of(sheets.pdf(goods, SHEETS["a4-2x4"]))
    for text in (f"(01) {GTIN}", f"(21) {serial}", "(10) L-1", "(00) 0952000", "Lantern"):
        assert text in shown
    assert "青花瓷茶罐" in shown
    assert shown.count("custos.example") == len(goods)


def test_fonts_for_latin_chinese_and_arabic_are_in_the_file() -> None:
    pdf = sheets.pdf(items(4), SHEETS["a4-3x7"])
    for font in (b"NotoSans-Regular", b"NotoSansArabic", b"NotoSansCJKsc"):
        assert font in pdf
    assert pdf.count(b"/FontFile") == 3


@pytest.mark.parametrize(
    "name", ['#panic("x")', "$a$ *b* _c_ @d <e> `f`", '"]} \\u{1F600} {"', '#read("/etc/passwd")']
)
def test_names_are_text_and_never_markup(name: str) -> None:
    goods = [Named(gs1.item_uri(GTIN, "A1"), name, name)]
    shown = text_of(sheets.pdf(goods, SHEETS["thermal-100x50"]))
    assert name.split(maxsplit=1)[0] in shown


@pytest.mark.parametrize("serial", ["W" * 20, '"' * 20, "%" * 20, "a1" * 10])
def test_the_longest_identifiers_stay_within_the_label(serial: str) -> None:
    sheet = SHEETS["letter-3x10"]
    long = Named(gs1.item_uri(GTIN, serial), "W" * 300, "Name " * 60)
    [page] = drawn(sheets.pdf([long] * 2, sheet))
    assert read(cut(page, sheet, 0)) == [held(long)]
    between = round(25.4 * sheet.gap)
    ink = cut(page, sheet, 0).point(lambda value: 255 - value)
    _, top, right, bottom = ink.getbbox() or (0, 0, 0, 0)
    assert top > 0
    assert right < ink.width - between / DPI
    assert bottom < ink.height


def test_a_module_keeps_its_size_or_shrinks_to_the_least_that_scanners_read() -> None:
    item, unit = Named(gs1.item_uri(GTIN, "A1")), Named(gs1.sscc_uri("095200000000000011"))
    modules = labels.make(item.uri).symbol.side + 8
    assert sheets._label(item, SHEETS["a4-3x7"])["side"] == pytest.approx(modules * 0.508)
    long = Named(gs1.item_uri(GTIN, '"' * 20))
    modules = labels.make(long.uri).symbol.side + 8
    assert 0.396 * modules < sheets._label(long, SHEETS["letter-3x10"])["side"] <= 25.4
    with pytest.raises(sheets.LabelTooSmall) as refused:
        sheets.pdf([unit], SHEETS["letter-3x10"])
    assert refused.value.code == "label-too-small"
    assert sheets.pdf([unit], SHEETS["a4-3x7"]).startswith(b"%PDF")


def test_a_product_has_no_place_on_a_sheet() -> None:
    with pytest.raises(errors.BadIdentifier):
        sheets.pdf([Named(gs1.product_uri(GTIN))], SHEETS["a4-3x7"])


@pytest.mark.parametrize("name", SHEETS)
@pytest.mark.parametrize(("count", "skip"), [(1, 0), (1000, 0), (2500, 0), (2500, 1), (10_000, 0)])
def test_the_parts_of_a_run_hold_each_of_the_goods_once_on_whole_sheets(
    name: str, count: int, skip: int
) -> None:
    sheet = SHEETS[name]
    skip %= sheet.places
    parts = sheets.parts(count, sheet, skip=skip)
    assert [place for part in parts for place in part] == list(range(count))
    assert all(0 < len(part) <= sheets.PART for part in parts)
    for number, part in enumerate(parts[:-1]):
        assert (len(part) + (0 if number else skip)) % sheet.places == 0
    assert sheets.parts(count, sheet, skip=skip) == parts


def test_a_part_made_again_is_the_same_file() -> None:
    goods, sheet = items(5), SHEETS["a4-3x7"]
    assert sheets.pdf(goods, sheet) == sheets.pdf(goods, sheet)


@pytest.mark.parametrize(
    ("text", "rtl"), [("Lantern", False), ("500 فانوس", True), ("灯笼", False), ("", False)]
)
def test_a_text_is_set_in_the_direction_of_its_letters(text: str, rtl: bool) -> None:
    assert typesetting.piece(text) == {"text": text, "rtl": rtl}


def test_the_least_modules_are_not_above_the_usual_ones() -> None:
    for kind, least in sheets._LEAST.items():
        assert least <= layout.DOTS[kind] * 25.4 / 300
