"""What the rules ask of the registry: answered by the database at capture, by a
bundle's own records elsewhere.
"""

from abc import ABC, abstractmethod
from typing import Protocol

from provenance.core import gs1
from provenance.core.record.kinds import Kind
from provenance.core.record.state import GoodsState, PartyState, ProductState, RightState, State


class Lookups(Protocol):
    """What the rules need to know beyond the subjects that the event itself links
    to.
    """

    def party(self, gln: str) -> PartyState | None:
        """The registered party, or None."""

    def product(self, gtin: str) -> ProductState | None:
        """The registered product, or None."""

    def right(self, uri: str) -> RightState | None:
        """The filed right, or None."""

    def holder(self, uri: str) -> str | None:
        """GLN of the party that holds logistic unit `uri`, through any containers
        around it, or None.
        """

    def original(self, subject: str, event_id: str) -> tuple[Kind, str] | None:
        """Kind and issuer of the event with this eventID on the subject's chain that is
        not itself a correction.
        """


class FromStates(ABC):
    """The facts that folded states answer; whoever has the states adds `state` and
    `original`.
    """

    __slots__ = ()

    @abstractmethod
    def state(self, uri: str) -> State | None:
        """Return the state of a subject, or None while it has no event."""

    def party(self, gln: str) -> PartyState | None:
        found = self.state(gs1.party_uri(gln))
        return found if isinstance(found, PartyState) else None

    def product(self, gtin: str) -> ProductState | None:
        found = self.state(gs1.product_uri(gtin))
        return found if isinstance(found, ProductState) else None

    def right(self, uri: str) -> RightState | None:
        found = self.state(uri)
        return found if isinstance(found, RightState) else None

    def holder(self, uri: str) -> str | None:
        seen: set[str] = set()
        found = self.state(uri)
        while (
            isinstance(found, GoodsState)
            and found.custodian is None
            and found.container is not None
        ):
            if found.container in seen:
                return None  # a ring of containers, which the rules refuse
            seen.add(found.container)
            found = self.state(found.container)
        return found.custodian if isinstance(found, GoodsState) else None
