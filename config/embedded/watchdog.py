"""The watchdog: a process that stops the servers after holders that were killed."""

import fcntl
import os
import subprocess
import sys
from pathlib import Path

from . import holders

PROGRAM = Path(__file__).resolve().with_name("__main__.py")


def ensure(var: Path) -> None:
    """Start the watchdog of `var` unless it runs. It inherits the lock that is asked
    for, so there is never a second.
    """
    with (var / "watchdog.lock").open("a") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return
        subprocess.run(
            [sys.executable, "-I", PROGRAM, var],
            pass_fds=[lock.fileno()],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            check=True,
        )


def watch(var: Path) -> None:
    """Wait in a process of its own until nobody holds the servers of `var`, then stop
    them.
    """
    if os.fork():
        os._exit(0)  # the caller does not wait for us and does not stay our parent
    os.setsid()
    os.chdir("/")
    while True:
        holders.wait_until_unused(var)
        with holders.start_lock(var):
            if holders.stop_if_unused(var):
                # At once, under the lock: the next process to start the servers must
                # find no watchdog and start one.
                os._exit(0)
