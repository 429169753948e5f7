"""Writing the read models of a batch: one statement for each table that it touches."""

import uuid
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import psycopg
from django.db import models

from provenance.core.record.vocabulary import Act
from provenance.models import (
    Checkpoint,
    Handoff,
    Licence,
    Party,
    Product,
    Right,
    Shipment,
    ShipmentLine,
    SigningKey,
)
from provenance.models.base import uuid7
from provenance.services import seals
from provenance.services.record import events, projections, tables
from provenance.services.record.capture.decide import Decision
from provenance.services.record.projections import Projection
from provenance.services.record.rows import (
    CheckpointRow,
    HandoffAnswer,
    HandoffRow,
    LicenceRow,
    PartyRow,
    Revocation,
    RightRow,
)
from provenance.services.record.tables import values

_ANSWER = """
    UPDATE provenance_handoff h SET answered = n.answered, answered_at = n.at, outcome = n.outcome
    FROM unnest(%s::text[], %s::text[], %s::timestamptz[], %s::text[])
        AS n(subject, answered, at, outcome)
    WHERE h.subject = n.subject AND h.outcome = ''
"""
_REVOKE = """
    UPDATE provenance_signingkey k SET revoked_at = n.at, reason = n.reason,
        revoked_by = n.digest, successor = n.successor, ended_by = n.ended_by
    FROM unnest(%s::text[], %s::timestamptz[], %s::text[], %s::text[], %s::text[], %s::text[])
        AS n(public_key, at, reason, digest, successor, ended_by)
    WHERE k.public_key = n.public_key
"""
_PACKED = """
    SELECT e.id, e.document, e.digest FROM provenance_subject s
    JOIN provenance_chainlink l ON l.subject_id = s.id JOIN provenance_event e ON e.id = l.event_id
    WHERE s.uri = ANY(%s) AND e.kind IN ('pack', 'unpack') AND e.digest <> ALL(%s)
    ORDER BY s.id, l.position
"""


def update(cursor: psycopg.Cursor[Any], decisions: Sequence[Decision]) -> None:
    """Bring the read models up to the events that were just stored."""
    projection = Projection()
    _load_contents(cursor, projection, decisions)
    for decision in decisions:
        projection.add(decision.event, decision.before, decision.after)
    _write_registry(cursor, projection)
    _copy(cursor, Handoff, HandoffRow, projection.handoffs.values())
    _copy(cursor, Checkpoint, CheckpointRow, projection.checkpoints.values())
    _change(cursor, _ANSWER, projection.answers)
    _write_shipments(projection)


def _copy(
    cursor: psycopg.Cursor[Any], model: type[models.Model], row: type, rows: Iterable[object]
) -> None:
    columns = ("id", *tables.names(row))
    tables.copy(cursor, model, columns, ((uuid7().bytes, *values(row).values()) for row in rows))


def _change(
    cursor: psycopg.Cursor[Any], statement: str, changes: Mapping[str, HandoffAnswer | Revocation]
) -> None:
    """Run a statement that takes an array for each column of the changes."""
    if changes:
        rows = [(name, *values(change).values()) for name, change in changes.items()]
        cursor.execute(statement, [list(column) for column in zip(*rows, strict=True)])


def _load_contents(
    cursor: psycopg.Cursor[Any], projection: Projection, decisions: Sequence[Decision]
) -> None:
    """The contents of the logistic units whose shipment begins with this batch, packed
    before it.
    """
    begun = [
        decision
        for decision in decisions
        if decision.event.act is Act.HAND_OVER and projections.reference_of(decision.event)
    ]
    shipped = {uri for decision in begun for uri in decision.after if projections.is_unit(uri)}
    if not shipped:
        return
    cursor.execute(_PACKED, [list(shipped), [decision.event.digest for decision in decisions]])
    packed = cursor.fetchall()
    sealed = seals.seals_of([id_ for id_, _, _ in packed])
    for id_, document, digest in packed:
        projection.add(events.read_whole(document, digest, sealed.get(id_)), {}, {})


def _write_registry(cursor: psycopg.Cursor[Any], projection: Projection) -> None:
    Party.objects.bulk_create(
        [Party(**values(row)) for row in projection.parties.values()],
        update_conflicts=True,
        unique_fields=["gln"],
        update_fields=[name for name in tables.names(PartyRow) if name not in ("gln", "imported")],
    )
    SigningKey.objects.bulk_create([SigningKey(**values(row)) for row in projection.keys.values()])
    _change(cursor, _REVOKE, projection.revocations)
    Product.objects.bulk_create([Product(**values(row)) for row in projection.products.values()])
    _write_rights(projection)


def _write_rights(projection: Projection) -> None:
    Right.objects.bulk_create(
        [Right(**values(row)) for row in projection.rights.values()],
        update_conflicts=True,
        unique_fields=["uri"],
        update_fields=[name for name in tables.names(RightRow) if name != "uri"],
    )
    if projection.licences:
        ids = dict(Right.objects.filter(uri__in=projection.rights).values_list("uri", "id"))
        Licence.objects.bulk_create(
            [_licence(row, ids[row.right]) for row in projection.licences.values()],
            update_conflicts=True,
            unique_fields=["uri"],
            update_fields=["revoked_from"],
        )


def _licence(row: LicenceRow, right: uuid.UUID) -> Licence:
    columns = values(row)
    del columns["right"]
    return Licence(right_id=right, **columns)


def _write_shipments(projection: Projection) -> None:
    if not projection.shipments:
        return
    Shipment.objects.bulk_create(
        [Shipment(**values(row)) for row in projection.shipments.values()],
        update_conflicts=True,
        unique_fields=["sender", "reference", "receiver"],
        update_fields=["logistic_unit"],
    )
    senders, references, _ = zip(*projection.shipments, strict=True)
    shipments = Shipment.objects.filter(sender__in=senders, reference__in=references)
    ids = {(each.sender, each.reference, each.receiver): each.id for each in shipments}
    ShipmentLine.objects.bulk_create(
        [
            ShipmentLine(
                shipment_id=ids[row.sender, row.reference, row.receiver],
                subject=row.subject,
                quantity=row.quantity,
            )
            for row in projection.lines.values()
        ],
        update_conflicts=True,
        unique_fields=["shipment", "subject"],
        update_fields=["quantity"],
    )
