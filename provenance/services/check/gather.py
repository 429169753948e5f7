"""The record of a subject, gathered from the database and the ledger's files: every chain
that its check needs, and the proofs of its events.

Each row is held against the document it belongs to. Queries are as few however long the
chains are, and nothing is read beyond the bounds below.
"""

from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from types import MappingProxyType
from typing import Any, Final, NamedTuple
from uuid import UUID

from django.db import connection, transaction

from provenance.core import errors, gs1
from provenance.core.check import bundle, collect
from provenance.core.check.collect import Entry, Span
from provenance.core.check.trust import Trust
from provenance.core.ledger.proof import Proof
from provenance.core.record import reading, sealed
from provenance.core.record.event import SignedEvent
from provenance.core.record.sealed import Opening
from provenance.models import TreeHead
from provenance.services import ledger, prepared, seals
from provenance.services.check import documents, signatures
from provenance.services.seals import LinkRow, Seed, StoredLink

MAX_RECORDS: Final = 5_000  # that one check reads: some seconds of one process
MAX_OPENINGS: Final = 20_000  # items that the bundle of a logistic unit names
MAX_BYTES: Final = 32 * 1024 * 1024  # of all documents that one check reads
_WORTH_ADDING_UP: Final = 32  # links; so many documents are never more than MAX_BYTES
_SHORT: Final = 4  # links of a chain that is read before it is asked for

_ASKED: Final = """
    WITH asked AS MATERIALIZED (
        SELECT s.id, s.uri, s.head_digest, s.genesis_digest, span.first,
            coalesce(span.last, s.head_position) AS last, span.last IS NULL AS to_the_head,
            EXISTS (
                SELECT 1 FROM provenance_incident i WHERE i.subject = s.uri AND i.mended_at IS NULL
            ) AS has_incident
        FROM unnest(%(uris)s::text[], %(firsts)s::int[], %(lasts)s::int[]) AS span(uri, first, last)
        JOIN provenance_subject s ON s.uri = span.uri
    )
"""
# Each subject asked for has a row at least; its links come only if all of them are few enough.
_LINKS: Final = """
    , links AS MATERIALIZED (
        SELECT asked.uri, asked.head_digest, asked.genesis_digest, asked.first, asked.last,
            asked.to_the_head, asked.has_incident, link.*
        FROM asked LEFT JOIN LATERAL (
            SELECT l.position, l.previous, e.digest, e.document, e.ledger_index, e.recorded_at,
                e.late, e.id::text, e.issuer, e.receiver, e.key, l.closes, l.output, l.leaf,
                l.path, e.seed, k.encrypted
            FROM provenance_chainlink l JOIN provenance_event e ON e.id = l.event_id
            LEFT JOIN provenance_sealkey k ON k.id = e.seal_key_id
            WHERE l.subject_id = asked.id AND l.position BETWEEN asked.first AND asked.last
        ) link ON (SELECT sum(last - first + 1) FROM asked) <= %(most)s
    )
"""
_IN_ORDER: Final = """
    SELECT uri, head_digest, genesis_digest, first, last, to_the_head, has_incident, position,
        previous, digest, document, ledger_index, recorded_at, late, id, closes, output, leaf,
        path, seed, encrypted
    FROM links ORDER BY uri, position
"""
_SPANS: Final = _ASKED + _LINKS + _IN_ORDER
# Those links, and the chains of the parties and keys that their events name, where short.
_AND_SIGNERS: Final = """
    , signers AS (
        SELECT DISTINCT signer.uri
        FROM links CROSS JOIN LATERAL (
            VALUES (%(party)s || issuer), (%(party)s || receiver), (%(key)s || key)
        ) AS signer(uri)
        WHERE signer.uri <> ALL(%(uris)s::text[])
    ), foreseen AS (
        SELECT uri, head_digest, genesis_digest, first, last, to_the_head, has_incident, position,
            previous, digest, document, ledger_index, recorded_at, late, id, closes, output, leaf,
            path, seed, encrypted
        FROM links
        UNION ALL
        SELECT s.uri, s.head_digest, s.genesis_digest, 0, s.head_position, true, false, l.position,
            l.previous, e.digest, e.document, e.ledger_index, e.recorded_at, e.late, e.id::text,
            false, false, NULL, NULL, NULL, NULL
        FROM signers
        JOIN provenance_subject s ON s.uri = signers.uri AND s.head_position < %(short)s
        JOIN provenance_chainlink l ON l.subject_id = s.id
        JOIN provenance_event e ON e.id = l.event_id
    )
    SELECT foreseen.*, newest.size, newest.root, newest.note
    FROM foreseen LEFT JOIN (
        SELECT size, root, note FROM provenance_treehead ORDER BY size DESC LIMIT 1
    ) newest ON true
    ORDER BY uri, position
"""
_FORESEEN: Final = _ASKED + _LINKS + _AND_SIGNERS
_BYTES: Final = """
    SELECT coalesce(sum(octet_length(e.document)), 0)
    FROM asked
    JOIN provenance_chainlink l
        ON l.subject_id = asked.id AND l.position BETWEEN asked.first AND asked.last
    JOIN provenance_event e ON e.id = l.event_id
"""


@dataclass(frozen=True, slots=True)
class Gathered:
    """The entries of a bundle about `subject`, in the order recorded; by the digests of their
    events, the openings that it needs, and when those were recorded that came long after they
    happened (`Event.late`); the roots it names, and whether it has an open incident.
    """

    subject: str
    entries: Sequence[bundle.Entry]
    openings: Mapping[str, Sequence[Opening]]
    trust: Trust
    late: Mapping[str, datetime]
    has_incident: bool

    def reads(self) -> list[bundle.Read]:
        """The entries, as `bundle.check_entries` asks for them."""
        return [partial(self._read, *entry) for entry in self.entries]

    def composed(self) -> dict[str, Any]:
        """The bundle that holds exactly these entries."""
        held = [
            Entry(
                event.document,
                None if proof is None else proof.format().decode(),
                self.openings.get(event.digest, ()),
            )
            for event, proof in self.entries
        ]
        return collect.compose(self.subject, held, self.trust)

    def _read(self, event: SignedEvent, proof: Proof | None) -> bundle.Entry:
        """Raise as `bundle.check_event` does."""
        signatures.check_event(event, self.trust.host)
        return event, proof


class _Row(NamedTuple):
    """A link of a subject asked for, with its event; no `position` where it has no link."""

    uri: str
    head_digest: str
    genesis: str
    first: int
    last: int
    to_the_head: bool
    has_incident: bool
    position: int | None
    previous: str | None
    digest: str
    document: str
    ledger_index: int | None
    recorded_at: datetime
    late: bool
    id: str
    closes: bool
    output: bool
    leaf: int | None
    path: bytes | None
    seed: bytes | None
    seal_key: bytes | None

    @property
    def sealed(self) -> StoredLink | None:
        """The link with all that opens it, if it is sealed."""
        if self.position is None or self.leaf is None or self.seed is None or not self.seal_key:
            return None
        row = LinkRow(
            self.uri,
            self.position,
            self.previous,
            self.closes,
            self.output,
            self.genesis,
            self.leaf,
            self.path,
        )
        return StoredLink(row, Seed(self.seed, self.seal_key))


class _Unforeseen(Exception):
    """More chains are needed than the first query gave."""


def gather(uri: str, trust: Trust) -> Gathered:
    """Return the record of subject `uri`, with proofs under the newest tree head.

    Raises UnknownSubject, BundleTooLarge, DatabaseError, BrokenLink and what reading a
    document raises, and as `ledger.proofs_served` does.
    """
    loader, newest = _load(uri, trust)
    if not loader.chains[uri]:
        raise errors.UnknownSubject(f"there is no record of {uri}")
    openings = _packed(loader) if _is_unit(uri) else _own(loader)
    rows = sorted(loader.rows.values(), key=lambda row: (row.recorded_at, row.id))
    anchored = {row.ledger_index: row.digest for row in rows if row.ledger_index is not None}
    proofs = ledger.proofs_served(newest, anchored)
    entries = [(loader.events[row.digest], _proof(proofs, row.ledger_index)) for row in rows]
    late = {row.digest: row.recorded_at for row in rows if row.late}
    return Gathered(uri, entries, openings, trust, late, uri in loader.incidents)


def _is_unit(uri: str) -> bool:
    return gs1.parse_subject(uri).kind is gs1.SubjectKind.LOGISTIC_UNIT


def _own(loader: "_Loader") -> dict[str, list[Opening]]:
    """The openings of the links by which the events were loaded, by digest."""
    return {
        digest: seals.openings(loader.events[digest].document, digest, link.seed, [link.row])
        for digest, row in loader.rows.items()
        if (link := row.sealed) is not None
    }


def _packed(loader: "_Loader") -> dict[str, list[Opening]]:
    """The openings of every link that the events of a logistic unit seal, by digest, now that the
    loader has read them with these: a party that may see the unit may see its contents. Raises
    BundleTooLarge, BadOpening.
    """
    sealing = {UUID(row.id): loader.events[row.digest] for row in loader.rows.values() if row.seed}
    count = sum(event.document["sealed"]["count"] for event in sealing.values())
    if count > MAX_OPENINGS:
        raise _too_large(MAX_OPENINGS, "items")
    openings: dict[str, list[Opening]] = {}
    for id_, seal in seals.seals_of(list(sealing)).items():
        document = sealing[id_].document
        contents = seal.contents(document)
        shown = sealed.openings(contents)[: len(contents.links)]
        loader.events[seal.digest] = reading.read(document, seal.digest, openings=shown)
        openings[seal.digest] = shown
    return openings


def _proof(proofs: Mapping[int, Proof], index: int | None) -> Proof | None:
    return None if index is None else proofs.get(index)


def _load(uri: str, trust: Trust) -> tuple["_Loader", TreeHead | None]:
    """A loader that has read the chains, and the newest tree head, not read before them."""
    rows, newest = _foreseen(uri, trust)
    loader = _Loader(rows)
    try:
        loader.chains = collect.chains(uri, loader.load)
    except _Unforeseen:
        loader = _Loader()
        with transaction.atomic():
            _see_one_moment()
            loader.chains = collect.chains(uri, loader.load)
        newest = ledger.latest()
    return loader, newest


def _foreseen(uri: str, trust: Trust) -> tuple[dict[str, list[_Row]], TreeHead | None]:
    """The rows of chains that the check of `uri` most likely needs, and the newest tree head,
    all of one moment: its own chain, that of its product, and those of the registrar and of
    the signers; none where there is much. A chain that is not there is empty.
    """
    subject, registrar = gs1.parse_subject(uri), trust.registrar
    party, key = gs1.party_uri(registrar.gln), gs1.key_uri(registrar.public_key)
    uris = {uri, party, key} | ({gs1.product_uri(subject.gtin)} if subject.gtin else set())
    more: dict[str, int | str] = {
        "short": _SHORT,
        "party": party.removesuffix(registrar.gln),
        "key": key.removesuffix(registrar.public_key),
    }
    given = _rows(_FORESEEN, dict.fromkeys(sorted(uris), Span(0, None)), more)
    heads = (TreeHead(size=size, root=root, note=note) for *_, size, root, note in given if size)
    rows = [_Row._make(row[: len(_Row._fields)]) for row in given]
    few = _count(rows, uris) <= _WORTH_ADDING_UP
    return {each: [] for each in uris} | _by_uri(rows) if few else {}, next(heads, None)


class _Loader:
    """Reads chains from the database, and holds every row against the document it
    belongs to. With `foreseen` rows it takes what they have, of whole chains, and raises
    _Unforeseen for any other.
    """

    def __init__(self, foreseen: Mapping[str, list[_Row]] | None = None) -> None:
        self.rows: dict[str, _Row] = {}
        self.events: dict[str, SignedEvent] = {}
        self.chains: Mapping[str, Sequence[SignedEvent]] = {}
        self.incidents: set[str] = set()
        self.bytes = 0
        self._foreseen = foreseen

    def load(self, spans: Mapping[str, Span]) -> Mapping[str, Sequence[SignedEvent]]:
        """These spans of chains, in order of position: one query however many there are,
        three where they are long. Raises BundleTooLarge before it reads too much.
        """
        foreseen = self._foreseen
        by_uri = self._read(spans) if foreseen is None else _taken(foreseen, spans)
        chains: dict[str, list[SignedEvent]] = {}
        for uri, rows in by_uri.items():
            chains[uri] = [self._event(row) for row in rows if row.position is not None]
            for subject in rows[:1]:
                _check_end(subject, chains[uri])
                self.incidents |= {uri} if subject.has_incident else set()
        if len(self.events) > MAX_RECORDS:
            raise _too_large(MAX_RECORDS, "records")
        return chains

    def _read(self, spans: Mapping[str, Span]) -> dict[str, list[_Row]]:
        rows = list(map(_Row._make, _rows(_SPANS, spans)))
        if (links := _count(rows, spans)) > _WORTH_ADDING_UP:
            self._check_size(spans, links)
            rows = list(map(_Row._make, _rows(_SPANS, spans, most=links)))
        return _by_uri(rows)

    def _check_size(self, spans: Mapping[str, Span], links: int) -> None:
        """Raise BundleTooLarge where so many links are, with what is read already, more
        than one check reads.
        """
        if links > MAX_RECORDS:
            raise _too_large(MAX_RECORDS, "records")
        with connection.cursor() as cursor:
            cursor.execute(_ASKED + _BYTES, _parameters(spans))
            (size,) = cursor.fetchone()
        if self.bytes + size > MAX_BYTES:
            raise _too_large(MAX_BYTES, "bytes")

    def _event(self, row: _Row) -> SignedEvent:
        """The event of a link, as its document says. Raises BrokenLink."""
        event = self.events.get(row.digest)
        if event is None or (row.leaf is not None and row.uri not in event.by_subject):
            raw = row.document.encode()
            self.bytes += len(raw) if event is None else 0
            event = self.events[row.digest] = documents.read(raw, row.digest, row.sealed)
            self.rows[row.digest] = row
        link = event.by_subject.get(row.uri)
        if link is None or (link.position, link.previous) != (row.position, row.previous):
            raise errors.BrokenLink(
                f"position {row.position} of {row.uri} is not what {row.digest} says"
            )
        return event


def _rows(
    query: str,
    spans: Mapping[str, Span],
    more: Mapping[str, int | str] = MappingProxyType({}),
    *,
    most: int = _WORTH_ADDING_UP,
) -> list[tuple[Any, ...]]:
    """The rows of these spans: of each subject one at least, and its links if those of all
    of them are at most `most`.
    """
    return prepared.rows(query, {**_parameters(spans), "most": most, **more})


def _parameters(spans: Mapping[str, Span]) -> dict[str, list[Any]]:
    firsts, lasts = zip(*spans.values(), strict=True)
    return {"uris": list(spans), "firsts": list(firsts), "lasts": list(lasts)}


def _taken(foreseen: Mapping[str, list[_Row]], spans: Mapping[str, Span]) -> dict[str, list[_Row]]:
    """The rows of `spans`, if they are whole chains that were foreseen. Raises _Unforeseen."""
    if any(span != Span(0, None) or uri not in foreseen for uri, span in spans.items()):
        raise _Unforeseen
    return {uri: foreseen[uri] for uri in spans}


def _by_uri(rows: Sequence[_Row]) -> dict[str, list[_Row]]:
    by_uri: dict[str, list[_Row]] = {}
    for row in rows:
        by_uri.setdefault(row.uri, []).append(row)
    return by_uri


def _count(rows: Sequence[_Row], uris: Container[str]) -> int:
    """The links of those of `uris` that are in `rows`, those left out included."""
    spans = {(row.uri, row.first, row.last) for row in rows if row.uri in uris}
    return sum(last - first + 1 for _, first, last in spans)


def _check_end(subject: _Row, chain: Sequence[SignedEvent]) -> None:
    """Raise BrokenLink unless a chain, as it was read, is as long as its span."""
    ends = not subject.to_the_head or not chain or chain[-1].digest == subject.head_digest
    if not ends or len(chain) != subject.last - subject.first + 1:
        raise errors.BrokenLink(f"the chain of {subject.uri} does not end where it did")


def _too_large(limit: int, unit: str) -> errors.BundleTooLarge:
    return errors.BundleTooLarge(
        f"more than {limit} {unit} with all that it rests on: read its events page by page",
        limit=limit,
    )


def _see_one_moment() -> None:
    """Read everything as of one moment, so that an event stored meanwhile is in all
    chains or in none.
    """
    if not connection.in_atomic_block or len(connection.savepoint_ids) > 0:
        return
    with connection.cursor() as cursor:
        cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
