"""fsck finds one flipped bit wherever it is, and names the place (F21)."""

import random
import shutil
from collections.abc import Iterator
from io import StringIO
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command
from django.utils import timezone

from provenance.core.record.compose import Intent
from provenance.core.record.vocabulary import Act
from provenance.core.signing import keys
from provenance.models import Event, SigningKey, Subject, TreeHead
from provenance.services import ledger
from provenance.services.ledger import fsck
from provenance.services.record import signing
from provenance.services.registry import parties
from tests import soundness
from tests.captured import Captured
from tests.world import World

pytestmark = pytest.mark.django_db(transaction=True)

FILES = [
    "ledger/tile/entries/000",
    "ledger/tile/entries/001.p/24",
    "ledger/tile/entries/001.p/44",
    "ledger/tile/0/000",
    "ledger/tile/0/001.p/24",
    "ledger/tile/0/001.p/44",
    "ledger/tile/1/000.p/1",
    "ledger/checkpoint",
    "lock/tree-head",
]
NAMES = {"ledger/checkpoint": "checkpoint", "lock/tree-head": "lock store"}


@pytest.fixture
def anchored(transactional_db: None) -> Iterator[int]:
    """300 entries, signed at 100, 280 and 300; sound again after the test. The ledger
    index of a goods event.
    """
    world = Captured()
    digest = world.act(world.maker, Act.COMMISSION, world.item("A1"))
    for size in (100, 280, 300):
        soundness.store(size - Event.objects.count())
        ledger.anchor_pending()
    index = Event.objects.get(digest=digest).ledger_index
    assert index is not None
    yield index
    soundness.assert_ledger_sound()


def _fault() -> fsck.FirstFault:
    with pytest.raises(fsck.FirstFault) as raised:
        fsck.check()
    return raised.value


@pytest.mark.usefixtures("anchored")
@pytest.mark.parametrize("name", FILES)
def test_one_flipped_bit_in_a_file_is_found_and_the_file_named(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    whole = path.read_bytes()
    bits = random.Random(name)
    for at in (0, len(whole) // 2, len(whole) - 1, bits.randrange(len(whole))):
        altered = bytearray(whole)
        altered[at] ^= 1 << bits.randrange(8)
        path.write_bytes(altered)
        assert _fault().where == NAMES.get(name, name.removeprefix("ledger/")), at
    path.write_bytes(whole)


@pytest.mark.usefixtures("anchored")
@pytest.mark.parametrize("name", [name for name in FILES if ".p/24" not in name])
def test_a_torn_or_missing_file_is_named(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    whole = path.read_bytes()
    path.write_bytes(whole[:-1])
    torn = _fault()
    assert torn.where == NAMES.get(name, name.removeprefix("ledger/"))
    path.unlink()
    assert _fault().where == torn.where
    path.write_bytes(whole)


_AT = "strpos(document, 'ni:///') + 20"  # inside the hash of the eventID
ONE_BIT = f"overlay(document placing chr(ascii(substr(document, {_AT})) # 1) from {_AT} for 1)"
COLUMNS = [
    ("document", "replace(document, '\"position\":0', '\"position\":1')", "binding-mismatch"),
    ("document", ONE_BIT, "binding-mismatch"),
    ("document", "document || ' '", "malformed"),
    (
        "digest",
        "overlay(digest placing (CASE WHEN digest LIKE '0%%' THEN '1' ELSE '0' END) from 1)",
        "binding-mismatch",
    ),
    ("kind", "'accept'", "binding-mismatch"),
    ("receiver", f"'{World.carrier.gln}'", "binding-mismatch"),
    ("issuer", f"'{World.carrier.gln}'", "binding-mismatch"),
    ("key", "overlay(key placing '~' from 9)", "binding-mismatch"),
    ("event_id", "overlay(event_id placing '~' from 20)", "binding-mismatch"),
    ("event_time", "event_time + interval '1 microsecond'", "binding-mismatch"),
    ("created", "created - interval '1 microsecond'", "binding-mismatch"),
]


@pytest.mark.parametrize(("column", "expression", "code"), COLUMNS)
def test_an_altered_event_is_named_by_its_index(
    anchored: int, column: str, expression: str, code: str
) -> None:
    before = Event.objects.values_list(column, flat=True).get(ledger_index=anchored)
    setting = f"UPDATE provenance_event SET {column} = "  # noqa: S608
    soundness.unguarded(f"{setting}{expression} WHERE ledger_index = %s", anchored)
    fault = _fault()
    assert (fault.where, fault.code) == (f"event at ledger index {anchored}", code)
    soundness.unguarded(f"{setting}%s WHERE ledger_index = %s", before, anchored)


@pytest.mark.usefixtures("anchored")
def test_an_altered_event_that_waits_is_named_by_its_digest() -> None:
    [digest] = soundness.store(1)
    soundness.unguarded("UPDATE provenance_event SET kind = 'accept' WHERE digest = %s", digest)
    assert _fault().where == f"event {digest}"
    soundness.unguarded(
        "UPDATE provenance_event SET kind = 'party_registered' WHERE digest = %s", digest
    )


@pytest.mark.usefixtures("anchored")
def test_two_events_in_each_others_places_are_found() -> None:
    first, second = Event.objects.filter(ledger_index__in=[4, 5]).order_by("ledger_index")
    swap = "UPDATE provenance_event SET ledger_index = %s WHERE id = %s"
    for index, event in ((None, first), (4, second), (5, first)):
        soundness.unguarded(swap, index, event.pk)
    assert _fault().code in {"bad-proof", "bad-tile"}
    for index, event in ((None, first), (5, second), (4, first)):
        soundness.unguarded(swap, index, event.pk)


@pytest.mark.usefixtures("anchored")
def test_a_missing_entry_is_found() -> None:
    soundness.unguarded("UPDATE provenance_event SET ledger_index = NULL WHERE ledger_index = 299")
    assert _fault().code == "log-inconsistent"
    soundness.unguarded("UPDATE provenance_event SET ledger_index = 299 WHERE ledger_index IS NULL")


@pytest.mark.parametrize("uri", ["/A1", "/A9"])
def test_an_altered_link_is_found(anchored: int, uri: str) -> None:
    """Moved along its chain, or into another subject's chain."""
    event = Event.objects.get(ledger_index=anchored)
    link = event.links.get()
    other = Subject.objects.filter(uri__endswith=uri).first() or Subject.objects.create(
        uri="https://id.gs1.org/01/09520000000004/21/A9",
        kind="item",
        head_position=0,
        head_digest=event.digest,
        genesis_digest=event.digest,
        head_recorded_at=event.recorded_at,
        state={},
    )
    setting = "subject_id = %s, position = %s, previous = %s"
    update = f"UPDATE provenance_chainlink SET {setting} WHERE id = %s"  # noqa: S608
    soundness.unguarded(update, other.pk, 1, "0" * 64, link.pk)
    fault = _fault()
    assert (fault.where, fault.code) == (f"event at ledger index {anchored}", "broken-link")
    soundness.unguarded(update, link.subject_id, 0, None, link.pk)


def test_a_key_that_is_not_the_issuers_is_found(anchored: int) -> None:
    public = Event.objects.get(ledger_index=anchored).key
    first = Event.objects.filter(key=public).order_by("ledger_index")[0].ledger_index
    stranger = keys.encode_public(keys.public_of(keys.generate(b"a stranger".ljust(32))))
    SigningKey.objects.filter(public_key=public).update(public_key=stranger)
    fault = _fault()
    assert (fault.where, fault.code) == (f"event at ledger index {first}", "key-not-authorised")
    SigningKey.objects.filter(public_key=stranger).update(public_key=public)


def test_a_key_for_another_purpose_is_found(anchored: int) -> None:
    key = SigningKey.objects.filter(public_key=Event.objects.get(ledger_index=anchored).key)
    key.update(purpose="registry")
    fault = _fault()
    assert (fault.where, fault.code) == (f"event at ledger index {anchored}", "key-not-authorised")
    key.update(purpose="any")


def test_a_key_that_was_revoked_before_the_event_is_found(anchored: int) -> None:
    """And only then: the same key signed before that as well."""
    born = Event.objects.get(ledger_index=anchored)
    (item,) = Subject.objects.filter(kind="item")
    not_its_own = [born.issuer, settings.CUSTOS_REGISTRAR_GLN]
    others = SigningKey.objects.exclude(party__gln__in=not_its_own)
    other = others.latest("valid_from")
    revocation = parties.revoke_key(other.party_id, other.public_key)
    observed = Intent(
        act=Act.OBSERVE, issuer=born.issuer, subjects={item.uri: 1}, time=timezone.now()
    )
    (receipt,) = signing.sign_and_capture([observed])
    key = SigningKey.objects.filter(public_key=Event.objects.get(digest=receipt.digest).key)
    key.update(revoked_by=revocation)
    fault = _fault()
    assert (fault.where, fault.code) == (f"event {receipt.digest}", "key-revoked")
    key.update(revoked_by="")


HEADS = [
    ("size", "281", "log-inconsistent"),
    ("root", "repeat('7', 64)", "log-inconsistent"),
    ("note", "replace(note, '280', '279')", "bad-signature"),
    ("note", "note || 'x'", "bad-note"),
    ("note", "replace(note, 'localhost', 'example')", "unknown-ledger"),
    ("signed_at", "signed_at - interval '1 day'", "timestamp"),
]


@pytest.mark.usefixtures("anchored")
@pytest.mark.parametrize(("column", "expression", "code"), HEADS)
def test_an_altered_tree_head_is_named(column: str, expression: str, code: str) -> None:
    head = TreeHead.objects.get(size=280)
    update = f"UPDATE provenance_treehead SET {column} = "  # noqa: S608
    soundness.unguarded(f"{update}{expression} WHERE id = %s", head.pk)
    fault = _fault()
    assert (fault.where.startswith("tree head of 28"), fault.code) == (True, code)
    soundness.unguarded(f"{update}%s WHERE id = %s", getattr(head, column), head.pk)


@pytest.mark.usefixtures("anchored")
def test_a_lock_store_that_was_put_back_is_found() -> None:
    path = settings.CUSTOS_LOCK_DIR / "tree-head"
    newest = path.read_bytes()
    path.write_text(TreeHead.objects.get(size=280).note)
    assert _fault().where == "lock store"
    path.write_bytes(newest)


@pytest.mark.usefixtures("anchored")
def test_a_lost_lock_store_is_found(tmp_path: Path) -> None:
    shutil.move(settings.CUSTOS_LOCK_DIR, tmp_path / "elsewhere")
    assert _fault().where == "lock store"
    shutil.move(tmp_path / "elsewhere", settings.CUSTOS_LOCK_DIR)


@pytest.mark.usefixtures("anchored")
def test_the_command_names_the_fault_and_fails() -> None:
    out, progress = StringIO(), StringIO()
    call_command("fsck", stdout=out, stderr=progress)
    assert out.getvalue().startswith("sound")
    assert "300 of 300" in progress.getvalue()
    path = settings.CUSTOS_LEDGER_DIR / "tile/0/000"
    whole = path.read_bytes()
    path.write_bytes(whole[:-1] + b"\0")
    with pytest.raises(CommandError, match="tile/0/000: bad-tile"):
        call_command("fsck", stderr=StringIO())
    path.write_bytes(whole)


def test_an_empty_ledger_is_sound() -> None:
    fsck.check()
    assert TreeHead.objects.count() == 0


@pytest.mark.usefixtures("anchored")
def test_fsck_may_run_while_events_wait_and_after_a_crash() -> None:
    soundness.store(5)
    assert ledger.health()["waiting"] == 5
    fsck.check()
