"""The mutation run (`make mutants`): each mutant alone in a copy of the tree, and the tests
that should catch it.

python -m tests.mutants [NAME ...] [--jobs N]    all mutants, or those whose name begins so

Says of each whether it was caught, then the share. The exit status is 1 where a mutant
survived that the table does not argue for, where tests are red without any mutant, or where
they did not run. `-j` copies of the tree have services of their own.
"""

import argparse
import importlib.util
import os
import queue
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path

from config import embedded
from tests.mutants import MUTANTS
from tests.mutants.mutant import ROOT, Mutant
from tests.shared import BESIDE

LEFT_OUT = (".git", ".venv*", "var", "__pycache__", ".*_cache", ".hypothesis", "node_modules")
LONGEST = 600  # seconds for the tests of a mutant: one that hangs is caught
# A copy of the tree has not beside it what `tests.shared` finds beside this.
FOUND = {"CUSTOS_VECTORS": str(BESIDE / "vectors"), "CUSTOS_DATA": str(BESIDE / "data")}
# Exit statuses of pytest; all others are not about tests.
PASSED, FAILED, NOT_COLLECTED = 0, 1, 2


class Outcome(StrEnum):
    CAUGHT = "caught"
    ARGUED = "survived, argued"
    SURVIVED = "SURVIVED"
    NOT_RUN = "NOT RUN"


def run_tests(tree: Path, tests: tuple[str, ...], *, migrated: bool = True) -> int:
    """The exit status of pytest on these files, to the first failure. The database is that of
    the run before, where that ended well, and unless it is to be `migrated` anew.
    """
    whole = tree / "var" / "whole"
    database = ["--reuse-db"] if migrated else ["--create-db"]
    if migrated and not whole.exists():
        database.append("--create-db")
    whole.unlink(missing_ok=True)
    options = ("-x", "-q", "-p", "no:cacheprovider", "--hypothesis-seed=0", "--no-header")
    environ = {**FOUND, **os.environ}
    environ.pop("CUSTOS_VAR", None)
    try:
        status = subprocess.run(
            [sys.executable, "-m", "pytest", *options, *database, *tests],
            cwd=tree,
            env=environ,
            capture_output=True,
            timeout=LONGEST,
            check=False,
        ).returncode
    except subprocess.TimeoutExpired:
        return FAILED
    if migrated and status in (PASSED, FAILED):
        whole.touch()
    return status


def outcome_of(mutant: Mutant, tree: Path) -> Outcome:
    """The outcome of a mutant in this copy of the tree, which is as it was afterwards."""
    before = mutant.apply(tree)
    _forget_bytecode(tree / mutant.file)
    try:
        status = run_tests(tree, mutant.tests, migrated="/migrations/" not in mutant.file)
    finally:
        (tree / mutant.file).write_text(before, encoding="utf-8")
        _forget_bytecode(tree / mutant.file)
    if status in (FAILED, NOT_COLLECTED):
        return Outcome.CAUGHT
    if status != PASSED:
        return Outcome.NOT_RUN
    return Outcome.ARGUED if mutant.argument else Outcome.SURVIVED


def _forget_bytecode(path: Path) -> None:
    """Two texts of one length and one second look alike to the import system."""
    Path(importlib.util.cache_from_source(str(path))).unlink(missing_ok=True)


@contextmanager
def trees(count: int) -> Iterator[queue.Queue[Path]]:
    """Copies of the tree, each with services that run until all is done."""
    free: queue.Queue[Path] = queue.Queue()
    with tempfile.TemporaryDirectory(prefix="custos-mutants-", ignore_cleanup_errors=True) as home:
        copies = [Path(home) / str(number) for number in range(count)]
        for copy in copies:
            shutil.copytree(ROOT, copy, ignore=shutil.ignore_patterns(*LEFT_OUT))
            embedded.ensure(copy / "var" / "test")
            free.put(copy)
        yield free
        for copy in copies:
            embedded.release(copy / "var" / "test")


def red_without_mutant(mutants: list[Mutant], tree: Path) -> bool:
    tests = tuple(sorted({path for mutant in mutants for path in mutant.tests}))
    return run_tests(tree, tests) != PASSED


def try_all(mutants: list[Mutant], free: queue.Queue[Path], jobs: int) -> list[Outcome]:
    """The outcomes, each printed as soon as it is there."""

    def attempt(mutant: Mutant) -> Outcome:
        tree, began = free.get(), time.monotonic()
        try:
            outcome = outcome_of(mutant, tree)
        finally:
            free.put(tree)
        print(f"{outcome:16} {mutant.name} ({time.monotonic() - began:.0f} s)", flush=True)
        return outcome

    with ThreadPoolExecutor(jobs) as workers:
        return list(workers.map(attempt, mutants))


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.mutants")
    parser.add_argument("names", nargs="*", help="beginnings of names; none: all mutants")
    parser.add_argument("-j", "--jobs", type=int, default=1, help="copies of the tree")
    asked = parser.parse_args()
    chosen = [each for each in MUTANTS if each.name.startswith(tuple(asked.names) or "")]
    with trees(asked.jobs) as free:
        first = free.get()
        if red_without_mutant(chosen, first):
            print("the tests are red without any mutant", file=sys.stderr)
            return 1
        free.put(first)
        outcomes = try_all(chosen, free, asked.jobs)
    caught = outcomes.count(Outcome.CAUGHT)
    print(f"{caught} of {len(chosen)} caught ({caught / len(chosen):.1%})")
    print(f"{outcomes.count(Outcome.ARGUED)} survivors are argued for in tests/mutants")
    return int(Outcome.SURVIVED in outcomes or Outcome.NOT_RUN in outcomes)


if __name__ == "__main__":
    sys.exit(main())
