"""Rows that expire, and those that never do."""

from datetime import timedelta

import pytest
from axes.models import AccessAttempt
from django.conf import settings
from django.db.models import Model
from django.utils import timezone

from provenance import models, tasks
from provenance.core.record.vocabulary import Act
from provenance.models import Attempt, Event, Refusal, Scan
from provenance.services.site import retention
from tests.captured import Captured

pytestmark = pytest.mark.django_db
NEVER = {
    *("ChainLink", "Cosignature", "Event", "TreeHead"),
    *("Checkpoint", "Handoff", "Licence", "Party", "Product", "Right", "Shipment"),
    *("ShipmentLine", "SigningKey", "Subject", "KeptKey", "Membership", "PartyApiKey"),
}


def rows(days: float) -> None:
    """One row of each table that expires, so many days old."""
    at = timezone.now() - timedelta(days=days)
    for row, column in (
        (Scan.objects.create(code="x", session="y", verdict="z"), "at"),
        (Refusal.objects.create(endpoint="api", code="head-moved"), "at"),
        (Attempt.objects.create(key="x"), "at"),
        (AccessAttempt.objects.create(failures_since_start=1), "attempt_time"),
    ):
        type(row)._default_manager.filter(pk=row.pk).update(**{column: at})


def counts() -> dict[str, int]:
    tables: tuple[type[Model], ...] = (Scan, Refusal, Attempt, AccessAttempt)
    return {table.__name__: table._default_manager.count() for table in tables}


def test_old_rows_go_and_new_ones_stay(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retention, "BATCH", 2)
    for _ in range(5):
        rows(days=800)
    rows(days=0)
    assert tasks.forget() == dict.fromkeys(counts(), 5)
    assert counts() == dict.fromkeys(counts(), 1)
    assert tasks.forget() == dict.fromkeys(counts(), 0)


@pytest.mark.parametrize("kept", retention.TABLES, ids=lambda kept: kept.model.__name__)
def test_a_row_is_kept_as_long_as_its_setting_says(kept: retention.Kept) -> None:
    days = getattr(settings, kept.setting)
    rows(days=days - 0.01)
    assert tasks.forget()[kept.model.__name__] == 0
    rows(days=days + 0.01)
    assert tasks.forget()[kept.model.__name__] == 1


def test_what_is_signed_or_computed_from_it_is_in_no_row_of_the_table() -> None:
    assert not NEVER & {kept.model.__name__ for kept in retention.TABLES}
    assert set(models.__all__) >= NEVER


def test_events_of_any_age_stay(world: Captured) -> None:
    world.act(world.maker, Act.COMMISSION, world.item("A1"))
    before = Event.objects.count()
    retention.forget(now=timezone.now() + timedelta(days=36_500))
    assert Event.objects.count() == before
