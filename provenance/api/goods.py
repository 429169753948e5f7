"""Subjects, bundles and shipments: what a caller may know of goods."""

from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from drf_spectacular.utils import OpenApiParameter, extend_schema

from provenance.api import base, events, schema
from provenance.api import errors as api_errors
from provenance.core import errors, gs1
from provenance.models import Event, Shipment, Subject
from provenance.models.parties import Scope
from provenance.services.check import verification, visibility


class SubjectDetail(base.ApiView):
    """How a subject stands, and its events by position."""

    scopes = {"GET": None}

    @extend_schema(
        operation_id="get_subject",
        parameters=[schema.uri_parameter("uri"), *schema.PAGE],
        responses={200: schema.SUBJECT},
    )
    def get(self, request: HttpRequest) -> HttpResponse:
        query = base.read_query(request, "uri", "after", "limit")
        subject = visibility.subject(self.gln, base.needed(query, "uri"))
        limit, after = base.limit_of(query), _position(query.get("after", "-1"))
        links = (
            subject.links.filter(position__gt=after)
            .select_related("event")
            .order_by("position")[: limit + 1]
        )
        found = list(links)
        page = [link.event for link in found[:limit]]
        next_ = str(found[limit - 1].position) if len(found) > limit else None
        return base.ok(
            show(subject) | {"events": {"results": self._shown(subject, page), "next": next_}}
        )

    def _shown(self, subject: Subject, page: list[Event]) -> list[dict[str, Any]]:
        """Whoever has an item's full code reads its record; of a lot or unit, what
        concerns the caller.
        """
        full = {event.digest for event in page}
        if gs1.SubjectKind(subject.kind) not in visibility.OPEN_KINDS:
            full = visibility.in_full(self.gln, page)
        return [events.show(event, full=event.digest in full) for event in page]


def _position(text: str) -> int:
    if text == "-1" or (text.isascii() and text.isdecimal() and len(text) < 10):
        return int(text)
    raise errors.Malformed("after is not a place that a page of ours named")


def show(subject: Subject) -> dict[str, Any]:
    """A subject's read model."""
    return {
        "uri": subject.uri,
        "kind": subject.kind,
        "product": subject.product_gtin,
        "head": {"position": subject.head_position, "digest": subject.head_digest},
        "situation": subject.situation,
        "custodian": subject.custodian,
        "pending_receiver": subject.pending_receiver,
        "container": subject.container,
        "lot": subject.lot,
        "recalled": bool(subject.state.get("recalled")),
        "stolen": bool(subject.state.get("stolen")),
        "closed_at": subject.closed_at,
    }


class BundleDetail(base.ApiView):
    """Everything needed to check a subject's record without us."""

    scopes = {"GET": None}

    @extend_schema(
        operation_id="get_bundle",
        parameters=[schema.uri_parameter("subject")],
        responses={200: schema.BUNDLE},
    )
    def get(self, request: HttpRequest) -> HttpResponse:
        uri = base.needed(base.read_query(request, "subject"), "subject")
        visibility.subject(self.gln, uri)
        answer = base.ok(verification.bundle_for(uri))
        answer["Content-Disposition"] = 'attachment; filename="bundle.json"'
        return answer


class ShipmentList(base.ApiView):
    """The shipments that the caller sends or receives, newest first."""

    scopes = {"GET": Scope.READ}

    @extend_schema(
        operation_id="list_shipments",
        responses={200: schema.page(schema.SHIPMENT)},
        parameters=[
            *schema.PAGE,
            OpenApiParameter("reference", str, description="only the shipment with this reference"),
        ],
    )
    def get(self, request: HttpRequest) -> HttpResponse:
        query = base.read_query(request, "after", "limit", "reference")
        rows = visibility.shipments(self.party.gln)
        if "reference" in query:
            rows = rows.filter(reference=query["reference"])
        found, after = base.by_time(rows, "created_at", query)
        return base.ok({"results": [show_shipment(shipment) for shipment in found], "next": after})


def show_shipment(shipment: Shipment) -> dict[str, Any]:
    """A shipment without its lines."""
    names = ("id", "reference", "sender", "receiver", "logistic_unit", "created_at")
    return {name: getattr(shipment, name) for name in names}


class ShipmentDetail(base.ApiView):
    """One shipment with its lines."""

    scopes = {"GET": Scope.READ}

    @extend_schema(operation_id="get_shipment", responses={200: schema.SHIPMENT})
    def get(self, request: HttpRequest, id: UUID) -> HttpResponse:  # noqa: A002  the path's word
        base.read_query(request)
        shipment = visibility.shipments(self.party.gln).filter(id=id).first()
        if shipment is None:
            raise api_errors.NotFound("you send and receive no such shipment")
        lines = [
            {"subject": line.subject, "quantity": format(line.quantity.normalize(), "f")}
            for line in shipment.lines.order_by("subject")
        ]
        return base.ok(show_shipment(shipment) | {"lines": lines})
