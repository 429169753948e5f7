"""QR symbols by the thousand. For a version, error correction level and mask every
module of a symbol is an affine function over GF(2) of the data codewords: Reed-Solomon
check symbols are linear in them, placing is a permutation, masking adds a constant. So
the qrcode package draws a base symbol and shows where each bit of a codeword goes, once;
after that a symbol is the base XOR a learned delta for each four bits of data.

The mask is fixed. The standard's encoder draws eight symbols and keeps that with the
fewest penalty points; a reader takes any of the eight, for the symbol says its own mask
in its format information (ISO/IEC 18004, 7.8 and 7.9). MASK is the one of fewest points
on average over our links (docs/performance.md).

Symbols equal those of the qrcode package, module for module: a property test.
"""

import functools
import operator
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import qrcode
from qrcode import base, util

from provenance.services.goods.labels import segments
from provenance.services.goods.labels.segments import LEVEL, Segment

MASK: Final = 7
QUIET: Final = 4  # modules of quiet zone on each side
SHAPES: Final = 8  # versions kept in memory, each at most 3 MB

_NOUGHT: Final = b"\1"  # a block that is all zeros the package cannot divide

Deltas = Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Symbol:
    """A symbol: `side` rows of `stride` bytes, a bit a module, 1 for dark. Each row has
    QUIET light modules before the symbol, and at least as many after it.
    """

    side: int
    stride: int
    rows: bytes

    @property
    def matrix(self) -> list[list[bool]]:
        """The modules without the quiet zone."""
        return [
            [bit == "1" for bit in row[QUIET : QUIET + self.side]] for row in self.binary_rows()
        ]

    def binary_rows(self) -> Iterator[str]:
        """Each row as binary digits, with the light modules around it."""
        width = 8 * self.stride
        digits = f"{int.from_bytes(self.rows):0{width * self.side}b}"
        return (digits[start : start + width] for start in range(0, len(digits), width))


@dataclass(frozen=True, slots=True)
class _Shape:
    """The symbols of a version: `base` has `nought` as its data codewords; the modules
    that change with each hexadecimal digit of the data, in the order of the digits, in
    `first` for the first half of them and in `second`.
    """

    side: int
    stride: int
    nought: int
    base: int
    first: Sequence[Deltas]
    second: Sequence[Deltas]


def of_segments(content: tuple[Segment, ...]) -> Symbol:
    """The symbol of `content` in the smallest version that holds it. Raises ValueError
    where none does.
    """
    version = segments.version(content)
    shape = _shape(version)
    digits = 2 * segments.capacity(version)
    changed = f"{segments.codewords(content, version) ^ shape.nought:0{digits}x}"
    half = len(shape.first)
    modules = _beginning(version, changed[:half]) ^ _modules(shape.second, changed[half:])
    return Symbol(shape.side, shape.stride, modules.to_bytes(shape.side * shape.stride))


@functools.lru_cache(maxsize=256)
def _beginning(version: int, changed: str) -> int:
    """The base changed by the first half of the data, which the links of a product share."""
    shape = _shape(version)
    return shape.base ^ _modules(shape.first, changed)


def _modules(deltas: Sequence[Deltas], changed: str) -> int:
    return functools.reduce(operator.xor, map(operator.getitem, deltas, changed))


@functools.lru_cache(maxsize=SHAPES)
def _shape(version: int) -> _Shape:
    blocks = base.rs_blocks(version, LEVEL)
    size = segments.capacity(version)
    data = _NOUGHT * size
    places = _places(version, sum(block.total_count for block in blocks))
    bits = list(_bit_deltas(blocks, places))
    deltas = [_digit_deltas(bits[place : place + 4]) for place in range(0, 8 * size, 4)]
    return _Shape(
        4 * version + 17,
        _stride(version),
        int.from_bytes(data),
        _draw(version, _interleaved(data, blocks)),
        deltas[:size],
        deltas[size:],
    )


def _stride(version: int) -> int:
    return (4 * version + 17 + 2 * QUIET + 7) // 8


def _draw(version: int, codewords: list[int]) -> int:
    """The modules of the symbol with these codewords, data and check, as a number."""
    code = qrcode.QRCode(version, LEVEL, border=0, mask_pattern=MASK)
    code.data_cache = codewords
    code.makeImpl(False, MASK)
    width = 8 * _stride(version)
    rows = ("".join("01"[bool(module)] for module in row) for row in code.modules)
    return int("".join(f"{'0' * QUIET}{row}".ljust(width, "0") for row in rows), 2)


def _interleaved(data: bytes, blocks: list[base.RSBlock]) -> list[int]:
    """Data codewords with their check codewords, in the order of a symbol."""
    buffer = util.BitBuffer()
    buffer.buffer, buffer.length = list(data), 8 * len(data)
    return list(util.create_bytes(buffer, blocks))


def _places(version: int, count: int) -> list[int]:
    """The module, as a number with a single bit, of each bit of the `count` codewords. A few
    symbols show it: the n-th has in each bit the n-th digit of that bit's own number.
    """
    blank = _draw(version, [0] * count)
    width = (8 * count).bit_length()
    numbered = [_draw(version, _numbered(count, digit)) ^ blank for digit in range(width)]
    places = [0] * (8 * count)
    ones = _draw(version, [255] * count) ^ blank
    while ones:
        module = ones & -ones
        places[sum(bool(shown & module) << digit for digit, shown in enumerate(numbered))] = module
        ones ^= module
    return places


def _numbered(count: int, digit: int) -> list[int]:
    return [
        sum(((8 * place + bit) >> digit & 1) << (7 - bit) for bit in range(8))
        for place in range(count)
    ]


def _bit_deltas(blocks: list[base.RSBlock], places: list[int]) -> Iterator[int]:
    """The modules that change with each bit of the data, in order. The codewords of all
    blocks take turns in a symbol: first their data, the shorter blocks done sooner, then
    their check codewords.
    """
    sizes = [block.data_count for block in blocks]
    turns = [
        (row, number) for row in range(max(sizes)) for number, n in enumerate(sizes) if row < n
    ]
    positions = {turn: position for position, turn in enumerate(turns)}
    for number, block in enumerate(blocks):
        for bit, checks in enumerate(_check_deltas(block.data_count, block.total_count)):
            modules = places[8 * positions[bit // 8, number] + bit % 8]
            for place in _ones(checks):
                turn = sum(sizes) + place // 8 * len(blocks) + number
                modules |= places[8 * turn + place % 8]
            yield modules


def _ones(data: bytes) -> Iterator[int]:
    """The places of the bits of `data` that are set."""
    return (place for place in range(8 * len(data)) if data[place // 8] >> (7 - place % 8) & 1)


@functools.lru_cache(maxsize=2)
def _check_deltas(data_count: int, total_count: int) -> list[bytes]:
    """How the check codewords of a block change with each bit of its data."""
    block = [base.RSBlock(total_count, data_count)]
    nought = int.from_bytes(_NOUGHT * data_count)
    before = int.from_bytes(_interleaved(_NOUGHT * data_count, block)[data_count:])
    deltas = []
    for bit in reversed(range(8 * data_count)):
        data = (nought ^ 1 << bit).to_bytes(data_count)
        after = int.from_bytes(_interleaved(data, block)[data_count:])
        deltas.append((before ^ after).to_bytes(total_count - data_count))
    return deltas


def _digit_deltas(bits: list[int]) -> Deltas:
    """The modules that change with each hexadecimal digit of four bits of the data."""
    return {
        f"{digit:x}": functools.reduce(
            operator.xor, (bits[n] for n in range(4) if digit >> (3 - n) & 1), 0
        )
        for digit in range(16)
    }
