"""A command of ours that kills itself at the step in AT, of anchoring or of the change to
another ledger.

Started as `python -m tests.faults.killing_command NAME`.
"""

import os
import sys
from collections.abc import Callable
from pathlib import Path

from tests.faults import killing_worker  # first: it sets Django up

# isort: split
from django.core.management import call_command

from provenance.services.ledger import lock_store, steps

__all__ = ["BEGINNING", "FREEZING"]


def _at_frozen_file(*, before: bool) -> None:
    real = Path.replace

    def replace(self: Path, target: Path) -> Path:
        if target.name == lock_store.FROZEN and before:
            killing_worker.die()
        result = real(self, target)
        if target.name == lock_store.FROZEN:
            killing_worker.die()
        return result

    Path.replace = replace  # type: ignore[method-assign,assignment]


FREEZING: dict[str, Callable[[], None]] = {
    "before the freeze is on disk": lambda: _at_frozen_file(before=True),
    "frozen, folder not synced": lambda: _at_frozen_file(before=False),
    "frozen": lambda: killing_worker.wrap(lock_store.FileLockStore, "freeze"),
    "frozen and published": lambda: killing_worker.wrap(steps, "freeze"),
}
BEGINNING: dict[str, Callable[[], None]] = {
    **killing_worker.STEPS,
    "the next ledger begun, not published": lambda: killing_worker.wrap(steps, "succeed"),
}

if __name__ == "__main__":
    (FREEZING | BEGINNING)[os.environ["AT"]]()
    call_command(*sys.argv[1:])
