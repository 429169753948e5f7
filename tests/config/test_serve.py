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

import psutil
import pytest

from config.embedded import Services, postgres
from config.embedded import redis as redis_server
from tests import wait

ROOT = Path(__file__).resolve().parent.parent.parent
PARTS = ("web server", "worker", "checker", "beat", "embedded PostgreSQL", "embedded Redis")
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

    def answers(self, path: str) -> bool:
        """Whether a page comes back well."""
        try:
            return self.get(path) == 200
        except (OSError, http.client.HTTPException):
            return False

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
    words = [line.split() for line in served.lines()[:5]]
    assert [(line[0], line[1].startswith(origin), len(line)) for line in words] == [
        ("ready", True, 2),
        ("verify", True, 2),
        ("admin", True, 4),
        ("customs", True, 4),
        ("ledger", True, 2),
    ]
    facts = json.loads((served.var / "demo.json").read_text())
    follow = [
        *(f"story {name} {origin}{path}" for name, path in facts["stories"].items()),
        *(f"user {name} {password}" for name, password in facts["users"].items()),
    ]
    wait.until(lambda: served.lines()[5:] == follow)
    assert len(facts["stories"]) >= 9
    assert served.get(words[1][1].removeprefix(origin)) == 200
    assert served.get("/ledger/checkpoint") == 200
    assert len(served.children()) == 4
    served.end()
    assert served.nothing_is_left()


def name_of(pid: int) -> str:
    """The part that a child of serve is."""
    command = psutil.Process(pid).cmdline()
    words = " ".join(command).replace("--without-heartbeat", "")
    return next((word for word in ("granian", "beat", "checker") if word in words), "worker")


def test_whatever_is_killed_is_started_again_and_said(served: Served) -> None:
    wait.until(served.ready, READY_SECONDS)
    parts = {name_of(pid): pid for pid in served.children()}
    assert sorted(parts) == ["beat", "checker", "granian", "worker"]
    verify = served.path("verify")
    web_worker = psutil.Process(parts["granian"]).children()[-1]
    web_worker.kill()
    for pid in parts.values():
        os.kill(pid, signal.SIGKILL)
    database = postgres.postmaster(served.var / "postgres")[0]
    assert database is not None
    os.kill(database, signal.SIGKILL)
    redis_server.stop(Services((served.var / "run").resolve()))

    wait.until(lambda: all(f"The {part} " in served.err.read_text() for part in PARTS))
    wait.until(lambda: len(served.children()) == 4 and served.answers("/health"), 60)
    assert not set(served.children()) & set(parts.values())
    assert served.get(verify) == 200
    served.end()
    assert served.nothing_is_left()


def test_a_web_worker_that_crashes_is_replaced(served: Served) -> None:
    wait.until(served.ready, READY_SECONDS)
    (server,) = (pid for pid in served.children() if name_of(pid) == "granian")
    before = psutil.Process(server).children()
    for worker in before:
        worker.kill()
    wait.until(lambda: all(map(wait.has_ended, before)))
    wait.until(lambda: served.answers("/health"))
    assert name_of(server) == "granian"
    assert server in served.children()


def test_a_killed_serve_leaves_no_orphans(served: Served) -> None:
    wait.until(served.ready, READY_SECONDS)
    family = psutil.Process(served.process.pid).children(recursive=True)
    assert len(family) >= 4 + 2
    served.process.kill()
    served.process.wait(60)
    wait.until(lambda: all(map(wait.has_ended, family)), 60)
    wait.until(served.nothing_is_left, 60)


def test_an_address_in_use_names_the_process(services_folder: Path) -> None:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        second = Served(services_folder, port=str(listener.getsockname()[1]))
        assert second.process.wait(60) == 1
    assert f"Address already in use by process {os.getpid()} (" in second.err.read_text()


@pytest.mark.parametrize("port", ["abc", "0", "65536"])
def test_a_port_that_is_none_is_one_clear_line(services_folder: Path, port: str) -> None:
    refused = Served(services_folder, port=port)
    assert refused.process.wait(60) == 1
    lines = [line for line in refused.err.read_text().splitlines() if "was opened for" not in line]
    assert lines == [f"Unexpected value PORT={port}, use a whole number from 1 to 65535"]


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
