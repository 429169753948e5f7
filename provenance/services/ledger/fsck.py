"""Deriving everything again from the events, and naming the first thing that is wrong.

1. each event: strict canonical text, digest, shape, all that it seals, columns, signature, the
   authority of its key, its links, and that the rules allowed it in the state it met (`fold`)
2. each entry of the ledger: dense indexes, tiles and entry bundles byte for byte
3. each tree head, the published checkpoint, the lock store and the end of each former ledger:
   signature, row, the root at its size
4. each chain: positions without gap or fork, each link naming the digest before, recorded
   one after the other

The present (the holders of goods) is a read model, and `rebuild` compares that.
"""

from collections import defaultdict
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from dataclasses import replace
from datetime import datetime
from itertools import chain, islice, pairwise
from typing import Any, TypeVar
from uuid import UUID

from django.db import connection, transaction
from django.db.models import F, Q, QuerySet

from provenance.core import errors
from provenance.core.ledger import merkle
from provenance.core.ledger.tree_head import TreeHead as Head
from provenance.core.record import authority, reading
from provenance.core.record.event import GoodsAct, SignedEvent
from provenance.core.record.sealed import Contents, Side
from provenance.core.record.state import KeyState
from provenance.core.record.vocabulary import Act
from provenance.core.signing import canonical, integrity
from provenance.models import ChainLink, Event, SigningKey, TreeHead
from provenance.services import keyring, seals
from provenance.services.ledger import checked, compare
from provenance.services.ledger.audit import Fault, HeadAudit, TileAudit
from provenance.services.ledger.fold import Fold, RowPlace
from provenance.services.ledger.ledger import Ledger, open_ledger
from provenance.services.seals import Seal

FirstFault = Fault
Progress = Callable[[int, int], None]

T = TypeVar("T")

_CHUNK = 1000
_CHECK_LOCK = 0x6375_7374_0003
Links = set[tuple[Any, ...]]
Row = tuple[Any, ...]
_COLUMNS = (
    "id",
    "ledger_index",
    "digest",
    "document",
    "recorded_at",
    "late",
    "seal_key_id",
    "kind",
    "issuer",
    "key",
    "receiver",
    "event_id",
    "event_time",
    "created",
)


class CheckRunning(Exception):
    """Another process is deriving everything again just now."""


def check(progress: Progress | None = None, *, resume: bool = False) -> None:
    """Raise FirstFault unless everything that can be derived from the events is what is
    stored. Changes nothing but the memory of how far it came; with `resume` it goes on
    from there (`checked`). Raises CheckRunning.

    May run while events arrive and workers anchor: everything is read in the order in
    which it grows (`compare`).
    """
    ledger = open_ledger()
    with transaction.atomic():
        _be_the_only_one()
        row = _newest_row(ledger)
        published = _head(ledger, ledger.files.published(), "checkpoint")
        start = checked.start(ledger, resume=resume, published=published.size)
        with closing(_rows(ledger, start.first)) as rows:
            first = list(islice(rows, 1))  # from here on the rows are those of one moment
            signed = _head(ledger, ledger.lock.load(), "lock store")
            _check_order(row, published, signed)
            single = ([("checkpoint", published)], [("lock store", signed)], _ends(ledger, start))
            heads = HeadAudit(start.edge, chain(first, rows), *single)
            _check_events(start, TileAudit(ledger.files.folder, signed.size), heads, progress)
        _check_chains(start.chains)
        _remember(start, heads.confirmed, finished=True)


def _be_the_only_one() -> None:
    """Hold a lock until the transaction ends, however it ends. Raises CheckRunning."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [_CHECK_LOCK])
        if cursor.fetchone() != (True,):
            raise CheckRunning("another check is running")


def _remember(start: checked.Start, head: Head | None, *, finished: bool = False) -> None:
    if head is not None and head.size:
        chains = head.size if finished else start.chains
        with suppress(OSError):  # then the next run begins where this one began
            checked.store(checked.Memory(head.size, head.root.hex(), chains, start.began))


# --- events -------------------------------------------------------------------------


def _check_events(
    start: checked.Start, audit: TileAudit, heads: HeadAudit, progress: Progress | None
) -> None:
    order = (F("ledger_index").asc(nulls_last=True), "recorded_at", "id")
    stored = Event.objects.filter(_since(start.first)).order_by(*order).values_list(*_COLUMNS)
    total, done, anchored = Event.objects.count(), start.first, start.first
    keys, confirmed, fold = _Authority(start.first), heads.confirmed, Fold()
    if start.reader:
        audit.skip(start.first, start.reader)
    with closing(_stream(stored)) as stream:
        for chunk in seals.batches(stream, lambda row: row[6] is not None, most=_CHUNK):
            ids = [row[0] for row in chunk]
            links, sealed = _links(ids), seals.seals_of(ids)
            read = [_check_event(row, links[row[0]], sealed.get(row[0]), keys) for row in chunk]
            for at, row in enumerate(chunk, done):
                if row[1] is not None:
                    _check_entry(row, at, audit, heads)
            anchored += sum(row[1] is not None for row in chunk)
            _check_rules(fold, chunk, read, anchored)
            done += len(chunk)
            if heads.confirmed is not confirmed:
                confirmed = heads.confirmed
                _remember(start, confirmed)
            if progress:
                progress(done, max(done, total))
    heads.finish()
    audit.finish()


def _since(first: int, path: str = "") -> Q:
    """The condition for events from ledger index `first` on, and those without an index."""
    return Q(**{f"{path}ledger_index__isnull": True}) | Q(**{f"{path}ledger_index__gte": first})


def _where(row: Row) -> str:
    return f"event {row[2]}" if row[1] is None else f"event at ledger index {row[1]}"


def _check_entry(row: Row, expected: int, audit: TileAudit, heads: HeadAudit) -> None:
    if row[1] != expected:
        raise Fault(_where(row), errors.LogInconsistent.code, f"expected ledger index {expected}")
    entry = bytes.fromhex(row[2])
    leaf = merkle.leaf_hash(entry)
    heads.add(leaf)
    if expected < audit.size:
        audit.add(entry, leaf)


def _check_event(row: Row, links: Links, seal: Seal | None, keys: "_Authority") -> SignedEvent:
    """Return the event of a row that agrees with its document, with all that it seals. Raises
    Fault.
    """
    _, index, digest, document, _, _, _, *columns = row
    try:
        value = _value(document.encode(), digest)
        contents = seal.contents(value) if seal is not None else None
        event = reading.read(value, digest, openings=contents or ())
        if columns != _columns(event):
            raise errors.BindingMismatch("the columns say otherwise than the document")
        integrity.verify(value)
        keys.check(event, index)
        if _expected(event, contents) != links:
            raise errors.BrokenLink("the chain links are not those of the document")
    except errors.ProvenanceError as error:
        raise Fault(_where(row), error.code, error.detail) from error
    return event


def _expected(event: SignedEvent, contents: Contents | None) -> Links:
    """The rows of an event's links."""
    leaves = contents.links if contents is not None else ()
    paths = contents.tree[1] if contents is not None else []
    places = {
        sealed.link.subject: (sealed.role is Side.OUTPUT, at, paths[at])
        for at, sealed in enumerate(leaves)
    }
    return {
        (
            link.subject,
            link.position,
            link.previous,
            link.closes is not None,
            *places.get(link.subject, (False, None, None)),
        )
        for link in event.links
    }


def _check_rules(
    fold: Fold, rows: Sequence[Row], events: Sequence[SignedEvent], anchored: int
) -> None:
    """Raise Fault unless the rules allowed each of these events. Of all events up to the last
    of them `anchored` have a ledger index.
    """
    places = [
        RowPlace(anchored if index is None else index, index is None, recorded_at, id_)
        for id_, index, _, _, recorded_at, *_ in rows
    ]
    fold.prepare(places[0], events)
    for row, event, place in zip(rows, events, places, strict=True):
        try:
            fold.check(event, place, late=row[5])
        except errors.ProvenanceError as error:
            raise Fault(_where(row), error.code, error.detail) from error


def _value(raw: bytes, digest: str) -> dict[str, Any]:
    value = canonical.parse_object(raw)
    if canonical.serialize(value) != raw:
        raise errors.Malformed("not the canonical text of the document")
    if canonical.digest(raw) != digest:
        raise errors.BindingMismatch("the document has another digest")
    return value


def _columns(event: SignedEvent) -> list[str | datetime]:
    body = event.body
    ours = [body.receiver or "", body.event_id] if isinstance(body, GoodsAct) else ["", ""]
    return [event.act.value, event.issuer, event.key, *ours, event.event_time, event.created]


def _links(events: Sequence[UUID]) -> dict[UUID, Links]:
    links: dict[UUID, Links] = defaultdict(set)
    rows = ChainLink.objects.filter(event__in=events).values_list(
        "event_id", "subject__uri", "position", "previous", "closes", "output", "leaf", "path"
    )
    for event, *columns, leaf, path in rows:
        kept = None if path is None else bytes(path)
        links[event].add((*columns, leaf, kept))
    return links


class _Authority:
    """Whose key is whose, remembered once it was asked for, and the revocations so far: an
    event before the revocation of its key stays valid.
    """

    def __init__(self, first: int) -> None:
        """`first` is the ledger index of the first event that will be asked about."""
        self._registrar = keyring.registrar()
        self._keys: dict[str, SigningKey | None] = {}
        before = Event.objects.filter(kind=Act.KEY_REVOKED, ledger_index__lt=first)
        self._revocations = set(before.values_list("digest", flat=True))

    def check(self, event: SignedEvent, index: int | None) -> None:
        """Raise RevokedKey or KeyNotAuthorised as at capture, for the next event of the
        record.
        """
        authority.check_key(
            event.issuer,
            event.key,
            event.act,
            key_of=self._key,
            registrar=self._registrar,
            index=index,
        )
        if event.act is Act.KEY_REVOKED:
            self._revocations.add(event.digest)

    def _key(self, public_key: str) -> KeyState | None:
        if public_key not in self._keys:
            self._keys[public_key] = SigningKey.objects.filter(public_key=public_key).first()
        row = self._keys[public_key]
        key = row.state if row is not None else None
        if key is not None and key.revoked not in self._revocations:
            key = replace(key, revoked=None, successor="", ended_by="")
        return key


# --- heads and chains ---------------------------------------------------------------


def _newest_row(ledger: Ledger) -> Head:
    """The newest tree head's row."""
    with _named("the newest tree head row"):
        return compare.open_row(ledger, TreeHead.objects.order_by("-size").first())


def _check_order(row: Head, published: Head, signed: Head) -> None:
    """Raise Fault unless each of these heads, which were read in this order, is of no larger
    ledger than the next: a tree head is signed first, then published, then a row.
    """
    heads = (("newest tree head row", row), ("checkpoint", published), ("lock store", signed))
    for (name, older), (where, newer) in pairwise(heads):
        if older.size > newer.size:
            raise Fault(where, errors.LogInconsistent.code, f"the {name} is of a larger ledger")


def _rows(ledger: Ledger, least: int) -> Generator[tuple[str, Head], None, None]:
    """The tree heads of the rows from size `least` on, each checked against its note."""
    before: datetime | None = None
    with closing(_stream(TreeHead.objects.filter(size__gte=least).order_by("size"))) as stream:
        for row in stream:
            where = f"tree head of {row.size}"
            with _named(where):
                head = compare.open_row(ledger, row)
            if before is not None and row.signed_at < before:
                raise Fault(where, errors.BadTimestamp.code, "signed before the head before it")
            before = row.signed_at
            yield where, head


def _ends(ledger: Ledger, start: checked.Start) -> list[tuple[str, Head]]:
    """The last tree heads of former ledgers, by the settings, from where the check begins."""
    return [
        (f"end of {ended.verifier.name}", Head(ended.verifier.name, ended.size, ended.root))
        for ended in ledger.former
        if ended.size >= start.first
    ]


def _head(ledger: Ledger, signed: bytes | None, where: str) -> Head:
    with _named(where):
        return ledger.open_head(signed, where)


@contextmanager
def _named(where: str) -> Iterator[None]:
    try:
        yield
    except errors.LogInconsistent as error:
        raise Fault(where, error.extra.get("cause", error.code), error.detail) from error


def _check_chains(first: int) -> None:
    """Each chain that grew from ledger index `first` on, from position 0, every link
    naming the digest of the event before it.
    """
    links = ChainLink.objects.order_by("subject_id", "position").values_list(
        "subject_id", "subject__uri", "position", "previous", "event__digest", "event__recorded_at"
    )
    if first:
        grown = ChainLink.objects.filter(_since(first, "event__")).values("subject_id")
        links = links.filter(subject_id__in=grown)
    subject: UUID | None = None
    position, head, last = 0, None, None
    with closing(_stream(links)) as stream:
        for subject_id, uri, at, previous, digest, recorded_at in stream:
            if subject_id != subject:
                subject, position, head, last = subject_id, 0, None, None
            where = f"chain of {uri}, position {at}"
            if (at, previous) != (position, head):
                raise Fault(
                    where, errors.BrokenLink.code, f"expected position {position} naming {head}"
                )
            if last is not None and recorded_at <= last:
                raise Fault(where, errors.BadTimestamp.code, "recorded before the event before it")
            position, head, last = position + 1, digest, recorded_at


def _stream(rows: QuerySet[Any, T]) -> Generator[T, None, None]:
    """Rows through a cursor of the server, so memory stays flat. MUST be closed: it
    holds the cursor open.
    """
    yield from rows.iterator(chunk_size=_CHUNK)
