"""The front of the web server: an ASGI application before the WSGI one.

A request's body is collected here, on the event loop, and only then does the request take
one of the threads: however many clients send slowly, they hold up nobody. The answer is
written whole in its thread and sent from here, so that a slow reader holds none either.

A body is not read at all where its headers say that the application will refuse it: it
then answers by them. `BODY` in the request's `META` tells it that a body did not come to
its end.
"""

import asyncio
import io
import sys
from collections.abc import Awaitable, Callable, Iterable, MutableMapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, Final, TypeAlias
from urllib.parse import unquote_to_bytes

Message: TypeAlias = MutableMapping[str, Any]
Receive: TypeAlias = Callable[[], Awaitable[Message]]
Send: TypeAlias = Callable[[Message], Awaitable[None]]
Headers: TypeAlias = list[tuple[str, str]]
Wsgi: TypeAlias = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]

BODY: Final = "custos.body"
LATE: Final = "late"  # it came too slowly
BROKEN: Final = "broken"  # the client hung up
CROWDED: Final = "crowded"  # the bodies of others fill the memory
SLOWEST: Final = 4096  # bytes a second, which an honest body has at least
_APART: Final = {"cookie": "; "}
_PLAIN: Final = {"content-type": "CONTENT_TYPE", "content-length": "CONTENT_LENGTH"}


@dataclass(frozen=True, slots=True)
class Bounds:
    """`threads` of one process; `seconds` for a body, and one more for each `SLOWEST`
    bytes of it; `most` bytes of a body, and `held` bytes of all bodies together.
    """

    threads: int
    seconds: float
    most: int
    held: int


class Front:
    """The ASGI application before `wsgi`."""

    def __init__(self, wsgi: Wsgi, bounds: Bounds) -> None:
        self._wsgi, self._bounds = wsgi, bounds
        self._threads = ThreadPoolExecutor(bounds.threads, "request")
        self._held = 0

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """Answer one request."""
        environ, body = _environ(scope), bytearray()
        try:
            if self._is_read(environ):
                await self._collect(receive, body, environ)
            environ["wsgi.input"] = io.BytesIO(body)
            loop = asyncio.get_running_loop()
            status, headers, content = await loop.run_in_executor(
                self._threads, self._answer, environ
            )
        finally:
            self._held -= len(body)
        raw = [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in headers]
        await send({"type": "http.response.start", "status": status, "headers": raw})
        await send({"type": "http.response.body", "body": content})

    def _is_read(self, environ: dict[str, Any]) -> bool:
        length = environ.get("CONTENT_LENGTH", "")
        declared = length.isascii() and length.isdecimal() and len(length) < 12
        chunked = "HTTP_TRANSFER_ENCODING" in environ
        return declared and not chunked and 0 < int(length) <= self._bounds.most

    async def _collect(self, receive: Receive, body: bytearray, environ: dict[str, Any]) -> None:
        """Fill `body`; say in `environ` if it did not come to its end."""
        began, more = asyncio.get_running_loop().time(), True
        while more:
            try:
                until = began + self._bounds.seconds + len(body) / SLOWEST
                async with asyncio.timeout_at(until):
                    message = await receive()
            except TimeoutError:
                environ[BODY] = LATE
                return
            if message["type"] == "http.disconnect":
                environ[BODY] = BROKEN
                return
            chunk = message.get("body", b"")
            body += chunk
            self._held += len(chunk)
            more = message.get("more_body", False)
            if self._held > self._bounds.held:
                environ[BODY] = CROWDED
                return

    def _answer(self, environ: dict[str, Any]) -> tuple[int, Headers, bytes]:
        """The WSGI application's answer. It is closed in the thread that asked, to which
        the database's connection belongs.
        """
        started: list[tuple[str, Headers]] = []

        def start(status: str, headers: Headers, _fault: object = None) -> None:
            started.append((status, headers))

        chunks = self._wsgi(environ, start)
        try:
            content = b"".join(chunks)
        finally:
            close = getattr(chunks, "close", None)
            if close is not None:
                close()
        status, headers = started[-1]
        return int(status[:3]), headers, content


def _environ(scope: Message) -> dict[str, Any]:
    """The environment of PEP 3333, without its input."""
    host, port = scope.get("server") or ("", 0)
    environ = {
        "REQUEST_METHOD": scope["method"],
        "SCRIPT_NAME": "",
        "PATH_INFO": unquote_to_bytes(scope["raw_path"]).decode("latin-1"),
        "QUERY_STRING": scope["query_string"].decode("latin-1"),
        "SERVER_NAME": host,
        "SERVER_PORT": str(port),
        "SERVER_PROTOCOL": f"HTTP/{scope['http_version']}",
        "REMOTE_ADDR": (scope.get("client") or ("",))[0],
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": scope["scheme"],
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
        "wsgi.multiprocess": True,
        "wsgi.run_once": False,
    }
    for raw_name, raw_value in scope["headers"]:
        name, value = raw_name.decode("latin-1").lower(), raw_value.decode("latin-1")
        if "_" in name:  # it would be taken for the header with a hyphen
            continue
        key = _PLAIN.get(name) or f"HTTP_{name.replace('-', '_').upper()}"
        environ[key] = environ[key] + _APART.get(name, ",") + value if key in environ else value
    return environ
