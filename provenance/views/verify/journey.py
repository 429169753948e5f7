"""The journey of goods: its milestones, all its records, and what is true of all of them."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, NamedTuple

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from provenance.core.check import journey
from provenance.core.check.journey import goods_of
from provenance.core.check.result import HistoryEntry, Result
from provenance.core.epcis.vocabulary import BizStep, Outcome, Procedure
from provenance.core.record.event import SignedEvent
from provenance.core.record.vocabulary import Act
from provenance.views.verify import countries, now, texts
from provenance.views.verify import format as format_
from provenance.views.verify.format import Names

MOST_SHOWN: Final = 60  # the page keeps to 30 kB; the bundle has all
MOST_MILESTONES: Final = 8
_STOPS: Final = frozenset({Outcome.HELD, Outcome.SEIZED, Outcome.REFUSED})
_TURNS: Final = frozenset(
    {*(Act.SELL, Act.RETURN, Act.DESTROY, Act.DECOMMISSION), *(Act.RECALL, Act.REPORT_STOLEN)}
)


class JourneyMark(NamedTuple):
    """A note under one line of the journey."""

    colour: str
    text: str


class Milestone(NamedTuple):
    """A turn of the journey, with its place and day in one line."""

    title: str
    detail: str


@dataclass(frozen=True, slots=True)
class Shown:
    """The record in words."""

    title: str
    place: str
    moment: format_.Moment
    gln: str
    packed: bool
    notes: tuple[str, ...]
    marks: tuple[JourneyMark, ...]
    corrected: bool


@dataclass(frozen=True, slots=True)
class JourneyLine:
    """One record of the journey, with its place in the ledger."""

    shown: Shown
    digest: str
    index: int | None


# --- the milestones -----------------------------------------------------------------


def milestones(result: Result, names: Names) -> tuple[Milestone, ...]:
    """The turns of the journey, oldest first: the first and the newest where there are
    many.
    """
    turns = tuple(_turns(result, names))
    many = len(turns) > MOST_MILESTONES
    return (turns[0], *turns[1 - MOST_MILESTONES :]) if many else turns


def _turns(result: Result, names: Names) -> Iterator[Milestone]:
    here, arrival = "", _arrival(result)
    for entry in result.history:
        event = entry.event
        if entry.corrected or event.act is Act.CORRECT:
            continue
        country = journey.country_of(event) or ""
        if here and country not in ("", here):
            entered = _("Entered %(country)s") % {"country": countries.in_sentence(country)}
            yield _milestone(entered, event)
        here = country or here
        taken = event.digest == arrival
        title = _taken(event, result, names) if taken else _turn(entry, result, names)
        if title:
            yield _milestone(title, event)


def _taken(event: SignedEvent, result: Result, names: Names) -> str:
    """The title of the acceptance by who has, or had, the goods last."""
    text = _("Arrived at %(name)s") if now.is_shop(result, event.issuer) else _("With %(name)s")
    return text % {"name": names.of(event.issuer)}


def _turn(entry: HistoryEntry, result: Result, names: Names) -> str:
    """The title of an event that is a milestone by itself; empty of any other."""
    event = entry.event
    goods = goods_of(event)
    if goods.customs is not None and goods.outcome is Outcome.CLEARED:
        leaving = goods.customs.procedure is Procedure.EXPORT and goods.place.country
        return (
            _("Cleared to leave %(country)s") % {"country": countries.in_sentence(leaving)}
            if leaving
            else ""
        )
    if event.act in _TURNS or goods.outcome in _STOPS:
        return title(event, names)
    if entry.chain == result.subject and entry is result.history[0]:
        return _("Made") if format_.product(result) is not None else _("Code issued")
    return ""


def _arrival(result: Result) -> str:
    """The digest of the event by which who sold the goods, or has them now, took them in
    hand.
    """
    state = result.outermost
    holder = (state.seller or state.custodian) if state is not None else None
    taken = (
        entry.event.digest
        for entry in reversed(result.history)
        if entry.event.act is Act.ACCEPT and entry.event.issuer == holder
    )
    return next(taken, "")


def _milestone(title: str, event: SignedEvent) -> Milestone:
    parts = (format_.place(event), format_.moment_of(event).day)
    return Milestone(title, " · ".join(part for part in parts if part))


# --- the records --------------------------------------------------------------------


def in_common(result: Result, names: Names) -> tuple[str, ...]:
    """The sentences that are true of all records, so that a line of the journey need
    mark exceptions only.
    """
    if not result.history:
        return ()
    signers = len({entry.event.issuer for entry in result.history})
    signed = ngettext("Signed by %(signers)d party.", "Signed by %(signers)d parties.", signers)
    kept = [_("All signatures are by keys kept here for their owners.")]
    return (
        _anchored(result),
        signed % {"signers": signers},
        *(kept if _all_kept(result, names) else []),
    )


def _anchored(result: Result) -> str:
    count = len(result.history)
    anchored = sum(entry.index is not None for entry in result.history)
    if anchored < count:
        text = _("%(anchored)d of %(count)d records are in the public ledger; the others wait.")
        return text % {"anchored": anchored, "count": count}
    text = ngettext(
        "Its one record is in the public ledger.",
        "All %(count)d records are in the public ledger.",
        count,
    )
    return text % {"count": count}


def _all_kept(result: Result, names: Names) -> bool:
    return all(names.key_is_kept(entry.event) for entry in result.history)


def lines(result: Result, names: Names) -> tuple[JourneyLine, ...]:
    """The records, newest first, at most MOST_SHOWN."""
    shown = tuple(reversed(result.history))[:MOST_SHOWN]
    all_kept = _all_kept(result, names)
    return tuple(_line(entry, result, names, all_kept=all_kept) for entry in shown)


def _line(entry: HistoryEntry, result: Result, names: Names, *, all_kept: bool) -> JourneyLine:
    event = entry.event
    shown = Shown(
        title=title(event, names),
        place=format_.place(event),
        moment=format_.moment_of(event),
        gln=event.issuer,
        packed=entry.chain != result.subject,
        notes=tuple(_corrections(event, result, names)),
        marks=tuple(_marks(entry, names, all_kept=all_kept)),
        corrected=entry.corrected,
    )
    return JourneyLine(shown, event.digest, entry.index)


def title(event: SignedEvent, names: Names) -> str:
    """The event in one sentence."""
    goods = goods_of(event)
    text: texts.Text = texts.ACTS[event.act]
    if goods.customs is not None:
        text = texts.CUSTOMS[goods.customs.procedure, goods.customs.outcome]
    elif event.act is Act.OBSERVE:
        text = texts.OBSERVATIONS[BizStep(event.document["credentialSubject"]["bizStep"])]
    return str(text) % {
        "signer": names.of(event.issuer),
        "sender": names.of(goods.sender),
        "receiver": names.of(goods.receiver),
    }


def _corrections(event: SignedEvent, result: Result, names: Names) -> Iterator[str]:
    """The record that a correction declares wrong, and those that it says replace it."""
    if event.act is not Act.CORRECT:
        return
    others = [entry.event for entry in result.history if entry.event.act is not Act.CORRECT]
    for other in others:
        if goods_of(other).event_id == event.goods.event_id:
            yield _("Wrong: %(record)s") % {"record": _in_a_line(other, names)}
    for other in others:
        if goods_of(other).event_id in event.goods.replaced_by:
            yield _("In its place: %(record)s") % {"record": _in_a_line(other, names)}


def _in_a_line(event: SignedEvent, names: Names) -> str:
    return " · ".join(part for part in _milestone(title(event, names), event) if part)


def _marks(entry: HistoryEntry, names: Names, *, all_kept: bool) -> Iterator[JourneyMark]:
    if entry.corrected:
        yield JourneyMark("red", _("declared wrong by its signer"))
    if entry.index is None:
        yield JourneyMark("blue", _("accepted, not yet in the ledger"))
    for text in _delays(entry):
        yield JourneyMark("amber", text)
    if names.key_is_kept(entry.event) and not all_kept:
        yield JourneyMark("grey", _("signed with a key kept here for its owner"))


def _delays(entry: HistoryEntry) -> list[str]:
    """The note on an event that is late, or that was recorded later from a file."""
    source = format_.source_file(entry.event)
    if source is not None and source.get("timeMeaning") == "no later than":
        return [_("recorded later from a file, which says: on this day at the latest")]
    if source is not None:
        return [_("recorded later from a file")]
    return [_three_times(entry)] if entry.late else []


def _three_times(entry: HistoryEntry) -> str:
    """The times in UTC at which a late event happened, was signed, and was recorded."""
    event, recorded = entry.event, entry.arrived_late
    times = {
        "happened": format_.moment(event.event_time).local,
        "signed": format_.moment(event.created).local,
    }
    if recorded is None:
        return _("happened %(happened)s, signed %(signed)s (UTC)") % times
    return _("happened %(happened)s, signed %(signed)s, reached us %(recorded)s (UTC)") % {
        **times,
        "recorded": format_.moment(recorded).local,
    }
