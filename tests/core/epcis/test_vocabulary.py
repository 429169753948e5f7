"""The vocabulary: every standard word, and ours beside it."""

import pytest

from provenance.core.epcis import sensors, vocabulary


@pytest.mark.parametrize(
    ("vocabulary", "size", "uri"),
    [
        (vocabulary.BizStep, 41, "https://ref.gs1.org/cbv/BizStep-shipping"),
        (vocabulary.Disposition, 33, "https://ref.gs1.org/cbv/Disp-in_transit"),
        (vocabulary.BizTransactionType, 13, "https://ref.gs1.org/cbv/BTT-desadv"),
        (vocabulary.SourceDestType, 3, "https://ref.gs1.org/cbv/SDT-possessing_party"),
        (vocabulary.ErrorReason, 2, "https://ref.gs1.org/cbv/ER-did_not_occur"),
        (sensors.Component, 14, "https://ref.gs1.org/cbv/Comp-x"),
        (sensors.SensorAlert, 2, "https://ref.gs1.org/voc/ALARM_CONDITION"),
        (vocabulary.Procedure, 3, "https://custos.example/ns/epcis#Procedure-export"),
        (vocabulary.Outcome, 5, "https://custos.example/ns/epcis#Outcome-cleared"),
    ],
    ids=lambda value: getattr(value, "__name__", None),
)
def test_a_vocabulary_is_closed_and_carries_its_uris(vocabulary: type, size: int, uri: str) -> None:
    terms = list(vocabulary)  # type: ignore[call-overload]
    assert len(terms) == size
    assert uri in {term.uri for term in terms}
    assert all(term.uri.endswith(term) for term in terms)


def test_every_customs_word_has_its_edifact_code() -> None:
    codes = {term.edifact for term in (*vocabulary.Procedure, *vocabulary.Outcome)}
    assert codes == {"7365:22", "7365:23", "7365:24", "7365:4", "7365:7", "7365:5", "7365:25"}


def test_the_extension_context_is_never_shared() -> None:
    first = vocabulary.extension_context()
    first[0]["custos"] = "https://evil.example/"
    assert vocabulary.extension_context() == [{"custos": vocabulary.CUSTOS_NS}]


def test_fields_of_ours_carry_our_prefix() -> None:
    assert all(field.startswith(vocabulary.CUSTOS_PREFIX + ":") for field in vocabulary.Field)
