"""F02, F24, F50: what clients do to a real server, over raw sockets."""

import socket
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from threading import Barrier

import pytest

from provenance.models import Event, IdempotencyKey
from tests import wait
from tests.api import server as servers
from tests.api.client import Signed
from tests.api.server import Server, request

MEGABYTE = 1024 * 1024


@pytest.fixture(scope="module")
def started() -> Iterator[tuple[ExitStack, list[Server]]]:
    """The server of this module, from its first test to its last: it keeps nothing
    between requests.
    """
    with ExitStack() as stack:
        yield stack, []


@pytest.fixture
def server(
    process_env: dict[str, str],
    started: tuple[ExitStack, list[Server]],
    tmp_path_factory: pytest.TempPathFactory,
) -> Server:
    stack, running = started
    if not running:
        log = tmp_path_factory.mktemp("server") / "granian.log"
        running.append(stack.enter_context(servers.running(process_env, log)))
    return running[0]


@pytest.fixture
def auth(signed: Signed) -> dict[str, str]:
    return {"Authorization": f"Api-Key {signed.secret}"}


def test_50_megabytes_are_refused_before_they_are_read(
    server: Server, auth: dict[str, str]
) -> None:
    server.post(b"{}", auth)
    before = server.memory()
    with server.connect() as connection:
        connection.sendall(
            request("/api/v1/events", {**auth, "Content-Length": str(50 * MEGABYTE)})
        )
        try:
            for _ in range(50):
                connection.sendall(b" " * MEGABYTE)
        except OSError:
            pass  # the server has hung up, which is the point
        reply = servers.read_reply(connection)
    assert reply.status in (0, 413)  # 0: the connection was reset under our own sending
    assert server.memory() - before < 20 * MEGABYTE


def test_a_body_above_the_cap_is_413_by_its_header_alone(
    server: Server, auth: dict[str, str]
) -> None:
    reply = server.talk(
        request("/api/v1/events", {**auth, "Content-Length": str(10 * MEGABYTE + 1)})
    )
    assert (reply.status, reply.json()["code"]) == (413, "too-large")
    reply = server.talk(
        request("/api/v1/events/prepare", {**auth, "Content-Length": str(MEGABYTE + 1)})
    )
    assert (reply.status, reply.json()["code"]) == (413, "too-large")


FORM = {"Content-Type": "multipart/form-data; boundary=x"}
CHUNKED = {"Transfer-Encoding": "chunked"}


@pytest.mark.parametrize("path", ["/verify", "/admin/login/", "/nowhere"])
@pytest.mark.parametrize(
    ("headers", "status"),
    [({"Content-Length": str(400 * MEGABYTE)}, 413), (CHUNKED, 411)],
    ids=["too large", "chunked"],
)
def test_a_form_is_refused_by_its_headers_alone(
    server: Server, path: str, headers: dict[str, str], status: int
) -> None:
    reply = server.talk(request(path, FORM | headers))
    assert reply.status == (404 if path == "/nowhere" else status)
    assert (b"cannot read this file as a photo" in reply.body) is (path == "/verify")


def test_a_photo_of_8_mb_is_not_refused_by_its_headers(server: Server) -> None:
    body = b"x" * (8 * MEGABYTE)
    reply = server.post(body, FORM, "/verify")
    assert reply.status == 403  # no token in this form


def test_chunked_and_undeclared_lengths_are_411(server: Server, auth: dict[str, str]) -> None:
    chunked = request(
        "/api/v1/events", {**auth, "Transfer-Encoding": "chunked"}, b"2\r\n{}\r\n0\r\n\r\n"
    )
    assert server.talk(chunked).json()["code"] == "length-required"
    assert server.talk(request("/api/v1/events", auth)).json()["code"] == "length-required"


def test_a_body_shorter_than_declared_stores_nothing(
    server: Server, auth: dict[str, str], signed: Signed
) -> None:
    body = signed.commission("A1")
    before = Event.objects.count()
    reply = server.talk(
        request("/api/v1/events", {**auth, "Content-Length": str(len(body) + 5)}, body),
        half_close=True,
    )
    assert reply.status in (0, 400)
    assert Event.objects.count() == before
    assert server.post(body, auth).status == 201


def test_a_body_longer_than_declared_is_cut_there(
    server: Server, auth: dict[str, str], signed: Signed
) -> None:
    body = signed.commission("A1")
    cut = request("/api/v1/events", {**auth, "Content-Length": str(len(body) - 5)}, body)
    assert server.talk(cut).json()["code"] == "bad-json"


@pytest.mark.parametrize(
    "headers",
    [
        {"Content-Length": "-1"},
        {"Content-Length": "2, 3"},
        {"Content-Length": "two"},
        {"Content-Length": "2", "Transfer-Encoding": "chunked"},
    ],
    ids=str,
)
def test_a_length_that_can_be_read_two_ways_is_refused(
    server: Server, auth: dict[str, str], headers: dict[str, str]
) -> None:
    assert 400 <= server.talk(request("/api/v1/events", {**auth, **headers}, b"{}")).status < 500


def test_an_empty_body_is_no_json(server: Server, auth: dict[str, str]) -> None:
    assert server.post(b"", auth).json()["code"] == "bad-json"


def test_a_compressed_body_is_415(server: Server, auth: dict[str, str]) -> None:
    assert (
        server.post(b"\x1f\x8b", {**auth, "Content-Encoding": "gzip"}).json()["code"]
        == "unsupported-media-type"
    )


@pytest.mark.parametrize("path", ["/api/v1/events/%00", "/api/v1/%0d%0a", "/api/%00"])
def test_paths_that_are_no_text_are_400(server: Server, path: str) -> None:
    reply = server.talk(request(path, {}, method="GET"))
    assert (reply.status, reply.json()["code"]) == (400, "bad-text")


SLOW = [("/api/v1/events", {}), ("/verify", {"Content-Type": "multipart/form-data; boundary=x"})]


@pytest.mark.parametrize(("path", "headers"), SLOW, ids=["events", "photos"])
def test_more_slow_clients_than_threads_hold_up_nobody_and_get_408(
    server: Server, auth: dict[str, str], signed: Signed, path: str, headers: dict[str, str]
) -> None:
    slow = [server.connect() for _ in range(5 * servers.THREADS)]
    try:
        for connection in slow:
            declared = {**auth, **headers, "Content-Length": "1000"}
            connection.sendall(request(path, declared, b"{"))
        assert server.post(signed.commission("A1"), auth).status == 201
        assert server.talk(request("/verify", {}, method="GET")).status == 200
        assert {servers.read_reply(connection).status for connection in slow} == {408}
    finally:
        for connection in slow:
            connection.close()


def test_a_slow_body_is_a_problem_in_the_api(server: Server, auth: dict[str, str]) -> None:
    reply = server.talk(request("/api/v1/events", {**auth, "Content-Length": "1000"}, b"{"))
    assert (reply.status, reply.json()["code"]) == (408, "body-timeout")


def test_two_at_once_with_one_key_are_one_write(
    server: Server, auth: dict[str, str], signed: Signed
) -> None:
    body, barrier = signed.commission("A1"), Barrier(2)
    before = Event.objects.count()

    def post() -> tuple[int, str, str]:
        barrier.wait()
        reply = server.post(body, {**auth, "Idempotency-Key": "once"})
        return (
            reply.status,
            reply.headers.get("idempotency-replayed", ""),
            reply.json().get("code", ""),
        )

    with ThreadPoolExecutor(2) as pool:
        answers = {future.result() for future in [pool.submit(post), pool.submit(post)]}
    assert (201, "", "") in answers
    assert answers <= {(201, "", ""), (201, "true", ""), (409, "", "in-progress")}
    assert len(answers) == 2
    assert Event.objects.count() == before + 1


def test_a_client_killed_before_its_answer_gets_it_later(
    server: Server, auth: dict[str, str], signed: Signed
) -> None:
    body = signed.commission("A1")
    headers = {**auth, "Idempotency-Key": "lost", "Content-Length": str(len(body))}
    with wait.locked("provenance_chainlink") as is_awaited, server.connect() as connection:
        connection.setsockopt(
            socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0"
        )  # closing resets
        connection.sendall(request("/api/v1/events", headers, body))
        wait.until(is_awaited)  # what is not yet read, a reset throws away
    wait.until(lambda: IdempotencyKey.objects.filter(key="lost").exists())
    reply = server.post(body, {**auth, "Idempotency-Key": "lost"})
    assert (reply.status, reply.headers["idempotency-replayed"]) == (201, "true")
    assert (
        server.post(body + b" ", {**auth, "Idempotency-Key": "lost"}).json()["code"]
        == "idempotency-mismatch"
    )
