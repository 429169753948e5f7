"""The disk is full while tiles are written: no torn tile, nothing signed that is not on
disk, and it recovers (F20).
"""

import os
import subprocess
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
import time_machine
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from provenance.models import Event
from provenance.services import ledger
from tests import soundness
from tests.faults import workers

PAGE = 4096
ANCHOR_WITH_SMALL_FILES = """
import resource
from provenance.services import ledger
resource.setrlimit(resource.RLIMIT_FSIZE, ({limit}, {limit}))
ledger.anchor_pending()
"""


@pytest.mark.parametrize("limit", [0, 100, 4000, 8500])
def test_a_file_that_cannot_grow_is_never_left_torn(
    process_env: dict[str, str], limit: int
) -> None:
    soundness.store(300)
    done = workers.run(process_env, ANCHOR_WITH_SMALL_FILES.format(limit=limit))
    assert done.returncode == 1
    assert "OSError: [Errno 27]" in done.stderr
    assert ledger.published() is None
    soundness.assert_ledger_sound()
    assert ledger.health()["waiting"] == 300
    with time_machine.travel(timezone.now() + timedelta(minutes=5)):
        response = Client().get("/health")
    assert (response.status_code, response.json()["ledger"]["state"]) == (503, "behind")
    ledger.anchor_pending()
    soundness.assert_all_anchored(300)


@pytest.mark.django_db(transaction=True)
def test_a_disk_that_is_gone_is_not_well(settings: Settings) -> None:
    soundness.store(20)
    ledger.anchor_pending()
    Path(settings.CUSTOS_LEDGER_DIR).rename(f"{settings.CUSTOS_LEDGER_DIR}.elsewhere")
    response = Client().get("/health")
    report = response.json()["ledger"]
    assert (response.status_code, report["state"], report["waiting"]) == (503, "inconsistent", 20)


@pytest.fixture
def small_disk(tmp_path: Path, settings: Settings) -> Iterator[Path]:
    """A file system of 8 MB that holds the ledger and the lock store."""
    disk = tmp_path / "disk"
    disk.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=8m", "tmpfs", disk],
        capture_output=True,
        text=True,
        check=False,
    )
    if mounted.returncode != 0:
        pytest.skip(f"a small disk cannot be mounted here: {mounted.stderr.strip()}")
    settings.CUSTOS_LEDGER_DIR = disk / "ledger"
    settings.CUSTOS_LOCK_DIR = disk / "lock"
    yield disk
    subprocess.run(["umount", disk], check=True)


def _fill(disk: Path, pages_left: int) -> None:
    filler = disk / "filler"
    filler.unlink(missing_ok=True)
    left = os.statvfs(disk)
    with filler.open("wb") as file:
        os.posix_fallocate(file.fileno(), 0, left.f_bavail * left.f_bsize - pages_left * PAGE)


@pytest.mark.django_db(transaction=True)
def test_a_full_disk_stops_anchoring_and_nothing_else(small_disk: Path) -> None:
    soundness.store(200)
    ledger.anchor_pending()
    refused = 0
    for pages_left in range(1, 40):
        soundness.store(10)
        _fill(small_disk, pages_left)
        try:
            ledger.anchor_pending()
        except OSError:
            refused += 1
        soundness.assert_ledger_sound()
    assert refused >= 3
    (small_disk / "filler").unlink()
    ledger.anchor_pending()
    soundness.assert_all_anchored(Event.objects.count())
