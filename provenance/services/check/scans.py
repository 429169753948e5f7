"""Counts of the readers of a code, without knowing them.

Every scan is a row, refused scans too. People are counted by session: an address on
a day, as a hash keyed by this installation's secret and the day, so that a person's
retries count once, whatever a browser says of itself, and no cookie is needed. An office
behind one address counts once. A page that is loaded again the next
day keeps the session that it had; further days cannot be joined, nor two codes that one
person checked on different days. The server's operator could test a guess; nobody who gets
only the table can.

Programs are not people: what does not call itself a browser, or calls itself a robot or a
preview of links, has no session and is not counted. To call oneself a robot is to hide
one's own visit, which staying away does as well; nobody can make another's visit count
less.
"""

import hmac
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Final

from django.conf import settings
from django.db import DatabaseError
from django.utils import timezone

from provenance.models.base import uuid7
from provenance.services import prepared, room

MOST_COUNTED = 1_000
NOBODY: Final = ""  # the session of a scan that is no person's

# All browsers that people use say one of these, for history's sake.
_BROWSER: Final = re.compile(r"Mozilla/|Opera/|UCWEB")
# "bot", but not the phones of CUBOT.
_ROBOT: Final = re.compile(
    r"(?<!\bcu)bot\b|facebot|crawl|spider|slurp|preview|prerender|headless|lighthouse"
    r"|externalhit|whatsapp/|skype|embedly|mediapartners|https?://",
    re.IGNORECASE,
)


# The sessions of the code come from an index, each by one look into it, so that neither many
# scans of one session nor those of programs make it longer. The commit does not wait for the disk.
_NOTE: Final = """
    WITH RECURSIVE people(session, number) AS (
        (SELECT session, 1 FROM provenance_scan
            WHERE code = %(code)s AND session > '' ORDER BY session LIMIT 1)
        UNION ALL
        SELECT next.session, number + 1
        FROM people CROSS JOIN LATERAL (
            SELECT s.session FROM provenance_scan s
            WHERE s.code = %(code)s AND s.session > '' AND s.session > people.session
            ORDER BY s.session LIMIT 1
        ) next
        WHERE number < %(most)s
    ), known(session, place) AS (
        SELECT given.session, place
        FROM unnest(%(sessions)s::text[]) WITH ORDINALITY AS given(session, place)
        WHERE EXISTS (
            SELECT 1 FROM provenance_scan s
            WHERE s.code = %(code)s AND s.session > '' AND s.session = given.session
        )
    ), visit AS (
        INSERT INTO provenance_scan (id, at, code, session, verdict, reason)
        SELECT %(id)s, %(at)s, %(code)s, coalesce(
            (SELECT session FROM known ORDER BY place DESC LIMIT 1),
            (%(sessions)s::text[])[1], ''
        ), %(verdict)s, %(reason)s
        FROM set_config('synchronous_commit', 'off', true)
    )
    SELECT
        (SELECT count(*) FROM people) + (NOT EXISTS (SELECT 1 FROM known))::int,
        (SELECT at FROM provenance_scan WHERE code = %(code)s AND session > '' ORDER BY at LIMIT 1)
"""


@dataclass(frozen=True, slots=True)
class Looks:
    """The scans of a code until now, the present scan included: the first, and how many
    `people`; `more` when counting stopped there.
    """

    first_at: datetime
    people: int
    more: bool = False


def is_person(agent: str) -> bool:
    """Whether the browser that says `agent` has a person before it, as far as it says."""
    return _BROWSER.search(agent) is not None and _ROBOT.search(agent) is None


def sessions_of(address: str, *, now: datetime) -> list[str]:
    """The sessions of `address`, as `addresses.client` gives it: of this day (UTC) and of
    the day before.
    """
    days = (now.date() - timedelta(days=ago) for ago in range(2))
    return [_hash(day.isoformat(), address.encode()) for day in days]


def _hash(day: str, visitor: bytes) -> str:
    key = hmac.digest(settings.SECRET_KEY.encode(), b"custos scan " + day.encode(), sha256)
    return hmac.digest(key, visitor, sha256).hex()[:32]


def note(code: str, sessions: Sequence[str], verdict: str, reason: str = "") -> Looks | None:
    """Keep a scan of `code`, in the last of `sessions` that scanned it before or else in
    the first, and return its scans so far; None when the database does not take it now,
    and for a scan without sessions, which is no person's.

    A page about goods is worth more than its visitor count, so a database that cannot
    write never stops it.
    """
    if not room.is_left():
        return None
    now = timezone.now()
    scan = {"id": uuid7(), "at": now, "code": code[:300], "verdict": verdict, "reason": reason[:40]}
    try:
        asked = {"sessions": list(sessions), "most": MOST_COUNTED + 1}
        ((people, first),) = prepared.rows(_NOTE, {**scan, **asked})
    except DatabaseError:
        return None
    if not sessions:
        return None
    return Looks(first or now, min(people, MOST_COUNTED), people > MOST_COUNTED)
