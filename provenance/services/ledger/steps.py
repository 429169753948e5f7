"""Sequence, integrate, publish: three steps, each of which can be run again; and the change to
another key.

    sequence    rows get the next dense indexes, in one transaction: an index once
                committed is never given again
    integrate   tiles from the rows beyond the last signed head -> disk -> sign ->
                compare-and-swap into the lock store
    publish     the head in the lock store becomes the checkpoint file and a TreeHead row

    succeed     the last head of a former ledger, which was frozen, is signed again as the
                first of the next, under its name and with its key

There is no recovery code. The next run of the steps starts from the durable state,
computes the same bytes and continues.
"""

from dataclasses import replace
from datetime import datetime

from django.db import connection, transaction
from django.db.backends.utils import CursorWrapper
from django.utils import timezone

from provenance.core import errors
from provenance.core.ledger import former, tiles, tree_head
from provenance.core.ledger.former import FormerLedger
from provenance.models import TreeHead
from provenance.services.ledger import compare
from provenance.services.ledger.ledger import Ledger

_SEQUENCE_LOCK = 0x6375_7374_0001
_PUBLISH_LOCK = 0x6375_7374_0002

# A chain's events have growing recorded_at, and the second is only stored once the
# first is: so the order of this statement keeps every chain in order, whatever commits
# while it runs.
_SEQUENCE = """
    UPDATE provenance_event SET ledger_index = %s + pending.place - 1
    FROM (
        SELECT id, row_number() OVER (ORDER BY recorded_at, id) AS place
        FROM (
            SELECT id, recorded_at FROM provenance_event WHERE ledger_index IS NULL
            ORDER BY recorded_at, id LIMIT %s
        ) AS next
    ) AS pending
    WHERE provenance_event.id = pending.id
"""


def succeed(ledger: Ledger) -> None:
    """Sign the last tree head of a former ledger as the first of this one, over the same
    entries and tiles. Does nothing while the lock store holds a head of this ledger, or none.
    Raises LogInconsistent, also where the former ledger was not frozen, and SwapLost.
    """
    head = ledger.open_head(ledger.lock.load(), "the lock store")
    ended = former.find(ledger.former, head.origin)
    if ended is None:
        return
    if ended.verifier.vkey() not in ledger.lock.frozen():
        raise errors.LogInconsistent(
            f"{head.origin} was not frozen: with its key set, run freeze_ledger",
            place="the lock store",
        )
    compared = compare.compare(ledger)
    signed = tree_head.sign(replace(compared.head, origin=ledger.origin), ledger.signer)
    # A crash here: a signature that left no trace. The next is the same.
    ledger.lock.swap(compared.signed, signed)
    # A crash here: the new ledger has begun, and `publish` says so.


def freeze(ledger: Ledger) -> FormerLedger | None:
    """Sign nothing more with this ledger's key, publish what is signed, and return the end of
    the ledger; None for a ledger that was never signed. Raises LogInconsistent.
    """
    compare.compare(ledger)
    ledger.lock.freeze(ledger.signer.verifier.vkey())
    # A crash here: frozen, and perhaps not published. Freezing again goes on.
    publish(ledger)
    head = ledger.open_head(ledger.lock.load(), "the lock store")
    return FormerLedger(ledger.signer.verifier, head.size, head.root) if head.size else None


def sequence(ledger: Ledger, limit: int) -> int:
    """Give up to `limit` unanchored events the next indexes; return how many got an index.
    Raises LogInconsistent.
    """
    ledger.check_not_frozen()
    with transaction.atomic(), connection.cursor() as cursor:
        lock_sequence(cursor)
        compared = compare.compare(ledger)
        cursor.execute(_SEQUENCE, [compared.sequenced, limit])
        return int(cursor.rowcount)
        # A crash before the commit: no event has an index, and the next sweep begins
        # anew. A crash after it: the indexes stay, unsigned, and `integrate` finds
        # them.


def lock_sequence(cursor: CursorWrapper) -> None:
    """Have this transaction be the only one that gives indexes, until it ends."""
    cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_SEQUENCE_LOCK])


def integrate(ledger: Ledger, limit: int) -> int:
    """Sign a tree head over up to `limit` sequenced events more; return how many.
    Raises LogInconsistent, SwapLost.
    """
    compared = compare.compare(ledger)
    entries = [bytes.fromhex(digest) for digest in compare.digests(compared.head.size, limit)]
    if not entries:
        return 0
    files, edge = tiles.grow(compared.reader, entries)
    ledger.files.write(files)
    # A crash here, or among the files: whole tiles that no signed head covers. They are
    # written again, with these same bytes where they have the same path. Not the other
    # way round: a head signed before its tiles are on disk could turn out to have none.
    signed = tree_head.sign(
        tree_head.TreeHead(ledger.origin, edge.size, edge.root()), ledger.signer
    )
    # A crash here: a signature that left no trace. The next one is the same, or over
    # more entries.
    ledger.lock.swap(compared.signed, signed)
    # A crash here: signed and kept, not published. `publish` starts from the lock
    # store, so nothing is lost.
    return len(entries)


def publish(ledger: Ledger) -> TreeHead | None:
    """Publish the head in the lock store; return the new row, or None if nothing is new.
    Raises LogInconsistent.
    """
    with transaction.atomic(), connection.cursor() as cursor:
        # Under a lock, so that a worker that was slow cannot put an older head back
        # over a newer one.
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_PUBLISH_LOCK])
        compared = compare.compare(ledger)
        if compared.signed is None:
            return None
        if compared.published != compared.head:
            ledger.files.publish(compared.signed)
        # A crash here: the checkpoint file is public and the row is missing. The next
        # sweep adds the row.
        row = None
        if compared.newest_row != compared.head.size:
            row = TreeHead.objects.create(
                size=compared.head.size,
                root=compared.head.root.hex(),
                note=compared.signed.decode(),
                signed_at=_signed_at(),
            )
    # A crash here: some partial tiles stay beside the full ones that replaced them,
    # which does no harm.
    grown = tiles.tiles_for(compared.published.size, compared.head.size)
    ledger.files.drop_partials(tile for tile in grown if tile.width == tiles.FULL)
    return row


def _signed_at() -> datetime:
    """Now, and never before the newest head, whatever the clock does."""
    newest = TreeHead.objects.order_by("-size").values_list("signed_at", flat=True).first()
    now = timezone.now()
    return now if newest is None or newest <= now else newest
