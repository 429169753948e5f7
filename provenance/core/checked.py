"""What a check of a bundle has learnt so far: the records, their proofs, chains and states.

It answers the rules' questions (`facts.Facts`) from the records folded so far, and from nothing else.
"""

from dataclasses import dataclass, field

from provenance.core import gs1, tlog_proof
from provenance.core.kinds import Kind
from provenance.core.record import Record
from provenance.core.state import GoodsState, PartyState, ProductState, RightState, State
from provenance.core.trust import Trust


@dataclass(slots=True)
class Checked:
    """What the steps learn, one after another."""

    subject: str
    trust: Trust
    records: list[Record]
    proofs: dict[str, tlog_proof.Proof | None]
    chains: dict[str, list[Record]] = field(default_factory=dict)
    states: dict[str, State] = field(default_factory=dict)
    late: set[str] = field(default_factory=set)
    tree_size: int | None = None

    def index(self, record: Record) -> int | None:
        """The record's ledger index, or None while it is not anchored."""
        proof = self.proofs[record.digest]
        return None if proof is None else proof.index

    # Facts, for the rules: what the records folded so far say.

    def party(self, gln: str) -> PartyState | None:
        found = self.states.get(gs1.party_uri(gln))
        return found if isinstance(found, PartyState) else None

    def product(self, gtin: str) -> ProductState | None:
        found = self.states.get(gs1.product_uri(gtin))
        return found if isinstance(found, ProductState) else None

    def right(self, uri: str) -> RightState | None:
        found = self.states.get(uri)
        return found if isinstance(found, RightState) else None

    def holder(self, uri: str) -> str | None:
        found = self.states.get(uri)
        for _ in range(len(self.states)):
            if not isinstance(found, GoodsState):
                return None
            if found.custodian is not None or found.container is None:
                return found.custodian
            found = self.states.get(found.container)
        return None

    def original(self, subject: str, event_id: str) -> tuple[Kind, str] | None:
        for record in self.chains.get(subject, ()):
            goods = record.goods
            if goods is not None and goods.event_id == event_id and record.kind is not Kind.CORRECT:
                return record.kind, record.issuer
        return None
