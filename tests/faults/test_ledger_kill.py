"""SIGKILL of a real Celery worker at each step of anchoring: every event is anchored
exactly once afterwards (F15).
"""

from pathlib import Path

import pytest

from provenance.models import Event
from provenance.services import ledger
from tests import soundness, wait
from tests.faults import killing_worker, workers

SIGNED, WAITING = 200, 400  # two tiles fill up, and partial ones are replaced


@pytest.mark.parametrize("step", killing_worker.STEPS)
def test_a_worker_killed_at_any_step_leaves_every_event_anchored_once(
    worker_env: dict[str, str], tmp_path: Path, step: str
) -> None:
    soundness.store(SIGNED)
    ledger.anchor_pending()
    soundness.store(WAITING)
    killing = {**worker_env, "KILL_AT": step}
    with workers.worker(killing, tmp_path / "killed.log", "tests.faults.killing_worker") as process:
        workers.sweep(worker_env)
        wait.until(lambda: process.poll() is not None, timeout=60)
        assert process.returncode == -9
    soundness.assert_ledger_sound()

    soundness.store(50)
    ledger.anchor_pending()
    soundness.assert_all_anchored(SIGNED + WAITING + 50)


def test_a_worker_that_is_started_again_finishes_what_a_killed_one_began(
    worker_env: dict[str, str], tmp_path: Path
) -> None:
    soundness.store(WAITING)
    killing = {**worker_env, "KILL_AT": "some tiles in place"}
    with workers.worker(
        killing, tmp_path / "killed.log", "tests.faults.killing_worker", processes=2
    ) as process:
        workers.sweep(worker_env, times=3)
        wait.until(lambda: process.poll() is not None, timeout=60)
    with workers.worker(worker_env, tmp_path / "worker.log", processes=2):
        workers.sweep(worker_env)
        wait.until(lambda: not Event.objects.filter(ledger_index__isnull=True).exists())
        wait.until(lambda: ledger.health()["size"] == WAITING)
    soundness.assert_all_anchored(WAITING)
