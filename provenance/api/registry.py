"""Parties, their keys, and products: public to read, claims to write."""

import functools
from collections.abc import Mapping
from typing import Any

from django.http import HttpRequest, HttpResponse
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request

from provenance.api import base, fields, schema
from provenance.api import errors as api_errors
from provenance.core import errors
from provenance.core.record.vocabulary import KeyPurpose, RevocationReason, Role
from provenance.models import Party, Product, SigningKey
from provenance.models.parties import Scope
from provenance.services import keyring
from provenance.services.record import idempotency
from provenance.services.registry import parties

# --- what is written -----------------------------------------------------------------


class PartyBody(fields.Body):
    """A party to register. With `keep_key` a key is made and kept here for it."""

    gln = fields.Gln()
    name = fields.Text()
    country = fields.Country(default="", allow_blank=True, help_text="empty where it is not known")
    roles = serializers.ListField(
        child=fields.Choice(choices=[role.value for role in Role]), min_length=1
    )
    keep_key = fields.Flag(default=False)


class KeyBody(fields.Body):
    """A key to enrol, with the proof that its holder holds it (docs/format.md, "Proof
    of possession").
    """

    public_key = fields.PublicKey()
    possession = fields.Text()
    purpose = fields.Choice(
        choices=[purpose.value for purpose in KeyPurpose], default=KeyPurpose.ANY.value
    )
    custody = fields.Choice(choices=["device", "external"], default="external")


class RevokeBody(fields.Body):
    """Why a key is revoked."""

    reason = fields.Choice(choices=sorted(RevocationReason))


class ProductBody(fields.Body):
    """A product to register; its owner is the API key's party."""

    gtin = fields.Gtin()
    name = fields.Text()
    brand = fields.Text(required=False, allow_blank=True)
    hs_code = fields.Text(required=False, allow_blank=True)
    origin = fields.Country(required=False)
    rights = serializers.ListField(child=fields.SubjectUri(), required=False, max_length=100)


# --- parties ------------------------------------------------------------------------


def show_party(party: Party) -> dict[str, Any]:
    """A party as everybody may see it."""
    return {"gln": party.gln, "name": party.name, "country": party.country, "roles": party.roles}


def show_key(key: SigningKey) -> dict[str, Any]:
    """A key as everybody may see it."""
    names = ("public_key", "purpose", "custody", "valid_from", "revoked_at", "reason")
    return {name: getattr(key, name) for name in names}


class PartyList(base.ApiView):
    """The registered parties; the registrar adds one."""

    scopes = {"GET": None, "POST": Scope.PARTIES}

    @extend_schema(
        operation_id="list_parties",
        parameters=schema.PAGE,
        responses={200: schema.page(schema.PARTY)},
    )
    def get(self, request: HttpRequest) -> HttpResponse:
        found, after = base.by_name(
            Party.objects.all(), "gln", base.read_query(request, "after", "limit")
        )
        return base.ok({"results": [show_party(party) for party in found], "next": after})

    @extend_schema(
        operation_id="register_party",
        parameters=[schema.IDEMPOTENCY_KEY],
        request=PartyBody,
        responses={201: schema.PARTY},
    )
    def post(self, request: Request) -> HttpResponse:
        body = base.valid(PartyBody, request.data)
        return self.once(request, functools.partial(self._register, body))

    def _register(self, body: Mapping[str, Any]) -> idempotency.Answer:
        check_registrar(self.party.gln)
        party = parties.register(
            body["gln"], body["name"], body["country"], body["roles"], keep_key=body["keep_key"]
        )
        return base.created(show_party(party))


def check_registrar(gln: str) -> None:
    """Raise NotPermitted unless `gln` is the registrar's."""
    if gln != keyring.registrar().gln:
        raise errors.NotPermitted("this is the registrar's to do")


class PartyDetail(base.ApiView):
    """One party."""

    scopes = {"GET": None}

    @extend_schema(operation_id="get_party", responses={200: schema.PARTY})
    def get(self, request: HttpRequest, gln: str) -> HttpResponse:
        base.read_query(request)
        return base.ok(show_party(find_party(gln)))


def find_party(gln: str) -> Party:
    """The party `gln`. Raises NotFound."""
    party = Party.objects.filter(gln=gln).first()
    if party is None:
        raise api_errors.NotFound(f"no party is registered under GLN {gln}")
    return party


class KeyList(base.ApiView):
    """A party's keys, revoked ones too; the party, or for its first key the registrar,
    adds one.
    """

    scopes = {"GET": None, "POST": Scope.KEYS}

    @extend_schema(operation_id="list_keys", responses={200: schema.KEYS})
    def get(self, request: HttpRequest, gln: str) -> HttpResponse:
        base.read_query(request)
        keys = find_party(gln).keys.order_by("valid_from", "id")
        return base.ok({"results": [show_key(key) for key in keys]})

    @extend_schema(
        operation_id="add_key",
        parameters=[schema.IDEMPOTENCY_KEY],
        request=KeyBody,
        responses={201: schema.KEY},
    )
    def post(self, request: Request, gln: str) -> HttpResponse:
        find_party(gln)
        body = base.valid(KeyBody, request.data)
        return self.once(request, functools.partial(self._add, gln, body))

    def _add(self, gln: str, body: Mapping[str, Any]) -> idempotency.Answer:
        check_enroller(self.party.gln, find_party(gln))
        parties.add_key(
            gln, body["public_key"], body["possession"], body["purpose"], body["custody"]
        )
        return base.created(show_key(SigningKey.objects.get(public_key=body["public_key"])))


def check_enroller(caller: str, party: Party) -> None:
    """Raise NotPermitted unless the caller is the registrar for a first key, or the
    party for a later one.

    The registrar does not add to a party's keys: the party's kept key would sign what
    the party did not ask for.
    """
    if not party.keys.filter(revoked_at=None).exists():
        check_registrar(caller)
    elif caller != party.gln:
        raise errors.NotPermitted("a party with a key adds further ones itself")


class KeyRevoke(base.ApiView):
    """Revoke a key: what it signed and was recorded before stays valid."""

    scopes = {"POST": Scope.KEYS}

    @extend_schema(
        operation_id="revoke_key",
        parameters=[schema.IDEMPOTENCY_KEY],
        request=RevokeBody,
        responses={201: schema.KEY},
    )
    def post(self, request: Request, gln: str, public_key: str) -> HttpResponse:
        if not find_party(gln).keys.filter(public_key=public_key).exists():
            raise api_errors.NotFound(f"{gln} has no such key")
        body = base.valid(RevokeBody, request.data)
        return self.once(
            request,
            functools.partial(self._revoke, gln, public_key, RevocationReason(body["reason"])),
        )

    def _revoke(self, gln: str, public_key: str, reason: RevocationReason) -> idempotency.Answer:
        if self.party.gln != gln:
            check_registrar(self.party.gln)
        parties.revoke_key(gln, public_key, reason)
        return base.created(show_key(SigningKey.objects.get(public_key=public_key)))


# --- products -----------------------------------------------------------------------


def show_product(product: Product) -> dict[str, Any]:
    """A product as everybody may see it."""
    return {
        "gtin": product.gtin,
        "name": product.name,
        "brand": product.brand,
        "hs_code": product.hs_code,
        "origin": product.origin,
        "owner": product.owner_id,
        "rights": product.rights,
    }


class ProductList(base.ApiView):
    """The registered products; a brand or maker adds its own, signed with its kept
    key.
    """

    scopes = {"GET": None, "POST": Scope.PRODUCTS}

    @extend_schema(
        operation_id="list_products",
        parameters=schema.PAGE,
        responses={200: schema.page(schema.PRODUCT)},
    )
    def get(self, request: HttpRequest) -> HttpResponse:
        found, after = base.by_name(
            Product.objects.all(), "gtin", base.read_query(request, "after", "limit")
        )
        return base.ok({"results": [show_product(product) for product in found], "next": after})

    @extend_schema(
        operation_id="register_product",
        parameters=[schema.IDEMPOTENCY_KEY],
        request=ProductBody,
        responses={201: schema.PRODUCT},
    )
    def post(self, request: Request) -> HttpResponse:
        body = base.valid(ProductBody, request.data)
        return self.once(request, functools.partial(self._register, body))

    def _register(self, body: Mapping[str, Any]) -> idempotency.Answer:
        new = parties.NewProduct(
            self.party.gln,
            body["gtin"],
            body["name"],
            body.get("brand", ""),
            body.get("hs_code", ""),
            body.get("origin", ""),
            body.get("rights", ()),
        )
        parties.register_product(new)
        return base.created(show_product(Product.objects.get(gtin=body["gtin"])))


class ProductDetail(base.ApiView):
    """One product."""

    scopes = {"GET": None}

    @extend_schema(operation_id="get_product", responses={200: schema.PRODUCT})
    def get(self, request: HttpRequest, gtin: str) -> HttpResponse:
        base.read_query(request)
        product = Product.objects.filter(gtin=gtin).first()
        if product is None:
            raise api_errors.NotFound(f"no product is registered under GTIN {gtin}")
        return base.ok(show_product(product))
