"""PostgreSQL stopped under a real web server: pages say so soon, and go on when it is
back.
"""

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from config import embedded
from config.embedded import postgres
from tests import wait
from tests.api import server as servers
from tests.api.server import Reply, Server, request
from tests.faults import workers

SOON = 2  # seconds
PAGES = ["/01/09520000000011/21/A1", "/ledger/", "/verify?code=09520000000011", "/health"]


@pytest.fixture
def web(
    process_env: dict[str, str], own_services: embedded.Services, tmp_path: Path
) -> Iterator[Server]:
    """A web server on a PostgreSQL that only this test has."""
    env = {
        **process_env,
        "DATABASE_URL": own_services.owner_url,
        "REDIS_URL": own_services.redis_url,
        "CUSTOS_STATEMENT_TIMEOUT_MS": "5000",
        "CUSTOS_DATABASE_WAIT": "1",
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


def test_pages_say_within_two_seconds_that_nothing_can_be_checked(
    web: Server, services_folder: Path
) -> None:
    before = {path: _timed(web, path)[0].status for path in PAGES}
    assert before["/ledger/"] == before["/health"] == 200
    postgres.stop(services_folder / "postgres")
    for _ in range(2):
        for path in PAGES:
            reply, seconds = _timed(web, path)
            if path.startswith("/verify"):  # it asks no database
                assert (reply.status, seconds < SOON) == (before[path], True)
                continue
            assert (path, reply.status, seconds < SOON) == (path, 503, True), seconds
            if path != "/health":
                assert b"Cannot check now" in reply.body
    key = {"Authorization": "Api-Key aaaaaaaa.bbbb"}
    api = web.talk(request("/api/v1/parties", key, method="GET"))
    assert (api.status, api.json()["code"]) == (503, "unavailable")

    embedded.ensure(services_folder)
    wait.until(lambda: _timed(web, "/health")[0].status == 200, timeout=15)
    assert {path: _timed(web, path)[0].status for path in PAGES} == before
