"""Capture and anchoring in processes of their own, as in production, so that no cache
knows the input already.

This module must be importable before Django is set up. The machine's speed drifts, so
the bare verify rate is measured again beside every batch, and ratios are taken pair by
pair.
"""

import multiprocessing
import time
from collections.abc import Sequence
from multiprocessing.queues import SimpleQueue
from multiprocessing.synchronize import Barrier, Event

from nacl.signing import SigningKey

CAPTURING = 2
SWEEP_SECONDS = 1.0  # beat's interval is five by default
_SIGNED = SigningKey(b"\1" * 32).sign(bytes(64))
_KEY = SigningKey(b"\1" * 32).verify_key


def bare(count: int = 1000) -> float:
    """Seconds to verify `count` signatures, and nothing else."""
    start = time.perf_counter()
    for _ in range(count):
        _KEY.verify(_SIGNED)
    return time.perf_counter() - start


def alone(batches: Sequence[Sequence[bytes]], size: int) -> list[tuple[float, float]]:
    """(seconds of `size` bare verifications, seconds of capture) for each batch, in one
    process. `size` is the number of items in a batch.
    """
    spawn = multiprocessing.get_context("spawn")
    timings = spawn.SimpleQueue()
    process = spawn.Process(target=_capture_alone, args=(list(batches), size, timings))
    process.start()
    pairs = [timings.get() for _ in batches]
    process.join()
    return pairs


def together(batches: Sequence[Sequence[bytes]]) -> float:
    """Seconds from the first event in to the last one anchored: two processes capture,
    one anchors.
    """
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


def _set_up() -> None:
    import django

    django.setup()
    from provenance.models import Party

    Party.objects.exists()  # the connection is there, as it is in a server that runs


def _capture_alone(
    batches: list[list[bytes]], size: int, timings: "SimpleQueue[tuple[float, float]]"
) -> None:
    _set_up()
    from provenance.services.record import capture

    for raws in batches:
        bare_seconds = bare(size)
        start = time.perf_counter()
        outcomes = capture.capture(raws)
        timings.put((bare_seconds, time.perf_counter() - start))
        if not all(outcome.stored for outcome in outcomes):
            raise RuntimeError("an event of the benchmark was refused")


def _capture(batches: list[list[bytes]], start: Barrier) -> None:
    _set_up()
    from provenance.services.record import capture

    start.wait()
    for raws in batches:
        if not all(outcome.stored for outcome in capture.capture(raws)):
            raise RuntimeError("an event of the benchmark was refused")


def _anchor(start: Barrier, done: Event) -> None:
    _set_up()
    from provenance.services import ledger

    ledger.anchor_pending()
    start.wait()
    while not done.wait(SWEEP_SECONDS):
        ledger.anchor_pending()
    ledger.anchor_pending()
