"""The dates of a delivery file, read strictly.

`2-Jun-06`, `02-Jun-06`: day, English month, year. `12/1/06`, `12/01/06`: month, day,
year, as in the United States. That the month comes first is proved by the published
file: of 5,937 such dates none has a first number above 12, and 3,711 have a second
number above 12. `2026-11-22` is read too. A two-digit year is one of 2006 to 2015, the
years that the layout was kept in; any other has no certain century. Nothing else is a
date.
"""

import re
from datetime import date

_NAMED = re.compile(r"([0-9]{1,2})-([A-Z][a-z]{2})-([0-9]{2})")
_SLASHED = re.compile(r"([0-9]{1,2})/([0-9]{1,2})/([0-9]{2})")
_ISO = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_YEARS = range(2006, 2016)

# What the file says instead of a date: known to be none, which is not the same as
# unreadable.
NO_DATE = frozenset({"Date Not Captured", "Pre-PQ Process", "N/A - From RDC"})


def parse(text: str) -> date:
    """The day that `text` names. Raises ValueError, saying why, for anything but one of
    the spellings above.
    """
    if _ISO.fullmatch(text):
        return date.fromisoformat(text)
    if match := _NAMED.fullmatch(text):
        if match[2] not in _MONTHS:
            raise ValueError(f"{match[2]} is no month")
        day, month, year = int(match[1]), _MONTHS.index(match[2]) + 1, int(match[3])
    elif match := _SLASHED.fullmatch(text):
        month, day, year = int(match[1]), int(match[2]), int(match[3])
    else:
        raise ValueError("expected a date like 2-Jun-06, 12/31/06 (month first) or 2006-06-02")
    if 2000 + year not in _YEARS:
        raise ValueError(f"the century of year {match[3]} is not certain: write 2006-06-02")
    return date(2000 + year, month, day)
