"""The drill: the registrar's key is succeeded, stolen and taken back, with the commands that
an operator has.
"""

import io
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from provenance.core import errors, gs1
from provenance.core.check import bundle, trust
from provenance.core.check.result import Verdict
from provenance.core.record.vocabulary import Act, KeyPurpose, Role
from provenance.models import Event, SigningKey
from provenance.services import keyring, ledger
from provenance.services.check import verification
from provenance.services.registry import parties, succession
from tests import cast
from tests.captured import Captured, assert_sound, refused
from tests.cast import Actor

pytestmark = pytest.mark.django_db
NEW = [gs1.make_gln("952000", number) for number in range(810, 820)]


def command(name: str, *arguments: Any) -> str:
    out = io.StringIO()
    call_command(name, *map(str, arguments), stdout=out)
    return out.getvalue()


def made(folder: Path, name: str) -> Path:
    """The seed's file of a new key."""
    file = folder / name
    command("make_key", file)
    return file


def use(settings: Settings, file: Path) -> None:
    """Start again with the seed in `file`; the pinned root stays."""
    settings.CUSTOS_REGISTRAR_ROOT = keyring.registrar().public_key
    settings.CUSTOS_REGISTRAR_KEY = file.read_text().strip()


def public(file: Path) -> Path:
    return file.with_name(f"{file.name}.pub")


def register(number: int) -> None:
    parties.register(NEW[number], f"Party {number}", "NL", [Role.CARRIER])


def item_of(world: Captured, number: int) -> str:
    uri = world.item(f"A{number}")
    world.act(world.maker, Act.COMMISSION, uri)
    return uri


def checked(uri: str, roots: trust.Trust) -> Verdict:
    """What a stranger with these roots finds in the bundle of now."""
    held = bundle.parse(bundle.format(dict(verification.bundle_for(uri))))
    return bundle.check(held, roots, now=timezone.now()).verdict


def served(client: Client) -> trust.Trust:
    """The trust file that the installation hands out."""
    return trust.parse_file(client.get("/ledger/trust.json").content)


def test_the_whole_drill(
    world: Captured, settings: Settings, tmp_path: Path, client: Client
) -> None:
    """An heir that names a recovery key succeeds; its key is stolen, and the thief's succeeds;
    the recovery key takes the registrar back. Bundles check before and after, under the first
    trust file and the last.
    """
    first, root = served(client), keyring.registrar()
    before = item_of(world, 1)
    ledger.anchor_pending()
    old = bundle.format(dict(verification.bundle_for(before)))
    recovery, heir, thiefs, last = (made(tmp_path, name) for name in ("r", "heir", "thief", "last"))

    said = command("registrar_succeed", public(heir), "--recovery", public(recovery))
    assert "which is not in force" in said
    assert client.get("/health").json()["registrar"]["state"] == "not-in-force"
    with refused("key-revoked"):
        register(0)
    use(settings, heir)
    assert client.get("/health").json()["registrar"] == {
        "state": "ok",
        "root": root.public_key,
        "key": keyring.registrar_public(),
    }
    register(1)
    world.registrar = Actor(root.gln, keyring.registrar_private())

    # The thief of the heir's seed.
    command("registrar_succeed", public(thiefs))
    use(settings, thiefs)
    register(2)
    with pytest.raises(CommandError, match="no-recovery-key"):
        command("registrar_recover", public(last), thiefs)

    command("registrar_recover", public(last), recovery)
    with refused("key-revoked"):
        register(3)
    use(settings, last)
    register(4)
    newcomer = NEW[4]
    world.claim(
        Actor(root.gln, keyring.registrar_private()),
        Act.PARTY_REGISTERED,
        world.maker.uri,
        name="Lantern & Loom Ltd",
        country="CN",
        roles=["brand", "maker"],
        prefixes=[cast.PREFIX],
    )
    after = item_of(world, 2)
    ledger.anchor_pending()

    assert first == served(client)
    for uri in (before, after):
        assert checked(uri, first) is Verdict.RECORDS_CHECK_OUT
    assert checked(gs1.party_uri(newcomer), first) is Verdict.RECORDS_CHECK_OUT

    pin(settings, command("registrar_keys"))
    now = served(client)
    assert now != first
    for roots in (first, now):
        assert checked(after, roots) is Verdict.RECORDS_CHECK_OUT
        result = bundle.check(bundle.parse(old), roots, now=timezone.now())
        assert result.verdict is Verdict.RECORDS_CHECK_OUT
    register(5)
    assert_sound()


def pin(settings: Settings, said: str) -> None:
    """Set what `registrar_keys` says."""
    settings.CUSTOS_REGISTRAR_ROOT = said.split("in force: CUSTOS_REGISTRAR_ROOT=")[1].split(
        maxsplit=1
    )[0]
    former = said.split("CUSTOS_REGISTRAR_FORMER=")[1].strip()
    settings.CUSTOS_REGISTRAR_FORMER = tuple(
        (key, int(size)) for key, size in (entry.split(" ") for entry in former.split(","))
    )


@pytest.mark.usefixtures("world")
def test_a_thief_of_the_root_cannot_revoke_the_recovery_key(
    settings: Settings, tmp_path: Path
) -> None:
    recovery, heir = made(tmp_path, "r"), made(tmp_path, "heir")
    command("registrar_succeed", public(heir), "--recovery", public(recovery))
    use(settings, heir)
    key = succession.read_public(public(recovery)).public_key
    with refused("not-permitted"):
        parties.revoke_key(keyring.registrar().gln, key)
    assert SigningKey.objects.get(public_key=key).purpose == "recovery"
    with refused("illegal-transition"):
        parties.revoke_key(keyring.registrar().gln, keyring.registrar_public())


@pytest.mark.usefixtures("world")
def test_a_succession_that_is_refused_leaves_nothing(settings: Settings, tmp_path: Path) -> None:
    heir, other = made(tmp_path, "heir"), made(tmp_path, "other")
    command("registrar_succeed", public(heir))
    count = Event.objects.count()
    with pytest.raises(CommandError, match="registrar-not-in-force"):
        command("registrar_succeed", public(other))
    assert "which is not in force" in command("registrar_succeed", public(heir))
    use(settings, heir)
    assert "not in force" not in command("registrar_succeed", public(heir))
    with pytest.raises(CommandError, match="malformed"):
        command("registrar_succeed", heir)
    assert Event.objects.count() == count


def test_a_new_installation_names_its_recovery_key(settings: Settings, tmp_path: Path) -> None:
    recovery, last = made(tmp_path, "r"), made(tmp_path, "last")
    command("bootstrap", "--recovery", public(recovery))
    named = succession.read_public(public(recovery)).public_key
    assert succession.standing().succession.recovery == (named,)
    command("registrar_recover", public(last), recovery, "--reason", "superseded")
    use(settings, last)
    register(0)
    assert_sound()


def test_a_key_is_made_once_and_its_seed_is_its_owners(tmp_path: Path) -> None:
    file = made(tmp_path, "key")
    assert file.stat().st_mode & 0o777 == 0o600
    assert file.read_text().strip() not in public(file).read_text()
    with pytest.raises(CommandError):
        command("make_key", file)
    with pytest.raises(errors.Malformed):
        succession.read_private(public(file))


@pytest.mark.usefixtures("world")
def test_settings_that_forget_the_first_key_are_noticed(
    settings: Settings, tmp_path: Path, client: Client
) -> None:
    heir = made(tmp_path, "heir")
    command("registrar_succeed", public(heir))
    settings.CUSTOS_REGISTRAR_KEY = heir.read_text().strip()
    assert client.get("/health").json()["registrar"]["state"] == "not-first"
    assert "others came before it" in command("registrar_keys")


@pytest.mark.usefixtures("world")
def test_did_document_and_admin_show_the_succession(
    settings: Settings, tmp_path: Path, client: Client, admin_client: Client
) -> None:
    heir, standby = made(tmp_path, "heir"), made(tmp_path, "standby")
    root, gln = keyring.registrar().public_key, keyring.registrar().gln
    half = succession.read_public(public(standby))
    parties.add_key(gln, half.public_key, half.possession, KeyPurpose.REGISTRAR)
    command("registrar_succeed", public(heir))
    use(settings, heir)
    document = client.get(f"/parties/{gln}/did.json").json()
    asserting = [name.split("#")[1] for name in document["assertionMethod"]]
    assert keyring.registrar_public() in asserting
    assert {root, half.public_key}.isdisjoint(asserting)
    row = SigningKey.objects.get(public_key=root)
    page = admin_client.get(f"/admin/provenance/signingkey/{row.pk}/change/")
    assert keyring.registrar_public() in page.content.decode()
