"""The verify page as data: verdict, facts and journey from the result of a check.

Nothing here makes a query: everything comes out of the signed record.
"""

import functools
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final, NamedTuple

from django.utils.functional import Promise
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from provenance.core.check.journey import goods_of
from provenance.core.check.loop import LoopReason, Reason
from provenance.core.check.result import HistoryEntry, Result, StepOutcome, Verdict
from provenance.core.epcis.vocabulary import Outcome
from provenance.core.record.vocabulary import Act
from provenance.services.memory import BoundedMemory
from provenance.views.verify import countries, goods, journey, now, texts
from provenance.views.verify import format as format_
from provenance.views.verify.format import Names

MOST_PAGES: Final = 500  # that each process remembers: about 10 MB

# The alerts, and the act or the customs outcome that raises each.
ALERTS: Final[Mapping[str, Act | Outcome]] = {
    LoopReason.RECALLED: Act.RECALL,
    LoopReason.STOLEN: Act.REPORT_STOLEN,
    LoopReason.HELD: Outcome.HELD,
    LoopReason.SEIZED: Outcome.SEIZED,
}


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


@dataclass(frozen=True, slots=True, eq=False)
class Page:
    """A result in the words of the verify page. Equal results have the same page, while it
    is remembered.
    """

    verdict: Verdict
    appearance: texts.Appearance
    headline: str
    now: str
    advice: str
    alerts: tuple[Alert, ...]
    reasons: tuple[str, ...]
    facts: tuple[goods.Fact, ...]
    milestones: tuple[journey.Milestone, ...]
    in_common: tuple[str, ...]
    journey: tuple[journey.JourneyLine, ...]
    hidden: int
    loop_colour: str
    loop_title: str
    loop_reasons: tuple[str, ...]
    steps: tuple[StepLine, ...]
    identifiers: tuple[tuple[str, str], ...]


_pages: Final[BoundedMemory[tuple[Any, ...], Page]] = BoundedMemory(MOST_PAGES)


def present(result: Result, *, limited: bool = False) -> Page:
    """Lay out `result` in the current language. `limited` leaves out the journey and
    names no party but the issuer.
    """
    key = (get_language(), limited, *_fingerprint(result))
    return _pages.get(key) or _pages.keep(key, _present(result, limited=limited))


def _fingerprint(result: Result) -> tuple[Hashable, ...]:
    """All that a page says of `result`. An event is its digest, and the state of a chain is
    the digest of its newest event, which names all events before it.
    """
    loop = result.loop
    return (
        result.subject,
        result.verdict,
        tuple(map(_said, result.reasons)),
        tuple((step.number, step.outcome, step.code) for step in result.steps),
        None if loop is None else (loop.state, *map(_said, loop.reasons)),
        tuple((entry.event.digest, *_around(entry)) for entry in result.history),
        tuple(state.head for state in result.states.values()),
    )


def _said(reason: Reason) -> tuple[Hashable, ...]:
    return reason.code, *reason.params.items()


def _around(entry: HistoryEntry) -> tuple[Hashable, ...]:
    return entry.chain, entry.index, entry.late, entry.corrected, entry.arrived_late


def _present(result: Result, *, limited: bool) -> Page:
    names, language = Names(result, limited=limited), get_language()
    missing = _missing(result)
    loop_colour, loop_title = _loop(result, missing)
    shown = replace(result, history=()) if limited else result
    return Page(
        verdict=result.verdict,
        appearance=texts.VERDICTS[result.verdict],
        headline=_headline(result, names),
        now=now.line(result, names),
        advice=_advice(result),
        alerts=tuple(_alert(reason, result, names) for reason in _alerts(result)),
        reasons=_sentences(_other_reasons(result), names),
        facts=tuple(goods.facts(result, names)),
        milestones=journey.milestones(shown, names),
        in_common=journey.in_common(shown, names),
        journey=journey.lines(shown, names),
        hidden=len(shown.history[journey.MOST_SHOWN :]),
        loop_colour=loop_colour,
        loop_title=loop_title,
        loop_reasons=_sentences(missing, names),
        steps=tuple(_step(step.number, step.outcome, step.code, language) for step in result.steps),
        identifiers=format_.identifiers(result.subject),
    )


def sentence(code: str, params: Mapping[str, str]) -> str:
    """The sentence for a reason code."""
    text = texts.REASONS.get(code, texts.REASONS["error"])
    return str(text) % {"receiver": "?", "territory": "?", "count": "?", "date": "?", **params}


def _advice(result: Result) -> str:
    """The advice for the verdict; empty beside the advice that an alert brings."""
    if any("advice" in reason.params for reason in _alerts(result)):
        return ""
    return str(texts.ADVICE[result.verdict])


def _headline(result: Result, names: Names) -> str:
    count, text = len(result.history), texts.HEADLINES[result.verdict]
    if not isinstance(text, Promise):
        return text
    return str(text % {"brand": names.of(format_.brand(result)), "count": count})


def _alerts(result: Result) -> list[Reason]:
    return [reason for reason in result.reasons if reason.code in ALERTS]


def _other_reasons(result: Result) -> list[Reason]:
    """The reasons to list: where there is no record, or nothing was checked, the
    headline says it all.
    """
    if result.verdict in (Verdict.NOT_REGISTERED, Verdict.CANNOT_CHECK_NOW, Verdict.TOO_LARGE):
        return []
    return [reason for reason in result.reasons if reason.code not in ALERTS]


def _missing(result: Result) -> list[Reason]:
    """The reasons why the loop is not closed, but for the alerts, which stand above."""
    reasons = result.loop.reasons if result.loop is not None else ()
    return [reason for reason in reasons if reason.code not in ALERTS]


def _loop(result: Result, missing: Sequence[Reason]) -> tuple[str, str]:
    """Colour and first sentence about the loop; empty where there is none."""
    if result.loop is None:
        return "grey", ""
    stopped = result.loop.reasons and not missing
    colour, title = texts.STOPPED if stopped else texts.LOOPS[result.loop.state]
    return colour, str(title)


def _sentences(reasons: Sequence[Reason], names: Names) -> tuple[str, ...]:
    return tuple(
        sentence(
            reason.code,
            {name: _parameter(name, value, names) for name, value in reason.params.items()},
        )
        for reason in reasons
    )


def _parameter(name: str, value: str, names: Names) -> str:
    if name == "date":
        return format_.day(value)
    if name == "territory":
        return countries.in_sentence(value)
    return names.of(value) if name == "receiver" else value


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


@functools.lru_cache(maxsize=1_024)
def _step(number: int, outcome: StepOutcome, code: str, _language: str) -> StepLine:
    colour, word = texts.OUTCOMES[outcome]
    return StepLine(number, str(texts.STEPS[number]), colour, str(word), code)
