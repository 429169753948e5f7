"""The rules of visibility (docs/api.md), the same for pages and API.

A party sees in full the events that it signed, that name it as receiver, or whose goods
it holds now, itself or through the logistic units around them; a customs authority those
with goods that it was involved with. Registry claims are public. Of the other events the
parties that were involved with their goods see the public part: digest, kind, issuer,
times and ledger index. To everybody else an event is an entry of the ledger: digest,
index and proof, since the ledger's digests are public, and kinds, issuers and times of
all of them would be a graph of everybody's trade.

The record of an item is open to anyone who has its full code: serials are random, so
that is the person holding it. The numbers of lots and logistic units can be guessed, so
their records exist only for the parties involved, for pages and API alike, and shipments
only for their sender and receiver; of a recall alone everybody learns, for it is a
warning. The whole of such a record, as bundle or as journey on the page, is for the
holders of the goods, and once all are sold or ended for the party that ended the last: a
former holder shall not learn from it to whom its customers sold, nor who was named
receiver and never accepted.
"""

from collections.abc import Collection, Iterable
from typing import Final

from django.contrib.auth.models import AbstractBaseUser, AnonymousUser
from django.db import connection
from django.db.models import Q, QuerySet

from provenance.core import errors, gs1
from provenance.core.record.event import SignedEvent
from provenance.core.record.state import GLN, ProductState
from provenance.core.record.vocabulary import Act, Role
from provenance.models import ChainLink, Event, Membership, Party, Product, Shipment, Subject
from provenance.services import seals
from provenance.services.record import events, states

OPEN_KINDS: Final = frozenset(
    {
        gs1.SubjectKind.ITEM,
        gs1.SubjectKind.PRODUCT,
        gs1.SubjectKind.PARTY,
        gs1.SubjectKind.KEY,
        gs1.SubjectKind.RIGHT,
    }
)
TELLING: Final = frozenset(  # refusals that say how things stand
    {errors.HeadMoved.code, errors.IllegalTransition.code, errors.NotPermitted.code}
)
CUSTOMS: Final = Role.CUSTOMS_AUTHORITY.value
CLAIMS: Final = frozenset(act.value for act in Act if act.is_claim)

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
            CROSS JOIN LATERAL
                jsonb_object_keys(coalesce(s.state -> 'holdings', '{}'::jsonb)) AS holder
    )
    SELECT DISTINCT digest FROM around WHERE uri = %s
"""
# Each subject, then whatever unit holds it, and so on outwards: does anyone of these hold
# any of that? Where nobody holds anything, did they sign the event that closed the loop?
_HOLDS: Final = """
    WITH RECURSIVE asked(uri) AS (SELECT unnest(%s::text[])), around(root, uri) AS (
        SELECT uri, uri FROM asked
        UNION
        SELECT around.root, holder
            FROM around
            JOIN provenance_subject s ON s.uri = around.uri
            CROSS JOIN LATERAL
                jsonb_object_keys(coalesce(s.state -> 'holdings', '{}'::jsonb)) AS holder
    )
    SELECT root FROM around WHERE uri = ANY(%s)
    UNION
    SELECT s.uri
        FROM asked
        JOIN provenance_subject s ON s.uri = asked.uri
        CROSS JOIN LATERAL (
            SELECT e.issuer
            FROM provenance_chainlink l
            JOIN provenance_event e ON e.id = l.event_id
            WHERE l.subject_id = s.id AND l.closes
            ORDER BY l.position DESC LIMIT 1
        ) closing
        WHERE coalesce(s.state -> 'holdings', '{}'::jsonb) = '{}'::jsonb
            AND closing.issuer = ANY(%s)
"""
# Each subject's whole chain, then the part of each unit's chain in which it rode there,
# from the packing to the first unpacking, and so on outwards; `core.check.loop.stitch`
# has the same history. A holder needs no row of its own: it signed what gave it the
# goods.
_INVOLVED: Final = """
    WITH RECURSIVE ride(root, subject, first, last) AS (
        SELECT uri::text, id, 0, 2147483647 FROM provenance_subject WHERE uri = ANY(%s)
        UNION
        SELECT ride.root, unit.id, packed.position, coalesce((
                SELECT theirs.position
                FROM provenance_chainlink theirs
                JOIN provenance_event e ON e.id = theirs.event_id AND e.kind = 'unpack'
                JOIN provenance_chainlink ours
                    ON ours.event_id = e.id AND ours.subject_id = ride.subject
                WHERE theirs.subject_id = unit.id AND theirs.position > packed.position
                ORDER BY theirs.position LIMIT 1
            ), 2147483647)
        FROM ride
        JOIN provenance_chainlink l
            ON l.subject_id = ride.subject AND l.position BETWEEN ride.first AND ride.last
        JOIN provenance_event e ON e.id = l.event_id AND e.kind = 'pack'
        JOIN provenance_subject unit
            ON unit.uri = e.document::jsonb #>> '{credentialSubject,parentID}'
            AND unit.id <> ride.subject
        JOIN provenance_chainlink packed ON packed.subject_id = unit.id AND packed.event_id = e.id
    )
    SELECT root FROM (SELECT DISTINCT root FROM ride) asked
    WHERE EXISTS (
        SELECT 1
        FROM ride
        JOIN provenance_chainlink l
            ON l.subject_id = ride.subject AND l.position BETWEEN ride.first AND ride.last
        JOIN provenance_event e ON e.id = l.event_id
        WHERE ride.root = asked.root AND (e.issuer = ANY(%s) OR e.receiver = ANY(%s))
    )
"""


class UnknownEvent(errors.ProvenanceError):
    """There is no event with this digest, or the caller may not have it."""

    code = "unknown-event"


def event(digest: str) -> Event:
    """The event with this digest. Raises UnknownEvent."""
    row = Event.objects.filter(digest=digest).first()
    if row is None:
        raise UnknownEvent("no event of this record has that digest")
    return row


def in_full(gln: str | None, events: Collection[Event]) -> set[str]:
    """The digests of those `events` that party `gln` (None: a stranger) may read in
    full.
    """
    seen = {
        e.digest
        for e in events
        if e.kind in CLAIMS or (gln is not None and gln in (e.issuer, e.receiver))
    }
    others = [e.digest for e in events if e.digest not in seen]
    if gln is None or not others:
        return seen
    if is_customs([gln]):
        seen |= _concerning(gln, others)
    with connection.cursor() as cursor:
        cursor.execute(_HELD, [others, GLN + gln])
        return seen | {digest for (digest,) in cursor.fetchall()}


def is_customs(glns: Collection[str]) -> bool:
    """Whether one of the parties `glns` is a customs authority."""
    return Party.objects.filter(gln__in=glns, roles__contains=[CUSTOMS]).exists()


def _concerning(gln: str, digests: Collection[str]) -> set[str]:
    """Those of the events `digests` with goods that party `gln` was involved with."""
    links = ChainLink.objects.filter(event__digest__in=digests)
    moved = list(links.values_list("event__digest", "subject__uri"))
    involved = _involved([gln], {uri for _, uri in moved})
    return {digest for digest, uri in moved if uri in involved}


def in_part(gln: str | None, event: Event) -> bool:
    """Whether party `gln` (None: a stranger) may read the public part of `event`: it was
    involved with goods of it.
    """
    return gln is not None and bool(_concerning(gln, [event.digest]))


def subject(gln: str | None, uri: str) -> Subject:
    """The subject `uri`, for party `gln`. Raises as `check_seen` does, also for a subject
    that is not there.
    """
    check_seen(_one(gln), uri)
    row = Subject.objects.filter(uri=uri).first()
    if row is None:
        raise not_open(uri)
    return row


def check_seen(glns: Collection[str], uri: str) -> None:
    """Raise UnknownSubject unless a caller who acts for the parties `glns` may see a
    subject `uri`: alike for a subject that is not there and one that is not
    theirs, with `extra["recalled"]` where it was recalled.
    """
    if not may_see(glns, uri):
        raise not_open(uri)


def check_whole(gln: str | None, uri: str) -> None:
    """Raise UnknownSubject unless party `gln` may have the bundle of subject `uri`: with
    the words for a subject that is not there.
    """
    if not whole_for(gln, uri):
        raise not_open(uri)


def whole_for(gln: str | None, uri: str) -> bool:
    """`may_see_whole` for party `gln` (None: a stranger)."""
    return may_see_whole(_one(gln), uri)


def not_open(uri: str) -> errors.UnknownSubject:
    """The error for a subject that is not there, and alike for one that is not theirs;
    with `extra["recalled"]` where it was recalled.
    """
    return errors.UnknownSubject(
        f"there is no record of {uri}, or it is not open to you",
        **({"recalled": True} if _is_recalled(uri) else {}),
    )


def _is_recalled(uri: str) -> bool:
    """Whether subject `uri` was recalled: a logistic unit itself, a lot by a recall that
    names it or reaches all of its product, whether there is such a lot or not. Which days a
    lot was made on is not said, so a recall of days does not count here.
    """
    if Subject.objects.filter(uri=uri, state__recalled=True).exists():
        return True
    gtin = gs1.parse_subject(uri).gtin
    product = Subject.objects.filter(uri=gs1.product_uri(gtin)).first() if gtin else None
    state = states.load(product.kind, product.state) if product is not None else None
    return isinstance(state, ProductState) and any(
        uri in recall.lots or not (recall.lots or recall.first_day or recall.last_day)
        for recall in state.recalls
    )


def hidden(glns: Collection[str], uris: Iterable[str]) -> set[str]:
    """Those of `uris` of which nothing is told to a caller who acts for the parties
    `glns`: lots and logistic units that none of them was involved with, whether they are
    there or not. A product's owner is told of its lots, a customs authority of all.
    """
    closed = [uri for uri in uris if not is_open(uri)]
    if not closed or is_customs(glns):
        return set()
    gtins = {uri: gs1.parse_subject(uri).gtin for uri in closed}
    products = Product.objects.filter(gtin__in=gtins.values(), owner__gln__in=glns)
    own = set(products.values_list("gtin", flat=True))
    return {uri for uri in closed if gtins[uri] not in own} - _involved(glns, closed)


def refusal(
    error: errors.ProvenanceError, glns: Collection[str], uris: Iterable[str]
) -> errors.ProvenanceError:
    """The refusal of an event about `uris`, as it is told to a caller who acts for the
    parties `glns`: where it would tell of goods that are hidden from them, the words for
    what is not there.
    """
    if error.code not in TELLING or not (unseen := hidden(glns, uris)):
        return error
    return not_open(min(unseen))


def is_open(uri: str) -> bool:
    """Whether anyone who has the identifier `uri` may see its journey. Raises BadIdentifier."""
    return gs1.parse_subject(uri).kind in OPEN_KINDS


def may_see(glns: Collection[str], uri: str) -> bool:
    """Whether a caller who acts for the parties `glns` may see that there is a subject
    `uri`, and its events as `in_full` says: it is open, or one of them was involved.

    One query, which reads each event of the history by index and parses the documents of
    the packings: about 8 µs an event, where the check of the same history verifies a
    signature for each. Raises BadIdentifier.
    """
    return is_open(uri) or (bool(glns) and bool(_involved(glns, [uri])))


def may_see_whole(glns: Collection[str], uri: str) -> bool:
    """Whether a caller who acts for the parties `glns` may see the whole record of
    subject `uri`, its bundle: it is open, or one of them holds some of the goods now,
    itself or through the logistic units around them, or closed their loop, so that no
    later holder is in it. Raises BadIdentifier.
    """
    return is_open(uri) or bool(_held(glns, [uri]))


def is_own(glns: Collection[str], uri: str) -> bool:
    """Whether subject `uri` is on record and one of the parties `glns` began that record,
    holds some of the goods now, or closed their loop. Its label is for them to print.
    """
    return bool(own(glns, [uri]))


def own(glns: Collection[str], uris: Collection[str]) -> set[str]:
    """Those of `uris` of which `is_own` is true, in two queries."""
    first = ChainLink.objects.filter(position=0, event__issuer__in=list(glns))
    begun = set(first.filter(subject__uri__in=list(uris)).values_list("subject__uri", flat=True))
    others = [uri for uri in uris if uri not in begun]
    return begun | _held(glns, others)


def _held(glns: Collection[str], uris: Collection[str]) -> set[str]:
    """Those of `uris` that one of the parties `glns` holds or closed."""
    if not glns or not uris:
        return set()
    with connection.cursor() as cursor:
        cursor.execute(_HOLDS, [list(uris), [GLN + gln for gln in glns], list(glns)])
        return {uri for (uri,) in cursor.fetchall()}


def _one(gln: str | None) -> list[str]:
    return [] if gln is None else [gln]


def _involved(glns: Collection[str], uris: Collection[str]) -> set[str]:
    """Those of `uris` that one of the parties `glns` was involved with."""
    with connection.cursor() as cursor:
        cursor.execute(_INVOLVED, [list(uris), list(glns), list(glns)])
        return {uri for (uri,) in cursor.fetchall()}


def parties_of(user: AbstractBaseUser | AnonymousUser) -> list[str]:
    """GLNs of the parties that a logged-in `user` may act for."""
    if not user.is_authenticated:
        return []
    return list(Membership.objects.filter(user=user.pk).values_list("party__gln", flat=True))


def own_events(gln: str) -> QuerySet[Event]:
    """The events that party `gln` signed or was to receive."""
    return Event.objects.filter(Q(issuer=gln) | Q(receiver=gln))


def shipments(gln: str) -> QuerySet[Shipment]:
    """The shipments that party `gln` sends or receives."""
    return Shipment.objects.filter(Q(sender=gln) | Q(receiver=gln))


def signed_by(gln: str, digest: str) -> SignedEvent:
    """The event with this digest and all that it seals, if party `gln` signed it. Raises
    UnknownEvent.
    """
    row = event(digest)
    if row.issuer != gln:
        raise UnknownEvent(f"no event of {gln} has that digest")
    return events.read_whole(row.document, digest, seals.seals_of([row.pk]).get(row.pk))
