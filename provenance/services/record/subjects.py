"""The row of a subject: how a batch or a rebuild holds it, and the columns that its
state gives. Which they are is said here alone; of which type, in the model.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Self

import orjson

from provenance.core import gs1
from provenance.core.record.event import SignedEvent
from provenance.core.record.state import GoodsState, State
from provenance.services.record import states

SELECTED: Final = "id, uri, kind, head_digest, head_recorded_at, closed_at, state::text"


@dataclass(slots=True)
class Columns:
    """Every column of a subject's row but its id; those of goods are empty for others."""

    uri: str
    kind: str
    product_gtin: str
    genesis_digest: str
    head_position: int
    head_digest: str
    head_recorded_at: datetime
    situation: str
    custodian: str
    pending_receiver: str
    container: str
    lot: str
    closed_at: datetime | None
    state: Any


NEVER_CHANGED: Final = frozenset({"uri", "kind", "product_gtin", "genesis_digest"})


@dataclass(slots=True)
class SubjectRow:
    """A subject after the events decided or folded so far. `id` is None until its first
    event is stored, `expected` is the head that the database holds.
    """

    uri: str
    state: State | None = None
    id: bytes | None = None
    expected: str | None = None
    head_recorded_at: datetime | None = None
    closed_at: datetime | None = None

    @classmethod
    def selected(cls, row: tuple[Any, ...]) -> Self:
        """The row as the database gives its columns `SELECTED`."""
        id_, uri, kind, head, recorded_at, closed_at, state = row
        loaded = states.load(kind, orjson.loads(state))
        return cls(uri, loaded, id_.bytes, head, recorded_at, closed_at)

    def move(self, new: State, event: SignedEvent, recorded_at: datetime) -> None:
        """Take in `event`, which was recorded at `recorded_at` and leaves state `new`."""
        if not isinstance(new, GoodsState) or new.ended_by is None:
            self.closed_at = None
        elif not isinstance(self.state, GoodsState) or self.state.ended_by is None:
            self.closed_at = event.event_time
        self.state, self.head_recorded_at = new, recorded_at

    @property
    def likeness(self) -> tuple[object, ...]:
        """Equal for rows whose columns are the same but for `uri`."""
        subject = gs1.parse_subject(self.uri)
        moments = (self.head_recorded_at, self.closed_at)
        return (id(self.state), subject.kind, subject.gtin, *moments)

    def columns(self, dump: Callable[[State], Any] = states.dump) -> Columns:
        """Its columns, once it has an event, the state as `dump` writes it."""
        state, recorded_at = self.state, self.head_recorded_at
        if state is None or recorded_at is None:
            raise ValueError(f"{self.uri} has no event")
        subject = gs1.parse_subject(self.uri)
        goods = state if isinstance(state, GoodsState) else None
        return Columns(
            uri=self.uri,
            kind=subject.kind.value,
            product_gtin=subject.gtin if goods else "",
            genesis_digest=state.genesis,
            head_position=state.position,
            head_digest=state.head,
            head_recorded_at=recorded_at,
            situation=goods.situation.value if goods else "",
            custodian=(goods.custodian or "") if goods else "",
            pending_receiver=(goods.pending or "") if goods else "",
            container=(goods.container or "") if goods else "",
            lot=goods.lot if goods else "",
            closed_at=self.closed_at,
            state=dump(state),
        )
