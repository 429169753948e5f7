"""Labels: a QR code that holds the GS1 Digital Link of an item, lot or logistic unit on
our own host.

    ┌──────────┐
    │ QR code  │   four modules of quiet zone on each side (ISO/IEC 18004)
    └──────────┘
    (01) 09520000000004       human-readable interpretation (GS1 General Specifications 4.14)
    (21) 7K3M9QZXW2T5
    check at custos.example   the domain to expect: a false code leads to another domain

Error correction is level Q: a label rubs and tears on its way, and Q still reads with a
quarter of its codewords gone. It costs one or two versions more than M, about 3 mm. A
module is a whole number of dots at 300 dpi, so that no edge is grey: 6 dots (0.508 mm)
on items and lots, 9 dots (0.762 mm) on logistic units, which are read from further
away; both within GS1's ranges for retail (from 0.396 mm) and for general distribution
(from 0.743 mm).
"""

import functools
import io
import math
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final
from xml.sax.saxutils import escape

import qrcode
from django.conf import settings
from PIL import Image, ImageDraw, ImageFont
from qrcode.constants import ERROR_CORRECT_Q

from provenance.core import errors, gs1

DPI: Final = 300
QUIET: Final = 4
DOTS: Final = {gs1.SubjectKind.ITEM: 6, gs1.SubjectKind.LOT: 6, gs1.SubjectKind.LOGISTIC_UNIT: 9}
LINE: Final = 34  # dots from one line of text to the next: 8 pt
FONT_DOTS: Final = 27
MM_PER_INCH: Final = 25.4
SERIAL_BITS: Final = 60  # twelve Crockford characters

FORMS: Final = {"svg": "image/svg+xml", "png": "image/png"}

Matrix = Sequence[Sequence[bool]]


@dataclass(frozen=True, slots=True)
class Label:
    """A label to print: the symbol without its quiet zone, the dots of a module, and
    the lines of text under it.
    """

    link: str
    matrix: Matrix
    dots: int
    lines: tuple[str, ...]

    @property
    def side(self) -> int:
        """Dots along a side of the symbol, quiet zone included."""
        return (len(self.matrix) + 2 * QUIET) * self.dots

    @property
    def width(self) -> int:
        """Dots from left to right: a long serial makes a label wider, never its text
        smaller.
        """
        return max(self.side, *(text_dots(line) + 2 * self.dots for line in self.lines))

    @property
    def left(self) -> int:
        """Dots from the label's left edge to the symbol, which is in the middle."""
        return (self.width - self.side) // 2

    @property
    def height(self) -> int:
        """Dots from top to bottom, with the text."""
        return self.side + LINE * len(self.lines) + LINE // 2


def link(subject_uri: str) -> str:
    """The Digital Link that the label of `subject_uri` holds. Raises BadIdentifier for
    a subject without a label.
    """
    subject = gs1.parse_subject(subject_uri)
    if subject.kind not in DOTS:
        raise errors.BadIdentifier(
            f"a label is for an item, a lot or a logistic unit, not {subject.kind}"
        )
    return gs1.link_for(settings.CUSTOS_ORIGIN, subject)


def make(subject_uri: str) -> Label:
    """Lay out the label of `subject_uri`."""
    target = link(subject_uri)
    symbol = qrcode.QRCode(error_correction=ERROR_CORRECT_Q, border=0)
    symbol.add_data(target, optimize=0)
    symbol.make(fit=True)
    subject = gs1.parse_subject(subject_uri)
    return Label(
        target, symbol.get_matrix(), DOTS[subject.kind], (*_interpretation(subject), domain())
    )


def domain() -> str:
    """The domain to expect behind a label."""
    return str(settings.CUSTOS_ORIGIN).partition("://")[2]


def picture(subject_uri: str, form: str) -> dict[str, Any]:
    """The label as `content` and `content_type`; `form` is one of FORMS. Raises
    BadIdentifier for what carries no label.
    """
    content = svg(subject_uri) if form == "svg" else png(subject_uri)
    return {"content": content, "content_type": FORMS[form]}


def svg(subject_uri: str) -> str:
    """The label as SVG, in millimetres."""
    label = make(subject_uri)
    width, height = label.width, label.height
    path = "".join(
        f"M{x + QUIET} {y + QUIET}h{length}v1h-{length}z"
        for y, row in enumerate(label.matrix)
        for x, length in _runs(row)
    )
    texts = "".join(
        f'<text x="{width // 2}" y="{label.side + LINE * (number + 1) - LINE // 3}" '
        f'textLength="{text_dots(line)}">{escape(line)}</text>'
        for number, line in enumerate(label.lines)
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{_mm(width)}mm" height="{_mm(height)}mm" '
        f'viewBox="0 0 {width} {height}"><title>{escape(label.link)}</title>'
        f'<path fill="#fff" d="M0 0h{width}v{height}h-{width}z"/>'
        f'<path transform="translate({label.left}) scale({label.dots})" '
        f'shape-rendering="crispEdges" d="{path}"/>'
        f'<g font-family="sans-serif" font-size="{FONT_DOTS}" text-anchor="middle">'
        f"{texts}</g></svg>"
    )


def png(subject_uri: str) -> bytes:
    """The label as a black and white PNG for a 300 dpi printer."""
    label = make(subject_uri)
    image = Image.new("1", (label.width, label.height), 1)
    draw = ImageDraw.Draw(image)
    dots = label.dots
    for y, row in enumerate(label.matrix):
        for x, length in _runs(row):
            left, top = label.left + (x + QUIET) * dots, (y + QUIET) * dots
            draw.rectangle((left, top, left + length * dots - 1, top + dots - 1), fill=0)
    for number, line in enumerate(label.lines):
        draw.text(
            (label.width // 2, label.side + LINE * number), line, fill=0, font=_font(), anchor="ma"
        )
    output = io.BytesIO()
    image.save(output, "PNG", dpi=(DPI, DPI), optimize=True)
    return output.getvalue()


def text_dots(line: str) -> int:
    """How wide `line` is printed."""
    return math.ceil(_font().getlength(line))


def new_serials(count: int) -> list[str]:
    """`count` new serials of 60 random bits each: their order says nothing, and none
    can be guessed from others.
    """
    serials: set[str] = set()
    while len(serials) < count:
        serials.add(gs1.random_serial(secrets.token_bytes((SERIAL_BITS + 7) // 8)))
    return list(serials)


@functools.cache
def _font() -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    return ImageFont.load_default(FONT_DOTS)


def _interpretation(subject: gs1.Subject) -> list[str]:
    parts = (
        ("00", subject.sscc),
        ("01", subject.gtin),
        ("10", subject.lot),
        ("21", subject.serial),
    )
    return [f"({code}) {value}" for code, value in parts if value]


def _runs(row: Sequence[bool]) -> list[tuple[int, int]]:
    """Start and length of each run of dark modules."""
    runs: list[tuple[int, int]] = []
    for x, dark in enumerate(row):
        if dark and runs and sum(runs[-1]) == x:
            runs[-1] = (runs[-1][0], runs[-1][1] + 1)
        elif dark:
            runs.append((x, 1))
    return runs


def _mm(dots: int) -> str:
    return f"{dots * MM_PER_INCH / DPI:.3f}"
