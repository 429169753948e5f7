"""Subjects: the things that have a chain, each with one URI, spelt in one way.

    https://id.gs1.org/01/09520000000004/21/7K3M9QZXW2T5     an item
    https://id.gs1.org/01/09520000000004/10/L-2026%2F11      a lot
    https://id.gs1.org/00/095200000000000011                 a logistic unit
    https://id.gs1.org/01/09520000000004                     a product
    https://id.gs1.org/417/9520000000011                     a party
    urn:uuid:0192f0c4-7b1e-7cc3-98c4-dc0c0c07398f            a right
    did:key:z6Mkn2fW2ETPKRmqdQaztT3tKtSrbCRikAExMHYNQhvcVhyX  a party's key

Letters, digits and `-._~` are written as they are, everything else is percent-encoded
in upper-case hex, so that `parse_subject(uri).uri == uri` whenever it is accepted. A
label carries the same path on our own host.
"""

import functools
import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, assert_never
from urllib.parse import quote

from provenance.core import errors
from provenance.core.gs1 import digital_link, identifiers

GS1_ORIGIN: Final = "https://id.gs1.org"
GS1_DOMAIN: Final = "id.gs1.org"

_UUID: Final = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
_URN_UUID: Final = "urn:uuid:"
# An Ed25519 key in multibase: "z", then base58btc of 0xed01 and 32 bytes.
_KEY: Final = re.compile(r"z6Mk[1-9A-HJ-NP-Za-km-z]{44}")
_DID_KEY: Final = "did:key:"
# An item whose serial is written as it is: most URIs of the record. No other subject has this form.
_PLAIN_ITEM: Final = re.compile(r"https://id\.gs1\.org/01/([0-9]{14})/21/([0-9A-Za-z._-]{1,20})")
_gtin: Final = functools.lru_cache(maxsize=4096)(identifiers.parse_gtin)


class SubjectKind(StrEnum):
    """The kinds of subject: goods (item, lot, logistic unit), product, party, right and key."""

    ITEM = "item"
    LOT = "lot"
    LOGISTIC_UNIT = "logistic_unit"
    PRODUCT = "product"
    PARTY = "party"
    RIGHT = "right"
    KEY = "key"


@dataclass(frozen=True, slots=True)
class Subject:
    """A subject of the record; the members that its kind does not have are empty."""

    kind: SubjectKind
    gtin: str = ""
    serial: str = ""
    lot: str = ""
    sscc: str = ""
    gln: str = ""
    uuid: str = ""
    public_key: str = ""

    @property
    def path(self) -> str:
        """The GS1 path of its key, the same on every host. Raises BadIdentifier for a
        right or a signing key, which have none.
        """
        match self.kind:
            case SubjectKind.ITEM:
                return f"/01/{self.gtin}/21/{quote(self.serial, safe='')}"
            case SubjectKind.LOT:
                return f"/01/{self.gtin}/10/{quote(self.lot, safe='')}"
            case SubjectKind.LOGISTIC_UNIT:
                return f"/00/{self.sscc}"
            case SubjectKind.PRODUCT:
                return f"/01/{self.gtin}"
            case SubjectKind.PARTY:
                return f"/417/{self.gln}"
            case SubjectKind.RIGHT | SubjectKind.KEY:
                raise errors.BadIdentifier(f"a {self.kind} has no GS1 key")
            case _:
                assert_never(self.kind)

    @property
    def uri(self) -> str:
        """The URI of this subject, spelt as the record spells it."""
        if self.kind is SubjectKind.RIGHT:
            return _URN_UUID + self.uuid
        if self.kind is SubjectKind.KEY:
            return _DID_KEY + self.public_key
        return GS1_ORIGIN + self.path


def item(gtin: str, serial: str) -> Subject:
    """Return the item of a product with this serial."""
    return Subject(
        SubjectKind.ITEM, gtin=identifiers.parse_gtin(gtin), serial=identifiers.parse_serial(serial)
    )


def lot(gtin: str, number: str) -> Subject:
    """Return the lot of a product with this number."""
    return Subject(
        SubjectKind.LOT, gtin=identifiers.parse_gtin(gtin), lot=identifiers.parse_lot(number)
    )


def logistic_unit(sscc: str) -> Subject:
    """Return the logistic unit (carton, pallet, container) with this SSCC."""
    return Subject(SubjectKind.LOGISTIC_UNIT, sscc=identifiers.parse_sscc(sscc))


def product(gtin: str) -> Subject:
    """Return the product (trade item) with this GTIN."""
    return Subject(SubjectKind.PRODUCT, gtin=identifiers.parse_gtin(gtin))


def party(gln: str) -> Subject:
    """Return the party with this GLN."""
    return Subject(SubjectKind.PARTY, gln=identifiers.parse_gln(gln))


def right(uuid: str) -> Subject:
    """Return the right with this lower-case UUID."""
    if _UUID.fullmatch(uuid) is None:
        raise errors.BadIdentifier(f"expected a lower-case UUID, got {uuid[:60]!r}")
    return Subject(SubjectKind.RIGHT, uuid=uuid)


def key(public_key: str) -> Subject:
    """Return the key with this multibase text."""
    if _KEY.fullmatch(public_key) is None:
        raise errors.BadIdentifier(f"expected an Ed25519 key z6Mk…, got {public_key[:60]!r}")
    return Subject(SubjectKind.KEY, public_key=public_key)


def item_uri(gtin: str, serial: str) -> str:
    """Return the URI of an item."""
    return item(gtin, serial).uri


def lot_uri(gtin: str, number: str) -> str:
    """Return the URI of a lot."""
    return lot(gtin, number).uri


def sscc_uri(sscc: str) -> str:
    """Return the URI of a logistic unit."""
    return logistic_unit(sscc).uri


@functools.lru_cache(maxsize=4096)
def product_uri(gtin: str) -> str:
    """Return the URI of a product."""
    return product(gtin).uri


@functools.lru_cache(maxsize=4096)
def party_uri(gln: str) -> str:
    """Return the URI of a party."""
    return party(gln).uri


@functools.lru_cache(maxsize=4096)
def key_uri(public_key: str) -> str:
    """Return the URI of a party's signing key, given in multibase."""
    return key(public_key).uri


def place_uri(gln: str) -> str:
    """Return the URI of the place with this GLN. It is no subject, but events happen
    there.
    """
    return f"{GS1_ORIGIN}/414/{identifiers.parse_gln(gln)}"


@functools.lru_cache(maxsize=16384)  # an event names its subjects several times over
def parse_subject(uri: str) -> Subject:
    """Return the subject whose `uri` this is. Raises BadCheckDigit, or BadIdentifier,
    also for another spelling of a subject's URI.
    """
    plain = _PLAIN_ITEM.fullmatch(uri)
    if plain is not None:
        return Subject(SubjectKind.ITEM, _gtin(plain[1]), plain[2])
    return parse_any(uri)


def parse_any(uri: str) -> Subject:
    """Return `parse_subject(uri)`, of every kind and spelling alike."""
    if uri.startswith(_URN_UUID):
        return right(uri[len(_URN_UUID) :])
    if uri.startswith(_DID_KEY):
        return key(uri[len(_DID_KEY) :])
    if not uri.startswith(GS1_ORIGIN + "/"):
        raise errors.BadIdentifier(
            f"expected {GS1_ORIGIN}/…, {_URN_UUID}… or {_DID_KEY}…, got {uri[:80]!r}"
        )
    subject = of_elements(_elements(uri))
    if subject.uri != uri:
        raise errors.BadIdentifier(f"another spelling of {subject.uri}: {uri[:80]!r}")
    return subject


def _elements(uri: str) -> list[digital_link.Element]:
    segments = uri[len(GS1_ORIGIN) + 1 :].split("/")
    if len(segments) not in {2, 4} or "" in segments:
        raise errors.BadIdentifier(f"not the URI of a subject: {uri[:80]!r}")
    pairs = zip(segments[::2], segments[1::2], strict=True)
    try:
        return [(key, digital_link.decode(value)) for key, value in pairs]
    except errors.BadDigitalLink as error:
        raise errors.BadIdentifier(error.detail) from error


def of_elements(elements: list[digital_link.Element]) -> Subject:
    """Return the subject that a key and its qualifiers, decoded, name: of a GTIN's the
    finest of item, lot and product. Raises BadIdentifier or BadCheckDigit.
    """
    values = dict(elements)
    key, value = elements[0]
    match key:
        case "00":
            return logistic_unit(value)
        case "417":
            return party(value)
        case "01" if "21" in values:
            return item(value, values["21"])
        case "01" if "10" in values:
            return lot(value, values["10"])
        case "01" if "235" not in values:
            return product(value)
        case _:
            raise errors.BadIdentifier(f"({key}) names nothing that has a record here")


def link_for(origin: str, subject: Subject) -> str:
    """Return the Digital Link of `subject` on our own host, as a label carries it;
    `origin` is scheme and host. Raises BadIdentifier for a right or a key.
    """
    return origin.rstrip("/") + subject.path
