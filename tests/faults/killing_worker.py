"""Our Celery worker, which kills itself and its whole process group at the step of
anchoring in KILL_AT.

Started as `celery -A tests.faults.killing_worker worker`: the product itself has no
such switch.
"""

import os
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

import django

from config.celery import app

__all__ = ["STEPS", "app", "die", "wrap"]

django.setup()

from django.db import connection  # noqa: E402
from django.db.backends.signals import connection_created  # noqa: E402

from provenance.core.ledger import tree_head  # noqa: E402
from provenance.services import durable, ledger  # noqa: E402
from provenance.services.ledger import files, lock_store, steps  # noqa: E402


def die(*_: object) -> None:
    """Kill this process and its whole group."""
    os.killpg(os.getpgrp(), signal.SIGKILL)


def wrap(owner: Any, name: str, *, before: bool = False, count: int = 1) -> None:
    """Die before or after the `count`th call of owner.name."""
    real = getattr(owner, name)
    calls = iter(range(1, 1_000_000))

    def wrapped(*args: Any, **kwargs: Any) -> Any:
        now = next(calls) == count
        if now and before:
            die()
        result = real(*args, **kwargs)
        if now:
            die()
        return result

    setattr(owner, name, wrapped)


def _at_statement(beginning: str) -> None:
    """Die after a statement that begins so, before its transaction is committed."""

    def watch(execute: Callable[..., Any], sql: str, *args: Any) -> Any:
        result = execute(sql, *args)
        if sql.strip().startswith(beginning):
            die()
        return result

    connection_created.connect(
        lambda **signal: signal["connection"].execute_wrappers.append(watch), weak=False
    )


def _at_lock_file(*, before: bool) -> None:
    real = Path.replace

    def replace(self: Path, target: Path) -> Path:
        if target.name == lock_store.TREE_HEAD and before:
            die()
        result = real(self, target)
        if target.name == lock_store.TREE_HEAD:
            die()
        return result

    Path.replace = replace  # type: ignore[method-assign,assignment]


STEPS: dict[str, Callable[[], None]] = {
    "before sequencing": lambda: wrap(steps, "lock_sequence"),
    "sequenced, not committed": lambda: _at_statement("UPDATE provenance_event SET ledger_index"),
    "sequenced": lambda: wrap(steps, "sequence"),
    "a tile written, not renamed": lambda: wrap(os, "fsync"),
    "some tiles in place": lambda: wrap(durable, "_replace", count=4),
    "all tiles in place": lambda: wrap(files.Files, "write"),
    "signed": lambda: wrap(tree_head, "sign"),
    "before the swap": lambda: _at_lock_file(before=True),
    "swapped, folder not synced": lambda: _at_lock_file(before=False),
    "integrated": lambda: wrap(steps, "integrate"),
    "checkpoint published, no row": lambda: wrap(files.Files, "publish"),
    "row inserted, not committed": lambda: _at_statement('INSERT INTO "provenance_treehead"'),
    "published, partial tiles left": lambda: wrap(
        files.Files, "drop_partials", before=True, count=2
    ),
    "anchored, not acknowledged": lambda: wrap(ledger, "anchor_pending"),
}

if os.environ.get("KILL_AT"):
    STEPS[os.environ["KILL_AT"]]()
    connection.close()
