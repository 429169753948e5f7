"""The EPCIS schema: GS1's documents, then one fault at a time."""

import copy
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from provenance.core import errors
from provenance.core.epcis import vocabulary
from provenance.core.epcis.vocabulary import Outcome, Procedure
from provenance.core.record import sealed, view
from provenance.core.record.event import Customs
from provenance.core.record.vocabulary import Act
from provenance.services.record import epcis_schema
from tests import shared
from tests.cast import PALLET, item
from tests.core.record import sealing

ITEM = "https://id.gs1.org/01/09520123456788/21/A"
LOT = "https://id.gs1.org/01/09520123456788/10/L"
UNIT = "https://id.gs1.org/00/006141411234567890"
PARTY = "https://id.gs1.org/417/9520000000011"
PLACE = "https://id.gs1.org/414/9520000000011"
WHEN: dict[str, Any] = {"eventTime": "2026-11-22T08:00:03Z", "eventTimeZoneOffset": "+00:00"}

OBJECT: dict[str, Any] = {
    **WHEN,
    "@context": vocabulary.extension_context(),
    "type": "ObjectEvent",
    "eventID": "ni:///sha-256;" + "0" * 64 + "?ver=CBV2.0",
    "epcList": [ITEM],
    "quantityList": [{"epcClass": LOT, "quantity": 2.5, "uom": "KGM"}],
    "action": "ADD",
    "bizStep": "commissioning",
    "disposition": "active",
    "persistentDisposition": {"set": ["completeness_verified"]},
    "readPoint": {"id": PLACE},
    "bizLocation": {"id": "geo:53.5,9.9"},
    "bizTransactionList": [
        {"type": "desadv", "bizTransaction": "urn:uuid:0192f0c4-7b1e-7cc3-98c4-dc0c0c07398f"}
    ],
    "sourceList": [{"type": "possessing_party", "source": PARTY}],
    "destinationList": [{"type": "owning_party", "destination": PARTY}],
    "errorDeclaration": {"declarationTime": "2026-11-23T08:00:00Z", "reason": "incorrect_data"},
    "ilmd": {"cbvmda:lotNumber": "L"},
    "sensorElementList": [{"sensorReport": [{"type": "Temperature", "value": 4.5, "uom": "CEL"}]}],
    "custos:place": {"country": "DE"},
}
AGGREGATION = WHEN | {
    "type": "AggregationEvent",
    "action": "ADD",
    "parentID": UNIT,
    "childEPCs": [ITEM],
}
ASSOCIATION = WHEN | {
    "type": "AssociationEvent",
    "action": "ADD",
    "parentID": UNIT,
    "childEPCs": [ITEM],
}
TRANSACTION = WHEN | {
    "type": "TransactionEvent",
    "action": "ADD",
    "epcList": [ITEM],
    "bizTransactionList": [{"type": "po", "bizTransaction": "https://example.com/po/1"}],
}
TRANSFORMATION = WHEN | {
    "type": "TransformationEvent",
    "inputEPCList": [ITEM],
    "outputEPCList": [UNIT],
}
DOCUMENT: dict[str, Any] = {
    "@context": [vocabulary.EPCIS_CONTEXT],
    "type": "EPCISDocument",
    "schemaVersion": "2.0",
    "creationDate": "2026-11-22T08:00:03Z",
    "epcisBody": {"eventList": [OBJECT, AGGREGATION, ASSOCIATION, TRANSACTION, TRANSFORMATION]},
}
REQUIRED = [
    *((OBJECT, (name,)) for name in ("type", "eventTime", "eventTimeZoneOffset", "action")),
    (OBJECT, ("quantityList", 0, "epcClass")),
    (OBJECT, ("readPoint", "id")),
    (OBJECT, ("bizLocation", "id")),
    (OBJECT, ("persistentDisposition", "set")),
    (OBJECT, ("bizTransactionList", 0, "bizTransaction")),
    (OBJECT, ("sourceList", 0, "type")),
    (OBJECT, ("sourceList", 0, "source")),
    (OBJECT, ("destinationList", 0, "type")),
    (OBJECT, ("destinationList", 0, "destination")),
    (OBJECT, ("errorDeclaration", "declarationTime")),
    (OBJECT, ("sensorElementList", 0, "sensorReport")),
    (OBJECT, ("sensorElementList", 0, "sensorReport", 0, "type")),
    *((AGGREGATION, (name,)) for name in ("type", "eventTime", "eventTimeZoneOffset", "action")),
    *((AGGREGATION, (name,)) for name in ("parentID", "childEPCs")),
    *((ASSOCIATION, (name,)) for name in ("type", "eventTime", "eventTimeZoneOffset", "action")),
    *((ASSOCIATION, (name,)) for name in ("parentID", "childEPCs")),
    *((TRANSACTION, (name,)) for name in ("type", "eventTime", "eventTimeZoneOffset", "action")),
    *((TRANSACTION, (name,)) for name in ("bizTransactionList", "epcList")),
    *((TRANSFORMATION, (name,)) for name in ("type", "eventTime", "eventTimeZoneOffset")),
    *((TRANSFORMATION, (name,)) for name in ("inputEPCList", "outputEPCList")),
]


def documents(folder: str) -> list[Path]:
    paths = sorted((shared.vectors("epcis-documents") / folder).iterdir())
    assert paths
    return paths


def pointer_of(event: Any) -> str:
    with pytest.raises(errors.BadEpcis) as caught:
        epcis_schema.check_event(event)
    assert caught.value.code == "bad-epcis"
    pointer: str = caught.value.extra["pointer"]
    return pointer


def test_every_valid_document_is_accepted() -> None:
    for path in documents("valid"):
        epcis_schema.check_document(json.loads(path.read_text()))


def test_every_invalid_document_is_refused() -> None:
    for path in documents("invalid"):
        with pytest.raises(errors.BadEpcis):
            epcis_schema.check_document(json.loads(path.read_text()))


@pytest.mark.parametrize(
    "event",
    [
        pytest.param(OBJECT, id="object"),
        pytest.param(AGGREGATION, id="aggregation"),
        pytest.param(ASSOCIATION, id="association"),
        pytest.param(TRANSACTION, id="transaction"),
        pytest.param(TRANSFORMATION, id="transformation"),
        pytest.param(
            WHEN | {"type": "ObjectEvent", "action": "OBSERVE", "epcList": []}, id="empty epcList"
        ),
        pytest.param(
            WHEN | {"type": "AggregationEvent", "action": "DELETE", "parentID": UNIT},
            id="all unpacked",
        ),
        pytest.param(
            WHEN
            | {"type": "TransformationEvent", "transformationID": UNIT, "inputEPCList": [ITEM]},
            id="half",
        ),
        pytest.param(
            OBJECT | {"bizStep": vocabulary.BizStep.SHIPPING.uri}, id="standard word as URI"
        ),
        pytest.param(OBJECT | {"bizStep": "https://example.com/weighing"}, id="own word"),
        pytest.param(
            WHEN | {"type": "https://example.com/Weighing", "anything": 1}, id="own kind of event"
        ),
        pytest.param(OBJECT | {"https://example.com/x": 1}, id="extension by full URI"),
        pytest.param(
            OBJECT | {"eventTime": "2026-11-22T08:00:03.123456+05:30"}, id="offset and fraction"
        ),
        pytest.param(
            OBJECT | {"@context": {"custos": vocabulary.CUSTOS_NS}}, id="context as object"
        ),
    ],
)
def test_an_event_of_the_standard_is_accepted(event: dict[str, Any]) -> None:
    epcis_schema.check_event(event)
    epcis_schema.check_document(DOCUMENT | {"epcisBody": {"eventList": [event]}})


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        pytest.param({"type": "Event"}, "/type", id="unknown type"),
        pytest.param({"type": 7}, "/type", id="type not text"),
        pytest.param({"eventTime": "2026-11-22T08:00:03"}, "/eventTime", id="naive time"),
        pytest.param({"eventTime": "2026-11-22 08:00:03Z"}, "/eventTime", id="space in a time"),
        pytest.param({"eventTime": "2026-11-22T08:00:60Z"}, "/eventTime", id="leap second"),
        pytest.param({"eventTime": "2026-11-22T24:00:00Z"}, "/eventTime", id="hour 24"),
        pytest.param({"eventTime": "2026-02-30T08:00:00Z"}, "/eventTime", id="30 February"),
        pytest.param({"eventTime": "0000-01-01T00:00:00Z"}, "/eventTime", id="year 0"),
        pytest.param({"eventTime": "2026-11-22T08:00:00+99:00"}, "/eventTime", id="offset +99"),
        pytest.param({"eventTime": "2026-11-22"}, "/eventTime", id="date only"),
        pytest.param(
            {"eventTime": "2026-11-22T08:00:03Z\n"}, "/eventTime", id="line break after a time"
        ),
        pytest.param({"recordTime": 1}, "/recordTime", id="record time as number"),
        pytest.param({"eventTimeZoneOffset": "Z"}, "/eventTimeZoneOffset", id="offset Z"),
        pytest.param({"eventTimeZoneOffset": "+15:00"}, "/eventTimeZoneOffset", id="offset +15"),
        pytest.param({"eventTimeZoneOffset": "+14:30"}, "/eventTimeZoneOffset", id="offset +14:30"),
        pytest.param({"eventID": "event 1"}, "/eventID", id="event id not a URI"),
        pytest.param({"action": "CREATE"}, "/action", id="unknown action"),
        pytest.param({"action": "add"}, "/action", id="action in lower case"),
        pytest.param({"action": "OBSERVE"}, "/ilmd", id="ilmd with OBSERVE"),
        pytest.param({"bizStep": "transforming"}, "/bizStep", id="bare word of one's own"),
        pytest.param(
            {"bizStep": "urn:epcglobal:cbv:bizstep:new"}, "/bizStep", id="own word in the CBV URN"
        ),
        pytest.param(
            {"bizStep": "https://ref.gs1.org/cbv/BizStep-new"}, "/bizStep", id="own word in the CBV"
        ),
        pytest.param(
            {"bizStep": "https://ns.gs1.org/cbv/x"}, "/bizStep", id="own word in the old CBV"
        ),
        pytest.param({"bizStep": ["shipping"]}, "/bizStep", id="two business steps"),
        pytest.param({"disposition": "in_transport"}, "/disposition", id="unknown disposition"),
        pytest.param(
            {"disposition": "shipping"}, "/disposition", id="business step as disposition"
        ),
        pytest.param({"epcList": ITEM}, "/epcList", id="list not a list"),
        pytest.param({"epcList": [ITEM, ITEM]}, "/epcList", id="item twice"),
        pytest.param({"epcList": ["item 1"]}, "/epcList/0", id="item not a URI"),
        pytest.param({"epcList": [None]}, "/epcList/0", id="null item"),
        pytest.param(
            {"quantityList": [{"epcClass": LOT, "weight": 5}]},
            "/quantityList/0",
            id="unknown member",
        ),
        pytest.param(
            {"quantityList": [{"epcClass": LOT, "quantity": "2"}]},
            "/quantityList/0/quantity",
            id="quantity as text",
        ),
        pytest.param(
            {"quantityList": [{"epcClass": LOT, "uom": "kg"}]}, "/quantityList/0/uom", id="unit"
        ),
        pytest.param({"readPoint": PLACE}, "/readPoint", id="place not an object"),
        pytest.param(
            {"readPoint": {"id": PLACE, "name": "gate"}}, "/readPoint", id="bare name in a place"
        ),
        pytest.param(
            {"bizTransactionList": [{"type": "bill", "bizTransaction": ITEM}]},
            "/bizTransactionList/0/type",
            id="unknown document type",
        ),
        pytest.param(
            {"sourceList": [{"type": "place", "source": PARTY}]},
            "/sourceList/0/type",
            id="source type",
        ),
        pytest.param(
            {"sourceList": [{"type": "location", "destination": PARTY}]},
            "/sourceList/0",
            id="mixed end",
        ),
        pytest.param(
            {"persistentDisposition": {}},
            "/persistentDisposition",
            id="empty persistent disposition",
        ),
        pytest.param(
            {"persistentDisposition": {"set": []}}, "/persistentDisposition/set", id="nothing set"
        ),
        pytest.param({"ilmd": {"lotNumber": "L"}}, "/ilmd", id="bare name in ilmd"),
        pytest.param({"place": "Hamburg"}, "", id="bare name in the event"),
        pytest.param({":x": 1}, "", id="empty prefix"),
        pytest.param({"childEPCs": [ITEM]}, "", id="member of another kind of event"),
        pytest.param(
            {"sensorElementList": [{"sensorReport": []}]},
            "/sensorElementList/0/sensorReport",
            id="no report",
        ),
        pytest.param(
            {"sensorElementList": [{"sensorReport": [{"type": "Mood"}]}]},
            "/sensorElementList/0/sensorReport/0/type",
            id="unknown measure",
        ),
        pytest.param(
            {"sensorElementList": [{"sensorReport": [{"type": "Mass", "value": "4"}]}]},
            "/sensorElementList/0/sensorReport/0/value",
            id="reading as text",
        ),
        pytest.param(
            {"errorDeclaration": {"declarationTime": "2026-11-23T08:00:00Z", "reason": "oops"}},
            "/errorDeclaration/reason",
            id="unknown error reason",
        ),
        pytest.param(
            {
                "errorDeclaration": {
                    "declarationTime": "2026-11-23T08:00:00Z",
                    "reason": "did_not_occur",
                    "correctiveEventIDs": [ITEM],
                }
            },
            "/errorDeclaration/correctiveEventIDs",
            id="corrected though it did not occur",
        ),
        pytest.param({"@context": 7}, "/@context", id="context as number"),
    ],
)
def test_one_fault_is_refused_at_its_place(change: dict[str, Any], pointer: str) -> None:
    assert pointer_of(OBJECT | change) == pointer


@pytest.mark.parametrize("event", [None, [], "ObjectEvent", 7, {}], ids=repr)
def test_what_is_no_object_is_no_event(event: Any) -> None:
    assert pointer_of(event) == ""


@given(st.sampled_from(REQUIRED))
def test_an_event_without_a_required_member_is_refused(
    case: tuple[dict[str, Any], tuple[str | int, ...]],
) -> None:
    whole, path = case
    event = copy.deepcopy(
        {n: v for n, v in whole.items() if (path[0], n) != ("epcList", "quantityList")}
    )
    holder: Any = event
    for step in path[:-1]:
        holder = holder[step]
    del holder[path[-1]]
    pointer_of(event)


def test_an_object_event_says_what_it_is_about() -> None:
    about = {"epcList", "quantityList", "sensorElementList"}
    nothing = {name: value for name, value in OBJECT.items() if name not in about}
    assert pointer_of(nothing) == ""
    for member in about:
        epcis_schema.check_event(nothing | {member: OBJECT[member]})
    sensed = nothing | {"sensorElementList": OBJECT["sensorElementList"]}
    del sensed["readPoint"]
    assert pointer_of(sensed) == ""


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        pytest.param({"type": "EPCISQueryDocument"}, "/type", id="another document"),
        pytest.param({"schemaVersion": "1.2"}, "/schemaVersion", id="older version"),
        pytest.param({"creationDate": "2026-11-22"}, "/creationDate", id="date only"),
        pytest.param({"epcisBody": {}}, "/epcisBody", id="no events"),
        pytest.param(
            {"epcisBody": {"eventList": OBJECT}}, "/epcisBody/eventList", id="events not a list"
        ),
        pytest.param(
            {"epcisBody": {"eventList": [OBJECT, WHEN]}},
            "/epcisBody/eventList/1",
            id="second event",
        ),
        pytest.param(
            {"epcisBody": {"eventList": [OBJECT | {"bizStep": "x"}]}},
            "/epcisBody/eventList/0/bizStep",
            id="word in an event",
        ),
        pytest.param({"comment": "x"}, "", id="bare name"),
    ],
)
def test_a_fault_in_a_document_is_refused_at_its_place(
    change: dict[str, Any], pointer: str
) -> None:
    with pytest.raises(errors.BadEpcis) as caught:
        epcis_schema.check_document(DOCUMENT | change)
    assert caught.value.extra["pointer"] == pointer


@pytest.mark.parametrize(
    "member", ["@context", "type", "schemaVersion", "creationDate", "epcisBody"]
)
def test_a_document_without_a_required_member_is_refused(member: str) -> None:
    with pytest.raises(errors.BadEpcis):
        epcis_schema.check_document(
            {name: value for name, value in DOCUMENT.items() if name != member}
        )


def test_the_pointer_escapes_names() -> None:
    strange = {
        "readPoint": {"id": PLACE},
        "sensorElementList": [{"sensorReport": [{"type": "Mass", "a/b~c": 1}]}],
    }
    assert pointer_of(OBJECT | strange) == "/sensorElementList/0/sensorReport/0"


@pytest.mark.parametrize("kind", [Act.COMMISSION, Act.PACK, Act.TRANSFORM, Act.CHECKPOINT])
def test_sealed_events_and_their_full_views_are_epcis(kind: Act) -> None:
    options: dict[Act, dict[str, Any]] = {
        Act.PACK: {"parent": PALLET},
        Act.TRANSFORM: {"outputs": {item("OUT1"): 1, item("OUT2"): 1}},
        Act.CHECKPOINT: {
            "customs": Customs(Procedure.IMPORT, Outcome.CLEARED, "NLRTM", "D-7", seals=("S-1",))
        },
    }
    document, contents = sealing.event(kind=kind, **options.get(kind, {}))
    body = document["credentialSubject"]
    epcis_schema.check_event(body)
    epcis_schema.check_event(view.full(body, sealed.open_all(contents.tree[0], contents)))
