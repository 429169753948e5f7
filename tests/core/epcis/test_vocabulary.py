"""The vocabulary is GS1's, word for word, and a word is hashed as its URI; our own
words are beside it.
"""

import json
from enum import StrEnum
from typing import Any

import pytest

from provenance.core.epcis import event_hash, sensors, vocabulary
from tests import shared

# a member of an event -> the words it takes, their name in GS1's schema, and the
# beginning of their URIs
STANDARD: dict[str, tuple[type[StrEnum], str, str]] = {
    "bizStep": (vocabulary.BizStep, "bizStep", "https://ref.gs1.org/cbv/BizStep-"),
    "disposition": (vocabulary.Disposition, "disposition", "https://ref.gs1.org/cbv/Disp-"),
    "transaction": (
        vocabulary.BizTransactionType,
        "bizTransaction-type",
        "https://ref.gs1.org/cbv/BTT-",
    ),
    "source": (vocabulary.SourceDestType, "source-dest-type", "https://ref.gs1.org/cbv/SDT-"),
    "component": (sensors.Component, "component", "https://ref.gs1.org/cbv/Comp-"),
    "exception": (sensors.SensorAlert, "sensorAlertType", "https://ref.gs1.org/voc/"),
    "reason": (vocabulary.ErrorReason, "error-reason", "https://ref.gs1.org/cbv/ER-"),
}
HASHED = [name for name in STANDARD if name != "reason"]


def using(name: str, word: str) -> dict[str, Any]:
    """The part of an event that uses a word."""
    match name:
        case "transaction":
            return {"bizTransactionList": [{"type": word, "bizTransaction": "urn:x:1"}]}
        case "source":
            return {"sourceList": [{"type": word, "source": "urn:x:1"}]}
        case "component" | "exception":
            return {"sensorElementList": [{"sensorReport": [{name: word}]}]}
        case _:
            return {name: word}


@pytest.mark.parametrize("name", STANDARD)
def test_the_words_are_those_of_the_standard_and_no_other(name: str) -> None:
    words, schema, _ = STANDARD[name]
    published = json.loads(shared.vectors("epcis-openapi.json").read_text())
    assert {*words} == {*published["components"]["schemas"][schema]["anyOf"][1]["enum"]}


@pytest.mark.parametrize("name", HASHED)
def test_a_word_is_hashed_as_its_uri_and_an_invented_one_is_not(name: str) -> None:
    words, _, start = STANDARD[name]
    for word in words:
        text = event_hash.pre_hash({"type": "ObjectEvent"} | using(name, word))
        assert f"={start}{word}" in text
    assert start not in event_hash.pre_hash({"type": "ObjectEvent"} | using(name, "invented"))


def test_a_reason_knows_its_uri() -> None:
    assert [reason.uri for reason in vocabulary.ErrorReason] == [
        f"https://ref.gs1.org/cbv/ER-{reason}" for reason in vocabulary.ErrorReason
    ]


def test_every_customs_word_has_its_uri_and_its_edifact_code() -> None:
    ours = [*vocabulary.Procedure, *vocabulary.Outcome]
    assert {word.uri.removeprefix(vocabulary.CUSTOS_NS): word.edifact for word in ours} == {
        "Procedure-export": "7365:22",
        "Procedure-import": "7365:23",
        "Procedure-transit": "7365:24",
        "Outcome-cleared": "7365:4",
        "Outcome-held": "7365:7",
        "Outcome-sampled": "7365:5",
        "Outcome-seized": "7365:7",
        "Outcome-refused": "7365:25",
    }
    assert {word.uri.rpartition("-")[2] for word in ours} == {*ours}


def test_the_extension_context_is_never_shared() -> None:
    first = vocabulary.extension_context()
    first[0]["custos"] = "https://evil.example/"
    assert vocabulary.extension_context() == [{"custos": vocabulary.CUSTOS_NS}]


@pytest.mark.parametrize("field", list(vocabulary.Field))
def test_a_field_of_ours_is_hashed_under_our_namespace(field: vocabulary.Field) -> None:
    event = {"@context": vocabulary.extension_context(), "type": "ObjectEvent", field.value: "x"}
    name = field.removeprefix("custos:")
    assert event_hash.pre_hash(event).endswith(f"{{{vocabulary.CUSTOS_NS}}}{name}=x")
