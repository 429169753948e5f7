"""Read models, computed again from the events and compared. Tables that are in no event
are left alone.

The same folds and the same projection as at capture run over all events in the order of
the ledger, without any captured state. Writers wait meanwhile, and the folded states
are held in memory: about a kilobyte a subject.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Final

from django.db import connection, models, transaction
from django.db.models import F

from provenance.core.record import transition
from provenance.core.record.event import SignedEvent
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
from provenance.services import seals
from provenance.services.record import events, tables
from provenance.services.record.projections import Projection
from provenance.services.record.subjects import SubjectRow

Key = tuple[Any, ...]
Values = dict[str, Any]
STEP: Final = 1000


@dataclass(frozen=True, slots=True)
class ReadModel:
    """A read model: its natural key and the rows that follow from the events."""

    model: type[models.Model]
    key: tuple[str, ...]
    expected: dict[Key, Values]


def rebuild(progress: Callable[[int], None] | None = None) -> list[str]:
    """Compute every read model from the events and put right the rows that differ; returns the
    differences found.

    `progress` is called with the number of events folded, now and then. Raises BrokenLink
    and changes nothing where a stored event was altered.
    """
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute(
                "LOCK TABLE provenance_subject IN SHARE ROW EXCLUSIVE MODE"
            )  # capture waits
        return [difference for table in _fold(progress) for difference in _compare(table)]


def _fold(progress: Callable[[int], None] | None) -> list[ReadModel]:
    """The tables as they follow from the events."""
    projection, rows = Projection(), dict[str, SubjectRow]()
    stored = Event.objects.order_by(F("ledger_index").asc(nulls_last=True), "recorded_at", "id")
    for count, (row, event) in enumerate(_read(stored.iterator(chunk_size=STEP)), 1):
        before = {uri: rows[uri].state if uri in rows else None for uri in event.by_subject}
        after = {uri: transition.apply(old, event, uri) for uri, old in before.items()}
        for uri, new in after.items():
            rows.setdefault(uri, SubjectRow(uri)).move(new, event, row.recorded_at)
        projection.add(event, before, after)
        if progress is not None and count % STEP == 0:
            progress(count)
    subjects = [row.columns() for row in rows.values()]
    return [_table(Subject, ("uri",), subjects), *_tables(projection)]


def _read(rows: Iterator[Event]) -> Iterator[tuple[Event, SignedEvent]]:
    """Each row with its event, and all that it seals."""
    for chunk in seals.batches(rows, lambda row: row.seal_key_id is not None):
        sealed = seals.seals_of([row.pk for row in chunk if row.seal_key_id])
        for row in chunk:
            yield row, events.read_whole(row.document, row.digest, sealed.get(row.pk))


def _tables(projection: Projection) -> list[ReadModel]:
    """The other tables, in the order in which rows refer to one another."""
    sent = ("sender", "reference", "receiver")
    shipment = {name: f"shipment__{name}" for name in sent}
    return [
        _table(Party, ("gln",), projection.parties.values()),
        _table(SigningKey, ("public_key",), projection.keys.values()),
        _table(Product, ("gtin",), projection.products.values()),
        _table(Right, ("uri",), projection.rights.values()),
        _table(Licence, ("uri",), projection.licences.values(), right="right__uri"),
        _table(Handoff, ("subject", "handed_over"), projection.handoffs.values()),
        _table(Checkpoint, ("subject", "event"), projection.checkpoints.values()),
        _table(Shipment, sent, projection.shipments.values()),
        _table(ShipmentLine, (*sent, "subject"), projection.lines.values(), **shipment),
    ]


def _table(
    model: type[models.Model], key: tuple[str, ...], rows: Iterable[object], **renamed: str
) -> ReadModel:
    """The table of `rows`, whose fields are the model's, or are named in `renamed`."""
    expected: dict[Key, Values] = {}
    for row in rows:
        values = tables.values(row)
        name = tuple(values.pop(part) for part in key)
        expected[name] = {renamed.get(column, column): value for column, value in values.items()}
    return ReadModel(model, tuple(renamed.get(part, part) for part in key), expected)


def _compare(table: ReadModel) -> Iterator[str]:
    """Yield each difference between a table and its expected rows, and put it right."""
    name = table.model._meta.verbose_name
    manager = table.model._default_manager
    columns = list(next(iter(table.expected.values()), {}))
    missing = dict(table.expected)
    extra: list[Key] = []
    wrong: list[tuple[Key, Values]] = []
    for row in manager.values(*table.key, *columns).iterator(chunk_size=STEP):
        key = tuple(row[part] for part in table.key)
        expected = missing.pop(key, None)
        if expected is None:
            extra.append(key)
        elif changes := {
            column: value for column, value in expected.items() if row[column] != value
        }:
            wrong.append((key, changes))
            yield from (
                f"{name} {_spell(key)}: {column} is {row[column]!r}, the events say {value!r}"
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
        named = ("sender", "reference", "receiver")
        shipment = {name: values.pop(f"shipment__{name}") for name in named}
        values["shipment"] = Shipment.objects.get(**shipment)
    return values


def _spell(key: Key) -> str:
    return " ".join(map(str, key))
