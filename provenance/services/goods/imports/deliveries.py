"""Deliveries made of rows: the usable rows of an `ASN/DN #`, which travelled together
on the same day.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date

from provenance.services.goods.imports import identifiers, layout
from provenance.services.goods.imports.layout import Line
from provenance.services.goods.imports.refusals import Code, RowRefusal, RowRefused


@dataclass(slots=True)
class Delivery:
    """An advance shipment or delivery note. Its first usable row decides vendor,
    receiver and day.
    """

    lines: list[Line]

    @property
    def first(self) -> Line:
        """The row that decides vendor, receiver and day."""
        return self.lines[0]

    @property
    def sscc(self) -> str:
        """The SSCC of its one logistic unit."""
        return identifiers.sscc(self.first.vendor, self.first.reference)


@dataclass(slots=True)
class Plan:
    """The content of a file: `total` rows, each in a delivery or refused."""

    total: int = 0
    deliveries: list[Delivery] = field(default_factory=list)
    refusals: list[RowRefusal] = field(default_factory=list)


def plan(rows: Iterable[tuple[int, Sequence[str] | None]], *, today: date) -> Plan:
    """Read every row and put the usable rows together, in the order of the file."""
    planned = Plan()
    by_reference: dict[str, Delivery] = {}
    row_of_id: dict[str, int] = {}
    for number, values in rows:
        planned.total += 1
        try:
            line = _read(number, values, today)
            _refuse_repeated(line, row_of_id)
            _place(line, by_reference)
        except RowRefused as refused:
            planned.refusals.append(refused.at(number))
        else:
            row_of_id[line.id] = number
    planned.deliveries = list(by_reference.values())
    return planned


def _read(number: int, values: Sequence[str] | None, today: date) -> Line:
    if values is None:
        raise RowRefused(Code.WRONG_WIDTH, "", "", "has more or fewer fields than the header")
    return layout.read(number, list(values), today=today)


def _refuse_repeated(line: Line, row_of_id: dict[str, int]) -> None:
    if line.id in row_of_id:
        raise RowRefused(
            Code.REPEATED_ID, layout.ID, line.id, f"row {row_of_id[line.id]} has this ID already"
        )


def _place(line: Line, by_reference: dict[str, Delivery]) -> None:
    """Put the row into its delivery. Raises RowRefused where it contradicts the
    delivery's first usable row.
    """
    delivery = by_reference.setdefault(line.reference, Delivery([]))
    if delivery.lines:
        first = delivery.first
        for column, mine, its in (
            (layout.VENDOR, line.vendor, first.vendor),
            (layout.PROJECT, line.project, first.project),
            (layout.COUNTRY, line.country_name, first.country_name),
            (layout.DELIVERED, line.delivered_text, first.delivered_text),
        ):
            if mine != its:
                reason = (
                    f"row {first.number} of {line.reference} says {its}: "
                    "one shipment goes one way on one day"
                )
                raise RowRefused(Code.SHIPMENT_DISAGREES, column, mine, reason)
    delivery.lines.append(line)
