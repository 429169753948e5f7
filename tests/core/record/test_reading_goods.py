"""An act on goods: subjects and amounts, parties, places, customs, times,
evidence.
"""

from typing import Any

import pytest

from provenance.core import gs1
from provenance.core.epcis.vocabulary import Outcome
from provenance.core.record import reading
from provenance.core.record.acts import CHECKPOINTS
from provenance.core.signing import canonical
from tests.cast import GTIN, ITEM, PALLET
from tests.core import hostile
from tests.core.record.test_reading import CARRIER, GOOD, LOT, MAKER, OUT, at, code, read

BODY = "credentialSubject"


@pytest.mark.parametrize(
    ("name", "member", "value", "expected"),
    [
        ("commission", "epcList", [], "bad-epcis"),
        ("commission", "epcList", ..., "bad-epcis"),
        ("commission", "epcList", [ITEM, ITEM], "bad-epcis"),
        ("commission", "epcList", [LOT], "bad-epcis"),
        ("commission", "epcList", [MAKER.uri], "bad-epcis"),
        (
            "commission",
            "epcList",
            [ITEM.replace("id.gs1.org", "mallory.example")],
            "bad-identifier",
        ),
        ("commission", "epcList", [ITEM + "%41"], "bad-identifier"),
        ("commission", "epcList", [7], "bad-epcis"),
        ("commission", "epcList", ITEM, "bad-epcis"),
        ("commission", "type", "TransactionEvent", "bad-epcis"),
        ("commission", "eventID", ..., "malformed"),
        ("commission", "parentID", PALLET, "bad-epcis"),
        ("lot", "quantityList", [], "bad-epcis"),
        ("lot", "quantityList", [LOT], "bad-epcis"),
        ("lot", "quantityList", [{"epcClass": ITEM, "quantity": 1}], "bad-epcis"),
        (
            "lot",
            "quantityList",
            [{"epcClass": LOT, "quantity": 1}, {"epcClass": LOT, "quantity": 1}],
            "bad-epcis",
        ),
        ("pack", "parentID", ..., "bad-epcis"),
        ("pack", "parentID", ITEM, "bad-epcis"),
        ("pack", "parentID", LOT, "bad-epcis"),
        ("pack", "childEPCs", [PALLET], "bad-epcis"),
        ("repack", "outputQuantityList", [], "bad-epcis"),
        ("repack", "outputQuantityList", ..., "bad-epcis"),
        ("repack", "inputQuantityList", ..., "bad-epcis"),
        ("transform", "inputEPCList", [OUT], "unsealed-items"),
        ("repack", "outputQuantityList", [{"epcClass": LOT, "quantity": 1}], "bad-epcis"),
        ("hand_over", "sourceList", [{"type": "possessing_party", "source": ITEM}], "bad-epcis"),
        (
            "hand_over",
            "sourceList",
            [{"type": "possessing_party", "source": "x"}],
            "bad-identifier",
        ),
        ("hand_over", "destinationList", {}, "bad-epcis"),
        ("commission", "eventTime", ..., "malformed"),
        ("commission", "eventTime", "2026-11-02", "timestamp"),
        ("commission", "eventTime", "2026-11-02T08:00:00", "timestamp"),
        ("commission", "eventTimeZoneOffset", ..., "timestamp"),
        ("commission", "eventTimeZoneOffset", "+8:00", "timestamp"),
        ("commission", "eventTimeZoneOffset", "+15:00", "timestamp"),
        ("commission", "eventTimeZoneOffset", "+14:30", "timestamp"),
        ("commission", "eventTimeZoneOffset", "Z", "timestamp"),
        ("commission", "eventTimeZoneOffset", "+08:00\n", "bad-text"),
        ("commission", "readPoint", {}, "bad-epcis"),
        ("commission", "readPoint", {"id": 7}, "bad-epcis"),
        ("commission", "ilmd", [], "bad-epcis"),
        ("correct", "errorDeclaration", None, "bad-epcis"),
        ("correct", "errorDeclaration", "incorrect_data", "bad-epcis"),
    ],
)
def test_an_act_says_what_it_moves_and_when(
    name: str, member: str, value: Any, expected: str
) -> None:
    assert code(at(name, BODY, member, to=value)) == expected


@pytest.mark.parametrize(
    ("written", "day"),
    [
        ("2026-12-31", "2026-12-31"),
        ("2026-12-31T23:00:00-05:00", "2026-12-31"),
        ("2026-02-00", "2026-02-28"),
        *(
            (other, "")
            for other in ("31.12.2026", "2026-12", "2026-02-30", "0000-00-00", 7, "", None)
        ),
    ],
)
def test_a_last_day_in_another_spelling_breaks_no_record(written: Any, day: str) -> None:
    ilmd = {"cbvmda:itemExpirationDate": written}
    assert read(at("commission", BODY, "ilmd", to=ilmd)).goods.expiry == day


@pytest.mark.parametrize("quantity", [0, -1, True, "40", None, ..., -0.5], ids=str)
def test_a_lot_moves_in_an_amount_above_nothing(quantity: Any) -> None:
    assert code(at("lot", BODY, "quantityList", 0, "quantity", to=quantity)) == "bad-epcis"


@pytest.mark.parametrize("offset", ["+00:00", "-00:00", "+14:00", "-12:00", "+05:45"])
def test_an_offset_is_within_fourteen_hours(offset: str) -> None:
    assert read(at("commission", BODY, "eventTimeZoneOffset", to=offset)).offset == offset


def test_an_event_moves_at_most_so_many_subjects() -> None:
    many = [gs1.item_uri(GTIN, str(number)) for number in range(10_001)]
    assert code(at("commission", BODY, "epcList", to=many)) == "too-large"


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ({"country": "NL"}, "read"),
        ({"country": "NL", "name": "Rotterdam", "locode": "NLRTM"}, "read"),
        (None, "malformed"),
        ("NL", "malformed"),
        ([], "malformed"),
        ({}, "malformed"),
        ({"name": "Rotterdam"}, "malformed"),
        ({"country": "NL", "city": "Rotterdam"}, "malformed"),
        ({"country": "nl"}, "malformed"),
        ({"country": "NLD"}, "malformed"),
        ({"country": "NL\n"}, "bad-text"),
        ({"country": None}, "malformed"),
        ({"country": "NL", "name": 7}, "malformed"),
        ({"country": "NL", "name": {}}, "malformed"),
        ({"country": "NL", "locode": None}, "malformed"),
    ],
    ids=str,
)
def test_a_place_has_its_shape(value: Any, expected: str) -> None:
    assert code(at("commission", BODY, "custos:place", to=value)) == expected


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({}, "read"),
        ({"procedure": "export"}, "read"),
        ({"procedure": "transit"}, "read"),
        ({"procedure": "smuggling"}, "bad-epcis"),
        ({"procedure": ...}, "malformed"),
        ({"procedure": None}, "malformed"),
        ({"outcome": "released"}, "bad-epcis"),
        ({"outcome": "held"}, "bad-epcis"),
        ({"outcome": None}, "malformed"),
        ({"outcome": ...}, "bad-epcis"),
        ({"officer": "x"}, "malformed"),
        ({"post": 7}, "malformed"),
        ({"declaration": "x"}, "unsealed-member"),
        ({"seals": ["x"]}, "unsealed-member"),
        ({"edifact": {}}, "malformed"),
    ],
    ids=str,
)
def test_customs_says_what_it_did_in_words_that_fit_the_event(
    change: dict[str, Any], expected: str
) -> None:
    document = GOOD["checkpoint"]
    for member, value in change.items():
        document = hostile.changed(document, (BODY, "custos:customs", member), value)
    assert code(document) == expected


CODES = {
    ("export", None): "7365:22",
    ("import", None): "7365:23",
    ("transit", None): "7365:24",
    ("import", "cleared"): "7365:4",
    ("import", "held"): "7365:7",
    ("import", "sampled"): "7365:5",
    ("import", "seized"): "7365:7",
    ("import", "refused"): "7365:25",
}


@pytest.mark.parametrize(("procedure", "outcome"), CODES, ids=str)
def test_an_edifact_code_is_that_of_the_outcome_or_else_of_the_procedure(
    procedure: str, outcome: str | None
) -> None:
    step, disposition = CHECKPOINTS[Outcome(outcome) if outcome else None]
    document = at("checkpoint", BODY, "bizStep", to=str(step))
    document = hostile.changed(document, (BODY, "disposition"), str(disposition))
    words = {"procedure": procedure} | ({"outcome": outcome} if outcome else {})
    answers = {
        edifact: code(
            hostile.changed(document, (BODY, "custos:customs"), {**words, "edifact": edifact})
        )
        for edifact in {*CODES.values(), "7365:1", "9999:4", "4", ""}
    }
    assert [edifact for edifact, answer in answers.items() if answer == "read"] == [
        CODES[procedure, outcome]
    ]
    assert set(answers.values()) == {"read", "bad-epcis"}


WHY = {"reason": "the lid leaks"}
RECALL = {**WHY, "advice": "Bring it back.", "contact": "care@lantern.example"}


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("recall", RECALL, "read"),
        ("recall", WHY, "bad-epcis"),
        ("recall", ..., "bad-epcis"),
        ("recall", {}, "bad-epcis"),
        ("recall", RECALL | {"more": "x"}, "malformed"),
        ("recall", RECALL | {"reason": ""}, "malformed"),
        ("recall", RECALL | {"reason": " \u00a0"}, "malformed"),
        ("recall", RECALL | {"contact": 7}, "malformed"),
        ("recall", RECALL | {"advice": "x" * 301}, "malformed"),
        ("recall", "leaks", "malformed"),
        ("recall", None, "malformed"),
        ("destroy", WHY, "read"),
        ("destroy", RECALL, "bad-epcis"),
        ("destroy", ..., "bad-epcis"),
        ("sell", WHY, "bad-epcis"),
        ("commission", RECALL, "bad-epcis"),
        ("correct", WHY, "read"),
        ("correct", {"why": "x"}, "malformed"),
    ],
    ids=str,
)
def test_an_act_is_explained_as_the_table_says(name: str, value: Any, expected: str) -> None:
    assert code(at(name, BODY, "custos:explanation", to=value)) == expected


@pytest.mark.parametrize("value", [None, "cleared", [], 7], ids=str)
def test_customs_is_an_object(value: Any) -> None:
    assert code(at("checkpoint", BODY, "custos:customs", to=value)) == "malformed"


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ([{"type": "File", "sha256": "0" * 64, "row": 7}], "read"),
        ([{"weight": "1.5"}], "read"),
        ([], "malformed"),
        ({}, "malformed"),
        (None, "malformed"),
        ("file", "malformed"),
        (["file"], "malformed"),
        ([{}, 7], "malformed"),
        ([{"weight": 1.5}], "bad-number"),
        ([{"deep": [{"weight": 0.5}]}], "bad-number"),
    ],
    ids=str,
)
@pytest.mark.parametrize("name", ["commission", "claim"])
def test_evidence_is_a_list_of_objects_without_fractions(
    name: str, value: Any, expected: str
) -> None:
    assert code(at(name, "evidence", to=value)) == expected


@pytest.mark.parametrize("member", ["id", "time", "type"])
@pytest.mark.parametrize("value", [None, 7, "", [], {}, ...], ids=str)
def test_a_claim_names_its_subject_its_time_and_itself(member: str, value: Any) -> None:
    expected = {"id": {"malformed"}, "time": {"malformed"}, "type": {"bad-epcis"}}[member]
    assert code(at("claim", BODY, member, to=value)) in expected


def test_the_parties_of_a_handoff_are_read_from_its_possessors_alone() -> None:
    owners = [
        {"type": "owning_party", "source": CARRIER.uri},
        *GOOD["hand_over"][BODY]["sourceList"],
    ]
    assert read(at("hand_over", BODY, "sourceList", to=owners)).goods.sender == MAKER.gln
    assert read(at("hand_over", BODY, "sourceList", to=owners[:1])).goods.sender is None


@pytest.mark.parametrize(
    ("more", "expected"), [(0, "read"), (1, "too-large")], ids=["16 kB", "more"]
)
@pytest.mark.parametrize("name", ["commission", "claim"])
def test_evidence_has_at_most_16_kb(name: str, more: int, expected: str) -> None:
    text = "é" * ((reading.MAX_EVIDENCE - len('[{"a":""}]')) // 2) + "x" * more
    document = at(name, "evidence", to=[{"a": text}])
    assert len(canonical.serialize(document["evidence"])) == reading.MAX_EVIDENCE + more
    assert code(document) == expected


@pytest.mark.parametrize(
    ("quantity", "expected"),
    [
        (0.000001, "read"),
        (1_000_000_000_000, "read"),
        (999_999_999_999.5, "read"),
        (0.0000001, "bad-epcis"),
        (1.0000001, "bad-epcis"),
        (0.30000000000000004, "bad-epcis"),
        (1_000_000_000_001, "bad-epcis"),
        (1e14, "bad-epcis"),
    ],
    ids=str,
)
def test_a_quantity_has_at_most_6_decimals_and_12_zeros(quantity: Any, expected: str) -> None:
    assert code(at("lot", BODY, "quantityList", 0, "quantity", to=quantity)) == expected


@pytest.mark.parametrize(
    ("name", "where"),
    [
        ("checkpoint", ("custos:customs", "post")),
        ("checkpoint", ("custos:place", "name")),
        ("checkpoint", ("custos:place", "locode")),
        ("sell", ("readPoint", "id")),
        ("correct", ("errorDeclaration", "reason")),
        ("commission", ("ilmd", "custom:remark")),
        ("commission", ("custom:free",)),
    ],
    ids=str,
)
def test_a_text_of_an_event_has_at_most_300_characters(name: str, where: tuple[Any, ...]) -> None:
    assert code(at(name, BODY, *where, to="é" * 300)) == "read"
    assert code(at(name, BODY, *where, to="é" * 301)) == "malformed"


def test_a_name_in_an_event_has_at_most_300_characters() -> None:
    assert code(at("commission", BODY, "n" * 300, to=[{"n" * 300: 1}])) == "read"
    assert code(at("commission", BODY, "custom:x", to=[{"n" * 301: 1}])) == "malformed"
