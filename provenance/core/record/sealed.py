"""Sealed lists and members (docs/format.md, "Sealed lists"): an event of many items commits to
their links, and to the members that only its parties and customs may read, and names neither.

The author seals `Contents` under a fresh seed: each leaf has a salt of its own, and the signed
document carries the RFC 6962 root of all leaves. An `Opening` shows a single leaf and proves it,
and says nothing about the others. `open_all` is for a reader of everything, `open_some` for all
others.
"""

import functools
import hashlib
import hmac
import itertools
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final, TypeAlias

from provenance.core import errors, texts
from provenance.core.ledger import merkle
from provenance.core.record.event import Link
from provenance.core.signing import canonical

MAX_LINKS: Final = 1024
MAX_MEMBERS: Final = 16
MAX_MEMBER_BYTES: Final = 16_384  # of all sealed members of an event, in RFC 8785 form
SEED_BYTES: Final = 32
SALT_BYTES: Final = 16
LABEL: Final = b"custos/sealed/v1"


class Member(StrEnum):
    """The members of an EPCIS event that are always sealed, as JSON pointers (RFC 6901)."""

    TRANSACTIONS = "/bizTransactionList"
    DECLARATION = "/custos:customs/declaration"
    SEALS = "/custos:customs/seals"


class Side(StrEnum):
    """The side of a transformation that an item is on."""

    INPUT = "input"
    OUTPUT = "output"


@dataclass(frozen=True, slots=True)
class SealedLink:
    """The link of an item; `role` in a transformation alone."""

    link: Link
    role: Side | None = None


@dataclass(frozen=True, slots=True)
class SealedMember:
    """A member of the EPCIS event, and its value."""

    member: Member
    value: Any


Leaf: TypeAlias = SealedLink | SealedMember


@dataclass(frozen=True, slots=True)
class Commitment:
    """The member `sealed` of a document: `count` links and `members` members under `root` (hex)."""

    count: int
    members: int
    root: str

    @property
    def leaves(self) -> int:
        """The size of its tree."""
        return self.count + self.members


@dataclass(frozen=True)
class Contents:
    """All that an event seals: links in the order of their subjects, members in that of their
    pointers, and the seed of their salts (32 bytes, never used for another event).
    """

    seed: bytes
    links: tuple[SealedLink, ...]
    members: tuple[SealedMember, ...]

    @property
    def leaves(self) -> tuple[Leaf, ...]:
        """Its leaves, in order."""
        return (*self.links, *self.members)

    @functools.cached_property
    def tree(self) -> tuple[Commitment, list[bytes]]:
        """The commitment to it, and the path of each leaf, as in an opening. Raises BadOpening
        for contents that no event may have, and for a seed of another length; TooLarge for
        more than 1,024 links, and for members of more than 16,384 bytes.
        """
        _check_contents(self)
        root, paths = merkle.tree(leaf_hashes(self))
        return Commitment(len(self.links), len(self.members), root.hex()), paths


@dataclass(frozen=True, slots=True)
class Opening:
    """A leaf that is shown: its index in the tree, its salt, and its RFC 6962 inclusion path, the
    hashes joined.
    """

    index: int
    salt: bytes
    leaf: Leaf
    path: bytes


@dataclass(frozen=True, slots=True)
class Opened:
    """The leaves of an event that a reader was shown, proven."""

    links: tuple[SealedLink, ...] = ()
    members: tuple[SealedMember, ...] = ()


NOTHING: Final = Opened()


# --- sealing ------------------------------------------------------------------------


def seal(
    seed: bytes, links: Iterable[SealedLink], members: Mapping[Member, Any] | None = None
) -> Contents:
    """Return these links and members as contents, in their order."""
    return Contents(
        seed,
        tuple(sorted(links, key=lambda sealed: sealed.link.subject)),
        tuple(SealedMember(name, value) for name, value in sorted((members or {}).items())),
    )


def salt(seed: bytes, index: int) -> bytes:
    """Return the salt of leaf `index`: the first 16 bytes of HMAC-SHA-256(seed, label || index)."""
    return hmac.digest(seed, LABEL + index.to_bytes(4, "big"), "sha256")[:SALT_BYTES]


def leaf_hashes(contents: Contents) -> list[bytes]:
    """Return the RFC 6962 leaf hashes of `contents`, in order."""
    seed = contents.seed
    return [_leaf_hash(leaf, salt(seed, i)) for i, leaf in enumerate(contents.leaves)]


def openings(contents: Contents) -> list[Opening]:
    """Return the opening of every leaf, in order. Raises as `Contents.tree` does."""
    _, paths = contents.tree
    return [
        Opening(index, salt(contents.seed, index), leaf, path)
        for (index, leaf), path in zip(enumerate(contents.leaves), paths, strict=True)
    ]


def _leaf_hash(leaf: Leaf, salted: bytes) -> bytes:
    if isinstance(leaf, SealedLink):
        raw = _link_bytes(leaf, salted.hex())
    else:
        member = {"salt": salted.hex(), "member": leaf.member.value, "value": leaf.value}
        raw = canonical.serialize(member)
    return hashlib.sha256(b"\x00" + raw).digest()


def _link_bytes(sealed: SealedLink, salted: str) -> bytes:
    """Return the RFC 8785 form of a link leaf. `sealed_json` reads no subject that needs escaping,
    and no subject's URI does (held by a test against the serialiser).
    """
    link = sealed.link
    closes = "" if link.closes is None else f'"closes":"{link.closes}",'
    previous = "null" if link.previous is None else f'"{link.previous}"'
    role = "" if sealed.role is None else f'"role":"{sealed.role.value}",'
    return (
        f'{{{closes}"position":{link.position},"previous":{previous},{role}'
        f'"salt":"{salted}","subject":"{link.subject}"}}'
    ).encode()


def _check_contents(contents: Contents) -> None:
    if len(contents.seed) != SEED_BYTES:
        raise errors.BadOpening(f"a seed has {SEED_BYTES} bytes, got {len(contents.seed)}")
    count, members = len(contents.links), len(contents.members)
    check_count(count)
    if members > MAX_MEMBERS or count + members == 0:
        raise errors.BadOpening(
            f"an event seals links, or members, of these at most {MAX_MEMBERS}: not {members}"
        )
    _check_order(contents.links, contents.members)
    _check_values(contents.members)


def check_count(links: int) -> None:
    """Raise TooLarge for more links than an event may seal."""
    if links > MAX_LINKS:
        raise errors.TooLarge(
            f"an event moves at most {MAX_LINKS} items, got {links}", limit=MAX_LINKS
        )


def _check_order(links: Sequence[SealedLink], members: Sequence[SealedMember]) -> None:
    """Raise BadOpening unless each list ascends: no item and no member is there twice."""
    subjects = [sealed.link.subject for sealed in links]
    pointers = [sealed.member for sealed in members]
    for name, list_ in (("links", subjects), ("members", pointers)):
        if any(after <= before for before, after in itertools.pairwise(list_)):
            raise errors.BadOpening(f"sealed {name} stand in ascending order, none twice")


def _check_values(members: Sequence[SealedMember]) -> None:
    values = [sealed.value for sealed in members]
    if not values:
        return
    canonical.refuse_floats(values)
    for part in texts.within(values):
        texts.check(part)
    size = len(canonical.serialize(values))
    if size > MAX_MEMBER_BYTES:
        raise errors.TooLarge(
            f"sealed members have at most {MAX_MEMBER_BYTES} bytes, got {size}",
            limit=MAX_MEMBER_BYTES,
        )


# --- opening ------------------------------------------------------------------------


def open_all(commitment: Commitment, contents: Contents) -> Opened:
    """Return all leaves of `contents`. Raises BadOpening unless `commitment` is the commitment to
    them, and as `Contents.tree` does.
    """
    if contents.tree[0] != commitment:
        raise errors.BadOpening("the openings are not what the event seals: another root or count")
    return Opened(contents.links, contents.members)


def open_some(commitment: Commitment, shown: Sequence[Opening]) -> Opened:
    """Return the leaves of `shown`, each proven to be in `commitment`, in its order: none twice,
    and no two under a single salt. Raises BadOpening, TooLarge, and as `canonical.serialize`
    does.
    """
    root, size = bytes.fromhex(commitment.root), commitment.leaves
    if len({opening.salt for opening in shown}) != len(shown):
        raise errors.BadOpening("two openings of an event show a single leaf or salt")
    for opening in shown:
        is_link = isinstance(opening.leaf, SealedLink)
        if is_link != (opening.index < commitment.count):
            raise errors.BadOpening("links come first in a sealed list, members after them")
        try:
            hashed = _leaf_hash(opening.leaf, opening.salt)
            merkle.check_inclusion(_hashes(opening.path), size, root, opening.index, hashed)
        except errors.BadProof as error:
            raise errors.BadOpening(f"an opening does not prove its leaf: {error.detail}") from None
    leaves = [opening.leaf for opening in sorted(shown, key=lambda opening: opening.index)]
    links = tuple(leaf for leaf in leaves if isinstance(leaf, SealedLink))
    members = tuple(leaf for leaf in leaves if isinstance(leaf, SealedMember))
    _check_order(links, members)
    _check_values(members)
    return Opened(links, members)


def _hashes(path: bytes) -> list[bytes]:
    return [path[i : i + merkle.HASH_BYTES] for i in range(0, len(path), merkle.HASH_BYTES)]
