"""Events that seal, honest and forged: what an author, or whoever holds a bundle, may make
of a sealed list.
"""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import rfc8785

from provenance.core import errors
from provenance.core.ledger import merkle
from provenance.core.record import reading, sealed
from provenance.core.record.event import Link, SignedEvent
from provenance.core.record.sealed import Contents, Leaf, Opening, SealedLink
from provenance.core.record.vocabulary import Act
from tests.cast import BRANDED, HOST, item
from tests.world import World

SEED = bytes(range(32))
TEAS = [item(f"TEA{number}") for number in range(3)]
CUPS = [item(f"CUP{number}", BRANDED) for number in range(2)]
ITEMS = [*TEAS, *CUPS]


def event(
    world: World | None = None, kind: Act = Act.COMMISSION, **options: Any
) -> tuple[dict[str, Any], Contents]:
    """A signed event of five items of two products, with a despatch number, and what it seals."""
    world = world or World()
    options = {"subjects": ITEMS, "reference": "ASN-7"} | options
    document = world.document(world.maker, kind, **options)
    contents = world.contents(document)
    assert contents is not None
    return document, contents


def read(document: Mapping[str, Any], openings: Contents | Sequence[Opening] = ()) -> SignedEvent:
    return reading.read(document, "0" * 64, host=HOST, openings=openings)


def code(act: Callable[[], object]) -> str:
    """`read`, or the code of the error that `act` raises."""
    try:
        act()
    except errors.ProvenanceError as error:
        return error.code
    return "read"


def with_body(document: Mapping[str, Any], **members: Any) -> dict[str, Any]:
    """The document with these members of its EPCIS event; `...` deletes a member."""
    body = {**document["credentialSubject"], **members}
    body = {name: value for name, value in body.items() if value is not ...}
    return {**document, "credentialSubject": body}


def with_seal(document: Mapping[str, Any], **members: Any) -> dict[str, Any]:
    """The document with these members of `sealed`."""
    return {**document, "sealed": {**document["sealed"], **members}}


def of_links(*uris: str) -> tuple[SealedLink, ...]:
    """The links of items that are commissioned, in this order."""
    return tuple(SealedLink(Link(uri, 0, None)) for uri in uris)


def forged(
    document: Mapping[str, Any], leaves: Sequence[Leaf], salts: Sequence[bytes] | None = None
) -> tuple[dict[str, Any], list[Opening]]:
    """The document with a root over any `leaves` under any `salts`, and their openings: what an
    author can sign who keeps none of the rules.
    """
    salts = salts or [sealed.salt(SEED, index) for index in range(len(leaves))]
    hashes = [leaf_hash(leaf, salt) for leaf, salt in zip(leaves, salts, strict=True)]
    root, paths = merkle.tree(hashes)
    openings = [
        Opening(index, salt, leaf, path)
        for index, (salt, leaf, path) in enumerate(zip(salts, leaves, paths, strict=True))
    ]
    return with_seal(document, root=root.hex()), openings


def leaf_hash(leaf: Leaf, salt: bytes) -> bytes:
    """The hash of a leaf as docs/format.md has it, by rfc8785."""
    if isinstance(leaf, SealedLink):
        link = leaf.link
        value: dict[str, Any] = {
            "salt": salt.hex(),
            "subject": link.subject,
            "position": link.position,
            "previous": link.previous,
        }
        value |= {} if link.closes is None else {"closes": link.closes}
        value |= {} if leaf.role is None else {"role": leaf.role.value}
    else:
        value = {"salt": salt.hex(), "member": leaf.member.value, "value": leaf.value}
    return hashlib.sha256(b"\0" + rfc8785.dumps(value)).digest()


def moved_to(opening: Opening, **changes: Any) -> Opening:
    """The opening with another link."""
    assert isinstance(opening.leaf, SealedLink)
    return replace(opening, leaf=SealedLink(replace(opening.leaf.link, **changes)))
