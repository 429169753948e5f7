"""The ledger as tiles: paths, what to write, and a reader that believes no byte that it
fetched.
"""

import json
import random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from provenance.core import errors
from provenance.core.ledger import merkle, tiles
from provenance.core.ledger.tiles import Tile
from tests import shared

SIZES = [1, 2, 3, 255, 256, 257, 511, 512, 513, 700, 1025]


class Store:
    """A ledger's files in memory, and which of them were fetched."""

    def __init__(self) -> None:
        self.files: dict[str, bytes] = {}
        self.fetched: list[str] = []

    def fetch(self, path: str) -> bytes:
        self.fetched.append(path)
        if path not in self.files:
            raise errors.BadTile(f"no {path}")
        return self.files[path]


def entry(number: int) -> bytes:
    return merkle.leaf_hash(b"%d" % number)  # 32 bytes, as the ledger's entries are


def grown(*sizes: int) -> tuple[Store, merkle.RightEdge]:
    """A ledger that grew by these steps."""
    store, edge = Store(), merkle.RightEdge()
    for size in sizes:
        reader = tiles.TileReader(store.fetch, edge.size, edge.root())
        files, edge = tiles.grow(reader, [entry(number) for number in range(edge.size, size)])
        store.files.update({tile.path(): raw for tile, raw in files})
    store.fetched.clear()
    return store, edge


def reader_of(store: Store, edge: merkle.RightEdge) -> tiles.TileReader:
    return tiles.TileReader(store.fetch, edge.size, edge.root())


@pytest.fixture
def published() -> dict[str, Any]:
    vectors: dict[str, Any] = json.loads(
        (shared.vectors("c2sp") / "c2sp-vectors.json").read_bytes()
    )
    section: dict[str, Any] = vectors["tile_paths"]
    return section


# --- paths --------------------------------------------------------------------------


def test_paths_are_those_published(published: dict[str, Any]) -> None:
    for level, index, width, path in published["rows"]:
        assert Tile(level, index, width).path() == path
        assert tiles.parse_path(path) == Tile(level, index, width)


def test_a_ledger_of_70_000_entries_has_the_published_tiles(published: dict[str, Any]) -> None:
    tree = published["tree_70000"]
    files = tiles.tiles_for(0, 70_000)
    full = {
        level: sum(tile.level == level and tile.width == 256 for tile in files) for level in (0, 1)
    }
    partial = {tile.level: tile.width for tile in files if tile.width < 256}
    assert full == {0: tree["full_level0"], 1: tree["full_level1"]}
    assert partial == {
        "entries": tree["partial_level0"],
        0: tree["partial_level0"],
        1: tree["partial_level1"],
        2: tree["partial_level2"],
    }
    assert tiles.partial_widths(70_000) == [112, 17, 1]
    assert tiles.partial_widths(256) == [0, 1]
    assert tiles.partial_widths(0) == []


@given(
    st.one_of(st.just("entries"), st.integers(0, 63)),
    st.integers(0, 2**55 - 1),
    st.integers(1, 256),
)
def test_a_path_is_read_back(level: Any, index: int, width: int) -> None:
    tile = Tile(level, index, width)
    assert tiles.parse_path(tile.path()) == tile


@pytest.mark.parametrize(
    "path",
    [
        "",
        "tile/0",
        "tile/0/0",
        "tile/0/00",
        "tile/0/0000",
        "tile/00/000",
        "tile/64/000",
        "tile/-1/000",
        "tile/0/000/",
        "/tile/0/000",
        "tile/0/000\n",
        "tile/0/x000/001",
        "tile/0/x001/x001",
        "tile/0/001/001",
        "tile/0/x1/001",
        "tile/0/٠٠١",
        "tile/0/000.p/0",
        "tile/0/000.p/00",
        "tile/0/000.p/01",
        "tile/0/000.p/256",
        "tile/0/000.p/999",
        "tile/0/000.p/-1",
        "tile/0/000.p/",
        "tile/0/000.P/1",
        "tile/data/000",
        "tile/8/0/000",
        "tile/0/../000",
        "tile/0/" + "x999/" * 6 + "999",
        "tile/0/" + "x001/" * 30 + "001",
    ],
)
def test_any_other_path_is_refused(path: str) -> None:
    with pytest.raises(errors.BadTile):
        tiles.parse_path(path)


@pytest.mark.parametrize(
    "case", [(-1, 0, 1), (64, 0, 1), (0, -1, 1), (0, 0, 0), (0, 0, 257), (0, 2**55, 1)]
)
def test_a_tile_that_cannot_be_is_refused(case: tuple[int, int, int]) -> None:
    with pytest.raises(errors.BadTile):
        Tile(*case)


# --- contents -----------------------------------------------------------------------


@given(st.lists(st.binary(max_size=70), min_size=1, max_size=256))
def test_a_bundle_is_read_back(entries: list[bytes]) -> None:
    assert tiles.decode_bundle(tiles.encode_bundle(entries)) == entries


def test_a_bundle_is_lengths_and_entries() -> None:
    assert tiles.encode_bundle([b"", b"ab"]) == b"\x00\x00\x00\x02ab"
    assert tiles.decode_bundle(tiles.encode_bundle([bytes(65_535)])) == [bytes(65_535)]


@pytest.mark.parametrize(
    "raw", [b"", b"\0", b"\0\1", b"\0\1ab", b"\0\0\0", b"\xff\xff", b"\0\0" * 257]
)
def test_a_torn_empty_or_over_full_bundle_is_refused(raw: bytes) -> None:
    with pytest.raises(errors.BadTile):
        tiles.decode_bundle(raw)


@pytest.mark.parametrize(
    "entries", [[], [bytes(65_536)], [b""] * 257], ids=["none", "too large", "too many"]
)
def test_what_is_no_bundle_is_not_written(entries: list[bytes]) -> None:
    with pytest.raises(errors.BadTile):
        tiles.encode_bundle(entries)


@pytest.mark.parametrize(
    "hashes", [[], [bytes(31)], [bytes(32)] * 257], ids=["none", "short", "too many"]
)
def test_what_is_no_tile_is_not_written(hashes: list[bytes]) -> None:
    with pytest.raises(errors.BadTile):
        tiles.hash_tile_bytes(hashes)


@pytest.mark.parametrize("length", [0, 31, 33, 96])
def test_a_tile_of_another_size_is_refused(length: int) -> None:
    with pytest.raises(errors.BadTile):
        tiles.split_tile(bytes(length), 2)


# --- growing ------------------------------------------------------------------------


@pytest.mark.parametrize("size", SIZES)
def test_tiles_hold_the_hashes_that_the_specification_says(size: int) -> None:
    store, edge = grown(size)
    leaves = [merkle.leaf_hash(entry(number)) for number in range(size)]
    assert edge == merkle.RightEdge().append(leaves)
    assert set(store.files) == {tile.path() for tile in tiles.tiles_for(0, size)}
    for path, raw in store.files.items():
        tile = tiles.parse_path(path)
        if tile.level == "entries":
            first = tile.index * 256
            assert raw == tiles.encode_bundle([entry(n) for n in range(first, first + tile.width)])
        else:
            span = 256**tile.level
            for at in range(tile.width):
                first = (tile.index * 256 + at) * span
                assert raw[at * 32 : at * 32 + 32] == merkle.root(leaves[first : first + span])


@given(st.lists(st.integers(0, 1500), max_size=6).map(sorted))
def test_the_same_full_tiles_come_of_any_steps(sizes: list[int]) -> None:
    store, edge = grown(*sizes)
    size = sizes[-1] if sizes else 0
    at_once, same_edge = grown(size)
    assert edge == same_edge
    assert at_once.files.items() <= store.files.items()


@given(st.integers(0, 10**6), st.integers(0, 3000))
def test_tiles_are_written_once_and_only_where_something_is_new(old: int, more: int) -> None:
    before, after = set(tiles.tiles_for(0, old)), set(tiles.tiles_for(0, old + more))
    assert set(tiles.tiles_for(old, old + more)) == after - before
    assert all(tile.width < 256 for tile in before - after), "a full tile never changes"


def test_a_ledger_never_shrinks() -> None:
    with pytest.raises(errors.Malformed):
        tiles.tiles_for(2, 1)


# --- reading ------------------------------------------------------------------------


@pytest.mark.parametrize("size", SIZES)
def test_proofs_from_tiles_are_the_trees_own(size: int) -> None:
    store, edge = grown(size)
    reader = reader_of(store, edge)
    leaves = [merkle.leaf_hash(entry(number)) for number in range(size)]
    assert reader.right_edge() == edge
    for index in {0, 1, size // 2, size - 1, *range(0, size, 97)} & set(range(size)):
        assert reader.entry(index) == entry(index)
        proof = reader.inclusion_proof(index)
        assert proof == merkle.prove_inclusion(leaves, index)
        merkle.check_inclusion(proof, size, edge.root(), index, leaves[index])
    for old in {0, 1, 256, size // 2, size - 1, size} & set(range(size + 1)):
        assert reader.consistency_proof(old) == merkle.prove_consistency(leaves, old)


def test_a_large_ledger_is_read_in_few_fetches() -> None:
    store, edge = grown(4_321, 70_000)
    reader = reader_of(store, edge)
    assert sorted(store.fetched) == ["tile/0/273.p/112", "tile/1/001.p/17", "tile/2/000.p/1"]
    store.fetched.clear()
    merkle.check_inclusion(
        reader.inclusion_proof(12_345),
        edge.size,
        edge.root(),
        12_345,
        merkle.leaf_hash(entry(12_345)),
    )
    assert sorted(store.fetched) == ["tile/0/048", "tile/1/000"]
    reader.inclusion_proof(12_346)
    assert len(store.fetched) == 2, "what was checked is not fetched again"


def test_an_older_reader_is_served_by_full_tiles_once_its_partial_ones_are_gone() -> None:
    store, old = grown(300)
    later, _ = grown(300, 600)
    for path in ("tile/0/001.p/44", "tile/entries/001.p/44"):
        del later.files[path]
    reader = reader_of(later, old)
    assert (reader.size, reader.entry(299)) == (300, entry(299))
    assert reader.inclusion_proof(299) == reader_of(store, old).inclusion_proof(299)
    with pytest.raises(errors.BadTile):
        reader.entry(300)


def read_file(store: Store, edge: merkle.RightEdge, path: str) -> None:
    """Read one file's contents through a reader that knows nothing yet."""
    tile, reader = tiles.parse_path(path), reader_of(store, edge)
    if isinstance(tile.level, str):
        reader.entries(tile.index)
    else:
        reader.hashes(tile.level, tile.index)
    assert path in store.fetched


@pytest.mark.parametrize("size", [3, 256, 300, 700])
def test_one_flipped_bit_in_any_hash_or_entry_of_any_file_is_noticed(size: int) -> None:
    store, edge = grown(size)
    source = random.Random(size)
    for path, raw in store.files.items():
        read_file(store, edge, path)
        step = 34 if "entries" in path else 32
        for first in range(0, len(raw), step):
            flipped = bytearray(raw)
            flipped[first + source.randrange(step)] ^= 1 << source.randrange(8)
            store.files[path] = bytes(flipped)
            with pytest.raises(errors.BadTile):
                read_file(store, edge, path)
        store.files[path] = raw


def test_a_forged_tile_is_noticed_at_every_level_whatever_forged_files_agree_with_it() -> None:
    store, edge = grown(70_000)
    for path in (
        "tile/0/003",
        "tile/1/000",
        "tile/1/001.p/17",
        "tile/2/000.p/1",
        "tile/0/273.p/112",
    ):
        raw = store.files[path]
        store.files[path] = raw[:-1] + bytes([raw[-1] ^ 1])
        with pytest.raises(errors.BadTile):
            read_file(store, edge, path)
        store.files[path] = raw
    forged = merkle.leaf_hash(b"forged")
    store.files["tile/entries/003"] = tiles.encode_bundle([forged, *map(entry, range(769, 1024))])
    store.files["tile/0/003"] = merkle.leaf_hash(forged) + store.files["tile/0/003"][32:]
    for read in (reader_of(store, edge).entry, reader_of(store, edge).inclusion_proof):
        with pytest.raises(errors.BadTile):
            read(768)


@pytest.mark.parametrize("size", [3, 300])
def test_any_flipped_byte_of_a_partial_tile_or_bundle_is_noticed(size: int) -> None:
    store, edge = grown(size)
    for path in [path for path in store.files if ".p/" in path]:
        raw = store.files[path]
        for at in range(len(raw)):
            store.files[path] = raw[:at] + bytes([raw[at] ^ 0x40]) + raw[at + 1 :]
            with pytest.raises(errors.BadTile):
                read_file(store, edge, path)
        store.files[path] = raw


@pytest.mark.parametrize(
    "change", [lambda raw: raw[:-1], lambda raw: raw + bytes(32), lambda raw: raw[:0]]
)
def test_a_torn_or_stretched_file_is_noticed(change: Any) -> None:
    store, edge = grown(700)
    for path, raw in list(store.files.items()):
        store.files[path] = change(raw)
        with pytest.raises(errors.BadTile):
            read_file(store, edge, path)
        store.files[path] = raw


def test_a_partial_path_may_not_answer_with_more_than_its_width() -> None:
    """Only the full tile may be cut to size: what is cut from it was checked by
    nobody.
    """
    store, edge = grown(300)
    later, _ = grown(600)
    for partial, full in (
        ("tile/0/001.p/44", "tile/0/001"),
        ("tile/entries/001.p/44", "tile/entries/001"),
    ):
        kept = store.files[partial]
        store.files[partial] = later.files[full]
        with pytest.raises(errors.BadTile):
            read_file(store, edge, partial)
        store.files[partial] = kept


def test_another_trees_tiles_are_refused() -> None:
    store, edge = grown(300)
    with pytest.raises(errors.BadTile):
        tiles.TileReader(store.fetch, 300, merkle.leaf_hash(b""))
    with pytest.raises(errors.BadTile):
        tiles.TileReader(store.fetch, 299, edge.root())
    with pytest.raises(errors.BadTile):
        tiles.TileReader(store.fetch, 0, edge.root())


def test_what_the_tree_does_not_have_is_refused() -> None:
    store, edge = grown(300)
    reader = reader_of(store, edge)
    for level, index in ((0, 300), (8, 1), (9, 0), (0, -1), (-1, 0)):
        with pytest.raises(errors.BadTile):
            reader.read(level, index)
    for level, index in ((0, 2), (1, 1), (2, 0), (0, -1), (-1, 0)):
        with pytest.raises(errors.BadTile):
            reader.hashes(level, index)
    for index in (-1, 300):
        with pytest.raises(errors.BadTile):
            reader.entry(index)
    with pytest.raises(errors.BadTile):
        reader.entries(2)


def test_the_empty_ledger_has_no_tiles() -> None:
    store = Store()
    reader = tiles.TileReader(store.fetch, 0, merkle.EMPTY_ROOT)
    assert reader.consistency_proof(0) == []
    assert store.fetched == []
    assert tiles.grow(reader, []) == ([], merkle.RightEdge())
