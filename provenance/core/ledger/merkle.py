"""The Merkle tree of RFC 6962 §2.1 (the same as RFC 9162 §2.1) over SHA-256.

    MTH({})   = SHA-256("")
    MTH({d})  = SHA-256(0x00 || d)                             a leaf
    MTH(D[n]) = SHA-256(0x01 || MTH(D[0:k]) || MTH(D[k:n]))    a node; k: the largest power
                                                               of two below n

The prefixes keep a node from being passed off as a leaf. An inclusion proof lists the
leaf's sibling first and the root's child last; an empty proof is right for a tree of
one leaf, and only for that.

Size 0: its root is SHA-256(""). C2SP makes the empty tree consistent with every tree,
by an empty proof; RFC 6962 leaves that case open.

Proofs are built from complete subtrees: read(level, index) is the root over the
2**level leaves that begin at leaf index * 2**level. A list of leaves can answer that,
and so can a ledger's tiles, in O(log n) reads.
"""

import hashlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias

from provenance.core import errors

HASH_BYTES: Final = 32
EMPTY_ROOT: Final = hashlib.sha256(b"").digest()

Read: TypeAlias = Callable[[int, int], bytes]
"""read(level, index): the root over the 2**level leaves from leaf index * 2**level."""


def leaf_hash(entry: bytes) -> bytes:
    """Return the leaf hash of a ledger entry."""
    return hashlib.sha256(b"\x00" + entry).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Return the hash of the parent of two subtrees with these roots."""
    return hashlib.sha256(b"\x01" + left + right).digest()


# --- building -----------------------------------------------------------------------


def pyramid(hashes: Sequence[bytes]) -> list[list[bytes]]:
    """Return the roots of the complete subtrees over `hashes`, level by level: the
    hashes themselves, their parents, …
    """
    levels = [list(hashes)]
    while len(levels[-1]) > 1:
        below = levels[-1]
        levels.append([node_hash(below[i], below[i + 1]) for i in range(0, len(below) - 1, 2)])
    return levels


def root(leaf_hashes: Sequence[bytes]) -> bytes:
    """Return MTH of the leaves with these leaf hashes."""
    return root_from(_reader(leaf_hashes), len(leaf_hashes))


def prove_inclusion(leaf_hashes: Sequence[bytes], index: int) -> list[bytes]:
    """Return PATH(index, D) of RFC 6962 §2.1.1. Raises BadProof for an index outside."""
    return prove_inclusion_from(_reader(leaf_hashes), len(leaf_hashes), index)


def tree(leaf_hashes: Sequence[bytes]) -> tuple[bytes, list[bytes]]:
    """Return MTH of the leaves and, in order, PATH(i, D) of each, its hashes joined: for a
    small tree whose every leaf is to be proven, in O(n).
    """
    levels = [list(leaf_hashes)]
    while len(levels[-1]) > 1:
        below = levels[-1]
        above = [node_hash(below[i], below[i + 1]) for i in range(0, len(below) - 1, 2)]
        levels.append(above + below[len(above) * 2 :])  # a last node without a sibling rises
    paths = [b""]
    for level in reversed(levels[:-1]):
        last = len(level) - 1
        paths = [
            paths[i >> 1] if i == last and not i & 1 else level[i ^ 1] + paths[i >> 1]
            for i in range(last + 1)
        ]
    return (levels[-1][0], paths) if leaf_hashes else (EMPTY_ROOT, [])


def prove_consistency(leaf_hashes: Sequence[bytes], old: int) -> list[bytes]:
    """Return PROOF(old, D) of RFC 6962 §2.1.2. Raises BadProof for an old size beyond."""
    return prove_consistency_from(_reader(leaf_hashes), old, len(leaf_hashes))


def root_from(read: Read, size: int) -> bytes:
    """Return `root` of a tree of `size` leaves, from its complete subtrees."""
    return _subtree(read, 0, size) if size else EMPTY_ROOT


def prove_inclusion_from(read: Read, size: int, index: int) -> list[bytes]:
    """Return `prove_inclusion` of a tree of `size` leaves, from its complete subtrees."""
    if not 0 <= index < size:
        raise errors.BadProof(f"leaf {index} is outside a tree of size {size}")
    proof: list[bytes] = []
    low, high = 0, size
    while high - low > 1:
        middle = low + _split(high - low)
        if index < middle:
            proof.append(_subtree(read, middle, high))
            high = middle
        else:
            proof.append(_subtree(read, low, middle))
            low = middle
    proof.reverse()
    return proof


def prove_consistency_from(read: Read, old: int, new: int) -> list[bytes]:
    """Return `prove_consistency` from the complete subtrees of the newer tree."""
    if not 0 <= old <= new:
        raise errors.BadProof(f"a tree of size {new} has no older tree of size {old}")
    proof: list[bytes] = []
    low, high = 0, new
    while low < old < high:
        middle = low + _split(high - low)
        if old <= middle:
            proof.append(_subtree(read, middle, high))
            high = middle
        else:
            proof.append(_subtree(read, low, middle))
            low = middle
    # The old tree's last subtree. If it is the whole old tree (low == 0), the checker has
    # its root already.
    if low:
        proof.append(_subtree(read, low, high))
    proof.reverse()
    return proof


# --- checking -----------------------------------------------------------------------


def check_inclusion(
    proof: Sequence[bytes], size: int, root_hash: bytes, index: int, leaf_hash: bytes
) -> None:
    """Raise BadProof unless `leaf_hash` is leaf `index` of the tree (RFC 9162
    §2.1.3.2).
    """
    if not 0 <= index < size:
        raise errors.BadProof(f"leaf {index} is outside a tree of size {size}")
    _check_hashes((root_hash, leaf_hash, *proof))
    sha256 = hashlib.sha256  # `node_hash`, written out: a page checks a proof for each event
    node, last, hashed = index, size - 1, leaf_hash
    for sibling in proof:
        if last == 0:
            raise errors.BadProof("the proof is longer than the tree is high")
        if node & 1 or node == last:
            hashed = sha256(b"\x01" + sibling + hashed).digest()
            while not node & 1 and node:  # a last node without a right sibling rises unhashed
                node, last = node >> 1, last >> 1
        else:
            hashed = sha256(b"\x01" + hashed + sibling).digest()
        node, last = node >> 1, last >> 1
    if last:
        raise errors.BadProof("the proof is shorter than the tree is high")
    if hashed != root_hash:
        raise errors.BadProof("the inclusion proof leads to another root")


def check_consistency(
    proof: Sequence[bytes], old: int, new: int, old_root: bytes, new_root: bytes
) -> None:
    """Raise BadProof unless the newer tree, of `new` leaves, begins with all leaves of
    the older, of `old` leaves (RFC 9162 §2.1.4.2).
    """
    if not 0 <= old <= new:
        raise errors.BadProof(f"a tree of size {new} has no older tree of size {old}")
    _check_hashes([old_root, new_root, *proof])
    if (old == 0 and old_root != EMPTY_ROOT) or (new == 0 and new_root != EMPTY_ROOT):
        raise errors.BadProof("a tree of size 0 has another root")
    if old in (0, new):
        if proof:
            raise errors.BadProof("expected an empty proof")
        if old == new and old_root != new_root:
            raise errors.BadProof("two trees of one size have two roots")
        return
    # An old tree that is a complete subtree is itself the first hash, so the proof leaves
    # it out.
    hashes = list(proof) if old & (old - 1) else [old_root, *proof]
    if _run_consistency(hashes, old, new) != (old_root, new_root):
        raise errors.BadProof("the consistency proof leads to other roots")


def _run_consistency(hashes: Sequence[bytes], old: int, new: int) -> tuple[bytes, bytes]:
    if not hashes:
        raise errors.BadProof("the proof is empty")
    node, last = old - 1, new - 1
    while node & 1:
        node, last = node >> 1, last >> 1
    old_hash = new_hash = hashes[0]
    for sibling in hashes[1:]:
        if last == 0:
            raise errors.BadProof("the proof is longer than the tree is high")
        if node & 1 or node == last:
            old_hash = node_hash(sibling, old_hash)
            new_hash = node_hash(sibling, new_hash)
            while not node & 1 and node:
                node, last = node >> 1, last >> 1
        else:
            new_hash = node_hash(new_hash, sibling)
        node, last = node >> 1, last >> 1
    if last:
        raise errors.BadProof("the proof is shorter than the tree is high")
    return old_hash, new_hash


# --- growing ------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class RightEdge:
    """The data that a tree needs in order to grow: the roots of its complete subtrees,
    left to right, one for each bit that is set in its size.

    Raises Malformed for another number of hashes, BadProof for another length.
    """

    size: int = 0
    hashes: tuple[bytes, ...] = ()

    def __post_init__(self) -> None:
        if self.size < 0 or len(self.hashes) != self.size.bit_count():
            raise errors.Malformed(
                f"a tree of size {self.size} has another number of complete subtrees"
            )
        _check_hashes(self.hashes)

    @classmethod
    def of(cls, read: Read, size: int) -> "RightEdge":
        """Return the edge of the tree of `size` leaves whose complete subtrees `read`
        gives.
        """
        levels = [level for level in range(size.bit_length() - 1, -1, -1) if size >> level & 1]
        return cls(size, tuple(read(level, (size >> level) - 1) for level in levels))

    def append(self, leaf_hashes: Iterable[bytes]) -> "RightEdge":
        """Return the edge of the tree with these leaf hashes added."""
        size, hashes = self.size, list(self.hashes)
        for leaf in leaf_hashes:
            hashed, full = leaf, size
            while full & 1:
                hashed = node_hash(hashes.pop(), hashed)
                full >>= 1
            hashes.append(hashed)
            size += 1
        return RightEdge(size, tuple(hashes))

    def root(self) -> bytes:
        """Return the root of the whole tree."""
        if not self.hashes:
            return EMPTY_ROOT
        hashed = self.hashes[-1]
        for left in reversed(self.hashes[:-1]):
            hashed = node_hash(left, hashed)
        return hashed


def _reader(leaf_hashes: Sequence[bytes]) -> Read:
    levels = pyramid(leaf_hashes)
    return lambda level, index: levels[level][index]


def _split(width: int) -> int:
    """Return the largest power of two below `width`, for `width` > 1."""
    return 1 << (width - 1).bit_length() - 1


def _subtree(read: Read, low: int, high: int) -> bytes:
    """Return MTH of the leaves from `low` to before `high`, where `low` is a multiple
    of a power of two that is not below high - low.
    """
    width = high - low
    if width & (width - 1) == 0:
        level = width.bit_length() - 1
        return read(level, low >> level)
    middle = low + _split(width)
    return node_hash(_subtree(read, low, middle), _subtree(read, middle, high))


def _check_hashes(hashes: Iterable[bytes]) -> None:
    for hashed in hashes:
        if len(hashed) != HASH_BYTES:
            raise errors.BadProof(f"expected hashes of 32 bytes, got one of {len(hashed)}")
