"""Former ledgers: a ledger whose key was stolen or replaced ends with a last tree head, and
another goes on from the very same entries under a new name and key.

A tree head of a former ledger is believed up to the size of its last, and at that size with
that root only: whoever has the key can sign others.
"""

from dataclasses import dataclass, replace

from provenance.core import errors
from provenance.core.ledger import note, policy, tree_head


@dataclass(frozen=True, slots=True)
class FormerLedger:
    """A former ledger's key, under its name, and the `size` and `root` of its last tree head."""

    verifier: note.Verifier
    size: int
    root: bytes

    def check(self, head: tree_head.TreeHead) -> None:
        """Raise FormerLedgerEnded for a tree head that is beyond the last, or another last."""
        if head.size > self.size or (head.size == self.size and head.root != self.root):
            raise errors.FormerLedgerEnded(
                f"{self.verifier.name} ended with {self.size} entries, and this tree head is of"
                f" {head.size}{'' if head.size > self.size else ' others'}"
            )


def find(former: tuple[FormerLedger, ...], origin: str) -> FormerLedger | None:
    """Return the former ledger of this name, or None."""
    return next((ledger for ledger in former if ledger.verifier.name == origin), None)


def open_head(
    raw: bytes, trusted: policy.Policy, former: tuple[FormerLedger, ...]
) -> tuple[tree_head.TreeHead, FormerLedger | None]:
    """Return the tree head in a signed note, and the former ledger that it is of, if any.

    Raises as `policy.Policy.open` does, and FormerLedgerEnded. A former ledger's tree head
    needs the witnesses of `trusted` too.
    """
    ended = find(former, tree_head.parse(note.parse(raw).text).origin)
    if ended is not None:
        trusted = replace(trusted, logs=(policy.Log(ended.verifier),))
    head, _ = trusted.open(raw)
    if ended is not None:
        ended.check(head)
    return head, ended
