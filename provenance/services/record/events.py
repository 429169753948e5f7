"""Signed events as they are stored, read back.

Nothing is believed because we stored it: the digest is checked at every reading, which costs a
hundredth of the parsing, and what an event seals is proven again under its root. (`fsck` alone
reads documents for itself: it names the first thing that is wrong, in an order and with codes of
its own.)
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, TypeVar
from uuid import UUID

from django.db import connection

from provenance.core import errors
from provenance.core.record import reading
from provenance.core.record.event import SignedEvent
from provenance.core.record.reading import Openings
from provenance.core.record.sealed import Contents
from provenance.core.signing import canonical
from provenance.services.record import seals
from provenance.services.record.seals import LinkRow, Seed

T = TypeVar("T")
_MOST: Final = 1000
_WEIGHT: Final = 50  # of an event that seals, beside one that seals nothing
_SEEDS: Final = """
    SELECT e.id, e.digest, e.members, e.seed, k.encrypted
    FROM provenance_event e JOIN provenance_sealkey k ON k.id = e.seal_key_id
    WHERE e.id = ANY(%s)
"""
_LINKS: Final = """
    SELECT l.event_id, s.uri, l.position, l.previous, l.closes, s.genesis_digest, l.leaf, l.path
    FROM provenance_chainlink l JOIN provenance_subject s ON s.id = l.subject_id
    WHERE l.event_id = ANY(%s) AND l.leaf IS NOT NULL
"""


@dataclass(frozen=True, slots=True)
class Seal:
    """What an event seals, as it is stored."""

    digest: str
    members: str
    seed: Seed
    links: list[LinkRow] = field(default_factory=list)

    def contents(self, document: Mapping[str, Any]) -> Contents:
        """All that the event with this parsed document seals. Raises SealLocked, KeyLocked."""
        return seals.contents(document, self.digest, self.seed, self.members, self.links)


def seals_of(ids: Collection[UUID]) -> dict[UUID, Seal]:
    """What the events with these row ids seal; those that seal nothing are left out. Two
    queries, one where none does.
    """
    if not ids:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(_SEEDS, [list(ids)])
        found = {
            id_: Seal(digest, members, Seed(seed, key))
            for id_, digest, members, seed, key in cursor.fetchall()
        }
        if found:
            cursor.execute(_LINKS, [list(found)])
            for id_, *columns in cursor.fetchall():
                found[id_].links.append(LinkRow(*columns))
    return found


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


def read(document: str, digest: str, openings: Openings = ()) -> SignedEvent:
    """Return the event whose row holds this document and digest, opened so far.

    Raises BrokenLink for a document with another digest, else what `canonical.parse` and
    `reading.read` raise.
    """
    return reading.read(parse(document, digest), digest, openings=openings)


def read_whole(document: str, digest: str, seal: Seal | None) -> SignedEvent:
    """Return the event with all that it seals. Raises as `read`, and SealLocked, KeyLocked."""
    parsed = parse(document, digest)
    return reading.read(parsed, digest, openings=seal.contents(parsed) if seal else ())


def parse(document: str, digest: str) -> Any:
    """Return the parsed document of a row. Raises BrokenLink where it has another digest, and
    what `canonical.parse` raises.
    """
    raw = document.encode()
    if canonical.digest(raw) != digest:
        raise errors.BrokenLink(f"the stored document does not hash to {digest}")
    return canonical.parse(raw)
