"""A stored proof that an entry is in the ledger: C2SP tlog-proof, a .tlog-proof file.

    c2sp.org/tlog-proof@v1
    extra <base64>         optional; nobody vouches for it
    index <decimal>
    <base64 hash>          the inclusion proof, the leaf's sibling first; up to 63 lines
                           an empty line
    <signed tree head, verbatim>

The entry is not in the file: the caller MUST hash it from the data at hand.
"""

from dataclasses import dataclass
from typing import Final

from provenance.core import errors
from provenance.core.ledger import merkle, note, policy, tree_head

HEADER: Final = "c2sp.org/tlog-proof@v1"
MAX_PATH: Final = 63


@dataclass(frozen=True, slots=True)
class Proof:
    """The index of an entry, its inclusion proof (`path`), and the signed tree head, a
    note verbatim (`checkpoint`), of the tree that it is in.
    """

    index: int
    path: tuple[bytes, ...]
    checkpoint: bytes
    extra: bytes | None = None

    def format(self) -> bytes:
        """Return the file."""
        lines = [HEADER]
        if self.extra is not None:
            lines.append(f"extra {note.encode_base64(self.extra)}")
        lines += [f"index {self.index}", *map(note.encode_base64, self.path)]
        return "\n".join(lines).encode() + b"\n\n" + self.checkpoint


def parse(raw: bytes) -> Proof:
    """Return the proof in a file, unchecked. Raises BadNote unless the file is spelt
    exactly as above, in at most 1,000,000 bytes.
    """
    head, separator, checkpoint = raw.partition(b"\n\n")
    if not separator or len(raw) > note.MAX_BYTES:
        raise errors.BadNote("a proof has an empty line before its tree head")
    try:
        lines = head.decode("ascii").split("\n")
    except UnicodeDecodeError as error:
        raise errors.BadNote("a proof is ASCII up to its tree head") from error
    if lines.pop(0) != HEADER:
        raise errors.BadNote(f"expected {HEADER}")
    extra = None
    if lines and lines[0].startswith("extra "):
        extra = note.decode_base64(lines.pop(0).removeprefix("extra "))
    if not lines or not lines[0].startswith("index "):
        raise errors.BadNote("a proof names the entry's index")
    index = tree_head.parse_decimal(lines.pop(0).removeprefix("index "))
    if len(lines) > MAX_PATH:
        raise errors.BadNote(f"expected at most {MAX_PATH} hashes, got {len(lines)}")
    path = tuple(tree_head.parse_hash(line) for line in lines)
    tree_head.parse(note.parse(checkpoint).text)
    return Proof(index, path, checkpoint, extra)


def check(proof: Proof, leaf_hash: bytes, trusted: policy.Policy) -> tree_head.TreeHead:
    """Return the tree head that this leaf is in, having checked (1) the ledger's
    signature, (2) the quorum, (3) the path.

    Raises NoTrust, BadNote, BadSignature or UnknownLedger for 1, QuorumNotMet for 2,
    BadProof for 3.
    """
    head, _ = trusted.open(proof.checkpoint)
    merkle.check_inclusion(proof.path, head.size, head.root, proof.index, leaf_hash)
    return head
