"""Assessing declarations: lanes kept with the version that they saw, and changed by officers."""

from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.core.management import call_command
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from pytest_django import Settings

from customs import tasks
from customs.models import Assessment, Declaration, LaneChange, RiskPolicy
from customs.risk import assessing, policy
from customs.risk.lanes import Lane
from customs.risk.vocabulary import FindingCode
from customs.services import assess, lanes, policies
from customs.services.declarations import content, register
from provenance.core.epcis.vocabulary import Outcome, Procedure
from provenance.core.record.event import Customs
from provenance.core.record.vocabulary import Act
from tests.captured import Captured, refused
from tests.cast import NL, PALLET, item
from tests.customs.conftest import Border
from tests.customs.declared import SOURCE, gathered, judged, values

pytestmark = pytest.mark.django_db
C = FindingCode


def codes(declaration: Declaration) -> list[str]:
    assess.assess_all()
    declaration.refresh_from_db()
    assert declaration.assessment is not None
    return [row["code"] for row in declaration.assessment.findings]


# --- assessments --------------------------------------------------------------------


def test_what_is_right_in_everything_is_green_once_its_traders_are_known(packed: Captured) -> None:
    judged(number="1")
    second = judged(number="2")
    assert codes(second) == []
    assert second.lane == "green"


def test_an_assessment_keeps_facts_policy_and_findings_and_gives_them_again(
    packed: Captured,
) -> None:
    declaration = judged(tariff_quantity="99", classification="851830")
    assert set(codes(declaration)) == {
        C.CLASSIFICATION_DIFFERS,
        C.QUANTITY_DIFFERS,
        C.FIRST_TIME_TRADER,
    }
    kept = Assessment.objects.get()
    again = assessing.assess(assess.facts_of(kept), policies.read(kept.policy))
    assert list(again.findings) == assess.findings_of(kept)
    assert (again.score, again.lane, kept.lane) == (85, Lane.RED, "red")
    assert declaration.lane == "red"


def with_weights(**weights: int) -> policy.Policy:
    return policy.Policy(
        {**policy.DEFAULT.weights, **{C(code.replace("_", "-")): n for code, n in weights.items()}},
        policy.DEFAULT.lanes,
        policy.DEFAULT.random_share,
    )


def test_changing_a_weight_changes_nothing_already_assessed(packed: Captured) -> None:
    nl = packed.customs_nl.gln
    first = judged(number="1", tariff_quantity="99")
    assert codes(first) == [C.QUANTITY_DIFFERS, C.FIRST_TIME_TRADER]
    before = Assessment.objects.values().get()
    policies.add(nl, with_weights(quantity_differs=500), "supervisor")
    report = assess.assess_all()
    assert (report.seen, report.assessed) == (1, 0)
    assert Assessment.objects.values().get() == before
    second = judged(number="2", tariff_quantity="99")
    assess.assess_all()
    second.refresh_from_db()
    first.refresh_from_db()
    assert (first.lane, second.lane) == ("yellow", "red")
    assert [row.policy.version for row in Assessment.objects.order_by("at")] == [1, 2]


def test_an_unchanged_world_is_not_assessed_again_and_news_are(packed: Captured) -> None:
    declaration = judged()
    assess.assess_all()
    assert assess.assess_all(timezone.now() + timedelta(hours=1)).assessed == 0
    packed.sign_for(packed.maker, Act.RECALL, item("A1"))
    assert assess.assess_all().assessed == 1
    declaration.refresh_from_db()
    assert declaration.lane == "red"
    assert declaration.assessments.count() == 2


def test_hours_that_pass_are_no_news(packed: Captured) -> None:
    judged(expected_arrival=(timezone.now() - timedelta(hours=50)).isoformat())
    assert assess.assess_all().findings[C.OVERDUE] == 1
    assert assess.assess_all(timezone.now() + timedelta(hours=5)).assessed == 0


def test_the_beat_assesses(packed: Captured) -> None:
    judged()
    assert tasks.assess_declarations() == 1
    names = {entry["task"] for entry in django_settings.CELERY_BEAT_SCHEDULE.values()}
    assert tasks.assess_declarations.name in names


def test_an_amendment_is_assessed(packed: Captured) -> None:
    declaration = judged()
    assert C.QUANTITY_DIFFERS not in codes(declaration)
    amended = content.read(
        values(tariff_quantity="500", expected_arrival="", classification="691110")
    )
    register.amend(declaration.pk, amended, SOURCE, "counted again")
    assert C.QUANTITY_DIFFERS in codes(declaration)


@pytest.mark.parametrize(("outcome", "seen"), [(Outcome.CLEARED, 0), (Outcome.HELD, 1)])
def test_what_is_decided_is_not_assessed(packed: Captured, outcome: Outcome, seen: int) -> None:
    declaration = judged()
    customs = Customs(Procedure.IMPORT, outcome, "NLRTM", declaration.number)
    packed.sign_for(packed.customs_nl, Act.CHECKPOINT, PALLET, place=NL, customs=customs)
    assert assess.assess_all().seen == seen


def test_the_random_share_is_drawn_and_is_the_same_again(packed: Captured) -> None:
    share = policy.Policy(policy.DEFAULT.weights, policy.DEFAULT.lanes, 10_000)
    policies.add(packed.customs_nl.gln, share, "supervisor")
    declaration = judged()
    assert C.RANDOM_SELECTION in codes(declaration)
    drawn = gathered(declaration).draw
    assert drawn == gathered(declaration).draw == assess.facts_of(Assessment.objects.get()).draw


def test_the_draw_needs_the_key(packed: Captured, settings: Settings) -> None:
    declarations = [judged(number=str(n)) for n in range(20)]
    drawn = [gathered(each).draw for each in declarations]
    settings.SECRET_KEY = "another key " * 5
    assert [gathered(each).draw for each in declarations] != drawn


def test_a_thousand_are_assessed_in_a_few_queries(packed: Captured) -> None:
    changes: dict[str, Any] = {"expected_arrival": "", "classification": "691110"}
    many = [content.read(values(number=str(n), **changes)) for n in range(1000)]
    register.enter_many(many, SOURCE)
    with CaptureQueriesContext(connection) as queries:
        report = assess.assess_all()
    assert (report.seen, report.assessed) == (1000, 1000)
    assert len(queries) < 45


def test_the_command_prints_lanes_and_reasons(
    packed: Captured, capsys: pytest.CaptureFixture[str]
) -> None:
    judged(tariff_quantity="99")
    call_command("assess")
    out = capsys.readouterr().out.splitlines()
    assert out[0] == "1 undecided declarations, 1 assessed"
    assert out[1] == "red 0 yellow 1 blue 0 green 0"
    assert {"quantity-differs 1", "first-time-trader 1"} == set(out[2:])


# --- policies -----------------------------------------------------------------------


def test_a_supervisor_edits_the_policy_and_nobody_else(border: Border) -> None:
    gln = border.rotterdam.authority_id
    plain = policy.plain(with_weights(overdue=99))
    assert policies.edit(border.supervisor, gln, plain).version == 2
    assert policies.read(policies.in_force([gln])[gln]).weights[C.OVERDUE] == 99
    for user in (border.officer, border.viewer, border.foreign):
        with refused("not-an-officer"):
            policies.edit(user, gln, plain)
    with refused("bad-policy"):
        policies.edit(border.supervisor, gln, {**plain, "random_share": 0})


# --- changing lanes -----------------------------------------------------------------


def changed(border: Border, declaration: Declaration, lane: Lane, reason: str = "") -> str:
    lanes.change(border.officer, declaration.pk, lane, reason)
    declaration.refresh_from_db()
    return declaration.lane


def test_an_officer_raises_and_lowers_with_a_reason(packed: Captured, border: Border) -> None:
    declaration = judged(tariff_quantity="99")
    assess.assess_all()
    assert changed(border, declaration, Lane.RED) == "red"
    with refused("bad-lane-change"):
        changed(border, declaration, Lane.GREEN)
    with refused("bad-lane-change"):
        changed(border, declaration, Lane.GREEN, "   ")
    assert changed(border, declaration, Lane.GREEN, "counted by hand") == "green"
    rows = LaneChange.objects.order_by("at").values_list("before", "lane", "lowers", "reason")
    assert list(rows) == [("yellow", "red", False, ""), ("red", "green", True, "counted by hand")]


def test_the_lane_that_it_has_is_no_change(packed: Captured, border: Border) -> None:
    declaration = judged()
    assess.assess_all()
    declaration.refresh_from_db()
    assert changed(border, declaration, Lane(declaration.lane)) == declaration.lane
    assert not LaneChange.objects.exists()


def test_a_changed_lane_outlives_a_new_assessment_unless_more_is_found(
    packed: Captured, border: Border
) -> None:
    declaration = judged(tariff_quantity="99")
    assess.assess_all()
    changed(border, declaration, Lane.GREEN, "counted by hand")
    assess.assess_all()
    declaration.refresh_from_db()
    assert declaration.lane == "green"
    packed.sign_for(packed.maker, Act.RECALL, item("A1"))
    assess.assess_all()
    declaration.refresh_from_db()
    assert declaration.lane == "red"


@pytest.mark.parametrize("name", ["viewer", "foreign"])
def test_nobody_else_changes_a_lane(packed: Captured, border: Border, name: str) -> None:
    declaration = judged()
    assess.assess_all()
    with refused("not-an-officer"):
        lanes.change(getattr(border, name), declaration.pk, Lane.RED)


def test_a_lane_that_is_not_there_yet_or_decided_is_not_changed(
    packed: Captured, border: Border
) -> None:
    declaration = judged()
    with refused("bad-lane-change"):
        lanes.change(border.officer, declaration.pk, Lane.RED)
    assess.assess_all()
    customs = Customs(Procedure.IMPORT, Outcome.CLEARED, "NLRTM", declaration.number)
    packed.sign_for(packed.customs_nl, Act.CHECKPOINT, PALLET, place=NL, customs=customs)
    with refused("declaration-decided"):
        lanes.change(border.officer, declaration.pk, Lane.RED)


@pytest.mark.parametrize("table", ["riskpolicy", "assessment", "lanechange"])
def test_what_was_decided_is_never_changed_or_removed(
    packed: Captured, border: Border, table: str
) -> None:
    declaration = judged()
    assess.assess_all()
    changed(border, declaration, Lane.RED)
    for statement in (f"UPDATE customs_{table} SET id = id", f"DELETE FROM customs_{table}"):  # noqa: S608
        with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement)
    assert RiskPolicy.objects.count() == 1


def test_lowering_without_a_reason_is_refused_by_the_database(
    packed: Captured, border: Border
) -> None:
    declaration = judged()
    assess.assess_all()
    declaration.refresh_from_db()
    assert declaration.assessment is not None
    row = {"before": "red", "lane": "green", "lowers": True, "officer": border.officer}
    with pytest.raises(IntegrityError), transaction.atomic():
        LaneChange.objects.create(
            declaration=declaration, assessment=declaration.assessment, at=timezone.now(), **row
        )
