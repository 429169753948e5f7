"""What a check found: the verdict, the plan's steps, the history. The same words in
page, API and command.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from provenance.core.check.loop import Loop, Reason
from provenance.core.record.event import SignedEvent
from provenance.core.record.state import State

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
    """What a person is told (docs/format.md): the same words in page, API and
    command.
    """

    RECORDS_CHECK_OUT = "RECORDS_CHECK_OUT"
    CHECK_NEEDED = "CHECK_NEEDED"
    NOT_REGISTERED = "NOT_REGISTERED"
    RECALLED = "RECALLED"
    BLOCKED = "BLOCKED"
    BROKEN_RECORD = "BROKEN_RECORD"
    ENDED = "ENDED"
    CANNOT_CHECK_NOW = "CANNOT_CHECK_NOW"


class Outcome(StrEnum):
    """How one step of the plan went."""

    OK = "ok"
    WARNING = "warning"
    FAILED = "failed"
    SKIPPED = "skipped"


@dataclass(frozen=True, slots=True)
class Step:
    """One numbered step: `code` and `detail` say why it failed or warned."""

    number: int
    outcome: Outcome
    code: str = ""
    detail: str = ""

    @property
    def title(self) -> str:
        """The step's name in the plan."""
        return TITLES[self.number]


@dataclass(frozen=True, slots=True)
class Entry:
    """One event of the subject's history. `origin` is the chain it came from: its own,
    or a container's.

    `arrived_late` is when it was recorded, where the caller said that this was long
    after it was signed.
    """

    record: SignedEvent
    origin: str
    index: int | None
    late: bool
    corrected: bool
    arrived_late: datetime | None = None


@dataclass(frozen=True, slots=True)
class Result:
    """What the check found. `states` holds the folded state of every chain in the
    bundle.
    """

    subject: str
    verdict: Verdict
    reasons: tuple[Reason, ...]
    steps: tuple[Step, ...]
    loop: Loop | None = None
    history: tuple[Entry, ...] = ()
    states: Mapping[str, State] = field(default_factory=dict)
    tree_size: int | None = None
    records: int = 0

    @property
    def state(self) -> State | None:
        """The subject's own state; None when the record is broken before it could be
        folded.
        """
        return self.states.get(self.subject)
