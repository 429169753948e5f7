"""Events that a database restored too old may take.

The lock store then knows of more entries than the database has. Another event in the
place of a missing event would keep that from ever coming back, and nothing would be
signed again. So only missing events are taken, until all are back.
"""

import functools

from django.conf import settings

from provenance.core import errors
from provenance.core.ledger import tiles
from provenance.core.ledger.tree_head import TreeHead as Head
from provenance.models import Event
from provenance.services.ledger import compare
from provenance.services.ledger.ledger import Ledger, open_ledger
from provenance.services.ledger.lock_store import FileLockStore


def awaited() -> frozenset[str] | None:
    """The digests that are signed from the first entry on that the database has no event
    for; None while it has all. Raises LogInconsistent where the tiles do not say.

    A lock store without a head of this ledger knows nothing: events are taken then, and
    nothing is signed.
    """
    signed = FileLockStore(settings.CUSTOS_LOCK_DIR).load()
    identity = (
        settings.CUSTOS_LEDGER_ORIGIN,
        settings.CUSTOS_LEDGER_KEY,
        settings.CUSTOS_LEDGER_FORMER,
    )
    head = None if signed is None else _head(signed, *identity)
    if head is None or Event.objects.filter(ledger_index=head.size - 1).exists():
        return None
    return _digests(open_ledger(), head, compare.next_index())


@functools.lru_cache(maxsize=4)
def _head(
    signed: bytes, _origin: str, _seed: str, _former: tuple[tuple[str, int, str], ...]
) -> Head | None:
    """The signed head, remembered for this name and key of the ledger, and those before it."""
    try:
        return open_ledger().open_head(signed, "the lock store")
    except errors.LogInconsistent:
        return None


def _digests(ledger: Ledger, head: Head, first: int) -> frozenset[str]:
    """The entries of this tree from `first` on."""
    reader = compare.read_tiles(ledger, head)
    start = first // tiles.FULL
    entries = [
        digest
        for bundle in range(start, (head.size + tiles.FULL - 1) // tiles.FULL)
        for digest in compare.entries(reader, bundle)
    ]
    return frozenset(entries[first - start * tiles.FULL :])
