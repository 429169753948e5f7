"""F17, F37: limits on requests, counted in Redis, and those on guessing without it."""

import logging
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import pytest
from django.db import connections
from django.utils import timezone
from pytest_django import Settings

from provenance.models import Attempt
from provenance.services.site import limits
from provenance.services.site.limits import Kind
from tests.limited import address


@pytest.fixture
def of_three(settings: Settings) -> None:
    settings.CUSTOS_LIMITS = dict.fromkeys(Kind, "3/hour")


@pytest.fixture
def no_redis(settings: Settings, of_three: None, tmp_path: Path) -> None:
    settings.CACHES = {"default": {"LOCATION": f"unix://{tmp_path}/none.sock?db=1"}}


def taken(kind: Kind, name: str) -> bool:
    """Whether a request is within its limit."""
    try:
        limits.take(kind, name)
    except limits.RateLimited:
        return False
    finally:
        connections.close_all()
    return True


@pytest.mark.usefixtures("of_three")
def test_so_many_requests_pass_of_each_kind_and_name() -> None:
    here, there = address(), address()
    assert [taken(Kind.PAGES, here) for _ in range(5)] == [True] * 3 + [False] * 2
    assert taken(Kind.PHOTOS, here)
    assert taken(Kind.PAGES, there)


@pytest.mark.usefixtures("of_three")
def test_a_refusal_says_when_to_come_again() -> None:
    here = address()
    assert [taken(Kind.PAGES, here) for _ in range(3)] == [True] * 3
    with pytest.raises(limits.RateLimited) as refused:
        limits.check(Kind.PAGES, here)
    assert 3500 < refused.value.extra["retry_after"] <= 3600


@pytest.mark.usefixtures("of_three")
def test_a_check_counts_nothing() -> None:
    here = address()
    for _ in range(5):
        limits.check(Kind.GUESSES, here)
    assert taken(Kind.GUESSES, here)


@pytest.mark.usefixtures("of_three")
def test_many_at_once_are_no_more_than_the_limit() -> None:
    here = address()
    with ThreadPoolExecutor(16) as pool:
        assert sum(pool.map(lambda _: taken(Kind.GUESSES, here), range(64))) == 3


def test_guesses_from_many_addresses_are_an_error_in_the_log(
    settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    settings.SECRET_KEY = address()  # windows of this test alone
    settings.CUSTOS_LIMITS = settings.CUSTOS_LIMITS | {Kind.ALL_GUESSES: "3/hour"}
    assert all(taken(Kind.GUESSES, address()) for _ in range(3))
    assert caplog.messages == []
    assert all(taken(Kind.GUESSES, address()) for _ in range(9))
    assert all(taken(Kind.PAGES, address()) for _ in range(9))
    assert caplog.messages == ["limits: more than 3 guesses in 3600 s"]


@pytest.mark.usefixtures("no_redis", "transactional_db")
def test_without_redis_guesses_are_counted_in_the_database() -> None:
    here = address()
    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(lambda _: taken(Kind.GUESSES, here), range(16))) == 3
    with pytest.raises(limits.RateLimited):
        limits.check(Kind.GUESSES, here)
    assert taken(Kind.GUESSES, address())
    assert not Attempt.objects.filter(key__contains=here).exists()
    Attempt.objects.update(at=timezone.now() - timedelta(hours=2))
    assert taken(Kind.GUESSES, here)


@pytest.mark.usefixtures("no_redis")
def test_without_redis_other_requests_pass_and_the_log_says_so(
    caplog: pytest.LogCaptureFixture,
) -> None:
    with caplog.at_level(logging.WARNING):
        assert all(taken(Kind.PAGES, "anywhere") for _ in range(9))
    (line,) = [record.getMessage() for record in caplog.records]
    assert line.startswith("limits: Redis is away")
    assert line.endswith("uncounted=0")
