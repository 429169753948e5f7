"""The task is an entry point: its result, and its log when nothing may be signed."""

import logging
import shutil

import pytest
from django.conf import settings

from config.celery import app
from provenance import tasks
from provenance.services import ledger
from tests import soundness

pytestmark = pytest.mark.django_db(transaction=True)


def test_the_sweep_that_beat_sends_is_the_task() -> None:
    sent = {entry["task"] for entry in settings.CELERY_BEAT_SCHEDULE.values()}
    app.loader.import_default_modules()
    assert tasks.anchor_pending.name in sent
    assert sent <= set(app.tasks)


def test_a_sweep_returns_the_size_that_it_published() -> None:
    soundness.store(4)
    assert tasks.anchor_pending() == 4
    assert tasks.anchor_pending() is None


def test_a_ledger_that_disagrees_is_reported_by_every_sweep(
    caplog: pytest.LogCaptureFixture,
) -> None:
    soundness.store(4)
    ledger.anchor_pending()
    shutil.rmtree(settings.CUSTOS_LOCK_DIR)
    with caplog.at_level(logging.ERROR, "provenance.tasks"):
        assert tasks.anchor_pending() is None
    assert [record.levelname for record in caplog.records] == ["ERROR"]


def test_the_nightly_check_says_what_was_altered(caplog: pytest.LogCaptureFixture) -> None:
    soundness.store(4)
    ledger.anchor_pending()
    assert tasks.check_everything() is True
    bundle = settings.CUSTOS_LEDGER_DIR / "tile" / "entries" / "000.p" / "4"
    bundle.write_bytes(bundle.read_bytes()[:-1] + b"?")
    with caplog.at_level(logging.ERROR, "provenance.tasks"):
        assert tasks.check_everything() is False
    assert "tile/entries/000.p/4" in caplog.text
