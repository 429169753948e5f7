"""The signatures that were verified here, remembered by the digests of their documents.

A page with 1,000 events would verify 1,000 signatures for each view. A digest names all
bytes of its document, signature and key among them, so what was verified once needs no
second time; whether the key was in force, and links, states and proofs, depend on other
documents and are checked for each view.
"""

import threading
from collections import OrderedDict
from typing import Final

from provenance.core.check import bundle
from provenance.core.record.event import SignedEvent

MOST: Final = 100_000  # digests in each process: about 15 MB


class SignatureMemory:
    """The digests of at most `most` documents whose signatures are good, the last used
    kept longest.
    """

    def __init__(self, most: int = MOST) -> None:
        self._most = most
        self._digests: OrderedDict[str, None] = OrderedDict()
        self._lock = threading.Lock()

    def check_event(self, event: SignedEvent, host: str) -> None:
        """Raise as `bundle.check_event` does: of a document whose signature passed, the
        event hash passed before it.
        """
        if event.host != host or not self._has(event.digest):
            bundle.check_event(event, host)

    def verify(self, event: SignedEvent) -> None:
        """Raise as `bundle.verify_signature` does. `event.digest` MUST be computed from the
        document.
        """
        if self._has(event.digest):
            return
        bundle.verify_signature(event)
        with self._lock:
            self._digests[event.digest] = None
            if len(self._digests) > self._most:
                self._digests.popitem(last=False)

    def _has(self, digest: str) -> bool:
        with self._lock:
            if digest not in self._digests:
                return False
            self._digests.move_to_end(digest)
            return True


_memory: Final = SignatureMemory()
check_event: Final = _memory.check_event
verify: Final = _memory.verify
