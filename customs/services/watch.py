"""Watch-lists of authorities, and the alerts of right holders."""

import re
from collections.abc import Callable, Mapping
from datetime import date
from typing import Final

from django.db.models import Q, QuerySet
from django.utils import timezone

from customs.models import WatchEntry
from customs.risk.vocabulary import WatchKind
from customs.services import people
from provenance.core import errors, gs1, texts
from provenance.models import Right

MAX_REASON: Final = 300
_ROUTE: Final = re.compile(r"[A-Z]{2}-[A-Z]{2}")


class BadWatch(errors.ProvenanceError):
    """An entry of a watch-list that names nothing it could watch, or gives no reason."""

    code = "bad-watch"


def add(
    raised_by: str, kind: WatchKind, value: str, reason: str, last_day: date | None = None
) -> WatchEntry:
    """A new entry: an authority's, or for a right its owner's. Raises NotAnAuthority, BadWatch."""
    check(raised_by, kind, value, reason)
    return WatchEntry.objects.create(
        raised_by=raised_by,
        kind=kind.value,
        value=value,
        reason=reason,
        first_day=timezone.now().date(),
        last_day=last_day,
    )


def withdraw(raised_by: str, entry: WatchEntry) -> None:
    """End an entry of `raised_by`. Raises BadWatch for another's."""
    if entry.raised_by != raised_by:
        raise BadWatch("this entry is another party's")
    entry.withdrawn_at = timezone.now()
    entry.save(update_fields=["withdrawn_at"])


def in_force(day: date) -> QuerySet[WatchEntry]:
    """The entries in force on `day`, of every authority and right holder, oldest first."""
    return WatchEntry.objects.filter(
        Q(last_day=None) | Q(last_day__gte=day), withdrawn_at=None, first_day__lte=day
    ).order_by("pk")


def check(raised_by: str, kind: WatchKind, value: str, reason: str) -> None:
    """Raise NotAnAuthority or BadWatch unless `raised_by` may make this entry."""
    if kind is not WatchKind.RIGHT:
        people.authority(raised_by)
    elif not Right.objects.filter(uri=value, owner=raised_by).exists():
        raise BadWatch(f"{raised_by} owns no right {value}")
    try:
        _FORMS[kind](value)
        texts.check(reason)
    except errors.ProvenanceError as error:
        raise BadWatch(error.detail) from error
    if not reason.strip() or len(reason) > MAX_REASON:
        raise BadWatch(f"expected a reason of 1 to {MAX_REASON} characters")


def _route(value: str) -> None:
    if not _ROUTE.fullmatch(value):
        raise BadWatch(f"expected two countries such as CN-NL, got {value}")


def _gtin(value: str) -> None:
    if gs1.parse_gtin(value) != value:
        raise BadWatch("expected a GTIN of 14 digits")


_FORMS: Final[Mapping[WatchKind, Callable[[str], object]]] = {
    WatchKind.PARTY: gs1.parse_gln,
    WatchKind.PRODUCT: _gtin,
    WatchKind.ROUTE: _route,
    WatchKind.RIGHT: gs1.parse_subject,
}
