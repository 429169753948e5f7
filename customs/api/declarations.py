"""Declarations: the declarant's to enter and amend, and its authority's to read."""

from collections.abc import Mapping
from typing import Any, Final, cast
from uuid import UUID

from django.db.models import QuerySet
from django.http import HttpResponse
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import serializers
from rest_framework.generics import ListAPIView
from rest_framework.request import Request
from rest_framework.response import Response

from customs.models import DeclarationVersion
from customs.risk.vocabulary import TransportMode
from customs.services.declarations import access, content, register
from customs.services.declarations.register import Source, Way
from provenance.api import base, fields, pagination, schema
from provenance.core.epcis.vocabulary import Procedure
from provenance.models.parties import Scope

_COUNTRY: Final = "ISO 3166-1 alpha-2"

# --- shapes -------------------------------------------------------------------------


class DocumentSerializer(fields.Body):
    """A paper, by the SHA-256 of its bytes."""

    type = fields.Text(max_length=6, help_text="a document code, such as UNCL 1001")
    number = fields.Text(max_length=content.MAX_DOCUMENT_NUMBER)
    digest = serializers.RegexField(fields.DIGEST)


class ContentBody(fields.Body):
    """The content of a declaration."""

    procedure = fields.Choice(Procedure)
    declaration_office = fields.Text(max_length=5, help_text="UN/LOCODE of the border post")
    consignor = fields.Gln()
    consignee = fields.Gln()
    classification = fields.Text(max_length=10, help_text="HS code of 6 to 10 digits")
    description = fields.Text(max_length=content.MAX_DESCRIPTION)
    origin = fields.Country(help_text=_COUNTRY)
    tariff_quantity = fields.Amount()
    gross_mass = fields.Amount(help_text="kilograms")
    invoice_amount = fields.Amount()
    currency = fields.Text(max_length=3, help_text="ISO 4217")
    export_country = fields.Country(help_text=_COUNTRY)
    destination_country = fields.Country(help_text=_COUNTRY)
    transport_mode = fields.Choice(TransportMode, help_text="UNECE Recommendation 19")
    routing_countries = serializers.ListField(
        child=fields.Country(), required=False, max_length=content.MAX_ROUTING
    )
    expected_arrival = fields.OffsetTime(required=False, help_text="RFC 3339 with an offset")
    shipment = fields.Text(
        max_length=content.MAX_SHIPMENT,
        required=False,
        allow_blank=True,
        help_text="the despatch advice number of the consignor",
    )
    goods = serializers.ListField(
        child=fields.SubjectUri(),
        required=False,
        max_length=content.MAX_GOODS,
        help_text="URIs of items, lots and logistic units; needed without a shipment",
    )
    seals = serializers.ListField(
        child=fields.Text(max_length=content.MAX_NUMBER),
        required=False,
        max_length=content.MAX_SEALS,
    )
    documents = serializers.ListField(
        child=DocumentSerializer(), required=False, max_length=content.MAX_DOCUMENTS
    )


class AmendmentBody(ContentBody):
    """All that a declaration says from now on, and why."""

    reason = fields.Text(max_length=register.MAX_REASON, help_text="why it is amended")


class DeclarationBody(ContentBody):
    """A declaration to enter; its declarant is the API key's party."""

    authority = fields.Gln(help_text="the customs authority that it is declared to")
    number = fields.Text(max_length=content.MAX_NUMBER, help_text="unique with the authority")


class VersionSerializer(serializers.Serializer[Any]):
    """A declaration as it was entered or amended."""

    version = serializers.IntegerField()
    entered_at = serializers.DateTimeField()
    way = fields.Choice(Way.values)
    reason = serializers.CharField(help_text="empty for version 1")
    procedure = fields.Choice(Procedure)
    declaration_office = serializers.CharField()
    consignor = serializers.RegexField(fields.GLN)
    consignee = serializers.RegexField(fields.GLN)
    classification = serializers.CharField()
    description = serializers.CharField()
    origin = serializers.CharField()
    tariff_quantity = fields.Amount()
    gross_mass = fields.Amount()
    invoice_amount = fields.Amount()
    currency = serializers.CharField()
    export_country = serializers.CharField()
    destination_country = serializers.CharField()
    transport_mode = fields.Choice(TransportMode)
    routing_countries = serializers.ListField(child=serializers.CharField())
    expected_arrival = serializers.DateTimeField(allow_null=True)
    shipment = serializers.CharField()
    goods = serializers.ListField(child=serializers.CharField())
    seals = serializers.ListField(child=serializers.CharField())
    documents = DocumentSerializer(many=True)


class DeclarationSerializer(VersionSerializer):
    """A declaration as it is in force."""

    id = serializers.UUIDField(source="declaration_id")
    authority = serializers.RegexField(fields.GLN, source="declaration.authority")
    number = serializers.CharField(source="declaration.number")
    declarant = serializers.RegexField(fields.GLN, source="declaration.declarant")


class DeclarationDetailSerializer(DeclarationSerializer):
    """A declaration as it is in force, with its history, the first version first."""

    versions = serializers.SerializerMethodField()

    def get_versions(self, version: DeclarationVersion) -> VersionSerializer(many=True):  # type: ignore[valid-type]
        """Every version."""
        return VersionSerializer(register.history(version.declaration), many=True).data


# --- endpoints ----------------------------------------------------------------------


@extend_schema_view(get=extend_schema("list_declarations"))
class DeclarationList(ListAPIView[DeclarationVersion], base.ApiView[DeclarationVersion]):
    """The declarations that the caller entered, or that were declared to it; the last
    amended first.
    """

    scopes = {"GET": Scope.READ, "POST": Scope.DECLARATIONS}
    query_class = pagination.PageQuery
    serializer_class = DeclarationSerializer
    pagination_class = pagination.ByTime
    ordering = ("-entered_at", "-id")

    def get_queryset(self) -> QuerySet[DeclarationVersion]:
        return access.visible(self.caller.gln)

    @schema.write("enter_declaration", DeclarationBody, DeclarationSerializer)
    def post(self, request: Request) -> HttpResponse:
        base.valid(DeclarationBody, request.data)
        body = cast("Mapping[str, Any]", request.data)
        return self.once(lambda: self._enter(body))

    def _enter(self, body: Mapping[str, Any]) -> Any:
        entry = content.read({**body, "declarant": self.caller.gln})
        declaration = register.enter(entry, Source(Way.API, self.caller.name))
        return DeclarationSerializer(access.find(self.caller.gln, declaration.pk)).data


class DeclarationDetail(base.ApiView[DeclarationVersion]):
    """A declaration with its history; its declarant amends it."""

    scopes = {"GET": Scope.READ, "POST": Scope.DECLARATIONS}

    @extend_schema("get_declaration", responses=DeclarationDetailSerializer)
    def get(self, request: Request, id: UUID) -> Response:  # noqa: A002  the path's word
        version = access.find(self.caller.gln, id)
        return Response(DeclarationDetailSerializer(version).data)

    @schema.write("amend_declaration", AmendmentBody, DeclarationSerializer)
    def post(self, request: Request, id: UUID) -> HttpResponse:  # noqa: A002  the path's word
        base.valid(AmendmentBody, request.data)
        body = cast("Mapping[str, Any]", request.data)
        return self.once(lambda: self._amend(id, body))

    def _amend(self, declaration_id: UUID, body: Mapping[str, Any]) -> Any:
        declaration = access.find(self.caller.gln, declaration_id).declaration
        identity = {name: getattr(declaration, name) for name in ("authority", "number")}
        members = {name: value for name, value in body.items() if name != "reason"}
        entry = content.read({**members, **identity, "declarant": self.caller.gln})
        source = Source(Way.API, self.caller.name)
        register.amend(declaration.pk, entry, source, body["reason"])
        return DeclarationSerializer(access.find(self.caller.gln, declaration.pk)).data
