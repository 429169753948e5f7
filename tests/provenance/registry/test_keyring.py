"""Kept keys under a new key-encryption key."""

import secrets
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from pytest_django import Settings

from provenance.core.check.result import Verdict
from provenance.core.record.vocabulary import Act
from provenance.core.signing import keys
from provenance.models import KeptKey
from provenance.services import keyring, ledger
from provenance.services.check import verification
from tests.captured import Captured

pytestmark = pytest.mark.django_db


@pytest.fixture
def old(settings: Settings, tmp_path: Path) -> Path:
    """The file of the key that was in use until now."""
    file = tmp_path / "old.key"
    file.write_text(f"{settings.CUSTOS_KEY_ENCRYPTION_KEY}\n")
    return file


def test_every_kept_key_opens_under_the_new_key_only(
    world: Captured, settings: Settings, old: Path
) -> None:
    gln = world.carrier.gln
    before = keys.encode_private(keyring.private_for(gln, Act.OBSERVE))
    settings.CUSTOS_KEY_ENCRYPTION_KEY = secrets.token_hex(32)
    with pytest.raises(keyring.KeyLocked):
        keyring.private_for(gln, Act.OBSERVE)
    call_command("reencrypt", old)
    assert keys.encode_private(keyring.private_for(gln, Act.OBSERVE)) == before
    sealed = list(KeptKey.objects.order_by("pk").values_list("encrypted_private", flat=True))
    call_command("reencrypt", old)
    again = list(KeptKey.objects.order_by("pk").values_list("encrypted_private", flat=True))
    assert [bytes(row) for row in again] == [bytes(row) for row in sealed]


def test_what_events_seal_opens_under_the_new_key_only(
    world: Captured, settings: Settings, old: Path
) -> None:
    items = [world.item("A1"), world.item("A2")]
    world.act(world.maker, Act.COMMISSION, items)
    ledger.anchor_pending()
    settings.CUSTOS_KEY_ENCRYPTION_KEY = secrets.token_hex(32)
    assert verification.check(items[0]).verdict is Verdict.CANNOT_CHECK_NOW
    call_command("reencrypt", old)
    assert verification.check(items[0]).verdict is Verdict.RECORDS_CHECK_OUT


def test_a_key_that_opens_under_neither_changes_nothing(settings: Settings, old: Path) -> None:
    keyring.make_many(2)
    last = KeptKey.objects.order_by("pk").last()
    assert last is not None
    KeptKey.objects.filter(pk=last.pk).update(encrypted_private=b"x" * 60)
    before = {row.pk: bytes(row.encrypted_private) for row in KeptKey.objects.all()}
    settings.CUSTOS_KEY_ENCRYPTION_KEY = secrets.token_hex(32)
    with pytest.raises(CommandError, match="key-locked: nothing was changed"):
        call_command("reencrypt", old)
    assert {row.pk: bytes(row.encrypted_private) for row in KeptKey.objects.all()} == before


@pytest.mark.parametrize("content", ["", "xyz", "ab"])
def test_a_file_that_holds_no_key_is_refused(old: Path, content: str) -> None:
    old.write_text(content)
    with pytest.raises(CommandError, match="64 hex digits"):
        call_command("reencrypt", old)
