"""Writing the read models of a batch: one statement for each table that it touches."""

import uuid
from collections.abc import Sequence
from typing import Any

import psycopg

from provenance.core.record.vocabulary import Act
from provenance.models import Licence, Party, Product, Right, Shipment, ShipmentLine, SigningKey
from provenance.models.base import uuid7
from provenance.services.record import events, projections
from provenance.services.record.capture import store
from provenance.services.record.capture.decide import Decision
from provenance.services.record.projections import Projection

_HANDOFF = {
    "id": "uuid", "subject": "text", "handed_over": "text", "sender": "text", "receiver": "text",
    "handed_over_at": "timestamptz", "answered": "text", "answered_at": "timestamptz", "outcome": "text",
}  # fmt: skip
_CHECKPOINT = {
    "id": "uuid", "subject": "text", "event": "text", "authority": "text", "country": "text", "post": "text",
    "procedure": "text", "outcome": "text", "declaration": "text", "at": "timestamptz",
}  # fmt: skip
_ANSWER = """
    UPDATE provenance_handoff h SET answered = n.answered, answered_at = n.at, outcome = n.outcome
    FROM unnest(%s::text[], %s::text[], %s::timestamptz[], %s::text[]) AS n(subject, answered, at, outcome)
    WHERE h.subject = n.subject AND h.outcome = ''
"""
_REVOKE = """
    UPDATE provenance_signingkey k SET revoked_at = n.at, reason = n.reason, revoked_by = n.digest
    FROM unnest(%s::text[], %s::timestamptz[], %s::text[], %s::text[]) AS n(public_key, at, reason, digest)
    WHERE k.public_key = n.public_key
"""
_PACKED = """
    SELECT e.document, e.digest FROM provenance_subject s
    JOIN provenance_chainlink l ON l.subject_id = s.id JOIN provenance_event e ON e.id = l.event_id
    WHERE s.uri = ANY(%s) AND e.kind IN ('pack', 'unpack') AND e.digest <> ALL(%s)
    ORDER BY s.id, l.position
"""
_RIGHT_COLUMNS = ("kind", "title", "office", "number", "territories", "owner", "valid_from", "valid_until", "verified",
                  "lapsed_from")  # fmt: skip


def update(cursor: psycopg.Cursor[Any], decisions: Sequence[Decision]) -> None:
    """Bring the read models up to the events that were just stored."""
    projection = Projection()
    _load_contents(cursor, projection, decisions)
    for decision in decisions:
        projection.add(decision.event, decision.before, decision.after)
    _write_registry(cursor, projection)
    store.copy(cursor, "provenance_handoff", _HANDOFF, [
        (uuid7(), subject, digest, *row.values()) for (subject, digest), row in projection.handoffs.items()
    ])  # fmt: skip
    store.copy(cursor, "provenance_checkpoint", _CHECKPOINT, [
        (uuid7(), subject, digest, *row.values()) for (subject, digest), row in projection.checkpoints.items()
    ])  # fmt: skip
    if projection.answers:
        rows = [(uri, *row.values()) for uri, row in projection.answers.items()]
        cursor.execute(_ANSWER, [list(column) for column in zip(*rows, strict=True)])
    _write_shipments(projection)


def _load_contents(
    cursor: psycopg.Cursor[Any], projection: Projection, decisions: Sequence[Decision]
) -> None:
    """What the logistic units hold whose shipment begins with this batch, packed before
    it.
    """
    begun = [
        one
        for one in decisions
        if one.event.act is Act.HAND_OVER and projections.reference_of(one.event)
    ]
    shipped = {uri for one in begun for uri in one.after if projections.is_unit(uri)}
    if not shipped:
        return
    cursor.execute(_PACKED, [list(shipped), [decision.event.digest for decision in decisions]])
    for document, digest in cursor.fetchall():
        projection.add(events.read(document, digest), {}, {})


def _write_registry(cursor: psycopg.Cursor[Any], projection: Projection) -> None:
    if projection.parties:
        Party.objects.bulk_create(
            [Party(gln=gln, **row) for gln, row in projection.parties.items()]
        )
    if projection.keys:
        SigningKey.objects.bulk_create(
            [SigningKey(public_key=key, **row) for key, row in projection.keys.items()]
        )
    if projection.revocations:
        rows = [(key, *row.values()) for key, row in projection.revocations.items()]
        cursor.execute(_REVOKE, [list(column) for column in zip(*rows, strict=True)])
    if projection.products:
        Product.objects.bulk_create(
            [Product(gtin=gtin, **row) for gtin, row in projection.products.items()]
        )
    if projection.rights:
        Right.objects.bulk_create(
            [Right(uri=uri, **row) for uri, row in projection.rights.items()],
            update_conflicts=True, unique_fields=["uri"], update_fields=_RIGHT_COLUMNS,
        )  # fmt: skip
    if projection.licences:
        ids = dict(Right.objects.filter(uri__in=projection.rights).values_list("uri", "id"))
        Licence.objects.bulk_create(
            [_licence(uri, row, ids) for uri, row in projection.licences.items()],
            update_conflicts=True, unique_fields=["uri"], update_fields=["revoked_from"],
        )  # fmt: skip


def _licence(uri: str, row: projections.Row, ids: dict[str, uuid.UUID]) -> Licence:
    return Licence(
        uri=uri, right_id=ids[row["right"]], **{name: row[name] for name in row if name != "right"}
    )


def _write_shipments(projection: Projection) -> None:
    if not projection.shipments:
        return
    Shipment.objects.bulk_create(
        [
            Shipment(sender=name[0], reference=name[1], **row)
            for name, row in projection.shipments.items()
        ],
        update_conflicts=True,
        unique_fields=["sender", "reference"],
        update_fields=["receiver", "logistic_unit"],
    )
    senders, references = zip(*projection.shipments, strict=True)
    found = Shipment.objects.filter(sender__in=senders, reference__in=references)
    ids = {(shipment.sender, shipment.reference): shipment.id for shipment in found}
    ShipmentLine.objects.bulk_create(
        [ShipmentLine(shipment_id=ids[sender, reference], subject=subject, **row)
         for (sender, reference, subject), row in projection.lines.items()],
        update_conflicts=True, unique_fields=["shipment", "subject"], update_fields=["quantity"],
    )  # fmt: skip
