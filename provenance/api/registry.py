"""Parties, their keys, and products: public to read, claims to write."""

from collections.abc import Mapping
from typing import Any

from django.db.models import QuerySet
from django.http import HttpResponse
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import serializers
from rest_framework.generics import ListAPIView
from rest_framework.request import Request
from rest_framework.response import Response

from provenance.api import base, fields, pagination, schema
from provenance.api import errors as api_errors
from provenance.core import errors
from provenance.core.record.vocabulary import KeyPurpose, RevocationReason, Role
from provenance.models import Party, Product, SigningKey
from provenance.models.parties import Scope
from provenance.services import keyring
from provenance.services.registry import parties

PURPOSES = [purpose.value for purpose in KeyPurpose if not purpose.is_registrars]

# --- requests -----------------------------------------------------------------------


class AmendBody(fields.Body):
    """All that a registration says of its party from now on."""

    name = fields.Text()
    country = fields.Country(default="", allow_blank=True, help_text="empty where it is not known")
    roles = serializers.ListField(child=fields.Choice(Role), min_length=1)
    prefixes = serializers.ListField(
        child=fields.CompanyPrefix(),
        default=list,
        max_length=100,
        help_text="GS1 company prefixes that the registrar vouches for",
    )


class PartyBody(AmendBody):
    """A party to register. With `keep_key` a key is made and kept here for it."""

    gln = fields.Gln()
    keep_key = fields.Flag(default=False)


class KeyBody(fields.Body):
    """A key to enrol, with the proof that its holder holds it (docs/format.md, "Proof
    of possession").
    """

    public_key = fields.PublicKey(
        help_text="`z` and the base58btc of 0xed, 0x01 and the 32 bytes of an Ed25519 key"
    )
    possession = fields.Text(
        help_text="`z` and the base58btc of the key's own signature over three lines, each ended"
        " by a line feed: `custos/key-possession/v1`, the party's DID"
        " `did:web:{host}:parties:{gln}`, and the public key"
    )
    purpose = fields.Choice(PURPOSES, default=KeyPurpose.ANY.value)
    custody = fields.Choice(["device", "external"], default="external")


class RevokeBody(fields.Body):
    """Why a key is revoked."""

    reason = fields.Choice(sorted(RevocationReason))


class ProductBody(fields.Body):
    """A product to register; its owner is the API key's party."""

    gtin = fields.Gtin()
    name = fields.Text()
    brand = fields.Text(required=False, allow_blank=True)
    hs_code = fields.Text(required=False, allow_blank=True)
    origin = fields.Country(required=False)
    rights = serializers.ListField(child=fields.SubjectUri(), required=False, max_length=100)


# --- answers ------------------------------------------------------------------------


class PartySerializer(serializers.Serializer[Any]):
    """A party, as everybody may see it."""

    gln = serializers.RegexField(fields.GLN)
    name = serializers.CharField()
    country = serializers.CharField()
    roles = serializers.ListField(child=fields.Choice(Role))
    prefixes = serializers.ListField(child=serializers.CharField())


class KeySerializer(serializers.Serializer[Any]):
    """A key, as everybody may see it."""

    public_key = serializers.CharField()
    purpose = fields.Choice(KeyPurpose)
    custody = fields.Choice(SigningKey.Custody.values)
    valid_from = serializers.DateTimeField()
    enrolled_by = serializers.CharField(help_text="the public key that signed its enrolment")
    revoked_at = serializers.DateTimeField(allow_null=True)
    reason = fields.Choice(sorted(RevocationReason), allow_blank=True)


class ProductSerializer(serializers.Serializer[Any]):
    """A product, as everybody may see it."""

    gtin = serializers.CharField()
    name = serializers.CharField()
    brand = serializers.CharField()
    hs_code = serializers.CharField()
    origin = serializers.CharField()
    owner = serializers.RegexField(fields.GLN, source="owner_id")
    rights = serializers.ListField(child=serializers.CharField())


# --- parties ------------------------------------------------------------------------


@extend_schema_view(get=extend_schema("list_parties"))
class PartyList(ListAPIView[Party], base.ApiView[Party]):
    """The registered parties; the registrar adds a party."""

    scopes = {"GET": None, "POST": Scope.PARTIES}
    query_class = pagination.PageQuery
    queryset = Party.objects.all()
    serializer_class = PartySerializer
    pagination_class = pagination.ByName
    ordering = ("gln",)

    @schema.write("register_party", PartyBody, PartySerializer)
    def post(self, request: Request) -> HttpResponse:
        body = base.valid(PartyBody, request.data)
        return self.once(lambda: self._register(body))

    def _register(self, body: Mapping[str, Any]) -> Any:
        check_registrar(self.caller.gln)
        return PartySerializer(parties.register(**body)).data


def check_registrar(gln: str) -> None:
    """Raise NotPermitted unless `gln` is the registrar's."""
    if gln != keyring.registrar().gln:
        raise errors.NotPermitted("this is the registrar's to do")


class PartyDetail(base.ApiView[Party]):
    """A party; the registrar amends it."""

    scopes = {"GET": None, "POST": Scope.PARTIES}

    @extend_schema("get_party", responses=PartySerializer)
    def get(self, request: Request, gln: str) -> Response:
        return Response(PartySerializer(find_party(gln)).data)

    @schema.write("amend_party", AmendBody, PartySerializer)
    def post(self, request: Request, gln: str) -> HttpResponse:
        find_party(gln)
        body = base.valid(AmendBody, request.data)
        return self.once(lambda: self._amend(gln, body))

    def _amend(self, gln: str, body: Mapping[str, Any]) -> Any:
        check_registrar(self.caller.gln)
        return PartySerializer(parties.amend(parties.NewParty(gln, **body))).data


def find_party(gln: str) -> Party:
    """The party `gln`. Raises NotFound."""
    party = Party.objects.filter(gln=gln).first()
    if party is None:
        raise api_errors.NotFound(f"no party is registered under GLN {gln}")
    return party


# --- keys ---------------------------------------------------------------------------


@extend_schema_view(get=extend_schema("list_keys"))
class KeyList(ListAPIView[SigningKey], base.ApiView[SigningKey]):
    """A party's keys, revoked keys too, newest first; the party, or for its first key the
    registrar, adds a key.
    """

    scopes = {"GET": None, "POST": Scope.KEYS}
    query_class = pagination.PageQuery
    serializer_class = KeySerializer
    pagination_class = pagination.ByTime
    ordering = ("-valid_from", "-id")

    def get_queryset(self) -> QuerySet[SigningKey]:
        return find_party(self.kwargs["gln"]).keys.all()

    @schema.write("add_key", KeyBody, KeySerializer)
    def post(self, request: Request, gln: str) -> HttpResponse:
        find_party(gln)
        body = base.valid(KeyBody, request.data)
        return self.once(lambda: self._add(gln, body))

    def _add(self, gln: str, body: Mapping[str, Any]) -> Any:
        check_enroller(self.caller.gln, find_party(gln))
        parties.add_key(
            gln, body["public_key"], body["possession"], body["purpose"], body["custody"]
        )
        return KeySerializer(SigningKey.objects.get(public_key=body["public_key"])).data


def check_enroller(caller: str, party: Party) -> None:
    """Raise NotPermitted unless the caller is the registrar for a first key, or the
    party for a later key.

    The registrar does not add to a party's keys: the party's kept key would sign what
    the party did not ask for.
    """
    if not party.keys.filter(revoked_at=None).exists():
        check_registrar(caller)
    elif caller != party.gln:
        raise errors.NotPermitted("a party with a key adds further ones itself")


class KeyRevoke(base.ApiView[SigningKey]):
    """Revoke a key; the events recorded before stay valid."""

    scopes = {"POST": Scope.KEYS}

    @schema.write("revoke_key", RevokeBody, KeySerializer)
    def post(self, request: Request, gln: str, public_key: str) -> HttpResponse:
        if not find_party(gln).keys.filter(public_key=public_key).exists():
            raise api_errors.NotFound(f"{gln} has no such key")
        body = base.valid(RevokeBody, request.data)
        reason = RevocationReason(body["reason"])
        return self.once(lambda: self._revoke(gln, public_key, reason))

    def _revoke(self, gln: str, public_key: str, reason: RevocationReason) -> Any:
        if self.caller.gln != gln:
            check_registrar(self.caller.gln)
        parties.revoke_key(gln, public_key, reason)
        return KeySerializer(SigningKey.objects.get(public_key=public_key)).data


# --- products -----------------------------------------------------------------------


@extend_schema_view(get=extend_schema("list_products"))
class ProductList(ListAPIView[Product], base.ApiView[Product]):
    """The registered products; a brand or maker adds its own, signed with its kept
    key.
    """

    scopes = {"GET": None, "POST": Scope.PRODUCTS}
    query_class = pagination.PageQuery
    queryset = Product.objects.all()
    serializer_class = ProductSerializer
    pagination_class = pagination.ByName
    ordering = ("gtin",)

    @schema.write("register_product", ProductBody, ProductSerializer)
    def post(self, request: Request) -> HttpResponse:
        body = base.valid(ProductBody, request.data)
        return self.once(lambda: self._register(body))

    def _register(self, body: Mapping[str, Any]) -> Any:
        parties.register_product(parties.NewProduct(self.caller.gln, **body))
        return ProductSerializer(Product.objects.get(gtin=body["gtin"])).data


class ProductDetail(base.ApiView[Product]):
    """A product."""

    scopes = {"GET": None}

    @extend_schema("get_product", responses=ProductSerializer)
    def get(self, request: Request, gtin: str) -> Response:
        product = Product.objects.filter(gtin=gtin).first()
        if product is None:
            raise api_errors.NotFound(f"no product is registered under GTIN {gtin}")
        return Response(ProductSerializer(product).data)
