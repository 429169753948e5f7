"""The documents that were read here, remembered by their digests.

A digest names all bytes of its document, so the event that they mean is always the same.
The memory is asked for the digest of the bytes at hand, computed anew: a stored document
with another byte is another document, and is read.
"""

from typing import Final

from provenance.core.record.event import SignedEvent
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
        `events.read`.
        """
        events.check(raw, digest)
        event = self._events.get(digest)
        if event is None:
            event = self._events.keep(digest, events.parsed(raw, digest), len(raw))
        return event


read: Final = DocumentMemory().read
