"""Holders: the processes that still need the servers of a folder.

The kernel keeps count of them. Every holder has a shared flock on `var/holders.lock`
until it ends, however it ends, and its forked children have it too. The process that
can take that lock exclusively is the last to leave, and stops the servers. A leaving
process tries in `atexit`; the watchdog, which waits for the same lock, does it for
holders that were killed. `var/embedded.lock` makes starting and stopping one at a time.
"""

import atexit
import contextlib
import fcntl
import os
import time
from collections.abc import Iterator
from pathlib import Path

from . import folders, postgres, redis
from .services import Services

_held: dict[Path, int] = {}


@contextlib.contextmanager
def start_lock(var: Path) -> Iterator[None]:
    """The lock under which servers are started and stopped."""
    with (var / "embedded.lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def hold(var: Path) -> None:
    """Hold the servers of `var` until this process ends. Needs the start lock."""
    if var not in _held:
        _held[var] = os.open(var / "holders.lock", os.O_RDWR | os.O_CREAT, 0o600)
        fcntl.flock(_held[var], fcntl.LOCK_SH)
        atexit.register(release, var)


def release(var: Path) -> None:
    """Let go of the servers of `var`; stop them if nobody else holds them."""
    var = var.resolve()
    holder = _held.pop(var, None)
    if holder is not None:
        # Closed, not unlocked: a forked child shares the lock and must not take it from
        # its parent.
        os.close(holder)
        # The folder may be gone, and all in it.
        with contextlib.suppress(FileNotFoundError), start_lock(var):
            stop_if_unused(var)


def wait_until_unused(var: Path) -> None:
    """Wait until no process holds the servers of `var`."""
    with (var / "holders.lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)


def stop_if_unused(var: Path) -> bool:
    """Stop the servers of `var` unless a live process holds them; say if they are
    stopped. Needs the start lock.
    """
    with (var / "holders.lock").open("a") as lock:
        # The watchdog may have the lock for an instant, to learn the same as we.
        for _ in range(5):
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                time.sleep(0.01)
            else:
                redis.stop(Services(folders.run(var)))
                postgres.stop(var / "postgres")
                folders.forget_run(var)
                return True
    return False
