"""Look-alikes: names that a reader cannot tell apart, by the skeletons of UTS 39, section 4.

Two names look alike where they have a key in common. The data are confusables.txt, as the package
confusable_homoglyphs carries it.
"""

import functools
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, Final

import orjson
import psycopg
from confusable_homoglyphs.confusables import confusables_data

from provenance.core import errors, gs1, texts
from provenance.core.record.claims import PartyRegistered, ProductRegistered, RightFiled
from provenance.core.record.event import SignedEvent
from provenance.core.record.lookups import Lookups
from provenance.core.record.vocabulary import RightKind, Role

_NAMING_LOCK: Final = 0x6375_7374_0004
_ALIKE: Final = """
    SELECT 'party', gln, name, looks::text FROM provenance_party WHERE looks ?| %s
    UNION ALL
    SELECT 'right', owner, title, looks::text FROM provenance_right WHERE looks ?| %s
        AND (lapsed_from IS NULL OR lapsed_from > current_date)
        AND (valid_until IS NULL OR valid_until >= current_date)
    UNION ALL
    SELECT DISTINCT 'product', owner_gln, brand, looks::text FROM provenance_product
        WHERE looks ?| %s
"""


@dataclass(frozen=True, slots=True)
class Name:
    """A name of a brand: `kind` is party, right (a trademark's title) or product (its `brand`)."""

    kind: str
    owner: str
    text: str
    looks: tuple[str, ...]


@dataclass(slots=True)
class Names:
    """The brands' names in the record that look like those of a batch."""

    known: list[Name] = field(default_factory=list)

    def check(self, event: SignedEvent, lookups: Lookups) -> None:
        """Raise ConfusableName where the event gives a name that looks like another party's.

        A party or product may not have the very name of another's brand or trademark either,
        unless the product carries a right of theirs. Several owners may file one title, or
        sell under one brand that is nobody's.
        """
        named = name_of(event)
        if named is None:
            return
        body = event.body
        carried = body.rights if isinstance(body, ProductRegistered) else ()
        theirs = {right.owner for uri in carried if (right := lookups.right(uri)) is not None}
        alike = [name for name in self.known if not set(named.looks).isdisjoint(name.looks)]
        if theirs & {name.owner for name in alike}:
            return
        for name in alike:
            if name.owner != named.owner and not _may_share(named, name):
                raise errors.ConfusableName(f"{named.text!r} looks like {name.text!r}")

    def remember(self, event: SignedEvent) -> None:
        """Take in the name that an accepted event gives."""
        named = name_of(event)
        if named is not None and (named.kind != "party" or _is_brand(event.body)):
            self.known.append(named)


def keys(name: str) -> list[str]:
    """Return the keys of a name: its skeleton in either order with its case folded. Names that
    differ in letters which look alike, or in case, have a key in common.
    """
    return sorted({skeleton(name.casefold()), skeleton(name).casefold()})


def skeleton(text: str) -> str:
    """Return the skeleton of `text`, which only serves to be compared."""
    seen = (c for c in unicodedata.normalize("NFD", text) if not texts.unseen(c))
    prototypes = _prototypes()
    return unicodedata.normalize("NFD", "".join(prototypes.get(c, c) for c in seen))


def name_of(event: SignedEvent) -> Name | None:
    """Return the name that a claim gives to a party, a trademark or a product's brand."""
    match event.body:
        case PartyRegistered() as claim:
            owner = gs1.parse_subject(claim.subject).gln
            return Name("party", owner, claim.name, tuple(keys(claim.name)))
        case RightFiled(kind=RightKind.TRADEMARK) as claim:
            return Name("right", claim.owner, claim.title, tuple(keys(claim.title)))
        case ProductRegistered() as claim if claim.brand:
            return Name("product", claim.owner, claim.brand, tuple(keys(claim.brand)))
        case _:
            return None


def load(cursor: psycopg.Cursor[Any], events: Iterable[SignedEvent]) -> Names:
    """Load the names that look like those of the batch. Who gives names waits for the end of
    any other transaction that does, so that two do not give one name at once.
    """
    wanted = sorted({key for event in events if (name := name_of(event)) for key in name.looks})
    if not wanted:
        return Names()
    cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_NAMING_LOCK])
    cursor.execute(_ALIKE, [wanted, wanted, wanted])
    return Names(
        [
            Name(kind, owner, text, tuple(orjson.loads(looks)))
            for kind, owner, text, looks in cursor.fetchall()
        ]
    )


def _may_share(named: Name, name: Name) -> bool:
    """Whether two owners may both have what is the same name but for its case."""
    is_weak = named.kind == "right" or name.kind == "product"
    return is_weak and named.text.casefold() == name.text.casefold()


def _is_brand(body: object) -> bool:
    return isinstance(body, PartyRegistered) and Role.BRAND in body.roles


@functools.cache
def _prototypes() -> dict[str, str]:
    """Each character's prototype. The package holds each pair of confusables.txt both ways round:
    a prototype is that of many, and of two that have only each other it is the longer text, or
    the lower character.
    """
    pairs = {
        _bare(text): [_bare(entry["c"]) for entry in entries]
        for text, entries in confusables_data.items()
    }
    prototypes: dict[str, str] = {}
    for text, others in pairs.items():
        if len(text) > 1 or len(others) > 1:
            continue
        other = others[0]
        alone = len(pairs.get(other, ())) == 1 == len(other)
        prototypes[text] = min(text, other) if alone else other
    return {
        text: "".join(prototypes.get(c, c) for c in unicodedata.normalize("NFD", prototype))
        for text, prototype in prototypes.items()
    }


def _bare(text: str) -> str:
    """A text of the data without the marks that keep its line in order."""
    return text.replace("\u200e", "")
