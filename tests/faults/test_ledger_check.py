"""The nightly check takes long, and is neither delivered again nor in the sweep's way."""

from pathlib import Path

import redis

from config.celery import app
from provenance.services import ledger
from tests import soundness, wait
from tests.faults import workers

QUEUE = app.conf.task_routes["provenance.tasks.check_everything"]["queue"]


def test_a_check_that_takes_long_is_run_once_and_sweeps_go_on(
    worker_env: dict[str, str], tmp_path: Path
) -> None:
    soundness.store(50)
    log = tmp_path / "checker.log"
    with (
        workers.worker(worker_env, log, processes=2, queue=QUEUE),
        workers.worker(worker_env, tmp_path / "worker.log"),
    ):
        with wait.locked("provenance_chainlink") as is_awaited:
            workers.send(worker_env, "check_everything", queue=QUEUE)
            wait.until(is_awaited)
            with redis.Redis.from_url(worker_env["REDIS_URL"]) as broker:
                assert broker.hlen("unacked") == 0  # the broker has nothing to deliver again
            workers.send(worker_env, "check_everything", queue=QUEUE)
            wait.until(lambda: b"another check is running" in log.read_bytes())
            workers.sweep(worker_env)
            wait.until(lambda: ledger.health()["size"] == 50)
        wait.until(lambda: b"succeeded" in log.read_bytes() and b": True" in log.read_bytes())
