"""The documents that were read here, remembered by their digests.

A digest names all bytes of its document, so the event that they mean is always the same.
The memory is asked for the digest of the bytes at hand, computed anew: a stored document
with another byte is another document, and is read.
"""

import threading
from collections import OrderedDict
from typing import Final

from provenance.core.record.event import SignedEvent
from provenance.services.record import events

MOST: Final = 8 * 1024 * 1024  # bytes of documents in each process: about ten times that in memory


class DocumentMemory:
    """The events of documents of at most `most` bytes together, the last used kept
    longest. Nobody may change the document of an event that it returns.
    """

    def __init__(self, most: int = MOST) -> None:
        self._most = most
        self._held = 0
        self._events: OrderedDict[str, tuple[SignedEvent, int]] = OrderedDict()
        self._lock = threading.Lock()

    def read(self, raw: bytes, digest: str) -> SignedEvent:
        """Return the event whose row holds this document and digest. Raises as
        `events.read`.
        """
        events.check(raw, digest)
        with self._lock:
            if digest in self._events:
                self._events.move_to_end(digest)
                return self._events[digest][0]
        event = events.parsed(raw, digest)
        with self._lock:
            self._keep(event, len(raw))
        return event

    def _keep(self, event: SignedEvent, size: int) -> None:
        if event.digest in self._events:
            return
        self._events[event.digest] = event, size
        self._held += size
        while self._held > self._most:
            _, (_, freed) = self._events.popitem(last=False)
            self._held -= freed


read: Final = DocumentMemory().read
