"""Every rule fires and is silent; lanes follow from weights; the random share is what it says."""

import subprocess
import sys
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from customs.risk import assessing, draw, lanes, policy, rules
from customs.risk.facts import Counterpart, Declared, Facts, ProductFacts, Unlicensed, Watched
from customs.risk.lanes import Change, Lane
from customs.risk.vocabulary import FindingCode, PostKind, TransportMode

DECLARED = Declared(
    procedure="import",
    classification="69111000",
    origin="CN",
    quantity=Decimal(100),
    gross_mass=Decimal(50),
    seals=("S1", "S2"),
    transport_mode="1",
    export_country="CN",
    destination_country="NL",
    routing_countries=("SG",),
)
QUIET = Facts(declared=DECLARED, draw=9_999)
SAME = Counterpart("9520000000059", "EX-1", Decimal(100), Decimal(50), ("S2", "S1"))
TEA = ProductFacts("09520000000004", "6911.10", "CN")
WATCHED = (Watched("9520000000073", "false papers last year"),)


def declared(**changes: Any) -> dict[str, Any]:
    return {"declared": replace(DECLARED, **changes)}


C = FindingCode
FIRES: list[tuple[FindingCode, dict[str, Any]]] = [
    (C.CLASSIFICATION_DIFFERS, {"products": (replace(TEA, hs_code="851830"),)}),
    (C.CLASSIFICATION_DIFFERS, {"products": (TEA, replace(TEA, hs_code="85"))}),
    (C.ORIGIN_DIFFERS, {"products": (replace(TEA, origin="VN"),)}),
    (C.QUANTITY_DIFFERS, {"quantity": Decimal(94)}),
    (C.QUANTITY_DIFFERS, {"quantity": Decimal(106)}),
    (C.QUANTITY_DIFFERS, {"counterpart": replace(SAME, quantity=Decimal(90))}),
    (C.MASS_DIFFERS, {"counterpart": replace(SAME, gross_mass=Decimal(40))}),
    (C.SEAL_DIFFERS, {"counterpart": replace(SAME, seals=("S1",))}),
    (C.SEAL_DIFFERS, {"counterpart": SAME, **declared(seals=())}),
    (C.ROUTE_UNEXPECTED, {"recorded_countries": ("CN", "AE")}),
    (C.MODE_UNEXPECTED, {"post_kinds": (PostKind.AIR,)}),
    (C.CUSTODY_BROKEN, {"ended": ("https://id.gs1.org/00/095200000000000011",)}),
    (C.CUSTODY_BROKEN, {"refused": ("https://id.gs1.org/00/095200000000000011",)}),
    (C.CUSTODY_ONE_SIDED, {"waiting_hours": 25}),
    (C.RECORD_BROKEN, {"incidents": (7,)}),
    (C.MAKER_NOT_LICENSED, {"unlicensed": (Unlicensed("9520000000097", "LANTERN", "2026-11-02"),)}),
    (C.RIGHT_HOLDER_ALERT, {"alerts": WATCHED}),
    (C.RECALLED, {"recalled": ("https://id.gs1.org/01/09520000000004",)}),
    (C.STOLEN, {"stolen": ("https://id.gs1.org/00/095200000000000011",)}),
    (C.UNUSUAL_SCANS, {"scan_sessions": 21}),
    (C.FIRST_TIME_TRADER, {"first_time": ("9520000000035",)}),
    (C.OVERDUE, {"overdue_hours": 25}),
    (C.PARTY_WATCHED, {"watched_parties": WATCHED}),
    (C.PRODUCT_WATCHED, {"watched_products": WATCHED}),
    (C.ROUTE_WATCHED, {"watched_routes": WATCHED}),
    (C.NOT_ON_RECORD, {"on_record": False}),
    (C.RANDOM_SELECTION, {"draw": 299}),
]
SILENT: list[tuple[FindingCode, dict[str, Any]]] = [
    (C.CLASSIFICATION_DIFFERS, {"products": (TEA, replace(TEA, hs_code=""))}),
    (C.CLASSIFICATION_DIFFERS, {"products": (replace(TEA, hs_code="6911"),)}),
    (C.CLASSIFICATION_DIFFERS, {"products": (replace(TEA, hs_code="6911109990"),)}),
    (C.ORIGIN_DIFFERS, {"products": (TEA, replace(TEA, origin=""))}),
    (C.QUANTITY_DIFFERS, {"quantity": Decimal(105)}),
    (C.QUANTITY_DIFFERS, {"quantity": None, "counterpart": SAME}),
    (
        C.QUANTITY_DIFFERS,
        {"quantity": Decimal(100), "counterpart": replace(SAME, quantity=Decimal(1))},
    ),
    (C.MASS_DIFFERS, {"counterpart": replace(SAME, gross_mass=Decimal(55))}),
    (C.SEAL_DIFFERS, {"counterpart": SAME}),
    (C.SEAL_DIFFERS, {"counterpart": replace(SAME, seals=())}),
    (C.ROUTE_UNEXPECTED, {"recorded_countries": ("CN", "SG", "NL")}),
    (C.MODE_UNEXPECTED, {"post_kinds": (PostKind.SEA, PostKind.RAIL)}),
    (C.MODE_UNEXPECTED, {"post_kinds": ()}),
    (C.MODE_UNEXPECTED, {"post_kinds": (PostKind.AIR, PostKind.FREE_ZONE)}),
    (C.MODE_UNEXPECTED, {"post_kinds": (PostKind.AIR,), **declared(transport_mode="6")}),
    (C.CUSTODY_BROKEN, {"waiting_hours": 1}),
    (C.CUSTODY_ONE_SIDED, {"waiting_hours": 24}),
    (C.CUSTODY_ONE_SIDED, {"waiting_hours": None}),
    (C.RECORD_BROKEN, {"incidents": ()}),
    (C.MAKER_NOT_LICENSED, {"unlicensed": ()}),
    (C.RIGHT_HOLDER_ALERT, {"watched_parties": WATCHED}),
    (C.RECALLED, {"stolen": ("x",)}),
    (C.STOLEN, {"recalled": ("x",)}),
    (C.UNUSUAL_SCANS, {"scan_sessions": 20}),
    (C.FIRST_TIME_TRADER, {"first_time": ()}),
    (C.OVERDUE, {"overdue_hours": 24}),
    (C.PARTY_WATCHED, {"watched_products": WATCHED}),
    (C.PRODUCT_WATCHED, {"watched_routes": WATCHED}),
    (C.ROUTE_WATCHED, {"watched_parties": WATCHED}),
    (C.NOT_ON_RECORD, {"on_record": True}),
    (C.RANDOM_SELECTION, {"draw": 300}),
]


def codes(facts: Facts, under: policy.Policy = policy.DEFAULT) -> set[FindingCode]:
    return {finding.code for finding in rules.find(facts, under)}


def test_every_rule_has_a_case_where_it_fires_and_one_where_it_is_silent() -> None:
    assert {code for code, _ in FIRES} == {code for code, _ in SILENT} == set(FindingCode)


@pytest.mark.parametrize(("code", "changes"), FIRES)
def test_it_fires_alone_with_its_weight_and_a_sentence(
    code: FindingCode, changes: dict[str, Any]
) -> None:
    (finding,) = rules.find(replace(QUIET, **changes), policy.DEFAULT)
    assert (finding.code, finding.weight) == (code, policy.DEFAULT.weights[code])
    assert finding.sentence
    assert "%" not in finding.sentence


@pytest.mark.parametrize(("code", "changes"), SILENT)
def test_it_is_silent(code: FindingCode, changes: dict[str, Any]) -> None:
    assert code not in codes(replace(QUIET, **changes))


def test_a_quiet_declaration_is_green() -> None:
    assert assessing.assess(QUIET, policy.DEFAULT) == assessing.Assessed(Lane.GREEN, 0, ())


@pytest.mark.parametrize("code", list(FindingCode))
def test_a_rule_of_weight_0_is_off(code: FindingCode) -> None:
    weights = {**policy.DEFAULT.weights, code: 0}
    (changes, *_) = [changes for fires, changes in FIRES if fires is code]
    assert codes(replace(QUIET, **changes), replace(policy.DEFAULT, weights=weights)) == set()


def test_a_limit_is_data() -> None:
    wide = replace(policy.DEFAULT, limits=policy.Limits(quantity_percent=50, scan_sessions=0))
    facts = replace(QUIET, quantity=Decimal(80), scan_sessions=1)
    assert codes(facts) == {C.QUANTITY_DIFFERS}
    assert codes(facts, wide) == {C.UNUSUAL_SCANS}


@pytest.mark.parametrize(
    ("score", "lane"),
    [(0, "green"), (9, "green"), (10, "blue"), (29, "blue"), (30, "yellow"), (60, "red")],
)
def test_the_lane_follows_from_the_score(score: int, lane: str) -> None:
    assert policy.DEFAULT.lane(score) == lane


def test_weights_add_up_and_the_heaviest_comes_first() -> None:
    facts = replace(QUIET, first_time=("9520000000035",), quantity=Decimal(50))
    assessed = assessing.assess(facts, policy.DEFAULT)
    assert [finding.weight for finding in assessed.findings] == [30, 15]
    assert (assessed.score, assessed.lane) == (45, Lane.YELLOW)


def test_every_kind_of_post_expects_some_mode() -> None:
    for kind in PostKind:
        facts = replace(QUIET, post_kinds=(kind,))
        modes = [replace(facts, **declared(transport_mode=mode.value)) for mode in TransportMode]
        assert any(C.MODE_UNEXPECTED not in codes(each) for each in modes)


# --- the random share ---------------------------------------------------------------

KEY = bytes(32)


def test_the_draw_is_the_same_again_and_another_under_another_key() -> None:
    numbers = [draw.number(KEY, "9520000000066", f"26NL{n}") for n in range(200)]
    assert numbers == [draw.number(KEY, "9520000000066", f"26NL{n}") for n in range(200)]
    assert numbers != [draw.number(b"\1" * 32, "9520000000066", f"26NL{n}") for n in range(200)]
    assert numbers != [draw.number(KEY, "9520000000059", f"26NL{n}") for n in range(200)]


def test_the_draw_is_pinned() -> None:
    """By `openssl dgst -sha256 -mac HMAC`: the digest begins 8e36ba9e7d50e505, 0.5555 of 2^64."""
    assert draw.number(KEY, "9520000000066", "26NL0000001") == 5555


def test_the_share_is_near_what_is_asked_for_and_evenly_spread() -> None:
    numbers = [draw.number(KEY, "9520000000066", str(n)) for n in range(20_000)]
    assert all(0 <= each < policy.WHOLE_SHARE for each in numbers)
    assert 500 < sum(each < 300 for each in numbers) < 700
    tenths = [sum(each // 1000 == tenth for each in numbers) for tenth in range(10)]
    assert all(1_800 < count < 2_200 for count in tenths)


def test_authority_and_number_do_not_run_into_each_other() -> None:
    assert draw.number(KEY, "952", "0x") != draw.number(KEY, "9520", "x")


# --- policies -----------------------------------------------------------------------


def test_a_policy_is_read_as_it_is_written() -> None:
    assert policy.read(**policy.plain(policy.DEFAULT)) == policy.DEFAULT


@pytest.mark.parametrize(
    ("name", "change"),
    [
        ("weights", {"recalled": -1}),
        ("weights", {"recalled": 1001}),
        ("weights", {"recalled": 1.5}),
        ("weights", {"recalled": True}),
        ("weights", {"recalled": "100"}),
        ("weights", {"colour": 1}),
        ("weights", {"random-selection": 9}),
        ("lanes", {"blue": 0}),
        ("lanes", {"yellow": 61}),
        ("lanes", {"green": 0}),
        ("limits", {"answer_hours": -1}),
        ("limits", {"answer_days": 1}),
        ("random_share", 0),
        ("random_share", 10_001),
        ("random_share", "300"),
        ("weights", None),
    ],
)
def test_a_policy_that_cannot_be_is_refused(name: str, change: Any) -> None:
    plain = policy.plain(policy.DEFAULT)
    plain[name] = {**plain[name], **change} if isinstance(change, dict) else change
    with pytest.raises(policy.BadPolicy) as caught:
        policy.read(**plain)
    assert caught.value.code == "bad-policy"


# --- the lane in force --------------------------------------------------------------


def test_without_a_change_the_assessment_counts() -> None:
    assert lanes.in_force(Lane.BLUE, {"overdue"}, None) is Lane.BLUE


def test_a_raised_lane_stays_until_more_is_found() -> None:
    raised = Change(Lane.YELLOW, lowers=False, codes=frozenset())
    assert lanes.in_force(Lane.GREEN, {"overdue"}, raised) is Lane.YELLOW
    assert lanes.in_force(Lane.RED, {"recalled"}, raised) is Lane.RED


def test_a_lowered_lane_stays_until_something_new_is_found() -> None:
    lowered = Change(Lane.GREEN, lowers=True, codes=frozenset({"overdue", "mass-differs"}))
    assert lanes.in_force(Lane.YELLOW, {"mass-differs"}, lowered) is Lane.GREEN
    assert lanes.in_force(Lane.RED, {"mass-differs", "recalled"}, lowered) is Lane.RED
    assert lanes.in_force(Lane.GREEN, {"random-selection"}, lowered) is Lane.GREEN


def test_risk_comes_without_django() -> None:
    code = """
import sys
from customs.risk import assessing, draw, facts, lanes, policy, rules, vocabulary
print(*sorted(n for n in sys.modules if n.split(".")[0] in ("django", "config", "psycopg")))
"""
    root = Path(__file__).resolve().parents[3]
    command = [sys.executable, "-c", code]
    done = subprocess.run(command, cwd=root, capture_output=True, text=True, check=True)
    assert done.stdout.split() == []
