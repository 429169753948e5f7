"""The documents that were read here, remembered by their digests.

A digest names all bytes of its document, so the event that they mean is always the same.
The memory is asked for the digest of the bytes at hand, computed anew: a stored document
with another byte is another document, and is read.
"""

from typing import Final

from provenance.core import errors
from provenance.core.record.event import SignedEvent
from provenance.core.signing import canonical
from provenance.services.memory import BoundedMemory
from provenance.services.record import events

MOST: Final = 8 * 1024 * 1024  # bytes of documents in each process: about ten times that in memory


class DocumentMemory:
    """The events of documents of at most `most` bytes together. Nobody may change the
    document of an event that it returns.
    """

    def __init__(self, most: int = MOST) -> None:
        self._events: BoundedMemory[str, SignedEvent] = BoundedMemory(most)

    def read(self, raw: bytes, digest: str) -> SignedEvent:
        """Return the event whose row holds this document and digest. Raises as
        `events.read`, and BrokenLink for another spelling than RFC 8785's, which is what a
        verifier of the bundle hashes.
        """
        events.check(raw, digest)
        return self._events.get(digest) or self._events.keep(digest, _read(raw, digest), len(raw))


def _read(raw: bytes, digest: str) -> SignedEvent:
    event = events.parsed(raw, digest)
    if canonical.serialize(event.document) != raw:
        raise errors.BrokenLink(f"the stored document {digest} is not in its RFC 8785 spelling")
    return event


read: Final = DocumentMemory().read
