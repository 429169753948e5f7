"""The callers of the API in tests: parties with API keys, and one of them with a
signing key of its own.

The maker keeps its own key, so it signs by itself; the carrier and the shop have kept
keys; Mallory has everything but a part in it. All are registered by the registrar.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import orjson
from django.conf import settings
from django.test import Client

from provenance.core import gs1
from provenance.core.record import compose
from provenance.core.record import event as event_
from provenance.core.record.event import Place
from provenance.core.record.kinds import Kind, Role
from provenance.core.signing import canonical, keys
from provenance.models import PartyApiKey
from provenance.models.parties import Scope
from provenance.services.record import signing
from provenance.services.registry import parties

MAKER, CARRIER, SHOP, MALLORY = (gs1.make_gln("952000", number) for number in range(11, 15))
GTIN = "09520000000004"
NOW = datetime(2026, 11, 20, 8, tzinfo=UTC)
CHINA = Place(country="CN", name="Shenzhen")


def item(serial: str) -> str:
    """URI of an item of the product."""
    return gs1.item_uri(GTIN, serial)


def pallet(number: int) -> str:
    """URI of a logistic unit."""
    return gs1.sscc_uri(gs1.make_sscc("952000", 0, number))


@dataclass(frozen=True)
class Caller:
    """Somebody with an API key."""

    gln: str
    secret: str

    def _headers(self, headers: Mapping[str, str]) -> dict[str, str]:
        return ({"Authorization": f"Api-Key {self.secret}"} if self.secret else {}) | dict(headers)

    def get(self, path: str, query: Mapping[str, str] | None = None, **headers: str) -> Any:
        """GET below /api/v1."""
        return Client().get(f"/api/v1{path}", query or {}, headers=self._headers(headers))

    def post(self, path: str, body: Any, headers: Mapping[str, str] | None = None) -> Any:
        """POST below /api/v1: bytes as they are, anything else as JSON."""
        raw = body if isinstance(body, bytes) else orjson.dumps(body)
        return Client(raise_request_exception=False).generic(
            "POST",
            f"/api/v1{path}",
            raw,
            content_type="application/json",
            headers=self._headers(headers or {}),
        )


STRANGER = Caller("", "")


@dataclass(frozen=True)
class Signed(Caller):
    """A caller that signs with its own key."""

    private: keys.PrivateKey

    @property
    def public(self) -> str:
        """Its public key in multibase."""
        return keys.encode_public(keys.public_of(self.private))

    def commission(self, serial: str) -> bytes:
        """A signed event that begins an item."""
        return self.sign(
            compose.Intent(
                kind=Kind.COMMISSION,
                issuer=self.gln,
                subjects={item(serial): 1},
                time=NOW,
                place=CHINA,
            )
        )

    def sign(self, intent: compose.Intent) -> bytes:
        """A signed event behind the heads of now."""
        return canonical.serialize(compose.sign(signing.prepare(intent), self.private))

    def document(self, serial: str) -> dict[str, Any]:
        """`commission`, as an object."""
        document: dict[str, Any] = canonical.parse(self.commission(serial))
        return document


def seed(name: str) -> keys.PrivateKey:
    """A key for tests, the same in every run."""
    return keys.generate(hashlib.sha256(f"api tests: {name}".encode()).digest())


def api_key(gln: str, *scopes: Scope) -> str:
    """The secret of a new API key with these scopes, or all."""
    _, secret = PartyApiKey.objects.create_key(
        name="test", party_id=gln, scopes=list(scopes or Scope)
    )
    return str(secret)


def enrol(gln: str, private: keys.PrivateKey) -> None:
    """Register a key that the party holds itself."""
    public = keys.encode_public(keys.public_of(private))
    parties.add_key(gln, public, keys.prove_possession(private, gs1.party_uri(gln)))


def build_world() -> dict[str, Caller]:
    """Register everybody; returns callers by name."""
    parties.bootstrap()
    for gln, name, roles, keep in (
        (MAKER, "Lantern & Loom", [Role.BRAND, Role.MAKER], False),
        (CARRIER, "Blue Heron Freight", [Role.CARRIER], True),
        (SHOP, "Winkel aan de Maas", [Role.RETAILER], True),
        (MALLORY, "Mallory Trading", [Role.BRAND], True),
    ):
        parties.register(gln, name, "CN", roles, keep_key=keep)
    enrol(MAKER, seed("maker"))
    maker = Signed(MAKER, api_key(MAKER), seed("maker"))
    uri, words = (
        gs1.product_uri(GTIN),
        {"name": "Tea caddy", "brand": "Lantern & Loom", "hsCode": "691110"},
    )
    claim = compose.claim(
        Kind.PRODUCT_REGISTERED,
        uri,
        NOW,
        owner=gs1.party_uri(MAKER),
        origin="CN",
        rights=[],
        **words,
    )
    unsigned = compose.document(
        claim,
        host=settings.CUSTOS_DID_HOST,
        issuer=MAKER,
        created=NOW,
        links=[event_.Link(uri, 0, None)],
    )
    assert maker.post("/events", compose.sign(unsigned, maker.private)).status_code == 201
    registrar = parties.registrar_gln()
    return {
        "maker": maker,
        "bob": Caller(MAKER, api_key(MAKER)),
        "carrier": Caller(CARRIER, api_key(CARRIER)),
        "shop": Caller(SHOP, api_key(SHOP)),
        "mallory": Caller(MALLORY, api_key(MALLORY)),
        "registrar": Caller(registrar, api_key(registrar)),
        "stranger": STRANGER,
    }
