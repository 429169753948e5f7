"""Remembered documents: the digest of the bytes at hand finds them, and nothing else does."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from provenance.core import errors
from provenance.core.record.vocabulary import Act
from provenance.core.signing import canonical
from provenance.services.check.documents import DocumentMemory
from tests.cast import CN, ITEM
from tests.world import World


@pytest.fixture(scope="module")
def raws() -> list[bytes]:
    world = World()
    world.act(world.maker, Act.COMMISSION, ITEM, place=CN)
    return [canonical.serialize(event.document) for event in world.events[:3]]


def test_a_document_is_read_once(raws: list[bytes]) -> None:
    memory = DocumentMemory()
    first, again, other = [
        memory.read(raw, canonical.digest(raw)) for raw in (raws[0], bytes(raws[0]), raws[1])
    ]
    assert first is again
    assert first is not other


@given(st.data())
def test_a_changed_byte_changes_the_digest_and_is_never_answered_from_memory(
    raws: list[bytes], data: st.DataObject
) -> None:
    memory, raw = DocumentMemory(), bytearray(raws[0])
    known = memory.read(raws[0], canonical.digest(raws[0]))
    raw[data.draw(st.integers(0, len(raw) - 1))] ^= 1 << data.draw(st.integers(0, 7))
    changed = bytes(raw)
    assert canonical.digest(changed) != known.digest
    with pytest.raises(errors.BrokenLink):
        memory.read(changed, known.digest)
    try:
        answered = memory.read(changed, canonical.digest(changed))
    except errors.ProvenanceError:
        return
    assert answered is not known
    assert canonical.serialize(answered.document) == changed


def test_another_spelling_of_a_document_is_refused_under_its_own_digest(raws: list[bytes]) -> None:
    spelled = json.dumps(json.loads(raws[0])).encode()
    for _ in range(2):
        with pytest.raises(errors.BrokenLink, match="RFC 8785"):
            DocumentMemory().read(spelled, canonical.digest(spelled))


def test_what_was_used_longest_ago_is_forgotten_when_there_are_too_many_bytes(
    raws: list[bytes],
) -> None:
    memory = DocumentMemory(most=sum(map(len, raws)) - 1)
    first, second, again, _, kept, anew = [
        memory.read(raws[at], canonical.digest(raws[at])) for at in (0, 1, 0, 2, 0, 1)
    ]
    assert first is again is kept
    assert second is not anew


def test_a_document_larger_than_the_memory_is_read_and_not_kept(raws: list[bytes]) -> None:
    memory = DocumentMemory(most=10)
    one = memory.read(raws[0], canonical.digest(raws[0]))
    assert memory.read(raws[0], canonical.digest(raws[0])) is not one
