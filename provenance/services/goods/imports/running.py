"""Importing a file: whole deliveries in chunks, each chunk one capture batch, so that a
crash loses nothing.

Rows that are in the record already are recognised by the row digest in each lot's
first event, so a second run of the same file records nothing, and a run after a crash
continues where the other stopped.
"""

import contextlib
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import orjson
from django.db import connection
from django.utils import timezone

from provenance.core import errors
from provenance.models import Event, Job, Subject
from provenance.services import keyring
from provenance.services.goods.imports import (
    deliveries,
    earlier,
    events,
    layout,
    refusals,
    registry,
    table,
)
from provenance.services.goods.imports.deliveries import Delivery
from provenance.services.goods.imports.layout import Line
from provenance.services.goods.imports.refusals import Code, RowRefusal, RowRefused
from provenance.services.record import capture, signing
from provenance.services.registry import parties

KIND = "import_shipments"
CHUNK = 2_000
LOCK = 7_204_001  # one import at a time: its advisory lock
# Not the fault of any row: the import stops, and goes on when it is run again.
_FATAL = (capture.RecordReadOnly, capture.LedgerBehind, keyring.KeyLocked)


class Busy(Exception):
    """Another import is running."""


@dataclass(slots=True)
class Report:
    """How far an import is. `imported` + `already` + `refused` is `rows` when it is
    done.
    """

    file: str
    digest: str
    rows: int
    error_file: Path
    imported: int = 0
    already: int = 0
    refused: list[RowRefusal] = field(default_factory=list)
    events: int = 0
    seconds: float = 0

    @property
    def rate(self) -> float:
        """Events a second so far."""
        return self.events / self.seconds if self.seconds else 0.0


def run(
    path: Path,
    *,
    error_file: Path,
    chunk: int = CHUNK,
    progress: Callable[[Report], None] = lambda _report: None,
) -> Report:
    """Import the delivery file at `path`; rows that cannot be used go to `error_file`.

    `chunk` is the number of events in a batch (a delivery is never cut). Raises
    FileRefused before anything is recorded, Busy, and RecordReadOnly, LedgerBehind or
    KeyLocked in the middle: the same call goes on from there.
    """
    started = time.monotonic()
    with path.open("rb") as file:
        rows = table.Table(file, layout.COLUMNS)
        plan = deliveries.plan(rows, today=timezone.now().date())
        if not plan.total:
            raise refusals.FileRefused(refusals.FileCode.EMPTY, "it has no row below the header")
        source = registry.Source(path.name, rows.digest)
    with _alone():
        parties.bootstrap()
        job = _begin(source, plan.total, error_file)
        report = Report(
            path.name, source.digest, plan.total, error_file, refused=list(plan.refusals)
        )
        identifiers = registry.Registry(source)
        others = earlier.find(plan.deliveries)
        try:
            for some in _chunks(plan.deliveries, chunk):
                _import(some, identifiers, others, report)
                report.seconds = time.monotonic() - started
                _note(job, report)
                progress(report)
            refusals.write(error_file, report.refused)
        except BaseException as error:
            _note(job, report, Job.Status.FAILED, f"{type(error).__name__}: {error}")
            raise
        report.seconds = time.monotonic() - started
        _note(job, report, Job.Status.DONE)
    return report


def _begin(source: registry.Source, total: int, error_file: Path) -> Job:
    # We are the only one, so whatever still says that it runs was killed.
    killed = Job.objects.filter(kind=KIND, status=Job.Status.RUNNING)
    killed.update(status=Job.Status.FAILED, message="interrupted", finished_at=timezone.now())
    return Job.objects.create(
        kind=KIND,
        source=source.name,
        source_digest=source.digest,
        total=total,
        error_file=str(error_file),
    )


@contextlib.contextmanager
def _alone() -> Iterator[None]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s)", [LOCK])
        if not cursor.fetchone()[0]:
            raise Busy("another import is running on this database")
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_unlock(%s)", [LOCK])


def _note(
    job: Job, report: Report, status: Job.Status = Job.Status.RUNNING, message: str = ""
) -> None:
    job.done, job.refused = report.imported + report.already, len(report.refused)
    job.status, job.message = status, message
    if status is not Job.Status.RUNNING:
        job.finished_at = timezone.now()
    job.save()


def _chunks(planned: Sequence[Delivery], size: int) -> Iterator[list[Delivery]]:
    some: list[Delivery] = []
    count = 0
    for delivery in planned:
        more = len(delivery.lines) + events.BESIDES_LOTS
        if some and count + more > size:
            yield some
            some, count = [], 0
        some.append(delivery)
        count += more
    if some:
        yield some


def _import(
    some: Sequence[Delivery],
    identifiers: registry.Registry,
    others: earlier.Earlier,
    report: Report,
) -> None:
    """Import some deliveries as a batch; where the rules refuse it, each delivery by
    itself to find out which.
    """
    identifiers.look_up(line for delivery in some for line in delivery.lines)
    recorded = _recorded(some)
    fresh = [
        new
        for delivery in some
        if (new := _fresh(delivery, recorded, identifiers, others, report)) is not None
    ]
    if not fresh:
        return
    report.events += identifiers.register(line for delivery in fresh for line in delivery.lines)
    if _capture(fresh, identifiers, report) is None:
        return
    for delivery in fresh:
        error = _capture([delivery], identifiers, report)
        if error is not None:
            report.refused += [
                RowRefusal(line.number, layout.SHIPMENT, line.reference, error.code, error.detail)
                for line in delivery.lines
            ]


def _capture(
    fresh: Sequence[Delivery], identifiers: registry.Registry, report: Report
) -> errors.ProvenanceError | None:
    intents = [intent for delivery in fresh for intent in events.of(delivery, identifiers.source)]
    try:
        outcomes = signing.sign_and_capture(intents)
    except _FATAL:
        raise
    except errors.ProvenanceError as error:
        return error
    refused = next((outcome.error for outcome in outcomes if outcome.error is not None), None)
    if refused is None:
        report.imported += sum(len(delivery.lines) for delivery in fresh)
        report.events += len(outcomes)
    return refused


def _recorded(some: Sequence[Delivery]) -> dict[str, str]:
    """URI -> digest of its row ('' for a logistic unit) of what is in the record
    already: two queries.
    """
    units = [events.unit_uri(delivery) for delivery in some]
    lots = [events.lot_uri(line) for delivery in some for line in delivery.lines]
    first = dict(
        Subject.objects.filter(uri__in=[*units, *lots]).values_list("uri", "genesis_digest")
    )
    documents = dict(
        Event.objects.filter(digest__in=[first[uri] for uri in lots if uri in first]).values_list(
            "digest", "document"
        )
    )
    return {
        uri: _row_digest(documents[digest]) if digest in documents else ""
        for uri, digest in first.items()
    }


def _row_digest(document: str) -> str:
    evidence = orjson.loads(document).get("evidence", [])
    return str(evidence[0].get(events.ROW_DIGEST, "")) if evidence else ""


def _fresh(
    delivery: Delivery,
    recorded: dict[str, str],
    identifiers: registry.Registry,
    others: earlier.Earlier,
    report: Report,
) -> Delivery | None:
    """The delivery with the rows that are to be recorded, or None where there are
    none.
    """
    new: list[Line] = []
    unit = events.unit_uri(delivery)
    for line in delivery.lines:
        try:
            there = recorded.get(lot := events.lot_uri(line))
            _compare(line, there, unit in recorded)
            if there is not None:
                report.already += 1
                continue
            others.check(line, unit, lot)
            identifiers.claim(line)
            new.append(line)
        except RowRefused as refused:
            report.refused.append(refused.at(line.number))
    return Delivery(new) if new else None


def _compare(line: Line, there: str | None, shipment_there: bool) -> None:
    if there is None and shipment_there:
        reason = "this shipment is in the record without this row, and was accepted as it was"
        raise RowRefused(Code.SHIPMENT_RECORDED, layout.SHIPMENT, line.reference, reason)
    if there is not None and (there != line.digest or not shipment_there):
        reason = "the record has this row with other content: correct it there"
        raise RowRefused(Code.DIFFERS_FROM_RECORD, layout.ID, line.id, reason)
