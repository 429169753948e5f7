"""The ledger as files: C2SP tlog-tiles.

    tile/<L>/<N>[.p/<W>]        256 hashes, or the first W of them: hash i of tile N at
                                level L is the root over the 256**L leaves that begin at
                                leaf (N * 256 + i) * 256**L
    tile/entries/<N>[.p/<W>]    a bundle: the entries themselves, each after its length in
                                two big-endian bytes

N is written in groups of three digits, all but the last with an "x" before: 1234067 is
x001/x234/067. A full tile never changes; a partial tile is replaced by a wider tile and
never hashed upward.

`TileReader` trusts nothing that it fetches. The partial tiles of a tree hold, together,
exactly the hashes that its root is made of, so they are checked against the root all
together; a full tile must hash to its entry in the tile above, itself checked before; a
bundle's entries must hash to their level-0 tile. Every byte of every file that was
fetched is thus covered (golang/vuldb GO-2026-6179 is a reader that covered only some). The
hashes of a file are a function of its bytes alone, and are remembered by them.
"""

import functools
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias, TypeVar

from provenance.core import errors
from provenance.core.ledger import merkle

HEIGHT: Final = 8
FULL: Final = 2**HEIGHT
MAX_ENTRY_BYTES: Final = 2**16 - 1
ENTRIES: Final = "entries"

Level: TypeAlias = int | Literal["entries"]
Fetch: TypeAlias = Callable[[str], bytes]
"""Return the bytes at a path such as tile/0/x001/234, or raise BadTile where there is
nothing.
"""

_PATH = re.compile(r"tile/(entries|[0-9]{1,2})/((?:x[0-9]{3}/)*[0-9]{3})(?:\.p/([0-9]{1,3}))?")
_MAX_CACHED = 4096
_MAX_FILES = 256  # whose hashes are remembered by all their bytes: 12 MB for tiles, 9 for bundles
_MAX_INDEX = 2**55


@dataclass(frozen=True, slots=True)
class Tile:
    """A file of the ledger. Its `width` is the number of its hashes or entries: 256 for
    a full tile.

    Raises BadTile for a level, index or width that no tile has.
    """

    level: Level
    index: int
    width: int = FULL

    def __post_init__(self) -> None:
        level = 0 if self.level == ENTRIES else self.level
        if not (0 <= level <= 63 and 0 <= self.index < _MAX_INDEX and 1 <= self.width <= FULL):
            raise errors.BadTile(
                f"no such tile: level {self.level}, {self.index}, width {self.width}"
            )

    def path(self) -> str:
        """Return the tile's path below the address of the ledger."""
        groups = [f"{self.index % 1000:03}"]
        above = self.index // 1000
        while above:
            groups.insert(0, f"x{above % 1000:03}")
            above //= 1000
        partial = "" if self.width == FULL else f".p/{self.width}"
        return f"tile/{self.level}/{'/'.join(groups)}{partial}"

    def full(self) -> "Tile":
        """Return the full tile that this tile will grow into."""
        return Tile(self.level, self.index)


@functools.lru_cache(maxsize=1_024)
def parse_path(path: str) -> Tile:
    """Return the tile with exactly this path, of at most 64 characters. Raises BadTile,
    also for another spelling of a tile's path.
    """
    match = _PATH.fullmatch(path)
    if match is None or len(path) > 64:
        raise errors.BadTile(f"not the path of a tile: {path!r:.80}")
    level, index, width = match.groups()
    tile = Tile(
        ENTRIES if level == "entries" else int(level),
        int(index.replace("x", "").replace("/", "")),
        FULL if width is None else int(width),
    )
    if tile.path() != path:
        raise errors.BadTile(f"expected {tile.path()}, got {path}")
    return tile


def partial_widths(size: int) -> list[int]:
    """Return the width of the partial tile at each level from 0 up; 0 where there is
    none, and none is served.
    """
    return [size >> shift & (FULL - 1) for shift in range(0, size.bit_length(), HEIGHT)]


def tiles_for(old_size: int, new_size: int) -> list[Tile]:
    """Return the files that a tree of `new_size` has and a tree of `old_size` had not,
    bundles first. Raises Malformed for a tree that shrinks.
    """
    if not 0 <= old_size <= new_size:
        raise errors.Malformed(f"a ledger cannot go from {old_size} to {new_size} entries")
    levels: list[Level] = [ENTRIES, *range((new_size.bit_length() + HEIGHT - 1) // HEIGHT)]
    files = []
    for level in levels:
        shift = 0 if isinstance(level, str) else HEIGHT * level
        before, after = old_size >> shift, new_size >> shift
        if before != after:
            indexes = range(before // FULL, (after + FULL - 1) // FULL)
            files += [Tile(level, index, min(FULL, after - index * FULL)) for index in indexes]
    return files


def hash_tile_bytes(hashes: Sequence[bytes]) -> bytes:
    """Return the file of a tile with these hashes, 1 to 256 of 32 bytes. Raises
    BadTile.
    """
    if not 1 <= len(hashes) <= FULL or any(len(hashed) != merkle.HASH_BYTES for hashed in hashes):
        raise errors.BadTile(f"expected 1 to {FULL} hashes of 32 bytes")
    return b"".join(hashes)


def split_tile(raw: bytes, width: int) -> list[bytes]:
    """Return the hashes in a tile's file. Raises BadTile unless there are exactly
    `width`.
    """
    if len(raw) != width * merkle.HASH_BYTES:
        raise errors.BadTile(f"expected {width} hashes, got {len(raw)} bytes")
    return [raw[at : at + merkle.HASH_BYTES] for at in range(0, len(raw), merkle.HASH_BYTES)]


def encode_bundle(entries: Sequence[bytes]) -> bytes:
    """Return the file of a bundle of these entries, 1 to 256 of at most 65,535 bytes.
    Raises BadTile.
    """
    if not 1 <= len(entries) <= FULL or any(len(entry) > MAX_ENTRY_BYTES for entry in entries):
        raise errors.BadTile(f"expected 1 to {FULL} entries of at most {MAX_ENTRY_BYTES} bytes")
    return b"".join(len(entry).to_bytes(2, "big") + entry for entry in entries)


def decode_bundle(raw: bytes) -> list[bytes]:
    """Return the entries of a bundle's file. Raises BadTile for a file that is torn,
    empty or over-full.
    """
    entries, at = [], 0
    while at < len(raw):
        end = at + 2 + int.from_bytes(raw[at : at + 2], "big")
        if end > len(raw):
            raise errors.BadTile("the bundle ends inside an entry")
        entries.append(raw[at + 2 : end])
        at = end
    if not 1 <= len(entries) <= FULL:
        raise errors.BadTile(f"expected 1 to {FULL} entries, got {len(entries)}")
    return entries


class TileReader:
    """A ledger of a known size and root, read from files that nobody needs to trust.

    Every method, and its making, raises BadTile for a file that is missing or does not
    hash to the root.
    """

    def __init__(self, fetch: Fetch, size: int, root: bytes) -> None:
        self.size = size
        self.root = root
        self._fetch = fetch
        self._partial: dict[tuple[int, int], list[list[bytes]]] = {}
        self._pyramids: dict[tuple[int, int], list[list[bytes]]] = {}
        self._bundles: dict[int, list[bytes]] = {}
        self._rests: dict[int, bytes] = {}
        self._above: dict[int, list[bytes]] = {}
        self._edge = self._read_right_edge()

    def read(self, level: int, index: int) -> bytes:
        """Return the root over the 2**level leaves that begin at leaf index * 2**level."""
        if level < 0 or not 0 <= index < self.size >> level:
            raise errors.BadTile(
                f"a tree of size {self.size} has no complete subtree {index} at level {level}"
            )
        tile_level, inside = divmod(level, HEIGHT)
        at = index << inside
        return self._pyramid(tile_level, at // FULL)[inside][at % FULL >> inside]

    def hashes(self, level: int, index: int) -> list[bytes]:
        """Return the hashes of a tile, as wide as it is in this tree."""
        self._width(level, index)
        return list(self._pyramid(level, index)[0])

    def entries(self, index: int) -> list[bytes]:
        """Return the entries of a bundle, as wide as it is in this tree."""
        if index not in self._bundles:
            tile = Tile(ENTRIES, index, self._width(0, index))
            fetched, raw = self._fetch_or_full(tile)
            entries, leaves = _leaves(raw)
            if len(entries) == fetched.width:
                entries, leaves = entries[: tile.width], leaves[: tile.width]
            if leaves != self._pyramid(0, index)[0]:
                raise errors.BadTile(f"{fetched.path()} holds other entries than the tree")
            _remember(self._bundles, index, entries)
        return list(self._bundles[index])

    def entry(self, index: int) -> bytes:
        """Return the entry at `index`. Raises BadTile also for an index outside."""
        if not 0 <= index < self.size:
            raise errors.BadTile(f"entry {index} is outside a ledger of {self.size}")
        bundle = index // FULL
        return (self._bundles.get(bundle) or self.entries(bundle))[index % FULL]

    def inclusion_proof(self, index: int) -> list[bytes]:
        """Return the proof that entry `index` is in this tree. Raises BadProof for an
        index outside.
        """
        if not 0 <= index < self.size:
            raise errors.BadProof(f"leaf {index} is outside a tree of size {self.size}")
        tile, inside = divmod(index, FULL)
        if tile not in self._above:
            _remember(self._above, tile, self._path(HEIGHT, tile, 64))
        if tile < self.size // FULL:
            levels = self._pyramid(0, tile)
            within = [levels[level][inside >> level ^ 1] for level in range(HEIGHT)]
        else:
            within = self._path(0, index, HEIGHT)
        return [*within, *self._above[tile]]

    def _path(self, level: int, node: int, end: int) -> list[bytes]:
        """Return the part of an inclusion proof from `node` at `level` up to before level
        `end`.
        """
        path: list[bytes] = []
        last = self.size - 1 >> level
        while last and level < end:
            sibling = node ^ 1
            if sibling < self.size >> level:
                path.append(self.read(level, sibling))
            elif sibling == last:
                path.append(self._rest(level))
            node, last, level = node >> 1, last >> 1, level + 1
        return path

    def _rest(self, level: int) -> bytes:
        """Return the root over the leaves that are in no complete subtree of `level`."""
        if level not in self._rests:
            begun = self.size >> level << level
            edge = merkle.RightEdge.of(self.read, self.size).hashes
            complete = (self.size - begun).bit_count()
            self._rests[level] = merkle.RightEdge(self.size - begun, edge[-complete:]).root()
        return self._rests[level]

    def consistency_proof(self, old: int) -> list[bytes]:
        """Return the proof that this tree begins with the tree of `old` entries. Raises
        BadProof for more than there are.
        """
        return merkle.prove_consistency_from(self.read, old, self.size)

    def right_edge(self) -> merkle.RightEdge:
        """Return the right edge of the tree, from which it can grow."""
        return self._edge

    def _read_right_edge(self) -> merkle.RightEdge:
        for level, width in enumerate(partial_widths(self.size)):
            if width:
                index = self.size >> HEIGHT * (level + 1)
                self._partial[level, index] = self._levels(Tile(level, index, width))
        # The edge is made of partial tiles only, and of all hashes of each.
        edge = merkle.RightEdge.of(self.read, self.size)
        if edge.root() != self.root:
            raise errors.BadTile("the tree's partial tiles do not hash to its root")
        return edge

    def _pyramid(self, level: int, index: int) -> list[list[bytes]]:
        """Return the subtrees inside a tile, checked; a partial tile was checked when
        the reader was made.
        """
        checked = self._partial.get((level, index)) or self._pyramids.get((level, index))
        if checked is not None:
            return checked
        tile = Tile(level, index)
        levels = self._levels(tile)
        above = self._pyramid(level + 1, index // FULL)[0][index % FULL]
        if levels[HEIGHT] != [above]:
            raise errors.BadTile(f"{tile.path()} does not hash to its entry in the tile above")
        _remember(self._pyramids, (level, index), levels)
        return levels

    def _levels(self, tile: Tile) -> list[list[bytes]]:
        fetched, raw = self._fetch_or_full(tile)
        return _subtrees(raw, fetched.width, tile.width)

    def _fetch_or_full(self, tile: Tile) -> tuple[Tile, bytes]:
        """Return the tile, or the full tile that begins with it, and its bytes: a
        partial tile may be gone once the full tile exists.
        """
        try:
            return tile, self._fetch(tile.path())
        except errors.BadTile:
            if tile.width == FULL:
                raise
            return tile.full(), self._fetch(tile.full().path())

    def _width(self, level: int, index: int) -> int:
        width = (
            min(FULL, (self.size >> HEIGHT * level) - index * FULL)
            if level >= 0 and index >= 0
            else 0
        )
        if width < 1:
            raise errors.BadTile(f"a tree of size {self.size} has no tile {index} at level {level}")
        return width


@functools.lru_cache(maxsize=_MAX_FILES)
def _subtrees(raw: bytes, fetched: int, width: int) -> list[list[bytes]]:
    """Return the subtrees inside the first `width` hashes of a tile's file. Raises as
    `split_tile`.
    """
    return merkle.pyramid(split_tile(raw, fetched)[:width])


@functools.lru_cache(maxsize=_MAX_FILES)
def _leaves(raw: bytes) -> tuple[list[bytes], list[bytes]]:
    """Return the entries in a bundle's file, and their leaf hashes. Raises as
    `decode_bundle`.
    """
    entries = decode_bundle(raw)
    return entries, [merkle.leaf_hash(entry) for entry in entries]


def grow(
    reader: TileReader, entries: Sequence[bytes]
) -> tuple[list[tuple[Tile, bytes]], merkle.RightEdge]:
    """Return the files that these entries add to a ledger (those of `tiles_for`), each
    with its bytes, and the new right edge. Raises BadTile.
    """
    leaf_hashes = [merkle.leaf_hash(entry) for entry in entries]
    first, begun = divmod(reader.size, FULL)
    rows = [*(reader.entries(first) if begun else []), *entries]
    files = [
        (Tile(ENTRIES, index, len(chunk)), encode_bundle(chunk))
        for index, chunk in _chunks(first, rows)
    ]
    level, added = 0, leaf_hashes
    while added:
        first, begun = divmod(reader.size >> HEIGHT * level, FULL)
        hashes = [*(reader.hashes(level, first) if begun else []), *added]
        added = []
        for index, chunk in _chunks(first, hashes):
            files.append((Tile(level, index, len(chunk)), hash_tile_bytes(chunk)))
            if len(chunk) == FULL:
                added.append(merkle.root(chunk))
        level += 1
    return files, reader.right_edge().append(leaf_hashes)


def _chunks(first: int, rows: Sequence[bytes]) -> list[tuple[int, Sequence[bytes]]]:
    return [(first + at // FULL, rows[at : at + FULL]) for at in range(0, len(rows), FULL)]


_Key = TypeVar("_Key")
_Value = TypeVar("_Value")


def _remember(cache: dict[_Key, _Value], key: _Key, value: _Value) -> None:
    """Keep a checked value; the oldest goes when there is no room."""
    if len(cache) >= _MAX_CACHED:
        del cache[next(iter(cache))]
    cache[key] = value
