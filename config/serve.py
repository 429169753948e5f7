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
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from types import FrameType
from typing import Any, NoReturn
from urllib.parse import urlsplit

import psutil
from django.conf import settings
from django.core.management import CommandError, call_command
from django.db import connections

from config import env, supervisor

READY_SECONDS = 60

PYTHON = sys.executable
GRANIAN = ("-m", "granian", "--interface", "asginl", "--http", "1", "--no-ws")
CELERY = ("-m", "celery", "--quiet", "-A", "config")
CHECKS = ("--queues", "checks", "--concurrency", "1", "--hostname", "checker@%h")
ALONE = ("--without-gossip", "--without-mingle", "--without-heartbeat")


class ServeError(RuntimeError):
    """Custos cannot start or go on; the message is for the person at the terminal."""


def run(say: Callable[[str], object]) -> None:
    """Serve until a signal ends it. Raises ServeError if a part cannot be kept running."""
    host, port = env.text("HOST", "127.0.0.1"), settings.PORT
    _check_free(host, port)
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _leave)
    facts = _prepare()
    connections.close_all()
    with _children(host, port) as children:
        _await_ready(host, port, children)
        for line in _announcement(facts):
            say(line)
        parts = [*_embedded(), *children]
        watch = supervisor.Supervisor(_warn)
        for part in parts:
            watch.watch(part)
        while True:
            try:
                watch.tend()
            except supervisor.GaveUp as error:
                raise ServeError(str(error)) from error
            time.sleep(0.5)


def _embedded() -> Iterator[supervisor.Part]:
    if settings.EMBEDDED:
        yield supervisor.Database(settings.CUSTOS_VAR)
    if not env.text("REDIS_URL", ""):
        yield supervisor.Broker(settings.CUSTOS_VAR)


def _leave(number: int, frame: FrameType | None) -> NoReturn:
    raise SystemExit(0)


def _prepare() -> dict[str, Any]:
    """Bring the database up to date and load what a first run needs; return the facts of
    the first run. A ledger that may not or cannot be written is said, and does not keep
    the record from being read.
    """
    call_command("migrate", verbosity=0, stdout=sys.stderr)
    # First, because nothing is taken while events wait that a killed run left.
    for command in ("anchor", "bootstrap", "demo", "customs_demo", "anchor"):
        try:
            call_command(command, verbosity=0, stdout=sys.stderr)
        except (CommandError, OSError) as error:
            _warn(f"{command}: {error}. Pages are served; /health says how things are.")
    file = settings.CUSTOS_VAR / "demo.json"
    facts: dict[str, Any] = json.loads(file.read_text()) if file.exists() else {}
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
                f"Cannot listen on {host} port {port}: {error.strerror}{_listener(port)}. Set PORT."
            ) from error


def _listener(port: int) -> str:
    """The process that listens at `port`, in words; nothing where we may not see it."""
    with contextlib.suppress(psutil.Error):
        for connection in psutil.net_connections("tcp"):
            listens = connection.status == psutil.CONN_LISTEN and connection.laddr.port == port
            if listens and connection.pid:
                command = " ".join(psutil.Process(connection.pid).cmdline())
                return f" by process {connection.pid} ({command[:200]})"
    return ""


@contextlib.contextmanager
def _children(host: str, port: int) -> Iterator[list[supervisor.Child]]:
    """Web server, workers and beat, started; in the end all are stopped."""
    children = list(_commands(host, port))
    try:
        for child in children:
            child.start()
        yield children
    finally:
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, signal.SIG_IGN)  # we are leaving already
        for child in children:
            if child.process is not None:
                child.process.terminate()
        for child in children:
            child.end()


def _commands(host: str, port: int) -> Iterator[supervisor.Child]:
    address = ("--host", host, "--port", str(port), "--log-level", "warning")
    size = ("--workers", "2")
    again = ("--respawn-failed-workers", "--respawn-interval", "1")
    server = [PYTHON, *GRANIAN, *address, *size, *again, "config.asgi:application"]
    quiet = ("--loglevel", "WARNING")
    worker = [PYTHON, *CELERY, "worker", *quiet, *ALONE]
    beat = [PYTHON, *CELERY, "beat", *quiet, "--pidfile", ""]
    environ, folder = dict(os.environ), settings.BASE_DIR
    web = environ | {"CUSTOS_STATEMENT_TIMEOUT_MS": "5000", "CUSTOS_DATABASE_WAIT": "1"}
    yield supervisor.Child("web server", server, web, folder)
    # Orphaned, they do not wait for the end of their tasks: nobody would stop them.
    orphaned = signal.SIGQUIT
    sweeping = [*worker, "--concurrency", "2"]
    yield supervisor.Child("worker", sweeping, environ, folder, orphaned)
    yield supervisor.Child("checker", [*worker, *CHECKS], environ, folder, orphaned)
    yield supervisor.Child("beat", beat, environ, folder)


def _await_ready(host: str, port: int, children: Iterable[supervisor.Child]) -> None:
    """Wait until the web server answers. A child that ends before that will not do
    better another time. Raises ServeError.
    """
    deadline = time.monotonic() + READY_SECONDS
    while not _answers(host, port):
        for child in children:
            if fault := child.fault():
                raise ServeError(f"The {child.name} {fault} before Custos was ready.")
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


def _announcement(facts: Mapping[str, Any]) -> Iterator[str]:
    origin = settings.CUSTOS_ORIGIN
    yield f"ready {origin}/"
    if "verify_path" in facts:
        yield f"verify {origin}{facts['verify_path']}"
    if "admin_user" in facts:
        yield f"admin {origin}/admin/ {facts['admin_user']} {facts['admin_password']}"
    if "customs_user" in facts:
        yield f"customs {origin}/customs/ {facts['customs_user']} {facts['customs_password']}"
    yield f"ledger {origin}/ledger/"
    yield from (f"story {name} {origin}{path}" for name, path in facts.get("stories", {}).items())
    yield from (f"user {name} {password}" for name, password in facts.get("users", {}).items())
