"""The signatures that were verified here, remembered by the digests of their documents.

A page with 1,000 events would verify 1,000 signatures for each view. A digest names all
bytes of its document, signature and key among them, so what was verified once needs no
second time; whether the key was in force, and links, states and proofs, depend on other
documents and are checked for each view.
"""

from typing import Final

from provenance.core.check import bundle
from provenance.core.record.event import SignedEvent
from provenance.services.memory import BoundedMemory

MOST: Final = 100_000  # digests in each process: about 20 MB


class SignatureMemory:
    """The digests of at most `most` documents whose signatures are good."""

    def __init__(self, most: int = MOST) -> None:
        self._good: BoundedMemory[str, bool] = BoundedMemory(most)

    def check_event(self, event: SignedEvent, host: str) -> None:
        """Raise as `bundle.check_event` does: of a document whose signature passed, the
        event hash passed before it.
        """
        if event.host != host or not self._good.get(event.digest):
            bundle.check_event(event, host)

    def verify(self, event: SignedEvent) -> None:
        """Raise as `bundle.verify_signature` does. `event.digest` MUST be computed from the
        document.
        """
        if not self._good.get(event.digest):
            bundle.verify_signature(event)
            self._good.keep(event.digest, True)


_memory: Final = SignatureMemory()
check_event: Final = _memory.check_event
verify: Final = _memory.verify
