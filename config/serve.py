"""The whole of Custos on one machine, for `make run`: web server, Celery workers and
beat, started and stopped together.

This process also holds the embedded services, so they end after the last of the
children.
"""

import contextlib
import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from types import FrameType
from typing import NoReturn
from urllib.parse import urlsplit

from django.conf import settings
from django.core.management import CommandError, call_command
from django.db import connections

from config import env

READY_SECONDS = 60
STOP_SECONDS = 20

PYTHON = sys.executable
GRANIAN = ("-m", "granian", "--interface", "wsgi", "--http", "1", "--no-ws")
CELERY = ("-m", "celery", "--quiet", "-A", "config")
CHECKS = ("--queues", "checks", "--concurrency", "1", "--hostname", "checker@%h")
ALONE = ("--without-gossip", "--without-mingle", "--without-heartbeat")


class ServeError(RuntimeError):
    """Custos cannot start or go on; the message is for the person at the terminal."""


def run(say: Callable[[str], object]) -> None:
    """Serve until a signal ends it. Raises ServeError if a child ends by itself."""
    host, port = env.text("HOST", "127.0.0.1"), env.integer("PORT", 8000, least=1)
    _check_free(host, port)
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _leave)
    facts = _prepare()
    connections.close_all()
    with _children(_commands(host, port)) as children:
        _await_ready(host, port, children)
        for line in _announcement(facts):
            say(line)
        while True:
            _check_alive(children)
            time.sleep(0.5)


def _leave(number: int, frame: FrameType | None) -> NoReturn:
    raise SystemExit(0)


def _prepare() -> dict[str, str]:
    """Bring the database up to date and load what a first run needs; return the facts of
    the first run. A ledger that may not or cannot be written is said, and does not keep
    the record from being read.
    """
    call_command("migrate", verbosity=0, stdout=sys.stderr)
    for command in ("bootstrap", "demo", "anchor"):
        try:
            call_command(command, verbosity=0, stdout=sys.stderr)
        except (CommandError, OSError) as error:
            _warn(f"{command}: {error}. Pages are served; /health says how things are.")
    file = settings.CUSTOS_VAR / "demo.json"
    facts: dict[str, str] = json.loads(file.read_text()) if file.exists() else {}
    return facts


def _warn(text: str) -> None:
    sys.stderr.write(f"{text}\n")
    sys.stderr.flush()


def _check_free(host: str, port: int) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise ServeError(
                f"Cannot listen on {host} port {port}: {error.strerror}. Set PORT."
            ) from error


def _commands(host: str, port: int) -> Mapping[str, list[str]]:
    address = ("--host", host, "--port", str(port), "--log-level", "warning")
    size = ("--workers", "2", "--blocking-threads", "4")
    quiet = ("--loglevel", "WARNING")
    return {
        "web server": [PYTHON, *GRANIAN, *address, *size, "config.wsgi:application"],
        "worker": [PYTHON, *CELERY, "worker", "--concurrency", "2", *quiet, *ALONE],
        "checker": [PYTHON, *CELERY, "worker", *CHECKS, *quiet, *ALONE],
        "beat": [PYTHON, *CELERY, "beat", *quiet, "--pidfile", ""],
    }


@contextlib.contextmanager
def _children(commands: Mapping[str, list[str]]) -> Iterator[dict[str, subprocess.Popen[bytes]]]:
    """Start each command in a session of its own, so that Ctrl-C reaches us alone; stop
    them all in the end.
    """
    children: dict[str, subprocess.Popen[bytes]] = {}
    try:
        for name, command in commands.items():
            limit = {"CUSTOS_STATEMENT_TIMEOUT_MS": "5000"} if name == "web server" else {}
            children[name] = subprocess.Popen(
                command, cwd=settings.BASE_DIR, env={**os.environ, **limit}, start_new_session=True
            )
        yield children
    finally:
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, signal.SIG_IGN)  # we are leaving already
        for child in children.values():
            child.terminate()
        for child in children.values():
            _end(child)


def _end(child: subprocess.Popen[bytes]) -> None:
    """Wait for a child that was asked to stop; then kill what is left of its session."""
    with contextlib.suppress(subprocess.TimeoutExpired):
        child.wait(STOP_SECONDS)
    with contextlib.suppress(ProcessLookupError):
        os.killpg(child.pid, signal.SIGKILL)
    child.wait()


def _check_alive(children: Mapping[str, subprocess.Popen[bytes]]) -> None:
    for name, child in children.items():
        if child.poll() is not None:
            raise ServeError(
                f"The {name} ended by itself (exit code {child.returncode}), so everything stops."
            )


def _await_ready(host: str, port: int, children: Mapping[str, subprocess.Popen[bytes]]) -> None:
    deadline = time.monotonic() + READY_SECONDS
    while not _answers(host, port):
        _check_alive(children)
        if time.monotonic() > deadline:
            raise ServeError(f"The web server does not answer after {READY_SECONDS} s.")
        time.sleep(0.1)


def _answers(host: str, port: int) -> bool:
    """Whether a page comes back that is not a failure of ours."""
    local = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104  no binding here
    connection = http.client.HTTPConnection(local, port, timeout=5)
    try:
        connection.request(
            "GET", "/ledger/vkey", headers={"Host": urlsplit(settings.CUSTOS_ORIGIN).netloc}
        )
        return connection.getresponse().status < 500
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def _announcement(facts: Mapping[str, str]) -> Iterator[str]:
    origin = settings.CUSTOS_ORIGIN
    yield f"ready {origin}/"
    if "verify_path" in facts:
        yield f"verify {origin}{facts['verify_path']}"
    if "admin_user" in facts:
        yield f"admin {origin}/admin/ {facts['admin_user']} {facts['admin_password']}"
    yield f"ledger {origin}/ledger/"
