"""Recalls of a product: public to read, the owner's to write."""

from collections.abc import Mapping
from typing import Any

from django.http import HttpResponse
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from provenance.api import base, fields, schema
from provenance.core import gs1
from provenance.core.record.claims import ProductRecalled
from provenance.core.record.forms import MAX_LOTS
from provenance.models import Product
from provenance.models.parties import Scope
from provenance.services.registry import recalls


class RecallBody(fields.Body):
    """A recall of what is of one of the lots, or was commissioned on one of the days;
    without lots and days, of all there is and will be of the product.
    """

    lots = serializers.ListField(
        child=fields.Text(max_length=20),
        required=False,
        max_length=MAX_LOTS,
        help_text="lot numbers (GS1 AI 10)",
    )
    commissioned_from = fields.Text(
        required=False, max_length=10, help_text="the first UTC day, YYYY-MM-DD"
    )
    commissioned_until = fields.Text(
        required=False, max_length=10, help_text="the last UTC day, YYYY-MM-DD"
    )
    reason = fields.Text()
    advice = fields.Text(help_text="what to do with the goods")
    contact = fields.Text(help_text="where questions are answered")


class RecallSerializer(serializers.Serializer[Any]):
    """A recall, as everybody may see it."""

    since = serializers.CharField()
    lots = serializers.ListField(child=serializers.CharField())
    commissioned_from = serializers.CharField(source="first_day", allow_null=True)
    commissioned_until = serializers.CharField(source="last_day", allow_null=True)
    reason = serializers.CharField()
    advice = serializers.CharField()
    contact = serializers.CharField()


class RecallsSerializer(serializers.Serializer[Any]):
    """A product's recalls, oldest first."""

    results = RecallSerializer(many=True)


class RecallList(base.ApiView[Product]):
    """The recalls of a product; its owner adds one, signed with its kept key."""

    scopes = {"GET": None, "POST": Scope.PRODUCTS}

    @extend_schema("list_recalls", responses=RecallsSerializer)
    def get(self, request: Request, gtin: str) -> Response:
        return Response(RecallsSerializer({"results": recalls.of_product(gtin)}).data)

    @schema.write("recall_product", RecallBody, RecallSerializer)
    def post(self, request: Request, gtin: str) -> HttpResponse:
        recalls.of_product(gtin)
        body = base.valid(RecallBody, request.data)
        return self.once(lambda: self._recall(gtin, body))

    def _recall(self, gtin: str, body: Mapping[str, Any]) -> Any:
        claim = ProductRecalled(
            subject=gs1.product_uri(gtin),
            lots=tuple(gs1.lot_uri(gtin, lot) for lot in body.get("lots", ())),
            commissioned_from=body.get("commissioned_from"),
            commissioned_until=body.get("commissioned_until"),
            reason=body["reason"],
            advice=body["advice"],
            contact=body["contact"],
        )
        recalls.recall(self.caller.gln, claim)
        return RecallSerializer(recalls.of_product(gtin)[-1]).data
