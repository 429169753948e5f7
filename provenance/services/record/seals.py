"""What events seal, as it is stored: the encrypted seed of an event, its sealed members, and of
each sealed link its index and path (docs/format.md, "Sealed lists").

`contents` puts together all that an event seals, `opening` shows a single link of it. A copy of
the tables alone holds no seed; docs/trust.md says what it reveals all the same.
"""

import functools
import os
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, TypeAlias

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from provenance.core import errors
from provenance.core.epcis.vocabulary import EventType
from provenance.core.record import sealed
from provenance.core.record.event import Link
from provenance.core.record.sealed import Contents, Member, Opening, SealedLink, SealedMember, Side
from provenance.core.signing import canonical
from provenance.services import keyring

_NONCE_BYTES = 12
Raw: TypeAlias = bytes | memoryview


class SealLocked(errors.ProvenanceError):
    """The seed of an event was encrypted under another key, or altered."""

    code = "seal-locked"


class LinkRow(NamedTuple):
    """A link as it is stored; `genesis` is the digest of position 0 of its chain. One in clear
    has neither `leaf` nor `path`.
    """

    subject: str
    position: int
    previous: str | None
    closes: bool
    genesis: str
    leaf: int | None
    path: Raw | None


@dataclass(frozen=True, slots=True)
class Seed:
    """The seed of an event as it is stored: under the key of a SealKey row."""

    encrypted: Raw
    seal_key: Raw


def encrypt(seed: bytes, digest: str, key: bytes) -> bytes:
    """Return the seed of the event with this digest as it is stored, under a seal key."""
    nonce = os.urandom(_NONCE_BYTES)
    return nonce + _cipher(key).encrypt(nonce, seed, digest.encode())


def decrypt(seed: Seed, digest: str) -> bytes:
    """Return the seed of the event with this digest. Raises SealLocked, KeyLocked."""
    key = keyring.open_seal_key(bytes(seed.seal_key))
    stored = bytes(seed.encrypted)
    try:
        return _cipher(key).decrypt(stored[:_NONCE_BYTES], stored[_NONCE_BYTES:], digest.encode())
    except InvalidTag:
        raise SealLocked(f"the seed of {digest} is under another key, or altered") from None


def write_members(members: Sequence[SealedMember]) -> str:
    """Return the sealed members as they are stored: RFC 8785 JSON, empty for none."""
    values = {sealed.member.value: sealed.value for sealed in members}
    return canonical.serialize(values).decode() if values else ""


def contents(
    document: Any, digest: str, seed: Seed, members: str, links: Sequence[LinkRow]
) -> Contents:
    """Return all that the event of these rows seals. Raises as `decrypt`."""
    transforms = _transforms(document)
    values = canonical.parse_object(members.encode()) if members else {}
    return Contents(
        decrypt(seed, digest),
        tuple(_sealed(row, transforms=transforms) for row in sorted(links, key=_leaf)),
        tuple(SealedMember(Member(name), value) for name, value in sorted(values.items())),
    )


def openings(document: Any, digest: str, seed: Seed, rows: Sequence[LinkRow]) -> list[Opening]:
    """Return the openings of those of `rows`, links of the event of this parsed document, that
    are sealed. Raises as `decrypt`.
    """
    if all(row.leaf is None for row in rows):
        return []
    opened, transforms = decrypt(seed, digest), _transforms(document)
    return [
        Opening(
            row.leaf,
            sealed.salt(opened, row.leaf),
            _sealed(row, transforms=transforms),
            bytes(row.path or b""),
        )
        for row in rows
        if row.leaf is not None
    ]


def _leaf(row: LinkRow) -> int:
    return -1 if row.leaf is None else row.leaf


def _transforms(document: Any) -> bool:
    return bool(document["credentialSubject"].get("type") == EventType.TRANSFORMATION)


def _sealed(row: LinkRow, *, transforms: bool) -> SealedLink:
    """What goes into a transformation has a chain already, and what comes out begins one."""
    link = Link(row.subject, row.position, row.previous, row.genesis if row.closes else None)
    side = Side.INPUT if row.position else Side.OUTPUT
    return SealedLink(link, side if transforms else None)


@functools.lru_cache(maxsize=4)
def _cipher(key: bytes) -> AESGCM:
    return AESGCM(key)
