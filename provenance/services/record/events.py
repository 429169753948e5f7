"""Signed events as they are stored, read back.

Nothing is believed because we stored it: the digest is checked at every reading, which costs a
hundredth of the parsing, and openings are proven again under the root of their event. (`fsck` alone
reads documents for itself: it names the first thing that is wrong, in an order and with codes of
its own.)
"""

from typing import Any

from provenance.core import errors
from provenance.core.record import reading
from provenance.core.record.event import SignedEvent
from provenance.core.record.reading import Openings
from provenance.core.signing import canonical
from provenance.services.seals import Seal


def read(document: str, digest: str, openings: Openings = ()) -> SignedEvent:
    """Return the event whose row holds this document and digest, opened so far.

    Raises BrokenLink for a document with another digest, and as `canonical.parse` and
    `reading.read` do.
    """
    return reading.read(parse(document, digest), digest, openings=openings)


def read_whole(document: str, digest: str, seal: Seal | None) -> SignedEvent:
    """Return the event with all that it seals. Raises as `read`, and SealLocked, KeyLocked."""
    parsed = parse(document, digest)
    return reading.read(parsed, digest, openings=seal.contents(parsed) if seal else ())


def parse(document: str, digest: str) -> Any:
    """Return the parsed document of a row. Raises BrokenLink where it has another digest, and as
    `canonical.parse` does.
    """
    raw = document.encode()
    if canonical.digest(raw) != digest:
        raise errors.BrokenLink(f"the stored document does not hash to {digest}")
    return canonical.parse(raw)
