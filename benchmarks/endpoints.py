"""Two endpoints over HTTP, on the production server (granian) with its settings: one
event a POST, and the public page.
"""

import contextlib
import http.client
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator

from benchmarks import world
from benchmarks.measure import Figure, percentile, times
from benchmarks.pipeline import subject_of
from provenance.models import Party, PartyApiKey
from provenance.models.parties import Scope
from provenance.services import ledger

REQUESTS = 300


def measure() -> list[Figure]:
    """Single POST and verify page, one client that waits for each answer."""
    _, key = PartyApiKey.objects.create_key(
        name="bench",
        party=Party.objects.get(gln=world.BRAND),
        scopes=[scope.value for scope in Scope],
    )
    raws = iter(world.commissions(REQUESTS + 20, "HTTP"))
    with server() as port:
        client = http.client.HTTPConnection("127.0.0.1", port)
        headers = {"Authorization": f"Api-Key {key}", "Content-Type": "application/json"}

        def post() -> None:
            client.request("POST", "/api/v1/events", next(raws), headers)
            answer = client.getresponse()
            body = answer.read()
            assert answer.status == 201, body

        numbers = iter(range(10_000))

        def page() -> None:
            client.request("GET", subject_of(next(numbers) % 1000).path)
            answer = client.getresponse()
            answer.read()
            assert answer.status == 200, answer.status

        times(post, 20)
        posted = times(post, REQUESTS)
        ledger.anchor_pending()
        times(page, 20)
        seen = times(page, REQUESTS)
    return [
        _figure("POST of one event", posted, "the bar: p50 under 20 ms"),
        _figure("verify page", seen, ""),
    ]


def _figure(name: str, milliseconds: list[float], note: str) -> Figure:
    p50, p95 = percentile(milliseconds, 0.5), percentile(milliseconds, 0.95)
    remark = f"p50 {p50:.1f} ms, p95 {p95:.1f} ms" + (f"; {note}" if note else "")
    return Figure(name, 1000 / p50, "requests", remark)


@contextlib.contextmanager
def server() -> Iterator[int]:
    """The web server on a free port."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    granian = [sys.executable, "-m", "granian", "--interface", "asginl"]
    command = [*granian, "--host", "127.0.0.1", "--port", str(port), "config.asgi:application"]
    limits = dict.fromkeys(("CUSTOS_LIMIT_PAGES", "CUSTOS_LIMIT_API_KEY"), "1000000/second")
    env = {**os.environ, **limits, "PORT": "8000"}
    with subprocess.Popen(command, env=env, stdout=subprocess.DEVNULL) as process:
        try:
            deadline = time.monotonic() + 60
            while time.monotonic() < deadline:
                with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
                    break
                time.sleep(0.1)
            yield port
        finally:
            process.terminate()
