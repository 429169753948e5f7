"""From the result of a check to what the verify page says: no queries, everything comes
out of the signed record.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

from django.utils.functional import Promise
from django.utils.translation import gettext as _

from provenance.core.check.journey import goods_of
from provenance.core.check.loop import Reason
from provenance.core.check.result import HistoryEntry, Result, Verdict
from provenance.core.record.event import SignedEvent
from provenance.core.record.vocabulary import Act
from provenance.views.verify import facts, texts
from provenance.views.verify import format as format_
from provenance.views.verify.format import Names

MOST_SHOWN = 60  # the page keeps to 30 KB; the bundle has all
A_WHILE = timedelta(hours=1)  # between signing and recording, before the page tells both


@dataclass(frozen=True, slots=True)
class JourneyLine:
    """One line of the journey."""

    title: str
    place: str
    moment: format_.Moment
    signer: str
    gln: str
    marks: tuple[tuple[str, str], ...]
    corrected: bool
    digest: str
    index: int | None


@dataclass(frozen=True, slots=True)
class Page:
    """What the verify page shows of a result."""

    verdict: Verdict
    look: texts.Look
    headline: str
    advice: str
    alerts: tuple[str, ...]
    reasons: tuple[str, ...]
    facts: tuple[facts.Fact, ...]
    journey: tuple[JourneyLine, ...]
    hidden: int
    loop_colour: str
    loop_title: str
    loop_reasons: tuple[str, ...]
    steps: tuple[tuple[int, str, str, str, str], ...]
    identifiers: tuple[tuple[str, str], ...]


def present(result: Result, *, limited: bool = False) -> Page:
    """Lay out `result` in the current language. `limited` leaves out the journey and
    names no party but the issuer.
    """
    names = Names(result, limited=limited)
    loop_colour, loop_title = texts.LOOPS[result.loop.state] if result.loop else ("grey", "")
    shown = () if limited else tuple(reversed(result.history))[:MOST_SHOWN]
    overlays = [reason for reason in result.reasons if str(reason.code) in _ALERTS]
    return Page(
        verdict=result.verdict,
        look=texts.VERDICTS[result.verdict],
        headline=_headline(result, names),
        advice=str(texts.ADVICE[result.verdict]),
        alerts=tuple(_alert(reason, result, names) for reason in overlays),
        reasons=_sentences([reason for reason in result.reasons if reason not in overlays], names)
        if result.verdict not in (Verdict.NOT_REGISTERED, Verdict.CANNOT_CHECK_NOW)
        else (),
        facts=tuple(facts.facts(result, names)),
        journey=tuple(_act(entry, result, names) for entry in shown),
        hidden=0 if limited else len(result.history) - len(shown),
        loop_colour=loop_colour,
        loop_title=str(loop_title),
        loop_reasons=_sentences(result.loop.reasons, names) if result.loop else (),
        steps=tuple(
            (
                step.number,
                str(texts.STEPS[step.number]),
                texts.OUTCOMES[step.outcome][0],
                str(texts.OUTCOMES[step.outcome][1]),
                step.code,
            )
            for step in result.steps
        ),
        identifiers=format_.identifiers(result.subject),
    )


def reason(code: str, params: Mapping[str, str]) -> str:
    """The sentence for one reason code."""
    text = texts.REASONS.get(code, texts.REASONS["error"])
    return str(text) % {"receiver": "?", "territory": "?", "count": "?", **params}


_ALERTS = frozenset({"recalled", "stolen", "seized", "held"})


def _headline(result: Result, names: Names) -> str:
    count, text = len(result.history), texts.HEADLINES[result.verdict]
    return str(
        text % {"issuer": names.of(format_.maker(result)), "count": count}
        if isinstance(text, Promise)
        else text
    )


def _sentences(reasons: Sequence[Reason], names: Names) -> tuple[str, ...]:
    found = []
    for one in reasons:
        params = {**one.params}
        if "receiver" in params:
            params["receiver"] = names.of(params["receiver"])
        found.append(reason(str(one.code), params))
    return tuple(found)


def _alert(one: Reason, result: Result, names: Names) -> str:
    """An overlay with who said so and when, where the subject's own history has it."""
    for entry in reversed(result.history):
        if one.code in (_ALERT_KINDS.get(entry.event.act), goods_of(entry.event).outcome):
            told = _("%(what)s %(who)s said so on %(when)s.")
            when = format_.moment_of(entry.event).local
            return told % {
                "what": reason(str(one.code), {}),
                "who": names.of(entry.event.issuer),
                "when": when,
            }
    return reason(str(one.code), {})


_ALERT_KINDS: dict[Act, str] = {Act.RECALL: "recalled", Act.REPORT_STOLEN: "stolen"}


def _act(entry: HistoryEntry, result: Result, names: Names) -> JourneyLine:
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


def _marks(entry: HistoryEntry, result: Result, names: Names) -> list[tuple[str, str]]:
    """Small notes under one act: (colour, words)."""
    event, marks = entry.event, []
    if entry.corrected:
        marks.append(("red", _("declared wrong by its signer")))
    if entry.index is None:
        marks.append(("blue", _("accepted, not yet in the ledger")))
    else:
        marks.append(("green", _("in the ledger, no. %(index)d") % {"index": entry.index}))
    if goods_of(event).customs is not None:
        marks.append(("blue", _("customs")))
    if entry.chain != result.subject:
        marks.append(("grey", _("while inside a logistic unit")))
    source = format_.source_file(event)
    if source is not None and source.get("timeMeaning") == "no later than":
        marks.append(
            ("amber", _("recorded later from a file, which says: on this day at the latest"))
        )
    elif source is not None:
        marks.append(("amber", _("recorded later from a file")))
    elif entry.late:
        signed, recorded = event.created, entry.arrived_late
        marks.append(
            ("amber", _("recorded late: signed %(when)s") % {"when": format_.moment(signed).local})
        )
        if recorded is not None and recorded - signed > A_WHILE:
            marks.append(
                ("amber", _("recorded late: %(when)s") % {"when": format_.moment(recorded).local})
            )
    if names.key_is_kept(event):
        marks.append(("grey", _("signed with a key kept here for its owner")))
    return marks
