"""The wrapper of a connection. A page asks the database several times and would wait
for a pooled connection each time; after one wait in vain, the next asks in this process
fail at once, for a moment.
"""

import time
from typing import Any, ClassVar

import psycopg
from django.db.backends.postgresql import base
from django.db.backends.postgresql.psycopg_any import IsolationLevel

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
        seconds = waiting.left()
        if seconds is None or self.pool is None:
            return super().get_new_connection(conn_params)
        self.isolation_level = IsolationLevel.READ_COMMITTED
        self.pool.open()
        return self.pool.getconn(timeout=min(seconds, self.pool.timeout))
