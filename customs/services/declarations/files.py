"""Declarations from a CSV file: UTF-8, the first row naming the columns, which are the
members of a declaration. A second run of the same file changes nothing.

In a list the entries are parted by `;`, in a document its members by `|`.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from django.db import transaction

from customs.services.declarations import content, register
from customs.services.declarations.content import NAMES, Content
from customs.services.declarations.register import Receipt, Source, Way
from provenance.core import errors, printing
from provenance.services.goods.imports import refusals, table
from provenance.services.goods.imports.refusals import Code, FileCode, FileRefused, RowRefusal

CHUNK: Final = 1000
_LISTS: Final = frozenset({"routing_countries", "goods", "seals"})
_DOCUMENT: Final = ("type", "number", "digest")


@dataclass(slots=True)
class FileReport:
    """The fate of a file's rows: `entered` + `already` + `refused` is `rows`."""

    rows: int = 0
    entered: int = 0
    already: int = 0
    refused: list[RowRefusal] = field(default_factory=list)


def load(path: Path, *, error_file: Path | None = None, dry_run: bool = False) -> FileReport:
    """Enter the declarations of the file at `path`, the refused rows into `error_file`.
    With `dry_run` the rows are read and checked, and nothing is stored.

    Raises FileRefused before anything is stored, and OSError.
    """
    with path.open("rb") as file:
        rows = table.Table(file, NAMES)
        read = list(rows)
    if not read:
        raise FileRefused(FileCode.EMPTY, "it has no row below the header")
    report = FileReport(rows=len(read))
    source = Source(Way.FILE, rows.digest)
    with transaction.atomic():
        for start in range(0, len(read), CHUNK):
            _load(read[start : start + CHUNK], source, report)
        transaction.set_rollback(dry_run)
    if error_file is not None:
        refusals.write(error_file, report.refused)
    return report


def _load(rows: Sequence[tuple[int, list[str] | None]], source: Source, report: FileReport) -> None:
    contents = dict(_read_all(rows, report))
    receipts = register.enter_many(list(contents.values()), source)
    for (number, entry), receipt in zip(contents.items(), receipts, strict=True):
        _count(number, entry, receipt, report)


def _read_all(
    rows: Sequence[tuple[int, list[str] | None]], report: FileReport
) -> Iterator[tuple[int, Content]]:
    """The rows that can be read, by number; the others are refused."""
    for number, values in rows:
        if values is None:
            reason = "has more or fewer fields than the header"
            report.refused.append(RowRefusal(number, "", "", Code.WRONG_WIDTH, reason))
            continue
        row = dict(zip(NAMES, (value.strip() for value in values), strict=True))
        try:
            yield number, content.read({name: _value(name, text) for name, text in row.items()})
        except errors.ProvenanceError as error:
            report.refused.append(_refusal(number, row, error))


def _value(name: str, text: str) -> Any:
    if name in _LISTS:
        return [entry.strip() for entry in text.split(";")] if text else []
    if name == "documents":
        return [_document(entry) for entry in text.split(";")] if text else []
    return text


def _document(text: str) -> dict[str, str]:
    parts = [part.strip() for part in text.split("|")]
    if len(parts) != len(_DOCUMENT):
        raise errors.Malformed("expected type|number|digest", field="documents")
    return dict(zip(_DOCUMENT, parts, strict=True))


def _count(number: int, entry: Content, receipt: Receipt, report: FileReport) -> None:
    if receipt.error is not None:
        report.refused.append(_refusal(number, {"number": entry.number}, receipt.error))
    elif receipt.already:
        report.already += 1
    else:
        report.entered += 1


def _refusal(number: int, row: dict[str, str], error: errors.ProvenanceError) -> RowRefusal:
    column = str(error.extra.get("field", "number"))
    value = printing.printable(row.get(column, ""), 200)
    return RowRefusal(number, column, value, error.code, error.detail)
