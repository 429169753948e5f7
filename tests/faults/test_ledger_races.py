"""Many anchor at once, and a task comes twice: the ledger never forks (F16, F19)."""

import subprocess
import sys
import threading
from pathlib import Path

import pytest
from django.db import connection

from provenance import tasks
from provenance.models import Event, TreeHead
from provenance.services import ledger
from tests import soundness, wait
from tests.faults import workers

COUNT = 900
ANCHOR_OFTEN = """
import django
django.setup()
from provenance.services import ledger
for _ in range(6):
    ledger.anchor_pending(limit=90)
"""


def test_processes_that_anchor_at_once_never_fork_the_ledger(process_env: dict[str, str]) -> None:
    soundness.store(300)
    command = [sys.executable, "-c", ANCHOR_OFTEN]
    running = [subprocess.Popen(command, cwd=workers.ROOT, env=process_env) for _ in range(4)]
    stored = 300
    while any(process.poll() is None for process in running):
        if stored < COUNT:  # events keep coming while the four sweep
            soundness.store(50)
            stored += 50
    assert [process.wait(60) for process in running] == [0, 0, 0, 0]
    soundness.assert_ledger_sound()
    ledger.anchor_pending()
    soundness.assert_all_anchored(stored)


def test_five_workers_that_get_the_task_again_and_again_anchor_once(
    worker_env: dict[str, str], tmp_path: Path
) -> None:
    soundness.store(COUNT)
    with workers.worker(worker_env, tmp_path / "worker.log", processes=5):
        workers.sweep(worker_env, times=40)
        wait.until(lambda: not Event.objects.filter(ledger_index__isnull=True).exists())
        wait.until(lambda: ledger.health()["size"] == COUNT)
    soundness.assert_all_anchored(COUNT)


@pytest.mark.django_db(transaction=True)
def test_threads_that_anchor_at_once_never_fork_the_ledger() -> None:
    soundness.store(COUNT)
    together = threading.Barrier(8)

    def sweep() -> None:
        try:
            together.wait()
            ledger.anchor_pending(limit=100)
        finally:
            connection.close()

    threads = [threading.Thread(target=sweep) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    soundness.assert_ledger_sound()
    ledger.anchor_pending()
    soundness.assert_all_anchored(COUNT)


@pytest.mark.django_db(transaction=True)
def test_a_task_that_is_delivered_twice_anchors_once() -> None:
    soundness.store(10)
    assert tasks.anchor_pending() == 10
    assert tasks.anchor_pending() is None
    assert TreeHead.objects.count() == 1
    soundness.assert_all_anchored(10)
