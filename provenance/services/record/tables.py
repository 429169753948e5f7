"""Rows on their way into tables: dataclasses whose fields are named like columns."""

import functools
from collections.abc import Iterable, Sequence
from typing import Any

import psycopg
from django.db import connection, models


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


def copy(
    cursor: psycopg.Cursor,
    model: type[models.Model],
    columns: Sequence[str],
    rows: Iterable[Sequence[Any]],
) -> None:
    """Binary COPY into a model's table. No rows, no statement."""
    rows = list(rows)
    if not rows:
        return
    into = f"COPY {model._meta.db_table} ({', '.join(columns)}) FROM STDIN (FORMAT BINARY)"
    with cursor.copy(into) as writer:
        writer.set_types([types(model)[column].partition("(")[0] for column in columns])
        for row in rows:
            writer.write_row(row)
