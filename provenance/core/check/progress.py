"""What a check of a bundle has learnt so far: the records, their proofs, chains and
states.

It answers the rules' questions (`facts.Lookups`) from the records folded so far, and
from nothing else.
"""

from dataclasses import dataclass, field

from provenance.core.check.trust import Trust
from provenance.core.ledger import proof as tlog_proof
from provenance.core.record.event import SignedEvent
from provenance.core.record.kinds import Kind
from provenance.core.record.lookups import FromStates
from provenance.core.record.state import State


@dataclass(slots=True)
class Progress(FromStates):
    """What the steps learn, one after another."""

    subject: str
    trust: Trust
    records: list[SignedEvent]
    proofs: dict[str, tlog_proof.Proof | None]
    chains: dict[str, list[SignedEvent]] = field(default_factory=dict)
    states: dict[str, State] = field(default_factory=dict)
    late: set[str] = field(default_factory=set)
    tree_size: int | None = None

    def index(self, record: SignedEvent) -> int | None:
        """The record's ledger index, or None while it is not anchored."""
        proof = self.proofs[record.digest]
        return None if proof is None else proof.index

    def state(self, uri: str) -> State | None:
        return self.states.get(uri)

    def original(self, subject: str, event_id: str) -> tuple[Kind, str] | None:
        for record in self.chains.get(subject, ()):
            goods = record.goods
            if goods is not None and goods.event_id == event_id and record.kind is not Kind.CORRECT:
                return record.kind, record.issuer
        return None
