"""The bundle as a file: its shape, and the roots it names."""

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from provenance.core import errors
from provenance.core.check import bundle
from provenance.core.check.result import Verdict
from provenance.core.record.vocabulary import Act
from provenance.core.signing import keys
from tests.cast import ITEM
from tests.core.check.checking import failed, run
from tests.world import World


@pytest.mark.parametrize("records", [[], None, {}], ids=["empty", "null", "object"])
def test_an_empty_bundle_never_passes(records: Any) -> None:
    world = World().journey()
    with pytest.raises(errors.ProvenanceError) as refused:
        run(world, world.bundle(ITEM) | {"records": records})
    assert refused.value.code == "bad-bundle"


def test_a_bundle_made_under_other_roots_is_refused() -> None:
    world, other = World().journey(), World().journey()
    other.ledger_key = keys.generate(b"Q" * 32)
    with pytest.raises(errors.ProvenanceError) as refused:
        run(other, world.bundle(ITEM))
    assert refused.value.code == "foreign-roots"
    assert refused.value.detail.endswith("they differ in policy")


def test_a_stray_event_of_another_subject_is_refused() -> None:
    world = World().journey()
    other = World.item("STRAY")
    world.act(world.maker, Act.COMMISSION, other)
    held = world.bundle(ITEM)
    held["records"] += [
        e for e in world.bundle(other)["records"] if other in json.dumps(e["document"]["chain"])
    ]
    assert failed(run(world, held)) == (3, "bad-bundle")


_WORLD = World().journey()
_FILE = bundle.format(_WORLD.bundle(ITEM))


UNREADABLE = {
    *("bad-json", "bad-text", "bad-number", "duplicate-key", "too-deep"),
    *(
        "bad-bundle",
        "foreign-roots",
        "bad-note",
        "bad-identifier",
        "bad-check-digit",
        "weak-key",
        "malformed",
    ),
}


def _found(file: bytes) -> str:
    """The verdict on a bundle file, or the code of the error that it cannot be read
    for.
    """
    try:
        return bundle.check(bundle.parse(file), _WORLD.trust, now=_WORLD.clock).verdict
    except errors.ProvenanceError as error:
        return error.code


@settings(max_examples=150, deadline=None)
@given(st.integers(0, len(_FILE) - 1), st.integers(0, 7))
def test_flipping_any_bit_of_a_bundle_is_noticed(at: int, bit: int) -> None:
    changed = bytearray(_FILE)
    changed[at] ^= 1 << bit
    assert _found(bytes(changed)) in UNREADABLE | {Verdict.BROKEN_RECORD}
