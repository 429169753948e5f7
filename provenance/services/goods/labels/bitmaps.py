"""A label as rows of dots."""

import functools
from dataclasses import dataclass

from provenance.services.goods.labels import glyphs
from provenance.services.goods.labels.layout import BYTE, Label
from provenance.services.goods.labels.symbols import QUIET


@dataclass(frozen=True, slots=True)
class Bitmap:
    """Rows of dots from top to bottom, a bit a dot and 1 for ink, each of `width` dots, a
    multiple of 8: `quiet` blank ones; each of `modules`, the symbol's, `dots` times, with
    `left` and `right` before and after it; `quiet` blank ones again; those of `text`.
    """

    width: int
    quiet: int
    modules: list[bytes]
    dots: int
    left: bytes
    right: bytes
    text: list[bytes]

    @property
    def height(self) -> int:
        """Rows from top to bottom."""
        return 2 * self.quiet + len(self.modules) * self.dots + len(self.text)


def of_label(label: Label) -> Bitmap:
    """`label` as it is printed."""
    width, dots, resolution = label.width, label.dots, label.resolution
    wide = b"".join(map(_stretched(dots).__getitem__, label.symbol.rows))
    left, stride = label.left // BYTE, label.symbol.stride * dots
    inside = min(stride, width // BYTE - left)  # what is cut off is light
    modules = [wide[start : start + inside] for start in range(0, len(wide), stride)]
    right = bytes(width // BYTE - left - inside)
    text: list[bytes] = []
    for line in label.lines:
        text += _text(line, resolution.font, resolution.line, width)
    text += [bytes(width // BYTE)] * (resolution.line // 2)
    return Bitmap(width, QUIET * dots, modules, dots, bytes(left), right, text)


def rows(bitmap: Bitmap) -> list[bytes]:
    """Every row of `bitmap` from top to bottom."""
    quiet = [bytes(bitmap.width // BYTE)] * bitmap.quiet
    modules = [bitmap.left + row + bitmap.right for row in bitmap.modules]
    symbol = [row for row in modules for _ in range(bitmap.dots)]
    return [*quiet, *symbol, *quiet, *bitmap.text]


@functools.lru_cache(maxsize=64)
def _text(line: str, font: int, height: int, within: int) -> list[bytes]:
    """Rows of a line; the labels of a print run share those of product and domain."""
    return glyphs.rows(line, font, height=height, within=within)


@functools.cache
def _stretched(dots: int) -> list[bytes]:
    """Eight modules as dots, by their byte."""
    bits = ("".join(bit * dots for bit in f"{byte:08b}") for byte in range(256))
    return [int(row, 2).to_bytes(dots) for row in bits]
