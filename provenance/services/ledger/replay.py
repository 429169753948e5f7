"""Replay after an older database was restored: events get their old ledger indexes
back, from the tiles.

The tiles hold the digest of every entry that was ever signed. An event with that
digest, restored or sent in again, belongs at that index and nowhere else. Until all of
them are back, nothing is sequenced or signed.
"""

from dataclasses import dataclass

from django.db import connection, transaction

from provenance.core.ledger import tiles
from provenance.models import Event
from provenance.services.ledger import compare, steps
from provenance.services.ledger.ledger import open_ledger

_GIVE_BACK = """
    UPDATE provenance_event SET ledger_index = %s + wanted.place - 1
    FROM unnest(%s::text[]) WITH ORDINALITY AS wanted (digest, place)
    WHERE provenance_event.digest = wanted.digest
"""


@dataclass(frozen=True)
class Replayed:
    """How many events got their index back, and the entries (index, digest) whose
    events are still missing.
    """

    given_back: int
    missing: tuple[tuple[int, str], ...]


def replay() -> Replayed:
    """Give events their indexes back, in order, up to the first entry whose event is
    missing.

    Raises LogInconsistent if the database holds another event where the signed ledger
    has one, and for tiles that do not fit the lock store.
    """
    ledger = open_ledger()
    with transaction.atomic(), connection.cursor() as cursor:
        steps.lock_sequence(cursor)
        head = ledger.open_head(ledger.lock.load(), "the lock store")
        reader = compare.read_tiles(ledger, head)
        first, given = compare.next_index(), 0
        missing: list[tuple[int, str]] = []
        for bundle in range((head.size + tiles.FULL - 1) // tiles.FULL):
            start = bundle * tiles.FULL
            wanted = [
                (start + at, entry) for at, entry in enumerate(compare.entries(reader, bundle))
            ]
            compare.check_entries(start, [digest for index, digest in wanted if index < first])
            lost = [entry for entry in wanted if entry[0] >= first]
            back = [] if missing else _leading_present(lost)
            if back:
                cursor.execute(_GIVE_BACK, [first, back])
                first, given = first + len(back), given + len(back)
            missing += _absent(lost[len(back) :])
    return Replayed(given, tuple(missing))


def _leading_present(wanted: list[tuple[int, str]]) -> list[str]:
    """The digests from the first on whose events wait in the database without an
    index.
    """
    waiting = set(
        Event.objects.filter(
            digest__in=[digest for _, digest in wanted], ledger_index__isnull=True
        ).values_list("digest", flat=True)
    )
    present = []
    for _, digest in wanted:
        if digest not in waiting:
            break
        present.append(digest)
    return present


def _absent(wanted: list[tuple[int, str]]) -> list[tuple[int, str]]:
    present = set(
        Event.objects.filter(digest__in=[digest for _, digest in wanted]).values_list(
            "digest", flat=True
        )
    )
    return [entry for entry in wanted if entry[1] not in present]
