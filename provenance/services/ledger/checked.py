"""The memory of fsck: up to which tree head everything was derived again.

A later run goes on from there; each week a run begins at the first event again. The file
is no proof of anything: its writer can at most put a check off for a week.
"""

import json
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.conf import settings
from django.utils import timezone

from provenance.core import errors
from provenance.core.ledger import merkle, tiles
from provenance.services import durable
from provenance.services.ledger.ledger import Ledger

FILE = "fsck.json"
WHOLE_AGAIN = timedelta(days=7)


@dataclass(frozen=True)
class Memory:
    """A tree head below which each event was checked; the index below which each chain
    was; and when the pass began that started at the first event.
    """

    size: int
    root: str
    chains: int
    began: datetime

    @property
    def finished(self) -> bool:
        """Whether the run that wrote this reached its end."""
        return self.chains == self.size


@dataclass(frozen=True)
class Start:
    """The place where a run begins: the first index of a full tile, with a reader of
    the tree that was checked; the first event, with none.
    """

    began: datetime
    first: int = 0
    chains: int = 0
    reader: tiles.TileReader | None = None
    edge: merkle.RightEdge = field(default_factory=merkle.RightEdge)


def start(ledger: Ledger, *, resume: bool, published: int) -> Start:
    """The place to begin: with `resume` where the last run ended, unless a whole run is
    due or the files do not fit; then a whole run names the fault.
    """
    whole, last = Start(timezone.now()), load() if resume else None
    if last is None or last.size > published:
        return whole
    if last.finished and whole.began - last.began > WHOLE_AGAIN:
        return whole
    try:
        reader = tiles.TileReader(ledger.files.fetch, last.size, bytes.fromhex(last.root))
        first = last.size // tiles.FULL * tiles.FULL
        return Start(
            last.began, first, last.chains, reader, merkle.RightEdge.of(reader.read, first)
        )
    except errors.BadTile:
        return whole


def load() -> Memory | None:
    """The memory of the last run; None where there is none that can be read."""
    try:
        value = json.loads((settings.CUSTOS_VAR / FILE).read_text())
        began = datetime.fromisoformat(value["began"])
        bytes.fromhex(value["root"])
        return Memory(int(value["size"]), value["root"], int(value["chains"]), began)
    except (OSError, ValueError, KeyError, TypeError):
        return None


def store(checked: Memory) -> None:
    """Remember this for the next run."""
    value = {
        "size": checked.size,
        "root": checked.root,
        "chains": checked.chains,
        "began": checked.began.isoformat(),
    }
    durable.write({settings.CUSTOS_VAR / FILE: json.dumps(value).encode()})
