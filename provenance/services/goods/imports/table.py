"""Reading a CSV file line by line: strictly UTF-8, of bounded size, with its SHA-256
made from the same bytes.
"""

import csv
import hashlib
from collections.abc import Iterator, Sequence
from typing import BinaryIO

from provenance.services.goods.imports.refusals import FileCode, FileRefused

MAX_FILE = 128 * 1024 * 1024
MAX_LINE = 64 * 1024
MAX_ROWS = 250_000  # they are held in memory: the rows of a shipment may be anywhere in the file
_BOM = b"\xef\xbb\xbf"


class Table:
    """The rows of an open CSV file that has at least `columns`; iterate once, then
    `digest` is the file's.

    Gives (row number, the values of `columns` in that order), or None instead of the
    values where a row has another number of fields than the header. Raises FileRefused
    for any other file.
    """

    def __init__(self, file: BinaryIO, columns: Sequence[str]) -> None:
        self._hash = hashlib.sha256()
        self._size = 0
        self._reader = csv.reader(self._lines(file), strict=True)
        header = self._next()
        if header is None:
            raise FileRefused(FileCode.EMPTY, "it has not even a header")
        names = [name.strip() for name in header]
        _check_header(names, columns)
        self._width = len(names)
        self._places = [names.index(column) for column in columns]

    def __iter__(self) -> Iterator[tuple[int, list[str] | None]]:
        number = 1
        while (fields := self._next()) is not None:
            number += 1
            if number > MAX_ROWS + 1:
                raise FileRefused(FileCode.TOO_LARGE, f"at most {MAX_ROWS} rows")
            if fields:
                fits = len(fields) == self._width
                yield number, [fields[place] for place in self._places] if fits else None

    @property
    def digest(self) -> str:
        """SHA-256 of the bytes read so far, in lower-case hex."""
        return self._hash.hexdigest()

    def _next(self) -> list[str] | None:
        try:
            return next(self._reader, None)
        except csv.Error as error:
            raise FileRefused(
                FileCode.NOT_A_TABLE, f"line {self._reader.line_num} is no CSV: {error}"
            ) from error

    def _lines(self, file: BinaryIO) -> Iterator[str]:
        number = 0
        while raw := file.readline(MAX_LINE + 1):
            number += 1
            self._count(raw, number)
            try:
                yield (raw.removeprefix(_BOM) if number == 1 else raw).decode()
            except UnicodeDecodeError as error:
                raise FileRefused(
                    FileCode.NOT_UTF_8,
                    f"line {number}, byte {error.start + 1}: save the file as UTF-8",
                ) from error

    def _count(self, raw: bytes, number: int) -> None:
        self._size += len(raw)
        if len(raw) > MAX_LINE or self._size > MAX_FILE:
            raise FileRefused(
                FileCode.TOO_LARGE,
                f"at most {MAX_FILE} bytes, and {MAX_LINE} in a line (line {number})",
            )
        self._hash.update(raw)


def _check_header(names: Sequence[str], columns: Sequence[str]) -> None:
    missing = [column for column in columns if column not in names]
    if missing:
        raise FileRefused(
            FileCode.MISSING_COLUMNS, f"the first row names no column {', '.join(missing)}"
        )
    repeated = sorted({column for column in columns if names.count(column) > 1})
    if repeated:
        raise FileRefused(
            FileCode.NOT_A_TABLE, f"columns named more than once: {', '.join(repeated)}"
        )
