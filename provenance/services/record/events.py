"""Signed events as they are stored, read back."""

from provenance.core import errors
from provenance.core.record import reading
from provenance.core.record.event import SignedEvent
from provenance.core.signing import canonical


def read(document: str, digest: str) -> SignedEvent:
    """Return the event whose row holds this document and digest.

    Nothing is believed because we stored it: the digest is checked at every reading,
    which costs a hundredth of the parsing. (`fsck` alone reads for itself: it names the
    first thing that is wrong, in an order and with codes of its own.) Raises BrokenLink
    for a document with another digest, else what `canonical.parse` and `reading.read`
    raise.
    """
    raw = document.encode()
    if canonical.digest(raw) != digest:
        raise errors.BrokenLink(f"the stored document does not hash to {digest}")
    return reading.read(canonical.parse(raw), digest)
