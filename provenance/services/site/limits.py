"""Limits on requests: at most so many of a kind, from one address or API key, within a
moving window (`CUSTOS_LIMITS`).

Redis counts them, atomically and for all web processes together. While it is away a
request passes uncounted and the log says so, except attempts to guess: passwords, codes
and API keys are then counted in the database.
"""

import functools
import logging
import math
import time
from collections.abc import Callable
from datetime import timedelta
from enum import StrEnum
from typing import Final, TypeVar

from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone
from django.utils.crypto import salted_hmac
from limits import RateLimitItem, parse
from limits.errors import StorageError
from limits.storage import RedisStorage
from limits.strategies import MovingWindowRateLimiter
from redis import ConnectionPool
from redis.backoff import NoBackoff
from redis.retry import Retry

from provenance.core import errors
from provenance.models import Attempt

T = TypeVar("T")

PAUSE: Final = 5  # seconds until a Redis that was away is asked again

log = logging.getLogger(__name__)


class Kind(StrEnum):
    """The kinds of requests that have a limit, each of its own."""

    LOGINS = "logins"
    PAGES = "pages"
    PHOTOS = "photos"
    GUESSES = "guesses"
    STRANGERS = "strangers"
    API_KEY = "api-key"
    PREPARE = "prepare"
    LABELS = "labels"


GUESSING: Final = frozenset({Kind.LOGINS, Kind.GUESSES})


class RateLimited(errors.ProvenanceError):
    """Too many requests of a kind; after `extra["retry_after"]` seconds there is room
    for another.
    """

    code = "rate-limited"


def take(kind: Kind, name: str, *, cost: int = 1) -> None:
    """Count a request of `kind` from `name`, an address or an API key, as `cost` of them.
    Raises RateLimited.
    """
    item, key = _limit(kind), _key(kind, name)
    taken = _store().ask(lambda redis: redis.hit(item, key, cost=cost))
    if taken is None:
        taken = kind not in GUESSING or _take_here(item, key)
    if not taken:
        raise _limited(kind, item, key)


def check(kind: Kind, name: str) -> None:
    """Raise RateLimited when `name` may send no more requests of `kind` now. Counts
    nothing.
    """
    item, key = _limit(kind), _key(kind, name)
    free = _store().ask(lambda redis: redis.test(item, key))
    if free is None:
        free = kind not in GUESSING or _taken_here(item, key) < item.amount
    if not free:
        raise _limited(kind, item, key)


def _limit(kind: Kind) -> RateLimitItem:
    return parse(settings.CUSTOS_LIMITS[kind])


def _key(kind: Kind, name: str) -> str:
    """Where the requests are counted; no address can be read from it."""
    return f"{kind}:{salted_hmac('custos limits', name, algorithm='sha256').hexdigest()[:32]}"


def _limited(kind: Kind, item: RateLimitItem, key: str) -> RateLimited:
    stats = _store().ask(lambda redis: redis.get_window_stats(item, key))
    wait = item.get_expiry() if stats is None else math.ceil(stats.reset_time - time.time())
    return RateLimited(
        f"at most {item.amount} {kind} in {item.get_expiry()} seconds",
        retry_after=min(max(wait, 1), item.get_expiry()),
    )


# --- Redis --------------------------------------------------------------------------


class _Store:
    """The windows in the Redis at `location`."""

    def __init__(self, location: str) -> None:
        pool = ConnectionPool.from_url(
            location, socket_connect_timeout=1, socket_timeout=1, retry=Retry(NoBackoff(), 0)
        )
        storage = RedisStorage("redis://", connection_pool=pool, wrap_exceptions=True)
        self._windows = MovingWindowRateLimiter(storage)
        self._asked_again = 0.0
        self._uncounted = 0

    def ask(self, question: Callable[[MovingWindowRateLimiter], T]) -> T | None:
        """The answer; None while Redis is away."""
        if time.monotonic() >= self._asked_again:
            try:
                return question(self._windows)
            except StorageError as error:
                self._asked_again = time.monotonic() + PAUSE
                log.warning("limits: Redis is away (%s); uncounted=%d", error, self._uncounted)
        self._uncounted += 1
        return None


def _store() -> _Store:
    return _store_at(str(settings.CACHES["default"]["LOCATION"]))


@functools.cache
def _store_at(location: str) -> _Store:
    return _Store(location)


# --- the database, while Redis is away ----------------------------------------------


def _take_here(item: RateLimitItem, key: str) -> bool:
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [key])
        if _taken_here(item, key) >= item.amount:
            return False
        Attempt.objects.create(key=key)
        return True


def _taken_here(item: RateLimitItem, key: str) -> int:
    since = timezone.now() - timedelta(seconds=item.get_expiry())
    return Attempt.objects.filter(key=key, at__gt=since).count()
