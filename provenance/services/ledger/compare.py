"""The comparison of all that is known of the ledger, before anything is sequenced or
signed.

    published file  <=  lock store  <=  database
    newest row      <=  lock store

in entries; and each is a beginning of the next.

The lock store may be ahead of what is published (a crash between the two: publish
again) and the database ahead of the lock store (sequenced, not signed yet: integrate).
Anything else means that somebody forgot: a database restored from an older dump, a lock
store put back, a file altered. Then nothing is sequenced and nothing is signed, because
a second tree head for the same size, over other entries, could never be taken back.
Events are accepted all the same, unless it is the database that forgot (`restored`).
"""

import contextlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from provenance.core import errors
from provenance.core.ledger import former, merkle, tiles
from provenance.core.ledger.tree_head import TreeHead as Head
from provenance.models import Event, TreeHead
from provenance.services.ledger.ledger import Ledger


@dataclass(frozen=True)
class Comparison:
    """The last signed head (as stored, and read), a reader of its tiles, what is
    published, the database's size.
    """

    signed: bytes | None
    head: Head
    reader: tiles.TileReader
    published: Head
    newest_row: int
    sequenced: int


def compare(ledger: Ledger) -> Comparison:
    """Return the comparison, or raise LogInconsistent."""
    # Each of these only grows, and each is behind the next; so read in this order, two
    # workers cannot alarm each other.
    published = ledger.open_head(ledger.files.published(), "the published checkpoint")
    row = open_row(ledger, TreeHead.objects.order_by("-size").first())
    signed = ledger.lock.load()
    head = ledger.open_head(signed, "the lock store")
    _check_ended(ledger, head)

    reader = read_tiles(ledger, head)
    for place, older in (
        ("the published checkpoint", published),
        ("the newest tree head row", row),
    ):
        _check_beginning(reader, place, older)
    sequenced = next_index()
    if sequenced < head.size:
        raise errors.LogInconsistent(
            f"the database has {sequenced} entries and {head.size} are signed: "
            "was an older backup restored?",
            place="the database",
            sequenced=sequenced,
            signed=head.size,
        )
    _check_last_bundle(reader)
    return Comparison(signed, head, reader, published, row.size, sequenced)


def _check_ended(ledger: Ledger, head: Head) -> None:
    """Raise LogInconsistent for a former ledger's tree head that is not its last: the settings
    say otherwise than the lock store where it ended.
    """
    ended = former.find(ledger.former, head.origin)
    if ended is not None and head.size != ended.size:
        raise errors.LogInconsistent(
            f"the lock store has {head.size} entries of {head.origin}, which ended with"
            f" {ended.size} by the settings",
            place="the lock store",
        )


def next_index() -> int:
    """The ledger index that the next sequenced event gets; they are dense, held by a
    trigger.
    """
    last = (
        Event.objects.filter(ledger_index__isnull=False)
        .order_by("-ledger_index")
        .values_list("ledger_index")
        .first()
    )
    return 0 if last is None or last[0] is None else last[0] + 1


def open_row(ledger: Ledger, row: TreeHead | None) -> Head:
    """The tree head of a row, its columns checked against its note; None is the empty
    tree. Raises LogInconsistent.
    """
    head = ledger.open_head(None if row is None else row.note.encode(), "the newest tree head row")
    if row is not None and (row.size, row.root) != (head.size, head.root.hex()):
        raise errors.LogInconsistent(
            f"the tree head row of {row.size} has another note", place=f"tree head {row.size}"
        )
    return head


def read_tiles(ledger: Ledger, head: Head) -> tiles.TileReader:
    """A reader of this tree's files, which has checked their right edge. Raises
    LogInconsistent.
    """
    with _tiles_at_fault():
        return tiles.TileReader(ledger.files.fetch, head.size, head.root)


def entries(reader: tiles.TileReader, bundle: int) -> list[str]:
    """The digests in one entry bundle, checked against the tree. Raises
    LogInconsistent.
    """
    with _tiles_at_fault():
        return [entry.hex() for entry in reader.entries(bundle)]


def check_entries(first: int, expected: Sequence[str]) -> None:
    """Raise LogInconsistent unless the database has these digests from ledger index
    `first` on.
    """
    for index, (ours, theirs) in enumerate(
        zip(digests(first, len(expected)), expected, strict=True), first
    ):
        if ours != theirs:
            raise errors.LogInconsistent(
                f"entry {index} is {theirs} in the tiles and {ours} in the database",
                place=f"entry {index}",
            )


def digests(first: int, limit: int) -> list[str]:
    """The digests at `first` and after, at most `limit`. Raises LogInconsistent for a
    gap.
    """
    rows = list(
        Event.objects.filter(ledger_index__gte=first, ledger_index__lt=first + limit)
        .order_by("ledger_index")
        .values_list("ledger_index", "digest")
    )
    for expected, (index, _) in enumerate(rows, first):
        if index != expected:
            raise errors.LogInconsistent(
                f"the database has no entry {expected}", place=f"entry {expected}"
            )
    return [digest for _, digest in rows]


@contextlib.contextmanager
def _tiles_at_fault() -> Iterator[None]:
    try:
        yield
    except errors.BadTile as error:
        raise errors.LogInconsistent(
            f"the tiles: {error.detail}", place="the tiles", cause=error.code
        ) from error


def _check_beginning(reader: tiles.TileReader, place: str, older: Head) -> None:
    if older.size > reader.size:
        raise errors.LogInconsistent(
            f"{place} has {older.size} entries and the lock store {reader.size}: "
            "was the lock store put back or lost?",
            place=place,
        )
    with _tiles_at_fault():
        root = merkle.root_from(reader.read, older.size)
    if root != older.root:
        raise errors.LogInconsistent(
            f"{place} is not a beginning of what the lock store holds", place=place
        )


def _check_last_bundle(reader: tiles.TileReader) -> None:
    """The newest entries, in tiles and in rows: where a database that went its own way
    differs first.
    """
    if reader.size:
        bundle = (reader.size - 1) // tiles.FULL
        check_entries(bundle * tiles.FULL, entries(reader, bundle))
