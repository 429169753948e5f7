"""The ledger's invariant, for every test that touches it; and events for it to hold."""

import base64
import hashlib
from datetime import UTC, datetime, timedelta
from pathlib import Path

from django.conf import settings
from django.utils import timezone

from provenance.core import canonical, forms, gs1, keys, record
from provenance.core.kinds import Kind
from provenance.models import ChainLink, Event, Party, SigningKey, Subject
from provenance.services import fsck
from provenance.services.anchoring.ledger import open_ledger

MAKER = "9520000000011"
KEY = keys.generate(hashlib.sha256(b"the ledger tests' maker").digest())


def store(count: int) -> list[str]:
    """Store `count` signed events, each the first of an item of its own; return their digests."""
    public = keys.encode_public(keys.public_of(KEY))
    party, _ = Party.objects.get_or_create(gln=MAKER, defaults={"name": "Maker", "country": "CN"})
    SigningKey.objects.get_or_create(
        public_key=public, defaults={"party": party, "custody": "external", "valid_from": timezone.now()}
    )
    first = Event.objects.count()
    now = timezone.now()
    events, subjects, links = [], [], []
    for number in range(first, first + count):
        uri = gs1.item_uri("09520000000004", f"S{number}")
        moment = datetime(2026, 11, 1, tzinfo=UTC) + timedelta(seconds=number)
        intent = forms.Intent(kind=Kind.COMMISSION, issuer=MAKER, subjects={uri: 1}, time=moment)
        unsigned = forms.document(
            forms.event(intent),
            host=settings.CUSTOS_DID_HOST,
            issuer=MAKER,
            created=moment,
            links=[record.Link(uri, 0, None)],
        )
        raw = canonical.serialize(forms.sign(unsigned, KEY))
        digest = canonical.digest(raw)
        event = Event(
            digest=digest,
            kind=Kind.COMMISSION,
            issuer=MAKER,
            key=public,
            document=raw.decode(),
            event_time=moment,
            created=moment,
            recorded_at=now + timedelta(microseconds=number),
            event_id=unsigned["credentialSubject"]["eventID"],
        )
        subject = Subject(
            uri=uri,
            kind="item",
            head_position=0,
            head_digest=digest,
            genesis_digest=digest,
            head_recorded_at=event.recorded_at,
            state={},
        )
        events.append(event)
        subjects.append(subject)
        links.append(ChainLink(event=event, subject=subject, position=0, previous=None))
    Event.objects.bulk_create(events, batch_size=1000)
    Subject.objects.bulk_create(subjects, batch_size=1000)
    ChainLink.objects.bulk_create(links, batch_size=1000)
    return [event.digest for event in events]


def assert_sound() -> None:
    """Every stored thing is what the events say, and the published files are what a plain re-reading of RFC 6962 and
    C2SP tlog-tiles makes of them: that second opinion shares no code with the ledger.
    """
    fsck.check()
    signed = open_ledger().lock.load()
    if signed is None:
        assert not Event.objects.filter(ledger_index__isnull=False).exists()
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
    """Exactly `count` events are stored, each anchored once, and the newest head is published."""
    ledger = open_ledger()
    assert Event.objects.count() == count
    assert sorted(Event.objects.values_list("ledger_index", flat=True)) == list(range(count))
    assert ledger.open_head(ledger.lock.load(), "lock store").size == count
    assert ledger.files.published() == ledger.lock.load()
    assert_sound()


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
    """Every file that tlog-tiles asks for, of a ledger of fewer than 256,000 entries."""
    files = {}
    for start in range(0, len(entries), 256):
        bundle = entries[start : start + 256]
        raw = b"".join(len(entry).to_bytes(2, "big") + entry for entry in bundle)
        files[_path("entries", start // 256, len(bundle))] = raw
    level, span = 0, 1
    while span <= len(entries):
        hashes = [naive_root(entries[at : at + span]) for at in range(0, len(entries) - span + 1, span)]
        for start in range(0, len(hashes), 256):
            tile = hashes[start : start + 256]
            files[_path(str(level), start // 256, len(tile))] = b"".join(tile)
        level, span = level + 1, span * 256
    return files


def _path(level: str, index: int, width: int) -> str:
    assert index < 1000
    return f"tile/{level}/{index:03}" + ("" if width == 256 else f".p/{width}")


def _assert_tiles(folder: Path, entries: list[bytes]) -> None:
    lines = (folder / "checkpoint").read_bytes().split(b"\n")
    published = int(lines[1])
    assert published <= len(entries)
    assert base64.b64decode(lines[2]) == naive_root(entries[:published])
    for path, raw in naive_tiles(entries).items():
        assert (folder / path).read_bytes() == raw, path
