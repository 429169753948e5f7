"""The last day to use goods, as `ilmd` of the event says it that they begin with
(docs/format.md): strict where an event is captured, lenient where it is read.

A signer elsewhere may have written a day as EPCIS or GS1 allow it, and its signature is
none the worse for that.
"""

from calendar import monthrange
from collections.abc import Mapping
from contextlib import suppress
from datetime import date, datetime
from typing import Any, Final

from provenance.core.record import forms

MEMBER: Final = "cbvmda:itemExpirationDate"
_NO_DAY: Final = "-00"  # GS1: all of that month


def check(body: Mapping[str, Any]) -> None:
    """Raise BadTimestamp unless the day that an EPCIS event names, if any, is
    YYYY-MM-DD.
    """
    ilmd = body.get("ilmd", {})
    if MEMBER in ilmd:
        forms.read_date(ilmd[MEMBER])


def read(ilmd: Mapping[str, Any]) -> str:
    """Return the day as an ISO date: of a date-time its day, of day 00 the month's last.
    Empty where `ilmd` names no day, or none that can be understood.
    """
    text = ilmd.get(MEMBER)
    if not isinstance(text, str):
        return ""
    with suppress(ValueError):
        if text.endswith(_NO_DAY):
            first = date.fromisoformat(text.removesuffix(_NO_DAY) + "-01")
            return first.replace(day=monthrange(first.year, first.month)[1]).isoformat()
        return datetime.fromisoformat(text).date().isoformat()
    return ""
