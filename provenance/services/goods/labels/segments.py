"""Segments: the text of a QR symbol in runs of a mode each, and their codewords.

Scheme and host of a link may be written in capitals (RFC 3986 section 6.2.2.1; GS1
Digital Link URI syntax 1.6.0 allows `HTTPS`), and capitals fit the alphanumeric mode:
5.5 bits a character instead of 8. The path stays as it is, for `/21/ab` and `/21/AB` are
two items.

    https://custos.example/01/09520000000004/21/7K3M9QZXW2T5   bytes, version 5
    HTTPS://CUSTOS.EXAMPLE/01/09520000000004/21/7K3M9QZXW2T5   alphanumeric, version 4
    HTTPS://CUSTOS.EXAMPLE/01/09520000000004/21/ + a-1         alphanumeric, then bytes

Capitals are taken only where they make the symbol a version smaller.

Source: ISO/IEC 18004, 7.4: modes, character counts, terminator, pad codewords.
"""

import functools
from enum import IntEnum
from typing import Final

from qrcode import base
from qrcode.constants import ERROR_CORRECT_Q

LEVEL: Final = ERROR_CORRECT_Q
ALPHABET: Final = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:"

_PADS: Final = "1110110000010001"  # 0xEC, 0x11
_BEGINNING: Final = 40  # characters; even, since two of them share their bits
_SINGLES: Final = {character: f"{n:06b}" for n, character in enumerate(ALPHABET)}
_PAIRS: Final = {
    first + second: f"{45 * n + m:011b}"
    for n, first in enumerate(ALPHABET)
    for m, second in enumerate(ALPHABET)
}


class Mode(IntEnum):
    """The modes in use, each with its indicator."""

    ALPHANUMERIC = 0b0010
    BYTE = 0b0100


Segment = tuple[Mode, str]


def of_link(link: str) -> tuple[Segment, ...]:
    """The segments of an ASCII `link` that make the smaller symbol: its bytes as they
    are, or its beginning in capitals and the path's first other character on in bytes.
    """
    plain = ((Mode.BYTE, link),)
    mixed = _with_capitals(link)
    return mixed if version(mixed) < version(plain) else plain


def text(segments: tuple[Segment, ...]) -> str:
    """The text that a reader gives back."""
    return "".join(content for _, content in segments)


def version(segments: tuple[Segment, ...]) -> int:
    """The smallest version that holds `segments` at LEVEL. Raises ValueError where none
    does.
    """
    return _version(tuple((mode, len(content)) for mode, content in segments))


def codewords(segments: tuple[Segment, ...], version: int) -> int:
    """The data codewords of `segments` in a symbol of `version`, as a big-endian
    number of `capacity(version)` bytes.
    """
    size = 8 * capacity(version)
    bits = "".join([_bits(mode, content, version) for mode, content in segments])
    bits += "0" * min(4, size - len(bits))
    bits += "0" * (-len(bits) % 8)
    missing = size - len(bits)
    return int(bits + (_PADS * (missing // 16 + 1))[:missing], 2)


@functools.cache
def capacity(version: int) -> int:
    """Data codewords of a symbol of this version at LEVEL."""
    return sum(block.data_count for block in base.rs_blocks(version, LEVEL))


def _with_capitals(link: str) -> tuple[Segment, ...]:
    origin_end = link.find("/", link.index("://") + 3)
    capitals = link[:origin_end].upper() + link[origin_end:]
    tail = capitals.lstrip(ALPHABET)
    head = capitals[: len(capitals) - len(tail)]
    return ((Mode.ALPHANUMERIC, head), (Mode.BYTE, tail)) if tail else ((Mode.ALPHANUMERIC, head),)


@functools.lru_cache(maxsize=1024)
def _version(lengths: tuple[tuple[Mode, int], ...]) -> int:
    for number in range(1, 41):
        bits = sum(4 + _count_bits(mode, number) + _size(mode, length) for mode, length in lengths)
        if bits <= 8 * capacity(number):
            return number
    raise ValueError("longer than any symbol")


def _size(mode: Mode, length: int) -> int:
    """Bits of the characters of a segment."""
    return 8 * length if mode is Mode.BYTE else 11 * (length // 2) + 6 * (length % 2)


def _count_bits(mode: Mode, version: int) -> int:
    """Bits of a segment's character count."""
    small, middle, large = (8, 16, 16) if mode is Mode.BYTE else (9, 11, 13)
    return small if version < 10 else middle if version < 27 else large


def _bits(mode: Mode, content: str, version: int) -> str:
    head = f"{mode.value:04b}{len(content):0{_count_bits(mode, version)}b}"
    if mode is Mode.BYTE:
        return head + f"{int.from_bytes(content.encode('ascii')):0{8 * len(content)}b}"
    return head + _beginning(content[:_BEGINNING]) + _alphanumeric(content[_BEGINNING:])


@functools.lru_cache(maxsize=256)
def _beginning(content: str) -> str:
    """The bits of the beginning that the links of a product share."""
    return _alphanumeric(content)


def _alphanumeric(content: str) -> str:
    even = len(content) & ~1
    pairs = [_PAIRS[content[place : place + 2]] for place in range(0, even, 2)]
    return "".join(pairs) + "".join(_SINGLES[character] for character in content[even:])
