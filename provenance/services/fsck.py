"""Deriving everything again from the events, and naming the first thing that is wrong.

1. each event: strict canonical text, digest, shape, columns, signature, its key one of its issuer's, its links
2. each entry of the ledger: dense indexes, tiles and entry bundles byte for byte
3. each tree head: its signature, its row, the root at its size; the published checkpoint and the lock store too
4. each chain: positions without gap or fork, each link naming the digest before

What can be said only of the present (who holds what) is a read model, and `rebuild` compares that.
"""

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from itertools import chain, islice
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import F

from provenance.core import canonical, errors, integrity, merkle, record
from provenance.core.treehead import TreeHead as Head
from provenance.models import ChainLink, Event, SigningKey, TreeHead
from provenance.services.anchoring import compare
from provenance.services.anchoring.audit import Fault, HeadAudit, TileAudit
from provenance.services.anchoring.ledger import Ledger, open_ledger

FirstFault = Fault
Progress = Callable[[int, int], None]

_CHUNK = 1000
Links = set[tuple[str, int, str | None]]
_COLUMNS = (
    "id",
    "ledger_index",
    "digest",
    "document",
    "kind",
    "issuer",
    "key",
    "event_id",
    "event_time",
    "created",
)


def check(progress: Progress | None = None) -> None:
    """Raise FirstFault unless everything that can be derived from the events is what is stored. Changes nothing.

    May run while events arrive and workers anchor: everything is read in the order in which it grows (`compare`).
    """
    ledger = open_ledger()
    with transaction.atomic():
        published = _head(ledger, ledger.files.published(), "checkpoint")
        rows = _rows(ledger)
        first = next(rows, None)
        signed = _head(ledger, ledger.lock.load(), "lock store")
        if published.size > signed.size:
            raise Fault(
                "lock store", errors.LogInconsistent.code, "the published checkpoint is of a larger ledger"
            )
        heads = HeadAudit(
            [] if first is None else chain([first], rows),
            [("checkpoint", published)],
            [("lock store", signed)],
        )
        _check_events(TileAudit(ledger.files.folder, signed.size), heads, progress)
        _check_chains()


# --- events ----------------------------------------------------------------------------------------------------


def _check_events(audit: TileAudit, heads: HeadAudit, progress: Progress | None) -> None:
    events = Event.objects.order_by(F("ledger_index").asc(nulls_last=True)).values_list(*_COLUMNS)
    stream = events.iterator(chunk_size=_CHUNK)
    total, done = Event.objects.count(), 0
    holders = _Holders()
    while chunk := list(islice(stream, _CHUNK)):
        links = _links([row[0] for row in chunk])
        for row in chunk:
            where = f"event {row[2]}" if row[1] is None else f"event at ledger index {row[1]}"
            _check_event(row, links[row[0]], holders, where)
            if row[1] is not None:
                if row[1] != done:
                    raise Fault(where, errors.LogInconsistent.code, f"expected ledger index {done}")
                entry = bytes.fromhex(row[2])
                leaf = merkle.leaf_hash(entry)
                heads.add(leaf)
                if done < audit.size:
                    audit.add(entry, leaf)
            done += 1
        if progress:
            progress(done, max(done, total))
    heads.finish()
    audit.finish()


def _check_event(row: Sequence[Any], links: Links, holders: "_Holders", where: str) -> None:
    _, _, digest, document, *columns = row
    raw = document.encode()
    try:
        value = canonical.parse_object(raw)
        if canonical.serialize(value) != raw:
            raise errors.Malformed("not the canonical text of the document")
        if canonical.digest(raw) != digest:
            raise errors.BindingMismatch("the document has another digest")
        found = record.read(value, digest)
        if columns != _columns(found):
            raise errors.BindingMismatch("the columns say otherwise than the document")
        integrity.verify(value)
        holders.check(found)
        if {(link.subject, link.position, link.previous) for link in found.links} != links:
            raise errors.BrokenLink("the chain links are not those of the document")
    except errors.ProvenanceError as error:
        raise Fault(where, error.code, error.detail) from error


def _columns(found: record.Record) -> list[str | datetime]:
    event_id = found.goods.event_id if found.goods else ""
    return [found.kind.value, found.issuer, found.key, event_id, found.event_time, found.created]


def _links(events: Sequence[UUID]) -> dict[UUID, Links]:
    links: dict[UUID, Links] = defaultdict(set)
    rows = ChainLink.objects.filter(event__in=events).values_list(
        "event_id", "subject__uri", "position", "previous"
    )
    for event, uri, position, previous in rows:
        links[event].add((uri, position, previous))
    return links


class _Holders:
    """Whose key is whose, remembered while it is asked for."""

    def __init__(self) -> None:
        self._glns: dict[str, str | None] = {}

    def check(self, found: record.Record) -> None:
        if found.key not in self._glns:
            rows = SigningKey.objects.filter(public_key=found.key)
            self._glns[found.key] = rows.values_list("party_id", flat=True).first()
        if self._glns[found.key] != found.issuer:
            raise errors.KeyNotAuthorised("the key that signed is not one of the issuer's")


# --- heads and chains ------------------------------------------------------------------------------------------


def _rows(ledger: Ledger) -> Iterator[tuple[str, Head]]:
    """The tree heads of the rows, by size, each checked against its note."""
    before: datetime | None = None
    for row in TreeHead.objects.order_by("size").iterator(chunk_size=_CHUNK):
        where = f"tree head of {row.size}"
        try:
            head = compare.open_row(ledger, row)
        except errors.LogInconsistent as error:
            raise Fault(where, error.extra.get("cause", error.code), error.detail) from error
        if before is not None and row.signed_at < before:
            raise Fault(where, errors.BadTimestamp.code, "signed before the head before it")
        before = row.signed_at
        yield where, head


def _head(ledger: Ledger, signed: bytes | None, where: str) -> Head:
    try:
        return ledger.open_head(signed, where)
    except errors.LogInconsistent as error:
        raise Fault(where, error.extra.get("cause", error.code), error.detail) from error


def _check_chains() -> None:
    """Each chain from position 0, every link naming the digest of the event before it."""
    links = ChainLink.objects.order_by("subject_id", "position").values_list(
        "subject_id", "subject__uri", "position", "previous", "event__digest"
    )
    subject, position, head = None, 0, None
    for subject_id, uri, at, previous, digest in links.iterator(chunk_size=_CHUNK):
        if subject_id != subject:
            subject, position, head = subject_id, 0, None
        if (at, previous) != (position, head):
            raise Fault(
                f"chain of {uri}, position {at}",
                errors.BrokenLink.code,
                f"expected position {position} naming {head}",
            )
        position, head = position + 1, digest
