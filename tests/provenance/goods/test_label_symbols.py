"""Symbols that are put together from learned deltas: the same as the qrcode package
draws, and read back.
"""

import random

import pytest
import qrcode
import zxingcpp
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from PIL import Image
from qrcode import util

from provenance.core import gs1
from provenance.core.gs1.identifiers import CROCKFORD, CSET82
from provenance.services.goods.labels import segments, symbols
from provenance.services.goods.labels.segments import Mode, Segment
from tests.provenance.goods.test_labels import GTIN, SUBJECTS

ORIGINS = (
    "https://id.cn",
    "http://localhost:8000",
    "https://custos.example",
    "https://provenance.lantern-teaware.example.com",
)
LINKS = st.builds(
    lambda origin, uri: gs1.link_for(origin, gs1.parse_subject(uri)),
    st.sampled_from(ORIGINS),
    SUBJECTS,
)


def drawn_by_qrcode(content: tuple[Segment, ...]) -> list[list[bool]]:
    """The symbol of `content` by the qrcode package alone, in the smallest version."""
    code = qrcode.QRCode(error_correction=segments.LEVEL, border=0, mask_pattern=symbols.MASK)
    for mode, text in content:
        if mode is Mode.ALPHANUMERIC:
            data = util.QRData(text.encode(), 2)
        else:
            data = util.QRData(text.encode(), 4)
        code.add_data(data, optimize=0)
    code.make(fit=True)
    return [list(row) for row in code.get_matrix()]


def read(matrix: list[list[bool]]) -> list[str]:
    """The texts that zxing-cpp reads from a symbol."""
    side = len(matrix) + 8
    image = Image.new("L", (side, side), 255)
    for y, row in enumerate(matrix):
        for x, dark in enumerate(row):
            image.putpixel((x + 4, y + 4), 255 * (not dark))
    scaled = image.resize((side * 4, side * 4), Image.Resampling.NEAREST)
    return [barcode.text for barcode in zxingcpp.read_barcodes(scaled)]


def check(content: tuple[Segment, ...]) -> None:
    matrix = symbols.of_segments(content).matrix
    assert matrix == drawn_by_qrcode(content)
    assert read(matrix) == [segments.text(content)]


@hypothesis_settings(max_examples=150, deadline=None)
@given(LINKS)
def test_the_symbol_of_a_link_is_that_of_qrcode_and_is_read_back(link: str) -> None:
    check(segments.of_link(link))


@pytest.mark.parametrize("origin", ORIGINS)
@pytest.mark.parametrize("alphabet", [CROCKFORD, CSET82], ids=["own", "any"])
@pytest.mark.parametrize("modes", ["bytes", "smallest"])
def test_every_length_of_serial_has_the_symbol_of_qrcode(
    origin: str, alphabet: str, modes: str
) -> None:
    chosen = random.Random(8)
    for length in range(1, 21):
        serial = "".join(chosen.choices(alphabet, k=length))
        link = gs1.link_for(origin, gs1.item(GTIN, serial))
        check(((Mode.BYTE, link),) if modes == "bytes" else segments.of_link(link))


@hypothesis_settings(max_examples=100, deadline=None)
@given(
    st.lists(
        st.one_of(
            st.tuples(st.just(Mode.ALPHANUMERIC), st.text(segments.ALPHABET, min_size=1)),
            st.tuples(st.just(Mode.BYTE), st.text(st.characters(codec="ascii"), min_size=1)),
        ),
        min_size=1,
        max_size=3,
    ).map(tuple)
)
def test_any_segments_have_the_symbol_of_qrcode(content: tuple[Segment, ...]) -> None:
    assert symbols.of_segments(content).matrix == drawn_by_qrcode(content)


def version_of(length: int) -> int:
    return segments.version(((Mode.BYTE, "x" * length),))


@pytest.mark.parametrize("version", range(1, 16))
def test_a_full_and_the_emptiest_symbol_of_each_version(version: int) -> None:
    lengths = [n for n in range(1, segments.capacity(version)) if version_of(n) == version]
    for length in (min(lengths), max(lengths)):
        content = ((Mode.BYTE, "x" * length),)
        assert symbols.of_segments(content).matrix == drawn_by_qrcode(content)


def test_more_than_the_largest_symbol_holds_is_refused() -> None:
    assert segments.version(((Mode.BYTE, "x" * 1_663),)) == 40
    with pytest.raises(ValueError, match="longer than any symbol"):
        symbols.of_segments(((Mode.BYTE, "x" * 1_664),))


@pytest.mark.parametrize(
    ("link", "modes", "text"),
    [
        pytest.param(
            "https://custos.example/01/09520000000004/21/7K3M9QZXW2T5",
            [Mode.ALPHANUMERIC],
            "HTTPS://CUSTOS.EXAMPLE/01/09520000000004/21/7K3M9QZXW2T5",
            id="a serial of ours",
        ),
        pytest.param(
            "https://custos.example/01/09520000000004/21/AB-cd",
            [Mode.ALPHANUMERIC, Mode.BYTE],
            "HTTPS://CUSTOS.EXAMPLE/01/09520000000004/21/AB-cd",
            id="small letters in the path stay small",
        ),
        pytest.param(
            "http://localhost:8000/01/09520000000004/21/a-1",
            [Mode.BYTE],
            "http://localhost:8000/01/09520000000004/21/a-1",
            id="no version is saved",
        ),
    ],
)
def test_capitals_are_for_scheme_and_host_and_only_where_they_save_a_version(
    link: str, modes: list[Mode], text: str
) -> None:
    content = segments.of_link(link)
    assert ([mode for mode, _ in content], segments.text(content)) == (modes, text)
    plain = segments.version(((Mode.BYTE, link),))
    assert (segments.version(content) < plain) is (modes != [Mode.BYTE])


@hypothesis_settings(max_examples=200, deadline=None)
@given(LINKS)
def test_the_text_of_a_symbol_is_the_same_link(link: str) -> None:
    text = segments.text(segments.of_link(link))
    origin = link[: link.index("/", 8)]
    assert text[len(origin) :] == link[len(origin) :]
    assert text.lower()[: len(origin)] == origin
    assert gs1.parse_digital_link(text).elements == gs1.parse_digital_link(link).elements
    assert gs1.parse_typed(text, origin) == gs1.parse_typed(link, origin)
    assert gs1.parse_identifier(text, origin) == gs1.parse_identifier(link, origin)


def test_the_memory_of_learned_symbols_is_bounded() -> None:
    for version in range(1, 2 * symbols.SHAPES):
        symbols.of_segments(((Mode.BYTE, "x" * (segments.capacity(version) - 4)),))
    assert symbols._shape.cache_info().currsize == symbols.SHAPES
