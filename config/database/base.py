"""The wrapper of a connection. A page asks the database several times and would wait
for a pooled connection each time; after one wait in vain, the next asks in this process
fail at once, for a moment.
"""

import select
import time
from typing import Any, ClassVar

import psycopg
from django.db.backends.postgresql import base
from django.db.backends.postgresql.psycopg_any import IsolationLevel
from psycopg_pool import ConnectionPool

from config.database import waiting

QUIET_SECONDS = 1


class DatabaseWrapper(base.DatabaseWrapper):
    """A connection to PostgreSQL."""

    _away_since: ClassVar[float | None] = None

    def get_new_connection(self, conn_params: dict[str, Any]) -> Any:
        since = DatabaseWrapper._away_since
        if since is not None and time.monotonic() - since < QUIET_SECONDS:
            raise psycopg.OperationalError("the database did not answer a moment ago")
        try:
            with waiting.counted():
                connection = self._connect(conn_params)
        except psycopg.OperationalError:
            DatabaseWrapper._away_since = time.monotonic()
            raise
        DatabaseWrapper._away_since = None
        return connection

    def _connect(self, conn_params: dict[str, Any]) -> Any:
        if self.pool is None:
            return super().get_new_connection(conn_params)
        seconds = waiting.left()
        self.isolation_level = IsolationLevel.READ_COMMITTED
        self.pool.open()
        timeout = self.pool.timeout if seconds is None else min(seconds, self.pool.timeout)
        deadline = time.monotonic() + timeout
        while not _is_alive(connection := self.pool.getconn(deadline - time.monotonic())):
            connection.close()
            self.pool.putconn(connection)
        return connection


def _is_alive(connection: psycopg.Connection[Any]) -> bool:
    """Whether the server said nothing on this idle connection, as when it goes, or else
    still answers. Asking it each time would cost a page as much as a query.
    """
    try:
        poll = select.poll()
        poll.register(connection.fileno(), select.POLLIN)
        if poll.poll(0):
            ConnectionPool.check_connection(connection)
    except psycopg.Error:
        return False
    return True
