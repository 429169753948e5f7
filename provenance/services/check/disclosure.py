"""Disclosure: how much of a sealed event is opened for a party that may read the event in
full (docs/trust.md).

Its signer, its named receiver and customs authorities that were involved get all of it; a
holder of some of its goods the links to those, and no member: the buyer of one item of a
thousand is not told the others.
"""

from dataclasses import dataclass
from typing import Any, Final

from django.db import connection

from provenance.core.record import sealed, sealed_json, view
from provenance.core.record.sealed import SealedLink
from provenance.core.record.state import GLN
from provenance.models import Event
from provenance.services import seals
from provenance.services.check import visibility
from provenance.services.record import events

# Each sealed subject of the event, then whatever unit holds it, and so on outwards.
_HELD: Final = """
    WITH RECURSIVE around(item, uri) AS (
        SELECT s.uri::text, s.uri::text
            FROM provenance_chainlink l JOIN provenance_subject s ON s.id = l.subject_id
            WHERE l.event_id = %s AND l.leaf IS NOT NULL
        UNION
        SELECT around.item, holder
            FROM around
            JOIN provenance_subject s ON s.uri = around.uri
            CROSS JOIN LATERAL
                jsonb_object_keys(coalesce(s.state -> 'holdings', '{}'::jsonb)) AS holder
    )
    SELECT DISTINCT item FROM around WHERE uri = %s
"""


@dataclass(frozen=True, slots=True)
class Disclosed:
    """JSON for a reader: `opened`, all that the event seals, or the `openings` of a part; and the
    EPCIS event with the opened members and items in their places.
    """

    opened: dict[str, Any] | None
    openings: list[dict[str, Any]] | None
    view: dict[str, Any]


def of(event: Event, gln: str) -> Disclosed | None:
    """The disclosure of `event` to party `gln`, which may read it in full; None where it seals
    nothing. Raises SealLocked, KeyLocked.
    """
    seal = seals.seals_of([event.pk]).get(event.pk)
    if seal is None:
        return None
    document = events.parse(event.document, event.digest)
    contents = seal.contents(document)
    body, commitment = document["credentialSubject"], contents.tree[0]
    if gln in (event.issuer, event.receiver) or visibility.is_customs([gln]):
        whole = sealed.open_all(commitment, contents)
        return Disclosed(sealed_json.write_contents(contents), None, view.full(body, whole))
    held = _held(event, gln)
    shown = [
        opening
        for opening in sealed.openings(contents)
        if isinstance(opening.leaf, SealedLink) and opening.leaf.link.subject in held
    ]
    part = sealed.open_some(commitment, shown)
    return Disclosed(None, sealed_json.write_openings(shown), view.full(body, part))


def _held(event: Event, gln: str) -> set[str]:
    with connection.cursor() as cursor:
        cursor.execute(_HELD, [event.pk, GLN + gln])
        return {item for (item,) in cursor.fetchall()}
