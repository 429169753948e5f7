"""Registry claims: a frozen type for each, and its JSON form (docs/format.md, claims).

`read` is strict and `write` its inverse. In a claim's JSON a party or product is its URI and in
the type its GLN or GTIN; days stay ISO 8601 dates as text. Its signer is the business of
`acts`.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from datetime import date, datetime
from enum import StrEnum
from typing import Any, ClassVar, Final, NamedTuple, TypeAlias, get_args

from provenance.core import errors, gs1, texts
from provenance.core.epcis import shape
from provenance.core.record.vocabulary import (
    Act,
    KeyCustody,
    KeyPurpose,
    RevocationReason,
    RightKind,
    Role,
)
from provenance.core.signing import canonical

MAX_TEXT: Final = shape.MAX_TEXT
MAX_LOTS: Final = 100
_COUNTRY_LETTERS: Final = 2
_PARTY, _PRODUCT, _RIGHT = gs1.SubjectKind.PARTY, gs1.SubjectKind.PRODUCT, gs1.SubjectKind.RIGHT
_KEY = gs1.SubjectKind.KEY


# --- the forms of members -----------------------------------------------------------


class Form(NamedTuple):
    """The JSON form of a member: `read` raises ValueError or a ProvenanceError for any other.

    `consulted` gives the URIs of subjects whose state decides about the claim.
    """

    read: Callable[[Any], Any]
    write: Callable[[Any], Any] = lambda value: value
    consulted: Callable[[Any], list[str]] = lambda _value: []


def is_country(text: Any) -> bool:
    """Whether `text` has the form of an ISO 3166-1 alpha-2 code."""
    return (
        isinstance(text, str)
        and len(text) == _COUNTRY_LETTERS
        and text.isascii()
        and text.isalpha()
        and text.isupper()
    )


def read_date(text: Any) -> date:
    """Return an ISO 8601 calendar date YYYY-MM-DD. Raises BadTimestamp."""
    try:
        day = date.fromisoformat(text)
    except (TypeError, ValueError):
        day = None
    if day is None or day.isoformat() != text:
        raise errors.BadTimestamp(f"expected a date YYYY-MM-DD, got {text!r}")
    return day


def _require(fits: bool) -> None:
    if not fits:
        raise ValueError


def _text(value: Any) -> str:
    _require(isinstance(value, str) and 0 < len(value) <= MAX_TEXT)
    return str(value)


def _optional_text(value: Any) -> str:
    _require(isinstance(value, str) and len(value) <= MAX_TEXT)
    return str(value)


def _day(value: Any) -> str:
    return read_date(value).isoformat()


def _optional_day(value: Any) -> str | None:
    return None if value is None else _day(value)


def _country(value: Any) -> str:
    _require(is_country(value))
    return str(value)


def _country_or_unknown(value: Any) -> str:
    return "" if value == "" else _country(value)


def _prefix(value: Any) -> str:
    _require(isinstance(value, str))
    return gs1.parse_prefix(value)


def _word(vocabulary: type[StrEnum]) -> Form:
    def read(value: Any) -> StrEnum:
        _require(isinstance(value, str))
        return vocabulary(value)

    return Form(read)


def _subject(value: Any, kind: gs1.SubjectKind) -> gs1.Subject:
    _require(isinstance(value, str))
    subject = gs1.parse_subject(value)
    _require(subject.kind is kind)
    return subject


def _list(form: Form) -> Form:
    def read(value: Any) -> tuple[Any, ...]:
        _require(isinstance(value, list) and len(value) == len(set(map(str, value))))
        return tuple(map(form.read, value))

    return Form(
        read,
        lambda values: [form.write(value) for value in values],
        lambda values: [uri for value in values for uri in form.consulted(value)],
    )


def _at_most(limit: int, form: Form) -> Form:
    def read(value: Any) -> Any:
        entries = form.read(value)
        _require(len(entries) <= limit)
        return entries

    return form._replace(read=read)


def _some(form: Form) -> Form:
    def read(value: Any) -> Any:
        _require(bool(value))
        return form.read(value)

    return form._replace(read=read)


TEXT, OPTIONAL_TEXT = Form(_text), Form(_optional_text)
DAY, OPTIONAL_DAY = Form(_day), Form(_optional_day)
COUNTRY, COUNTRY_OR_UNKNOWN = Form(_country), Form(_country_or_unknown)
PARTY = Form(
    lambda value: _subject(value, _PARTY).gln, gs1.party_uri, lambda gln: [gs1.party_uri(gln)]
)
PRODUCT = Form(lambda value: _subject(value, _PRODUCT).gtin, gs1.product_uri)
LOTS = _at_most(MAX_LOTS, _list(Form(lambda value: _subject(value, gs1.SubjectKind.LOT).uri)))
LICENCE = Form(lambda value: _subject(value, _RIGHT).uri)
RIGHT = LICENCE._replace(consulted=lambda uri: [uri])
PURPOSE, CUSTODY, REASON = _word(KeyPurpose), _word(KeyCustody), _word(RevocationReason)
KIND, ROLES = _word(RightKind), _some(_list(_word(Role)))
PREFIXES = _list(Form(_prefix))


def _as(name: str, form: Form) -> Any:
    return field(metadata={"name": name, "form": form})


# --- the claims ---------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class PartyRegistered:
    """A party, its roles and its GS1 company prefixes, vouched for by the registrar. A later one
    of the same party takes the place of all that the earlier one says.
    """

    act: ClassVar = Act.PARTY_REGISTERED
    about: ClassVar = _PARTY

    subject: str
    name: str = _as("name", TEXT)
    country: str = _as("country", COUNTRY_OR_UNKNOWN)
    roles: tuple[Role, ...] = _as("roles", ROLES)
    prefixes: tuple[str, ...] = _as("prefixes", PREFIXES)


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyAdded:
    """A key that speaks for `party` (a GLN) from now on; `possession` is the key's own signature
    (`keys.prove_possession`).
    """

    act: ClassVar = Act.KEY_ADDED
    about: ClassVar = _KEY

    subject: str
    party: str = _as("party", PARTY)
    purpose: KeyPurpose = _as("purpose", PURPOSE)
    custody: KeyCustody = _as("custody", CUSTODY)
    possession: str = _as("possession", TEXT)

    @property
    def public_key(self) -> str:
        """The key in multibase."""
        return gs1.parse_subject(self.subject).public_key


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyRevoked:
    """The end of a party's key."""

    act: ClassVar = Act.KEY_REVOKED
    about: ClassVar = _KEY

    subject: str
    reason: RevocationReason = _as("reason", REASON)

    @property
    def public_key(self) -> str:
        """The key in multibase."""
        return gs1.parse_subject(self.subject).public_key


@dataclass(frozen=True, slots=True, kw_only=True)
class ProductRegistered:
    """A product, its owner's GLN, and the URIs of the filed rights that it carries."""

    act: ClassVar = Act.PRODUCT_REGISTERED
    about: ClassVar = _PRODUCT

    subject: str
    owner: str = _as("owner", PARTY)
    name: str = _as("name", TEXT)
    brand: str = _as("brand", OPTIONAL_TEXT)
    hs_code: str = _as("hsCode", OPTIONAL_TEXT)
    origin: str = _as("origin", COUNTRY_OR_UNKNOWN)
    rights: tuple[str, ...] = _as("rights", _list(RIGHT))


@dataclass(frozen=True, slots=True, kw_only=True)
class ProductRecalled:
    """A recall of those items and lots of a product that are in one of `lots` (URIs) or were
    commissioned on a UTC day from `commissioned_from` to `commissioned_until`, both included;
    without lots and days, of all of them.
    """

    act: ClassVar = Act.PRODUCT_RECALLED
    about: ClassVar = _PRODUCT

    subject: str
    lots: tuple[str, ...] = _as("lots", LOTS)
    commissioned_from: str | None = _as("commissionedFrom", OPTIONAL_DAY)
    commissioned_until: str | None = _as("commissionedUntil", OPTIONAL_DAY)
    reason: str = _as("reason", TEXT)
    advice: str = _as("advice", TEXT)
    contact: str = _as("contact", TEXT)


@dataclass(frozen=True, slots=True, kw_only=True)
class RightFiled:
    """A right and its owner's GLN, with its number at the office that registered it."""

    act: ClassVar = Act.RIGHT_FILED
    about: ClassVar = _RIGHT

    subject: str
    owner: str = _as("owner", PARTY)
    kind: RightKind = _as("kind", KIND)
    title: str = _as("title", TEXT)
    office: str = _as("office", TEXT)
    number: str = _as("number", TEXT)
    territories: tuple[str, ...] = _as("territories", _list(COUNTRY))
    valid_from: str = _as("validFrom", DAY)
    valid_until: str | None = _as("validUntil", OPTIONAL_DAY)


@dataclass(frozen=True, slots=True, kw_only=True)
class RightVerified:
    """The statement that a right is in its office's register."""

    act: ClassVar = Act.RIGHT_VERIFIED
    about: ClassVar = _RIGHT

    subject: str
    reference: str = _as("reference", OPTIONAL_TEXT)


@dataclass(frozen=True, slots=True, kw_only=True)
class RightAssigned:
    """The right's new owner (a GLN) from a day on."""

    act: ClassVar = Act.RIGHT_ASSIGNED
    about: ClassVar = _RIGHT

    subject: str
    new_owner: str = _as("newOwner", PARTY)
    effective_from: str = _as("effectiveFrom", DAY)


@dataclass(frozen=True, slots=True, kw_only=True)
class RightLapsed:
    """The day from which a right protects nothing."""

    act: ClassVar = Act.RIGHT_LAPSED
    about: ClassVar = _RIGHT

    subject: str
    effective_from: str = _as("effectiveFrom", DAY)
    reason: str = _as("reason", TEXT)


@dataclass(frozen=True, slots=True, kw_only=True)
class LicenceGranted:
    """Permission for `licensee` (a GLN) to make `products` (GTINs). No products or territories
    means all of them.
    """

    act: ClassVar = Act.LICENCE_GRANTED
    about: ClassVar = _RIGHT

    subject: str
    licence: str = _as("licence", LICENCE)
    licensee: str = _as("licensee", PARTY)
    products: tuple[str, ...] = _as("products", _list(PRODUCT))
    territories: tuple[str, ...] = _as("territories", _list(COUNTRY))
    valid_from: str = _as("validFrom", DAY)
    valid_until: str | None = _as("validUntil", OPTIONAL_DAY)


@dataclass(frozen=True, slots=True, kw_only=True)
class LicenceRevoked:
    """The day from which a licence of the right is no more."""

    act: ClassVar = Act.LICENCE_REVOKED
    about: ClassVar = _RIGHT

    subject: str
    licence: str = _as("licence", LICENCE)
    effective_from: str = _as("effectiveFrom", DAY)


RegistryClaim: TypeAlias = (
    PartyRegistered
    | KeyAdded
    | KeyRevoked
    | ProductRegistered
    | ProductRecalled
    | RightFiled
    | RightVerified
    | RightAssigned
    | RightLapsed
    | LicenceGranted
    | LicenceRevoked
)
TYPES: Final[dict[str, type[RegistryClaim]]] = {
    claim.act.claim_type: claim for claim in get_args(RegistryClaim)
}
_MEMBERS: Final = {
    claim: {
        member.name: (member.metadata["name"], member.metadata["form"])
        for member in fields(claim)
        if member.metadata
    }
    for claim in TYPES.values()
}


def members(claim: type[RegistryClaim]) -> list[str]:
    """Return the claim's JSON members besides type, id and time."""
    return [name for name, _ in _MEMBERS[claim].values()]


def read(body: Mapping[str, Any]) -> RegistryClaim:
    """Return the claim that `body` makes, whose type is in `TYPES`.

    Raises Malformed unless it has exactly the members of its type, each in its form; BadIdentifier,
    BadCheckDigit and BadTimestamp for an identifier or a day that is none.
    """
    type_ = TYPES[body["type"]]
    names = members(type_)
    if body.keys() != {*names, "type", "id", "time"}:
        raise errors.Malformed(f"{type_.act} has the members type, id, time, {', '.join(names)}")
    try:
        subject = _subject(body["id"], type_.about).uri
    except ValueError as error:
        raise errors.Malformed(f"{body['id']} is no subject of {type_.act}") from error
    values: dict[str, Any] = {}
    for attribute, (name, form) in _MEMBERS[type_].items():
        try:
            values[attribute] = form.read(body[name])
        except ValueError as error:
            raise errors.Malformed(f"{name} of {type_.act} is not {body[name]!r}") from error
    return type_(subject=subject, **values)


def write(claim: RegistryClaim, time: datetime) -> dict[str, Any]:
    """Return the JSON form of `claim`, made at `time` (aware), texts in Normalization Form C."""
    body: dict[str, Any] = {
        "type": claim.act.claim_type,
        "id": claim.subject,
        "time": canonical.format_timestamp(time),
    }
    for attribute, (name, form) in _MEMBERS[type(claim)].items():
        body[name] = texts.normal(form.write(getattr(claim, attribute)))
    return body


def consulted(claim: RegistryClaim) -> set[str]:
    """Return the URIs of the parties and rights that the claim names: their states decide on it."""
    return {
        uri
        for attribute, (_, form) in _MEMBERS[type(claim)].items()
        for uri in form.consulted(getattr(claim, attribute))
    }
