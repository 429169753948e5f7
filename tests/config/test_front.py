"""The front of the web server: the environment that it gives, and what it does not read."""

import asyncio
from typing import Any

import pytest

from config.front import BODY, BROKEN, CROWDED, LATE, Bounds, Front, Message

SCOPE: Message = {
    "type": "http",
    "method": "POST",
    "raw_path": b"/a%2Fb%ff",
    "query_string": b"x=%20",
    "http_version": "1.1",
    "scheme": "http",
    "server": ("127.0.0.1", 8000),
    "client": ("192.0.2.7", 1234),
    "headers": [],
}


class App:
    """A WSGI application that keeps what it was given."""

    def __init__(self) -> None:
        self.given: list[dict[str, Any]] = []
        self.closed = 0

    def __call__(self, environ: dict[str, Any], start_response: Any) -> "App":
        self.given.append(environ)
        start_response("201 Created", [("X-A", "1")])
        return self

    def __iter__(self) -> Any:
        return iter([b"an ", b"answer"])

    def close(self) -> None:
        self.closed += 1


def ask(
    *chunks: bytes, headers: list[tuple[bytes, bytes]], bounds: Bounds, ends: bool = True
) -> tuple[App, list[Message]]:
    """The application's and the client's side of one request."""
    app, sent = App(), list[Message]()
    coming = [{"type": "http.request", "body": chunk, "more_body": True} for chunk in chunks]
    if ends and coming:
        coming[-1]["more_body"] = False

    async def receive() -> Message:
        return coming.pop(0) if coming else await asyncio.Future()

    async def send(message: Message) -> None:
        sent.append(message)

    asyncio.run(Front(app, bounds)({**SCOPE, "headers": headers}, receive, send))
    return app, sent


BOUNDS = Bounds(threads=1, seconds=0.2, most=100, held=150)


def declared(length: int | str) -> list[tuple[bytes, bytes]]:
    return [(b"content-length", str(length).encode())]


def test_an_answer_is_written_whole_and_closed_once() -> None:
    app, sent = ask(b"ab", b"cd", headers=declared(4), bounds=BOUNDS)
    assert app.given[0]["wsgi.input"].read() == b"abcd"
    assert BODY not in app.given[0]
    assert app.closed == 1
    assert sent == [
        {"type": "http.response.start", "status": 201, "headers": [(b"x-a", b"1")]},
        {"type": "http.response.body", "body": b"an answer"},
    ]


def test_the_environment_is_that_of_pep_3333() -> None:
    headers = [
        (b"Content-Type", b"text/plain"),
        (b"X-Forwarded-For", b"1.1.1.1"),
        (b"x-forwarded-for", b"2.2.2.2"),
        (b"X_Forwarded_For", b"9.9.9.9"),
        (b"cookie", b"a=1"),
        (b"cookie", b"b=2"),
    ]
    (environ,) = ask(headers=headers, bounds=BOUNDS)[0].given
    assert environ["CONTENT_TYPE"] == "text/plain"
    assert environ["HTTP_X_FORWARDED_FOR"] == "1.1.1.1,2.2.2.2"
    assert environ["HTTP_COOKIE"] == "a=1; b=2"
    assert environ["PATH_INFO"] == "/a/b\xff"
    assert (environ["QUERY_STRING"], environ["REMOTE_ADDR"]) == ("x=%20", "192.0.2.7")


@pytest.mark.parametrize(
    "headers",
    [[], declared(101), declared("abc"), [*declared(9), (b"transfer-encoding", b"chunked")]],
    ids=["no body", "too large", "no number", "chunked"],
)
def test_a_body_that_will_be_refused_is_not_read(headers: list[tuple[bytes, bytes]]) -> None:
    (environ,) = ask(b"x" * 9, headers=headers, bounds=BOUNDS)[0].given
    assert environ["wsgi.input"].read() == b""


@pytest.mark.parametrize(
    ("chunks", "held", "said"),
    [([b"a"], 150, LATE), ([b"a" * 60, b"a" * 40], 90, CROWDED)],
    ids=["slow", "no room"],
)
def test_a_body_that_did_not_come_to_its_end_is_said(
    chunks: list[bytes], held: int, said: str
) -> None:
    bounds = Bounds(threads=1, seconds=0.2, most=100, held=held)
    (environ,) = ask(*chunks, headers=declared(100), bounds=bounds, ends=False)[0].given
    assert environ[BODY] == said


def test_a_client_that_hangs_up_is_said() -> None:
    app = App()

    async def receive() -> Message:
        return {"type": "http.disconnect"}

    async def send(message: Message) -> None:
        """Nobody is there to read it."""

    front = Front(app, BOUNDS)
    asyncio.run(front({**SCOPE, "headers": declared(9)}, receive, send))
    assert app.given[0][BODY] == BROKEN
