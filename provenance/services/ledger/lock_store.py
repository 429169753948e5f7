"""The lock store: the last tree head that was signed, kept apart from the database.

A restored database backup forgets; a ledger that forgets signs two histories. So the
only fact that must never go back is kept here, and changes only by compare-and-swap. It
MUST NOT be restored from a backup: docs/operations.md says how to go on after its
loss. A database, an S3 object with If-Match or anything else that can compare and swap
may implement the protocol.
"""

import contextlib
import fcntl
from pathlib import Path
from typing import Protocol

from provenance.services import durable

TREE_HEAD = "tree-head"


class SwapLost(Exception):
    """The lock store holds another tree head than this worker started from."""


class LockStore(Protocol):
    """Where the last signed tree head is kept."""

    def load(self) -> bytes | None:
        """The last signed tree head, or None before the first."""

    def swap(self, old: bytes | None, new: bytes) -> None:
        """Replace `old` by `new`, durably and at once; raise SwapLost if `old` is not
        what is there.
        """


class FileLockStore:
    """A lock store in a folder, on a file system with flock and atomic rename."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def load(self) -> bytes | None:
        with contextlib.suppress(FileNotFoundError):
            return (self.folder / TREE_HEAD).read_bytes()
        return None

    def swap(self, old: bytes | None, new: bytes) -> None:
        durable.make_folder(self.folder)
        with (self.folder / "swap.lock").open("a") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if self.load() != old:
                raise SwapLost("another worker signed a tree head first")
            # A crash before the rename leaves the old head, after it the new one. Both
            # are good places to start from.
            durable.write({self.folder / TREE_HEAD: new})
