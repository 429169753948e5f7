"""Subjects, bundles and shipments, as far as the caller may know of them."""

from typing import Any
from uuid import UUID

from django.db.models import Prefetch, QuerySet
from django.http import HttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema, extend_schema_field, extend_schema_view
from rest_framework import serializers
from rest_framework.generics import ListAPIView
from rest_framework.request import Request
from rest_framework.response import Response

from provenance.api import base, fields, pagination
from provenance.api import errors as api_errors
from provenance.api.events import EventSerializer
from provenance.core import errors, gs1
from provenance.core.check import bundle
from provenance.core.check.result import Verdict
from provenance.core.record.state import Situation
from provenance.models import ChainLink, Shipment, ShipmentLine, Subject
from provenance.models.parties import Scope
from provenance.services.check import verification, visibility
from provenance.services.goods import labels
from provenance.services.goods.labels import printing, sheets, zpl
from provenance.services.site import limits

# --- subjects -----------------------------------------------------------------------


class HeadSerializer(serializers.Serializer[Any]):
    """The newest event of a subject."""

    position = serializers.IntegerField(source="head_position")
    digest = serializers.RegexField(fields.DIGEST, source="head_digest")


class EventPageSerializer(serializers.Serializer[Any]):
    """A page of a subject's events."""

    results = EventSerializer(many=True)
    next = serializers.CharField(allow_null=True)


class SubjectSerializer(serializers.Serializer[Any]):
    """A subject's situation, the verdict on its record with the number of its incident
    where it is broken, and a page of its events.
    """

    uri = serializers.CharField()
    kind = fields.Choice(gs1.SubjectKind)
    gtin = serializers.CharField(source="product_gtin")
    head = HeadSerializer(source="*")
    situation = fields.Choice(Situation, allow_blank=True)
    custodian = serializers.CharField()
    pending_receiver = serializers.CharField()
    container = serializers.CharField()
    lot = serializers.CharField()
    recalled = serializers.BooleanField(source="state.recalled", default=False, read_only=True)
    stolen = serializers.BooleanField(source="state.stolen", default=False, read_only=True)
    closed_at = serializers.DateTimeField(allow_null=True)
    verdict = serializers.SerializerMethodField()
    incident = serializers.SerializerMethodField()
    events = serializers.SerializerMethodField()

    @extend_schema_field(fields.Choice(Verdict))
    def get_verdict(self, subject: Subject) -> str:
        return str(self.context["checked"].result.verdict)

    @extend_schema_field(serializers.IntegerField(allow_null=True))
    def get_incident(self, subject: Subject) -> int | None:
        incident = self.context["checked"].incident
        return None if incident is None else incident.number

    @extend_schema_field(EventPageSerializer)
    def get_events(self, subject: Subject) -> Any:
        return self.context["events"]


class SubjectQuery(pagination.PageQuery):
    """A subject, and a page of its events."""

    uri = fields.SubjectParameter()


class SubjectDetail(base.ApiView[ChainLink]):
    """A subject's situation, and its events by position."""

    scopes = {"GET": None}
    query_class = SubjectQuery
    pagination_class = pagination.ByPosition
    ordering = ("position",)

    @extend_schema("get_subject", responses=SubjectSerializer)
    def get(self, request: Request) -> Response:
        subject = visibility.subject(self.reader, self.query["uri"])
        links = self.paginate_queryset(subject.links.select_related("event")) or []
        events = [link.event for link in links]
        # The record of an item is in full for everybody who has its full code; of a lot
        # or unit, the events that concern the caller.
        context = {}
        if gs1.SubjectKind(subject.kind) not in visibility.OPEN_KINDS:
            context["full"] = visibility.in_full(self.reader, events)
        rows = EventSerializer(events, many=True, context=context).data
        page = self.get_paginated_response(rows).data
        shown = {"events": page, "checked": verification.checked(subject.uri)}
        return Response(SubjectSerializer(subject, context=shown).data)


# --- bundles ------------------------------------------------------------------------

BUNDLE = {"type": "object", "description": "a bundle; `python -m provenance.core` checks it"}


class BundleQuery(fields.Query):
    """The subject of a bundle."""

    uri = fields.SubjectParameter()


class BundleDetail(base.ApiView[Subject]):
    """Everything needed to check a subject's record without us."""

    scopes = {"GET": None}
    query_class = BundleQuery

    @extend_schema("get_bundle", responses={200: BUNDLE})
    def get(self, request: Request) -> HttpResponse:
        uri = self.query["uri"]
        visibility.check_whole(self.reader, uri)
        return HttpResponse(
            bundle.format(verification.bundle_for(uri)),
            content_type="application/json",
            headers={"Content-Disposition": 'attachment; filename="bundle.json"'},
        )


# --- labels -------------------------------------------------------------------------


class LabelQuery(fields.Query):
    """Goods, and the form of the picture."""

    uri = fields.Parameter("URI of an item, lot or logistic unit", required=True)
    format = fields.Choice(labels.FORMS, default="svg")


class LabelDetail(base.ApiView[Subject]):
    """The label to print on goods: for the party that began their record or holds them."""

    scopes = {"GET": Scope.READ}
    query_class = LabelQuery

    @extend_schema(
        "get_label",
        responses={
            (200, labels.FORMS["svg"]): OpenApiTypes.STR,
            (200, labels.FORMS["png"]): OpenApiTypes.BINARY,
        },
    )
    def get(self, request: Request) -> HttpResponse:
        uri = gs1.parse_subject(self.query["uri"]).uri
        if not visibility.is_own([self.caller.gln], uri):
            raise visibility.not_open(uri)
        return HttpResponse(**labels.picture(uri, self.query["format"]))


class LabelGoodsBody(fields.Body):
    """Goods to label."""

    uri = fields.SubjectUri()


class LabelSheetBody(fields.Body):
    """Goods, each once, and the labels to print them on: of a sheet as PDF, or a thermal
    printer's of 203 or 300 dpi as ZPL.
    """

    subjects = serializers.ListField(
        child=LabelGoodsBody(), allow_empty=False, max_length=sheets.PART
    )
    sheet = fields.Choice([*sheets.SHEETS, *zpl.PRINTERS])
    skip = serializers.IntegerField(
        default=0, min_value=0, help_text="places of the first sheet that were used before"
    )


class LabelSheet(base.ApiView[Subject]):
    """Labels for up to 1,000 goods in their order, for the party that began their records
    or holds them.
    """

    scopes = {"POST": Scope.READ}

    @extend_schema(
        "print_labels",
        request=LabelSheetBody,
        responses={
            (200, sheets.CONTENT_TYPE): OpenApiTypes.BINARY,
            (200, zpl.CONTENT_TYPE): OpenApiTypes.STR,
        },
    )
    def post(self, request: Request) -> HttpResponse:
        body = base.valid(LabelSheetBody, request.data)
        uris = [each["uri"] for each in body["subjects"]]
        if len(set(uris)) < len(uris):
            raise errors.Malformed("goods are named twice")
        limits.take(limits.Kind.LABELS, self.caller.key, cost=len(uris))
        if others := set(uris) - visibility.own([self.caller.gln], uris):
            raise visibility.not_open(min(others))
        return HttpResponse(**printing.print_labels(uris, body["sheet"], skip=body["skip"]))


# --- shipments ----------------------------------------------------------------------


class ShipmentSerializer(serializers.Serializer[Any]):
    """A shipment without its lines."""

    id = serializers.UUIDField()
    reference = serializers.CharField()
    sender = serializers.RegexField(fields.GLN)
    receiver = serializers.RegexField(fields.GLN)
    logistic_unit = serializers.CharField()
    created_at = serializers.DateTimeField()


class ShipmentLineSerializer(serializers.Serializer[Any]):
    """A subject in a shipment, and how much of it."""

    uri = serializers.CharField(source="subject")
    quantity = fields.Amount()


class ShipmentDetailSerializer(ShipmentSerializer):
    """A shipment with its lines."""

    lines = ShipmentLineSerializer(many=True)


class ShipmentQuery(pagination.PageQuery):
    """A page of shipments."""

    reference = fields.Parameter("only the shipments with this reference")


@extend_schema_view(get=extend_schema("list_shipments"))
class ShipmentList(ListAPIView[Shipment], base.ApiView[Shipment]):
    """The shipments that the caller sends or receives, newest first."""

    scopes = {"GET": Scope.READ}
    query_class = ShipmentQuery
    serializer_class = ShipmentSerializer
    pagination_class = pagination.ByTime
    ordering = ("-created_at", "-id")

    def get_queryset(self) -> QuerySet[Shipment]:
        shipments = visibility.shipments(self.caller.gln)
        if "reference" in self.query:
            shipments = shipments.filter(reference=self.query["reference"])
        return shipments


class ShipmentDetail(base.ApiView[Shipment]):
    """A shipment with its lines."""

    scopes = {"GET": Scope.READ}

    @extend_schema("get_shipment", responses=ShipmentDetailSerializer)
    def get(self, request: Request, id: UUID) -> Response:  # noqa: A002  the path's word
        lines = Prefetch("lines", ShipmentLine.objects.order_by("subject"))
        shipments = visibility.shipments(self.caller.gln).prefetch_related(lines)
        shipment = shipments.filter(id=id).first()
        if shipment is None:
            raise api_errors.NotFound("you send and receive no such shipment")
        return Response(ShipmentDetailSerializer(shipment).data)
