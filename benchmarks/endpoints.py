"""Two endpoints over HTTP, on the production server (granian) with its settings: one
event a POST, and the public page of an item with ten events of its own, beside an empty
page of the same server.
"""

import contextlib
import http.client
import itertools
import os
import socket
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator

from benchmarks import sealed, world
from benchmarks.measure import Figure, percentile, times
from provenance.core import gs1
from provenance.models import Party, PartyApiKey
from provenance.models.parties import Scope
from provenance.services import ledger
from provenance.services.record import capture

REQUESTS = 300
ITEMS = 100
OWN_EVENTS = 10
PERSON = {"User-Agent": "Mozilla/5.0"}  # whose visit is counted


def measure() -> list[Figure]:
    """Single POST, and the verify page when it is first asked for and when it is asked for
    again; one client that waits for each answer.
    """
    _, key = PartyApiKey.objects.create_key(
        name="bench",
        party=Party.objects.get(gln=world.BRAND),
        scopes=[scope.value for scope in Scope],
    )
    raws = iter(world.commissions(REQUESTS + 20, "HTTP"))
    items, lone, mates = travelled(3 * ITEMS), *begun(ITEMS)
    with server() as port:
        client = http.client.HTTPConnection("127.0.0.1", port)
        headers = {"Authorization": f"Api-Key {key}", "Content-Type": "application/json"}

        def post() -> None:
            ask(client, "POST", "/api/v1/events", next(raws), headers, status=201)

        def page(paths: Iterator[str]) -> None:
            ask(client, "GET", next(paths), None, PERSON)

        def empty() -> None:
            ask(client, "GET", "/empty", None, PERSON)

        times(post, 20)
        posted = times(post, REQUESTS)
        ledger.anchor_pending()
        first, again = iter(items), itertools.cycle(items[:ITEMS])
        times(lambda: page(first), 2 * ITEMS)
        new = times(lambda: page(first), ITEMS)
        seen, nothing = [], []
        for _ in range(REQUESTS // ITEMS):  # in turns, as the machine's speed drifts
            seen += times(lambda: page(again), ITEMS)
            nothing += times(empty, ITEMS)
        paths = itertools.chain.from_iterable(zip(lone, mates, strict=True))
        both = [taken for _ in range(2 * ITEMS) for taken in times(lambda: page(paths), 1)]
    return [
        _figure("POST of one event", posted, "the bar: p50 under 20 ms"),
        _figure("empty page", sorted(nothing), ""),
        _page("verify page, its first view in a process", new, nothing),
        _page("verify page", sorted(seen), nothing, "; the bars: p50 6 ms, 0.20"),
        _figure("verify page of an item that began alone", sorted(both[::2]), "in turns with"),
        _mates(both[::2], both[1::2]),
    ]


def _mates(lone: list[float], mates: list[float]) -> Figure:
    ratio = statistics.median(mates) / statistics.median(lone)
    note = f"{ratio:.2f} of the time of the item alone; the bar: 1.10"
    return _figure(f"verify page of an item that began with {sealed.ITEMS}", sorted(mates), note)


def begun(count: int) -> tuple[list[str], list[str]]:
    """Paths of `count` items that began with an event each, and of as many that began with an
    event of sealed.ITEMS; all in the ledger.
    """
    capture.capture([*world.commissions(count, "LONE"), sealed.commissioning("MATE")])
    ledger.anchor_pending()
    lone, mates = (
        [gs1.parse_subject(world.item(batch, number)).path for number in range(count)]
        for batch in ("LONE", "MATE")
    )
    return lone, mates


def travelled(count: int) -> list[str]:
    """Paths of `count` items with OWN_EVENTS events each, all in the ledger."""
    uris = [world.item("PAGE", number) for number in range(count)]
    capture.capture(world.commissions(count, "PAGE"))
    for _ in range(OWN_EVENTS - 1):
        capture.capture(world.observations(uris))
    ledger.anchor_pending()
    return [gs1.parse_subject(uri).path for uri in uris]


def ask(
    client: http.client.HTTPConnection,
    method: str,
    path: str,
    body: bytes | None,
    headers: dict[str, str],
    *,
    status: int = 200,
) -> None:
    """Ask once. Raises AssertionError for another status."""
    client.request(method, path, body, headers)
    answer = client.getresponse()
    said = answer.read()
    assert answer.status == status, said


def _page(name: str, milliseconds: list[float], empty: list[float], bar: str = "") -> Figure:
    ratio = statistics.median(empty) / statistics.median(milliseconds)
    return _figure(name, milliseconds, f"{ratio:.2f} of the empty page's rate{bar}")


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
    ours = {"PORT": "8000", "DJANGO_SETTINGS_MODULE": "benchmarks.settings"}
    env = {**os.environ, **limits, **ours}
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
