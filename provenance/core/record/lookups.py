"""Lookups: the states that the rules consult beyond the subjects that an event links to.

At capture the database answers, in a check of a bundle the events of the bundle.
"""

from abc import ABC, abstractmethod
from dataclasses import dataclass

from provenance.core import gs1
from provenance.core.record.state import (
    GoodsState,
    KeyState,
    PartyState,
    ProductState,
    RightState,
    State,
    ended_for_all_days,
)
from provenance.core.record.vocabulary import Act


@dataclass(frozen=True, slots=True)
class Original:
    """An event that may be corrected: its act and issuer, and the `reasons` of its corrections
    so far.
    """

    act: Act
    issuer: str
    reasons: tuple[str, ...] = ()


class Lookups(ABC):
    """Lookups on `state(uri)`. Subclasses define `state` and `original`."""

    __slots__ = ()

    @abstractmethod
    def state(self, uri: str) -> State | None:
        """Return the state of a subject, or None while it has no event."""

    @abstractmethod
    def original(self, subject: str, event_id: str) -> Original | None:
        """Return the event with this eventID on the subject's chain that is no correction itself,
        or None.
        """

    def party(self, gln: str) -> PartyState | None:
        """Return the registered party, or None."""
        party = self.state(gs1.party_uri(gln))
        return party if isinstance(party, PartyState) else None

    def key(self, public_key: str) -> KeyState | None:
        """Return the enrolled key with this multibase text, or None."""
        key = self.state(gs1.key_uri(public_key))
        return key if isinstance(key, KeyState) else None

    def product(self, gtin: str) -> ProductState | None:
        """Return the registered product, or None."""
        product = self.state(gs1.product_uri(gtin))
        return product if isinstance(product, ProductState) else None

    def right(self, uri: str) -> RightState | None:
        """Return the filed right, or None."""
        right = self.state(uri)
        return right if isinstance(right, RightState) else None

    def holder(self, uri: str) -> str | None:
        """Return the GLN of the party that holds logistic unit `uri`, through any containers
        around it, or None.
        """
        seen: set[str] = set()
        unit = self.state(uri)
        while isinstance(unit, GoodsState) and unit.custodian is None and unit.container:
            if unit.container in seen:
                return None  # a ring of containers, which the rules refuse
            seen.add(unit.container)
            unit = self.state(unit.container)
        return unit.custodian if isinstance(unit, GoodsState) else None


class EndsForAllDays(Lookups):
    """The lookups of `lookups`, but each right as `ended_for_all_days` on ISO day `today`."""

    __slots__ = ("_lookups", "_today")

    def __init__(self, lookups: Lookups, today: str) -> None:
        self._lookups = lookups
        self._today = today

    def state(self, uri: str) -> State | None:
        state = self._lookups.state(uri)
        return ended_for_all_days(state, self._today) if isinstance(state, RightState) else state

    def original(self, subject: str, event_id: str) -> Original | None:
        return self._lookups.original(subject, event_id)
