"""The findings of a check: its progress step by step, and its result, in the same words
for page, API and command.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from provenance.core import gs1
from provenance.core.check.loop import Loop, Reason
from provenance.core.check.trust import Trust
from provenance.core.ledger import proof as tlog_proof
from provenance.core.record.event import GoodsAct, Link, SignedEvent
from provenance.core.record.lateness import Lateness
from provenance.core.record.lookups import Lookups, Original
from provenance.core.record.state import GoodsState, Situation, State
from provenance.core.record.vocabulary import Act

TITLES = (
    "strict parse",
    "signature",
    "key",
    "links",
    "who may sign",
    "inclusion",
    "tree head",
    "loop",
    "overlays",
)


class Verdict(StrEnum):
    """The answer that a person gets (docs/format.md), the same in page, API and
    command.

    NOT_REGISTERED and CANNOT_CHECK_NOW are a server's; TOO_LARGE is what is answered
    where nothing was checked, as there is too much of it. A check of a bundle gives the
    others.
    """

    RECORDS_CHECK_OUT = "RECORDS_CHECK_OUT"
    CHECK_NEEDED = "CHECK_NEEDED"
    NOT_REGISTERED = "NOT_REGISTERED"
    RECALLED = "RECALLED"
    BLOCKED = "BLOCKED"
    BROKEN_RECORD = "BROKEN_RECORD"
    ENDED = "ENDED"
    CANNOT_CHECK_NOW = "CANNOT_CHECK_NOW"
    TOO_LARGE = "TOO_LARGE"


class StepOutcome(StrEnum):
    """The outcome of a step of the plan."""

    OK = "ok"
    WARNING = "warning"
    FAILED = "failed"
    SKIPPED = "skipped"


@dataclass(frozen=True, slots=True)
class FailedEvent:
    """The entry of a bundle's records at which a step failed: its `number`, from 1, and
    its event where that could be read.
    """

    number: int
    event: SignedEvent | None = None


@dataclass(frozen=True, slots=True)
class Step:
    """A numbered step of the plan: `code` and `detail` say why it failed or warned,
    `failed` where, if it was a single event that failed.
    """

    number: int
    outcome: StepOutcome
    code: str = ""
    detail: str = ""
    failed: FailedEvent | None = None

    @property
    def title(self) -> str:
        """The step's name in the plan."""
        return TITLES[self.number]


@dataclass(frozen=True, slots=True)
class HistoryEntry:
    """An event of the subject's history; `chain` is the URI of the subject or container
    whose chain it is on, `index` its place in the ledger, None while it is not
    anchored.

    `late` is the way in which it is late, None for an event in time. `arrived_late` is the
    moment it was recorded, where the caller said that this was long after the act.
    """

    event: SignedEvent
    chain: str
    index: int | None
    late: Lateness | None
    corrected: bool
    arrived_late: datetime | None = None


@dataclass(frozen=True, slots=True)
class Result:
    """The result of a check.

    `states` holds the folded state of every chain in the bundle, `tree_size` the size
    of the tree head that its proofs are under, `events` the number of its events.
    `newest` is when the newest of its anchored events was signed: all that a bundle
    knows of the tree head's age.
    """

    subject: str
    verdict: Verdict
    reasons: tuple[Reason, ...]
    steps: tuple[Step, ...]
    loop: Loop | None = None
    history: tuple[HistoryEntry, ...] = ()
    states: Mapping[str, State] = field(default_factory=dict)
    tree_size: int | None = None
    events: int = 0
    newest: datetime | None = None

    @property
    def state(self) -> State | None:
        """The subject's own state; None in a broken record."""
        return self.states.get(self.subject)

    @property
    def lot(self) -> str:
        """The number of the lot that an item names; empty for what names no lot, and in a
        broken record.
        """
        uri = self.state.lot if isinstance(self.state, GoodsState) else ""
        return gs1.parse_subject(uri).lot if uri else ""

    @property
    def use_by(self) -> str:
        """The last day on which to use the goods, as an ISO date; empty where they begin
        with none, for what is not goods, and in a broken record.
        """
        return self.state.expiry if isinstance(self.state, GoodsState) else ""

    @property
    def outermost(self) -> GoodsState | None:
        """The state of the goods or, while all of them are packed, that of the outermost
        logistic unit around them; None for what is not goods, and in a broken record.
        """
        state, seen = self.state, {self.subject}
        while (
            isinstance(state, GoodsState)
            and state.situation is Situation.PACKED
            and state.container in self.states.keys() - seen
        ):
            seen.add(state.container)
            state = self.states[state.container]
        return state if isinstance(state, GoodsState) else None

    @property
    def situation(self) -> Situation | None:
        """The situation of the goods now, packed ones being where their unit is: `sold`
        of sold goods, whose records check out.
        """
        return self.outermost.situation if self.outermost is not None else None


@dataclass(slots=True)
class Progress(Lookups):
    """The findings of the steps so far: events, their proofs (by digest), chains and
    states (by URI), the lateness of late events (by digest), the digests of those that rest
    on a right or licence whose end was recorded before them, and of those dated before
    their key was enrolled; `outdated` says that a former ledger signed the
    tree head before its last; `numbers` are the places in the bundle's records by digest, `at`
    the number that is being examined.

    It answers the rules' lookups from the bundle alone: `state` from the events folded
    so far, `original` from the whole chain.
    """

    subject: str
    trust: Trust
    events: list[SignedEvent]
    proofs: dict[str, tlog_proof.Proof | None]
    arrived_late: Mapping[str, datetime]
    chains: dict[str, list[SignedEvent]] = field(default_factory=dict)
    states: dict[str, State] = field(default_factory=dict)
    late: dict[str, Lateness] = field(default_factory=dict)
    ended: set[str] = field(default_factory=set)
    predating: set[str] = field(default_factory=set)
    tree_size: int | None = None
    outdated: bool = False
    numbers: dict[str, int] = field(default_factory=dict)
    at: int | None = None

    def each(self) -> Iterator[SignedEvent]:
        """Yield the events in the ledger's order, noting which is being examined."""
        for event in self.events:
            self.at = self.numbers[event.digest]
            yield event
        self.at = None

    def failed(self) -> FailedEvent | None:
        """Return the record that was being examined, or None between records."""
        if self.at is None:
            return None
        by_number = {self.numbers[event.digest]: event for event in self.events}
        return FailedEvent(self.at, by_number.get(self.at))

    def index(self, event: SignedEvent) -> int | None:
        """Return the event's ledger index, or None while it is not anchored."""
        proof = self.proofs[event.digest]
        return None if proof is None else proof.index

    def holds(self, link: Link) -> bool:
        """Whether the event with this link is on a chain that the check needs, as far as
        it needs it.
        """
        return link.position < len(self.chains.get(link.subject, ()))

    def state(self, uri: str) -> State | None:
        return self.states.get(uri)

    def original(self, subject: str, event_id: str) -> Original | None:
        folded = self.states.get(subject)
        so_far = self.chains.get(subject, ())[: folded.position + 1] if folded is not None else ()
        # What comes later on the chain could not be corrected yet.
        its = [e for e in so_far if isinstance(e.body, GoodsAct) and e.goods.event_id == event_id]
        reasons = tuple(event.goods.error_reason for event in its if event.act is Act.CORRECT)
        wrong = (event for event in its if event.act is not Act.CORRECT)
        return next((Original(event.act, event.issuer, reasons) for event in wrong), None)
