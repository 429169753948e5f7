"""`manage.py serve` as a person at a terminal has it: four lines, then Ctrl-C."""

import http.client
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from config.embedded import Services, postgres
from config.embedded import redis as redis_server
from tests import wait

ROOT = Path(__file__).resolve().parent.parent.parent
READY_SECONDS = 170  # a fresh machine has three minutes, of which installing takes some


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


class Served:
    """A running `manage.py serve` with data of its own."""

    def __init__(self, folder: Path, *, port: str = "") -> None:
        self.var = folder / "var"
        self.port = port or str(free_port())
        self.out = folder / "out"
        self.err = folder / "err"
        ours = ("CUSTOS_", "DATABASE_URL", "REDIS_URL", "PYTEST")
        env = {name: value for name, value in os.environ.items() if not name.startswith(ours)}
        env |= {
            "DJANGO_SETTINGS_MODULE": "config.settings",
            "CUSTOS_VAR": str(self.var),
            "PORT": self.port,
        }
        with self.out.open("w") as out, self.err.open("w") as err:
            self.process = subprocess.Popen(
                [sys.executable, "manage.py", "serve"],
                cwd=ROOT,
                env=env,
                stdout=out,
                stderr=err,
                start_new_session=True,
            )

    def lines(self) -> list[str]:
        return self.out.read_text().splitlines()

    def ready(self) -> bool:
        assert self.process.poll() is None, self.err.read_text()
        return len(self.lines()) >= 4

    def children(self) -> list[int]:
        """The processes that serve started: web server, workers and beat."""
        listed = subprocess.run(
            ["ps", "-eo", "ppid=,pid=,stat="], capture_output=True, text=True, check=True
        )
        rows = (line.split() for line in listed.stdout.splitlines())
        return [
            int(pid)
            for parent, pid, state in rows
            if int(parent) == self.process.pid and state[0] != "Z"
        ]

    def path(self, name: str) -> str:
        """The path of an announced address."""
        (line,) = (line for line in self.lines() if line.startswith(name))
        return urlsplit(line.split()[1]).path

    def get(self, path: str) -> int:
        return self.answer(path)[0]

    def answer(self, path: str) -> tuple[int, str]:
        """Status and body of a page."""
        connection = http.client.HTTPConnection("localhost", int(self.port), timeout=10)
        try:
            connection.request("GET", path)
            response = connection.getresponse()
            return response.status, response.read().decode()
        finally:
            connection.close()

    def end(self) -> None:
        """Stop it, as Ctrl-C does."""
        self.process.send_signal(signal.SIGINT)
        assert self.process.wait(60) == 0, self.err.read_text()

    def nothing_is_left(self) -> bool:
        services = Services((self.var / "run").resolve())
        stopped = postgres.postmaster(self.var / "postgres") == (None, False)
        return stopped and not redis_server.ask(services, b"PING")


@pytest.fixture
def served(services_folder: Path) -> Iterator[Served]:
    serve = Served(services_folder)
    yield serve
    serve.process.terminate()
    serve.process.wait(60)


def test_ctrl_c_stops_everything_that_was_announced(served: Served) -> None:
    wait.until(served.ready, READY_SECONDS)
    origin = f"http://localhost:{served.port}"
    words = [line.split() for line in served.lines()]
    assert [(line[0], line[1].startswith(origin), len(line)) for line in words] == [
        ("ready", True, 2),
        ("verify", True, 2),
        ("admin", True, 4),
        ("ledger", True, 2),
    ]
    assert served.get(words[1][1].removeprefix(origin)) == 200
    assert served.get("/ledger/checkpoint") == 200
    assert len(served.children()) == 4
    served.end()
    assert served.nothing_is_left()


def test_the_death_of_one_child_stops_the_rest(served: Served) -> None:
    wait.until(served.ready, READY_SECONDS)
    children = served.children()
    os.kill(children[-1], signal.SIGKILL)
    assert served.process.wait(60) == 1
    assert served.nothing_is_left()
    assert not any(
        Path(f"/proc/{child}/cmdline").read_bytes()
        for child in children
        if Path(f"/proc/{child}").exists()
    )


def test_an_inconsistent_ledger_is_said_and_pages_are_served(
    served: Served, services_folder: Path
) -> None:
    wait.until(served.ready, READY_SECONDS)
    served.end()
    shutil.rmtree(served.var / "lock")
    again = Served(services_folder)
    try:
        wait.until(again.ready, READY_SECONDS)
        assert "log-inconsistent" in again.err.read_text()
        assert again.get(again.path("verify")) == 200
        status, health = again.answer("/health")
        assert (status, json.loads(health)["ledger"]["state"]) == (503, "inconsistent")
    finally:
        again.end()
