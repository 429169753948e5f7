"""The ledger's files: tiles, entry bundles and the published tree head."""

import contextlib
import os
import shutil
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from provenance.core import errors
from provenance.core.ledger import tiles
from provenance.services import durable
from provenance.services.memory import BoundedMemory

CHECKPOINT = "checkpoint"
MOST_SEEN: Final = 4 * 1024 * 1024  # bytes of files: some 500 of them


class Files:
    """The folder that is served below /ledger/. Nobody needs to trust it: whatever is
    read from it is checked.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._seen: BoundedMemory[str, bytes] = BoundedMemory(MOST_SEEN)

    def fetch(self, path: str) -> bytes:
        """Return the file at a tile's path, read anew; the same bytes as the same object, so
        that what is remembered by them is found at once. Raises BadTile where there is none
        that can be read.
        """
        tiles.parse_path(path)
        try:
            raw = _read(f"{self.folder}/{path}")
        except OSError as error:
            raise errors.BadTile(f"{path}: {error.strerror}") from error
        seen = self._seen.get(path) or self._seen.keep(path, raw, len(raw))
        return seen if seen == raw else raw

    def published(self) -> bytes | None:
        """The published tree head, or None before the first."""
        with contextlib.suppress(FileNotFoundError):
            return (self.folder / CHECKPOINT).read_bytes()
        return None

    def publish(self, signed: bytes) -> None:
        """Replace the published tree head."""
        durable.write({self.folder / CHECKPOINT: signed})

    def write(self, files: Iterable[tuple[tiles.Tile, bytes]]) -> None:
        """Write tiles and entry bundles; all of them are on disk when this returns."""
        durable.write({self.folder / tile.path(): raw for tile, raw in files})

    def drop_partials(self, full: Iterable[tiles.Tile]) -> None:
        """Remove the partial tiles that these full tiles replace (tlog-tiles: then they
        need not be served).
        """
        for tile in full:
            if (self.folder / tile.path()).is_file():
                shutil.rmtree(self.folder / f"{tile.path()}.p", ignore_errors=True)


def _read(path: str) -> bytes:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        return os.read(descriptor, os.fstat(descriptor).st_size)
    finally:
        os.close(descriptor)
