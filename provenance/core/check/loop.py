"""Loops: has a goods chain come to its end with nothing left open (docs/format.md)?

A loop is closed when the chain ended, no handoff is pending, every customs border that
was crossed has an export clearance on one side and an import clearance on the other, no
hold, recall or theft stands, the quantities add up, and every event is anchored.
Otherwise it is open, or broken when the chain itself does not check; always with
reasons.

A border is crossed where two events that follow one another name places in different
customs territories. While goods are packed they are where their logistic unit is, so
the path runs through the slice of the unit's chain between the packing and the
unpacking, and so on for units within units.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum

from provenance.core.record.event import SignedEvent
from provenance.core.record.kinds import Kind
from provenance.core.record.state import GLN, GoodsState


class LoopState(StrEnum):
    """Closed, open with reasons, or broken."""

    OPEN = "open"
    CLOSED = "closed"
    BROKEN = "broken"


class LoopReason(StrEnum):
    """Why a loop is not closed: stable codes, each with a sentence on the pages."""

    NOT_ENDED = "not-ended"
    HANDOFF_PENDING = "handoff-pending"
    EXPORT_CLEARANCE_MISSING = "export-clearance-missing"
    IMPORT_CLEARANCE_MISSING = "import-clearance-missing"
    PLACE_UNKNOWN = "place-unknown"
    HELD = "held"
    SEIZED = "seized"
    RECALLED = "recalled"
    STOLEN = "stolen"
    QUANTITY_MISMATCH = "quantity-mismatch"
    NOT_ANCHORED = "not-anchored"
    CHAIN_BROKEN = "chain-broken"


@dataclass(frozen=True, slots=True)
class Reason:
    """One reason and what it is about (a country, a count)."""

    code: str
    params: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Loop:
    """A loop's state with its reasons; `reasons` is empty exactly when it is closed."""

    state: LoopState
    reasons: tuple[Reason, ...] = ()


@dataclass(frozen=True, slots=True)
class Slice:
    """The part of a logistic unit's chain that a subject travelled in: positions
    `first` to `last`, both included.
    """

    container: str
    first: int
    last: int


def slices(
    records: Sequence[SignedEvent], subject: str, containers: Mapping[str, Sequence[SignedEvent]]
) -> list[Slice]:
    """Where `subject` rode: one slice for each packing, in order. `containers` maps
    unit URIs to their chains.

    A subject that is still packed has a slice to the newest event of its unit. A lot
    packed in parts has one slice for each unit at a time.
    """
    open_: dict[str, int] = {}
    found: list[Slice] = []
    for record in records:
        goods = record.goods
        if goods is None or subject not in goods.subjects or not goods.parent:
            continue
        position = record.link(goods.parent).position
        if record.kind is Kind.PACK:
            open_.setdefault(goods.parent, position)
        elif record.kind is Kind.UNPACK and goods.parent in open_:
            found.append(Slice(goods.parent, open_.pop(goods.parent), position))
    for container, first in open_.items():
        chain = containers.get(container, ())
        found.append(
            Slice(container, first, max((r.link(container).position for r in chain), default=first))
        )
    return sorted(found, key=lambda one: one.first)


def stitch(
    subject: str, chains: Mapping[str, Sequence[SignedEvent]]
) -> list[tuple[SignedEvent, str]]:
    """The whole history of `subject` in order: its own events and, between packing and
    unpacking, its containers'.

    Gives (record, URI of the chain it came from). `chains` maps URIs to chains in order
    of position.
    """
    return _stitch(subject, list(chains.get(subject, ())), chains, frozenset())


def _stitch(
    subject: str,
    records: Sequence[SignedEvent],
    chains: Mapping[str, Sequence[SignedEvent]],
    above: frozenset[str],
) -> list[tuple[SignedEvent, str]]:
    history: list[tuple[SignedEvent, str]] = []
    seen: set[str] = set()
    rides = {(one.container, one.first): one for one in slices(records, subject, chains)}
    for record in records:
        if record.digest not in seen:
            seen.add(record.digest)
            history.append((record, subject))
        parent = record.goods.parent if record.goods is not None else None
        if record.kind is not Kind.PACK or parent is None or parent == subject or parent in above:
            continue
        ride = rides.get((parent, record.link(parent).position))
        if ride is None:
            continue
        inside = [
            r for r in chains.get(parent, ()) if ride.first < r.link(parent).position < ride.last
        ]
        if not any(
            r.kind is Kind.UNPACK
            and r.link(parent).position == ride.last
            and subject in _subjects(r)
            for r in chains.get(parent, ())
        ):
            inside += [
                r
                for r in chains.get(parent, ())
                if r.link(parent).position == ride.last > ride.first
            ]
        for nested, origin in _stitch(parent, inside, chains, above | {subject}):
            if nested.digest not in seen:
                seen.add(nested.digest)
                history.append((nested, origin))
    return history


def _subjects(record: SignedEvent) -> Mapping[str, Decimal]:
    return record.goods.subjects if record.goods is not None else {}


def territory(country: str, unions: Mapping[str, Sequence[str]]) -> str:
    """The customs territory of a country: its customs union's name, else the country
    itself.
    """
    return next((name for name, members in unions.items() if country in members), country)


# Acts that say where the goods themselves are. A recall, a theft report, a correction
# or the end of a handoff is signed wherever its signer is.
_WITH_THE_GOODS = frozenset(Kind) - {
    Kind.RECALL,
    Kind.REPORT_STOLEN,
    Kind.CORRECT,
    Kind.REFUSE,
    Kind.CANCEL,
}


def crossings(
    subject: str, chains: Mapping[str, Sequence[SignedEvent]], unions: Mapping[str, Sequence[str]]
) -> list[tuple[str, str]]:
    """The customs borders crossed, as (from territory, to territory), along every path
    the subject travelled.
    """
    found: list[tuple[str, str]] = []
    for traveller, path, start in _paths(
        subject, list(chains.get(subject, ())), None, chains, frozenset()
    ):
        last = start
        for record in path:
            here = _country(record)
            if record.kind is Kind.UNPACK and traveller in _subjects(record):
                # Since the packing the traveller was where its unit was: that is the
                # unit's path.
                last = here
                continue
            if here is None:
                continue
            ours, theirs = territory(here, unions), territory(last or here, unions)
            if ours != theirs:
                found.append((theirs, ours))
            last = here
    return found


def _country(record: SignedEvent) -> str | None:
    if record.goods is None or record.kind not in _WITH_THE_GOODS:
        return None
    return record.goods.place.country


def _paths(
    traveller: str,
    path: list[SignedEvent],
    start: str | None,
    chains: Mapping[str, Sequence[SignedEvent]],
    above: frozenset[str],
) -> list[tuple[str, list[SignedEvent], str | None]]:
    """(who travels, its events, the country it was in before them): of the traveller,
    and of each unit it rode in.
    """
    found = [(traveller, path, start)]
    for ride in slices(path, traveller, chains):
        if ride.container in above:
            continue
        where = start
        for record in path:
            where = _country(record) or where
            if record.goods is not None and record.goods.parent == ride.container:
                break
        inside = [
            record
            for record in chains.get(ride.container, ())
            if ride.first <= record.link(ride.container).position <= ride.last
        ]
        found += _paths(ride.container, inside, where, chains, above | {traveller})
    return found


def clearances(
    history: Sequence[tuple[SignedEvent, str]], unions: Mapping[str, Sequence[str]]
) -> Counter[tuple[str, str]]:
    """How often each (procedure, territory) was cleared. A transit clearance lets goods
    both in and out.
    """
    cleared: Counter[tuple[str, str]] = Counter()
    for record, _ in history:
        customs = record.goods.customs if record.goods is not None else None
        if customs is None or customs.outcome != "cleared" or record.goods is None:
            continue
        here = territory(record.goods.place.country or "", unions)
        for procedure in (
            ("import", "export") if customs.procedure == "transit" else (customs.procedure,)
        ):
            cleared[(procedure, here)] += 1
    return cleared


def missing_clearances(
    subject: str, chains: Mapping[str, Sequence[SignedEvent]], unions: Mapping[str, Sequence[str]]
) -> list[Reason]:
    """A reason for each border that was crossed without an export clearance behind or
    an import clearance ahead.
    """
    cleared = clearances(stitch(subject, chains), unions)
    missing: list[Reason] = []
    wanted: Counter[tuple[str, str]] = Counter()
    for out_of, into in crossings(subject, chains, unions):
        wanted[("export", out_of)] += 1
        wanted[("import", into)] += 1
    codes = {
        "export": LoopReason.EXPORT_CLEARANCE_MISSING,
        "import": LoopReason.IMPORT_CLEARANCE_MISSING,
    }
    for (procedure, where), times in wanted.items():
        if cleared[(procedure, where)] < times:
            missing.append(Reason(codes[procedure], {"territory": where}))
    return missing


def close(
    subject: str,
    states: Mapping[str, GoodsState],
    chains: Mapping[str, Sequence[SignedEvent]],
    *,
    unions: Mapping[str, Sequence[str]],
    unanchored: int,
) -> Loop:
    """The loop of `subject`, given the folded `states` and the `chains` of it and of
    every unit it rode in.

    `unanchored` counts the events of its history that are not in the ledger yet.
    """
    state = states[subject]
    around = [state, *containers_of(state, states)]
    reasons: list[Reason] = []
    if state.ended_by is None:
        reasons.append(Reason(LoopReason.NOT_ENDED))
    pending = next((one.pending for one in around if one.pending), None)
    if pending:
        reasons.append(Reason(LoopReason.HANDOFF_PENDING, {"receiver": pending}))
    reasons += missing_clearances(subject, chains, unions)
    if _place_unknown(subject, chains):
        reasons.append(Reason(LoopReason.PLACE_UNKNOWN))
    for one in around:
        flags = (
            (one.customs_hold_by, LoopReason.HELD),
            (one.seized_by, LoopReason.SEIZED),
            (one.recalled, LoopReason.RECALLED),
            (one.stolen, LoopReason.STOLEN),
        )
        reasons += [Reason(code) for flag, code in flags if flag and Reason(code) not in reasons]
    if state.ended_by is not None and (state.holdings or state.contents):
        reasons.append(Reason(LoopReason.QUANTITY_MISMATCH))
    if unanchored:
        reasons.append(Reason(LoopReason.NOT_ANCHORED, {"count": str(unanchored)}))
    return Loop(LoopState.OPEN if reasons else LoopState.CLOSED, tuple(reasons))


def containers_of(state: GoodsState, states: Mapping[str, GoodsState]) -> list[GoodsState]:
    """The states of the logistic units around the goods now, innermost first."""
    around: list[GoodsState] = []
    waiting = [holder for holder in state.holdings if not holder.startswith(GLN)]
    seen: set[str] = set()
    while waiting:
        uri = waiting.pop()
        if uri in seen or uri not in states:
            continue
        seen.add(uri)
        around.append(states[uri])
        waiting += [holder for holder in states[uri].holdings if not holder.startswith(GLN)]
    return around


def _place_unknown(subject: str, chains: Mapping[str, Sequence[SignedEvent]]) -> bool:
    """Whether a change of custody names no country, so that a border may have been
    crossed unseen.
    """
    moving = (Kind.COMMISSION, Kind.HAND_OVER, Kind.ACCEPT)
    return any(
        record.kind in moving and record.goods is not None and record.goods.place.country is None
        for record, _ in stitch(subject, chains)
    )
