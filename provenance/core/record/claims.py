"""Registry claims: a frozen type for each, and its JSON form (docs/format.md, claims).

`read` is strict and `write` its inverse. In a claim's JSON a party or product is its URI and in
the type its GLN or GTIN; days stay ISO 8601 dates as text. Its signer is the business of
`acts`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from datetime import datetime
from typing import Any, ClassVar, Final, TypeAlias, get_args

from provenance.core import errors, gs1, texts
from provenance.core.record import forms
from provenance.core.record.vocabulary import (
    Act,
    KeyCustody,
    KeyPurpose,
    RevocationReason,
    RightKind,
    Role,
)
from provenance.core.signing import canonical

_PARTY, _PRODUCT, _RIGHT = gs1.SubjectKind.PARTY, gs1.SubjectKind.PRODUCT, gs1.SubjectKind.RIGHT
_KEY = gs1.SubjectKind.KEY


def _as(name: str, form: forms.Form) -> Any:
    return field(metadata={"name": name, "form": form})


def _if_any(name: str, form: forms.Form) -> Any:
    """A member that is absent, and None in the type, where there is nothing to say."""
    return field(default=None, metadata={"name": name, "form": form})


@dataclass(frozen=True, slots=True, kw_only=True)
class PartyRegistered:
    """A party, its roles and its GS1 company prefixes, vouched for by the registrar. A later one
    of the same party takes the place of all that the earlier one says.
    """

    act: ClassVar = Act.PARTY_REGISTERED
    about: ClassVar = _PARTY

    subject: str
    name: str = _as("name", forms.TEXT)
    country: str = _as("country", forms.COUNTRY_OR_UNKNOWN)
    roles: tuple[Role, ...] = _as("roles", forms.ROLES)
    prefixes: tuple[str, ...] = _as("prefixes", forms.PREFIXES)


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyAdded:
    """A key that speaks for `party` (a GLN) from now on; `possession` is the key's own signature
    (`keys.prove_possession`). A key of the registrar's names the `recovery` key, if any, that
    may end it.
    """

    act: ClassVar = Act.KEY_ADDED
    about: ClassVar = _KEY

    subject: str
    party: str = _as("party", forms.PARTY)
    purpose: KeyPurpose = _as("purpose", forms.PURPOSE)
    custody: KeyCustody = _as("custody", forms.CUSTODY)
    possession: str = _as("possession", forms.TEXT)
    recovery: str | None = _if_any("recovery", forms.KEY)

    @property
    def public_key(self) -> str:
        """The key in multibase."""
        return gs1.parse_subject(self.subject).public_key


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyRevoked:
    """The end of a party's key; that of the registrar's names its `successor`."""

    act: ClassVar = Act.KEY_REVOKED
    about: ClassVar = _KEY

    subject: str
    reason: RevocationReason = _as("reason", forms.REASON)
    successor: str | None = _if_any("successor", forms.KEY)

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
    owner: str = _as("owner", forms.PARTY)
    name: str = _as("name", forms.TEXT)
    brand: str = _as("brand", forms.OPTIONAL_TEXT)
    hs_code: str = _as("hsCode", forms.OPTIONAL_TEXT)
    origin: str = _as("origin", forms.COUNTRY_OR_UNKNOWN)
    rights: tuple[str, ...] = _as("rights", forms.list_of(forms.RIGHT))


@dataclass(frozen=True, slots=True, kw_only=True)
class ProductRecalled:
    """A recall of those items and lots of a product that are in one of `lots` (URIs) or were
    commissioned on a UTC day from `commissioned_from` to `commissioned_until`, both included;
    without lots and days, of all of them.
    """

    act: ClassVar = Act.PRODUCT_RECALLED
    about: ClassVar = _PRODUCT

    subject: str
    lots: tuple[str, ...] = _as("lots", forms.LOTS)
    commissioned_from: str | None = _as("commissionedFrom", forms.OPTIONAL_DAY)
    commissioned_until: str | None = _as("commissionedUntil", forms.OPTIONAL_DAY)
    reason: str = _as("reason", forms.TEXT)
    advice: str = _as("advice", forms.TEXT)
    contact: str = _as("contact", forms.TEXT)


@dataclass(frozen=True, slots=True, kw_only=True)
class RightFiled:
    """A right and its owner's GLN, with its number at the office that registered it."""

    act: ClassVar = Act.RIGHT_FILED
    about: ClassVar = _RIGHT

    subject: str
    owner: str = _as("owner", forms.PARTY)
    kind: RightKind = _as("kind", forms.KIND)
    title: str = _as("title", forms.TEXT)
    office: str = _as("office", forms.TEXT)
    number: str = _as("number", forms.TEXT)
    territories: tuple[str, ...] = _as("territories", forms.list_of(forms.COUNTRY))
    valid_from: str = _as("validFrom", forms.DAY)
    valid_until: str | None = _as("validUntil", forms.OPTIONAL_DAY)


@dataclass(frozen=True, slots=True, kw_only=True)
class RightVerified:
    """The statement that a right is in its office's register."""

    act: ClassVar = Act.RIGHT_VERIFIED
    about: ClassVar = _RIGHT

    subject: str
    reference: str = _as("reference", forms.OPTIONAL_TEXT)


@dataclass(frozen=True, slots=True, kw_only=True)
class RightAssigned:
    """The right's new owner (a GLN) from a day on."""

    act: ClassVar = Act.RIGHT_ASSIGNED
    about: ClassVar = _RIGHT

    subject: str
    new_owner: str = _as("newOwner", forms.PARTY)
    effective_from: str = _as("effectiveFrom", forms.DAY)


@dataclass(frozen=True, slots=True, kw_only=True)
class RightLapsed:
    """The day from which a right protects nothing."""

    act: ClassVar = Act.RIGHT_LAPSED
    about: ClassVar = _RIGHT

    subject: str
    effective_from: str = _as("effectiveFrom", forms.DAY)
    reason: str = _as("reason", forms.TEXT)


@dataclass(frozen=True, slots=True, kw_only=True)
class LicenceGranted:
    """Permission for `licensee` (a GLN) to make `products` (GTINs). No products or territories
    means all of them.
    """

    act: ClassVar = Act.LICENCE_GRANTED
    about: ClassVar = _RIGHT

    subject: str
    licence: str = _as("licence", forms.LICENCE)
    licensee: str = _as("licensee", forms.PARTY)
    products: tuple[str, ...] = _as("products", forms.list_of(forms.PRODUCT))
    territories: tuple[str, ...] = _as("territories", forms.list_of(forms.COUNTRY))
    valid_from: str = _as("validFrom", forms.DAY)
    valid_until: str | None = _as("validUntil", forms.OPTIONAL_DAY)


@dataclass(frozen=True, slots=True, kw_only=True)
class LicenceRevoked:
    """The day from which a licence of the right is no more."""

    act: ClassVar = Act.LICENCE_REVOKED
    about: ClassVar = _RIGHT

    subject: str
    licence: str = _as("licence", forms.LICENCE)
    effective_from: str = _as("effectiveFrom", forms.DAY)


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


_OPTIONAL: Final = {
    claim: {
        member.metadata["name"]
        for member in fields(claim)
        if member.metadata and member.default is None
    }
    for claim in TYPES.values()
}


def members(claim: type[RegistryClaim]) -> list[str]:
    """Return the claim's JSON members besides type, id and time; some may be absent."""
    return [name for name, _ in _MEMBERS[claim].values()]


def optional(claim: type[RegistryClaim]) -> set[str]:
    """Return those of `members` that are absent where there is nothing to say."""
    return _OPTIONAL[claim]


def read(body: Mapping[str, Any]) -> RegistryClaim:
    """Return the claim that `body` makes, whose type is in `TYPES`.

    Raises Malformed unless it has exactly the members of its type, each in its form; BadIdentifier,
    BadCheckDigit and BadTimestamp for an identifier or a day that is none.
    """
    type_ = TYPES[body["type"]]
    names = members(type_)
    if body.keys() | optional(type_) != {*names, "type", "id", "time"}:
        raise errors.Malformed(f"{type_.act} has the members type, id, time, {', '.join(names)}")
    try:
        subject = forms.subject_of(body["id"], type_.about).uri
    except ValueError as error:
        raise errors.Malformed(f"{body['id']} is no subject of {type_.act}") from error
    values: dict[str, Any] = {}
    for attribute, (name, form) in _MEMBERS[type_].items():
        if name not in body:
            continue
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
        value = getattr(claim, attribute)
        if value is not None or name not in optional(type(claim)):
            body[name] = texts.normal(form.write(value))
    return body


def consulted(claim: RegistryClaim) -> set[str]:
    """Return the URIs of the parties, keys and rights that the claim names: their states decide
    on it.
    """
    return {
        uri
        for attribute, (_, form) in _MEMBERS[type(claim)].items()
        if (value := getattr(claim, attribute)) is not None
        for uri in form.consulted(value)
    }
