"""Events read by what is remembered of their frame: each is what it is when it is read by
itself, whatever is in it.
"""

import contextlib
import functools
from collections.abc import Callable, Iterator, Mapping
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from provenance.core import errors
from provenance.core.epcis import event_hash, frame, shape
from provenance.core.epcis.vocabulary import Outcome, Procedure
from provenance.core.record import reading
from provenance.core.record.event import Customs
from provenance.core.record.vocabulary import Act
from tests.cast import GTIN, HOST, PALLET, item, lot
from tests.world import World

SENSOR = {"sensorMetadata": {"time": "2026-11-02T08:00:00Z"}, "sensorReport": [{"value": 4.5}]}
LOTS = [{"epcClass": lot("L-1"), "quantity": 2.5}]
OTHERS: list[Any] = [
    *([], [item("A")], [item("A"), item("B")], [item("A/'")], [lot("L-1")], [PALLET], [7], "x"),
    *([item("A")[:-3] + "%2F"], [item("A").replace(GTIN, GTIN[:-1] + "9")], [item("A") + "\n"]),
    *("2026-11-02T08:00:00+01:00", "2026-11-02T08:00:00Z", "2026-11-02T08:00:00.500Z", "today"),
    *("+08:00", "+99:00", f"+01:00epcListepc={frame.ITEM}", frame.TIME, frame.ITEM),
    *("ni:///sha-256;" + "a" * 64 + "?ver=CBV2.0", "ni:x", None, True, 1, 1.5, 0, {}, {"id": "x"}),
    *("ObjectEvent", "AggregationEvent", "ADD", "OBSERVE", "x" * 301, "\u200b", "é", "e\u0301"),
    LOTS,
    [{"epcClass": f"https://id.gs1.org/01/{GTIN}", "quantity": 2}],
]
NAMES = ["parentID", "quantityList", "errorDeclaration", "bizTransactionList", "custos:customs"]
SETTINGS = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])


@functools.cache
def bodies() -> list[dict[str, Any]]:
    """Events of a single item, of several acts."""
    world, one = World(), item("A1")
    after = timedelta(minutes=1)
    parties = {"sender": world.maker.gln, "receiver": world.carrier.gln}
    customs = Customs(Procedure.EXPORT, Outcome.CLEARED, post="Yantian")
    acts: list[tuple[Act, dict[str, Any]]] = [
        (Act.COMMISSION, {"lot": "L-1", "expiry": "2027-01-01"}),
        (Act.OBSERVE, {"sensors": [SENSOR]}),
        (Act.HAND_OVER, parties),
        (Act.CHECKPOINT, {"customs": customs}),
        (Act.RECALL, {}),
        (Act.SELL, {}),
    ]
    return [
        world.document(world.maker, act, one, after=after, links=[], **options)["credentialSubject"]
        for act, options in acts
    ]


@functools.cache
def document() -> dict[str, Any]:
    world = World()
    return world.document(world.maker, Act.COMMISSION, item("A1"))


@contextlib.contextmanager
def by_itself() -> Iterator[None]:
    """While nothing is remembered by its frame."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(frame, "of", lambda _: None)
        yield


def outcome(act: Callable[[], object]) -> object:
    """The result, or the code and words of the error."""
    try:
        return act()
    except errors.ProvenanceError as error:
        return error.code, error.detail


def read(body: Mapping[str, Any]) -> object:
    """The event of a document with this body, and links to its first item and its lot."""
    epcs = body.get("epcList")
    first = epcs[0] if isinstance(epcs, list) and epcs else item("A1")
    named = [first, *([lot("L-1")] if body.get("quantityList") == LOTS else [])]
    links = [{"subject": uri, "position": 0, "previous": None} for uri in named]
    whole = {**document(), "credentialSubject": body, "chain": links}
    return outcome(lambda: reading.read(whole, "0" * 64, host=HOST))


def hashed(body: Mapping[str, Any]) -> object:
    return outcome(lambda: event_hash.pre_hash(body))


@st.composite
def changed(draw: st.DrawFn) -> dict[str, Any]:
    """An event with up to two of its members changed."""
    body = dict(draw(st.sampled_from(bodies())))
    body["epcList"] = [item(draw(st.sampled_from(["A1", "B-2", "C.3"])))]
    for name in draw(st.lists(st.sampled_from([*body, *NAMES]), max_size=2)):
        body[name] = draw(st.sampled_from(OTHERS))
    return body


@SETTINGS
@given(changed())
@example(bodies()[0] | {"epcList": [item("Z9")]})
@example(bodies()[0] | {"quantityList": LOTS})
def test_an_event_is_read_by_its_frame_as_by_itself(body: dict[str, Any]) -> None:
    by_frame = read(body)
    with by_itself():
        assert by_frame == read(body)


@SETTINGS
@given(changed())
@example(bodies()[0] | {"eventTimeZoneOffset": f"+01:00epcListepc={frame.ITEM}"})
def test_an_event_is_hashed_by_its_frame_as_by_itself(body: dict[str, Any]) -> None:
    try:
        shape.check(body)
    except errors.ProvenanceError:
        return  # refused before it is hashed
    by_frame = hashed(body)
    with by_itself():
        assert by_frame == hashed(body)


def test_only_the_item_its_time_and_its_event_id_are_left_out_of_a_frame() -> None:
    for body in bodies():
        framed = frame.of(body)
        assert framed is not None
        assert framed == frame.of(
            {
                **body,
                "epcList": [item("OTHER")],
                "eventTime": "2026-11-05T00:00:00Z",
                "eventID": f"ni:///sha-256;{'b' * 64}?ver=CBV2.0",
            }
        )
        for name in body.keys() - {"epcList", "eventTime", "eventID"}:
            assert framed != frame.of({**body, name: "+07:00"})


def test_a_large_frame_is_not_remembered() -> None:
    body = bodies()[0]
    assert frame.of({**body, "note": "x" * frame.MAX_BYTES}) is None
