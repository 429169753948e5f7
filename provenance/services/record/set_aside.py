"""The way out for a restored database that took other events than the missing.

Such an event may have the place of a missing event in a chain, so that neither it nor the
ledger can go on. It was never signed into the ledger: it is written to a file and taken
out of the database, the missing events are sent in, and then the file, of which those are
recorded again that still fit.
"""

from collections.abc import Iterable, Iterator
from pathlib import Path

import pgtrigger
from django.db import connection, transaction

from provenance.core import errors
from provenance.models import ChainLink, Event
from provenance.services import durable
from provenance.services.ledger import restored
from provenance.services.record import capture, rebuild

_REFUSING = ("provenance.Event:refuse_delete", "provenance.ChainLink:refuse_delete")


def set_aside(file: Path) -> int:
    """Move each event that is in no signed tree head into `file`, a document a line, and
    compute the read models again; return how many. Does nothing, and returns 0, unless
    the database waits for signed events. Raises FileExistsError, LogInconsistent.
    """
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("LOCK TABLE provenance_subject IN SHARE ROW EXCLUSIVE MODE")  # as rebuild
        awaited = restored.awaited()
        taken = Event.objects.filter(ledger_index__isnull=True).exclude(digest__in=awaited or ())
        documents = list(taken.order_by("recorded_at", "id").values_list("document", flat=True))
        if awaited is None or not documents:
            return 0
        if file.exists():
            raise FileExistsError(f"{file} is there already")
        # On disk before the rows are gone: a crash leaves both, never neither.
        durable.write({file: "".join(f"{text}\n" for text in documents).encode()})
        with pgtrigger.ignore(*_REFUSING):
            ChainLink.objects.filter(event__in=taken).delete()
            taken.delete()
        rebuild.rebuild()
    return len(documents)


def take(lines: Iterable[bytes]) -> Iterator[errors.ProvenanceError | None]:
    """Record each line's event, in order; yield why it is refused, or None."""
    for line in lines:
        (receipt,) = capture.capture([line.strip()], proceed=True, endpoint="replay")
        yield receipt.error
