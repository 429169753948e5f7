"""The lock store: the last tree head that was signed, kept apart from the database.

A restored database backup forgets; a ledger that forgets signs two histories. So the
only fact that must never go back is kept here, and changes only by compare-and-swap. It
MUST NOT be restored from a backup: docs/operations.md says how to go on after its
loss. A database, an S3 object with If-Match or anything else that can compare and swap
may implement the protocol.
"""

import contextlib
import fcntl
from collections.abc import Iterator
from pathlib import Path
from typing import Protocol

from provenance.core import errors
from provenance.core.ledger import note
from provenance.services import durable

TREE_HEAD = "tree-head"
FROZEN = "frozen"


class SwapLost(Exception):
    """The lock store holds another tree head than this worker started from."""


class LockStore(Protocol):
    """Where the last signed tree head is kept."""

    def load(self) -> bytes | None:
        """The last signed tree head, or None before the first."""

    def swap(self, old: bytes | None, new: bytes) -> None:
        """Replace `old` by `new`, durably and at once; raise SwapLost if `old` is not
        what is there, LedgerFrozen if a frozen ledger's key signed `new`.
        """

    def freeze(self, vkey: str) -> None:
        """Take no tree head any more that the key with this vkey signs, durably and at once."""

    def frozen(self) -> list[str]:
        """The vkeys of frozen ledgers."""


class FileLockStore:
    """A lock store in a folder, on a file system with flock and atomic rename."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def load(self) -> bytes | None:
        with contextlib.suppress(FileNotFoundError):
            return (self.folder / TREE_HEAD).read_bytes()
        return None

    def freeze(self, vkey: str) -> None:
        with self._locked():
            lines = sorted({*self.frozen(), vkey})
            durable.write({self.folder / FROZEN: "".join(f"{line}\n" for line in lines).encode()})

    def frozen(self) -> list[str]:
        with contextlib.suppress(FileNotFoundError):
            return (self.folder / FROZEN).read_text().splitlines()
        return []

    def swap(self, old: bytes | None, new: bytes) -> None:
        with self._locked():
            self._check_not_frozen(new)
            if self.load() != old:
                raise SwapLost("another worker signed a tree head first")
            # A crash before the rename leaves the old head, after it the new one. Both
            # are good places to start from.
            durable.write({self.folder / TREE_HEAD: new})

    def _check_not_frozen(self, signed: bytes) -> None:
        ended = {(key.name, key.key_id) for key in map(note.parse_vkey, self.frozen())}
        if any((line.name, line.key_id) in ended for line in note.parse(signed).signatures):
            raise errors.LedgerFrozen("the ledger is frozen", place="the lock store")

    @contextlib.contextmanager
    def _locked(self) -> Iterator[None]:
        durable.make_folder(self.folder)
        with (self.folder / "swap.lock").open("a") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield
