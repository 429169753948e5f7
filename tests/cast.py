"""The fixed cast, registered in a real database: a maker, a carrier, customs on both
sides, a retailer, and Mallory.

Each party has a key of its own, which the test holds, and a kept key, with which
`services.custody` signs for it.

    raw = cast.event(world.maker, Kind.COMMISSION, world.item("A1"))     signed behind the heads of now
    cast.act(world.maker, Kind.COMMISSION, world.item("A1"))             and captured; returns the digest
    with cast.refused("not-permitted"): ...
"""

import contextlib
import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

import pytest
from django.conf import settings
from django.utils import timezone

from provenance.core import errors, gs1
from provenance.core.record import compose
from provenance.core.record.compose import Intent
from provenance.core.record.event import Customs, Link, Place
from provenance.core.record.kinds import Kind, Role
from provenance.core.signing import canonical, keys
from provenance.services import keyring
from provenance.services.record import capture, rebuild, signing
from provenance.services.registry import parties

CN = Place("CN", "Shenzhen", "CNSZX")
NL = Place("NL", "Rotterdam", "NLRTM")
VN = Place("VN", "Hai Phong", "VNHPH")
CLEARED, HELD, SEIZED = (Customs("import", outcome) for outcome in ("cleared", "held", "seized"))
Amounts = Mapping[str, Decimal | int] | str | Sequence[str]


@dataclass(frozen=True)
class Actor:
    """A party and the key that it holds itself."""

    gln: str
    private: keys.PrivateKey

    @property
    def uri(self) -> str:
        return gs1.party_uri(self.gln)

    @property
    def public(self) -> str:
        return keys.encode_public(keys.public_of(self.private))


def actor(number: int) -> Actor:
    """Party `number` of the 952000 example prefix, with a key from a fixed seed."""
    seed = hashlib.sha256(f"custos test party {number}".encode()).digest()
    return Actor(gs1.make_gln("952000", 100 + number), keys.generate(seed))


@dataclass(frozen=True)
class World:
    """Who is there, and what is registered: a plain product and one that carries the
    maker's right.
    """

    registrar: Actor
    maker: Actor
    carrier: Actor
    customs_cn: Actor
    customs_nl: Actor
    retailer: Actor
    office: Actor
    factory: Actor
    mallory: Actor
    gtin: str
    branded: str
    right: str

    @property
    def everybody(self) -> dict[str, Actor]:
        """The cast by name, the registrar included."""
        return {name: value for name, value in vars(self).items() if isinstance(value, Actor)}

    def item(self, serial: str, gtin: str = "") -> str:
        return gs1.item_uri(gtin or self.gtin, serial)

    def lot(self, number: str) -> str:
        return gs1.lot_uri(self.gtin, number)

    def unit(self, number: int) -> str:
        return gs1.sscc_uri(gs1.make_sscc("952000", 0, number))


PARTIES = {
    "maker": ("Lantern & Loom Ltd", "CN", (Role.BRAND, Role.MAKER)),
    "carrier": ("Blue Heron Freight", "SG", (Role.CARRIER,)),
    "customs_cn": ("Shenzhen Customs", "CN", (Role.CUSTOMS_AUTHORITY,)),
    "customs_nl": ("Rotterdam Customs", "NL", (Role.CUSTOMS_AUTHORITY,)),
    "retailer": ("Winkel aan de Maas", "NL", (Role.RETAILER,)),
    "office": ("Benelux Register", "NL", (Role.IP_OFFICE,)),
    "factory": ("Red River Works", "VN", (Role.MAKER,)),
    "mallory": ("Mallory Trading", "CN", (Role.MAKER, Role.CARRIER)),
}


def registrar() -> Actor:
    """The registrar of these settings."""
    return Actor(settings.CUSTOS_REGISTRAR_GLN, keyring.registrar_private())


def build() -> World:
    """Register the cast in this database."""
    root = registrar()
    actors = {name: actor(number) for number, name in enumerate(PARTIES, 1)}
    world = World(
        root,
        **actors,
        gtin=gs1.make_gtin("952000", 101),
        branded=gs1.make_gtin("952000", 102),
        right="urn:uuid:0192f0c4-7b1e-7cc3-98c4-dc0c0c07398f",
    )
    parties.bootstrap()
    kept = keyring.make_many(len(actors))
    raws = []
    for (name, who), private in zip(actors.items(), kept, strict=True):
        title, country, roles = PARTIES[name]
        chain = _Chain(root, who.uri)
        raws += [
            chain.claim(Kind.PARTY_REGISTERED, name=title, country=country, roles=list(roles)),
            chain.claim(Kind.KEY_ADDED, **enrolment(who.uri, who.private, "external")),
            chain.claim(Kind.KEY_ADDED, **enrolment(who.uri, private, "server")),
        ]
    raws.append(_Chain(world.maker, world.right).claim(Kind.RIGHT_FILED, **a_right(world.maker)))
    for gtin, rights in ((world.gtin, []), (world.branded, [world.right])):
        members = a_product(world.maker, rights)
        raws.append(
            _Chain(world.maker, gs1.product_uri(gtin)).claim(Kind.PRODUCT_REGISTERED, **members)
        )
    outcomes = capture.capture(raws, endpoint="cast")
    assert [outcome.error for outcome in outcomes if outcome.error] == []
    return world


def enrolment(
    uri: str, private: keys.PrivateKey, custody_: str, purpose: str = "any"
) -> dict[str, Any]:
    """The members of a key_added claim that enrols `private` for party `uri`."""
    return {
        "publicKeyMultibase": keys.encode_public(keys.public_of(private)),
        "purpose": purpose,
        "custody": custody_,
        "possession": keys.prove_possession(private, uri),
    }


def a_right(owner: Actor, **changes: Any) -> dict[str, Any]:
    """The members of a right_filed claim."""
    plain = {
        "owner": owner.uri,
        "kind": "trademark",
        "title": "LANTERN & LOOM",
        "office": "BOIP",
        "number": "1234567",
        "territories": ["BE", "NL", "LU"],
        "validFrom": "2020-01-01",
        "validUntil": "2039-12-31",
    }
    return plain | changes


def a_product(owner: Actor, rights: Sequence[str] = ()) -> dict[str, Any]:
    """The members of a product_registered claim."""
    plain = {"owner": owner.uri, "name": "Tea caddy", "brand": "Lantern & Loom", "hsCode": "691110"}
    return {**plain, "origin": "CN", "rights": list(rights)}


class _Chain:
    """Claims of one issuer about one subject, each behind the one before."""

    def __init__(self, issuer: Actor, uri: str) -> None:
        self.issuer, self.uri = issuer, uri
        self.position, self.head = 0, ""

    def claim(self, kind: Kind, /, **members: Any) -> bytes:
        link = Link(self.uri, self.position, self.head or None)
        raw = claim(self.issuer, kind, self.uri, link=link, **members)
        self.position, self.head = self.position + 1, canonical.digest(raw)
        return raw


# --- signed input -------------------------------------------------------------------


def amounts(subjects: Amounts) -> Mapping[str, Decimal | int]:
    """One URI, many, or amounts by URI."""
    if isinstance(subjects, Mapping):
        return subjects
    return dict.fromkeys([subjects] if isinstance(subjects, str) else subjects, 1)


def event(
    by: Actor,
    kind: Kind,
    subjects: Amounts,
    *,
    created: datetime | None = None,
    links: Sequence[Link] | None = None,
    edit: Callable[[dict[str, Any]], object] | None = None,
    key: keys.PrivateKey | None = None,
    **options: Any,
) -> bytes:
    """A signed act of party `by` behind the heads of now, or with the `links` given.

    `edit` changes the unsigned document before it is signed, `key` is another key to
    sign with.
    """
    options = {"time": timezone.now(), "place": CN, **options}
    intent = Intent(kind=kind, issuer=by.gln, subjects=amounts(subjects), **options)
    if links is None:
        links = compose.next_links(intent, signing.states_of(intent.all_subjects))
    unsigned = compose.document(
        compose.event(intent),
        host=settings.CUSTOS_DID_HOST,
        issuer=by.gln,
        created=created or timezone.now(),
        links=links,
        evidence=intent.evidence,
    )
    return _signed(unsigned, key or by.private, edit)


def claim(
    by: Actor,
    kind: Kind,
    uri: str,
    /,
    *,
    link: Link | None = None,
    time: datetime | None = None,
    edit: Callable[[dict[str, Any]], object] | None = None,
    key: keys.PrivateKey | None = None,
    **members: Any,
) -> bytes:
    """A signed registry claim of party `by` behind the head of now, or with the `link`
    given.
    """
    if link is None:
        head = signing.states_of([uri]).get(uri)
        link = Link(uri, 0, None) if head is None else Link(uri, head.position + 1, head.head)
    now = timezone.now()
    unsigned = compose.document(
        compose.claim(kind, uri, time or now, **members),
        host=settings.CUSTOS_DID_HOST,
        issuer=by.gln,
        created=now,
        links=[link],
    )
    return _signed(unsigned, key or by.private, edit)


def _signed(
    unsigned: dict[str, Any], key: keys.PrivateKey, edit: Callable[[dict[str, Any]], object] | None
) -> bytes:
    if edit is not None:
        edit(unsigned)
    return canonical.serialize(compose.sign(unsigned, key))


# --- captured -----------------------------------------------------------------------


def act(by: Actor, kind: Kind, subjects: Amounts, **options: Any) -> str:
    """Sign and capture; returns the digest, raises why it is refused."""
    return capture.capture_one(event(by, kind, subjects, **options), endpoint="cast")


def sign(
    by: str, kind: Kind, subjects: Amounts, *, signed_at: datetime | None = None, **options: Any
) -> str:
    """Sign with the kept key of the party with GLN `by`, and capture; returns the digest,
    raises why it is refused.
    """
    options = {"time": timezone.now(), **options}
    intent = Intent(kind=kind, issuer=by, subjects=amounts(subjects), **options)
    (receipt,) = signing.sign_and_capture([intent], signed_at=signed_at)
    if receipt.error is not None:
        raise receipt.error
    return receipt.digest or ""


def state_claim(by: Actor, kind: Kind, uri: str, /, **members: Any) -> str:
    """Sign and capture a registry claim; returns the digest, raises why it is
    refused.
    """
    return capture.capture_one(claim(by, kind, uri, **members), endpoint="cast")


def hand_over(
    giver: Actor, taker: Actor, subjects: Amounts, *, accept: bool = True, **options: Any
) -> str:
    """Hand over and, unless told otherwise, accept; returns the digest of the last of
    the two.
    """
    names = {"sender": giver.gln, "receiver": taker.gln}
    digest = act(giver, Kind.HAND_OVER, subjects, **names, **options)
    return act(taker, Kind.ACCEPT, subjects, **names, **options) if accept else digest


@contextlib.contextmanager
def refused(code: str) -> Iterator[pytest.ExceptionInfo[errors.ProvenanceError]]:
    """What happens inside is refused with this code."""
    with pytest.raises(errors.ProvenanceError) as caught:
        yield caught
    assert caught.value.code == code, caught.value.detail


@pytest.fixture
def world(db: None) -> World:
    """The cast, in this test's database."""
    return build()


@pytest.fixture
def rebuilds_clean(db: None) -> Iterator[None]:
    """After the test every read model is what the events say."""
    yield
    differences = rebuild.rebuild()
    assert not differences, differences
