"""F37: the API's limits, for strangers by address and for callers by API key."""

from typing import Any

import pytest
from django.test import Client
from pytest_django import Settings

from provenance.services.site.limits import Kind
from tests.api.client import Caller
from tests.cast import ITEM
from tests.limited import address

pytestmark = pytest.mark.django_db


def limit(settings: Settings, kind: Kind, value: str = "2/hour") -> None:
    settings.CUSTOS_LIMITS = settings.CUSTOS_LIMITS | {kind: value}


def check_last_is_limited(answers: list[Any], before: int) -> None:
    assert [answer.status_code for answer in answers] == [before, before, 429]
    problem = answers[-1].json()
    assert problem["code"] == "rate-limited"
    assert answers[-1]["Content-Type"] == "application/problem+json"
    assert answers[-1]["Retry-After"] == str(problem["retry_after"])


def test_strangers_are_bounded_by_address(settings: Settings) -> None:
    limit(settings, Kind.STRANGERS)
    client = Client(REMOTE_ADDR=address())
    check_last_is_limited([client.get("/api/v1/parties") for _ in range(3)], 200)
    assert Client(REMOTE_ADDR=address()).get("/api/v1/parties").status_code == 200


@pytest.mark.parametrize("query", ["subjects?uri=", "bundles?uri="])
def test_guessed_codes_are_bounded_by_address(settings: Settings, query: str) -> None:
    limit(settings, Kind.GUESSES)
    client = Client(REMOTE_ADDR=address())
    check_last_is_limited([client.get(f"/api/v1/{query}{ITEM}") for _ in range(3)], 404)
    assert client.get("/api/v1/parties").status_code == 429


def test_guessed_api_keys_are_bounded_by_address(settings: Settings) -> None:
    limit(settings, Kind.GUESSES)
    client = Client(REMOTE_ADDR=address())
    wrong = {"Authorization": "Api-Key abcdefgh.wrong"}
    answers = [client.get("/api/v1/events", headers=wrong) for _ in range(3)]
    check_last_is_limited(answers, 401)


def test_a_caller_is_bounded_by_its_api_key(settings: Settings, callers: dict[str, Caller]) -> None:
    limit(settings, Kind.API_KEY)
    check_last_is_limited([callers["carrier"].get("/events") for _ in range(3)], 200)


def test_the_hot_endpoint_is_bounded_too(settings: Settings, callers: dict[str, Caller]) -> None:
    limit(settings, Kind.API_KEY)
    check_last_is_limited([callers["carrier"].post("/events", b"[") for _ in range(3)], 400)


def test_prepare_is_bounded_by_its_api_key(settings: Settings, callers: dict[str, Caller]) -> None:
    limit(settings, Kind.PREPARE)
    check_last_is_limited([callers["carrier"].post("/events/prepare", {}) for _ in range(3)], 400)
    assert callers["carrier"].get("/events").status_code == 200


def test_labels_on_sheets_are_bounded_by_their_api_key(
    settings: Settings, callers: dict[str, Caller]
) -> None:
    limit(settings, Kind.LABELS)
    body = {"subjects": [{"uri": ITEM}], "sheet": "a4-3x7"}
    answers = [callers["carrier"].post("/labels/sheets", body) for _ in range(3)]
    check_last_is_limited(answers, 404)
