"""Signed events as they are stored, read back."""

from provenance.core import errors
from provenance.core.record import reading
from provenance.core.record.event import SignedEvent
from provenance.core.signing import canonical


def read(document: str, digest: str) -> SignedEvent:
    """Return the event whose row holds this document and digest.

    Nothing is believed because we stored it: the digest is checked at every reading,
    which costs a hundredth of the parsing. (`fsck` alone reads for itself: it names the
    first thing that is wrong, in an order and with codes of its own.) Raises as `check`,
    `canonical.parse` and `reading.read` do.
    """
    raw = document.encode()
    check(raw, digest)
    return parsed(raw, digest)


def check(raw: bytes, digest: str) -> None:
    """Raise BrokenLink for a stored document with another digest than its row's."""
    if canonical.digest(raw) != digest:
        raise errors.BrokenLink(f"the stored document does not hash to {digest}")


def parsed(raw: bytes, digest: str) -> SignedEvent:
    """Return the event in a stored document that hashes to `digest`. Raises as
    `canonical.parse` and `reading.read` do.
    """
    return reading.read(canonical.parse(raw), digest)
