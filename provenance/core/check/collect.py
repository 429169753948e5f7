"""Which chains a check of one subject needs, and putting them into one file.

A bundle about an item holds its chain, the chains of the logistic units it rode in, of
its lot, of its product and of the rights the product carries, and of every party that
signed or is named there, up to the registrar.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any

from provenance.core import gs1
from provenance.core.check.trust import Trust
from provenance.core.record.event import SignedEvent
from provenance.core.record.kinds import Kind

TYPE = "CustosBundle"
VERSION = "1"

Load = Callable[[Collection[str]], Mapping[str, Sequence[SignedEvent]]]


def needs(uri: str, records: Sequence[SignedEvent]) -> set[str]:
    """URIs of the other chains that a check of the chain of `uri`, holding `records`,
    leans on.
    """
    wanted: set[str] = set()
    subject = gs1.parse_subject(uri)
    if subject.kind in (gs1.SubjectKind.ITEM, gs1.SubjectKind.LOT):
        wanted.add(gs1.product_uri(subject.gtin))
    for record in records:
        wanted.add(gs1.party_uri(record.issuer))
        goods, claim = record.goods, record.claim
        if goods is not None:
            wanted |= {gs1.party_uri(gln) for gln in (goods.sender, goods.receiver) if gln}
            if goods.parent and uri in goods.subjects:
                wanted.add(goods.parent)
            if (
                record.kind is Kind.COMMISSION
                and goods.lot
                and subject.kind is gs1.SubjectKind.ITEM
            ):
                wanted.add(gs1.lot_uri(subject.gtin, goods.lot))
        elif claim is not None:
            wanted |= {claim[name] for name in ("owner", "newOwner", "licensee") if name in claim}
            wanted |= set(claim.get("rights", ()))
    return wanted - {uri}


def may_be_absent(uri: str) -> bool:
    """Whether a needed chain need not exist: an item may name a lot that has no chain
    of its own.
    """
    return gs1.parse_subject(uri).kind is gs1.SubjectKind.LOT


def chains(subject: str, load: Load) -> dict[str, list[SignedEvent]]:
    """Every chain a check of `subject` needs, by URI; chains that do not exist are left
    out.

    `load` gives chains in order of position and is called once for each ring of
    neighbours.
    """
    gathered: dict[str, list[SignedEvent]] = {}
    asked: set[str] = set()
    waiting = {subject}
    while waiting:
        asked |= waiting
        found = load(sorted(waiting))
        gathered |= {uri: list(records) for uri, records in found.items() if records}
        waiting = {need for uri, records in found.items() for need in needs(uri, records)} - asked
    return gathered


def compose(
    subject: str, documents: Sequence[tuple[Mapping[str, Any], str | None]], trust: Trust
) -> dict[str, Any]:
    """The bundle about `subject`: (signed document, C2SP tlog-proof text or None) in
    the order recorded.
    """
    return {
        "type": TYPE,
        "version": VERSION,
        "subject": subject,
        "trust": trust.to_json(),
        "trustDigest": trust.digest(),
        "records": [{"document": document, "proof": proof} for document, proof in documents],
    }
