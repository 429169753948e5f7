"""Labels in ZPL II, for thermal printers. All of a label is dots, made here: the symbol is
the one of every other form, and a printer needs no font for Chinese or Arabic.

    ^XA                                  a label
    ^PW1181 ^LL591                       its width and height in dots
    ^FO0,0 ^GFA,n,n,stride,data ^FS      symbol, identifiers, domain
    ^FO300,24 ^GFA,n,n,stride,data ^FS   brand and product
    ^XZ

Data is hexadecimal; `,` fills a row with light dots, `:` repeats the row above it.

Source: Zebra, ZPL II Programming Guide: ^GF, and its compression of hexadecimal data.
"""

import functools
import io
from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from PIL import Image

from provenance.services.goods.labels import bitmaps, layout, typesetting
from provenance.services.goods.labels.layout import BYTE, Resolution
from provenance.services.goods.labels.names import Named
from provenance.services.goods.labels.sheets import SHEETS, LabelTooSmall
from provenance.services.goods.labels.symbols import QUIET

THERMAL: Final = SHEETS["thermal-100x50"]
PRINTERS: Final = {"zpl-203": layout.COARSE, "zpl-300": layout.FINE}
CONTENT_TYPE: Final = "application/vnd.zebra-zpl"  # registered with IANA
_MM_PER_INCH: Final = 25.4
_INK: Final = 128  # grey below it is printed
_LEAST_NAMES: Final = 20  # mm in which names are readable


def of_goods(goods: Iterable[Named], resolution: Resolution) -> Iterator[str]:
    """The labels of `goods` in their order, a text of ZPL each, for labels of THERMAL.
    Raises BadIdentifier for what has no label, LabelTooSmall.
    """
    return (_label(each, resolution) for each in goods)


def _label(goods: Named, resolution: Resolution) -> str:
    label = layout.make(goods.uri, resolution)
    bitmap = bitmaps.of_label(label)
    width, height = (_dots(mm, resolution) for mm in (THERMAL.label_width, THERMAL.label_height))
    if bitmap.width > width or bitmap.height > height:
        raise LabelTooSmall(
            f"the label of {goods.uri} needs more than "
            f"{THERMAL.label_width} mm by {THERMAL.label_height} mm"
        )
    fields = [f"^PW{width}^LL{height}", _graphic(0, 0, bitmaps.rows(bitmap))]
    free, top = width - bitmap.width, QUIET * label.dots
    if (goods.brand or goods.name) and free > _dots(_LEAST_NAMES, resolution):
        names = _names(goods.brand, goods.name, free, height - 2 * top, resolution.dpi)
        fields.append(_graphic(bitmap.width, top, names))
    return "\n".join(("^XA", *fields, "^XZ", ""))


def _dots(mm: float, resolution: Resolution) -> int:
    return round(mm / _MM_PER_INCH * resolution.dpi)


def _graphic(left: int, top: int, rows: Sequence[bytes]) -> str:
    """A field of rows of dots, its upper left corner at `left`, `top`."""
    size = sum(map(len, rows))
    data = "".join(_row(row, above) for row, above in zip(rows, (b"", *rows), strict=False))
    return f"^FO{left},{top}^GFA,{size},{size},{len(rows[0])},{data}^FS"


def _row(row: bytes, above: bytes) -> str:
    if row == above:
        return ":"
    ink = row.rstrip(b"\0")
    return ink.hex().upper() + ("," if len(ink) < len(row) else "")


@functools.lru_cache(maxsize=64)
def _names(brand: str, name: str, width: int, height: int, dpi: int) -> tuple[bytes, ...]:
    """Brand and name as rows of at most `width` dots; the labels of a print run share
    them.
    """
    data = {
        "width": width // BYTE * BYTE / dpi * _MM_PER_INCH,
        "height": height / dpi * _MM_PER_INCH,
        "brand": typesetting.piece(brand),
        "name": typesetting.piece(name),
    }
    page = Image.open(io.BytesIO(typesetting.png("names.typ", data, dpi))).convert("L")
    ink = page.point([255 * (grey < _INK) for grey in range(256)]).convert("1")
    stride = -(-ink.width // BYTE)
    drawn = ink.tobytes()
    rows = [drawn[start : start + stride] for start in range(0, len(drawn), stride)]
    while len(rows) > 1 and not any(rows[-1]):
        rows.pop()
    return tuple(rows)
