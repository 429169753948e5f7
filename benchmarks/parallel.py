"""The production shape on one machine: two processes that capture, as two web workers do, and one that anchors.

Run in processes of their own, so this module must be importable before Django is set up.
"""

import multiprocessing
import time
from collections.abc import Sequence
from multiprocessing.synchronize import Barrier, Event

CAPTURING = 2


def measure(batches: Sequence[Sequence[bytes]]) -> float:
    """Seconds from the first event in to the last one anchored."""
    spawn = multiprocessing.get_context("spawn")
    start, done = spawn.Barrier(CAPTURING + 2), spawn.Event()
    capturing = [
        spawn.Process(target=_capture, args=(list(batches[number::CAPTURING]), start))
        for number in range(CAPTURING)
    ]
    anchoring = spawn.Process(target=_anchor, args=(start, done))
    for process in (*capturing, anchoring):
        process.start()
    start.wait()
    began = time.perf_counter()
    for process in capturing:
        process.join()
    done.set()
    anchoring.join()
    took = time.perf_counter() - began
    if any(process.exitcode for process in (*capturing, anchoring)):
        raise RuntimeError("a process of the benchmark failed")
    return took


def _capture(batches: list[list[bytes]], start: Barrier) -> None:
    import django

    django.setup()
    from provenance.models import Party
    from provenance.services import capture

    Party.objects.exists()  # the connection is there, as it is in a server that runs
    start.wait()
    for raws in batches:
        if not all(outcome.stored for outcome in capture.capture(raws)):
            raise RuntimeError("an event of the benchmark was refused")


def _anchor(start: Barrier, done: Event) -> None:
    import django

    django.setup()
    from provenance.services import anchoring

    anchoring.anchor_pending()
    start.wait()
    while not done.is_set():
        if anchoring.anchor_pending() is None:
            done.wait(0.05)
    anchoring.anchor_pending()
