"""Sealed events of any size with a bit flipped anywhere, in document, seed or openings: never
accepted, and never an error without a type.
"""

import functools
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from provenance.core import errors
from provenance.core.check import bundle
from provenance.core.check.result import Verdict
from provenance.core.epcis import event_hash
from provenance.core.record import reading, sealed_json
from provenance.core.record.event import SignedEvent
from provenance.core.record.vocabulary import Act
from provenance.core.signing import canonical, integrity
from tests.cast import HOST, item
from tests.core import hostile
from tests.world import World

SETTINGS = settings(
    deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large]
)
SIZES = st.sampled_from([1, 2, 3, 5, 1023, 1024]) | st.integers(1, 1024)


def items(size: int) -> list[str]:
    return [item(f"N{number:04}") for number in range(size)]


@functools.lru_cache(maxsize=8)
def sold(size: int) -> World:
    """A world in which so many items were commissioned, and then sold, each time at once."""
    world = World()
    world.act(world.maker, Act.COMMISSION, items(size), reference="ASN-7")
    world.act(world.maker, Act.SELL, items(size), reference="INV-8")
    return world


def accept(raw: bytes) -> SignedEvent:
    """The event of a body that was posted, as a server takes it in. Raises for any fault."""
    value = canonical.parse_object(raw)
    if value.keys() != {"event", "opened"}:
        raise errors.Malformed("no sealed event")
    document, contents = value["event"], sealed_json.read_contents(value["opened"])
    digest = canonical.digest(canonical.serialize(document))
    event = reading.read(document, digest, host=HOST, openings=contents)
    event_hash.check_event_id(document["credentialSubject"])
    integrity.verify(document)
    return event


@st.composite
def flipped(draw: st.DrawFn, value: Any) -> bytes:
    """The canonical bytes of a value, a bit of them flipped in a part of it."""
    raw = canonical.serialize(value)
    part = raw
    for _ in range(draw(st.integers(0, 3))):
        value = draw(st.sampled_from([*value.values()] if isinstance(value, dict) else value))
        part = canonical.serialize(value)
        if not isinstance(value, dict | list) or not value:
            break
    at = raw.index(part) + draw(st.integers(0, len(part) - 1))
    return raw[:at] + bytes([raw[at] ^ 1 << draw(st.integers(0, 7))]) + raw[at + 1 :]


@settings(SETTINGS, max_examples=200)
@given(st.data(), SIZES)
def test_a_sealed_event_with_a_bit_flipped_is_refused(data: st.DataObject, size: int) -> None:
    world = sold(size)
    source = world.source(data.draw(st.sampled_from(world.documents[-2:])))
    assert len(accept(source).goods.subjects) == size
    raw = data.draw(flipped(canonical.parse(source)))
    try:
        accept(raw)
    except errors.ProvenanceError:
        return
    raise AssertionError(raw)


@settings(SETTINGS, max_examples=200)
@given(st.data(), SIZES)
def test_a_bundle_with_a_bit_flipped_is_never_green(data: st.DataObject, size: int) -> None:
    world = sold(size)
    held = world.bundle(items(size)[data.draw(st.integers(0, size - 1))])
    check = functools.partial(bundle.check, trust=world.trust, now=world.clock)
    assert check(held).verdict is Verdict.RECORDS_CHECK_OUT
    at = data.draw(st.integers(1, 2))
    entry = held["records"][-at]
    part = data.draw(st.sampled_from(sorted(entry.keys() - {"proof"})))
    try:
        changed = entry | {part: canonical.parse(data.draw(flipped(entry[part])))}
        held["records"][-at] = changed
        assert check(held).verdict is Verdict.BROKEN_RECORD
    except errors.ProvenanceError:
        pass


@settings(SETTINGS, max_examples=200)
@given(st.data(), st.sampled_from([2, 3, 1024]))
def test_a_bundle_with_anything_among_its_openings_is_green_or_broken(
    data: st.DataObject, size: int
) -> None:
    world = sold(size)
    held = world.bundle(items(size)[0])
    entry = held["records"][-1]
    openings = data.draw(hostile.one_thing_changed(entry["openings"]) | hostile.JSON)
    held["records"][-1] = entry | {"openings": openings}
    result = bundle.check(held, world.trust, now=world.clock)
    if openings != entry["openings"]:
        assert result.verdict is Verdict.BROKEN_RECORD
        assert result.steps[0].code in {"bad-opening", "malformed", ""}
