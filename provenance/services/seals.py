"""Stored seals: the encrypted seed of an event, its sealed members, and of
each sealed link its index and path (docs/format.md, "Sealed lists").

`contents` puts together all that an event seals, `opening` shows a single link of it. A copy of
the tables alone holds no seed; docs/trust.md says how much it reveals all the same.
"""

import functools
import os
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple, TypeAlias, TypeVar
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.db import connection

from provenance.core import errors
from provenance.core.epcis.vocabulary import EventType
from provenance.core.record import sealed
from provenance.core.record.event import Link
from provenance.core.record.sealed import Contents, Member, Opening, SealedLink, SealedMember, Side
from provenance.core.signing import canonical
from provenance.services import keyring

T = TypeVar("T")
_MOST: Final = 1000
_WEIGHT: Final = 50  # of an event that seals, beside one that seals nothing
_SEEDS: Final = """
    SELECT e.id, e.digest, e.members, e.seed, k.encrypted
    FROM provenance_event e JOIN provenance_sealkey k ON k.id = e.seal_key_id
    WHERE e.id = ANY(%s)
"""
_LINKS: Final = """
    SELECT l.event_id, s.uri, l.position, l.previous, l.closes, l.output, s.genesis_digest, l.leaf,
        l.path
    FROM provenance_chainlink l JOIN provenance_subject s ON s.id = l.subject_id
    WHERE l.event_id = ANY(%s) AND l.leaf IS NOT NULL
"""
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
    output: bool
    genesis: str
    leaf: int | None
    path: Raw | None


@dataclass(frozen=True, slots=True)
class Seed:
    """The seed of an event as it is stored: under the key of a SealKey row."""

    encrypted: Raw
    seal_key: Raw


class StoredLink(NamedTuple):
    """A sealed link with all that opens it, as both are stored."""

    row: LinkRow
    seed: Seed


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
    link = Link(row.subject, row.position, row.previous, row.genesis if row.closes else None)
    side = Side.OUTPUT if row.output else Side.INPUT
    return SealedLink(link, side if transforms else None)


@functools.lru_cache(maxsize=4)
def _cipher(key: bytes) -> AESGCM:
    return AESGCM(key)


# --- reading rows ---------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Seal:
    """The stored seal of an event."""

    digest: str
    members: str
    seed: Seed
    links: list[LinkRow] = field(default_factory=list)

    def contents(self, document: Mapping[str, Any]) -> Contents:
        """All that the event with this parsed document seals. Raises SealLocked, KeyLocked."""
        return contents(document, self.digest, self.seed, self.members, self.links)


def seals_of(ids: Collection[UUID]) -> dict[UUID, Seal]:
    """The seals of the events with these row ids that seal anything. Two queries, one where none
    does.
    """
    if not ids:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(_SEEDS, [list(ids)])
        sealed = {
            id_: Seal(digest, members, Seed(seed, key))
            for id_, digest, members, seed, key in cursor.fetchall()
        }
        if sealed:
            cursor.execute(_LINKS, [list(sealed)])
            for id_, *columns in cursor.fetchall():
                sealed[id_].links.append(LinkRow(*columns))
    return sealed


def batches(
    rows: Iterable[T], seals: Callable[[T], bool], *, most: int = _MOST
) -> Iterator[list[T]]:
    """Yield rows of events in batches of at most `most`, or a fiftieth of it that seal something:
    as many as may be read whole at once.
    """
    batch: list[T] = []
    weight = 0
    for row in rows:
        batch.append(row)
        weight += _WEIGHT if seals(row) else 1
        if weight >= most:
            yield batch
            batch, weight = [], 0
    if batch:
        yield batch
