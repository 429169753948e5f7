"""A bitmap as PNG of a bit a dot, written without a packer.

The rows of a PNG are a zlib stream of blocks. Labels of a size share most of theirs: all
that stands between two rows of modules, which is the lower row's copies and the margins,
is packed once. The rows of modules and the text are stored as they are. To pack every
label for itself would take as long as all other work on it, and save some 5 kB.

Sources: PNG (third edition) 5, 9.2 and 11; RFC 1950; RFC 1951 3.2.4.
"""

import functools
import struct
import zlib
from dataclasses import dataclass
from typing import Final

from provenance.services.goods.labels.bitmaps import Bitmap

MM_PER_INCH: Final = 25.4
MM_PER_METRE: Final = 1000

_SAME, _UP = b"\0", b"\2"  # filters: the row as it is, the row less the row above
_ZLIB: Final = b"\x78\x01"
_LAST: Final = b"\1\0\0\xff\xff"  # a last block that stores nothing
_MOST: Final = 0xFFFF  # bytes that a block stores


@dataclass(frozen=True, slots=True)
class _Around:
    """Bytes before the first row of modules, between two of them, and after the last."""

    start: bytes
    between: bytes
    end: bytes


def of_bitmap(bitmap: Bitmap, dpi: int) -> bytes:
    """`bitmap` as a PNG file for a printer of `dpi`, ink in black."""
    size = (bitmap.width, bitmap.quiet, bitmap.dots, len(bitmap.left), len(bitmap.right))
    rows, text = bitmap.modules, _SAME + _SAME.join(bitmap.text)
    plain, packed = _plain(*size), _packed(*size)
    check = zlib.adler32(plain.start + plain.between.join(rows) + plain.end)
    stream = (
        packed.start,
        packed.between.join(rows),
        packed.end,
        *(_stored(text[start : start + _MOST]) for start in range(0, len(text), _MOST)),
        _LAST,
        struct.pack(">I", zlib.adler32(text, check)),
    )
    return b"".join(
        (
            _opening(bitmap.width, bitmap.height, dpi),
            _chunk(b"IDAT", b"".join(stream)),
            _chunk(b"IEND", b""),
        )
    )


@functools.lru_cache(maxsize=64)
def _plain(width: int, quiet: int, dots: int, left: int, right: int) -> _Around:
    """The filtered rows around those of modules."""
    blank, before = bytes(width // 8), _SAME + bytes(left)
    margin, after = (_SAME + blank) * quiet, bytes(right) + (_UP + blank) * (dots - 1)
    return _Around(margin + before, after + before, after + margin)


@functools.lru_cache(maxsize=64)
def _packed(width: int, quiet: int, dots: int, left: int, right: int) -> _Around:
    """The blocks around those that store a row of modules, with the beginning of these."""
    plain, row = _plain(width, quiet, dots, left, right), width // 8 - left - right
    start, between, end = map(_pack, (plain.start, plain.between, plain.end))
    return _Around(_ZLIB + start + _storing(row), between + _storing(row), end)


def _pack(data: bytes) -> bytes:
    """`data` as blocks that end with a whole byte and look back at no others."""
    packer = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
    return packer.compress(data) + packer.flush(zlib.Z_FULL_FLUSH)


def _stored(data: bytes) -> bytes:
    return _storing(len(data)) + data


def _storing(length: int) -> bytes:
    """The beginning of a block that stores `length` bytes."""
    return struct.pack("<BHH", 0, length, length ^ 0xFFFF)


@functools.lru_cache(maxsize=64)
def _opening(width: int, height: int, dpi: int) -> bytes:
    """The PNG up to its rows."""
    per_metre = round(dpi / MM_PER_INCH * MM_PER_METRE)
    # A bit a dot of colour type 3: the palette makes 0 white and 1 black.
    chunks = {
        b"IHDR": struct.pack(">IIBBBBB", width, height, 1, 3, 0, 0, 0),
        b"PLTE": b"\xff\xff\xff\0\0\0",
        b"pHYs": struct.pack(">IIB", per_metre, per_metre, 1),
    }
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(*chunk) for chunk in chunks.items())


def _chunk(kind: bytes, data: bytes) -> bytes:
    checked = kind + data
    return struct.pack(">I", len(data)) + checked + struct.pack(">I", zlib.crc32(checked))
