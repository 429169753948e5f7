"""Steps 7 (loop) and 8 (recall, theft, hold, seizure) of the plan, and the verdict."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, datetime, timedelta

from provenance.core import gs1
from provenance.core.check import journey, loop
from provenance.core.check.loop import Loop, LoopReason, LoopState, Reason
from provenance.core.check.result import HistoryEntry, Progress, Result, Step, StepOutcome, Verdict
from provenance.core.record import lateness
from provenance.core.record.event import Explanation, SignedEvent
from provenance.core.record.lateness import Lateness
from provenance.core.record.state import GoodsState, ProductState, State
from provenance.core.record.vocabulary import Act, RevocationReason

UNANSWERED_AFTER = timedelta(hours=72)


def decide(progress: Progress, steps: list[Step], now: datetime) -> Result:
    """Return the result: steps (7) and (8), and the verdict that they lead to."""
    state = progress.states[progress.subject]
    corrected = _corrected(progress)
    history = tuple(
        HistoryEntry(
            event,
            uri,
            progress.index(event),
            progress.late.get(event.digest),
            event.digest in corrected,
            progress.arrived_late.get(event.digest),
        )
        for event, uri in journey.stitch(progress.subject, progress.chains)
    )
    unanchored = sum(progress.index(event) is None for event in progress.events)
    amber = _counted("dated-ahead", sum(lateness.is_ahead(e, now) for e in progress.events))
    goods_loop: Loop | None = None
    overlays = _overlays(progress, state)
    if isinstance(state, GoodsState):
        goods = _goods_states(progress)
        goods_loop = loop.close(
            progress.subject,
            goods,
            progress.chains,
            unions=progress.trust.customs_unions,
            overlays=overlays,
            unanchored=unanchored,
        )
        amber += _amber(progress, goods_loop, history, goods, now)
    else:
        amber += _counted("licence-ended-before-recorded", len(progress.ended))
        if unanchored:
            amber.append(Reason(LoopReason.NOT_ANCHORED, {"count": str(unanchored)}))
    amber += _counted("dated-before-key", _predating(progress, history))
    amber += [Reason("former-tree-head")] if progress.outdated else []
    warned = goods_loop is not None and goods_loop.state is not LoopState.CLOSED
    seventh = StepOutcome.WARNING if warned else StepOutcome.OK
    steps.append(Step(7, seventh, *_first(goods_loop.reasons if goods_loop else ())))
    eighth = StepOutcome.FAILED if overlays else StepOutcome.OK
    steps.append(Step(8, eighth, *_first(overlays)))
    verdict = _verdict(state, overlays, amber)
    return Result(
        progress.subject,
        verdict,
        (*overlays, *amber),
        tuple(steps),
        goods_loop,
        history,
        progress.states,
        progress.tree_size,
        len(progress.events),
        max((e.created for e in progress.events if progress.index(e) is not None), default=None),
    )


def _first(reasons: Sequence[Reason]) -> tuple[str, str]:
    codes = [str(reason.code) for reason in reasons]
    return (codes[0], ", ".join(codes)) if codes else ("", "")


def _verdict(state: State, overlays: Sequence[Reason], amber: Sequence[Reason]) -> Verdict:
    if any(reason.code == LoopReason.RECALLED for reason in overlays):
        return Verdict.RECALLED
    if overlays:
        return Verdict.BLOCKED
    if amber:
        return Verdict.CHECK_NEEDED
    ended = isinstance(state, GoodsState) and state.ended_by not in (None, Act.SELL)
    return Verdict.ENDED if ended else Verdict.RECORDS_CHECK_OUT


def _amber(
    progress: Progress,
    goods_loop: Loop,
    history: Sequence[HistoryEntry],
    goods: Mapping[str, GoodsState],
    now: datetime,
) -> list[Reason]:
    """Return the reasons for CHECK_NEEDED: all that a person should examine, though
    every event is intact.
    """
    corrected = sum(entry.corrected for entry in history)
    reasons = _counted("corrected", corrected)
    reasons += _counted("licence-ended-before-recorded", len(progress.ended))
    state = goods[progress.subject]
    reasons += [
        Reason("handoff-not-accepted", {"receiver": waiting.pending})
        for waiting in (state, *loop.containers_of(state, goods))
        if waiting.pending
        and waiting.handed_over_at is not None
        and now - waiting.handed_over_at > UNANSWERED_AFTER
    ]
    worrying = (
        LoopReason.EXPORT_CLEARANCE_MISSING,
        LoopReason.IMPORT_CLEARANCE_MISSING,
        LoopReason.NOT_ANCHORED,
        LoopReason.QUANTITY_MISMATCH,
    )
    reasons += [reason for reason in goods_loop.reasons if reason.code in worrying]
    today = now.astimezone(UTC).date().isoformat()
    if state.ended_by in (None, Act.SELL) and "" < state.expiry < today:
        reasons.append(Reason("expired", {"date": state.expiry}))
    compromised = sum(_key_compromised(progress, entry.event) for entry in history)
    reasons += _counted("key-compromised", compromised)
    late = Counter(entry.late for entry in history)  # last: it is rarely the point
    return reasons + [reason for way in Lateness for reason in _counted(way, late[way])]


def _counted(code: str, count: int) -> list[Reason]:
    return [Reason(code, {"count": str(count)})] if count else []


def _predating(progress: Progress, history: Sequence[HistoryEntry]) -> int:
    """Return the number of claims, and of events of the history, dated before their key was
    enrolled.
    """
    shown = {entry.event.digest for entry in history}
    dated = (event for event in progress.events if event.digest in progress.predating)
    return sum(event.act.is_claim or event.digest in shown for event in dated)


def _key_compromised(progress: Progress, event: SignedEvent) -> bool:
    key = progress.key(event.key)
    return key is not None and key.reason is RevocationReason.COMPROMISED


def _corrected(progress: Progress) -> set[str]:
    """Return the digests of the events that a correction on the same chain declares
    wrong.
    """
    wrong: set[str] = set()
    for events in progress.chains.values():
        declared = {e.goods.event_id for e in events if e.act is Act.CORRECT}
        if declared:
            wrong |= {
                event.digest
                for event in events
                if event.act is not Act.CORRECT and journey.goods_of(event).event_id in declared
            }
    return wrong


def _overlays(progress: Progress, state: State) -> list[Reason]:
    """(8) Return recall, theft, seizure and hold: of the goods and of the units around
    them; and the recalls of their product that reach them.
    """
    if not isinstance(state, GoodsState):
        return []
    goods = _goods_states(progress)
    around = [state, *loop.containers_of(state, goods)]
    recall = _product_recall(progress, state)
    flags = (
        (LoopReason.RECALLED, recall is not None or any(of.recalled for of in around)),
        (LoopReason.STOLEN, any(of.stolen for of in around)),
        (LoopReason.SEIZED, any(of.seized_by for of in around)),
        (LoopReason.HELD, any(of.customs_hold_by for of in around)),
    )
    return [
        Reason(code, _explanation(progress, _SAID_BY.get(code), around) or recall or {})
        for code, raised in flags
        if raised
    ]


_SAID_BY = {LoopReason.RECALLED: Act.RECALL, LoopReason.STOLEN: Act.REPORT_STOLEN}


def _explanation(
    progress: Progress, act: Act | None, around: Sequence[GoodsState]
) -> dict[str, str]:
    """Return the explanation of the newest such act on the goods or on what is around
    them, with who gave it and the day; empty where there is none.
    """
    heads = {state.head for state in around}
    uris = {uri for uri, state in progress.states.items() if state.head in heads}
    for event in reversed(progress.events):
        explanation = event.goods.explanation if event.act is act else None
        if explanation is not None and not uris.isdisjoint(event.by_subject):
            by = {"by": event.issuer, "since": event.day}
            return by | {name: text for name, text in asdict(explanation).items() if text}
    return {}


def _product_recall(progress: Progress, state: GoodsState) -> dict[str, str] | None:
    """Return the explanation of the newest recall of the product that reaches the goods,
    with who gave it and the day.
    """
    subject = gs1.parse_subject(progress.subject)
    product = progress.states.get(gs1.product_uri(subject.gtin)) if subject.gtin else None
    if not isinstance(product, ProductState):
        return None
    lot = state.lot or subject.uri
    day = progress.chains[progress.subject][0].day
    for recall in reversed(product.recalls):
        if recall.covers(lot, day):
            by = {"by": product.owner, "since": recall.since}
            return by | asdict(Explanation(recall.reason, recall.advice, recall.contact))
    return None


def _goods_states(progress: Progress) -> dict[str, GoodsState]:
    return {uri: of for uri, of in progress.states.items() if isinstance(of, GoodsState)}
