"""How long a request waits for the database, in all and for one answer.

A server that is frozen, or gone without a word, accepts a question and never answers:
its own timeouts cannot run. So the client ends the wait, and the connection with it: on
a connection whose answer is still to come nothing else can be asked. Only waiting is
counted, so that a long record does not run out of time while it is being checked.

A public page waits CUSTOS_PAGE_WAIT_MS in all. Anything else waits for each answer, while
statements have a limit (CUSTOS_STATEMENT_TIMEOUT_MS), that long and a little longer: the
server would have ended the statement, had it been well. Where a commit is not answered
so, it may have happened, as with any lost connection.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, Final

import psycopg
from django.conf import settings
from django.http import HttpRequest
from django.http.response import HttpResponseBase

NOT_PUBLIC: Final = ("/api/", "/admin/", "/labels/")
GRACE_SECONDS: Final = 2.0  # for an answer to arrive, after the server's own limit

_left: Final[ContextVar[float | None]] = ContextVar("left", default=None)


class PageWait:
    """Middleware: each request for a public page waits so long for the database, and not
    longer. It MUST come before every middleware that asks the database.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if request.path.startswith(NOT_PUBLIC):
            return self.get_response(request)
        token = _left.set(settings.CUSTOS_PAGE_WAIT_MS / 1000)
        try:
            return self.get_response(request)
        finally:
            _left.reset(token)


def left() -> float | None:
    """Seconds that this request may still wait for the database; None without a limit."""
    return _left.get()


@contextmanager
def counted() -> Iterator[None]:
    """The time in this block is waiting, whatever in it is counted besides."""
    before, began = _left.get(), time.monotonic()
    try:
        yield
    finally:
        if before is not None:
            _left.set(max(0.0, before - (time.monotonic() - began)))


def _longest() -> float | None:
    """Seconds to wait for one answer; None without a limit."""
    seconds = left()
    limit = settings.CUSTOS_STATEMENT_TIMEOUT_MS
    return limit / 1000 + GRACE_SECONDS if seconds is None and limit else seconds


class Connection(psycopg.Connection[Any]):
    """A connection that is closed when an answer does not come in time."""

    def wait(self, gen: Any, interval: float = 0.1, timeout: float | None = None) -> Any:
        """As psycopg's, and raises OperationalError when the time is up."""
        longest = _longest()
        if longest is None or (timeout is not None and timeout <= longest):
            return super().wait(gen, interval, timeout)
        began = time.monotonic()
        try:
            with counted():
                return super().wait(gen, interval, longest)
        except psycopg.OperationalError:
            if time.monotonic() - began >= longest:
                self.close()
            raise
