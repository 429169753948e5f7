"""PostgreSQL stopped, frozen or busy under a real web server: pages say so soon, and go
on when it is back.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import psycopg
import pytest

from config import embedded
from config.embedded import postgres
from tests import wait
from tests.api import server as servers
from tests.api.server import Reply, Server, request
from tests.faults import workers

SOON = 2  # seconds
ITEM = "/01/09520000000011/21/A1"
PRODUCT = "/01/09520000000011"
DID = "/parties/9520000000011/did.json"
PAGES = [ITEM, "/ledger/", "/verify?code=09520000000011", "/health", PRODUCT, DID]


@pytest.fixture
def web(
    process_env: dict[str, str], own_services: embedded.Services, tmp_path: Path
) -> Iterator[Server]:
    """A web server on a PostgreSQL that only this test has."""
    env = {
        **process_env,
        "DATABASE_URL": own_services.owner_url,
        "REDIS_URL": own_services.redis_url,
    }
    for command in ("migrate", "bootstrap", "anchor"):
        done = workers.manage(env, command)
        assert done.returncode == 0, done.stderr
    with servers.running(env, tmp_path / "granian.log") as server:
        yield server


def _timed(web: Server, path: str) -> tuple[Reply, float]:
    began = time.monotonic()
    reply = web.talk(request(path, {}, method="GET"))
    return reply, time.monotonic() - began


def _assert_cannot_check_now(web: Server, before: dict[str, int]) -> None:
    for _ in range(2):
        for path in PAGES:
            reply, seconds = _timed(web, path)
            if path.startswith("/verify"):  # it asks no database
                assert (reply.status, seconds < SOON) == (before[path], True)
                continue
            assert (path, reply.status, seconds < SOON) == (path, 503, True), seconds
            if path != "/health":
                assert b"Cannot check now" in reply.body


def _assert_back(web: Server, before: dict[str, int]) -> None:
    wait.until(lambda: _timed(web, "/health")[0].status == 200, timeout=15)
    assert {path: _timed(web, path)[0].status for path in PAGES} == before


@contextmanager
def _frozen(data: Path) -> Iterator[None]:
    """Every process of the server of this data folder is stopped: it accepts
    connections, and answers nothing.
    """
    pid, ours = postgres.postmaster(data)
    assert ours
    server = psutil.Process(pid)
    processes = [server, *server.children(recursive=True)]
    for process in processes:
        process.suspend()
    try:
        yield
    finally:
        for process in processes:
            process.resume()


def test_pages_say_within_two_seconds_that_nothing_can_be_checked(
    web: Server, services_folder: Path
) -> None:
    before = {path: _timed(web, path)[0].status for path in PAGES}
    assert before["/ledger/"] == before["/health"] == 200
    postgres.stop(services_folder / "postgres")
    _assert_cannot_check_now(web, before)
    key = {"Authorization": "Api-Key aaaaaaaa.bbbb"}
    api = web.talk(request("/api/v1/parties", key, method="GET"))
    assert (api.status, api.json()["code"]) == (503, "unavailable")

    embedded.ensure(services_folder)
    _assert_back(web, before)


def test_a_frozen_database_is_said_within_two_seconds_too(
    web: Server, services_folder: Path
) -> None:
    before = {path: _timed(web, path)[0].status for path in PAGES}
    with _frozen(services_folder / "postgres"):
        _assert_cannot_check_now(web, before)
    _assert_back(web, before)


@pytest.mark.parametrize("table", ["provenance_subject", "provenance_event", "provenance_party"])
def test_a_page_does_not_wait_for_a_lock(
    web: Server, own_services: embedded.Services, table: str
) -> None:
    pages = {"provenance_subject": ITEM, "provenance_event": "/ledger/", "provenance_party": DID}
    before = {path: _timed(web, path)[0].status for path in PAGES}
    with psycopg.connect(own_services.owner_url) as other:
        other.execute(f"LOCK TABLE {table} IN ACCESS EXCLUSIVE MODE")
        reply, seconds = _timed(web, pages[table])
        assert (reply.status, seconds < SOON) == (503, True), seconds
        assert b"Cannot check now" in reply.body
    _assert_back(web, before)
