"""Names, times and places of events, as a page writes them."""

import functools
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any, assert_never

from django.utils.formats import date_format
from django.utils.translation import get_language, get_language_bidi, pgettext
from django.utils.translation import gettext as _

from provenance.core import gs1
from provenance.core.check.journey import goods_of
from provenance.core.check.result import Result
from provenance.core.record.event import SignedEvent
from provenance.core.record.state import GoodsState, KeyState, PartyState, ProductState, Situation
from provenance.core.record.vocabulary import KeyCustody
from provenance.views.verify import countries

_RIGHT_TO_LEFT = frozenset({"R", "AL", "RLE", "RLO", "RLI"})


@dataclass(frozen=True, slots=True)
class Moment:
    """A time on the clock of its place and in UTC. `offset` and `utc` are empty where
    only the day is known.
    """

    iso: str
    local: str
    offset: str
    utc: str
    day: str


class Names:
    """Names of parties by GLN, as the record has them, in the language that is current."""

    def __init__(self, result: Result, *, limited: bool = False) -> None:
        self._states = result.states
        self._limited = limited
        self._public = {issuer(result), brand(result)}
        self._names: dict[str | None, str] = {}

    def of(self, gln: str | None) -> str:
        if self._limited and gln not in self._public:
            return _("another party")
        return self.public(gln)

    def public(self, gln: str | None) -> str:
        """The name of a party in a registry claim, which everybody may read."""
        if gln not in self._names:
            state = self._states.get(gs1.party_uri(gln)) if gln else None
            name = state.name if isinstance(state, PartyState) else gln or "?"
            self._names[gln] = isolated(name)
        return self._names[gln]

    def key_is_kept(self, event: SignedEvent) -> bool:
        key = self._states.get(gs1.key_uri(event.key))
        return isinstance(key, KeyState) and key.custody is KeyCustody.SERVER


def issuer(result: Result) -> str | None:
    """GLN of the party that began the chain; None where no chain of goods is folded."""
    state = result.state
    return state.commissioned_by if isinstance(state, GoodsState) else None


def product(result: Result) -> ProductState | None:
    """The product of the goods; None of a logistic unit, and in a broken record."""
    gtin = gs1.parse_subject(result.subject).gtin
    state = result.states.get(gs1.product_uri(gtin)) if gtin else None
    return state if isinstance(state, ProductState) else None


def brand(result: Result) -> str | None:
    """GLN of the product's owner; of a logistic unit that of its issuer."""
    of = product(result)
    return of.owner if of is not None else issuer(result)


def place(event: SignedEvent) -> str:
    """The place of an event in one line; empty where the event names none."""
    where = goods_of(event).place
    country = countries.name(where.country) if where.country else ""
    return ", ".join(part for part in (where.name or where.locode, country) if part)


def moment(time: datetime, offset: str = "+00:00") -> Moment:
    """`time` on a clock `offset` (such as +08:00) from UTC, and in UTC."""
    return _moment(time, offset, get_language())


@functools.lru_cache(maxsize=8_192)
def _moment(time: datetime, offset: str, _language: str) -> Moment:
    local, utc = time.astimezone(datetime.strptime(offset, "%z").tzinfo), time.astimezone(UTC)
    pattern = pgettext("date and time, in the letters of Django's date filter", "j M Y, H:i")
    utc_pattern = "H:i" if local.date() == utc.date() else pattern
    return Moment(
        utc.isoformat(),
        date_format(local, pattern),
        offset,
        date_format(utc, utc_pattern),
        day(local.date().isoformat()),
    )


def day(iso: str) -> str:
    """An ISO day in the current language."""
    return _day(iso, get_language())


@functools.lru_cache(maxsize=2_048)
def _day(iso: str, _language: str) -> str:
    pattern = pgettext("date, in the letters of Django's date filter", "j M Y")
    return date_format(date.fromisoformat(iso), pattern)


def moment_of(event: SignedEvent) -> Moment:
    """The time of an event, no more precise than the file row that it rests on."""
    source = source_file(event)
    if source is None or source.get("timePrecision") != "day":
        return moment(event.event_time, event.offset)
    utc = event.event_time.astimezone(UTC)
    iso = utc.date().isoformat()
    return Moment(iso, day(iso), "", "", day(iso))


def source_file(event: SignedEvent) -> Mapping[str, Any] | None:
    """The row of a file that an event rests on, as its evidence says (docs/import.md);
    None for an event without evidence of a row.
    """
    evidence = event.document.get("evidence", ())
    return next((entry for entry in evidence if entry.get("type") == "SourceFileRow"), None)


def whereabouts(state: GoodsState, names: Names) -> str:  # noqa: PLR0911  one for each situation
    """The place or the custodian of goods now, or of the logistic unit around them."""
    match state.situation:
        case Situation.SOLD:
            return _("Sold by %(name)s") % {"name": names.of(state.seller)}
        case Situation.ENDED | Situation.UNBORN:
            return _("Its journey has ended")
        case Situation.SEIZED:
            return _("Seized by %(name)s") % {"name": names.of(state.seized_by)}
        case Situation.HELD:
            return _("Held by %(name)s") % {"name": names.of(state.customs_hold_by)}
        case Situation.HANDED_OVER:
            return _("On its way to %(name)s") % {"name": names.of(state.pending)}
        case Situation.PACKED:
            return _("Packed for transport")
        case Situation.WITH_CUSTODIAN if state.custodian is None:
            return _("In several places")
        case Situation.WITH_CUSTODIAN:
            return _("With %(name)s") % {"name": names.of(state.custodian)}
        case _:
            assert_never(state.situation)


def identifiers(uri: str) -> tuple[tuple[str, str], ...]:
    """Names and values that a label prints under the code."""
    subject = gs1.parse_subject(uri)
    parts = (
        ("SSCC (00)", subject.sscc),
        ("GTIN (01)", subject.gtin),
        (_("Lot (10)"), subject.lot),
        (_("Serial (21)"), subject.serial),
    )
    return tuple((name, value) for name, value in parts if value)


def isolated(text: str) -> str:
    """`text` so that it cannot turn the sentence around it, where its direction may
    differ (Unicode UAX 9).
    """
    return _isolated(text, get_language_bidi())


@functools.lru_cache(maxsize=2_048)
def _isolated(text: str, right_to_left: bool) -> str:
    other_way = any(unicodedata.bidirectional(character) in _RIGHT_TO_LEFT for character in text)
    isolate = other_way or right_to_left
    return f"\N{FIRST STRONG ISOLATE}{text}\N{POP DIRECTIONAL ISOLATE}" if isolate else text
