"""A broken record is noted, logged and counted at its first sight, and its evidence
stays to be had.
"""

import logging
from pathlib import Path

import pytest
from django.db import connection, transaction
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from provenance.core import gs1
from provenance.core.check import bundle
from provenance.core.check.result import Verdict
from provenance.core.record.vocabulary import Act
from provenance.models import Event, Incident
from provenance.services.check import verification
from tests import soundness
from tests.captured import Captured, Story
from tests.cast import GTIN, ITEM, LOT
from tests.faults import recording, test_record_broken
from tests.pages import colour, get, path, text

pytestmark = pytest.mark.django_db
LOGGER = "provenance.services.check.incidents"


def alter(document: str, pk: object) -> None:
    soundness.unguarded("UPDATE provenance_event SET document = %s WHERE id = %s", document, pk)


@pytest.fixture
def altered(kept: Story) -> Event:
    """An event of the item whose document was altered."""
    event = Event.objects.filter(links__subject__uri=ITEM).earliest("recorded_at")
    alter(event.document.replace("custos", "custom", 1), event.pk)
    return event


@pytest.fixture
def unsigned(world: Captured) -> str:
    """An item whose newest event no key signed: the record can be gathered, and does not
    check.
    """
    item = recording.travelled(world)
    test_record_broken.an_event_no_key_signed(world, item)
    return item


def test_the_first_sight_is_a_row_and_an_error_with_subject_step_and_event(
    altered: Event, caplog: pytest.LogCaptureFixture
) -> None:
    for _ in range(3):
        assert verification.check(ITEM).verdict is Verdict.BROKEN_RECORD
    incident = Incident.objects.get()
    assert (incident.subject, incident.step, incident.code, incident.event) == (
        ITEM,
        0,
        "broken-link",
        altered.digest,
    )
    (line,) = [r for r in caplog.records if r.name == LOGGER and r.levelno == logging.ERROR]
    said = line.getMessage()
    assert f"incident {incident.number}" in said
    assert all(word in said for word in (ITEM, "step 0", altered.digest))


def test_the_page_shows_the_number_and_health_counts_it(altered: Event) -> None:
    page = text(get(ITEM))
    assert f"Incident no. {Incident.objects.get().number}." in page
    assert "?format=bundle" not in page
    assert "broken-link" in page
    report = Client().get("/health").json()
    assert (report["incidents"], report["state"]) == ({"open": 1}, "ok")


def test_an_incident_is_closed_when_the_record_is_whole_again(altered: Event) -> None:
    verification.check(ITEM)
    alter(altered.document, altered.pk)
    assert verification.check(ITEM).verdict is Verdict.RECORDS_CHECK_OUT
    assert Incident.objects.get().mended_at is not None
    assert Client().get("/health").json()["incidents"] == {"open": 0}
    alter("{}", altered.pk)
    verification.check(ITEM)
    assert Incident.objects.filter(mended_at=None).count() == 1
    assert Incident.objects.count() == 2


def test_strangers_cause_no_rows_for_goods_that_are_not_on_record(kept: Story) -> None:
    product = Event.objects.get(kind=Act.PRODUCT_REGISTERED)
    alter("{}", product.pk)
    for serial in ("Z1", "Z2", "Z3"):
        verification.check(gs1.item_uri(GTIN, serial))
    assert Incident.objects.count() == 0


def test_a_database_that_takes_no_writes_stops_no_page(
    altered: Event, caplog: pytest.LogCaptureFixture
) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL transaction_read_only = on")
        answer = verification.checked(ITEM)
        transaction.set_rollback(True)
    assert (answer.result.verdict, answer.incident) == (Verdict.BROKEN_RECORD, None)
    assert f"the incident of {ITEM} is not stored" in caplog.text


# --- evidence -----------------------------------------------------------------------


def test_the_bundle_of_a_broken_record_is_its_evidence(unsigned: str) -> None:
    page = text(get(unsigned))
    assert (colour(get(unsigned)), "?format=bundle" in page) == ("red", True)
    evidence = Client().get(path(unsigned), {"format": "bundle"})
    assert evidence["Content-Type"] == "application/json"
    held = bundle.parse(evidence.content)
    checked = bundle.check(held, verification.trust(), now=timezone.now())
    assert checked.verdict is Verdict.BROKEN_RECORD
    assert Client().get("/api/v1/bundles", {"uri": unsigned}).content == evidence.content


@pytest.mark.usefixtures("altered")
def test_where_there_is_no_bundle_the_answer_is_a_problem() -> None:
    for answer in (
        Client().get(path(ITEM), {"format": "bundle"}),
        Client().get("/api/v1/bundles", {"uri": ITEM}),
    ):
        assert answer["Content-Type"] == "application/problem+json"
        problem = answer.json()
        assert (answer.status_code, problem["code"]) == (409, "broken-record")
        assert problem["incident"] == Incident.objects.get().number


@pytest.mark.parametrize(
    ("asked", "status", "code"),
    [
        pytest.param(path(gs1.item_uri(GTIN, "Z1")), 404, "unknown-subject", id="unknown"),
        pytest.param(path(LOT), 404, "unknown-subject", id="not open"),
        pytest.param("/01/09520000000005/21/A", 400, "bad-check-digit", id="typing error"),
        pytest.param("/01/x", 400, "bad-identifier", id="no code"),
    ],
)
@pytest.mark.usefixtures("kept")
def test_a_bundle_that_cannot_be_had_is_a_problem_and_never_a_page(
    asked: str, status: int, code: str
) -> None:
    answer = Client().get(asked, {"format": "bundle"})
    assert answer["Content-Type"] == "application/problem+json"
    assert (answer.status_code, answer.json()["code"]) == (status, code)


@pytest.mark.usefixtures("kept")
def test_a_bundle_that_cannot_be_gathered_now_is_a_problem_that_says_so(settings: Settings) -> None:
    folder = Path(settings.CUSTOS_LEDGER_DIR)
    folder.rename(folder.with_name("elsewhere"))
    for answer in (
        Client().get(path(ITEM), {"format": "bundle"}),
        Client().get("/api/v1/bundles", {"uri": ITEM}),
    ):
        assert (answer.status_code, answer.json()["code"]) == (503, "bad-tile")
        assert Incident.objects.count() == 0


@pytest.mark.usefixtures("kept")
def test_a_product_has_its_bundle_too() -> None:
    answer = Client().get(f"/01/{GTIN}", {"format": "bundle"})
    assert (answer.status_code, answer["Content-Type"]) == (200, "application/json")


@pytest.mark.usefixtures("altered")
def test_the_subject_says_that_its_record_is_broken() -> None:
    answer = Client().get("/api/v1/subjects", {"uri": ITEM}).json()
    assert answer["verdict"] == "BROKEN_RECORD"
    assert answer["incident"] == Incident.objects.get().number
