"""API keys: known by their beginning, and when each was last used."""

from datetime import timedelta
from typing import Any

from provenance.models import PartyApiKey
from tests.api import client as cast
from tests.api.client import Caller


def test_an_api_key_is_known_by_its_beginning(callers: dict[str, Caller]) -> None:
    assert callers["shop"].secret.startswith("custos_live_")


def test_an_api_key_says_when_it_was_last_used(callers: dict[str, Caller]) -> None:

    def used() -> Any:
        return PartyApiKey.objects.get(party_id=cast.SHOP).last_used_at

    assert used() is None
    callers["shop"].get("/events")
    first = used()
    assert first is not None
    callers["shop"].get("/events")
    assert used() == first  # noted once an hour
    PartyApiKey.objects.update(last_used_at=first - timedelta(hours=2))
    callers["shop"].get("/events")
    assert used() > first
