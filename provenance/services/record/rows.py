"""The rows of the read models that a projection derives; fields are named like columns."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class PartyRow:
    """A registered party."""

    gln: str
    name: str
    country: str
    roles: list[str]
    prefixes: list[str]
    imported: bool
    looks: list[str]


@dataclass(frozen=True, slots=True)
class KeyRow:
    """An enrolled key."""

    public_key: str
    party_id: str
    purpose: str
    custody: str
    valid_from: datetime
    enrolled_by: str
    added_by: str
    recovery: str = ""
    revoked_at: datetime | None = None
    reason: str = ""
    revoked_by: str = ""
    successor: str = ""
    ended_by: str = ""


@dataclass(frozen=True, slots=True)
class Revocation:
    """The columns of a key that its revocation changes."""

    revoked_at: datetime
    reason: str
    revoked_by: str
    successor: str
    ended_by: str


@dataclass(frozen=True, slots=True)
class ProductRow:
    """A registered product."""

    gtin: str
    name: str
    brand: str
    hs_code: str
    origin: str
    owner_id: str
    rights: list[str]
    looks: list[str]


@dataclass(frozen=True, slots=True)
class RightRow:
    """A filed right."""

    uri: str
    kind: str
    title: str
    office: str
    number: str
    territories: list[str]
    owner: str
    valid_from: date | None
    valid_until: date | None
    verified: bool
    lapsed_from: date | None
    looks: list[str]


@dataclass(frozen=True, slots=True)
class LicenceRow:
    """A licence; `right` is the URI of its right."""

    uri: str
    right: str
    licensee: str
    products: list[str]
    territories: list[str]
    valid_from: date | None
    valid_until: date | None
    revoked_from: date | None


@dataclass(frozen=True, slots=True)
class HandoffRow:
    """A handover of a subject, with its answer once it came."""

    subject: str
    handed_over: str
    sender: str | None
    receiver: str | None
    handed_over_at: datetime
    answered: str = ""
    answered_at: datetime | None = None
    outcome: str = ""


@dataclass(frozen=True, slots=True)
class HandoffAnswer:
    """The columns of a handoff that its answer changes."""

    answered: str
    answered_at: datetime
    outcome: str


@dataclass(frozen=True, slots=True)
class CheckpointRow:
    """A customs authority's act on a subject."""

    subject: str
    event: str
    authority: str
    country: str | None
    post: str
    procedure: str
    outcome: str
    declaration: str
    at: datetime


@dataclass(frozen=True, slots=True)
class ShipmentRow:
    """Goods that travel to a receiver under a despatch advice."""

    sender: str
    reference: str
    receiver: str
    logistic_unit: str
    created_at: datetime


@dataclass(frozen=True, slots=True)
class LineRow:
    """A subject of the shipment that `sender`, `reference` and `receiver` name."""

    sender: str
    reference: str
    receiver: str
    subject: str
    quantity: Decimal
