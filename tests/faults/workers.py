"""Real Celery workers as processes of their own, on this test's database, ledger and
Redis.
"""

import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from celery import Celery

from tests import wait

ROOT = Path(__file__).resolve().parents[2]


@contextlib.contextmanager
def worker(
    env: dict[str, str],
    log: Path,
    app: str = "config.celery",
    *,
    processes: int = 1,
    queue: str = "celery",
) -> Iterator[subprocess.Popen[bytes]]:
    """A worker that has said that it is ready."""
    quiet = ("--without-gossip", "--without-mingle", "--without-heartbeat", "-Q", queue)
    with _celery(env, log, b"ready", "-A", app, "worker", "-c", str(processes), *quiet) as process:
        yield process


@contextlib.contextmanager
def beat(env: dict[str, str], log: Path) -> Iterator[subprocess.Popen[bytes]]:
    """A beat that has said that it began."""
    with _celery(
        env, log, b"Starting", "-A", "config.celery", "beat", "-s", f"{log}.schedule"
    ) as process:
        yield process


@contextlib.contextmanager
def _celery(
    env: dict[str, str], log: Path, began: bytes, *arguments: str
) -> Iterator[subprocess.Popen[bytes]]:
    """A Celery program with a process group of its own, which is killed at the end."""
    command = [sys.executable, "-m", "celery", *arguments, "-l", "INFO"]
    with log.open("ab") as output:
        process = subprocess.Popen(
            command,
            cwd=ROOT,
            env=env,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        wait.until(lambda: process.poll() is not None or began in log.read_bytes(), timeout=120)
        assert process.poll() is None, log.read_text()
        yield process
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait(60)


def sweep(env: dict[str, str], times: int = 1) -> None:
    """Tell the workers, as beat does, to sweep."""
    send(env, "anchor_pending", times=times)


def send(env: dict[str, str], task: str, *, times: int = 1, queue: str = "celery") -> None:
    """Send a task, as beat does."""
    broker = env["REDIS_URL"].replace("unix://", "redis+socket://") + "?virtual_host=0"
    with Celery(broker=broker, set_as_current=False) as client:
        for _ in range(times):
            client.send_task(f"provenance.tasks.{task}", ignore_result=True, queue=queue)


def manage(env: dict[str, str], *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run a management command in a process of its own."""
    return subprocess.run(
        [sys.executable, "manage.py", *arguments],
        cwd=ROOT,
        env=env,
        capture_output=True,
        text=True,
        check=False,
    )


def run(env: dict[str, str], script: str) -> subprocess.CompletedProcess[str]:
    """Run Python with Django set up, in a process of its own."""
    command = [sys.executable, "-c", f"import django\ndjango.setup()\n{script}"]
    return subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, check=False)
