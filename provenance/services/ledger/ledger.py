"""The ledger as the settings describe it: its name, its key and its places."""

import functools
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings

from provenance.core import errors
from provenance.core.ledger import merkle, note, tree_head
from provenance.core.signing import keys
from provenance.services.ledger.files import Files
from provenance.services.ledger.lock_store import FileLockStore, LockStore


@dataclass(frozen=True)
class Ledger:
    """The ledger: the signer of tree heads, its files, and the store of the last signed
    head.
    """

    signer: note.Signer
    files: Files
    lock: LockStore

    @property
    def origin(self) -> str:
        """The ledger's name: the first line of its tree heads and the name of its
        key.
        """
        return self.signer.name

    @functools.cached_property
    def verifier(self) -> note.Verifier:
        """The public half of the ledger's key."""
        return self.signer.verifier

    def open_head(self, signed: bytes | None, where: str) -> tree_head.TreeHead:
        """Return the tree head that this ledger's key signed; None is the empty tree,
        which nobody signs.

        Raises LogInconsistent, naming `where` it was found.
        """
        if signed is None:
            return tree_head.TreeHead(self.origin, 0, merkle.EMPTY_ROOT)
        try:
            head, _ = tree_head.open_signed(signed, [self.verifier])
        except errors.ProvenanceError as error:
            raise errors.LogInconsistent(
                f"{where}: {error.detail}", place=where, cause=error.code
            ) from error
        if head.origin != self.origin:
            raise errors.LogInconsistent(
                f"{where}: expected the origin {self.origin}, got {head.origin}", place=where
            )
        return head


def open_ledger() -> Ledger:
    """The ledger of this installation."""
    return _ledger(
        settings.CUSTOS_LEDGER_ORIGIN,
        settings.CUSTOS_LEDGER_KEY,
        settings.CUSTOS_LEDGER_DIR,
        settings.CUSTOS_LOCK_DIR,
    )


@functools.lru_cache(maxsize=1)
def _ledger(origin: str, seed: str, files: Path, lock: Path) -> Ledger:
    private = keys.generate(bytes.fromhex(seed))
    return Ledger(note.Signer(origin, private), Files(files), FileLockStore(lock))
