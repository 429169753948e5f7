"""Waiting for what another thread or process does."""

import time
from collections.abc import Callable


def until(predicate: Callable[[], object], timeout: float = 30) -> None:
    """Return when `predicate` holds; fail when it does not within `timeout` seconds."""
    deadline = time.monotonic() + timeout
    while not predicate():
        if time.monotonic() > deadline:
            raise AssertionError(f"{predicate} did not hold within {timeout} s")
        time.sleep(0.02)
