"""Names, times and places of a record, as a page writes them."""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

from django.utils.formats import date_format
from django.utils.translation import get_language_bidi, pgettext
from django.utils.translation import gettext as _

from provenance.core import gs1
from provenance.core.check.journey import goods_of
from provenance.core.check.result import Result
from provenance.core.record.event import SignedEvent
from provenance.core.record.state import GoodsState, PartyState
from provenance.core.record.vocabulary import KeyCustody

_OFFSET = re.compile(r"([+-])([0-9]{2}):([0-9]{2})\Z")
_RIGHT_TO_LEFT = frozenset({"R", "AL", "RLE", "RLO", "RLI"})


@dataclass(frozen=True, slots=True)
class Moment:
    """One time, as it was where it happened and in UTC. Where only the day is known,
    `offset` and `utc` are empty.
    """

    iso: str
    local: str
    offset: str
    utc: str


class Names:
    """Names of parties by GLN, as the record has them."""

    def __init__(self, result: Result, *, limited: bool = False) -> None:
        self._states = result.states
        self._limited = limited
        self._issuer = maker(result)

    def of(self, gln: str | None) -> str:
        if self._limited and gln != self._issuer:
            return _("another party")
        state = self._states.get(gs1.party_uri(gln)) if gln else None
        return isolated(state.name if isinstance(state, PartyState) else gln or "?")

    def key_is_kept(self, event: SignedEvent) -> bool:
        state = self._states.get(gs1.party_uri(event.issuer))
        key = state.keys.get(event.key) if isinstance(state, PartyState) else None
        return key is not None and key.custody is KeyCustody.SERVER


def maker(result: Result) -> str | None:
    """GLN of the party that began the chain; None where there is no goods record."""
    state = result.state
    return state.commissioned_by if isinstance(state, GoodsState) else None


def place(event: SignedEvent) -> str:
    """Where it happened, in one line; empty where the record does not say."""
    where = goods_of(event).place
    return ", ".join(part for part in (where.name or where.locode, where.country) if part)


def moment(time: datetime, offset: str = "+00:00") -> Moment:
    """`time` where it happened (an offset such as +08:00) and in UTC."""
    match = _OFFSET.match(offset)
    shift = timedelta(0)
    if match is not None:
        shift = timedelta(hours=int(match[2]), minutes=int(match[3])) * (
            -1 if match[1] == "-" else 1
        )
    local = time.astimezone(timezone(shift))
    pattern = pgettext("date and time, in the letters of Django's date filter", "j M Y, H:i")
    same_day = local.date() == time.astimezone(UTC).date()
    utc = date_format(time.astimezone(UTC), "H:i" if same_day else pattern)
    return Moment(time.astimezone(UTC).isoformat(), date_format(local, pattern), offset, utc)


def moment_of(event: SignedEvent) -> Moment:
    """When it happened, no more precisely than what the record rests on knows."""
    source = source_file(event)
    if source is None or source.get("timePrecision") != "day":
        return moment(event.event_time, event.offset)
    day = pgettext("date, in the letters of Django's date filter", "j M Y")
    iso = event.event_time.astimezone(UTC).date().isoformat()
    return Moment(iso, date_format(event.event_time.astimezone(UTC), day), "", "")


def source_file(event: SignedEvent) -> Mapping[str, Any] | None:
    """The row of a file that the record rests on, as its evidence says
    (docs/import.md); None for what has none.
    """
    evidence = event.document.get("evidence", ())
    return next((entry for entry in evidence if entry.get("type") == "SourceFileRow"), None)


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


def isolated(text: str) -> str:
    """`text` so that it cannot turn the sentence around it, where its direction may
    differ (Unicode UAX 9).
    """
    other_way = any(unicodedata.bidirectional(character) in _RIGHT_TO_LEFT for character in text)
    isolate = other_way or get_language_bidi()
    return f"\N{FIRST STRONG ISOLATE}{text}\N{POP DIRECTIONAL ISOLATE}" if isolate else text
