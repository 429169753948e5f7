"""Redis stopped, restarted empty, and flushed while events arrive: the rows are the
queue (F17).
"""

from pathlib import Path

import redis

from config import embedded
from provenance.models import Event
from provenance.services import ledger
from tests import soundness, wait
from tests.faults import workers


def _redis(env: dict[str, str]) -> redis.Redis:
    return redis.Redis.from_url(env["REDIS_URL"])


def test_events_that_come_while_redis_is_away_are_stored_and_anchored_when_it_is_back(
    worker_env: dict[str, str], tmp_path: Path, services_folder: Path
) -> None:
    with workers.worker(worker_env, tmp_path / "worker.log"):
        soundness.store(50)
        with _redis(worker_env) as broker:
            broker.shutdown(nosave=True)
        soundness.store(50)
        assert Event.objects.count() == 100
        assert ledger.health()["waiting"] == 100

        embedded.ensure(services_folder, postgres=False)  # it starts again, empty
        workers.sweep(worker_env)
        wait.until(lambda: ledger.health()["size"] == 100, timeout=60)
    soundness.assert_all_anchored(100)


def test_a_flush_loses_the_task_and_no_event(worker_env: dict[str, str], tmp_path: Path) -> None:
    soundness.store(50)
    workers.sweep(worker_env, times=3)
    with _redis(worker_env) as broker:
        assert broker.llen("celery") == 3
        broker.flushall()
    with workers.worker(worker_env, tmp_path / "worker.log"):
        soundness.store(50)
        assert Event.objects.filter(ledger_index__isnull=True).count() == 100
        workers.sweep(worker_env)
        wait.until(lambda: ledger.health()["size"] == 100, timeout=60)
        with _redis(worker_env) as broker:
            broker.flushall()
        soundness.store(20)
        workers.sweep(worker_env)
        wait.until(lambda: ledger.health()["size"] == 120, timeout=60)
    soundness.assert_all_anchored(120)


def test_beat_sweeps_whatever_waits_without_being_asked(
    worker_env: dict[str, str], tmp_path: Path
) -> None:
    often = {**worker_env, "CUSTOS_ANCHOR_INTERVAL": "1"}
    with workers.worker(often, tmp_path / "worker.log"), workers.beat(often, tmp_path / "beat.log"):
        for size in (50, 80):
            soundness.store(size - Event.objects.count())
            wait.until(lambda size=size: ledger.health()["size"] == size, timeout=60)  # type: ignore[misc]
    soundness.assert_all_anchored(80)
