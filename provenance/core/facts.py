"""What the rules ask of the registry: answered by the database at capture, by a bundle's own records elsewhere."""

from typing import Protocol

from provenance.core.kinds import Kind
from provenance.core.state import PartyState, ProductState, RightState


class Facts(Protocol):
    """What the rules need to know beyond the subjects that the event itself links to."""

    def party(self, gln: str) -> PartyState | None:
        """The registered party, or None."""

    def product(self, gtin: str) -> ProductState | None:
        """The registered product, or None."""

    def right(self, uri: str) -> RightState | None:
        """The filed right, or None."""

    def holder(self, uri: str) -> str | None:
        """GLN of the party that holds logistic unit `uri`, through any containers around it, or None."""

    def original(self, subject: str, event_id: str) -> tuple[Kind, str] | None:
        """Kind and issuer of the event with this eventID on the subject's chain that is not itself a correction."""
