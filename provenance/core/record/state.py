"""States: the sum of the events of a subject.

`transition.apply` folds a further event into a state. The database keeps states as read models;
`manage.py rebuild` and every verifier compute them again from the events alone.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import TypeAlias

from provenance.core.record.vocabulary import (
    Act,
    KeyCustody,
    KeyPurpose,
    RevocationReason,
    RightKind,
    Role,
)

GLN = "gln:"  # before a party's GLN in GoodsState.holdings; a logistic unit is there by its URI


class Situation(StrEnum):
    """The situation of goods, which decides the acts that may come next."""

    UNBORN = "unborn"
    WITH_CUSTODIAN = "with_custodian"
    HANDED_OVER = "handed_over"
    PACKED = "packed"
    HELD = "held"
    SEIZED = "seized"
    SOLD = "sold"
    ENDED = "ended"


@dataclass(frozen=True, slots=True)
class GoodsState:
    """An item, a lot or a logistic unit; amounts are 1 except for lots.

    `holdings` maps each holder of what is not sold or ended yet to its amount: a party as
    "gln:<13 digits>", a logistic unit as its URI. `contents` is the amount packed in a logistic
    unit. `pending` is the receiver of an unanswered handoff, `customs_hold_by` the authority
    that holds the goods, `expiry` the last day of use as an ISO date.
    """

    commissioned_by: str
    genesis: str
    position: int
    head: str
    last_time: datetime
    quantity: Decimal
    holdings: Mapping[str, Decimal] = field(default_factory=dict)
    sold: Decimal = Decimal(0)
    seller: str | None = None
    pending: str | None = None
    handed_over_at: datetime | None = None
    customs_hold_by: str | None = None
    seized_by: str | None = None
    ended_by: Act | None = None
    recalled: bool = False
    stolen: bool = False
    contents: Decimal = Decimal(0)
    lot: str = ""
    expiry: str = ""

    @property
    def amount_there(self) -> Decimal:
        """The amount that is not sold or ended yet, of all holders."""
        return sum(self.holdings.values(), Decimal(0))

    def held_by(self, gln: str) -> Decimal:
        """The amount that party `gln` holds itself."""
        return self.holdings.get(GLN + gln, Decimal(0))

    @property
    def containers(self) -> list[str]:
        """URIs of the logistic units that hold some of it."""
        return [holder for holder in self.holdings if not holder.startswith(GLN)]

    @property
    def custodian(self) -> str | None:
        """The one party that holds all of it, or None (packed, split, or ended)."""
        holders = list(self.holdings)
        return holders[0][len(GLN) :] if len(holders) == 1 and holders[0].startswith(GLN) else None

    @property
    def container(self) -> str | None:
        """The one logistic unit that holds all of it, or None."""
        holders = list(self.holdings)
        return holders[0] if len(holders) == 1 and not holders[0].startswith(GLN) else None

    @property
    def situation(self) -> Situation:
        """The first of ended, sold, seized, held, handed over, packed that applies.

        Goods that an authority seized and hands over again are handed over, so that the
        receiver can answer.
        """
        if self.ended_by is not None:
            return Situation.SOLD if self.ended_by is Act.SELL else Situation.ENDED
        if self.seized_by is not None and self.pending is None:
            return Situation.SEIZED
        if self.customs_hold_by is not None:
            return Situation.HELD
        if self.pending is not None:
            return Situation.HANDED_OVER
        if any(holder.startswith(GLN) for holder in self.holdings):
            return Situation.WITH_CUSTODIAN
        return Situation.PACKED


@dataclass(frozen=True, slots=True)
class KeyState:
    """An enrolled key of `party` (a GLN), and the key in multibase that signed its enrolment.
    `genesis` and `revoked` are the digests of the claims that say so; `ended_by` is the key that
    signed the latter. Of a registrar's key `recovery` is the key that may end it, and `successor`
    the key that took its place. Empty: none.
    """

    genesis: str
    position: int
    head: str
    party: str
    purpose: KeyPurpose
    custody: KeyCustody
    enrolled_by: str
    enrolled_from: datetime
    revoked: str | None = None
    revoked_from: datetime | None = None
    reason: RevocationReason | None = None
    recovery: str = ""
    successor: str = ""
    ended_by: str = ""


@dataclass(frozen=True, slots=True)
class PartyState:
    """A registered party and its GS1 company prefixes. Its keys are subjects of their own."""

    genesis: str
    position: int
    head: str
    name: str
    country: str
    roles: tuple[Role, ...]
    prefixes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Recall:
    """A recall of a product's items and lots: those of `lots` (URIs), and those commissioned
    on an ISO day from `first_day` to `last_day`; without either, all. `since` is the ISO day
    of the claim.
    """

    since: str
    lots: tuple[str, ...]
    first_day: str | None
    last_day: str | None
    reason: str
    advice: str
    contact: str

    def covers(self, lot: str, day: str) -> bool:
        """Whether it reaches what is of or is the lot `lot` (URI, or empty) and was
        commissioned on ISO day `day`.
        """
        if self.first_day is None and self.last_day is None:
            return not self.lots or lot in self.lots
        in_time = (self.first_day or day) <= day <= (self.last_day or day)
        return in_time or lot in self.lots


@dataclass(frozen=True, slots=True)
class ProductState:
    """A registered product: its owner's GLN, the URIs of the filed rights it carries, and
    the recalls of its items, oldest first.
    """

    genesis: str
    position: int
    head: str
    owner: str
    name: str
    brand: str
    hs_code: str
    origin: str
    rights: tuple[str, ...]
    recalls: tuple[Recall, ...] = ()


@dataclass(frozen=True, slots=True)
class LicenceState:
    """Permission to make `products` (GTINs; empty: all) in `territories` (countries;
    empty: all) on some days.
    """

    licensee: str
    products: tuple[str, ...]
    territories: tuple[str, ...]
    valid_from: str
    valid_until: str | None
    revoked_from: str | None = None

    def in_force(self, day: str) -> bool:
        """Whether it was in force on ISO day `day`."""
        return (
            self.valid_from <= day
            and (self.valid_until is None or day <= self.valid_until)
            and (self.revoked_from is None or day < self.revoked_from)
        )

    def covers(self, party: str, gtin: str, day: str, country: str | None) -> bool:
        """Whether `party` may make product `gtin` in `country` by it on ISO day `day`."""
        return (
            self.licensee == party
            and (not self.products or gtin in self.products)
            and (not self.territories or country in self.territories)
            and self.in_force(day)
        )


@dataclass(frozen=True, slots=True)
class RightState:
    """A filed right. `owners` are (from day, GLN) in the order assigned; days are ISO
    dates, `valid_until` included; `verified_by` is the office's GLN, while `office` is as
    its owner wrote it.
    """

    genesis: str
    position: int
    head: str
    kind: RightKind
    title: str
    office: str
    number: str
    territories: tuple[str, ...]
    owners: tuple[tuple[str, str], ...]
    valid_from: str
    valid_until: str | None
    verified: bool = False
    verified_by: str = ""
    lapsed_from: str | None = None
    licences: Mapping[str, LicenceState] = field(default_factory=dict)

    @property
    def owner(self) -> str:
        """GLN of the newest owner."""
        return self.owners[-1][1]

    def owner_on(self, day: str) -> str:
        """GLN of the owner on ISO day `day`."""
        return [gln for since, gln in self.owners if since <= day][-1]


def ended_for_all_days(right: RightState, today: str) -> RightState:
    """Return `right` as if each end that came by ISO day `today`, of a licence, of an
    ownership or of the right itself, had come before every day.
    """
    first_day, _ = right.owners[0]
    to_come = (entry for entry in right.owners if entry[0] > today)
    lapsed = right.lapsed_from is not None and right.lapsed_from <= today
    return replace(
        right,
        owners=((first_day, right.owner_on(today)), *to_come),
        lapsed_from=first_day if lapsed else right.lapsed_from,
        licences={
            uri: licence
            for uri, licence in right.licences.items()
            if licence.revoked_from is None or licence.revoked_from > today
        },
    )


State: TypeAlias = GoodsState | PartyState | KeyState | ProductState | RightState


def owned_or_licensed(
    right: RightState, *, party: str, gtin: str, day: str, country: str | None
) -> bool:
    """Whether `party` owned the right, or held a licence of it for product `gtin` in
    `country`, on ISO day `day`.

    A right protects from its first to its last valid day, and not from the day it
    lapsed. A licence without products or territories covers all; where the country is
    not known only a licence without territories does.
    """
    if day < right.valid_from or (right.valid_until is not None and day > right.valid_until):
        return False
    if right.lapsed_from is not None and day >= right.lapsed_from:
        return False
    return right.owner_on(day) == party or any(
        licence.covers(party, gtin, day, country) for licence in right.licences.values()
    )
