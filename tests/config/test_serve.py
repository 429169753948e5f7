"""`manage.py serve` as a person at a terminal has it: four lines, then Ctrl-C."""

import http.client
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

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

    def __init__(self, folder: Path) -> None:
        self.var = folder / "var"
        self.port = free_port()
        self.out = folder / "out"
        ours = ("CUSTOS_", "DATABASE_URL", "REDIS_URL", "PYTEST")
        env = {name: value for name, value in os.environ.items() if not name.startswith(ours)}
        env |= {
            "DJANGO_SETTINGS_MODULE": "config.settings",
            "CUSTOS_VAR": str(self.var),
            "PORT": str(self.port),
        }
        with self.out.open("w") as out:
            self.process = subprocess.Popen(
                [sys.executable, "manage.py", "serve"],
                cwd=ROOT,
                env=env,
                stdout=out,
                start_new_session=True,
            )

    def lines(self) -> list[str]:
        return self.out.read_text().splitlines()

    def ready(self) -> bool:
        assert self.process.poll() is None, "serve ended before it was ready"
        return len(self.lines()) >= 4

    def children(self) -> list[int]:
        """The processes that serve started: web server, worker and beat."""
        listed = subprocess.run(
            ["ps", "-eo", "ppid=,pid=,stat="], capture_output=True, text=True, check=True
        )
        rows = (line.split() for line in listed.stdout.splitlines())
        return [
            int(pid)
            for parent, pid, state in rows
            if int(parent) == self.process.pid and state[0] != "Z"
        ]

    def get(self, path: str) -> int:
        connection = http.client.HTTPConnection("localhost", self.port, timeout=10)
        connection.request("GET", path)
        status = connection.getresponse().status
        connection.close()
        return status

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
    assert len(served.children()) == 3
    served.process.send_signal(signal.SIGINT)
    assert served.process.wait(60) == 0
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
