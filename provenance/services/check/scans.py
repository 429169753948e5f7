"""Counts of the readers of a code, without knowing them.

Every scan is a row, refused scans too. People are counted by session: an address and
browser on a day, as a hash keyed by this installation's secret and the day, so that a
person's retries count once, no cookie is needed, and no two days can be joined. The
server's operator could test a guess; nobody who gets only the table can.
"""

import hmac
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

from django.conf import settings
from django.db import DatabaseError, transaction
from django.db.models import Min
from django.utils import timezone

from provenance.models import Scan
from provenance.services import room

MOST_COUNTED = 1_000


@dataclass(frozen=True, slots=True)
class Looks:
    """The scans of a code until now, the present scan included: the first, and how many
    `people`; `more` when counting stopped there.
    """

    first_at: datetime
    people: int
    more: bool = False


def session_of(address: str, agent: str, *, now: datetime) -> str:
    """The session of a browser that says `agent`, at `address`, on this day (UTC)."""
    day = now.date().isoformat().encode()
    key = hmac.digest(settings.SECRET_KEY.encode(), b"custos scan " + day, sha256)
    return hmac.digest(key, f"{address}\n{agent}".encode(), sha256).hex()[:32]


def note(code: str, session: str, verdict: str, reason: str = "") -> Looks | None:
    """Keep a scan of `code` and return its scans so far; None when the database does
    not take it now.

    A page about goods is worth more than its visitor count, so a database that cannot
    write never stops it.
    """
    if not room.is_left():
        return None
    code = code[:300]
    try:
        with transaction.atomic():
            Scan.objects.create(code=code, session=session, verdict=verdict, reason=reason[:40])
            rows = Scan.objects.filter(code=code)
            people = len(rows.order_by().values_list("session").distinct()[: MOST_COUNTED + 1])
            first = rows.aggregate(first=Min("at"))["first"] or timezone.now()
    except DatabaseError:
        return None
    return Looks(first, min(people, MOST_COUNTED), people > MOST_COUNTED)
