"""The supervisor of `manage.py serve`: a part that ended is started again, later each
time, and a part that ends again and again ends everything.
"""

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from config import embedded
from config.embedded import Services, postgres
from config.embedded import redis as redis_server

STOP_SECONDS = 20
STEADY_SECONDS = 60  # of running, after which earlier ends are forgotten
LAUNCHER = Path(__file__).with_name("child.py")


class GaveUp(RuntimeError):
    """A part ended once more than it may be started again."""


class Part(Protocol):
    """A process, or several, that is to run."""

    name: str

    def fault(self) -> str | None:
        """How it ended; None while it runs."""

    def start(self) -> None:
        """Start it (again). Raises EmbeddedError."""


@dataclass
class Child:
    """A command in a session of its own, so that Ctrl-C reaches us alone. `on_death` is
    the signal that it gets if we are killed.
    """

    name: str
    command: Sequence[str]
    env: Mapping[str, str]
    folder: Path
    on_death: signal.Signals = signal.SIGTERM
    process: subprocess.Popen[bytes] | None = None

    def fault(self) -> str | None:
        code = 0 if self.process is None else self.process.poll()
        if code is None:
            return None
        return f"was killed by signal {-code}" if code < 0 else f"ended with exit code {code}"

    def start(self) -> None:
        self.kill()
        launcher = [sys.executable, "-I", "-S", str(LAUNCHER), str(os.getpid())]
        self.process = subprocess.Popen(
            [*launcher, str(int(self.on_death)), *self.command],
            cwd=self.folder,
            env=self.env,
            start_new_session=True,
        )

    def end(self) -> None:
        """Wait for it, after it was asked to stop; then kill what is left of it."""
        if self.process is not None:
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.process.wait(STOP_SECONDS)
            self.kill()

    def kill(self) -> None:
        """Kill what is left of its session."""
        if self.process is not None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()


@dataclass
class Database:
    """The embedded PostgreSQL of a folder."""

    var: Path
    name: str = "embedded PostgreSQL"

    def fault(self) -> str | None:
        return None if postgres.postmaster(self.var / "postgres")[1] else "is not running"

    def start(self) -> None:
        embedded.ensure(self.var, redis=False)


@dataclass
class Broker:
    """The embedded Redis of a folder."""

    var: Path
    name: str = "embedded Redis"

    def fault(self) -> str | None:
        services = Services((self.var / "run").resolve())
        return None if redis_server.answers(services) else "does not answer"

    def start(self) -> None:
        embedded.ensure(self.var, postgres=False)


@dataclass
class _Watched:
    part: Part
    started: float
    ends: int = 0
    due: float | None = None  # when it is started again


@dataclass
class Supervisor:
    """Parts that are kept running. A part may end `limit` times; it is started again
    after `delay` seconds, then after twice as many, and so on.
    """

    say: Callable[[str], object]
    delay: float = 1
    limit: int = 5
    _watched: list[_Watched] = field(default_factory=list)

    def watch(self, part: Part) -> None:
        """Keep a part running that runs already."""
        self._watched.append(_Watched(part, time.monotonic()))

    def tend(self) -> None:
        """Look after each part once. Raises GaveUp."""
        for watched in self._watched:
            if watched.due is None:
                fault = watched.part.fault()
            elif time.monotonic() < watched.due:
                continue
            else:
                fault = _start(watched)
            if fault is not None:
                self._ended(watched, fault)

    def _ended(self, watched: _Watched, fault: str) -> None:
        now, name = time.monotonic(), watched.part.name
        if now - watched.started > STEADY_SECONDS:
            watched.ends = 0
        watched.ends += 1
        if watched.ends > self.limit:
            raise GaveUp(f"The {name} {fault}, for the {watched.ends}. time: everything stops.")
        seconds = self.delay * 2 ** (watched.ends - 1)
        watched.due = now + seconds
        self.say(f"The {name} {fault}; it is started again in {seconds:g} s.")


def _start(watched: _Watched) -> str | None:
    """Start a part again; return why that failed, if it did."""
    watched.due, watched.started = None, time.monotonic()
    try:
        watched.part.start()
    except (embedded.EmbeddedError, OSError) as error:
        return f"did not start: {error}"
    return None
