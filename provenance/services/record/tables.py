"""Rows on their way into tables: dataclasses whose fields are named like columns."""

import functools
from collections.abc import Iterable, Sequence
from typing import Any, Final

import psycopg
from django.db import connection, models

_RAW: Final = {"uuid": "bytea", "jsonb": "bytea"}  # written as they are, without a Python object


def names(row: Any) -> tuple[str, ...]:
    """The columns that a row, or its class, has."""
    return tuple(row.__dataclass_fields__)


def values(row: Any) -> dict[str, Any]:
    """A row's values by column."""
    return {name: getattr(row, name) for name in row.__dataclass_fields__}


@functools.cache
def types(model: type[models.Model]) -> dict[str, str]:
    """The SQL type of each column of a model's table."""
    return {
        str(field.column): str(field.db_type(connection)) for field in model._meta.concrete_fields
    }


def jsonb(text: bytes) -> bytes:
    """A JSON text as `copy` takes it."""
    return b"\1" + text


def copy(
    cursor: psycopg.Cursor,
    model: type[models.Model],
    columns: Sequence[str],
    rows: Iterable[Sequence[Any]],
) -> None:
    """Binary COPY into a model's table: a uuid as its 16 bytes, JSON as `jsonb`. No rows, no
    statement.
    """
    rows = list(rows)
    if not rows:
        return
    into = f"COPY {model._meta.db_table} ({', '.join(columns)}) FROM STDIN (FORMAT BINARY)"
    with cursor.copy(into) as writer:
        sent = [types(model)[column].partition("(")[0] for column in columns]
        writer.set_types([_RAW.get(type_, type_) for type_ in sent])
        for row in rows:
            writer.write_row(row)
