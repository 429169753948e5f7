"""The ledger's files: tiles, entry bundles and the published tree head."""

import contextlib
import shutil
from collections.abc import Iterable
from pathlib import Path

from provenance.core import errors
from provenance.core.ledger import tiles
from provenance.services import durable

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
            with open(f"{self.folder}/{path}", "rb", buffering=0) as file:  # noqa: PTH123  a page reads many
                return file.readall()
        except OSError as error:
            raise errors.BadTile(f"{path}: {error.strerror}") from error

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
