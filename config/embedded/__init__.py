"""PostgreSQL 18 and Redis from wheels, for a machine that has neither.

Optional: the settings call `ensure(var)` only where DATABASE_URL or REDIS_URL is unset.
However many processes call it, each server runs once, with its data under `var` and its
socket in `var/run`, and nothing listens on a network.

    first process    start lock -> servers up -> shared holder lock -> lock released
    further process  start lock -> servers found up -> shared holder lock -> lock released
    leaving process  start lock -> exclusive holder lock? no: go. yes: servers down

The watchdog loads this package without `config` around it, so imports of siblings in
here are relative, and all others are of the standard library.
"""

from pathlib import Path

from . import folders, holders, watchdog
from . import postgres as postgresql
from . import redis as redis_server
from .holders import release
from .services import EmbeddedError, Services

__all__ = ["EmbeddedError", "Services", "ensure", "release"]


def ensure(var: Path, *, postgres: bool = True, redis: bool = True) -> Services:
    """Run the servers of `var` that are asked for, and keep them until this process
    ends. Raises EmbeddedError.
    """
    var = var.resolve()
    var.mkdir(parents=True, exist_ok=True)
    with holders.start_lock(var):
        services = Services(folders.run(var))
        if postgres:
            postgresql.ensure(var / "postgres", services)
        if redis:
            redis_server.ensure(var, services)
        watchdog.ensure(var)
        holders.hold(var)
    return services
