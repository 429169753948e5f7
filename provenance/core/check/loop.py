"""Loops: whether a goods chain has come to its end with nothing left open
(docs/format.md).

A loop is closed when the chain ended, no handoff is pending, every customs border that
was crossed has an export clearance behind it and an import clearance ahead, every
change of custody names its country, no hold, seizure, recall or theft is in force, the
quantities add up, and every event is anchored. Otherwise it is open, or broken when the
chain itself does not check; always with reasons.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from provenance.core.check import journey
from provenance.core.check.journey import Chains, Unions
from provenance.core.epcis.vocabulary import Outcome, Procedure
from provenance.core.record.acts import GOODS_RULES
from provenance.core.record.event import SignedEvent
from provenance.core.record.rules import Whereabouts
from provenance.core.record.state import GoodsState


class LoopState(StrEnum):
    """Closed, open with reasons, or broken."""

    OPEN = "open"
    CLOSED = "closed"
    BROKEN = "broken"


class LoopReason(StrEnum):
    """The reasons why a loop is not closed: stable codes, each with a sentence on the
    pages.
    """

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


_MISSING = {
    Procedure.EXPORT: LoopReason.EXPORT_CLEARANCE_MISSING,
    Procedure.IMPORT: LoopReason.IMPORT_CLEARANCE_MISSING,
}


@dataclass(frozen=True, slots=True)
class Reason:
    """The code of a reason, with its parameters (a territory, a party's GLN, a count)."""

    code: str
    params: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Loop:
    """A loop's state with its reasons; `reasons` is empty exactly when it is closed."""

    state: LoopState
    reasons: tuple[Reason, ...] = ()


def clearances(
    history: Sequence[tuple[SignedEvent, str]], unions: Unions
) -> Counter[tuple[Procedure, str]]:
    """Return the number of clearances for each (procedure, territory). A transit
    clearance counts as both import and export.
    """
    cleared: Counter[tuple[Procedure, str]] = Counter()
    for event, _ in history:
        goods = journey.goods_of(event)
        if goods.customs is None or goods.outcome is not Outcome.CLEARED:
            continue
        here = journey.territory(goods.place.country or "", unions)
        procedure = goods.customs.procedure
        both = (Procedure.IMPORT, Procedure.EXPORT)
        for direction in both if procedure is Procedure.TRANSIT else (procedure,):
            cleared[(direction, here)] += 1
    return cleared


def missing_clearances(subject: str, chains: Chains, unions: Unions) -> list[Reason]:
    """Return a reason for each territory that was left more often than exports out of
    it were cleared, or entered more often than imports into it were.
    """
    cleared = clearances(journey.stitch(subject, chains), unions)
    wanted: Counter[tuple[Procedure, str]] = Counter()
    for out_of, into in journey.crossings(subject, chains, unions):
        wanted[(Procedure.EXPORT, out_of)] += 1
        wanted[(Procedure.IMPORT, into)] += 1
    return [
        Reason(_MISSING[procedure], {"territory": where})
        for (procedure, where), times in wanted.items()
        if cleared[(procedure, where)] < times
    ]


def close(
    subject: str,
    states: Mapping[str, GoodsState],
    chains: Chains,
    *,
    unions: Unions,
    unanchored: int,
) -> Loop:
    """Return the loop of `subject`, given the folded `states` and the `chains` of it
    and of every unit it rode in.

    `unanchored` counts the events of its history that are not in the ledger yet.
    """
    state = states[subject]
    around = [state, *containers_of(state, states)]
    reasons: list[Reason] = []
    if state.ended_by is None:
        reasons.append(Reason(LoopReason.NOT_ENDED))
    pending = next((goods.pending for goods in around if goods.pending), None)
    if pending:
        reasons.append(Reason(LoopReason.HANDOFF_PENDING, {"receiver": pending}))
    reasons += missing_clearances(subject, chains, unions)
    if _place_unknown(subject, chains):
        reasons.append(Reason(LoopReason.PLACE_UNKNOWN))
    for goods in around:
        flags = (
            (goods.customs_hold_by, LoopReason.HELD),
            (goods.seized_by, LoopReason.SEIZED),
            (goods.recalled, LoopReason.RECALLED),
            (goods.stolen, LoopReason.STOLEN),
        )
        reasons += [Reason(code) for flag, code in flags if flag and Reason(code) not in reasons]
    if state.ended_by is not None and (state.holdings or state.contents):
        reasons.append(Reason(LoopReason.QUANTITY_MISMATCH))
    if unanchored:
        reasons.append(Reason(LoopReason.NOT_ANCHORED, {"count": str(unanchored)}))
    return Loop(LoopState.OPEN if reasons else LoopState.CLOSED, tuple(reasons))


def containers_of(state: GoodsState, states: Mapping[str, GoodsState]) -> list[GoodsState]:
    """Return the states of the logistic units around the goods now, innermost first."""
    around: list[GoodsState] = []
    waiting = list(state.containers)
    seen: set[str] = set()
    while waiting:
        uri = waiting.pop()
        if uri in seen or uri not in states:
            continue
        seen.add(uri)
        around.append(states[uri])
        waiting += states[uri].containers
    return around


def _place_unknown(subject: str, chains: Chains) -> bool:
    """Whether a change of custody names no country, so that a border may have been
    crossed unseen.
    """
    return any(
        GOODS_RULES[event.act].whereabouts is Whereabouts.CUSTODY
        and journey.country_of(event) is None
        for event, _ in journey.stitch(subject, chains)
    )
