"""The facts of an assessment. They are stored with it, so every member is a value that JSON
can hold: amounts are decimals, days ISO dates, parties GLNs.
"""

from dataclasses import dataclass
from decimal import Decimal

from customs.risk.vocabulary import PostKind


@dataclass(frozen=True, slots=True)
class Declared:
    """The declaration, as far as rules compare it."""

    procedure: str
    classification: str
    origin: str
    quantity: Decimal
    gross_mass: Decimal
    seals: tuple[str, ...]
    transport_mode: str
    export_country: str
    destination_country: str
    routing_countries: tuple[str, ...]

    @property
    def countries(self) -> frozenset[str]:
        """Every country of the declared route."""
        return frozenset({self.export_country, self.destination_country, *self.routing_countries})


@dataclass(frozen=True, slots=True)
class ProductFacts:
    """A product of the recorded goods, as its owner registered it."""

    gtin: str
    hs_code: str
    origin: str


@dataclass(frozen=True, slots=True)
class Counterpart:
    """The newest declaration of the same goods to another authority."""

    authority: str
    number: str
    quantity: Decimal
    gross_mass: Decimal
    seals: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Unlicensed:
    """A maker that was neither owner nor licensee of a right on the day of making."""

    maker: str
    right: str
    day: str


@dataclass(frozen=True, slots=True)
class Watched:
    """An entry of a watch-list that fits: a party's GLN, a GTIN, a route, a right's title."""

    value: str
    reason: str


@dataclass(frozen=True, slots=True)
class Facts:
    """All that is known of a declaration and its goods at one moment.

    `quantity` is the recorded amount of the goods, None where none is on record.
    `waiting_hours` is the age of the oldest unanswered handover, None where none waits.
    `ended` and `refused` are URIs of goods that were sold or ended, or whose last handover was
    refused. `scan_sessions` is the most people who looked at one code. `overdue_hours` is
    above 0 only for goods that have not arrived. `draw` is from 0 to 9,999.
    """

    declared: Declared
    draw: int
    on_record: bool = True
    quantity: Decimal | None = None
    products: tuple[ProductFacts, ...] = ()
    counterpart: Counterpart | None = None
    recorded_countries: tuple[str, ...] = ()
    post_kinds: tuple[PostKind, ...] = ()
    waiting_hours: int | None = None
    ended: tuple[str, ...] = ()
    refused: tuple[str, ...] = ()
    incidents: tuple[int, ...] = ()
    unlicensed: tuple[Unlicensed, ...] = ()
    alerts: tuple[Watched, ...] = ()
    recalled: tuple[str, ...] = ()
    stolen: tuple[str, ...] = ()
    scan_sessions: int = 0
    first_time: tuple[str, ...] = ()
    overdue_hours: int = 0
    watched_parties: tuple[Watched, ...] = ()
    watched_products: tuple[Watched, ...] = ()
    watched_routes: tuple[Watched, ...] = ()
