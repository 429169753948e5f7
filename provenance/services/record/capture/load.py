"""The states that the rules may ask for while a batch is decided: of its subjects and
of those they refer to.

Two queries load it, however large the batch. The subjects that the batch moves are
locked against other writers, in the order of their ids, so that writers on one chain
queue instead of deadlocking. Subjects that are only consulted (issuers, receivers,
products and their rights; for a theft report the containers too) are locked against
change: an event and the revocation of its key are thereby recorded in one order, the
one that the ledger will show. A batch that changes parties or rights moves what others
consult, so it locks both at once: else two of them could wait for each other.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import datetime

import psycopg

from provenance.core import gs1
from provenance.core.record.event import SignedEvent
from provenance.core.record.kinds import Kind
from provenance.core.record.lookups import FromStates
from provenance.core.record.state import GLN, GoodsState, ProductState, State
from provenance.services.record import subjects
from provenance.services.record.subjects import SubjectRow

_MOVED = f"""
    SELECT {subjects.SELECTED} FROM provenance_subject WHERE uri = ANY(%s)
    ORDER BY id FOR NO KEY UPDATE
"""  # noqa: S608
# UNION, not UNION ALL: a ring of containers, which the rules refuse, would still end.
_CONSULTED = f"""
    WITH RECURSIVE wanted(uri) AS (
        SELECT unnest(%s::text[])
        UNION
        SELECT next.uri FROM wanted JOIN provenance_subject s USING (uri) CROSS JOIN LATERAL (
            SELECT jsonb_array_elements_text(s.state -> 'rights') WHERE s.kind = 'product'
            UNION ALL SELECT jsonb_object_keys(s.state -> 'holdings') WHERE s.state ? 'holdings'
        ) AS next(uri)
    )
    SELECT {subjects.SELECTED} FROM provenance_subject WHERE uri IN (SELECT uri FROM wanted)
    ORDER BY id FOR SHARE
"""  # noqa: S608
_ORIGINALS = """
    SELECT s.uri, e.event_id, e.kind, e.issuer
    FROM provenance_event e
    JOIN provenance_chainlink l ON l.event_id = e.id
    JOIN provenance_subject s ON s.id = l.subject_id
    WHERE e.event_id = ANY(%s) AND e.kind <> 'correct'
    ORDER BY l.position DESC
"""
_TAKEN = """
    SELECT public_key, 'https://id.gs1.org/417/' || party_gln
    FROM provenance_signingkey WHERE public_key = ANY(%s)
    UNION ALL
    SELECT l.uri, r.uri FROM provenance_licence l JOIN provenance_right r ON r.id = l.right_id
    WHERE l.uri = ANY(%s)
"""
# What begins a chain moves no row that others could consult yet.
_BEGINNING = frozenset({Kind.PARTY_REGISTERED, Kind.PRODUCT_REGISTERED, Kind.RIGHT_FILED})


@dataclass(frozen=True, slots=True)
class Wants:
    """Rows to load before one event can be decided: the subjects it moves and consults,
    and what else it needs.
    """

    moved: Collection[str]
    consulted: Collection[str]
    kind: Kind
    event_id: str = ""
    unique: str = ""  # a key to enrol or a licence to grant, which must not exist yet


@dataclass(slots=True)
class Loaded(FromStates):
    """The rows that a batch moves or consults. Implements `Lookups` from them."""

    rows: dict[str, SubjectRow] = field(default_factory=dict)
    originals: dict[tuple[str, str], tuple[Kind, str]] = field(default_factory=dict)
    taken: dict[str, str] = field(
        default_factory=dict
    )  # keys and licences that exist -> the party or right they are of

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

    def original(self, subject: str, event_id: str) -> tuple[Kind, str] | None:
        return self.originals.get((subject, event_id))

    def remember(self, record: SignedEvent) -> None:
        """Let a later event of the same batch correct this one."""
        if record.goods is not None and record.kind is not Kind.CORRECT:
            for link in record.links:
                self.originals.setdefault(
                    (link.subject, record.goods.event_id), (record.kind, record.issuer)
                )


def load(cursor: psycopg.Cursor, wanted: Iterable[Wants]) -> Loaded:
    """Lock and load what the events that `wanted` describes need."""
    wants = list(wanted)
    loaded = Loaded()
    moved = {uri for want in wants for uri in want.moved}
    changing = any(want.kind.is_claim and want.kind not in _BEGINNING for want in wants)
    at_once = moved.union(*(want.consulted for want in wants)) if changing else moved
    cursor.execute(_MOVED, [list(at_once)])
    _take(loaded, cursor)
    consulted = {
        uri for want in wants for uri in (*want.consulted, *_leans_on(loaded, want))
    } - loaded.rows.keys()
    if consulted:
        cursor.execute(_CONSULTED, [list(consulted)])
        _take(loaded, cursor)
    for uri in moved:
        if uri not in loaded.rows:
            loaded.rows[uri] = SubjectRow(uri)
    corrected = [want.event_id for want in wants if want.kind is Kind.CORRECT]
    if corrected:
        cursor.execute(_ORIGINALS, [corrected])
        loaded.originals = {
            (uri, event): (Kind(kind), gln) for uri, event, kind, gln in cursor.fetchall()
        }
    unique = [want.unique for want in wants if want.unique]
    if unique:
        cursor.execute(_TAKEN, [unique, unique])
        loaded.taken = dict(cursor.fetchall())
    return loaded


def _take(loaded: Loaded, cursor: psycopg.Cursor) -> None:
    for selected in cursor.fetchall():
        row = SubjectRow.selected(selected)
        loaded.rows.setdefault(row.uri, row)


def _leans_on(loaded: Loaded, want: Wants) -> Iterable[str]:
    """The subjects that its subjects refer to: a detaining authority, rights; for a
    theft report, containers.
    """
    for uri in want.consulted:
        state = loaded.state(uri)
        if isinstance(state, ProductState):
            yield from state.rights
    for uri in want.moved:
        state = loaded.state(uri)
        if not isinstance(state, GoodsState):
            continue
        if want.kind is Kind.CHECKPOINT and state.customs_hold_by:
            yield gs1.party_uri(state.customs_hold_by)
        if want.kind is Kind.REPORT_STOLEN:
            yield from (holder for holder in state.holdings if not holder.startswith(GLN))
