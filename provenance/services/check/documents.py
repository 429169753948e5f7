"""The documents that were read here, remembered by their digests.

A digest names all bytes of its document, so the event that they mean is always the same; an
opening is remembered by all columns that it comes from.
The memory is asked for the digest of the bytes at hand, computed anew: a stored document
with another byte is another document, and is read.
"""

from typing import Final, TypeAlias

from provenance.core import errors
from provenance.core.record.event import SignedEvent
from provenance.core.signing import canonical
from provenance.services.memory import BoundedMemory
from provenance.services.record import events
from provenance.services.seals import StoredLink

MOST: Final = 8 * 1024 * 1024  # bytes of documents in each process: about ten times that in memory
Name: TypeAlias = tuple[str, StoredLink | None]
"""The digest, and the rows of an opened link: other bytes in any of them are read anew."""


class DocumentMemory:
    """The events of documents of at most `most` bytes together. Nobody may change the
    document of an event that it returns.
    """

    def __init__(self, most: int = MOST) -> None:
        self._events: BoundedMemory[Name, SignedEvent] = BoundedMemory(most)

    def read(self, raw: bytes, digest: str, link: StoredLink | None = None) -> SignedEvent:
        """Return the event whose row holds this document and digest, with its sealed `link`
        opened. Raises as `events.check` and `events.parsed`, and BrokenLink for another spelling
        than RFC 8785's, which is what a verifier of the bundle hashes.
        """
        events.check(raw, digest)
        name = digest, link
        return self._events.get(name) or self._events.keep(name, _read(raw, *name), len(raw))


def _read(raw: bytes, digest: str, link: StoredLink | None) -> SignedEvent:
    event = events.parsed(raw, digest, link)
    if canonical.serialize(event.document) != raw:
        raise errors.BrokenLink(f"the stored document {digest} is not in its RFC 8785 spelling")
    return event


read: Final = DocumentMemory().read
