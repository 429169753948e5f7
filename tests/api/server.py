"""A real server for tests: granian in a process of its own, on a free port, and raw
sockets to talk to it.
"""

import json
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, NamedTuple

from tests import wait

ROOT = Path(__file__).resolve().parents[2]
THREADS = 4


class Reply(NamedTuple):
    """An HTTP answer, read to its end."""

    status: int
    headers: dict[str, str]
    body: bytes

    def json(self) -> Any:
        """The body as JSON."""
        return json.loads(self.body)


class Server(NamedTuple):
    """A running server."""

    port: int
    process: "subprocess.Popen[bytes]"

    def connect(self) -> socket.socket:
        """A new connection."""
        return socket.create_connection(("127.0.0.1", self.port), timeout=30)

    def talk(self, request: bytes, *, half_close: bool = False) -> Reply:
        """Send these bytes, and read one answer."""
        with self.connect() as connection:
            with suppress(
                BrokenPipeError, ConnectionResetError
            ):  # an answer may come before all was sent
                connection.sendall(request)
                if half_close:
                    connection.shutdown(socket.SHUT_WR)
            return read_reply(connection)

    def post(self, body: bytes, headers: Mapping[str, str], path: str = "/api/v1/events") -> Reply:
        """An ordinary POST."""
        return self.talk(request(path, {**headers, "Content-Length": str(len(body))}, body))

    def memory(self) -> int:
        """Resident bytes of the server's processes."""
        listing = subprocess.run(
            ["ps", "-o", "rss=", "--pid", str(self.process.pid), "--ppid", str(self.process.pid)],
            check=True,
            capture_output=True,
            text=True,
        )
        return sum(int(kilobytes) for kilobytes in listing.stdout.split()) * 1024


def request(
    path: str, headers: Mapping[str, str], body: bytes = b"", method: str = "POST"
) -> bytes:
    """The bytes of a request; nothing is added but Host and the content type."""
    all_headers = {
        "Host": "127.0.0.1",
        "Content-Type": "application/json",
        "Connection": "close",
        **headers,
    }
    lines = [
        f"{method} {path} HTTP/1.1",
        *(f"{name}: {value}" for name, value in all_headers.items()),
        "",
        "",
    ]
    return "\r\n".join(lines).encode() + body


def read_reply(connection: socket.socket) -> Reply:
    """Read one answer; a connection that ends without any is status 0."""
    received = b""
    with suppress(ConnectionResetError):
        while chunk := connection.recv(65536):
            received += chunk
            head, separator, body = received.partition(b"\r\n\r\n")
            headers = _headers(head)
            if separator and len(body) >= int(headers.get("content-length", "-1")) >= 0:
                break
    if not received:
        return Reply(0, {}, b"")
    head, _, body = received.partition(b"\r\n\r\n")
    return Reply(int(head.split(b" ")[1]), _headers(head), body)


def _headers(head: bytes) -> dict[str, str]:
    lines = (line.partition(": ") for line in head.decode("latin-1").split("\r\n")[1:])
    return {name.lower(): value for name, _, value in lines}


@contextmanager
def running(env: Mapping[str, str], log: Path) -> Iterator[Server]:
    """A server in this environment, stopped afterwards."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [
        sys.executable,
        "-m",
        "granian",
        "--interface",
        "asginl",
        "--host",
        "127.0.0.1",
        "--port",
        str(port),
        "config.asgi:application",
    ]
    bounds = {"CUSTOS_WEB_THREADS": str(THREADS), "CUSTOS_BODY_SECONDS": "3"}
    with log.open("wb") as output:
        process = subprocess.Popen(
            command, env={**env, **bounds}, cwd=ROOT, stdout=output, stderr=output
        )
        server = Server(port, process)
        try:
            wait.until(lambda: _answers(server, log), timeout=60)
            yield server
        finally:
            process.terminate()
            process.wait(30)


def _answers(server: Server, log: Path) -> bool:
    assert server.process.poll() is None, log.read_text()
    try:
        return server.talk(request("/api/v1/nothing", {}, method="GET")).status == 404
    except OSError:
        return False
