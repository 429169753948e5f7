"""Embedded servers in real processes: shared by all, stopped by the last, started again
after a kill.
"""

import os
import signal
import stat
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest
import redis

from config import embedded
from config.embedded import folders, postgres, watchdog
from config.embedded import redis as redis_server
from tests import wait

ROOT = Path(__file__).resolve().parent.parent.parent

HOLDER = """
import sys
from pathlib import Path
from config import embedded
services = embedded.ensure(Path(sys.argv[1]))
print(services.owner_url, flush=True)
sys.stdin.read()
"""

Start = Callable[[Path], subprocess.Popen[str]]


@pytest.fixture
def start() -> Iterator[Start]:
    """Start a process that holds the services of a folder until its input ends."""
    holders: list[subprocess.Popen[str]] = []

    def start(var: Path) -> subprocess.Popen[str]:
        holder = subprocess.Popen(
            [sys.executable, "-c", HOLDER, str(var)],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        holders.append(holder)
        assert holder.stdout is not None
        assert holder.stdout.readline().startswith("postgresql://")
        return holder

    yield start
    for holder in holders:
        holder.communicate()


def postmaster(var: Path) -> int | None:
    """The pid of the running server of `var`."""
    pid, ours = postgres.postmaster(var / "postgres")
    return pid if ours else None


def redis_answers(var: Path) -> bool:
    services = embedded.Services((var / "run").resolve())
    return redis_server.answers(services)


def all_stopped(var: Path) -> bool:
    return postmaster(var) is None and not redis_answers(var)


def test_two_processes_share_a_server_and_the_last_to_leave_stops_it(
    services_folder: Path, start: Start
) -> None:
    first = start(services_folder)
    pid = postmaster(services_folder)
    second = start(services_folder)
    assert pid is not None
    assert postmaster(services_folder) == pid
    first.communicate()
    assert postmaster(services_folder) == pid
    assert redis_answers(services_folder)
    second.communicate()
    assert all_stopped(services_folder)


def test_a_killed_holder_does_not_count_and_does_not_keep_the_servers(
    services_folder: Path, start: Start
) -> None:
    holder = start(services_folder)
    holder.kill()
    wait.until(lambda: all_stopped(services_folder))


def test_a_forked_child_keeps_the_servers_after_its_parent(services_folder: Path) -> None:
    code = HOLDER.replace(
        "sys.stdin.read()", "import os\nif os.fork():\n    os._exit(0)\nsys.stdin.read()"
    )
    command = [sys.executable, "-c", code, str(services_folder)]
    holder = subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL)
    assert holder.wait(60) == 0
    assert not all_stopped(services_folder)
    holder.communicate()  # ends the child's input
    wait.until(lambda: all_stopped(services_folder))


def test_commits_survive_a_killed_server_whose_pid_was_recycled(services_folder: Path) -> None:
    services = embedded.ensure(services_folder)
    try:
        with psycopg.connect(services.owner_url, autocommit=True) as connection:
            connection.execute("CREATE TABLE kept AS SELECT 42 AS answer")
        pid = postmaster(services_folder)
        assert pid is not None
        os.kill(pid, signal.SIGKILL)
        wait.until(lambda: postmaster(services_folder) is None)
        stale = services_folder / "postgres" / "postmaster.pid"
        stale.write_text(stale.read_text().replace(str(pid), str(os.getpid()), 1))
        assert embedded.ensure(services_folder) == services
        with psycopg.connect(services.owner_url) as connection:
            assert connection.execute("SELECT answer FROM kept").fetchone() == (42,)
    finally:
        embedded.release(services_folder)
    assert all_stopped(services_folder)


def test_durability_is_on(own_services: embedded.Services) -> None:
    with psycopg.connect(own_services.owner_url) as connection:
        for setting in ("fsync", "synchronous_commit", "full_page_writes", "data_checksums"):
            assert connection.execute("SELECT current_setting(%s)", [setting]).fetchone() == (
                "on",
            ), setting


def test_a_deep_folder_has_its_sockets_in_a_short_one(services_folder: Path) -> None:
    var = services_folder / ("deep" * 20) / ("er" * 30)
    services = embedded.ensure(var)
    try:
        assert (var / "run").is_symlink()
        with psycopg.connect(services.owner_url) as connection:
            assert connection.execute("SELECT 1").fetchone() == (1,)
        with redis.Redis.from_url(services.redis_url) as client:
            assert client.ping()
    finally:
        embedded.release(var)
    assert all_stopped(var)
    assert not services.run.exists()


def test_the_watchdog_loads_nothing_but_the_standard_library() -> None:
    code = """
import sys
sys.path.append(sys.argv[1])
import embedded.__main__, embedded.watchdog
print(*{name.split(".")[0] for name in sys.modules} - {"__main__", *sys.stdlib_module_names})
"""
    folder = watchdog.PROGRAM.parents[1]
    command = [sys.executable, "-I", "-S", "-c", code, str(folder)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["embedded"]


def test_a_data_folder_of_another_version_is_refused(services_folder: Path) -> None:
    (services_folder / "postgres").mkdir()
    (services_folder / "postgres" / "PG_VERSION").write_text("17\n")
    with pytest.raises(embedded.EmbeddedError, match="expected 18"):
        embedded.ensure(services_folder, redis=False)


def test_a_folder_that_is_opened_for_others_is_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    closed = tmp_path / "closed"
    (closed / "inside").mkdir(parents=True)
    closed.chmod(0o700)
    folders.let_pass(closed / "inside")
    assert stat.S_IMODE(closed.stat().st_mode) == 0o701
    assert f"{closed} was opened" in capsys.readouterr().err
    folders.let_pass(closed / "inside")
    assert f"{closed} was opened" not in capsys.readouterr().err
