"""Refusals of a file, or of a row of it: stable codes, each explained in
docs/import.md.
"""

import csv
import io
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from provenance.services import durable

HEADER = ("row", "column", "value", "code", "reason")
_FORMULA = ("=", "+", "-", "@", "\t", "\r")  # what a spreadsheet would run


class FileCode(StrEnum):
    """Why a whole file is refused, before anything of it is recorded."""

    EMPTY = "empty"
    NOT_UTF_8 = "not-utf-8"
    NOT_A_TABLE = "not-a-table"
    MISSING_COLUMNS = "missing-columns"
    TOO_LARGE = "too-large"


class Code(StrEnum):
    """Why a row is refused. A row that the rules of the record refuse carries that
    error's own code instead.
    """

    WRONG_WIDTH = "wrong-width"
    MISSING_VALUE = "missing-value"
    BAD_TEXT = "bad-text"
    TOO_LONG = "too-long"
    BAD_ID = "bad-id"
    REPEATED_ID = "repeated-id"
    BAD_QUANTITY = "bad-quantity"
    NO_DATE = "no-date"
    BAD_DATE = "bad-date"
    FUTURE_DATE = "future-date"
    UNKNOWN_COUNTRY = "unknown-country"
    SHIPMENT_DISAGREES = "shipment-disagrees"
    DIFFERS_FROM_RECORD = "differs-from-record"
    SHIPMENT_RECORDED = "shipment-recorded"
    IDENTIFIER_COLLISION = "identifier-collision"


class FileRefused(Exception):
    """The file as a whole cannot be read as this layout; nothing was recorded."""

    def __init__(self, code: FileCode, detail: str) -> None:
        super().__init__(detail)
        self.code = code
        self.detail = detail


@dataclass(frozen=True, slots=True)
class RowRefusal:
    """A row that was not imported. `row` counts as a spreadsheet does: the header is
    row 1.
    """

    row: int
    column: str
    value: str
    code: str
    reason: str


class RowRefused(Exception):
    """A row cannot be used, because of its `column`."""

    def __init__(self, code: Code, column: str, value: str, reason: str) -> None:
        super().__init__(reason)
        self.code, self.column, self.value, self.reason = code, column, value, reason

    def at(self, row: int) -> RowRefusal:
        """The refusal of row number `row`."""
        return RowRefusal(row, self.column, self.value, self.code.value, self.reason)


def write(path: Path, refusals: Iterable[RowRefusal]) -> None:
    """Write the error file whole or not at all. Values that a spreadsheet would run as
    a formula get a leading '.
    """
    file = io.StringIO()
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(HEADER)
    for refusal in sorted(refusals, key=lambda refusal: refusal.row):
        texts = (refusal.column, refusal.value, refusal.code, refusal.reason)
        writer.writerow([refusal.row, *map(_as_text, texts)])
    durable.write({path: file.getvalue().encode()})


def _as_text(value: str) -> str:
    return f"'{value}" if value.startswith(_FORMULA) else value
