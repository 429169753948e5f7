"""Timing: enough runs for a median, and a table that prints ratios rather than
promises.
"""

import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Figure:
    """One measured thing: `rate` per second, and its ratio to the base where that was
    measured beside it.
    """

    name: str
    rate: float
    unit: str
    note: str = ""
    ratio: float | None = None


def rate(work: Callable[[], int], *, seconds: float = 2.0, least: int = 3) -> float:
    """Median rate a second of `work`, which returns how many it did, over runs that
    take `seconds` in all.
    """
    work()
    rates: list[float] = []
    end = time.perf_counter() + seconds
    while len(rates) < least or time.perf_counter() < end:
        start = time.perf_counter()
        done = work()
        rates.append(done / (time.perf_counter() - start))
    return statistics.median(rates)


def times(work: Callable[[], object], count: int) -> list[float]:
    """Milliseconds of each of `count` calls, sorted."""
    taken = []
    for _ in range(count):
        start = time.perf_counter()
        work()
        taken.append((time.perf_counter() - start) * 1000)
    return sorted(taken)


def percentile(sorted_values: list[float], share: float) -> float:
    """The value that `share` (0 to 1) of the values are below."""
    return sorted_values[min(len(sorted_values) - 1, int(len(sorted_values) * share))]


def print_table(figures: list[Figure], base: Figure) -> None:
    """Print each figure with its ratio to `base` of the same run."""
    width = max(len(figure.name) for figure in figures)
    print(f"{'what':<{width}}  {'per second':>12}  {'ratio':>7}  note")
    for figure in figures:
        ratio = figure.ratio if figure.ratio is not None else figure.rate / base.rate
        shown = f"{ratio:7.3f}" if figure.unit == base.unit else " " * 7
        print(f"{figure.name:<{width}}  {figure.rate:>12,.0f}  {shown}  {figure.note}")
