"""Anchoring falls behind its promise: new events are refused before it breaks, and taken
again when the sweep has caught up (F22).
"""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from provenance.core import gs1
from provenance.models import Event, Refusal
from provenance.services import ledger
from provenance.services.ledger import steps
from provenance.services.ledger.ledger import open_ledger
from provenance.services.record import capture
from tests import pages, soundness, wait
from tests.api import client
from tests.captured import refused
from tests.cast import GTIN
from tests.faults import workers

WITHIN = 600


def a_maker() -> client.Signed:
    maker = client.build_world()["maker"]
    assert isinstance(maker, client.Signed)
    return maker


def health() -> tuple[int, dict[str, Any]]:
    response = Client().get("/health")
    return response.status_code, response.json()["ledger"]


def assert_refused(answer: Any) -> None:
    assert (answer.status_code, answer.json()["code"]) == (503, "ledger-behind")
    assert answer["Retry-After"] == "30"


def test_events_are_refused_before_the_promise_breaks_and_taken_after_a_sweep(
    worker_env: dict[str, str], settings: Settings, tmp_path: Path
) -> None:
    settings.CUSTOS_ANCHOR_WITHIN = WITHIN
    maker, began = a_maker(), timezone.now()
    assert maker.post("/events", maker.commission("A1")).status_code == 201
    with time_machine.travel(began + timedelta(seconds=WITHIN / 2 - 60)):
        assert maker.post("/events", maker.commission("A2")).status_code == 201
        assert not health()[1]["refusing"]
    stored = Event.objects.count()
    with time_machine.travel(began + timedelta(seconds=WITHIN / 2 + 60)):
        second, third = maker.commission("A3"), maker.document("A4")
        assert_refused(maker.post("/events", second))
        assert_refused(maker.post("/events", [third]))
        assert_refused(maker.post("/events?on_error=proceed", [third]))
        assert (Event.objects.count(), Refusal.objects.count()) == (stored, 0)
        status, report = health()
        assert (status, report["state"], report["refusing"]) == (503, "behind", True)
        assert report["waiting_seconds"] < report["most_waiting_seconds"] == WITHIN
        page = pages.get(gs1.item_uri(GTIN, "A1"))
        assert (page.status_code, maker.get("/parties").status_code) == (200, 200)
        with workers.worker(worker_env, tmp_path / "worker.log"):
            workers.sweep(worker_env)
            wait.until(lambda: ledger.health()["waiting"] == 0, timeout=60)
        assert health()[1] | {"age_seconds": 0} == {
            "state": "ok",
            "size": stored,
            "age_seconds": 0,
            "waiting": 0,
            "waiting_seconds": 0,
            "most_waiting_seconds": WITHIN,
            "refusing": False,
        }
        assert maker.post("/events", second).status_code == 201
    ledger.anchor_pending()
    soundness.assert_all_anchored(stored + 1)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("done", ["nothing", "sequence", "integrate"])
def test_an_event_waits_until_a_published_head_covers_it(done: str, settings: Settings) -> None:
    soundness.store(3)
    ledger.anchor_pending()
    soundness.store(2)
    ours = open_ledger()
    if done != "nothing":
        steps.sequence(ours, 10)
    if done == "integrate":
        steps.integrate(ours, 10)
    settings.CUSTOS_ANCHOR_WITHIN = 0
    with refused("ledger-behind"):
        capture.capture([soundness.registration(900)])
    ledger.anchor_pending()
    soundness.store(1)
    soundness.assert_ledger_sound()


@pytest.mark.django_db(transaction=True)
def test_where_nothing_waits_events_are_taken_however_long_ago_the_last_sweep_was(
    settings: Settings,
) -> None:
    soundness.store(3)
    ledger.anchor_pending()
    settings.CUSTOS_ANCHOR_WITHIN = WITHIN
    with time_machine.travel(timezone.now() + timedelta(days=400)):
        soundness.store(1)
        assert not ledger.health()["refusing"]


@pytest.mark.django_db(transaction=True)
def test_a_restored_database_takes_its_missing_events_though_others_wait_long(
    settings: Settings,
) -> None:
    soundness.store(5)
    ledger.anchor_pending()
    missing = Event.objects.order_by("-ledger_index")[0]
    soundness.unguarded("UPDATE provenance_event SET ledger_index = NULL WHERE ledger_index >= 3")
    document = missing.document.encode()
    soundness.forget(missing.digest)
    soundness.unguarded("DELETE FROM provenance_subject WHERE head_digest = %s", missing.digest)
    settings.CUSTOS_ANCHOR_WITHIN = 0
    assert ledger.health()["refusing"]
    with refused("log-inconsistent"):
        capture.capture([soundness.registration(900)])
    assert capture.capture([document])[0].stored
    ledger.replay()
    soundness.store(1)
    soundness.assert_ledger_sound()
