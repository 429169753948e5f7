"""Deriving the whole ledger again from its entries, and comparing every file and head
with the result.

Memory stays flat: of each level of tiles only the last, unfinished tile is held.
"""

import heapq
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from provenance.core import errors, printing
from provenance.core.ledger import merkle, tiles
from provenance.core.ledger.tree_head import TreeHead as Head


class Fault(Exception):
    """The first thing that is wrong: `where` (a table and index, or a file), `code`,
    and the expectation.
    """

    def __init__(self, where: str, code: str, detail: str) -> None:
        self.where = printing.printable(where)
        self.code = code
        self.detail = printing.printable(detail)
        super().__init__(f"{self.where}: {code}: {self.detail}")


@dataclass
class TileAudit:
    """Takes the entries of a ledger of `size` in order and compares its files, each as
    soon as it is complete.
    """

    folder: Path
    size: int
    _entries: list[bytes] = field(default_factory=list)
    _levels: list[list[bytes]] = field(default_factory=lambda: [[]])
    _first: list[int] = field(default_factory=lambda: [0])

    def skip(self, first: int, reader: tiles.TileReader) -> None:
        """Begin at entry `first`, a full tile's, of a tree that was compared before."""
        count = first
        self._levels, self._first = [], []
        while count or not self._levels:
            index, width = divmod(count, tiles.FULL)
            level = len(self._levels)
            self._levels.append(reader.hashes(level, index)[:width] if width else [])
            self._first.append(index)
            count = index

    def add(self, entry: bytes, leaf: bytes) -> None:
        """Take the next entry and its leaf hash."""
        self._entries.append(entry)
        self._levels[0].append(leaf)
        level = 0
        while len(self._levels[level]) == tiles.FULL:
            self._check(level)
            root = merkle.root(self._levels[level])
            self._levels[level] = []
            self._first[level] += 1
            level += 1
            if level == len(self._levels):
                self._levels.append([])
                self._first.append(0)
            self._levels[level].append(root)

    def finish(self) -> None:
        """Compare the partial tiles of the last head, and every older partial tile that
        is still there.
        """
        for level, hashes in enumerate(self._levels):
            if hashes:
                self._check(level)
        for path in sorted((self.folder / "tile").rglob("*.p/*")):
            self._check_older(path)

    def _check(self, level: int) -> None:
        index, width = self._first[level], len(self._levels[level])
        self._compare(tiles.Tile(level, index, width), tiles.hash_tile_bytes(self._levels[level]))
        if level == 0:
            self._compare(
                tiles.Tile(tiles.ENTRIES, index, width), tiles.encode_bundle(self._entries)
            )
            self._entries = []

    def _compare(self, tile: tiles.Tile, expected: bytes) -> None:
        if self._read(tile)[: len(expected)] != expected:
            raise Fault(
                tile.path(), errors.BadTile.code, "other bytes than the record's events give"
            )

    def _check_older(self, path: Path) -> None:
        """A partial tile within the tree must begin the tile that was compared; beyond
        the tree it promises nothing.
        """
        name = path.relative_to(self.folder).as_posix()
        try:
            tile = tiles.parse_path(name)
        except errors.BadTile:
            return  # a draft that a crash left behind
        widest = self._widest(tile)
        if tile.width > widest:
            return
        whole = self._read(tiles.Tile(tile.level, tile.index, widest))
        raw = path.read_bytes()
        if not whole.startswith(raw) or len(raw) != _length(tile):
            raise Fault(name, errors.BadTile.code, "other bytes than the wider tile begins with")

    def _widest(self, tile: tiles.Tile) -> int:
        """The width that the tile has in the whole tree; 0 or less beyond it."""
        shift = 0 if isinstance(tile.level, str) else tiles.HEIGHT * tile.level
        return min(tiles.FULL, (self.size >> shift) - tile.index * tiles.FULL)

    def _read(self, tile: tiles.Tile) -> bytes:
        """The tile's file; of a partial tile, the full file where that has replaced
        it.
        """
        for candidate in (tile, tile.full()):
            try:
                raw = (self.folder / candidate.path()).read_bytes()
            except OSError:
                continue
            if len(raw) == _length(candidate):
                return raw
            raise Fault(candidate.path(), errors.BadTile.code, f"a file of {len(raw)} bytes")
        raise Fault(tile.path(), errors.BadTile.code, "there is no such file")


def _length(tile: tiles.Tile) -> int:
    """How long this tile's file is: entries here are digests, 32 bytes like the hashes,
    after two of length.
    """
    return tile.width * (merkle.HASH_BYTES + (2 if tile.level == tiles.ENTRIES else 0))


class HeadAudit:
    """Takes leaf hashes in order and compares the root at each size for which there is
    a head.
    """

    def __init__(self, edge: merkle.RightEdge, *heads: Iterable[tuple[str, Head]]) -> None:
        """`edge` is the tree before the first leaf; `heads` are iterables of (where,
        head), each ordered by size and none smaller than that tree.
        """
        self.confirmed: Head | None = None
        self._heads: Iterator[tuple[str, Head]] = heapq.merge(*heads, key=lambda each: each[1].size)
        self._next = next(self._heads, None)
        self._edge = edge
        self._waiting: list[bytes] = []
        self._check()  # a head of that very tree

    def add(self, leaf: bytes) -> None:
        """Take the next leaf hash."""
        self._waiting.append(leaf)
        if self._next is not None and self._next[1].size <= self._edge.size + len(self._waiting):
            self._check()
        elif len(self._waiting) == tiles.FULL:
            self._grow()

    def finish(self) -> None:
        """Raise Fault if a head is of more entries than there were."""
        self._check()
        if self._next is not None:
            where, head = self._next
            raise Fault(
                where,
                errors.LogInconsistent.code,
                f"signed over {head.size} entries, and the database has {self._edge.size}",
            )

    def _check(self) -> None:
        self._grow()
        while self._next is not None and self._next[1].size == self._edge.size:
            where, head = self._next
            if head.root != self._edge.root():
                raise Fault(
                    where, errors.BadProof.code, "another root than the record's events give"
                )
            self.confirmed = head
            self._next = next(self._heads, None)

    def _grow(self) -> None:
        self._edge = self._edge.append(self._waiting)
        self._waiting = []
