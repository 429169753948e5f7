"""The rules once more: each event held against the states that the events before it leave.

The states are folded from the events alone, never read from the read models. A bounded number
is kept; a subject that is asked for and is not among them is folded from the first event of its
chain, so memory stays flat and a check can begin anywhere.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from django.conf import settings
from django.db import connection

from provenance.core import errors, gs1
from provenance.core.record import authority, claims, lateness, reading, transition
from provenance.core.record.event import GoodsAct, SignedEvent
from provenance.core.record.lookups import Lookups, Original
from provenance.core.record.state import State
from provenance.core.record.vocabulary import Act
from provenance.core.signing import canonical
from provenance.services import keyring, seals
from provenance.services.seals import LinkRow, Seed

MOST_STATES: Final = 100_000
_CHAINS: Final = """
    SELECT e.document, e.digest, e.seed, k.encrypted,
        s.uri, l.position, l.previous, l.closes, l.output, s.genesis_digest, l.leaf, l.path
    FROM provenance_subject s
    JOIN provenance_chainlink l ON l.subject_id = s.id JOIN provenance_event e ON e.id = l.event_id
    LEFT JOIN provenance_sealkey k ON k.id = e.seal_key_id
    WHERE s.uri = ANY(%s)
        AND (e.ledger_index < %s OR (%s AND (e.recorded_at, e.id) < (%s, %s::uuid)))
    ORDER BY l.position
"""


@dataclass(frozen=True, slots=True)
class RowPlace:
    """An event's place in the record's order: after the entries below ledger index `after`
    and, where it `waits` for an index, after what was recorded before it.
    """

    after: int
    waits: bool
    recorded_at: datetime
    id: UUID


class Fold(Lookups):
    """The states of subjects just before the event at hand, and the rules on them."""

    def __init__(self) -> None:
        self._registrar = keyring.registrar()
        self._late_after = timedelta(hours=settings.CUSTOS_LATE_AFTER)
        self._states: dict[str, State | None] = {}
        self._place: RowPlace | None = None

    def prepare(self, place: RowPlace, events: Collection[SignedEvent]) -> None:
        """Fold at once what the next events, the first of which is at `place`, will ask for."""
        if len(self._states) > MOST_STATES:
            self._states.clear()
        self._place = place
        self._load({uri for event in events for uri in _named(event)} - self._states.keys())

    def check(self, event: SignedEvent, place: RowPlace, *, late: bool) -> None:
        """Raise as capture does unless the next event was allowed in the states it met, and
        BindingMismatch where its row says otherwise than that whether it is late. Then its
        effect is folded.
        """
        self._place = place
        authority.check_key(
            event.issuer,
            event.key,
            event.act,
            key_of=self.key,
            registrar=self._registrar,
            index=None if place.waits else place.after,
        )
        before = {link.subject: self.state(link.subject) for link in event.links}
        transition.check(event, before, self, registrar=self._registrar)
        by_rule = lateness.of(
            event, before.values(), self._late_after, recorded_at=place.recorded_at
        )
        if late != (by_rule is not None):
            raise errors.BindingMismatch(
                "the row says otherwise than the events whether it is late"
            )
        for uri, state in before.items():
            self._states[uri] = transition.apply(state, event, uri)

    def state(self, uri: str) -> State | None:
        if uri not in self._states:
            self._load({uri})
        return self._states[uri]

    def original(self, subject: str, event_id: str) -> Original | None:
        original: Original | None = None
        for event in self._chains([subject]).get(subject, ()):
            if not isinstance(event.body, GoodsAct) or event.body.event_id != event_id:
                continue
            if event.act is not Act.CORRECT:
                original = original or Original(event.act, event.issuer)
            elif original is not None:
                original = replace(original, reasons=(*original.reasons, event.body.error_reason))
        return original

    def _load(self, uris: Collection[str]) -> None:
        chains = self._chains(sorted(uris))
        for uri in uris:
            state: State | None = None
            for event in chains.get(uri, ()):
                state = transition.apply(state, event, uri)
            self._states[uri] = state

    def _chains(self, uris: Sequence[str]) -> dict[str, list[SignedEvent]]:
        """The events of these subjects' chains before the event at hand."""
        place = self._place
        if place is None or not uris:
            return {}
        chains: dict[str, list[SignedEvent]] = {}
        with connection.cursor() as cursor:
            when = (place.after, place.waits, place.recorded_at, place.id)
            cursor.execute(_CHAINS, [list(uris), *when])
            for document, digest, seed, key, *columns in cursor.fetchall():
                row = LinkRow(*columns)
                parsed = canonical.parse(document.encode())
                shown = seals.openings(parsed, digest, Seed(seed, key), [row])
                event = reading.read(parsed, digest, openings=shown)
                chains.setdefault(row.subject, []).append(event)
        return chains


def _named(event: SignedEvent) -> set[str]:
    """The subjects of an event, its signer, and the parties, products and rights that it names."""
    named = {*event.by_subject, gs1.party_uri(event.issuer), gs1.key_uri(event.key)}
    if not isinstance(event.body, GoodsAct):
        return named | claims.consulted(event.body)
    glns = {event.body.sender, event.body.receiver} - {None}
    gtins = {gs1.parse_subject(uri).gtin for uri in event.by_subject} - {""}
    return named | {gs1.party_uri(gln) for gln in glns if gln} | set(map(gs1.product_uri, gtins))
