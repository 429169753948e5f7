"""The supervisor of real children that end at once."""

import os
import sys
from pathlib import Path

import pytest

from config import supervisor
from tests import wait


def _child(folder: Path, code: str) -> supervisor.Child:
    command = [sys.executable, "-I", "-S", "-c", code]
    return supervisor.Child("part", command, dict(os.environ), folder)


def test_a_part_that_ends_again_and_again_ends_everything(tmp_path: Path) -> None:
    said: list[str] = []
    child = _child(tmp_path, "open('runs', 'a').write('.'); raise SystemExit(3)")
    child.start()
    watch = supervisor.Supervisor(said.append, delay=0.01, limit=3)
    watch.watch(child)

    def gives_up() -> bool:
        try:
            watch.tend()
        except supervisor.GaveUp as error:
            said.append(str(error))
        return len(said) == 4

    wait.until(gives_up)
    again = [f"it is started again in {seconds} s." for seconds in ("0.01", "0.02", "0.04")]
    assert said == [
        *(f"The part ended with exit code 3; {words}" for words in again),
        "The part ended with exit code 3, for the 4. time: everything stops.",
    ]
    assert (tmp_path / "runs").read_text() == "...."


def test_a_part_that_runs_is_left_alone_and_ends_when_asked(tmp_path: Path) -> None:
    said: list[str] = []
    child = _child(tmp_path, "import signal; signal.pause()")
    child.start()
    watch = supervisor.Supervisor(said.append)
    watch.watch(child)
    assert child.process is not None
    before = child.process.pid
    watch.tend()
    assert (child.process.pid, child.fault(), said) == (before, None, [])
    child.process.terminate()
    child.end()
    assert child.fault() == "was killed by signal 15"


def test_a_program_that_is_not_there_counts_as_an_end(tmp_path: Path) -> None:
    said: list[str] = []
    child = supervisor.Child("part", ["/nowhere"], {}, tmp_path / "gone")
    watch = supervisor.Supervisor(said.append, delay=0, limit=1)
    watch.watch(child)
    watch.tend()
    with pytest.raises(supervisor.GaveUp, match="did not start"):
        watch.tend()
