"""The cast of the tests: who they are, what they make and where, with the same keys in
every run.

Lantern & Loom is the brand and the maker; Red River Works makes for it under licence;
Mallory may sign and be registered like anybody, and has no part in anything.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from provenance.core import gs1
from provenance.core.record.acts import GOODS_RULES
from provenance.core.record.event import Explanation, Place, issuer_did
from provenance.core.record.vocabulary import Act, Role
from provenance.core.signing import canonical, keys

HOST = "custos.example"
START = datetime(2026, 11, 2, 8, 0, tzinfo=UTC)
PREFIX = "952000"  # of everybody's numbers here, unless a test says otherwise
GTIN, BRANDED = gs1.make_gtin(PREFIX, 0), gs1.make_gtin(PREFIX, 102)
RIGHT, LICENCE = (f"urn:uuid:0192f0c4-7b1e-7cc3-98c4-dc0c0c07398{n}" for n in "f0")
CN = Place("CN", "Shenzhen", "CNSZX")
NL = Place("NL", "Rotterdam", "NLRTM")
VN = Place("VN", "Hai Phong", "VNHPH")
CHINA: dict[str, Any] = {"place": CN, "offset": "+08:00"}
DUTCH: dict[str, Any] = {"place": NL, "offset": "+01:00"}
CUSTOMS_UNIONS = {"EU": ("BE", "DE", "NL"), "SACU": ("BW", "ZA")}

EXPLANATION = {
    "reason": "the glue lets go",
    "advice": "Do not use it. Bring it back to the shop.",
    "contact": "care@lantern.example",
}
Amounts = Mapping[str, Decimal | int] | str | Sequence[str]


def item(serial: str, gtin: str = GTIN) -> str:
    """URI of an item of the product."""
    return gs1.item_uri(gtin, serial)


def lot(number: str) -> str:
    """URI of a lot of the product."""
    return gs1.lot_uri(GTIN, number)


def unit(number: int) -> str:
    """URI of a logistic unit."""
    return gs1.sscc_uri(gs1.make_sscc("952000", 0, number))


def explanation(act: Act) -> Explanation | None:
    """The explanation that an act needs, if it needs one."""
    members = GOODS_RULES[act].explains
    return Explanation(**{name: EXPLANATION[name] for name in members}) if members else None


ITEM, LOT, PALLET, PALLET_2 = item("7K3M9QZXW2T5"), lot("L-1"), unit(1), unit(2)


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
    """Party `number` of the 952000 example prefix, with a key of its own."""
    return Actor(gs1.make_gln("952000", number), keys.generate(bytes([number]) * 32))


PARTIES: dict[str, tuple[str, str, tuple[Role, ...]]] = {
    "registrar": ("Custos Registrar", "NL", (Role.REGISTRAR,)),
    "maker": ("Lantern & Loom Ltd", "CN", (Role.BRAND, Role.MAKER)),
    "carrier": ("Blue Heron Freight", "SG", (Role.CARRIER,)),
    "retailer": ("Winkel aan de Maas", "NL", (Role.RETAILER,)),
    "customs_cn": ("Shenzhen Customs", "CN", (Role.CUSTOMS_AUTHORITY,)),
    "customs_nl": ("Douane Rotterdam", "NL", (Role.CUSTOMS_AUTHORITY,)),
    "mallory": ("Mallory Trading", "CN", (Role.MAKER, Role.CARRIER)),
    "office": ("Benelux Register", "NL", (Role.IP_OFFICE,)),
    "factory": ("Red River Works", "VN", (Role.MAKER,)),
}
TRADE = ("registrar", "maker", "carrier", "retailer", "customs_cn", "customs_nl")
ACTORS = {name: actor(number) for number, name in enumerate(PARTIES, 1)}


def amounts(subjects: Amounts) -> Mapping[str, Decimal | int]:
    """One URI, many, or amounts by URI, as amounts by URI."""
    if isinstance(subjects, Mapping):
        return subjects
    return dict.fromkeys([subjects] if isinstance(subjects, str) else subjects, 1)


# --- the members of claims ----------------------------------------------------------


def key_uri(private: keys.PrivateKey) -> str:
    """URI of a key, whose chain has its claims."""
    return gs1.key_uri(keys.encode_public(keys.public_of(private)))


def enrolment(
    uri: str,
    private: keys.PrivateKey,
    custody: str = "external",
    purpose: str = "any",
    *,
    host: str = "",
) -> dict[str, Any]:
    """The members of a key_added claim that enrols `private` for party `uri` at `host`
    (the core's own, if empty).
    """
    did = issuer_did(host or HOST, gs1.parse_subject(uri).gln)
    return {
        "party": uri,
        "purpose": purpose,
        "custody": custody,
        "possession": keys.prove_possession(private, did),
    }


def a_product(owner: Actor, **changes: Any) -> dict[str, Any]:
    """The members of a product_registered claim."""
    plain = {"owner": owner.uri, "name": "Tea caddy", "brand": "Lantern & Loom"}
    return {**plain, "hsCode": "691110", "origin": "CN", "rights": [], **changes}


def a_recall(**changes: Any) -> dict[str, Any]:
    """The members of a product_recalled claim: of lot L-1."""
    which = {"lots": [LOT], "commissionedFrom": None, "commissionedUntil": None}
    return {**which, **EXPLANATION, **changes}


def a_right(owner: Actor, **changes: Any) -> dict[str, Any]:
    """The members of a right_filed claim."""
    plain = {
        "owner": owner.uri,
        "kind": "trademark",
        "title": "Lantern & Loom",
        "office": "WIPO",
        "number": "1234567",
        "territories": ["CN", "NL"],
        "validFrom": "2026-01-01",
        "validUntil": "2035-12-31",
    }
    return plain | changes


def a_licence(licensee: Actor, **changes: Any) -> dict[str, Any]:
    """The members of a licence_granted claim: for every product, everywhere, this
    year.
    """
    plain = {"licence": LICENCE, "licensee": licensee.uri, "products": [], "territories": []}
    return {**plain, "validFrom": "2026-01-01", "validUntil": "2026-12-31", **changes}


def claim_body(act: Act, uri: str, moment: datetime, /, **members: Any) -> dict[str, Any]:
    """The JSON of a registry claim, whatever its members are."""
    time = canonical.format_timestamp(moment)
    return {"type": act.claim_type, "id": uri, "time": time, **members}
