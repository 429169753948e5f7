"""Signed input for the benchmarks: one brand with its own key and one product."""

from datetime import UTC, datetime

from django.conf import settings

from provenance.core import gs1
from provenance.core.record import claims, compose
from provenance.core.record.claims import ProductRegistered
from provenance.core.record.compose import Intent
from provenance.core.record.event import Link, Place, issuer_did
from provenance.core.record.vocabulary import Act, Role
from provenance.core.signing import canonical, keys
from provenance.services.record import capture, signing
from provenance.services.registry import parties

BRAND = gs1.make_gln("952000", 4242)
PRIVATE = keys.generate(b"benchmark".ljust(32))
GTIN = gs1.make_gtin("952000", 4242)
PLACE = Place("CN", "Shanghai", "CNSHA")


def item(batch: str, number: int) -> str:
    """URI of one item of a named batch."""
    return gs1.item_uri(GTIN, f"{batch}{number:07d}")


def commissions(count: int, batch: str) -> list[bytes]:
    """`count` signed commissioning events, each the first of a new item: canonical
    bytes.
    """
    now = datetime.now(UTC)
    raws = []
    for number in range(count):
        uri = item(batch, number)
        intent = Intent(act=Act.COMMISSION, issuer=BRAND, subjects={uri: 1}, time=now, place=PLACE)
        unsigned = compose.document(
            compose.event(intent),
            host=settings.CUSTOS_DID_HOST,
            issuer=BRAND,
            created=now,
            links=[Link(uri, 0, None)],
        )
        raws.append(canonical.serialize(compose.sign(unsigned, PRIVATE)))
    return raws


def observations(uris: list[str]) -> list[bytes]:
    """One signed observation of each of `uris`, behind its newest event."""
    now = datetime.now(UTC)
    heads = signing.states_of(uris)
    raws = []
    for uri in uris:
        intent = Intent(act=Act.OBSERVE, issuer=BRAND, subjects={uri: 1}, time=now, place=PLACE)
        links = compose.next_links(intent, heads)
        unsigned = compose.document(
            compose.event(intent),
            host=settings.CUSTOS_DID_HOST,
            issuer=BRAND,
            created=now,
            links=links,
        )
        raws.append(canonical.serialize(compose.sign(unsigned, PRIVATE)))
    return raws


def register() -> None:
    """Register the brand with its own key, and its product by that key."""
    roles = [Role.BRAND, Role.MAKER]
    parties.register(BRAND, "Benchmark Brand", "CN", roles, prefixes=["952000"], keep_key=False)
    public = keys.encode_public(keys.public_of(PRIVATE))
    parties.add_key(
        BRAND, public, keys.prove_possession(PRIVATE, issuer_did(settings.CUSTOS_DID_HOST, BRAND))
    )
    now, uri = datetime.now(UTC), gs1.product_uri(GTIN)
    product = ProductRegistered(
        subject=uri,
        owner=BRAND,
        name="Benchmark product",
        brand="",
        hs_code="",
        origin="",
        rights=(),
    )
    claim = claims.write(product, now)
    unsigned = compose.document(
        claim, host=settings.CUSTOS_DID_HOST, issuer=BRAND, created=now, links=[Link(uri, 0, None)]
    )
    capture.capture_one(canonical.serialize(compose.sign(unsigned, PRIVATE)), endpoint="bench")
