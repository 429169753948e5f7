"""The chains that a check of a subject needs, and the bundle that holds them.

A bundle about an item holds its chain, the chains of the logistic units it rode in, of
its lot, of its product and of the rights the product carries, and of every party that
signed or is named there, up to the registrar.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any

from provenance.core import gs1
from provenance.core.check.trust import Trust
from provenance.core.record import claims
from provenance.core.record.event import GoodsAct, SignedEvent
from provenance.core.record.vocabulary import Act

TYPE = "CustosBundle"
VERSION = "1"

Load = Callable[[Collection[str]], Mapping[str, Sequence[SignedEvent]]]
"""Return the chains of the subjects with these URIs, by URI, in order of position."""


def needs(uri: str, events: Sequence[SignedEvent]) -> set[str]:
    """Return the URIs of the other chains that a check of the chain of `uri`, holding
    `events`, rests on.
    """
    subject = gs1.parse_subject(uri)
    wanted: set[str] = set()
    if subject.kind in (gs1.SubjectKind.ITEM, gs1.SubjectKind.LOT):
        wanted.add(gs1.product_uri(subject.gtin))
    for event in events:
        wanted.add(gs1.party_uri(event.issuer))
        if isinstance(event.body, GoodsAct):
            wanted |= _named_by(event.act, event.body, subject)
        else:
            wanted |= claims.consulted(event.body)
    return wanted - {uri}


def _named_by(act: Act, goods: GoodsAct, subject: gs1.Subject) -> set[str]:
    """Return the URIs that an act names: the handoff's parties, the unit that the
    subject is packed in or unpacked from, the lot of an item that it begins.
    """
    named = {gs1.party_uri(gln) for gln in (goods.sender, goods.receiver) if gln}
    if goods.parent and subject.uri in goods.subjects:
        named.add(goods.parent)
    begun = act is Act.COMMISSION or subject.uri in goods.outputs
    if begun and goods.lot and subject.kind is gs1.SubjectKind.ITEM:
        named.add(gs1.lot_uri(subject.gtin, goods.lot))
    return named


def may_be_absent(uri: str) -> bool:
    """Whether a needed chain need not exist: an item may name a lot that has no chain
    of its own.
    """
    return gs1.parse_subject(uri).kind is gs1.SubjectKind.LOT


def chains(subject: str, load: Load) -> dict[str, list[SignedEvent]]:
    """Return every chain that a check of `subject` needs, by URI; chains that do not
    exist are left out.

    `load` is called once for each ring of neighbours. Raises BadIdentifier or
    BadCheckDigit for a `subject` that is no subject's URI, and as `load` does.
    """
    gathered: dict[str, list[SignedEvent]] = {}
    asked: set[str] = set()
    waiting = {subject}
    while waiting:
        asked |= waiting
        loaded = load(sorted(waiting))
        gathered |= {uri: list(events) for uri, events in loaded.items() if events}
        waiting = {need for uri, events in loaded.items() for need in needs(uri, events)} - asked
    return gathered


def compose(
    subject: str, documents: Sequence[tuple[Mapping[str, Any], str | None]], trust: Trust
) -> dict[str, Any]:
    """Return the bundle about `subject` (a URI). `documents` are pairs of a signed
    document and its C2SP tlog-proof text, or None, in the order recorded.
    """
    return {
        "type": TYPE,
        "version": VERSION,
        "subject": subject,
        "trust": trust.to_json(),
        "trustDigest": trust.digest(),
        "records": [{"document": document, "proof": proof} for document, proof in documents],
    }
