"""From the result of a check to what the verify page says. No queries here: everything comes out of the signed record."""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone

from django.utils.formats import date_format
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import get_language_bidi, ngettext, pgettext

from provenance.core import gs1
from provenance.core.kinds import Kind
from provenance.core.loop import Reason
from provenance.core.record import Record
from provenance.core.state import GoodsState, PartyState, ProductState, Situation
from provenance.core.verdict import Entry, Result, Verdict
from provenance.views import words

MOST_SHOWN = 60  # the page keeps to 30 KB; the bundle has all
_OFFSET = re.compile(r"([+-])([0-9]{2}):([0-9]{2})\Z")


@dataclass(frozen=True, slots=True)
class Moment:
    """One time, as it was where it happened and in UTC."""

    iso: str
    local: str
    offset: str
    utc: str


@dataclass(frozen=True, slots=True)
class Act:
    """One line of the journey."""

    title: str
    place: str
    moment: Moment
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
    look: words.Look
    headline: str
    advice: str
    alerts: tuple[str, ...]
    reasons: tuple[str, ...]
    facts: tuple[tuple[str, str, str], ...]
    journey: tuple[Act, ...]
    hidden: int
    loop_colour: str
    loop_title: str
    loop_reasons: tuple[str, ...]
    steps: tuple[tuple[int, str, str, str, str], ...]
    identifiers: tuple[tuple[str, str], ...]


def present(result: Result, *, limited: bool = False) -> Page:
    """Lay out `result` in the current language. `limited` leaves out the journey and names no party but the issuer."""
    names = _Names(result, limited=limited)
    loop_colour, loop_title = words.LOOPS[result.loop.state] if result.loop else ("grey", "")
    shown = () if limited else tuple(reversed(result.history))[:MOST_SHOWN]
    overlays = [reason for reason in result.reasons if str(reason.code) in _ALERTS]
    return Page(
        verdict=result.verdict,
        look=words.VERDICTS[result.verdict],
        headline=_headline(result, names),
        advice=str(words.ADVICE[result.verdict]),
        alerts=tuple(_alert(reason, result, names) for reason in overlays),
        reasons=_sentences([reason for reason in result.reasons if reason not in overlays], names)
        if result.verdict not in (Verdict.NOT_REGISTERED, Verdict.CANNOT_CHECK_NOW)
        else (),
        facts=tuple(_facts(result, names)),
        journey=tuple(_act(entry, result, names) for entry in shown),
        hidden=0 if limited else len(result.history) - len(shown),
        loop_colour=loop_colour,
        loop_title=str(loop_title),
        loop_reasons=_sentences(result.loop.reasons, names) if result.loop else (),
        steps=tuple(
            (
                step.number,
                str(words.STEPS[step.number]),
                words.OUTCOMES[step.outcome][0],
                str(words.OUTCOMES[step.outcome][1]),
                step.code,
            )
            for step in result.steps
        ),
        identifiers=identifiers(result.subject),
    )


def identifiers(uri: str) -> tuple[tuple[str, str], ...]:
    """What the label says under the code."""
    subject = gs1.parse_subject(uri)
    parts = (
        ("SSCC (00)", subject.sscc),
        ("GTIN (01)", subject.gtin),
        (_("Lot (10)"), subject.lot),
        (_("Serial (21)"), subject.serial),
    )
    return tuple((name, value) for name, value in parts if value)


def reason(code: str, params: Mapping[str, str]) -> str:
    """The sentence for one reason code."""
    text = words.REASONS.get(code, words.REASONS["error"])
    return str(text) % {"receiver": "?", "territory": "?", "count": "?", **params}


def moment(time: datetime, offset: str = "+00:00") -> Moment:
    """`time` where it happened (an offset such as +08:00) and in UTC."""
    match = _OFFSET.match(offset)
    shift = timedelta(0)
    if match is not None:
        shift = timedelta(hours=int(match[2]), minutes=int(match[3])) * (-1 if match[1] == "-" else 1)
    local = time.astimezone(timezone(shift))
    pattern = pgettext("date and time, in the letters of Django's date filter", "j M Y, H:i")
    same_day = local.date() == time.astimezone(UTC).date()
    utc = date_format(time.astimezone(UTC), "H:i" if same_day else pattern)
    return Moment(time.astimezone(UTC).isoformat(), date_format(local, pattern), offset, utc)


def isolated(text: str) -> str:
    """`text` so that it cannot turn the sentence around it, where its direction may differ (Unicode UAX 9)."""
    other_way = any(unicodedata.bidirectional(character) in _RIGHT_TO_LEFT for character in text)
    return (
        f"\N{FIRST STRONG ISOLATE}{text}\N{POP DIRECTIONAL ISOLATE}"
        if other_way or get_language_bidi()
        else text
    )


_RIGHT_TO_LEFT = frozenset({"R", "AL", "RLE", "RLO", "RLI"})
_ALERTS = frozenset({"recalled", "stolen", "seized", "held"})


class _Names:
    """Names of parties by GLN, as the record has them."""

    def __init__(self, result: Result, *, limited: bool = False) -> None:
        self._states = result.states
        self._limited = limited
        self._issuer = _maker(result)

    def of(self, gln: str | None) -> str:
        if self._limited and gln != self._issuer:
            return _("another party")
        state = self._states.get(gs1.party_uri(gln)) if gln else None
        return isolated(state.name if isinstance(state, PartyState) else gln or "?")

    def key_is_kept(self, record: Record) -> bool:
        state = self._states.get(gs1.party_uri(record.issuer))
        key = state.keys.get(record.key) if isinstance(state, PartyState) else None
        return key is not None and key.custody == "server"


def _headline(result: Result, names: _Names) -> str:
    count, text = len(result.history), words.HEADLINES[result.verdict]
    return str(
        text % {"issuer": names.of(_maker(result)), "count": count} if isinstance(text, Promise) else text
    )


def _maker(result: Result) -> str | None:
    state = result.state
    return state.maker if isinstance(state, GoodsState) else None


def _sentences(reasons: Sequence[Reason], names: _Names) -> tuple[str, ...]:
    found = []
    for one in reasons:
        params = {**one.params}
        if "receiver" in params:
            params["receiver"] = names.of(params["receiver"])
        found.append(reason(str(one.code), params))
    return tuple(found)


def _alert(one: Reason, result: Result, names: _Names) -> str:
    """An overlay with who said so and when, where the subject's own history has it."""
    for entry in reversed(result.history):
        customs = entry.record.goods.customs if entry.record.goods is not None else None
        outcome = customs.outcome if customs is not None else None
        if one.code in (_ALERT_KINDS.get(entry.record.kind), outcome):
            told = _("%(what)s %(who)s said so on %(when)s.")
            when = moment(entry.record.event_time, entry.record.offset).local
            return told % {
                "what": reason(str(one.code), {}),
                "who": names.of(entry.record.issuer),
                "when": when,
            }
    return reason(str(one.code), {})


_ALERT_KINDS: dict[Kind, str] = {Kind.RECALL: "recalled", Kind.REPORT_STOLEN: "stolen"}


def _facts(result: Result, names: _Names) -> list[tuple[str, str, str]]:
    """Five facts: (what, the fact, a smaller line)."""
    state = result.state
    if not isinstance(state, GoodsState) or not result.history:
        return []
    facts: list[tuple[str, str, str]] = []
    gtin = gs1.parse_subject(result.subject).gtin
    product = result.states.get(gs1.product_uri(gtin)) if gtin else None
    first = next(entry.record for entry in result.history if entry.record.digest == state.genesis)
    origin = _place(first)
    if isinstance(product, ProductState):
        facts.append((_("Product"), product.name, product.brand))
        origin = product.origin or origin
    facts.append((_("Code issued by"), names.of(state.maker), moment(first.event_time, first.offset).local))
    facts.append((_("Origin"), origin or _("not recorded"), ""))
    facts.append((_("Where it is now"), *_whereabouts(state, result, names)))
    facts.append((_("Records"), *_counts(result)))
    return facts


def _counts(result: Result) -> tuple[str, str]:
    count = len(result.history)
    signers = len({entry.record.issuer for entry in result.history})
    anchored = sum(entry.index is not None for entry in result.history)
    records = ngettext("%(count)d record", "%(count)d records", count) % {"count": count}
    parties = ngettext("signed by %(count)d party", "signed by %(count)d parties", signers) % {
        "count": signers
    }
    both = _("%(records)s, %(signers)s") % {"records": records, "signers": parties}
    return both, _("%(anchored)d of %(count)d in the ledger") % {"anchored": anchored, "count": count}


def _whereabouts(state: GoodsState, result: Result, names: _Names) -> tuple[str, str]:
    match state.situation:
        case Situation.SOLD:
            return _("Sold to a consumer"), names.of(state.seller)
        case Situation.ENDED | Situation.UNBORN:
            return _("Its journey has ended"), ""
        case Situation.SEIZED:
            return _("Seized by %(name)s") % {"name": names.of(state.seized_by)}, ""
        case Situation.HELD:
            return _("Held by %(name)s") % {"name": names.of(state.detained_by)}, ""
        case Situation.HANDED_OVER:
            return _("On its way to %(name)s") % {"name": names.of(state.pending)}, ""
        case Situation.PACKED:
            return _packed(state, result, names)
        case Situation.WITH_CUSTODIAN:
            if state.custodian is None:
                return _("In several places"), ""
            return _("With %(name)s") % {"name": names.of(state.custodian)}, ""


def _packed(state: GoodsState, result: Result, names: _Names) -> tuple[str, str]:
    around = result.states.get(state.container or "")
    inside = _("in a logistic unit")
    if not isinstance(around, GoodsState):
        return _("In a logistic unit"), ""
    if around.situation is Situation.PACKED:
        return _packed(around, result, names)
    where, _unused = _whereabouts(around, result, names)
    return where, inside


def _act(entry: Entry, result: Result, names: _Names) -> Act:
    record = entry.record
    when = moment(record.event_time, record.offset)
    return Act(
        title=_title(record, names),
        place=_place(record),
        moment=when,
        signer=names.of(record.issuer),
        gln=record.issuer,
        marks=tuple(_marks(entry, result, names)),
        corrected=entry.corrected,
        digest=record.digest,
        index=entry.index,
    )


def _title(record: Record, names: _Names) -> str:
    goods = record.goods
    text: words.Text = words.ACTS[record.kind]
    if goods is not None and goods.customs is not None:
        text = words.CUSTOMS[goods.customs.procedure, goods.customs.outcome]
    sender, receiver = (goods.sender, goods.receiver) if goods is not None else (None, None)
    return str(text) % {
        "signer": names.of(record.issuer),
        "sender": names.of(sender),
        "receiver": names.of(receiver),
    }


def _place(record: Record) -> str:
    place = record.goods.place if record.goods is not None else None
    if place is None:
        return ""
    return ", ".join(part for part in (place.name or place.locode, place.country) if part)


def _marks(entry: Entry, result: Result, names: _Names) -> list[tuple[str, str]]:
    """Small notes under one act: (colour, words)."""
    record, marks = entry.record, []
    if entry.corrected:
        marks.append(("red", _("declared wrong by its signer")))
    if entry.index is None:
        marks.append(("blue", _("accepted, not yet in the ledger")))
    else:
        marks.append(("green", _("in the ledger, no. %(index)d") % {"index": entry.index}))
    if record.goods is not None and record.goods.customs is not None:
        marks.append(("blue", _("customs")))
    if entry.origin != result.subject:
        marks.append(("grey", _("while inside a logistic unit")))
    if any("row" in evidence for evidence in record.document.get("evidence", ())):
        marks.append(("amber", _("recorded later from a file")))
    elif entry.late:
        marks.append(("amber", _("recorded late: signed %(when)s") % {"when": moment(record.created).local}))
    if names.key_is_kept(record):
        marks.append(("grey", _("signed with a key kept here for its owner")))
    return marks
