"""Sheets of labels as PDF: beside each QR code brand and product, the identifiers for
people, and the domain to expect.

    ┌─────────┐ Lantern                   brand
    │ QR code │ Tea caddy, blue           product, at most two lines
    │         │ (01) 09520000000004       a line too long for the label is set smaller
    │         │ (21) 7K3M9QZXW2T5
    └─────────┘ custos.example

A module has the size that it has on a single label, or, where the label is too small,
less, down to the least that GS1 allows; where that is too large too, the goods need
another sheet.

A large print run is made in parts of whole sheets, a file each. Part n holds the same
labels whenever it is made, so a run that was cut off goes on with the next part.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final

from provenance.core import errors, gs1
from provenance.services.goods.labels import layout, pictures, typesetting
from provenance.services.goods.labels.names import Named
from provenance.services.goods.labels.symbols import QUIET

CONTENT_TYPE: Final = "application/pdf"
PART: Final = 1000  # labels of a part, about: a second of work
_MM_PER_DOT: Final = 25.4 / layout.FINE.dpi
_LEAST: Final = {  # mm of a module (GS1 General Specifications, symbol tables)
    gs1.SubjectKind.ITEM: 0.396,
    gs1.SubjectKind.LOT: 0.396,
    gs1.SubjectKind.LOGISTIC_UNIT: 0.743,
}


class LabelTooSmall(errors.ProvenanceError):
    """The label has no room for the symbol of these goods at the least size that scanners
    are made for.
    """

    code = "label-too-small"


@dataclass(frozen=True, slots=True)
class Sheet:
    """Paper and the labels on it, in millimetres: the first label's `left` and `top`, the
    `gap` between columns. Rows follow without a gap.
    """

    width: float
    height: float
    columns: int
    rows: int
    label_width: float
    label_height: float
    left: float = 0
    top: float = 0
    gap: float = 0

    @property
    def places(self) -> int:
        """Labels on a sheet."""
        return self.columns * self.rows


_A4: Final = (210, 297)
_LETTER: Final = (215.9, 279.4)
SHEETS: Final = {
    "a4-3x7": Sheet(*_A4, 3, 7, 63.5, 38.1, left=7.25, top=15.15, gap=2.5),
    "a4-2x4": Sheet(*_A4, 2, 4, 99.1, 67.7, left=4.65, top=13.1, gap=2.5),
    "letter-3x10": Sheet(*_LETTER, 3, 10, 66.675, 25.4, left=4.7625, top=12.7, gap=3.175),
    "letter-2x5": Sheet(*_LETTER, 2, 5, 101.6, 50.8, left=3.96, top=12.7, gap=4.78),
    "thermal-100x50": Sheet(100, 50, 1, 1, 100, 50),
}


def pdf(goods: Sequence[Named], sheet: Sheet, *, skip: int = 0) -> bytes:
    """The labels of `goods` in their order, row by row, after `skip` places of the first
    sheet that were used before. Raises BadIdentifier for what has no label, LabelTooSmall.
    """
    labels = [None] * skip + [_label(each, sheet) for each in goods]
    return typesetting.pdf("sheet.typ", {"sheet": asdict(sheet), "labels": labels})


def parts(count: int, sheet: Sheet, *, skip: int = 0) -> list[range]:
    """The places among `count` goods of each part: whole sheets, but for the last. Only
    the first part has `skip` places used before.
    """
    size = max(1, PART // sheet.places) * sheet.places
    starts = [0, *range(size - skip, count, size)]
    return [range(start, end) for start, end in zip(starts, [*starts[1:], count], strict=True)]


def _label(goods: Named, sheet: Sheet) -> dict[str, Any]:
    """The data of a label for the template."""
    label = layout.make(goods.uri)
    modules = label.symbol.side + 2 * QUIET
    module = min(label.dots * _MM_PER_DOT, sheet.label_height / modules)
    if module < _LEAST[gs1.parse_subject(goods.uri).kind]:
        raise LabelTooSmall(
            f"the code of {goods.uri} needs a label higher than {sheet.label_height} mm"
        )
    return {
        "link": label.link,
        "side": module * modules,
        "symbol": pictures.bare(label.symbol),
        "brand": typesetting.piece(goods.brand),
        "name": typesetting.piece(goods.name),
        "lines": label.lines,
    }
