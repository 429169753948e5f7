"""The event hash: other people's answers, then what must and must not change it."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from provenance.core import errors
from provenance.core.epcis import event_hash, vocabulary
from tests import shared

HANDOFF: dict[str, Any] = {
    "@context": vocabulary.extension_context(),
    "type": "ObjectEvent",
    "eventTime": "2026-11-22T09:00:03+01:00",
    "eventTimeZoneOffset": "+01:00",
    "epcList": [
        "https://id.gs1.org/01/09520123456788/21/B",
        "https://id.gs1.org/01/09520123456788/21/A",
    ],
    "action": "OBSERVE",
    "bizStep": "shipping",
    "disposition": "in_transit",
    "readPoint": {"id": "https://id.gs1.org/414/9520000000011"},
    "sourceList": [{"type": "possessing_party", "source": "https://id.gs1.org/417/9520000000011"}],
    "destinationList": [
        {"type": "possessing_party", "destination": "https://id.gs1.org/417/9520000000028"}
    ],
    "custos:place": {"country": "DE", "name": "Hamburg"},
}
PRE_HASH = (
    "eventType=ObjectEventeventTime=2026-11-22T08:00:03.000ZeventTimeZoneOffset=+01:00"
    "epcListepc=https://id.gs1.org/01/09520123456788/21/Aepc=https://id.gs1.org/01/09520123456788/21/B"
    "action=OBSERVEbizStep=https://ref.gs1.org/cbv/BizStep-shipping"
    "disposition=https://ref.gs1.org/cbv/Disp-in_transit"
    "readPointid=https://id.gs1.org/414/9520000000011"
    "sourceListtype=https://ref.gs1.org/cbv/SDT-possessing_partysource=https://id.gs1.org/417/9520000000011"
    "destinationListtype=https://ref.gs1.org/cbv/SDT-possessing_partydestination=https://id.gs1.org/417/9520000000028"
    "{https://custos.example/ns/epcis#}placecountry=DEname=Hamburg"
)


def expected(document: Path) -> list[tuple[str, str]]:
    base = document.with_suffix("")
    hashes = base.with_name(base.name + ".hashes").read_text().split()
    texts = base.with_name(base.name + ".prehashes").read_text().splitlines()
    return list(zip(hashes, [text for text in texts if text], strict=True))


def test_every_vector_has_its_pre_hash_and_its_hash() -> None:
    documents = sorted(
        p for p in shared.vectors("epcis-event-hash").iterdir() if p.suffix.startswith(".json")
    )
    assert len(documents) == 6
    for path in documents:
        document = json.loads(path.read_text())
        events = document["epcisBody"]["eventList"]
        for event, (hash_id, text) in zip(events, expected(path), strict=True):
            assert event_hash.pre_hash(event, document["@context"]) == text
            assert event_hash.event_id(event, document["@context"]) == hash_id


def test_our_own_prefix_resolves_from_the_event() -> None:
    assert event_hash.pre_hash(HANDOFF) == PRE_HASH
    assert event_hash.event_id(HANDOFF).startswith("ni:///sha-256;")
    assert event_hash.event_id(HANDOFF).endswith("?ver=CBV2.0")


def test_an_extension_of_a_place_is_hashed_where_there_is_no_other() -> None:
    event = {name: value for name, value in HANDOFF.items() if name != "custos:place"}
    event["readPoint"] = {**HANDOFF["readPoint"], "custos:gate": "4"}
    assert event_hash.pre_hash(event).endswith("readPoint{https://custos.example/ns/epcis#}gate=4")


def test_the_context_of_the_event_comes_before_the_document() -> None:
    other: list[Any] = [{"custos": "https://other.example/"}, vocabulary.EPCIS_CONTEXT]
    assert event_hash.pre_hash(HANDOFF, other) == PRE_HASH
    bare = {name: value for name, value in HANDOFF.items() if name != "@context"}
    assert "{https://other.example/}place" in event_hash.pre_hash(bare, other)
    assert "{https://other.example/}place" in event_hash.pre_hash(bare, other[0])
    assert event_hash.pre_hash(bare, vocabulary.EPCIS_CONTEXT).endswith(
        "custos:placecountry=DEname=Hamburg"
    )


def test_one_document_leaves_nothing_behind_for_the_next() -> None:
    bare = {name: value for name, value in HANDOFF.items() if name != "@context"}
    before = event_hash.pre_hash(bare)
    event_hash.pre_hash(bare, [{"custos": "https://other.example/"}])
    assert event_hash.pre_hash(bare) == before


@pytest.mark.parametrize(
    "change",
    [
        {"eventID": "ni:///sha-256;00?ver=CBV2.0"},
        {"recordTime": "2026-11-22T09:00:04Z"},
        {
            "errorDeclaration": {
                "declarationTime": "2026-11-23T09:00:00Z",
                "reason": "incorrect_data",
            }
        },
        {"certificationInfo": "https://example.com/certificate"},
        {"eventTime": "2026-11-22T08:00:03.000Z"},
        {"eventTime": "2026-11-22T08:00:03.0004Z"},
        {"epcList": list(reversed(HANDOFF["epcList"]))},
        {
            "epcList": [
                "urn:epc:id:sgtin:9520123.045678.A",
                "https://b.example/01/09520123456788/21/B?17=261122",
            ]
        },
        {"bizStep": "https://ref.gs1.org/cbv/BizStep-shipping"},
        {"bizStep": "urn:epcglobal:cbv:bizstep:shipping"},
        {"bizStep": "cbv:BizStep-shipping"},
        {"bizStep": " shipping "},
        {"readPoint": {"id": "urn:epc:id:sgln:9520000.00001.0"}},
        {"quantityList": []},
        {"parentID": None},
    ],
    ids="-".join,
)
def test_the_same_statement_written_otherwise_keeps_its_hash(change: dict[str, Any]) -> None:
    assert event_hash.event_id(HANDOFF | change) == event_hash.event_id(HANDOFF)


@pytest.mark.parametrize(
    "change",
    [
        {"type": "AssociationEvent"},
        {"eventTime": "2026-11-22T08:00:03.001Z"},
        {"eventTime": "2026-11-22T08:00:03.0005Z"},
        {"eventTimeZoneOffset": "+02:00"},
        {"epcList": ["https://id.gs1.org/01/09520123456788/21/A"]},
        {"action": "ADD"},
        {"bizStep": "receiving"},
        {"bizStep": "https://example.com/shipping"},
        {"disposition": "stolen"},
        {"readPoint": {"id": "https://id.gs1.org/414/9520000000028"}},
        {"readPoint": {"id": "https://id.gs1.org/414/9520000000011", "custos:gate": "4"}},
        {"bizLocation": {"id": "https://id.gs1.org/414/9520000000011"}},
        {"sourceList": HANDOFF["sourceList"] * 2},
        {"destinationList": []},
        {"custos:place": {"country": "NL", "name": "Hamburg"}},
        {"custos:other": "x"},
        {"parentID": "https://id.gs1.org/00/006141411234567890"},
        {
            "quantityList": [
                {"epcClass": "https://id.gs1.org/01/09520123456788/10/L", "quantity": 2}
            ]
        },
    ],
    ids="-".join,
)
def test_another_statement_has_another_hash(change: dict[str, Any]) -> None:
    assert event_hash.event_id(HANDOFF | change) != event_hash.event_id(HANDOFF)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (23.0, "=23"),
        (200, "=200"),
        (200.5, "=200.5"),
        (0.1, "=0.1"),
        (1e-07, "=0.0000001"),
        (1e22, "=10000000000000000000000"),
        ("23.0", "=23"),
        ("-0.50", "=-0.5"),
        ("00123", "=00123"),
        ("1e5", "=1e5"),
        ("1_000", "=1_000"),
        (" text ", "=text"),
        (True, "=true"),
        (False, "=false"),
        ("", ""),
        (None, ""),
        ("custos:x", "=https://custos.example/ns/epcis#x"),
        ("gs1:Angle", "=https://ref.gs1.org/voc/Angle"),
        ("urn:epcglobal:cbv:er:incorrect_data", "=https://ref.gs1.org/cbv/ER-incorrect_data"),
        ("https://b.example/01/9520123456788", "=https://id.gs1.org/01/09520123456788"),
    ],
    ids=str,
)
def test_a_value_has_one_form(value: Any, text: str) -> None:
    event = {"@context": vocabulary.extension_context(), "type": "ObjectEvent", "custos:x": value}
    shown = event_hash.pre_hash(event).removeprefix("eventType=ObjectEvent")
    assert shown == ("{https://custos.example/ns/epcis#}x" + text if text else "")


@pytest.mark.parametrize(
    ("time", "utc"),
    [
        ("2026-11-22T09:00:03+01:00", "2026-11-22T08:00:03.000Z"),
        ("2026-12-31T23:30:00.9996-01:00", "2027-01-01T00:30:01.000Z"),
        ("2026-11-22T08:00:03.0005Z", "2026-11-22T08:00:03.001Z"),
        ("2026-11-22T08:00:03.0015Z", "2026-11-22T08:00:03.002Z"),
        ("2026-11-22T08:00:03.00049999999Z", "2026-11-22T08:00:03.000Z"),
        ("0990-01-01T00:00:00Z", "0990-01-01T00:00:00.000Z"),
        ("2026-11-22T25:00:00Z", "2026-11-22T25:00:00Z"),
        ("9999-12-31T23:59:59.9999Z", "9999-12-31T23:59:59.9999Z"),
        ("soon", "soon"),
    ],
)
def test_times_are_utc_with_milliseconds_half_up(time: str, utc: str) -> None:
    event = {
        "@context": vocabulary.extension_context(),
        "type": "ObjectEvent",
        "custos:sealTime": time,
    }
    assert event_hash.pre_hash(event).endswith("sealTime=" + utc)
    assert event_hash.pre_hash({"type": "ObjectEvent", "eventTime": time}).endswith(
        "eventTime=" + utc
    )


@given(st.permutations(list(HANDOFF)), st.permutations(HANDOFF["epcList"]))
def test_order_of_members_and_lists_says_nothing(members: list[str], epcs: list[str]) -> None:
    event = {name: HANDOFF[name] for name in members} | {"epcList": epcs}
    assert event_hash.pre_hash(event) == PRE_HASH


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(min_size=1), inner, max_size=3)
    ),
    max_leaves=8,
)


@given(JSON)
def test_any_extension_is_hashed_without_fail(value: Any) -> None:
    event_hash.pre_hash(HANDOFF | {"custos:x": value, "custos:xTime": value})


def test_an_event_carries_its_own_hash() -> None:
    signed = HANDOFF | {"eventID": event_hash.event_id(HANDOFF)}
    event_hash.check_event_id(signed)
    for event in (
        HANDOFF,
        signed | {"action": "ADD"},
        signed | {"eventID": signed["eventID"].upper()},
    ):
        with pytest.raises(errors.BadEventId) as caught:
            event_hash.check_event_id(event)
        assert caught.value.code == "bad-event-id"


@pytest.mark.parametrize(
    "event", [{"x" * 301: 1}, {"@context": [{"a": "u" * 297}], "a:bc": 1}], ids=["own", "resolved"]
)
def test_the_name_of_an_extension_has_at_most_300_characters(event: dict[str, Any]) -> None:
    with pytest.raises(errors.TooLarge):
        event_hash.pre_hash({"type": "ObjectEvent"} | event)
