"""Statements that every view of a page sends. PostgreSQL plans each of them once for a
connection, and not for each execution, which would take it longer than the work itself.
"""

from collections.abc import Mapping
from typing import Any

import psycopg
from django.db import connection


def rows(query: str, parameters: Mapping[str, Any]) -> list[tuple[Any, ...]]:
    """The rows that `query` gives, with its parameters by name. Raises DatabaseError."""
    connection.ensure_connection()
    with connection.wrap_database_errors:
        # Django's own cursor writes the parameters into the text, which is new each time.
        cursor: Any = psycopg.Cursor(connection.connection)
    logged = connection.queries_logged
    wrapped = connection.make_debug_cursor(cursor) if logged else connection.make_cursor(cursor)
    with wrapped:
        wrapped.execute(query, parameters)
        given: list[tuple[Any, ...]] = wrapped.fetchall()
        return given
