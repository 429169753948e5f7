"""The chains that a check of a subject needs, and the bundle that holds them.

A bundle about an item holds its chain, the chain of each logistic unit that it rode in up
to where it left it, the chains of its product and of the rights the product carries, the
registration of every party that signed or is named there, and the chain of every key that
signed, up to the registrar. So nothing that anybody does with a unit afterwards, with the
rest of the lot, or with other keys, makes it longer.
"""

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import Any, Final, NamedTuple, TypeAlias

from provenance.core import gs1
from provenance.core.check.trust import Trust
from provenance.core.record import claims, sealed_json
from provenance.core.record.event import GoodsAct, SignedEvent
from provenance.core.record.sealed import Opening
from provenance.core.record.vocabulary import Act

TYPE = "CustosBundle"
VERSION = "1"

Lasts: TypeAlias = Mapping[str, int | None]
"""The last position that is needed of each chain, by the URI of its subject; None: its newest."""


class Span(NamedTuple):
    """Positions of a chain from `first` to `last`, included; None: to its newest event."""

    first: int
    last: int | None


class Entry(NamedTuple):
    """An entry of a bundle: a signed document, its C2SP tlog-proof text or None, and the openings
    that the bundle's subject needs.
    """

    document: Mapping[str, Any]
    proof: str | None
    openings: Sequence[Opening] = ()


Load: TypeAlias = Callable[[Mapping[str, Span]], Mapping[str, Sequence[SignedEvent]]]
"""Return these spans of the chains of subjects, by URI, in order of position."""
_SIGNS: Final = {Act.PACK: 1, Act.UNPACK: -1}


def needs(uri: str, events: Sequence[SignedEvent]) -> dict[str, int | None]:
    """Return the other chains, each up to which position, that a check of `events`, from
    the chain of `uri`, rests on.
    """
    subject = gs1.parse_subject(uri)
    wanted: set[str] = set()
    if subject.kind in (gs1.SubjectKind.ITEM, gs1.SubjectKind.LOT):
        wanted.add(gs1.product_uri(subject.gtin))
    for event in events:
        wanted |= {gs1.party_uri(event.issuer), gs1.key_uri(event.key)}
        if isinstance(event.body, GoodsAct):
            handoff = (event.body.sender, event.body.receiver)
            wanted |= {gs1.party_uri(gln) for gln in handoff if gln}
        else:
            wanted |= claims.consulted(event.body)
    return {**dict.fromkeys(wanted - {uri}), **_units(uri, events)}


def _units(uri: str, events: Sequence[SignedEvent]) -> dict[str, int | None]:
    """Return the logistic units that goods rode in, each with the position at which they
    left it; None while some of them are in it.
    """
    inside: dict[str, Decimal] = {}
    left: dict[str, int | None] = {}
    for event in events:
        goods, sign = event.body, _SIGNS.get(event.act)
        if not isinstance(goods, GoodsAct) or sign is None or uri not in goods.subjects:
            continue
        unit = goods.parent or ""
        inside[unit] = inside.get(unit, Decimal(0)) + sign * goods.subjects[uri]
        left[unit] = None if inside[unit] > 0 else event.link(unit).position
    return left


def may_be_absent(uri: str) -> bool:
    """Whether a needed chain need not exist: the registrar's root key speaks without being
    enrolled. (Step 2 of a check has asked for every other key's enrolment.)
    """
    return gs1.parse_subject(uri).kind is gs1.SubjectKind.KEY


def chains(subject: str, load: Load) -> dict[str, list[SignedEvent]]:
    """Return every chain that a check of `subject` needs, by URI, as far as it needs it;
    one that does not exist is empty.

    `load` is called once for each ring of neighbours, and for no event twice. Raises
    BadIdentifier or BadCheckDigit for a `subject` that is no subject's URI, and as `load`
    does.
    """
    gathered: dict[str, list[SignedEvent]] = {}
    asked: dict[str, int | None] = {}
    waiting = {subject: Span(0, None)}
    while waiting:
        asked |= {uri: span.last for uri, span in waiting.items()}
        loaded = load(dict(sorted(waiting.items())))
        needed: dict[str, int | None] = {}
        for uri in waiting:
            events = loaded.get(uri, ())
            gathered.setdefault(uri, []).extend(events)
            further = _beyond(needed, needs(uri, events))
            needed |= {need: span.last for need, span in further.items()}
        waiting = _beyond(asked, needed)
    return gathered


def _beyond(asked: Lasts, needed: Lasts) -> dict[str, Span]:
    """Return the spans of `needed` that `asked` does not cover."""
    spans = {}
    for uri, last in needed.items():
        if uri not in asked:
            spans[uri] = Span(0, last)
            continue
        before = asked[uri]
        if before is not None and (last is None or last > before):
            spans[uri] = Span(before + 1, last)
    return spans


def compose(subject: str, entries: Sequence[Entry], trust: Trust) -> dict[str, Any]:
    """Return the bundle about `subject` (a URI) with these entries, in the order recorded."""
    return {
        "type": TYPE,
        "version": VERSION,
        "subject": subject,
        "trust": trust.to_json(),
        "trustDigest": trust.digest(),
        "records": [_write(entry) for entry in entries],
    }


def _write(entry: Entry) -> dict[str, Any]:
    shown = {"openings": sealed_json.write_openings(entry.openings)} if entry.openings else {}
    return {"document": entry.document, "proof": entry.proof, **shown}
