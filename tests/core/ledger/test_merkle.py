"""The Merkle tree: against the recursive definition for every tree up to 70 leaves, and
against other people's.
"""

import base64
import functools
import hashlib
import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from provenance.core import errors
from provenance.core.ledger import merkle
from tests import shared

LARGEST = 70
ENTRIES = [b"entry %d" % number for number in range(LARGEST)]
LEAVES = [merkle.leaf_hash(entry) for entry in ENTRIES]


# --- RFC 6962 §2.1, word for word, as a second implementation -----------------------


def split(n: int) -> int:
    k = 1
    while k * 2 < n:
        k *= 2
    return k


def mth(entries: Sequence[bytes]) -> bytes:
    n = len(entries)
    if n == 0:
        return hashlib.sha256(b"").digest()
    if n == 1:
        return hashlib.sha256(b"\x00" + entries[0]).digest()
    k = split(n)
    return hashlib.sha256(b"\x01" + mth(entries[:k]) + mth(entries[k:])).digest()


def path(m: int, entries: Sequence[bytes]) -> list[bytes]:
    n = len(entries)
    if n == 1:
        return []
    k = split(n)
    if m < k:
        return [*path(m, entries[:k]), mth(entries[k:])]
    return [*path(m - k, entries[k:]), mth(entries[:k])]


def subproof(m: int, entries: Sequence[bytes], whole: bool) -> list[bytes]:
    n = len(entries)
    if m == n:
        return [] if whole else [mth(entries)]
    k = split(n)
    if m <= k:
        return [*subproof(m, entries[:k], whole), mth(entries[k:])]
    return [*subproof(m - k, entries[k:], False), mth(entries[:k])]


ROOTS = [mth(ENTRIES[:size]) for size in range(LARGEST + 1)]


def flipped(hashed: bytes, bit: int) -> bytes:
    changed = bytearray(hashed)
    changed[bit // 8 % 32] ^= 1 << bit % 8
    return bytes(changed)


def refused(check: Callable[..., None], *arguments: object) -> bool:
    try:
        check(*arguments)
    except errors.BadProof:
        return True
    return False


# --- exhaustive ---------------------------------------------------------------------


@pytest.mark.parametrize("size", range(LARGEST + 1))
def test_roots_are_those_of_the_definition(size: int) -> None:
    assert merkle.root(LEAVES[:size]) == ROOTS[size]


@pytest.mark.parametrize("size", range(1, LARGEST + 1))
def test_every_inclusion_proof_is_the_definitions_and_holds_for_that_leaf_only(size: int) -> None:
    for index in range(size):
        proof = merkle.prove_inclusion(LEAVES[:size], index)
        assert proof == path(index, ENTRIES[:size])
        merkle.check_inclusion(proof, size, ROOTS[size], index, LEAVES[index])

        for at, hashed in enumerate(proof):
            changed = [*proof[:at], flipped(hashed, 7 * size + index + at), *proof[at + 1 :]]
            assert refused(merkle.check_inclusion, changed, size, ROOTS[size], index, LEAVES[index])
        wrong: list[tuple[Any, ...]] = [
            (proof, size, flipped(ROOTS[size], index), index, LEAVES[index]),
            (proof, size, ROOTS[size], index, flipped(LEAVES[index], size)),
            (proof, size, ROOTS[size], size, LEAVES[index]),
            (proof, size, ROOTS[size], -1, LEAVES[index]),
            (proof, index, ROOTS[size], index, LEAVES[index]),
            ([*proof, bytes(32)], size, ROOTS[size], index, LEAVES[index]),
            ([bytes(32), *proof], size, ROOTS[size], index, LEAVES[index]),
            ([*proof, ROOTS[size]], size, ROOTS[size], index, LEAVES[index]),
        ]
        if proof:
            wrong += [
                (proof[:-1], size, ROOTS[size], index, LEAVES[index]),
                (proof[1:], size, ROOTS[size], index, LEAVES[index]),
                (proof, size, ROOTS[size], index ^ 1, LEAVES[index]),
                (proof[1:], (size + 1) // 2, ROOTS[size], index // 2, proof[0]),
            ]
        for arguments in wrong:
            assert refused(merkle.check_inclusion, *arguments), arguments


def test_a_proof_cut_or_stretched_to_another_root_is_refused() -> None:
    """The sizes alone decide how long a proof is, whatever its hashes lead to."""
    left, right = LEAVES[:2]
    node = merkle.node_hash(left, right)
    assert refused(merkle.check_inclusion, [right], 1, node, 0, left)
    assert refused(merkle.check_inclusion, [], 2, left, 0, left)
    assert refused(merkle.check_inclusion, [right], 3, node, 0, left)
    assert refused(merkle.check_inclusion, [right, left], 2, merkle.node_hash(node, left), 0, left)
    assert refused(
        merkle.check_consistency, [right, left], 1, 2, left, merkle.node_hash(node, left)
    )
    assert refused(merkle.check_consistency, [right], 1, 3, left, node)
    assert refused(merkle.check_consistency, [], 1, 2, left, left)
    assert refused(merkle.check_consistency, [], 3, 5, left, left)


@pytest.mark.parametrize("new", range(LARGEST + 1))
def test_every_consistency_proof_is_the_definitions_and_holds_for_that_pair_only(new: int) -> None:
    for old in range(new + 1):
        proof = merkle.prove_consistency(LEAVES[:new], old)
        assert proof == (subproof(old, ENTRIES[:new], True) if old else [])
        merkle.check_consistency(proof, old, new, ROOTS[old], ROOTS[new])

        for at, hashed in enumerate(proof):
            changed = [*proof[:at], flipped(hashed, 7 * new + old + at), *proof[at + 1 :]]
            assert refused(merkle.check_consistency, changed, old, new, ROOTS[old], ROOTS[new])
        wrong: list[tuple[Any, ...]] = [
            (proof, old, new, flipped(ROOTS[old], new), ROOTS[new]),
            (proof, new + 1, new, ROOTS[old], ROOTS[new]),
            (proof, -1, new, ROOTS[old], ROOTS[new]),
            ([*proof, bytes(32)], old, new, ROOTS[old], ROOTS[new]),
            ([bytes(32), *proof], old, new, ROOTS[old], ROOTS[new]),
        ]
        if old:
            wrong.append((proof, old, new, ROOTS[old], flipped(ROOTS[new], old)))
        if proof:
            wrong += [
                (proof[:-1], old, new, ROOTS[old], ROOTS[new]),
                (proof[1:], old, new, ROOTS[old], ROOTS[new]),
                ([], old, new, ROOTS[old], ROOTS[new]),
                (proof, old, new, ROOTS[new], ROOTS[old]),
            ]
        for arguments in wrong:
            assert refused(merkle.check_consistency, *arguments), arguments


@pytest.mark.parametrize("size", range(LARGEST + 1))
def test_the_right_edge_grows_into_the_same_tree_by_any_steps(size: int) -> None:
    at_once = merkle.RightEdge().append(LEAVES[:size])
    assert (at_once.size, at_once.root()) == (size, ROOTS[size])
    for middle in range(size + 1):
        assert merkle.RightEdge().append(LEAVES[:middle]).append(LEAVES[middle:size]) == at_once
    levels = merkle.pyramid(LEAVES[:size])
    assert merkle.RightEdge.of(lambda level, index: levels[level][index], size) == at_once


def test_a_right_edge_that_no_tree_has_is_refused() -> None:
    for size, hashes in ((1, ()), (2, (bytes(32), bytes(32))), (0, (bytes(32),)), (-1, ())):
        with pytest.raises(errors.Malformed):
            merkle.RightEdge(size, hashes)
    with pytest.raises(errors.BadProof):
        merkle.RightEdge(1, (bytes(31),))


def test_what_is_not_in_a_tree_cannot_be_proved() -> None:
    for size, index in ((0, 0), (1, 1), (5, -1)):
        with pytest.raises(errors.BadProof):
            merkle.prove_inclusion(LEAVES[:size], index)
    for new, old in ((0, 1), (5, 6), (5, -1)):
        with pytest.raises(errors.BadProof):
            merkle.prove_consistency(LEAVES[:new], old)


def test_a_proof_takes_logarithmically_many_reads() -> None:
    reads = []

    def read(level: int, index: int) -> bytes:
        reads.append((level, index))
        return bytes(32)

    merkle.prove_inclusion_from(read, 2**40 - 1, 12345)
    merkle.prove_consistency_from(read, 2**39 + 12345, 2**40 - 1)
    assert len(reads) < 4 * 40


@given(st.lists(st.binary(max_size=8), min_size=1, max_size=300), st.data())
def test_any_leaf_of_any_tree_is_proved(entries: list[bytes], data: st.DataObject) -> None:
    leaves = [merkle.leaf_hash(entry) for entry in entries]
    index = data.draw(st.integers(0, len(leaves) - 1))
    old = data.draw(st.integers(0, len(leaves)))
    root = merkle.root(leaves)
    merkle.check_inclusion(
        merkle.prove_inclusion(leaves, index), len(leaves), root, index, leaves[index]
    )
    proof = merkle.prove_consistency(leaves, old)
    merkle.check_consistency(proof, old, len(leaves), merkle.root(leaves[:old]), root)


@pytest.mark.parametrize("size", range(LARGEST + 1))
def test_a_whole_tree_has_the_root_and_the_paths_of_the_definition(size: int) -> None:
    root, paths = merkle.tree(LEAVES[:size])
    assert root == ROOTS[size]
    assert paths == [b"".join(path(index, ENTRIES[:size])) for index in range(size)]


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 1100), st.binary(max_size=4))
def test_a_whole_tree_proves_every_leaf_as_alone(size: int, nonce: bytes) -> None:
    leaves = [merkle.leaf_hash(nonce + b"%d" % index) for index in range(size)]
    root, paths = merkle.tree(leaves)
    assert root == merkle.root(leaves)
    read = functools.partial(merkle.prove_inclusion_from, _pyramid(leaves), size)
    assert paths == [b"".join(read(index)) for index in range(size)]


def _pyramid(leaves: list[bytes]) -> merkle.Read:
    levels = merkle.pyramid(leaves)
    return lambda level, index: levels[level][index]


def test_hashes_have_32_bytes_wherever_they_stand() -> None:
    proof, root = merkle.prove_inclusion(LEAVES[:2], 0), ROOTS[2]
    assert refused(merkle.check_inclusion, [b""], 2, root, 0, LEAVES[0])
    assert refused(merkle.check_inclusion, proof, 2, b"", 0, LEAVES[0])
    assert refused(merkle.check_inclusion, [], 1, b"short", 0, b"short")
    assert refused(merkle.check_consistency, [], 1, 1, b"short", b"short")
    assert refused(merkle.check_consistency, [], 0, 1, ROOTS[0], b"short")


# --- somebody else's answers --------------------------------------------------------


@pytest.fixture
def c2sp() -> dict[str, Any]:
    vectors: dict[str, Any] = json.loads(
        (shared.vectors("c2sp") / "c2sp-vectors.json").read_bytes()
    )
    return vectors


def test_leaf_and_node_hashes_are_those_published(c2sp: dict[str, Any]) -> None:
    hashes = c2sp["hashes"]
    assert merkle.EMPTY_ROOT.hex() == merkle.root([]).hex() == hashes["empty_root"]
    assert merkle.leaf_hash(b"").hex() == hashes["leaf_of_empty"]
    assert merkle.leaf_hash(b"L123456").hex() == hashes["leaf_L123456"]
    assert merkle.node_hash(b"N123", b"N456").hex() == hashes["node_N123_N456"]


def test_the_reference_tree_of_certificate_transparency(c2sp: dict[str, Any]) -> None:
    leaves = [
        merkle.leaf_hash(bytes.fromhex(entry)) for entry in c2sp["reference_tree"]["leaves_hex"]
    ]
    for size, root in c2sp["reference_tree"]["root_at_size"].items():
        assert merkle.root(leaves[: int(size)]).hex() == root
        assert merkle.tree(leaves[: int(size)])[0].hex() == root


def published(folder: str) -> list[Path]:
    return sorted((shared.vectors("rfc6962-proofs") / folder).glob("*.json"))


def decoded(vector: dict[str, Any], *names: str) -> list[bytes]:
    return [base64.b64decode(vector[name]) for name in names]


def test_every_published_inclusion_proof() -> None:
    files = published("inclusion")
    assert len(files) == 49
    for file in files:
        vector = json.loads(file.read_bytes())
        root, leaf = decoded(vector, "root", "leafHash")
        proof = [base64.b64decode(hashed) for hashed in vector["proof"] or []]
        case = (proof, vector["treeSize"], root, vector["leafIdx"], leaf)
        assert refused(merkle.check_inclusion, *case) == vector["wantErr"], file.name


def test_every_published_consistency_proof() -> None:
    """One file is answered otherwise: "equal sizes of one leaf", whose roots are 12
    bytes of placeholder text.
    """
    otherwise = []
    files = published("consistency")
    assert len(files) == 49
    for file in files:
        vector = json.loads(file.read_bytes())
        roots = decoded(vector, "root1", "root2")
        proof = [base64.b64decode(hashed) for hashed in vector["proof"] or []]
        case = (proof, vector["size1"], vector["size2"], *roots)
        if refused(merkle.check_consistency, *case) != vector["wantErr"]:
            otherwise.append((file.stem, len(roots[0])))
    assert otherwise == [("additional_sizes-are-equal-one-and-proof-is-empty", 12)]


def test_the_published_file_with_placeholder_roots_holds_for_real_ones() -> None:
    [file] = [file for file in published("consistency") if "sizes-are-equal-one" in file.name]
    vector = json.loads(file.read_bytes())
    assert (vector["size1"], vector["size2"], vector["proof"], vector["wantErr"]) == (
        1,
        1,
        [],
        False,
    )
    merkle.check_consistency([], 1, 1, LEAVES[0], LEAVES[0])


def test_size_0_follows_c2sp_where_the_published_files_follow_their_library() -> None:
    """That library refuses every proof from size 0; C2SP has the empty tree consistent
    with all, by an empty one.

    So the file that refuses 0 -> 1 is refused here only for its placeholder root, and
    with a real one is accepted.
    """
    name = "additional_size1-is-zero-and-size2-is-not-zero"
    [vector] = [
        json.loads(file.read_bytes()) for file in published("consistency") if file.stem == name
    ]
    roots = decoded(vector, "root1", "root2")
    assert (vector["size1"], vector["size2"], vector["proof"], vector["wantErr"]) == (
        0,
        1,
        [],
        True,
    )
    assert (roots[0], len(roots[1])) == (merkle.EMPTY_ROOT, 12)
    for size in range(LARGEST + 1):
        merkle.check_consistency([], 0, size, merkle.EMPTY_ROOT, ROOTS[size])
        assert refused(merkle.check_consistency, [], 0, size, LEAVES[0], ROOTS[size])
        assert refused(
            merkle.check_consistency, [LEAVES[0]], 0, size, merkle.EMPTY_ROOT, ROOTS[size]
        )
    assert refused(merkle.check_consistency, [], 0, 0, LEAVES[0], LEAVES[0])


def test_a_published_witness_step_from_5_to_8(c2sp: dict[str, Any]) -> None:
    step = c2sp["witness_checkpoints"]
    roots = [
        base64.b64decode(step[name].split("\n")[2]) for name in ("checkpoint_5", "checkpoint_8")
    ]
    proof = [bytes.fromhex(hashed) for hashed in step["consistency_5_8_hex"]]
    merkle.check_consistency(proof, 5, 8, roots[0], roots[1])
    assert refused(merkle.check_consistency, proof, 5, 8, roots[1], roots[0])
