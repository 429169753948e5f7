"""Folders that only the servers' user may enter.

PostgreSQL refuses to run as root. Where we are root, as in many containers, it runs as
a system user of its own, and that user must be able to reach its folders.
"""

import contextlib
import hashlib
import os
import pwd
import stat
import subprocess
import sys
import tempfile
from collections.abc import Iterable
from pathlib import Path

from .services import EmbeddedError

SERVICE_USER = "custos-postgres"  # made only where root starts PostgreSQL
SOCKET_LIMIT = 103  # bytes of a unix socket's path: 107 on Linux, 103 on macOS

_USERADD = ("useradd", "--system", "--no-create-home", "--shell", "/usr/sbin/nologin")


def service_user() -> pwd.struct_passwd | None:
    """The user that PostgreSQL runs as, or None for the current user."""
    if os.geteuid() != 0:
        return None
    try:
        return pwd.getpwnam(SERVICE_USER)
    except KeyError:
        subprocess.run([*_USERADD, SERVICE_USER], check=True, capture_output=True)
        return pwd.getpwnam(SERVICE_USER)


def private(path: Path) -> None:
    """Make `path` a folder that only PostgreSQL's user (and root) can enter.

    Raises EmbeddedError where it is another user's, or no folder.
    """
    user = service_user()
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    status = path.lstat()
    owners = {os.geteuid(), user.pw_uid if user else -1}
    if not stat.S_ISDIR(status.st_mode) or status.st_uid not in owners:
        raise EmbeddedError(f"{path} belongs to somebody else")
    path.chmod(0o700)
    if user:
        os.chown(path, user.pw_uid, user.pw_gid)
        let_pass(path)


def let_pass(path: Path) -> None:
    """Let other users walk through the folders above `path` (not list them), and say
    which were closed to them.
    """
    for folder in path.resolve().parents:
        mode = folder.stat().st_mode
        if not mode & stat.S_IXOTH:
            folder.chmod(mode | stat.S_IXOTH)
            sys.stderr.write(
                f"{folder} was opened for other users to pass: PostgreSQL runs as one\n"
            )


def let_read(paths: Iterable[Path]) -> None:
    """Give other users the owner's right to read and run `paths` and all in them."""
    for top in paths:
        for path in (top, *top.rglob("*")):
            mode = path.stat().st_mode
            path.chmod(mode | (mode & 0o500) >> 6)


def run(var: Path) -> Path:
    """The folder of the sockets: `var/run`, which is a link to a short place when `var`
    is too deep.
    """
    folder = var / "run"
    deep = len(os.fsencode(folder / ".s.PGSQL.5432.lock")) > SOCKET_LIMIT
    if deep and not folder.is_symlink():
        name = f"custos-{hashlib.sha256(os.fsencode(var)).hexdigest()[:16]}"
        folder.symlink_to(Path(tempfile.gettempdir()).resolve() / name)
    place = folder.readlink() if folder.is_symlink() else folder
    private(place)
    return place


def forget_run(var: Path) -> None:
    """Remove the short place of the sockets, where it is there and empty."""
    folder = var / "run"
    if folder.is_symlink():
        with contextlib.suppress(OSError):  # nothing of ours is in it any more
            folder.readlink().rmdir()
