"""The states that the rules may ask for while a batch is decided: of its subjects and
of those they refer to.

At most four queries load it, however large the batch. The subjects that the batch moves are
locked against other writers, in the order of their ids, so that writers on one chain
queue instead of deadlocking. Subjects that are only consulted (issuers, receivers,
products and their rights; for a theft report the containers too) are locked against
change: an event and the revocation of its key are thereby recorded in the
order that the ledger will show. A batch that changes keys or rights moves what others
consult, so it locks both at once: else two of them could wait for each other.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

import psycopg

from provenance.core import gs1
from provenance.core.record import claims
from provenance.core.record.acts import GOODS_RULES
from provenance.core.record.acts_registry import CLAIM_RULES
from provenance.core.record.event import GoodsAct, SignedEvent
from provenance.core.record.lookups import Lookups, Original
from provenance.core.record.rules import Consult
from provenance.core.record.state import GoodsState, KeyState, ProductState, RightState, State
from provenance.core.record.vocabulary import Act
from provenance.services import keyring
from provenance.services.record import lookalikes, subjects
from provenance.services.record.capture import bounds
from provenance.services.record.subjects import SubjectRow

_MOVED = f"""
    SELECT {subjects.SELECTED} FROM provenance_subject WHERE uri = ANY(%s)
    ORDER BY id FOR NO KEY UPDATE
"""  # noqa: S608  of column names of ours
# UNION, not UNION ALL: a ring of containers, which the rules refuse, would still end.
_CONSULTED = f"""
    WITH RECURSIVE wanted(uri) AS (
        SELECT unnest(%s::text[])
        UNION
        SELECT next.uri FROM wanted JOIN provenance_subject s USING (uri) CROSS JOIN LATERAL (
            SELECT jsonb_array_elements_text(s.state -> 'rights') WHERE s.kind = 'product'
            UNION ALL SELECT 'https://id.gs1.org/417/' || (s.state ->> 'owner')
                WHERE s.kind = 'product'
            UNION ALL SELECT 'https://id.gs1.org/417/' || (owner ->> 1)
                FROM jsonb_array_elements(s.state -> 'owners') owner WHERE s.kind = 'right'
            UNION ALL SELECT jsonb_object_keys(s.state -> 'holdings') WHERE s.state ? 'holdings'
            UNION ALL SELECT 'did:key:' || (s.state ->> 'successor') WHERE s.state ? 'successor'
        ) AS next(uri)
    )
    SELECT {subjects.SELECTED} FROM provenance_subject WHERE uri IN (SELECT uri FROM wanted)
    ORDER BY id FOR SHARE
"""  # noqa: S608  of column names of ours
_ORIGINALS = """
    SELECT s.uri, e.event_id, e.kind, e.issuer,
        coalesce(e.document::jsonb #>> '{credentialSubject,errorDeclaration,reason}', '')
    FROM provenance_event e
    JOIN provenance_chainlink l ON l.event_id = e.id
    JOIN provenance_subject s ON s.id = l.subject_id
    WHERE e.event_id = ANY(%s)
    ORDER BY l.position
"""
_TAKEN = """
    SELECT l.uri, r.uri FROM provenance_licence l JOIN provenance_right r ON r.id = l.right_id
    WHERE l.uri = ANY(%s)
"""
# Whose enrolment was signed by which key never changes, so nothing is locked.
_LINES = f"""
    WITH RECURSIVE line(uri) AS (
        SELECT unnest(%s::text[])
        UNION
        SELECT 'did:key:' || (s.state ->> 'enrolled_by')
        FROM line JOIN provenance_subject s USING (uri)
    )
    SELECT {subjects.SELECTED} FROM provenance_subject WHERE uri IN (SELECT uri FROM line)
"""  # noqa: S608  of column names of ours


@dataclass(slots=True)
class Loaded(Lookups):
    """The rows that a batch moves or consults; it answers
    `core.record.lookups.Lookups` from them.
    """

    rows: dict[str, SubjectRow] = field(default_factory=dict)
    originals: dict[tuple[str, str], Original] = field(default_factory=dict)
    corrected: frozenset[str] = frozenset()  # eventIDs that corrections of the batch name
    taken: dict[str, str] = field(
        default_factory=dict
    )  # licences that exist -> the right they are of
    names: lookalikes.BrandNames = field(default_factory=lookalikes.BrandNames)
    used: bounds.Used = field(default_factory=bounds.Used)

    def state(self, uri: str) -> State | None:
        """The state of a subject, or None while it has no event."""
        row = self.rows.get(uri)
        return None if row is None else row.state

    def newest(self) -> datetime | None:
        """When the newest of the events that all this rests on was recorded."""
        return max(
            (row.head_recorded_at for row in self.rows.values() if row.head_recorded_at),
            default=None,
        )

    def original(self, subject: str, event_id: str) -> Original | None:
        return self.originals.get((subject, event_id))

    def take(self, event: SignedEvent, after: Mapping[str, State], at: datetime) -> None:
        """Let later events of the same batch meet the states `after` this event, recorded at
        `at`, correct it, not take its name, and know what it uses.
        """
        self.names.remember(event)
        for uri, new in after.items():
            self.rows[uri].move(new, event, at)
        self.used.count(event, after)
        if isinstance(event.body, GoodsAct) and event.body.event_id in self.corrected:
            for link in event.links:
                name = (link.subject, event.body.event_id)
                self.add_original(name, event.act, event.issuer, event.body.error_reason)

    def add_original(self, name: tuple[str, str], act: Act, issuer: str, reason: str) -> None:
        """Take in the next event of a chain and eventID: the first is the original."""
        original = self.originals.get(name)
        if act is not Act.CORRECT:
            self.originals.setdefault(name, Original(act, issuer))
        elif original is not None:
            reasons = (*original.reasons, reason)
            self.originals[name] = replace(original, reasons=reasons)


def load(cursor: psycopg.Cursor, events: Collection[SignedEvent], now: datetime) -> Loaded:
    """Lock and load the rows that `events` need to be decided at `now`."""
    loaded = Loaded()
    moved = {uri for event in events for uri in event.by_subject}
    named = [_named_by(event) for event in events]
    consulted: set[str] = set().union(*named)
    changing = any(_changes_consulted(event) for event in events)
    cursor.execute(_MOVED, [list(moved | consulted if changing else moved)])
    _take(loaded, cursor)
    pairs = zip(events, named, strict=True)
    consulted |= {uri for event, uris in pairs for uri in _pointed_to(loaded, event, uris)}
    consulted -= loaded.rows.keys()
    if consulted:
        cursor.execute(_CONSULTED, [list(consulted)])
        _take(loaded, cursor)
    enrolling = [gs1.key_uri(e.key) for e in events if e.act is Act.KEY_ADDED]
    if enrolling:
        cursor.execute(_LINES, [enrolling])
        _take(loaded, cursor)
    for uri in moved:
        if uri not in loaded.rows:
            loaded.rows[uri] = SubjectRow(uri)
    loaded.used = bounds.load(cursor, events, {uri: loaded.state(uri) for uri in moved}, now)
    loaded.corrected = frozenset(
        e.goods.event_id for e in events if Consult.ORIGINAL in _consults(e)
    )
    if loaded.corrected:
        cursor.execute(_ORIGINALS, [list(loaded.corrected)])
        for uri, event_id, act, gln, reason in cursor.fetchall():
            loaded.add_original((uri, event_id), Act(act), gln, reason)
    unique = [name for name in map(unique_of, events) if name]
    if unique:
        cursor.execute(_TAKEN, [unique])
        loaded.taken = dict(cursor.fetchall())
    loaded.names = lookalikes.load(cursor, events)
    return loaded


def _changes_consulted(event: SignedEvent) -> bool:
    """Whether others may consult what the event moves; a new key counts among its party's."""
    return event.act is Act.KEY_ADDED or (event.act.is_claim and not CLAIM_RULES[event.act].begins)


def unique_of(event: SignedEvent) -> str:
    """Return the licence that the claim grants and no other may have taken; empty for every other
    event.
    """
    unique = CLAIM_RULES[event.act].unique if event.act.is_claim else None
    return str(getattr(event.body, unique)) if unique is not None else ""


def _consults(event: SignedEvent) -> frozenset[Consult]:
    return GOODS_RULES[event.act].consults if isinstance(event.body, GoodsAct) else frozenset()


def _named_by(event: SignedEvent) -> set[str]:
    """The signer and its key, the registrar's first key for what the registrar signs, and the
    parties, keys, products and rights that the event itself names.
    """
    parties = {gs1.party_uri(event.issuer), gs1.key_uri(event.key)}
    root = keyring.registrar()
    if event.issuer == root.gln:
        parties.add(gs1.key_uri(root.roots[0]))
    body = event.body
    if not isinstance(body, GoodsAct):
        return parties | claims.consulted(body)
    if body.receiver is not None:
        parties.add(gs1.party_uri(body.receiver))
    if Consult.PRODUCT not in _consults(event):
        return parties
    gtins = {gs1.parse_subject(uri).gtin for uri in event.by_subject}
    return parties | {gs1.product_uri(gtin) for gtin in gtins if gtin}


def _pointed_to(loaded: Loaded, event: SignedEvent, named: Iterable[str]) -> Iterable[str]:
    """Subjects that loaded states name: a product's owner and rights, a right's owners, a key's
    successor, the authority that holds goods, the units around them.
    """
    for uri in named:
        registered = loaded.state(uri)
        if isinstance(registered, KeyState) and registered.successor:
            yield gs1.key_uri(registered.successor)
        if isinstance(registered, ProductState):
            yield from (*registered.rights, gs1.party_uri(registered.owner))
        if isinstance(registered, RightState):
            yield from (gs1.party_uri(gln) for _, gln in registered.owners)
    consults = _consults(event)
    for uri in event.by_subject:
        goods = loaded.state(uri)
        if not isinstance(goods, GoodsState):
            continue
        if Consult.HOLDING_AUTHORITY in consults and goods.customs_hold_by:
            yield gs1.party_uri(goods.customs_hold_by)
        if Consult.CONTAINERS in consults:
            yield from goods.containers


def _take(loaded: Loaded, cursor: psycopg.Cursor) -> None:
    for selected in cursor.fetchall():
        row = SubjectRow.selected(selected)
        loaded.rows.setdefault(row.uri, row)
