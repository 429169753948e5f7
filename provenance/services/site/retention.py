"""Rows that are kept for so many days, and then deleted: scans, refusals, attempts to log
in and to guess. Nothing signed is among them, nor anything that is computed from events.
"""

from datetime import datetime, timedelta
from typing import Any, Final, NamedTuple

from axes.models import AccessAttempt
from django.conf import settings
from django.db.models import Model
from django.utils import timezone

from provenance.models import Attempt, Refusal, Scan

BATCH: Final = 5_000  # rows of one short transaction, behind which no page waits


class Kept(NamedTuple):
    """A table, the column that dates its rows, and the setting that says for how many
    days they are kept.
    """

    model: type[Model]
    column: str
    setting: str


TABLES: Final = (
    Kept(Scan, "at", "CUSTOS_KEEP_SCANS"),
    Kept(Refusal, "at", "CUSTOS_KEEP_REFUSALS"),
    Kept(Attempt, "at", "CUSTOS_KEEP_ATTEMPTS"),
    Kept(AccessAttempt, "attempt_time", "CUSTOS_KEEP_ATTEMPTS"),
)


def forget(*, now: datetime | None = None) -> dict[str, int]:
    """Delete the rows that are older than they are kept; return how many, by table."""
    return {kept.model.__name__: _forget(kept, now or timezone.now()) for kept in TABLES}


def _forget(kept: Kept, now: datetime) -> int:
    rows: Any = kept.model._default_manager
    before = now - timedelta(days=getattr(settings, kept.setting))
    old, deleted = rows.filter(**{f"{kept.column}__lt": before}), 0
    while batch := list(old.order_by(kept.column).values_list("pk", flat=True)[:BATCH]):
        deleted += rows.filter(pk__in=batch).delete()[0]
    return deleted
