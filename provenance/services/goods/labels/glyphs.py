"""Lines of text as rows of dots, put together from characters that are drawn once."""

import functools
import itertools
import math
import operator
from typing import Final

from PIL import Image, ImageDraw, ImageFont

_OVERHANG: Final = 3  # dots of a character that may stick out on each side of its advance


class _Advances(dict[str, int]):
    """Dots from a character of a font to the next, by character."""

    def __init__(self, font: int) -> None:
        super().__init__()
        self.font = font

    def __missing__(self, character: str) -> int:
        self[character] = math.ceil(_font(self.font).getlength(character))
        return self[character]


def width(line: str, font: int) -> int:
    """Dots along `line` in a font of `font` dots."""
    return sum(map(_advances(font).__getitem__, line))


def rows(line: str, font: int, *, height: int, within: int) -> list[bytes]:
    """`height` rows of `within` dots, a multiple of 8, with `line` in their middle: a bit
    a dot, 1 for ink.
    """
    place = within - (within - width(line, font)) // 2 - _OVERHANG
    ends = itertools.accumulate(map(_advances(font).__getitem__, line), operator.sub, initial=place)
    characters = map(_drawn(font, height, within).__getitem__, line)
    dots = map(operator.lshift, characters, itertools.islice(ends, 1, None))
    stride = within // 8
    drawn = functools.reduce(operator.or_, dots, 0).to_bytes(height * stride)
    return [drawn[start : start + stride] for start in range(0, len(drawn), stride)]


class _Drawn(dict[str, int]):
    """Characters at the right edge of `height` rows of `within` dots, with their overhang."""

    def __init__(self, font: int, height: int, within: int) -> None:
        super().__init__()
        self.font, self.height, self.within = font, height, within

    def __missing__(self, character: str) -> int:
        wide = _advances(self.font)[character] + 2 * _OVERHANG
        image = Image.new("1", (wide, self.height), 0)
        ImageDraw.Draw(image).text((_OVERHANG, 0), character, fill=1, font=_font(self.font))
        stride = 8 * -(-wide // 8)
        dots = f"{int.from_bytes(image.tobytes()):0{stride * self.height}b}"
        rows = (dots[row * stride :][:wide] for row in range(self.height))
        self[character] = int("".join(row.rjust(self.within, "0") for row in rows), 2)
        return self[character]


@functools.lru_cache(maxsize=16)
def _drawn(font: int, height: int, within: int) -> _Drawn:
    return _Drawn(font, height, within)


@functools.cache
def _advances(font: int) -> _Advances:
    return _Advances(font)


@functools.cache
def _font(dots: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    return ImageFont.load_default(dots)
