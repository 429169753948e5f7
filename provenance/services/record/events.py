"""Signed events as they are stored, read back.

Nothing is believed because we stored it: the digest is checked at every reading, which costs a
hundredth of the parsing, and openings are proven again under the root of their event. (`fsck`
alone reads documents for itself: it names the first thing that is wrong, in an order and with
codes of its own.)
"""

from typing import Any

from provenance.core import errors
from provenance.core.record import reading
from provenance.core.record.event import SignedEvent
from provenance.core.signing import canonical
from provenance.services import seals
from provenance.services.seals import Seal, StoredLink


def read(document: str, digest: str) -> SignedEvent:
    """Return the event whose row holds this document and digest, nothing of it opened. Raises
    as `check` and `parsed`.
    """
    raw = document.encode()
    check(raw, digest)
    return parsed(raw, digest)


def read_whole(document: str, digest: str, seal: Seal | None) -> SignedEvent:
    """Return the event with all that it seals. Raises as `read`, and SealLocked, KeyLocked."""
    value = parse(document, digest)
    return reading.read(value, digest, openings=seal.contents(value) if seal else ())


def parse(document: str, digest: str) -> Any:
    """Return the parsed document of a row. Raises as `check` and `canonical.parse`."""
    raw = document.encode()
    check(raw, digest)
    return canonical.parse(raw)


def check(raw: bytes, digest: str) -> None:
    """Raise BrokenLink for a stored document with another digest than its row's."""
    if canonical.digest(raw) != digest:
        raise errors.BrokenLink(f"the stored document does not hash to {digest}")


def parsed(raw: bytes, digest: str, link: StoredLink | None = None) -> SignedEvent:
    """Return the event in a stored document that hashes to `digest`, with its sealed `link`
    opened. Raises as `canonical.parse` and `reading.read` do, and SealLocked, KeyLocked.
    """
    value = canonical.parse(raw)
    shown = seals.openings(value, digest, link.seed, [link.row]) if link is not None else ()
    return reading.read(value, digest, openings=shown)
