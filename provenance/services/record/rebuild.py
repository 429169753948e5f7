"""Everything that is not an event is a read model: compute each one again from the
events, and compare.

The same folds and the same projection as at capture run over all events in the order of
the ledger, with no captured state to lean on. Writers wait meanwhile, and the folded
states are held in memory: about a kilobyte a subject.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Final

from django.db import connection, models, transaction
from django.db.models import F

from provenance.core.record import transition
from provenance.models import (
    Checkpoint,
    Event,
    Handoff,
    Licence,
    Party,
    Product,
    Right,
    Shipment,
    ShipmentLine,
    SigningKey,
    Subject,
)
from provenance.services.record import events
from provenance.services.record.capture import decide, store
from provenance.services.record.capture.load import SubjectRow
from provenance.services.record.projections import Projection

Key = tuple[Any, ...]
Values = dict[str, Any]
STEP: Final = 1000


@dataclass(frozen=True, slots=True)
class Table:
    """One read model: its natural key and what the events say it holds."""

    model: type[models.Model]
    key: tuple[str, ...]
    expected: dict[Key, Values]


def rebuild(progress: Callable[[int], None] | None = None) -> list[str]:
    """Compute every read model from the events and put right what differs; returns the
    differences found.

    `progress` is told the number of events folded, now and then.
    """
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute(
                "LOCK TABLE provenance_subject IN SHARE ROW EXCLUSIVE MODE"
            )  # capture waits
        return [difference for table in _fold(progress) for difference in _compare(table)]


def _fold(progress: Callable[[int], None] | None) -> list[Table]:
    """What the tables hold, if they hold what the events say."""
    projection, rows, recorded = Projection(), dict[str, SubjectRow](), dict[str, Any]()
    stored = Event.objects.order_by(F("ledger_index").asc(nulls_last=True), "recorded_at", "id")
    for count, event in enumerate(stored.iterator(chunk_size=STEP), 1):
        read = events.read(event.document, event.digest)
        before = {uri: rows[uri].state if uri in rows else None for uri in read.by_subject}
        after = {uri: transition.apply(old, read, uri) for uri, old in before.items()}
        for uri, new in after.items():
            row = rows.setdefault(uri, SubjectRow(uri))
            row.state, row.closed_at = new, decide.closed_at(row.closed_at, before[uri], new, read)
            recorded[uri] = event.recorded_at
        projection.add(read, before, after)
        if progress is not None and count % STEP == 0:
            progress(count)
    names = store.SUBJECT_COLUMNS
    subjects = {
        (uri,): dict(zip(names, store.columns(row, recorded[uri])[1:], strict=True)) for uri, row in rows.items()
    }  # fmt: skip
    return [Table(Subject, ("uri",), subjects), *_tables(projection)]


def _tables(projection: Projection) -> list[Table]:
    """In the order in which rows refer to one another."""
    licences = {
        (uri,): _renamed(row, "right", "right__uri") for uri, row in projection.licences.items()
    }
    shipments = {name: dict(row) for name, row in projection.shipments.items()}
    return [
        Table(Party, ("gln",), _single(projection.parties)),
        Table(SigningKey, ("public_key",), _single(projection.keys)),
        Table(Product, ("gtin",), _single(projection.products)),
        Table(Right, ("uri",), _single(projection.rights)),
        Table(Licence, ("uri",), licences),
        Table(Handoff, ("subject", "handed_over"), dict(projection.handoffs)),
        Table(Checkpoint, ("subject", "event"), dict(projection.checkpoints)),
        Table(Shipment, ("sender", "reference"), dict(shipments)),
        Table(
            ShipmentLine,
            ("shipment__sender", "shipment__reference", "subject"),
            dict(projection.lines),
        ),
    ]


def _compare(table: Table) -> Iterator[str]:
    """Each difference between a table and what it should hold, put right as it is
    told.
    """
    name = table.model._meta.verbose_name
    manager = table.model._default_manager
    columns = list(next(iter(table.expected.values()), {}))
    missing = dict(table.expected)
    extra: list[Key] = []
    wrong: list[tuple[Key, Values]] = []
    for found in manager.values(*table.key, *columns).iterator(chunk_size=STEP):
        key = tuple(found[part] for part in table.key)
        expected = missing.pop(key, None)
        if expected is None:
            extra.append(key)
        elif changes := {
            column: value for column, value in expected.items() if found[column] != value
        }:
            wrong.append((key, changes))
            yield from (
                f"{name} {_spell(key)}: {column} is {found[column]!r}, the events say {value!r}"
                for column, value in changes.items()
            )
    for key, changes in wrong:
        manager.filter(**dict(zip(table.key, key, strict=True))).update(**_writable(changes))
    for key in extra:
        yield f"{name} {_spell(key)}: no event says so"
        manager.filter(**dict(zip(table.key, key, strict=True))).delete()
    for key, values in missing.items():
        yield f"{name} {_spell(key)}: missing"
        manager.create(**_writable(dict(zip(table.key, key, strict=True)) | values))


def _writable(values: Values) -> Values:
    """The values with rows in place of the names that refer to them."""
    values = dict(values)
    if "right__uri" in values:
        values["right"] = Right.objects.get(uri=values.pop("right__uri"))
    if "shipment__sender" in values:
        sender, reference = values.pop("shipment__sender"), values.pop("shipment__reference")
        values["shipment"] = Shipment.objects.get(sender=sender, reference=reference)
    return values


def _single(rows: dict[str, Values]) -> dict[Key, Values]:
    return {(name,): row for name, row in rows.items()}


def _renamed(row: Values, old: str, new: str) -> Values:
    return {new if name == old else name: value for name, value in row.items()}


def _spell(key: Key) -> str:
    return " ".join(map(str, key))
