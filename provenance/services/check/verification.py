"""The check behind every page: gather the record of a subject, and run the plan of
`core.check.bundle` on it.

Nothing is believed because it is in our own database. Every check parses the stored
documents, compares them with their digests and their links with the rows, fetches
proofs from the tiles and runs the same steps as a stranger with the bundle would
(`signatures` remembers the only thing that a digest alone decides), so what was altered
since it was stored can never show green.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Final

from django.conf import settings
from django.db import DatabaseError, connection, transaction
from django.db.models import Q
from django.utils import timezone

from provenance.core import errors, gs1
from provenance.core.check import bundle, collect
from provenance.core.check.collect import Entry, Span
from provenance.core.check.loop import Loop, LoopReason, LoopState, Reason
from provenance.core.check.result import TITLES, Result, Step, StepOutcome, Verdict
from provenance.core.check.trust import Trust
from provenance.core.ledger import policy, tiles, tree_head
from provenance.core.ledger.note import parse_vkey
from provenance.core.record import reading, sealed
from provenance.core.record.event import SignedEvent
from provenance.core.record.sealed import Opening, SealedLink
from provenance.models import ChainLink, Event, Incident, Subject
from provenance.services import keyring, ledger, seals
from provenance.services.check import customs_unions, incidents, signatures
from provenance.services.ledger.ledger import open_ledger
from provenance.services.record import events as stored
from provenance.services.seals import LinkRow, Seed

MAX_RECORDS: Final = 5_000  # that one check reads: some seconds of one process
MAX_BYTES: Final = 32 * 1024 * 1024  # of all documents that one check reads
MAX_OPENINGS: Final = 20_000  # items that the bundle of a logistic unit names
_WORTH_ADDING_UP: Final = 32  # links; so many documents are never more than MAX_BYTES
GOODS = frozenset({gs1.SubjectKind.ITEM, gs1.SubjectKind.LOT, gs1.SubjectKind.LOGISTIC_UNIT})


_BYTES: Final = """
    SELECT coalesce(sum(octet_length(e.document)), 0)
    FROM unnest(%s::uuid[], %s::int[], %s::int[]) AS wanted(id, first, last)
    JOIN provenance_chainlink l ON l.subject_id = wanted.id AND l.position BETWEEN first AND last
    JOIN provenance_event e ON e.id = l.event_id
"""


@dataclass(frozen=True, slots=True)
class Checked:
    """A result, the bundle that was checked or why there is none, and the open incident
    of a broken record.
    """

    result: Result
    held: Mapping[str, Any] | Exception
    incident: Incident | None = None

    @property
    def bundle(self) -> Mapping[str, Any] | None:
        """The bundle; None where there was nothing to run the plan on."""
        return None if isinstance(self.held, Exception) else self.held


class BrokenRecord(errors.ProvenanceError):
    """The stored record does not even hang together: there is no bundle of it.
    `extra["incident"]` is the number of its incident, `extra["reason"]` the code of what
    was found.
    """

    code = "broken-record"


def check(uri: str, *, now: datetime | None = None) -> Result:
    """Check the record of subject `uri`. Never raises for the content of the
    record: that is the verdict.
    """
    return checked(uri, now=now).result


def checked(*uris: str, now: datetime | None = None) -> Checked:
    """Check the first of these readings of one code that has a record; where none has,
    answer for the first. Raises as little as `check`.
    """
    answers = (_checked(uri, now or timezone.now()) for uri in uris)
    first = next(answers)
    unknown = Verdict.NOT_REGISTERED
    if first.result.verdict is not unknown:
        return first
    return next((answer for answer in answers if answer.result.verdict is not unknown), first)


def _checked(uri: str, now: datetime) -> Checked:
    try:
        gathered, arrived_late = _gather(uri)
        result = bundle.check(
            gathered, trust(), now=now, arrived_late=arrived_late, verify=signatures.verify
        )
        return Checked(result, gathered, incidents.note(result))
    except errors.UnknownSubject as error:
        return Checked(_without_plan(uri, Verdict.NOT_REGISTERED, error), error)
    except errors.BundleTooLarge as error:
        return Checked(_without_plan(uri, Verdict.TOO_LARGE, error), error)
    except (DatabaseError, OSError) as error:
        return Checked(_without_plan(uri, Verdict.CANNOT_CHECK_NOW, None), error)
    except errors.ProvenanceError as error:
        result = _without_plan(uri, _verdict_of(error), error)
        return Checked(result, error, incidents.note(result))


def closed(uri: str, error: errors.UnknownSubject) -> Checked:
    """The answer to a reader who may not see subject `uri` (`visibility.check_seen`): as
    for a subject that is not there, except that a recall is said.
    """
    if "recalled" not in error.extra:
        return Checked(_without_plan(uri, Verdict.NOT_REGISTERED, error), error)
    result = _without_plan(uri, Verdict.RECALLED, error)
    return Checked(replace(result, reasons=(Reason(LoopReason.RECALLED),)), error)


def _verdict_of(error: errors.ProvenanceError) -> Verdict:
    """The verdict on a tile that cannot be read, which is our disk's trouble, or on
    anything that reads wrong, which is the record's.
    """
    unreadable = isinstance(error.__cause__, OSError)
    return Verdict.CANNOT_CHECK_NOW if unreadable else Verdict.BROKEN_RECORD


def bundle_for(uri: str) -> Mapping[str, Any]:
    """The bundle about subject `uri`: its chain and every chain that its check needs,
    with proofs under the newest tree head. Of a record that does not check too, as
    evidence, while it can be gathered at all. Raises as `evidence`.
    """
    return evidence(checked(uri))


def evidence(answer: Checked) -> Mapping[str, Any]:
    """The bundle that was checked.

    Raises UnknownSubject, BundleTooLarge, BrokenRecord, and what kept the record from being read:
    DatabaseError, OSError, BadTile.
    """
    if not isinstance(answer.held, Exception):
        return answer.held
    if answer.result.verdict is not Verdict.BROKEN_RECORD:
        raise answer.held
    raise BrokenRecord(
        f"the stored record does not hang together: {answer.held}",
        reason=answer.result.reasons[0].code,
        incident=answer.incident and answer.incident.number,
    )


def _gather(uri: str) -> tuple[dict[str, Any], dict[str, datetime]]:
    """The bundle, and when its events were recorded that came long after what they say
    (`Event.late`).
    """
    loader = _Loader()
    with transaction.atomic():
        _see_one_moment()
        chains = collect.chains(uri, loader.load)
    if not chains[uri]:
        raise errors.UnknownSubject(f"there is no record of {uri}")
    rows = sorted(loader.rows.values(), key=lambda row: (row.recorded_at, row.id))
    proofs = _proofs(rows)
    shown = _packed(uri, loader)
    entries = [
        Entry(
            loader.events[row.digest].document,
            proofs.get(row.digest),
            shown.get(row.digest, loader.openings[row.digest]),
        )
        for row in rows
    ]
    late = {row.digest: row.recorded_at for row in rows if row.late}
    return collect.compose(uri, entries, trust()), late


def trust() -> Trust:
    """The roots of trust of this installation."""
    verifier, registrar = parse_vkey(ledger.ledger_vkey()), keyring.registrar()
    return Trust(
        host=settings.CUSTOS_DID_HOST,
        registrar=registrar,
        policy=policy.Policy((policy.Log(verifier, f"{settings.CUSTOS_ORIGIN}/ledger/"),)),
        customs_unions=customs_unions.MEMBERS,
        late_after=timedelta(hours=settings.CUSTOS_LATE_AFTER),
        former_ledgers=ledger.former_ledgers(),
    )


@dataclass(frozen=True, slots=True)
class _Wanted:
    """A span of the chain of a subject."""

    subject: Subject
    span: Span

    @property
    def last(self) -> int:
        """Its last position."""
        last = self.span.last
        return self.subject.head_position if last is None else last

    @property
    def is_whole(self) -> bool:
        """Whether it is the whole chain."""
        return self.span == Span(0, None)

    def check_end(self, chain: Sequence[SignedEvent]) -> None:
        """Raise BrokenLink unless `chain`, as it was read, is as long as the span."""
        ends = (
            self.span.last is not None or not chain or chain[-1].digest == self.subject.head_digest
        )
        if not ends or len(chain) != self.last - self.span.first + 1:
            raise errors.BrokenLink(f"the chain of {self.subject.uri} does not end where it did")


class _Loader:
    """Reads chains from the database, and holds every row against the document it
    belongs to.
    """

    def __init__(self) -> None:
        self.rows: dict[str, Event] = {}
        self.events: dict[str, SignedEvent] = {}
        self.openings: dict[str, list[Opening]] = {}
        self.bytes = 0

    def load(self, spans: Mapping[str, Span]) -> Mapping[str, Sequence[SignedEvent]]:
        """These spans of chains, in order of position: two queries however many there
        are, three where they are long. Raises BundleTooLarge before it reads too much.
        """
        subjects = {subject.id: subject for subject in Subject.objects.filter(uri__in=spans)}
        wanted = [_Wanted(subject, spans[subject.uri]) for subject in subjects.values()]
        self._check_size(wanted)
        where = Q(subject__in=[each.subject.id for each in wanted if each.is_whole])
        for part in (each for each in wanted if not each.is_whole):
            where |= Q(subject=part.subject, position__range=(part.span.first, part.last))
        rows = (
            ChainLink.objects.filter(where)
            .select_related("event__seal_key")
            .order_by("subject_id", "position")
        )
        chains: dict[str, list[SignedEvent]] = {subject.uri: [] for subject in subjects.values()}
        for row in rows:
            subject = subjects[row.subject_id]
            event, uri = self._event(row, subject), subject.uri
            link = event.by_subject.get(uri)
            if link is None or (link.position, link.previous) != (row.position, row.previous):
                raise errors.BrokenLink(
                    f"position {row.position} of {uri} is not what {event.digest} says"
                )
            chains[uri].append(event)
        for each in wanted:
            each.check_end(chains[each.subject.uri])
        if len(self.events) > MAX_RECORDS:
            raise _too_large(MAX_RECORDS, "records")
        return chains

    def _check_size(self, wanted: Sequence["_Wanted"]) -> None:
        """Raise BundleTooLarge where what is `wanted` is, with what is read already, more
        than one check reads.
        """
        links = sum(each.last - each.span.first + 1 for each in wanted)
        if links > MAX_RECORDS:
            raise _too_large(MAX_RECORDS, "records")
        if links <= _WORTH_ADDING_UP:
            return
        with connection.cursor() as cursor:
            spans = [(each.subject.id, each.span.first, each.last) for each in wanted]
            cursor.execute(_BYTES, [list(column) for column in zip(*spans, strict=True)])
            row = cursor.fetchone()
        if self.bytes + (row[0] if row else 0) > MAX_BYTES:
            raise _too_large(MAX_BYTES, "bytes")

    def _event(self, link: ChainLink, subject: Subject) -> SignedEvent:
        """The event of a link, which is opened if it is sealed."""
        row = link.event
        before = self.events.get(row.digest)
        if before is not None and link.leaf is None:
            return before
        document = stored.parse(row.document, row.digest)
        shown = [*self.openings.get(row.digest, ()), *_openings(document, link, subject)]
        self.openings[row.digest] = shown
        self.events[row.digest] = reading.read(document, row.digest, openings=shown)
        self.rows[row.digest] = row
        self.bytes += len(row.document.encode()) if before is None else 0
        return self.events[row.digest]


def _openings(document: Any, link: ChainLink, subject: Subject) -> list[Opening]:
    event = link.event
    if link.leaf is None or event.seed is None or event.seal_key is None:
        return []
    seed = Seed(event.seed, event.seal_key.encrypted)
    genesis, path = subject.genesis_digest, link.path
    row = LinkRow(subject.uri, link.position, link.previous, link.closes, genesis, link.leaf, path)
    return seals.openings(document, event.digest, seed, [row])


def _packed(uri: str, loader: _Loader) -> dict[str, list[Opening]]:
    """The openings of every link that the events of a logistic unit seal, by digest: a party
    that may see the unit may see its contents. Raises BundleTooLarge.
    """
    if gs1.parse_subject(uri).kind is not gs1.SubjectKind.LOGISTIC_UNIT:
        return {}
    sealing = {row.pk: row for row in loader.rows.values() if row.seal_key_id is not None}
    links = ChainLink.objects.filter(event__in=sealing, leaf__isnull=False)
    if links[: MAX_OPENINGS + 1].count() > MAX_OPENINGS:
        raise _too_large(MAX_OPENINGS, "items")
    return {
        seal.digest: [
            opening
            for opening in sealed.openings(seal.contents(loader.events[seal.digest].document))
            if isinstance(opening.leaf, SealedLink)
        ]
        for seal in seals.seals_of(list(sealing)).values()
    }


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


def _proofs(events: Sequence[Event]) -> dict[str, str]:
    """Digest -> C2SP tlog-proof, for the events that the newest published tree head
    covers.
    """
    indexes = {
        event.ledger_index: event.digest for event in events if event.ledger_index is not None
    }
    texts = ledger.proof_texts(indexes)
    _check_published({index: indexes[index] for index in texts})
    return {indexes[index]: text for index, text in texts.items()}


def _check_published(digests: Mapping[int, str]) -> None:
    """Hold the files that we serve to others against our page: the tree head, and
    the entries of these events.

    Raises LogInconsistent, BadTile. A head published since the proofs were made covers
    them as well.
    """
    ledger = open_ledger()
    head: tree_head.TreeHead = ledger.open_head(
        ledger.files.published(), "the published checkpoint"
    )
    if not digests:
        return
    reader = tiles.TileReader(ledger.files.fetch, head.size, head.root)
    for index, digest in digests.items():
        if reader.entry(index).hex() != digest:
            raise errors.BadTile(f"entry {index} is not the event {digest}")


def _without_plan(uri: str, verdict: Verdict, error: errors.ProvenanceError | None) -> Result:
    """The answer when there was nothing to run the plan on, or what is stored does not
    even hang together.
    """
    code = error.code if error is not None else "unavailable"
    broken = verdict is Verdict.BROKEN_RECORD
    outcome = StepOutcome.FAILED if broken else StepOutcome.SKIPPED
    first = Step(0, outcome, code, error.detail if error is not None else "")
    steps = (first, *(Step(number, StepOutcome.SKIPPED) for number in range(1, len(TITLES))))
    loop = Loop(LoopState.BROKEN, (Reason(LoopReason.CHAIN_BROKEN),)) if broken else None
    return Result(uri, verdict, (Reason(code),), steps, loop)
