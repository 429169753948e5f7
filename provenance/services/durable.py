"""Files written so that a crash leaves the old file or the new one, never a torn file.

temporary file in the same folder -> write -> fsync -> rename -> fsync of the folder.
After an error nothing is read back: the caller gives up, and the next caller writes the
same bytes again.

`config.env.secret` makes its files for itself: it may import nothing of ours, and it
links instead of renaming, since a secret that is there must never be replaced.
"""

import os
from collections.abc import Mapping
from pathlib import Path


def write(files: Mapping[Path, bytes], *, mode: int = 0o666) -> None:
    """Write each file whole or not at all, with `mode` less the umask. On return all are
    on disk; on an error any of them may be.
    """
    folders: set[Path] = set()
    for path in files:
        folders |= _have_folder(path.parent)
    for path, raw in files.items():
        _replace(path, raw, mode)
    for folder in folders:
        _sync_folder(folder)


def make_folder(folder: Path) -> None:
    """Have a folder, on disk when this returns."""
    for changed in _have_folder(folder):
        _sync_folder(changed)


def _replace(path: Path, raw: bytes, mode: int) -> None:
    draft = path.with_name(f".{path.name}.{os.getpid()}.{os.urandom(4).hex()}")
    try:
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "wb") as file:
            file.write(raw)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)


def _have_folder(folder: Path) -> set[Path]:
    """Make `folder` if need be; return the folders whose entries changed or are about
    to.
    """
    changed = {folder}
    while not folder.is_dir():
        folder = folder.parent
        changed.add(folder)
    for missing in sorted(changed):
        missing.mkdir(exist_ok=True)
    return changed


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
