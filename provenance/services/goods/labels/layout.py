"""The layout of a label.

    ┌──────────┐
    │ QR code  │   four modules of quiet zone on each side (ISO/IEC 18004)
    └──────────┘
    (01) 09520000000004       human-readable interpretation (GS1 General Specifications 4.14)
    (21) 7K3M9QZXW2T5
    check at custos.example   the domain to expect: a false code leads to another domain

Error correction is level Q: a label rubs and tears on its way, and Q still reads with a
quarter of its codewords gone. It costs one or two versions more than M, about 3 mm. A
module is a whole number of dots, so that no edge is grey: at 300 dpi 6 dots (0.508 mm)
on items and lots, 9 dots (0.762 mm) on logistic units, which are read from further
away; both within GS1's ranges for retail (from 0.396 mm) and for general distribution
(from 0.743 mm).
"""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from django.conf import settings

from provenance.core import errors, gs1
from provenance.services.goods.labels import glyphs, segments, symbols
from provenance.services.goods.labels.symbols import QUIET, Symbol

SERIAL_BITS: Final = 60  # twelve Crockford characters
BYTE: Final = 8  # dots: widths are whole bytes of a row


@dataclass(frozen=True, slots=True)
class Resolution:
    """A printer's dots per inch, and in its dots: the module of a symbol by the kind of
    goods, the height of text, and the way from one line of text to the next.
    """

    dpi: int
    dots: Mapping[gs1.SubjectKind, int]
    font: int
    line: int


def _dots(retail: int, distribution: int) -> dict[gs1.SubjectKind, int]:
    return {
        gs1.SubjectKind.ITEM: retail,
        gs1.SubjectKind.LOT: retail,
        gs1.SubjectKind.LOGISTIC_UNIT: distribution,
    }


FINE: Final = Resolution(300, _dots(6, 9), font=27, line=34)  # text of 8 pt
COARSE: Final = Resolution(203, _dots(4, 6), font=18, line=23)  # modules of 0.501 and 0.751 mm
RESOLUTIONS: Final = {of.dpi: of for of in (FINE, COARSE)}
DOTS: Final = FINE.dots


@dataclass(frozen=True, slots=True)
class Label:
    """A label to print: the Digital Link that it is for, the symbol that holds it, the
    dots of a module, the lines of text under it, and its width in dots.
    """

    link: str
    symbol: Symbol
    dots: int
    lines: tuple[str, ...]
    width: int
    resolution: Resolution

    @property
    def side(self) -> int:
        """Dots along a side of the symbol, quiet zone included."""
        return (self.symbol.side + 2 * QUIET) * self.dots

    @property
    def left(self) -> int:
        """Dots from the label's left edge to the symbol, which is in the middle."""
        return (self.width - self.side) // 2 // BYTE * BYTE

    @property
    def height(self) -> int:
        """Dots from top to bottom, with the text."""
        line = self.resolution.line
        return self.side + line * len(self.lines) + line // 2


def link(subject_uri: str) -> str:
    """The Digital Link that the label of `subject_uri` holds. Raises BadIdentifier for
    a subject without a label.
    """
    return _link(gs1.parse_subject(subject_uri))


def make(subject_uri: str, resolution: Resolution = FINE) -> Label:
    """Lay out the label of `subject_uri`. Raises BadIdentifier as `link` does."""
    subject = gs1.parse_subject(subject_uri)
    target = _link(subject)
    symbol = symbols.of_segments(segments.of_link(target))
    dots = resolution.dots[subject.kind]
    lines = (*interpretation(subject), domain())
    return Label(target, symbol, dots, lines, _width(symbol, dots, lines, resolution), resolution)


def domain() -> str:
    """The domain to expect behind a label."""
    return str(settings.CUSTOS_ORIGIN).partition("://")[2]


def interpretation(subject: gs1.Subject) -> list[str]:
    """The lines of a subject's identifiers for people, `(01) 09520000000004`."""
    parts = (
        ("00", subject.sscc),
        ("01", subject.gtin),
        ("10", subject.lot),
        ("21", subject.serial),
    )
    return [f"({code}) {value}" for code, value in parts if value]


def new_serials(count: int) -> list[str]:
    """`count` new serials of 60 random bits each: their order says nothing, and none
    can be guessed from others.
    """
    serials: set[str] = set()
    while len(serials) < count:
        serials.add(gs1.random_serial(secrets.token_bytes((SERIAL_BITS + 7) // 8)))
    return list(serials)


def _width(symbol: Symbol, dots: int, lines: tuple[str, ...], resolution: Resolution) -> int:
    """Dots from left to right, whole bytes: a long serial makes a label wider, never its
    text smaller.
    """
    texts = max(glyphs.width(line, resolution.font) for line in lines) + 2 * dots
    side = (symbol.side + 2 * QUIET) * dots
    return -(-max(side, texts) // BYTE) * BYTE


def _link(subject: gs1.Subject) -> str:
    if subject.kind not in DOTS:
        raise errors.BadIdentifier(
            f"a label is for an item, a lot or a logistic unit, not {subject.kind}"
        )
    return gs1.link_for(settings.CUSTOS_ORIGIN, subject)
