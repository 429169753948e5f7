"""The ledger as the settings describe it: its name, its key and its places."""

import functools
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings

from provenance.core import errors
from provenance.core.ledger import former as former_ledgers
from provenance.core.ledger import merkle, note, policy, tree_head
from provenance.core.ledger.former import FormerLedger
from provenance.core.signing import keys
from provenance.services.ledger.files import Files
from provenance.services.ledger.lock_store import FileLockStore, LockStore


@dataclass(frozen=True)
class Ledger:
    """The ledger: the signer of tree heads, its files, the store of the last signed
    head, and the `former` ledgers whose entries it began with.
    """

    signer: note.Signer
    files: Files
    lock: LockStore
    former: tuple[FormerLedger, ...] = ()

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
        """Return the tree head that this ledger's key signed, or that of a former one up to its
        last; None is the empty tree, which nobody signs.

        Raises LogInconsistent, naming `where` it was found.
        """
        if signed is None:
            return tree_head.TreeHead(self.origin, 0, merkle.EMPTY_ROOT)
        trusted = policy.Policy((policy.Log(self.verifier),))
        try:
            head, _ = former_ledgers.open_head(signed, trusted, self.former)
        except errors.ProvenanceError as error:
            raise errors.LogInconsistent(
                f"{where}: {error.detail}", place=where, cause=error.code
            ) from error
        return head

    def check_not_frozen(self) -> None:
        """Raise LedgerFrozen where nothing more is signed with this ledger's key."""
        if self.verifier.vkey() in self.lock.frozen():
            raise errors.LedgerFrozen(
                f"{self.origin} is frozen: the next ledger needs another name and key",
                place="the lock store",
            )


def open_ledger() -> Ledger:
    """The ledger of this installation."""
    return _ledger(
        settings.CUSTOS_LEDGER_ORIGIN,
        settings.CUSTOS_LEDGER_KEY,
        settings.CUSTOS_LEDGER_DIR,
        settings.CUSTOS_LOCK_DIR,
        tuple(settings.CUSTOS_LEDGER_FORMER),
    )


@functools.lru_cache(maxsize=1)
def _ledger(
    origin: str, seed: str, files: Path, lock: Path, former: tuple[tuple[str, int, str], ...]
) -> Ledger:
    return Ledger(
        signer=note.Signer(origin, keys.generate(bytes.fromhex(seed))),
        files=Files(files),
        lock=FileLockStore(lock),
        former=tuple(
            FormerLedger(note.parse_vkey(vkey), size, note.decode_base64(root))
            for vkey, size, root in former
        ),
    )
