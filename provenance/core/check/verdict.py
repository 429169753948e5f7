"""Steps 7 and 8 of the plan: what is still open, what stands before everything else,
and the verdict.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from provenance.core.check import loop
from provenance.core.check.loop import Loop, LoopReason, LoopState, Reason
from provenance.core.check.progress import Progress
from provenance.core.check.result import Entry, Outcome, Result, Step, Verdict
from provenance.core.record.event import SignedEvent
from provenance.core.record.kinds import Kind
from provenance.core.record.state import GoodsState, State

UNANSWERED_AFTER = timedelta(hours=72)


def decide(
    checked: Progress, steps: list[Step], now: datetime, arrived_late: Mapping[str, datetime]
) -> Result:
    """(7) and (8), and the verdict they lead to."""
    state = checked.states[checked.subject]
    corrected = _corrected(checked)
    history = tuple(
        Entry(
            record,
            origin,
            checked.index(record),
            record.digest in checked.late or record.digest in arrived_late,
            record.digest in corrected,
            arrived_late.get(record.digest),
        )
        for record, origin in loop.stitch(checked.subject, checked.chains)
    )
    unanchored = sum(checked.index(record) is None for record in checked.records)
    amber: list[Reason] = []
    closed: Loop | None = None
    if isinstance(state, GoodsState):
        goods = {uri: one for uri, one in checked.states.items() if isinstance(one, GoodsState)}
        closed = loop.close(
            checked.subject,
            goods,
            checked.chains,
            unions=checked.trust.customs_unions,
            unanchored=unanchored,
        )
        amber += _amber(checked, closed, history, goods, now)
    elif unanchored:
        amber.append(Reason(LoopReason.NOT_ANCHORED, {"count": str(unanchored)}))
    warned = closed is not None and closed.state is not LoopState.CLOSED
    steps.append(
        Step(
            7, Outcome.WARNING if warned else Outcome.OK, *_first(closed.reasons if closed else ())
        )
    )
    overlays = _overlays(checked, state)
    steps.append(Step(8, Outcome.FAILED if overlays else Outcome.OK, *_first(overlays)))
    verdict = _verdict(state, overlays, amber)
    return Result(
        checked.subject,
        verdict,
        (*overlays, *amber),
        tuple(steps),
        closed,
        history,
        checked.states,
        checked.tree_size,
        len(checked.records),
    )


def _first(reasons: Sequence[Reason]) -> tuple[str, str]:
    return (
        (str(reasons[0].code), ", ".join(str(reason.code) for reason in reasons))
        if reasons
        else ("", "")
    )


def _verdict(state: State, overlays: Sequence[Reason], amber: Sequence[Reason]) -> Verdict:
    if any(reason.code == LoopReason.RECALLED for reason in overlays):
        return Verdict.RECALLED
    if overlays:
        return Verdict.BLOCKED
    if amber:
        return Verdict.CHECK_NEEDED
    ended = isinstance(state, GoodsState) and state.ended_by not in (None, Kind.SELL)
    return Verdict.ENDED if ended else Verdict.RECORDS_CHECK_OUT


def _amber(
    checked: Progress,
    closed: Loop,
    history: Sequence[Entry],
    goods: Mapping[str, GoodsState],
    now: datetime,
) -> list[Reason]:
    """What a person should look into, though every record is intact."""
    found: list[Reason] = []
    late, corrected = (
        sum(entry.late for entry in history),
        sum(entry.corrected for entry in history),
    )
    if late:
        found.append(Reason("late", {"count": str(late)}))
    if corrected:
        found.append(Reason("corrected", {"count": str(corrected)}))
    state = goods[checked.subject]
    found += [
        Reason("handoff-not-accepted", {"receiver": one.pending})
        for one in (state, *loop.containers_of(state, goods))
        if one.pending
        and one.handed_over_at is not None
        and now - one.handed_over_at > UNANSWERED_AFTER
    ]
    worrying = (
        LoopReason.EXPORT_CLEARANCE_MISSING,
        LoopReason.IMPORT_CLEARANCE_MISSING,
        LoopReason.NOT_ANCHORED,
        LoopReason.QUANTITY_MISMATCH,
    )
    found += [reason for reason in closed.reasons if reason.code in worrying]
    compromised = sum(_key_compromised(checked, entry.record) for entry in history)
    if compromised:
        found.append(Reason("key-compromised", {"count": str(compromised)}))
    return found


def _key_compromised(checked: Progress, record: SignedEvent) -> bool:
    party = checked.party(record.issuer)
    key = party.keys.get(record.key) if party is not None else None
    return key is not None and key.reason == "compromised"


def _corrected(checked: Progress) -> set[str]:
    """Digests of the events that a later correction on the same chain declares
    wrong.
    """
    wrong: set[str] = set()
    for uri, records in checked.chains.items():
        declared = {
            r.goods.event_id for r in records if r.kind is Kind.CORRECT and r.goods is not None
        }
        if declared:
            wrong |= {
                r.digest
                for r in records
                if r.goods is not None
                and r.goods.event_id in declared
                and r.kind is not Kind.CORRECT
                and uri in {*r.goods.subjects, *r.goods.outputs, r.goods.parent}
            }
    return wrong


def _overlays(checked: Progress, state: State) -> list[Reason]:
    """(8) What brand or authority said stop to: of the goods, of their lot, of the
    units they are in.
    """
    if not isinstance(state, GoodsState):
        return []
    goods = {uri: one for uri, one in checked.states.items() if isinstance(one, GoodsState)}
    around = [state, *loop.containers_of(state, goods)]
    if state.lot in goods:
        around.append(goods[state.lot])
    flags = (
        (LoopReason.RECALLED, any(one.recalled for one in around)),
        (LoopReason.STOLEN, any(one.stolen for one in around)),
        (LoopReason.SEIZED, any(one.seized_by for one in around)),
        (LoopReason.HELD, any(one.customs_hold_by for one in around)),
    )
    return [Reason(code) for code, stands in flags if stands]
