"""The ledger's invariant, for every test that touches it; and events for it to hold."""

import base64
import hashlib
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import connection, transaction

from provenance.core import gs1
from provenance.core.record import compose
from provenance.core.record import event as event_
from provenance.core.record.vocabulary import Act, Role
from provenance.core.signing import canonical
from provenance.models import Event, Subject
from provenance.services import keyring
from provenance.services.ledger import fsck
from provenance.services.ledger.ledger import open_ledger
from provenance.services.record import capture
from provenance.services.registry import parties
from tests import cast


def store(count: int) -> list[str]:
    """Capture `count` signed events and return their digests, in order: the registrar's
    registration of itself and of its key, where that was not done yet, and then of
    other parties.
    """
    before = list(Event.objects.values_list("digest", flat=True))
    if not before:
        parties.bootstrap()
    first = Subject.objects.filter(kind="party").count()
    bootstrapped = Event.objects.count() - len(before)
    assert count >= bootstrapped, "the first two are the registrar's own"
    outcomes = capture.capture(
        [registration(number) for number in range(first, first + count - bootstrapped)]
    )
    assert [outcome.error for outcome in outcomes if outcome.error] == []
    new = Event.objects.exclude(digest__in=before).order_by("recorded_at", "id")
    return list(new.values_list("digest", flat=True))


def registration(number: int, name: str = "Party") -> bytes:
    """A claim of the registrar that registers party `number`: the same bytes each
    time.
    """
    moment = datetime(2026, 11, 1, tzinfo=UTC) + timedelta(seconds=number)
    uri = gs1.party_uri(gs1.make_gln("952000", 1000 + number))
    members = {"name": f"{name} {number}", "country": "NL", "roles": [Role.CARRIER], "prefixes": []}
    unsigned = compose.document(
        cast.claim_body(Act.PARTY_REGISTERED, uri, moment, **members),
        host=settings.CUSTOS_DID_HOST,
        issuer=settings.CUSTOS_REGISTRAR_GLN,
        created=moment,
        links=[event_.Link(uri, 0, None)],
    )
    return canonical.serialize(compose.sign(unsigned, keyring.registrar_private()))


def unguarded(statement: str, *values: Any) -> None:
    """Do what the triggers refuse, as somebody could who has the database in their
    hands.
    """
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute(statement, values)


def forget(digest: str) -> None:
    """Take an event and its links out of the database, as a restored older dump
    does.
    """
    event = "SELECT id FROM provenance_event WHERE digest = %s"
    unguarded(f"DELETE FROM provenance_chainlink WHERE event_id IN ({event})", digest)  # noqa: S608
    unguarded("DELETE FROM provenance_event WHERE digest = %s", digest)


def assert_ledger_sound() -> None:
    """Every stored thing is what the events say, and the published files are what a
    plain re-reading of RFC 6962 and C2SP tlog-tiles makes of them: that second opinion
    shares no code with the ledger.
    """
    fsck.check()
    signed = open_ledger().lock.load()
    if signed is None:
        return
    size = int(signed.split(b"\n")[1])
    rows = (
        Event.objects.filter(ledger_index__lt=size)
        .order_by("ledger_index")
        .values_list("ledger_index", "digest")
    )
    digests = [digest for _, digest in rows]
    assert [index for index, _ in rows] == list(range(size))
    _assert_tiles(settings.CUSTOS_LEDGER_DIR, [bytes.fromhex(digest) for digest in digests])


def assert_all_anchored(count: int) -> None:
    """Exactly `count` events are stored, each anchored once, and the newest head is
    published.
    """
    ledger = open_ledger()
    assert Event.objects.count() == count
    indexes = Event.objects.order_by("ledger_index").values_list("ledger_index", flat=True)
    assert list(indexes) == list(range(count))
    assert ledger.open_head(ledger.lock.load(), "lock store").size == count
    assert ledger.files.published() == ledger.lock.load()
    assert_ledger_sound()


def naive_root(entries: list[bytes]) -> bytes:
    """MTH of RFC 6962 section 2.1, word for word."""
    if not entries:
        return hashlib.sha256(b"").digest()
    if len(entries) == 1:
        return hashlib.sha256(b"\0" + entries[0]).digest()
    k = 1
    while k * 2 < len(entries):
        k *= 2
    return hashlib.sha256(b"\1" + naive_root(entries[:k]) + naive_root(entries[k:])).digest()


def naive_tiles(entries: list[bytes]) -> dict[str, bytes]:
    """Every file that tlog-tiles asks for, of a ledger of fewer than 256,000
    entries.
    """
    files = {}
    for start in range(0, len(entries), 256):
        bundle = entries[start : start + 256]
        raw = b"".join(len(entry).to_bytes(2, "big") + entry for entry in bundle)
        files[_path("entries", start // 256, len(bundle))] = raw
    level, span = 0, 1
    while span <= len(entries):
        hashes = [
            naive_root(entries[at : at + span]) for at in range(0, len(entries) - span + 1, span)
        ]
        for start in range(0, len(hashes), 256):
            tile = hashes[start : start + 256]
            files[_path(str(level), start // 256, len(tile))] = b"".join(tile)
        level, span = level + 1, span * 256
    return files


def _path(level: str, index: int, width: int) -> str:
    assert index < 1000
    return f"tile/{level}/{index:03}" + ("" if width == 256 else f".p/{width}")


def _assert_tiles(folder: Path, entries: list[bytes]) -> None:
    if (folder / "checkpoint").exists():
        lines = (folder / "checkpoint").read_bytes().split(b"\n")
        assert base64.b64decode(lines[2]) == naive_root(entries[: int(lines[1])])
    for path, raw in naive_tiles(entries).items():
        assert (folder / path).read_bytes() == raw, path
