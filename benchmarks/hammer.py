"""The hammer: `manage.py serve` under mixed load, while its processes are killed in turn.

    python -m benchmarks.hammer [MINUTES]    (20; a kill each minute)

Nothing that was acknowledged may be missing afterwards, the ledger must be sound, every
read model what the events say, and no answer our fault. Prints the answers, the 99th
percentile of pages and the memory of the processes; exits with 1 on any failure.
"""

import http.client
import itertools
import os
import re
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import orjson
import psutil

ROOT = Path(__file__).resolve().parent.parent
VAR = ROOT / "var" / "hammer"
PORT = 8977
PER_BATCH = 20
EVERY = 60  # seconds between kills
AWAY = {429, 503}  # answers that say to come again
PARTS = ("web worker", "web server", "worker", "postgres", "redis", "checker", "beat")
HOSTILE = (
    b"[" * 900_000,
    b'{"a":"' + b'\\"' * 400_000,
    b"{" + b",".join(b'"a":%d' % n for n in range(60_000)) + b"}",
    b'{"a":' + b"9" * 900_000 + b"}",
    b'"\xff' + b"x" * 900_000,
    b'[{"proof":{}}' + b',{"proof":{}}' * 900 + b"]",
)


@dataclass
class Tally:
    """The answers, the faults found, and the kills."""

    acknowledged: set[str] = field(default_factory=set)
    answers: Counter[str] = field(default_factory=Counter)
    faults: list[str] = field(default_factory=list)
    pages: list[float] = field(default_factory=list)
    kills: Counter[str] = field(default_factory=Counter)
    web_memory: int = 0
    memory: int = 0
    stop: threading.Event = field(default_factory=threading.Event)

    def ask(
        self,
        kind: str,
        method: str,
        path: str,
        body: bytes | None = None,
        headers: Mapping[str, str] | None = None,
        *,
        good: tuple[int, ...],
    ) -> tuple[int, bytes, str]:
        """Ask once; status 0 where the server could not be reached. Any answer but `good`
        and AWAY is a fault.
        """
        connection = http.client.HTTPConnection("localhost", PORT, timeout=60)
        try:
            connection.request(method, path, body, dict(headers or {}))
            response = connection.getresponse()
            said, cookie = response.read(), response.getheader("Set-Cookie", "")
        except (OSError, http.client.HTTPException):
            self.answers[f"{kind}: not reached"] += 1
            return 0, b"", ""
        finally:
            connection.close()
        self.answers[f"{kind}: {response.status}"] += 1
        if response.status not in good and response.status not in AWAY:
            self.faults.append(f"{kind} {path}: {response.status} {said[:200]!r}")
        return response.status, said, cookie


def events(tally: Tally, api_key: str, name: str) -> None:
    """Post batches, the last event of each with sealed items; one that got no answer is sent
    again under its key until it has.
    """
    from benchmarks import sealed, world

    for number in itertools.count():
        raws = world.commissions(PER_BATCH, f"{name}{number}-")
        raws.append(sealed.commissioning(f"{name}{number}S", PER_BATCH))
        headers = {
            "Authorization": f"Api-Key {api_key}",
            "Content-Type": "application/json",
            "Idempotency-Key": f"{name}-{number}",
        }
        status = 0
        while status not in (200, 201):
            if tally.stop.wait(0.1):
                return
            body = b"[" + b",".join(raws) + b"]"
            status, said, _ = tally.ask(
                "events", "POST", "/api/v1/events", body, headers, good=(200, 201)
            )
            if status in (200, 201):
                tally.acknowledged.update(row["digest"] for row in orjson.loads(said)["results"])
            else:
                time.sleep(0.2)


def pages(tally: Tally, paths: list[str]) -> None:
    """Read the pages of the demo's stories, the ledger's and the health."""
    for path in itertools.cycle([*paths, "/ledger/", "/health"]):
        if tally.stop.wait(0.15):
            return
        start = time.perf_counter()
        status, _, _ = tally.ask("page", "GET", path, good=(200, 404))
        if status in (200, 404):
            tally.pages.append(time.perf_counter() - start)


def photos(tally: Tally, photo: bytes) -> None:
    """Send a photo of a label, as the form of the page does."""
    while not tally.stop.wait(2):
        status, said, cookie = tally.ask("form", "GET", "/verify", good=(200,))
        token = re.search(rb'name="csrfmiddlewaretoken" value="(\w+)"', said)
        if status != 200 or token is None:
            continue
        parts = (
            (b'name="csrfmiddlewaretoken"', token[1]),
            (b'name="photo"; filename="a.png"\r\nContent-Type: image/png', photo),
        )
        body = b"".join(
            b"--line\r\nContent-Disposition: form-data; %s\r\n\r\n%s\r\n" % part for part in parts
        )
        headers = {
            "Content-Type": "multipart/form-data; boundary=line",
            "Cookie": cookie.partition(";")[0],
            "Origin": f"http://localhost:{PORT}",
        }
        tally.ask("photo", "POST", "/verify", body + b"--line--\r\n", headers, good=(302, 303))


def hostile(tally: Tally, api_key: str) -> None:
    """Post bodies that are meant to hurt, within the limits of size."""
    headers = {"Authorization": f"Api-Key {api_key}", "Content-Type": "application/json"}
    for body in itertools.cycle(HOSTILE):
        if tally.stop.wait(1):
            return
        good = (200, 400, 409, 413, 422)
        tally.ask("hostile", "POST", "/api/v1/events", body, headers, good=good)


def processes(serve: int) -> dict[str, list[psutil.Process]]:
    """The processes of each of PARTS."""
    parts: dict[str, list[psutil.Process]] = {part: [] for part in PARTS}
    for child in psutil.Process(serve).children():
        with suppress(psutil.Error):
            words = " ".join(child.cmdline()).replace("--without-heartbeat", "")
            named = (part for part in ("granian", "beat", "checker") if part in words)
            name = next(named, "worker")
            parts["web server" if name == "granian" else name].append(child)
            if name == "granian":
                parts["web worker"] += child.children()
    for process in psutil.process_iter():
        with suppress(psutil.Error):
            words = " ".join(process.cmdline())
            if str(VAR) in words and "redis-server" in words:
                parts["redis"].append(process)
            if str(VAR) in words and "bin/postgres" in words:
                parts["postgres"].append(process)
    return parts


def kill(tally: Tally, serve: int) -> None:
    """Kill a process of each part in turn, and note the memory of all in between."""
    for part in itertools.cycle(PARTS):
        for _ in range(EVERY):
            if tally.stop.wait(1):
                return
            measure(tally, serve)
        for process in processes(serve)[part][:1]:
            with suppress(psutil.Error):
                process.send_signal(signal.SIGKILL)
                tally.kills[part] += 1


def measure(tally: Tally, serve: int) -> None:
    """Note the memory that is resident now."""
    with suppress(psutil.Error):
        web = [process.memory_info().rss for process in processes(serve)["web worker"]]
        family = psutil.Process(serve).children(recursive=True)
        tally.web_memory = max(tally.web_memory, *web, 0)
        tally.memory = max(tally.memory, sum(process.memory_info().rss for process in family))


def check(tally: Tally) -> None:
    """Look for what was acknowledged, and hold ledger and read models against the events."""
    from django.db import close_old_connections

    from provenance.models import Event
    from provenance.services import ledger
    from provenance.services.ledger import fsck
    from provenance.services.record import rebuild

    close_old_connections()
    ledger.anchor_pending()
    stored: set[str] = set()
    digests = sorted(tally.acknowledged)
    for start in range(0, len(digests), 5_000):
        some = Event.objects.filter(digest__in=digests[start : start + 5_000])
        stored.update(some.values_list("digest", flat=True))
    if lost := tally.acknowledged - stored:
        tally.faults.append(f"{len(lost)} acknowledged events are lost, {min(lost)} for one")
    try:
        fsck.check()
    except fsck.FirstFault as fault:
        tally.faults.append(f"fsck: {fault}")
    tally.faults += [f"rebuild: {difference}" for difference in rebuild.rebuild()]


@contextmanager
def served() -> Iterator[tuple[subprocess.Popen[bytes], list[str]]]:
    """The running server, and the paths of the demo's stories."""
    shutil.rmtree(VAR, ignore_errors=True)
    VAR.mkdir(parents=True)
    log = VAR / "serve.log"
    with log.open("wb") as output:
        serve = subprocess.Popen([sys.executable, "manage.py", "serve"], cwd=ROOT, stdout=output)
    try:
        while "user " not in log.read_text():
            if serve.poll() is not None:
                raise SystemExit("the server did not start")
            time.sleep(0.5)
        story = re.compile(rf"^story \w+ http://localhost:{PORT}(\S+)", re.MULTILINE)
        stories = story.findall(log.read_text())
        yield serve, stories
    finally:
        serve.send_signal(signal.SIGINT)
        serve.wait(60)


def run(minutes: float, serve: int, paths: list[str]) -> Tally:
    """The load, for so many minutes; then the checks."""
    from benchmarks import world
    from provenance.models import PartyApiKey
    from provenance.models.parties import Scope
    from provenance.services.goods import labels

    world.register()
    scopes = [scope.value for scope in Scope]
    _, api_key = PartyApiKey.objects.create_key(name="hammer", party_id=world.BRAND, scopes=scopes)
    photo = labels.png(world.item("H", 1))
    tally = Tally()
    load: list[Callable[[], None]] = [
        lambda: events(tally, str(api_key), "A"),
        lambda: events(tally, str(api_key), "B"),
        lambda: pages(tally, paths),
        lambda: photos(tally, photo),
        lambda: hostile(tally, str(api_key)),
        lambda: kill(tally, serve),
    ]
    threads = [threading.Thread(target=work, daemon=True) for work in load]
    for thread in threads:
        thread.start()
    time.sleep(minutes * 60)
    tally.stop.set()
    for thread in threads:
        thread.join()
    while tally.ask("health", "GET", "/health", good=(200,))[0] != 200:
        time.sleep(1)
    check(tally)
    return tally


def main() -> int:
    """Run the hammer in a database of its own, made anew."""
    minutes = float(sys.argv[1]) if len(sys.argv) > 1 else 20
    os.environ |= {
        "CUSTOS_VAR": str(VAR),
        "PORT": str(PORT),
        "DJANGO_SETTINGS_MODULE": "config.settings",
    }
    with served() as (serve, paths):
        import django

        django.setup()
        tally = run(minutes, serve.pid, paths)
    tally.pages.sort()
    print(f"acknowledged events: {len(tally.acknowledged)}; kills: {dict(tally.kills)}")
    print(f"answers: {dict(sorted(tally.answers.items()))}")
    print(f"pages, p99: {tally.pages[len(tally.pages) * 99 // 100]:.2f} s")
    print(f"memory at most: a web process {tally.web_memory >> 20} MB, all {tally.memory >> 20} MB")
    print("\n".join(tally.faults[:20]) or "no fault")
    return 1 if tally.faults else 0


if __name__ == "__main__":
    sys.exit(main())
