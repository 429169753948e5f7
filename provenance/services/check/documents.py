"""The documents that were read here, remembered by their digests.

A digest names all bytes of its document, so the event that they mean is always the same; an
opening is remembered by all columns that it comes from.
The memory is asked for the digest of the bytes at hand, computed anew: a stored document
with another byte is another document, and is read.
"""

import threading
from collections import OrderedDict
from typing import Final, TypeAlias

from provenance.core.record.event import SignedEvent
from provenance.services.record import events
from provenance.services.seals import StoredLink

MOST: Final = 8 * 1024 * 1024  # bytes of documents in each process: about ten times that in memory
Name: TypeAlias = tuple[str, StoredLink | None]
"""The digest, and the rows of an opened link: other bytes in any of them are read anew."""


class DocumentMemory:
    """The events of documents of at most `most` bytes together, the last used kept
    longest. Nobody may change the document of an event that it returns.
    """

    def __init__(self, most: int = MOST) -> None:
        self._most = most
        self._held = 0
        self._events: OrderedDict[Name, tuple[SignedEvent, int]] = OrderedDict()
        self._lock = threading.Lock()

    def read(self, raw: bytes, digest: str, link: StoredLink | None = None) -> SignedEvent:
        """Return the event whose row holds this document and digest, with its sealed `link`
        opened. Raises as `events.check` and `events.parsed`.
        """
        events.check(raw, digest)
        name = digest, link
        with self._lock:
            if name in self._events:
                self._events.move_to_end(name)
                return self._events[name][0]
        event = events.parsed(raw, digest, link)
        with self._lock:
            self._keep(name, event, len(raw))
        return event

    def _keep(self, name: Name, event: SignedEvent, size: int) -> None:
        if name in self._events:
            return
        self._events[name] = event, size
        self._held += size
        while self._held > self._most:
            _, (_, freed) = self._events.popitem(last=False)
            self._held -= freed


read: Final = DocumentMemory().read
