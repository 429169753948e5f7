"""The ledger's files, written so that a crash leaves the old file or the new one, never
a torn one.

temporary file in the same folder -> write -> fsync -> rename -> fsync of the folder.
After an error nothing is read back: the caller gives up, and whoever comes next
computes the same bytes and writes them again.
"""

import contextlib
import os
import shutil
from collections.abc import Iterable, Mapping
from pathlib import Path

from provenance.core import errors
from provenance.core.ledger import tiles

CHECKPOINT = "checkpoint"


class Files:
    """The folder that is served below /ledger/. Nobody needs to trust it: whatever is
    read from it is checked.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def fetch(self, path: str) -> bytes:
        """Return the file at a tile's path. Raises BadTile where there is none that can
        be read.
        """
        tiles.parse_path(path)
        try:
            return (self.folder / path).read_bytes()
        except OSError as error:
            raise errors.BadTile(f"{path}: {error.strerror}") from error

    def published(self) -> bytes | None:
        """The published tree head, or None before the first."""
        with contextlib.suppress(FileNotFoundError):
            return (self.folder / CHECKPOINT).read_bytes()
        return None

    def publish(self, signed: bytes) -> None:
        """Replace the published tree head."""
        write_durably({self.folder / CHECKPOINT: signed})

    def write(self, files: Iterable[tuple[tiles.Tile, bytes]]) -> None:
        """Write tiles and entry bundles; all of them are on disk when this returns."""
        write_durably({self.folder / tile.path(): raw for tile, raw in files})

    def drop_partials(self, full: Iterable[tiles.Tile]) -> None:
        """Remove the partial tiles that these full ones replace (tlog-tiles: then they
        need not be served).
        """
        for tile in full:
            if (self.folder / tile.path()).is_file():
                shutil.rmtree(self.folder / f"{tile.path()}.p", ignore_errors=True)


def write_durably(files: Mapping[Path, bytes]) -> None:
    """Write each file whole or not at all. On return all are on disk; on an error any
    of them may be.
    """
    folders: set[Path] = set()
    for path in files:
        folders |= _have_folder(path.parent)
    for path, raw in files.items():
        _replace(path, raw)
    for folder in folders:
        _sync_folder(folder)


def make_folder(folder: Path) -> None:
    """Have a folder, on disk when this returns."""
    for changed in _have_folder(folder):
        _sync_folder(changed)


def _replace(path: Path, raw: bytes) -> None:
    draft = path.with_name(f".{path.name}.{os.getpid()}.{os.urandom(4).hex()}")
    try:
        with draft.open("xb") as file:
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
    for made in sorted(changed):
        made.mkdir(exist_ok=True)
    return changed


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
