"""Who sees what (docs/api.md).

A party sees in full the events that it signed, that name it as receiver, or whose goods
it holds now, itself or through the logistic units around them. Registry claims are
public. Of the rest everybody sees the public part: digest, kind, issuer, times and
ledger index. The record of an item is open to whoever has its full code; lots, logistic
units and shipments exist only for the parties involved.
"""

from collections.abc import Collection
from typing import Final

from django.db import connection
from django.db.models import Q, QuerySet

from provenance.core import errors, gs1
from provenance.core.record import event as event_
from provenance.core.record.event import SignedEvent
from provenance.core.record.kinds import CLAIM_TYPES
from provenance.core.record.state import GLN
from provenance.core.signing import canonical
from provenance.models import ChainLink, Event, Shipment, Subject

OPEN_KINDS: Final = frozenset(
    {gs1.SubjectKind.ITEM, gs1.SubjectKind.PRODUCT, gs1.SubjectKind.PARTY, gs1.SubjectKind.RIGHT}
)
CLAIMS: Final = frozenset(kind.value for kind in CLAIM_TYPES)

# Each subject of the events asked for, then whatever unit holds it, and so on outwards:
# who holds any of that? UNION, not UNION ALL: a ring of containers, which the rules
# refuse, would still end.
_HELD: Final = """
    WITH RECURSIVE around(digest, uri) AS (
        SELECT e.digest, s.uri::text
            FROM provenance_event e
            JOIN provenance_chainlink l ON l.event_id = e.id
            JOIN provenance_subject s ON s.id = l.subject_id
            WHERE e.digest = ANY(%s)
        UNION
        SELECT around.digest, holder
            FROM around
            JOIN provenance_subject s ON s.uri = around.uri
            CROSS JOIN LATERAL jsonb_object_keys(coalesce(s.state -> 'holdings', '{}'::jsonb)) AS holder
    )
    SELECT DISTINCT digest FROM around WHERE uri = %s
"""
_HOLDS: Final = """
    WITH RECURSIVE around(uri) AS (
        SELECT %s::text
        UNION
        SELECT holder
            FROM around
            JOIN provenance_subject s ON s.uri = around.uri
            CROSS JOIN LATERAL jsonb_object_keys(coalesce(s.state -> 'holdings', '{}'::jsonb)) AS holder
    )
    SELECT EXISTS (SELECT 1 FROM around WHERE uri = %s)
"""


class UnknownEvent(errors.ProvenanceError):
    """There is no event with this digest, or the caller may not have it."""

    code = "unknown-event"


def event(digest: str) -> Event:
    """The event with this digest. Raises UnknownEvent."""
    found = Event.objects.filter(digest=digest).first()
    if found is None:
        raise UnknownEvent("no event of this record has that digest")
    return found


def in_full(gln: str | None, events: Collection[Event]) -> set[str]:
    """The digests of those `events` that party `gln` (None: a stranger) may read in
    full.
    """
    seen = {
        e.digest
        for e in events
        if e.kind in CLAIMS or (gln is not None and gln in (e.issuer, e.receiver))
    }
    rest = [e.digest for e in events if e.digest not in seen]
    if gln is None or not rest:
        return seen
    with connection.cursor() as cursor:
        cursor.execute(_HELD, [rest, GLN + gln])
        return seen | {digest for (digest,) in cursor.fetchall()}


def subject(gln: str | None, uri: str) -> Subject:
    """The subject `uri`, for party `gln`. Raises UnknownSubject, alike for what is not
    there and what is not theirs.
    """
    kind = gs1.parse_subject(uri).kind
    found = Subject.objects.filter(uri=uri).first()
    if found is None or not (kind in OPEN_KINDS or (gln is not None and involved(gln, uri))):
        raise errors.UnknownSubject(f"there is no record of {uri}, or you are not a party to it")
    return found


def involved(gln: str, uri: str) -> bool:
    """Whether party `gln` signed or was to receive an event of subject `uri`, or holds
    it now.
    """
    took_part = ChainLink.objects.filter(subject__uri=uri).filter(
        Q(event__issuer=gln) | Q(event__receiver=gln)
    )
    if took_part.exists():
        return True
    with connection.cursor() as cursor:
        cursor.execute(_HOLDS, [uri, GLN + gln])
        row = cursor.fetchone()
    return bool(row and row[0])


def own_events(gln: str) -> QuerySet[Event]:
    """The events that party `gln` signed or was to receive."""
    return Event.objects.filter(Q(issuer=gln) | Q(receiver=gln))


def shipments(gln: str) -> QuerySet[Shipment]:
    """The shipments that party `gln` sends or receives."""
    return Shipment.objects.filter(Q(sender=gln) | Q(receiver=gln))


def signed_by(gln: str, digest: str) -> SignedEvent:
    """The event with this digest, if party `gln` signed it. Raises UnknownEvent."""
    found = event(digest)
    if found.issuer != gln:
        raise UnknownEvent(f"no event of {gln} has that digest")
    return event_.read(canonical.parse(found.document.encode()), digest)
