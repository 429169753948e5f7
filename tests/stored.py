"""A story in the database: captured like anybody's events, and anchored."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from django.utils import timezone
from pytest_django import Settings

from provenance.core.record.event import SignedEvent
from provenance.core.signing import canonical
from provenance.services import ledger
from provenance.services.record import capture
from tests import story as stories
from tests.story import Story


def begin(settings: Settings, *, days_ago: float = 2.8, **options: Any) -> Story:
    """A story that began some days ago, too few to be recorded late, and an
    installation that it belongs to.
    """
    settings.CUSTOS_DID_HOST = stories.HOST
    settings.CUSTOS_REGISTRAR_GLN = stories.REGISTRAR
    settings.CUSTOS_REGISTRAR_KEY = (bytes([1]) * 32).hex()
    return Story(start=timezone.now() - timedelta(days=days_ago), **options)


def keep(records: Sequence[SignedEvent], *, anchor: bool = True) -> None:
    """Capture what was recorded and, if so asked, sweep it into the ledger."""
    outcomes = capture.capture([canonical.serialize(dict(record.document)) for record in records])
    assert [outcome.error for outcome in outcomes] == [None] * len(records)
    if anchor:
        ledger.anchor_pending()
