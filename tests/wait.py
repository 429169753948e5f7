"""Waiting for other threads and processes, and letting threads loose together."""

import functools
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from threading import Barrier
from typing import TypeVar

import psutil
from django.db import connection, transaction

T = TypeVar("T")


def until(predicate: Callable[[], object], timeout: float = 30) -> None:
    """Return when `predicate` holds; fail when it does not within `timeout` seconds."""
    deadline = time.monotonic() + timeout
    while not predicate():
        if time.monotonic() > deadline:
            raise AssertionError(f"{predicate} did not hold within {timeout} s")
        time.sleep(0.02)


def has_ended(process: psutil.Process) -> bool:
    """Whether a process has ended: a zombie has too, which stays where nobody reaps it."""
    try:
        return not process.is_running() or process.status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


def at_once(jobs: Sequence[Callable[[], T]]) -> list[T]:
    """Run every job in a thread and on a database connection of its own, all let loose
    together.
    """
    barrier = Barrier(len(jobs))

    def run(job: Callable[[], T]) -> T:
        try:
            connection.ensure_connection()
            barrier.wait(60)
            return job()
        finally:
            connection.close()

    with ThreadPoolExecutor(len(jobs)) as pool:
        return [future.result() for future in [pool.submit(run, job) for job in jobs]]


@contextmanager
def locked(table: str) -> Iterator[Callable[[], bool]]:
    """Hold `table` against everybody else; yields whether somebody waits for it."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"LOCK TABLE {table} IN ACCESS EXCLUSIVE MODE")
        yield functools.partial(_is_awaited, table)


def _is_awaited(table: str) -> bool:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_locks WHERE NOT granted AND relation = %s::regclass", [table]
        )
        return bool(cursor.fetchone() != (0,))
