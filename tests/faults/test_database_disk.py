"""The database's disk is full, or nearly: writes stop first, reads go on, and what was accepted
is there (F20).
"""

import subprocess
import sys
from pathlib import Path

import psycopg
import pytest
from django.test import Client
from pytest_django import Settings

from config import embedded
from config.embedded import postgres
from provenance.models import Event, Refusal, Scan
from provenance.services import ledger
from provenance.services.record import capture
from tests import captured
from tests.api import client
from tests.cast import ITEM
from tests.faults import workers
from tests.pages import get

FOREVER = 10**9  # MB that no disk has
START_WITH_SMALL_FILES = """
import resource
from pathlib import Path
from config import embedded
resource.setrlimit(resource.RLIMIT_FSIZE, (12_000_000, resource.RLIM_INFINITY))
embedded.ensure(Path("{folder}"))
"""
RECORD_UNTIL_REFUSED = """
from django.db import connection
from tests import soundness
while True:
    print(*soundness.store(4), flush=True)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_switch_wal()")
"""


@pytest.mark.django_db(transaction=True)
def test_writes_stop_while_a_reserve_is_left_and_reads_go_on(settings: Settings) -> None:
    signed = client.build_world()["maker"]
    assert isinstance(signed, client.Signed)
    capture.capture_one(signed.commission("A1"))
    settings.CUSTOS_DISK_RESERVE = FOREVER
    for _ in range(2):
        answer = signed.post("/events", signed.commission("A2"))
        assert (answer.status_code, answer.json()["code"]) == (503, "read-only")
        assert answer["Retry-After"]
    assert Refusal.objects.count() == 0
    report = Client().get("/health")
    assert (report.status_code, report.json()["database"]) == (503, {"state": "full"})
    head = ledger.anchor_pending()
    assert head is not None
    assert head.size == Event.objects.count()
    settings.CUSTOS_DISK_RESERVE = 0
    assert signed.post("/events", signed.commission("A2")).status_code == 201
    assert Client().get("/health").json()["database"] == {"state": "ok"}


@pytest.mark.django_db(transaction=True)
def test_a_page_is_shown_without_a_count_while_nothing_is_written(settings: Settings) -> None:
    story = captured.story().journey()
    story.keep()
    settings.CUSTOS_DISK_RESERVE = FOREVER
    assert b"verdict" in get(ITEM).content
    assert Scan.objects.count() == 0
    settings.CUSTOS_DATABASE_DISK = "/nowhere"
    get(ITEM)
    assert Scan.objects.count() == 1


@pytest.fixture
def own_env(process_env: dict[str, str], own_services: embedded.Services) -> dict[str, str]:
    """Processes of ours on a PostgreSQL that only this test has."""
    env = process_env | {
        "DATABASE_URL": own_services.owner_url,
        "REDIS_URL": own_services.redis_url,
    }
    for command in ("migrate", "bootstrap", "anchor"):
        done = workers.manage(env, command)
        assert done.returncode == 0, done.stderr
    return env


def test_a_log_that_cannot_be_written_stops_postgresql_and_loses_nothing(
    own_env: dict[str, str], own_services: embedded.Services, services_folder: Path
) -> None:
    """Its log may not grow, which it meets as it meets a full disk: it panics rather than say yes,
    and starts again with all that it said yes to once there is room.
    """
    data = services_folder / "postgres"
    with psycopg.connect(own_services.owner_url, autocommit=True) as session:
        session.execute("SELECT pg_switch_wal()")
    postgres.stop(data)
    limited = START_WITH_SMALL_FILES.format(folder=services_folder)
    subprocess.run([sys.executable, "-c", limited], cwd=workers.ROOT, check=True)
    done = workers.run(own_env, RECORD_UNTIL_REFUSED)
    assert done.returncode != 0
    accepted = set(done.stdout.split())
    assert accepted
    assert "PANIC" in (data / "server.log").read_text()
    postgres.stop(data)
    embedded.ensure(services_folder)
    with psycopg.connect(own_services.owner_url) as session:
        kept = {row[0] for row in session.execute("SELECT digest FROM provenance_event")}
    assert accepted <= kept
    for command in ("anchor", "fsck"):
        done = workers.manage(own_env, command)
        assert done.returncode == 0, done.stderr
