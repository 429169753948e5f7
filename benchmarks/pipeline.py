"""Signed events in, verified, stored, chained and anchored: batches of 1,000, and the
parts of it.
"""

import statistics
import time
from collections.abc import Sequence

from benchmarks import parallel, world
from benchmarks.measure import Figure
from provenance.services import ledger
from provenance.services.registry import parties

BATCH = 1000
BATCHES = 10


def prepare() -> None:
    """The registrar, the brand with its own key, and one product; in the ledger."""
    parties.bootstrap()
    world.register()
    ledger.anchor_pending()


def measure() -> list[Figure]:
    """New items, one more event on each, anchoring by itself, all of it together, and
    proofs.
    """
    prepare()
    births = [world.commissions(BATCH, f"P{number:02d}") for number in range(BATCHES)]
    new = alone("capture, batches of 1,000, new items", births)
    anchored = anchor_in_batches()
    items = [[world.item(f"P{batch:02d}", number) for number in range(BATCH)] for batch in range(5)]
    observed = alone(
        "capture, batches of 1,000, known items", [world.observations(uris) for uris in items]
    )
    ledger.anchor_pending()
    whole = in_production(
        [world.commissions(BATCH, f"T{number:02d}") for number in range(2 * BATCHES)]
    )
    indexes = list(range(0, BATCH * BATCHES, 100))
    start = time.perf_counter()
    ledger.proof_texts(indexes)
    proofs = Figure(
        "proofs, 100 under one tree head", len(indexes) / (time.perf_counter() - start), "proofs"
    )
    return [new, observed, anchored, whole, proofs]


def alone(name: str, batches: Sequence[Sequence[bytes]]) -> Figure:
    """The median batch in one process, and the median ratio to the bare rate measured
    beside each.
    """
    pairs = parallel.alone(batches, BATCH)
    rate = BATCH / statistics.median(seconds for _, seconds in pairs)
    ratio = statistics.median(bare / seconds for bare, seconds in pairs)
    return Figure(name, rate, "events", "one process", ratio)


def anchor_in_batches() -> Figure:
    """Sweeps of 1,000 of the events that wait."""
    start = time.perf_counter()
    while ledger.anchor_pending(BATCH) is not None:
        pass
    took = time.perf_counter() - start
    return Figure("anchoring, 1,000 to a tree head", BATCH * BATCHES / took, "events")


def in_production(batches: Sequence[Sequence[bytes]]) -> Figure:
    """The whole way, with the bare rate measured before and after."""
    before = parallel.bare()
    took = parallel.together(batches)
    bare = BATCH / statistics.mean([before, parallel.bare()])
    rate = len(batches) * BATCH / took
    note = "two processes capture, one anchors; the bar: 0.25"
    return Figure(
        "signed in -> verified, stored, chained, anchored", rate, "events", note, rate / bare
    )
