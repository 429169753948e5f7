"""The verify page as data: verdict, facts and journey from the result of a check.

Nothing here makes a query: everything comes out of the signed record.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final, NamedTuple

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from provenance.core import gs1
from provenance.core.check.journey import goods_of
from provenance.core.check.loop import LoopReason, Reason
from provenance.core.check.result import HistoryEntry, Result, Verdict
from provenance.core.epcis.vocabulary import Outcome
from provenance.core.record.event import SignedEvent
from provenance.core.record.state import GoodsState, ProductState
from provenance.core.record.vocabulary import Act
from provenance.views.verify import format as format_
from provenance.views.verify import texts
from provenance.views.verify.format import Names

MOST_SHOWN: Final = 60  # the page keeps to 30 kB; the bundle has all
A_WHILE: Final = timedelta(hours=1)  # between signing and recording, before the page names both

# The alerts, and the act or the customs outcome that raises each.
ALERTS: Final[Mapping[str, Act | Outcome]] = {
    LoopReason.RECALLED: Act.RECALL,
    LoopReason.STOLEN: Act.REPORT_STOLEN,
    LoopReason.HELD: Outcome.HELD,
    LoopReason.SEIZED: Outcome.SEIZED,
}


class Fact(NamedTuple):
    """A fact that the page begins with, and a smaller line."""

    name: str
    value: str
    detail: str


class Alert(NamedTuple):
    """A recall, theft, hold or seizure, and its explanation as pairs of a name and a text."""

    text: str
    explanation: tuple[tuple[str, str], ...]


class StepLine(NamedTuple):
    """A step of the plan, and how it went."""

    number: int
    title: str
    colour: str
    outcome: str
    code: str


class JourneyMark(NamedTuple):
    """A note under a line of the journey."""

    colour: str
    text: str


@dataclass(frozen=True, slots=True)
class JourneyLine:
    """An event of the journey."""

    title: str
    place: str
    moment: format_.Moment
    signer: str
    gln: str
    marks: tuple[JourneyMark, ...]
    corrected: bool
    digest: str
    index: int | None


@dataclass(frozen=True, slots=True)
class Page:
    """A result in the words of the verify page."""

    verdict: Verdict
    appearance: texts.Appearance
    headline: str
    advice: str
    alerts: tuple[Alert, ...]
    reasons: tuple[str, ...]
    facts: tuple[Fact, ...]
    journey: tuple[JourneyLine, ...]
    hidden: int
    loop_colour: str
    loop_title: str
    loop_reasons: tuple[str, ...]
    steps: tuple[StepLine, ...]
    identifiers: tuple[tuple[str, str], ...]


def present(result: Result, *, limited: bool = False) -> Page:
    """Lay out `result` in the current language. `limited` leaves out the journey and
    names no party but the issuer.
    """
    names = Names(result, limited=limited)
    loop_colour, loop_title = texts.LOOPS[result.loop.state] if result.loop else ("grey", "")
    history = () if limited else tuple(reversed(result.history))
    return Page(
        verdict=result.verdict,
        appearance=texts.VERDICTS[result.verdict],
        headline=_headline(result, names),
        advice=str(texts.ADVICE[result.verdict]),
        alerts=tuple(_alert(reason, result, names) for reason in _alerts(result)),
        reasons=_sentences(_other_reasons(result), names),
        facts=tuple(_facts(result, names)),
        journey=tuple(_journey_line(entry, result, names) for entry in history[:MOST_SHOWN]),
        hidden=len(history[MOST_SHOWN:]),
        loop_colour=loop_colour,
        loop_title=str(loop_title),
        loop_reasons=_sentences(result.loop.reasons, names) if result.loop else (),
        steps=tuple(_steps(result)),
        identifiers=format_.identifiers(result.subject),
    )


def sentence(code: str, params: Mapping[str, str]) -> str:
    """The sentence for a reason code."""
    text = texts.REASONS.get(code, texts.REASONS["error"])
    return str(text) % {"receiver": "?", "territory": "?", "count": "?", **params}


def _headline(result: Result, names: Names) -> str:
    count, text = len(result.history), texts.HEADLINES[result.verdict]
    if not isinstance(text, Promise):
        return text
    return str(text % {"issuer": names.of(format_.issuer(result)), "count": count})


def _alerts(result: Result) -> list[Reason]:
    return [reason for reason in result.reasons if reason.code in ALERTS]


def _other_reasons(result: Result) -> list[Reason]:
    """The reasons to list: where there is no record, or nothing was checked, the
    headline says it all.
    """
    if result.verdict in (Verdict.NOT_REGISTERED, Verdict.CANNOT_CHECK_NOW, Verdict.TOO_LARGE):
        return []
    return [reason for reason in result.reasons if reason.code not in ALERTS]


def _sentences(reasons: Sequence[Reason], names: Names) -> tuple[str, ...]:
    return tuple(
        sentence(
            reason.code,
            {
                name: names.of(value) if name == "receiver" else value
                for name, value in reason.params.items()
            },
        )
        for reason in reasons
    )


def _alert(reason: Reason, result: Result, names: Names) -> Alert:
    explanation = tuple(
        (str(name), reason.params[member])
        for member, name in texts.EXPLANATION.items()
        if member in reason.params
    )
    return Alert(_raised(reason, result, names), explanation)


def _raised(reason: Reason, result: Result, names: Names) -> str:
    """An alert with its signer and time, where the record that was checked has it."""
    what = sentence(reason.code, {})
    if "by" in reason.params:
        who, when = names.of(reason.params["by"]), format_.day(reason.params["since"])
        return _("%(what)s %(who)s said so on %(when)s.") % {"what": what, "who": who, "when": when}
    for entry in reversed(result.history):
        event = entry.event
        if ALERTS[reason.code] in (event.act, goods_of(event).outcome):
            return _("%(what)s %(who)s said so on %(when)s.") % {
                "what": what,
                "who": names.of(event.issuer),
                "when": format_.moment_of(event).local,
            }
    return what


def _steps(result: Result) -> list[StepLine]:
    lines = []
    for step in result.steps:
        colour, outcome = texts.OUTCOMES[step.outcome]
        title = str(texts.STEPS[step.number])
        lines.append(StepLine(step.number, title, colour, str(outcome), step.code))
    return lines


# --- the facts ----------------------------------------------------------------------


def _facts(result: Result, names: Names) -> list[Fact]:
    """Product, issuer, origin, whereabouts and records; none of a subject that is not
    goods or does not check.
    """
    state = result.state
    if not isinstance(state, GoodsState) or not result.history:
        return []
    first = next(entry.event for entry in result.history if entry.event.digest == state.genesis)
    product = _product(result)
    origin = (product.origin if product is not None else "") or format_.place(first)
    return [
        *([Fact(_("Product"), product.name, product.brand)] if product is not None else []),
        Fact(_("Code issued by"), names.of(state.commissioned_by), format_.moment_of(first).local),
        Fact(_("Origin"), origin or _("not recorded"), ""),
        Fact(_("Where it is now"), *format_.whereabouts(state, result, names)),
        Fact(_("Records"), *_counts(result)),
    ]


def _product(result: Result) -> ProductState | None:
    gtin = gs1.parse_subject(result.subject).gtin
    state = result.states.get(gs1.product_uri(gtin)) if gtin else None
    return state if isinstance(state, ProductState) else None


def _counts(result: Result) -> tuple[str, str]:
    count = len(result.history)
    signers = len({entry.event.issuer for entry in result.history})
    anchored = sum(entry.index is not None for entry in result.history)
    both = _("%(records)s, %(signers)s") % {
        "records": ngettext("%(count)d record", "%(count)d records", count) % {"count": count},
        "signers": ngettext("signed by %(count)d party", "signed by %(count)d parties", signers)
        % {"count": signers},
    }
    in_ledger = _("%(anchored)d of %(count)d in the ledger")
    return both, in_ledger % {"anchored": anchored, "count": count}


# --- the journey --------------------------------------------------------------------


def _journey_line(entry: HistoryEntry, result: Result, names: Names) -> JourneyLine:
    event = entry.event
    return JourneyLine(
        title=_title(event, names),
        place=format_.place(event),
        moment=format_.moment_of(event),
        signer=names.of(event.issuer),
        gln=event.issuer,
        marks=tuple(_marks(entry, result, names)),
        corrected=entry.corrected,
        digest=event.digest,
        index=entry.index,
    )


def _title(event: SignedEvent, names: Names) -> str:
    goods = goods_of(event)
    text: texts.Text = texts.ACTS[event.act]
    if goods.customs is not None:
        text = texts.CUSTOMS[goods.customs.procedure, goods.customs.outcome]
    return str(text) % {
        "signer": names.of(event.issuer),
        "sender": names.of(goods.sender),
        "receiver": names.of(goods.receiver),
    }


def _marks(entry: HistoryEntry, result: Result, names: Names) -> list[JourneyMark]:
    event, marks = entry.event, []
    if entry.corrected:
        marks.append(JourneyMark("red", _("declared wrong by its signer")))
    if entry.index is None:
        marks.append(JourneyMark("blue", _("accepted, not yet in the ledger")))
    else:
        marks.append(
            JourneyMark("green", _("in the ledger, no. %(index)d") % {"index": entry.index})
        )
    if goods_of(event).customs is not None:
        marks.append(JourneyMark("blue", _("customs")))
    if entry.chain != result.subject:
        marks.append(JourneyMark("grey", _("while inside a logistic unit")))
    marks += [JourneyMark("amber", text) for text in _delays(entry)]
    if names.key_is_kept(event):
        marks.append(JourneyMark("grey", _("signed with a key kept here for its owner")))
    return marks


def _delays(entry: HistoryEntry) -> list[str]:
    """Notes on an event that was signed or recorded long after it happened."""
    event, recorded = entry.event, entry.arrived_late
    source = format_.source_file(event)
    if source is not None and source.get("timeMeaning") == "no later than":
        return [_("recorded later from a file, which says: on this day at the latest")]
    if source is not None:
        return [_("recorded later from a file")]
    delays = []
    if entry.late:
        signed = format_.moment(event.created).local
        delays.append(_("recorded late: signed %(when)s") % {"when": signed})
        if recorded is not None and recorded - event.created > A_WHILE:
            delays.append(_("recorded late: %(when)s") % {"when": format_.moment(recorded).local})
    return delays
