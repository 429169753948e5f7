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
from provenance.core.record import compose, sealed_json
from provenance.core.record.event import Link, issuer_did
from provenance.core.record.vocabulary import Act
from provenance.core.signing import canonical, keys
from provenance.models import PartyApiKey
from provenance.models.parties import Scope
from provenance.services import keyring
from provenance.services.record import signing
from provenance.services.registry import parties
from tests import cast
from tests.world import World

MAKER, CARRIER, SHOP, MALLORY = (
    who.gln for who in (World.maker, World.carrier, World.retailer, World.mallory)
)
GTIN, CHINA = cast.GTIN, cast.CN
NOW = datetime(2026, 11, 20, 8, tzinfo=UTC)
item, pallet = cast.item, cast.unit


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
        born = {item(serial): 1}
        intent = compose.Intent(
            act=Act.COMMISSION, issuer=self.gln, subjects=born, time=NOW, place=CHINA
        )
        return self.sign(intent)

    def sign(self, intent: compose.Intent) -> bytes:
        """A signed event behind the heads of now."""
        ((unsigned, contents),) = signing.prepare([signing.draft(intent)])
        signed = compose.sign(unsigned, self.private)
        if contents is None:
            return canonical.serialize(signed)
        opened = sealed_json.write_contents(contents)
        return canonical.serialize({"event": signed, "opened": opened})

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
    parties.add_key(
        gln, public, keys.prove_possession(private, issuer_did(settings.CUSTOS_DID_HOST, gln))
    )


def build_world() -> dict[str, Caller]:
    """Register everybody; returns callers by name."""
    parties.bootstrap()
    for name in ("maker", "carrier", "retailer", "mallory"):
        title, country, roles = cast.PARTIES[name]
        gln = getattr(World, name).gln
        kept = name != "maker"
        parties.register(gln, title, country, roles, prefixes=[cast.PREFIX], keep_key=kept)
    enrol(MAKER, World.maker.private)
    maker, uri = Signed(MAKER, api_key(MAKER), World.maker.private), gs1.product_uri(GTIN)
    unsigned = compose.document(
        cast.claim_body(Act.PRODUCT_REGISTERED, uri, NOW, **cast.a_product(World.maker)),
        host=settings.CUSTOS_DID_HOST,
        issuer=MAKER,
        created=NOW,
        links=[Link(uri, 0, None)],
    )
    assert maker.post("/events", compose.sign(unsigned, maker.private)).status_code == 201
    registrar = keyring.registrar().gln
    return {
        "maker": maker,
        "bob": Caller(MAKER, api_key(MAKER)),
        "carrier": Caller(CARRIER, api_key(CARRIER)),
        "shop": Caller(SHOP, api_key(SHOP)),
        "mallory": Caller(MALLORY, api_key(MALLORY)),
        "registrar": Caller(registrar, api_key(registrar)),
        "stranger": STRANGER,
    }
