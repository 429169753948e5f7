"""Signed events in, verified, stored, chained and anchored: batches of 1,000, and the parts of it."""

import statistics
import time

from benchmarks import parallel, world
from benchmarks.measure import Figure
from provenance.core import gs1
from provenance.services import anchoring, capture, parties

BATCH = 1000
BATCHES = 10


def prepare() -> None:
    """The registrar, the brand with its own key, and one product; in the ledger."""
    parties.bootstrap()
    world.register()
    while anchoring.anchor_pending() is not None:
        pass


def measure() -> list[Figure]:
    """Capture of new items, then one more event on each, then anchoring and proofs."""
    prepare()
    births = [world.commissions(BATCH, f"P{number:02d}") for number in range(BATCHES)]
    seconds: list[float] = []
    anchored: list[float] = []
    whole = time.perf_counter()
    for raws in births:
        start = time.perf_counter()
        outcomes = capture.capture(raws)
        seconds.append(time.perf_counter() - start)
        assert all(outcome.stored for outcome in outcomes)
        start = time.perf_counter()
        anchoring.anchor_pending()
        anchored.append(time.perf_counter() - start)
    took = time.perf_counter() - whole
    seen = [capture_one_more(number) for number in range(3)]
    more = [world.commissions(BATCH, f"T{number:02d}") for number in range(2 * BATCHES)]
    together = 2 * BATCH * BATCHES / parallel.measure(more)
    indexes = list(range(0, BATCH * BATCHES, 100))
    start = time.perf_counter()
    anchoring.proof_texts(indexes)
    proofs = time.perf_counter() - start
    return [
        Figure("capture, batches of 1,000, new items", BATCH / statistics.median(seconds), "events"),
        Figure("capture, batches of 1,000, known items", BATCH / statistics.median(seen), "events"),
        Figure("anchoring, 1,000 a sweep", BATCH / statistics.median(anchored), "events"),
        Figure(
            "signed in -> anchored, one process", BATCH * BATCHES / took, "events", "anchoring in between"
        ),
        Figure(
            "signed in -> anchored, as in production",
            together,
            "events",
            "2 capture, 1 anchors; the bar: 0.25",
        ),
        Figure("proofs, 100 under one tree head", len(indexes) / proofs, "proofs"),
    ]


def capture_one_more(number: int) -> float:
    """Seconds to capture one observation of each of 1,000 items of batch `number`."""
    uris = [world.item(f"P{number:02d}", one) for one in range(BATCH)]
    raws = world.observations(uris)
    start = time.perf_counter()
    outcomes = capture.capture(raws)
    took = time.perf_counter() - start
    assert all(outcome.stored for outcome in outcomes)
    anchoring.anchor_pending()
    return took


def subject_of(number: int) -> gs1.Subject:
    """An item whose record the doors can be asked for."""
    return gs1.parse_subject(world.item("P00", number))
