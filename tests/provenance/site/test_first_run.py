"""The first steps of an installation."""

import stat
from io import StringIO
from pathlib import Path

import pytest
from django.contrib.auth import authenticate, get_user_model
from django.core.management import call_command
from django.http import HttpRequest
from pytest_django import Settings

from provenance.models import Event, Party
from provenance.services import keyring
from provenance.services.site import first_run

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _own_folder(settings: Settings, tmp_path: Path) -> None:
    settings.CUSTOS_VAR = tmp_path


def test_bootstrap_registers_the_registrar_by_its_own_key() -> None:
    call_command("bootstrap", "--name", "Registry Office", verbosity=0)
    registrar = Party.objects.get(gln=keyring.registrar().gln)
    assert registrar.name == "Registry Office"
    assert [key.public_key for key in registrar.keys.all()] == [keyring.registrar().public_key]


def test_bootstrap_tells_the_administrators_password_once(tmp_path: Path) -> None:
    said = StringIO()
    call_command("bootstrap", stdout=said)
    name, password = said.getvalue().split()[1:]
    assert authenticate(HttpRequest(), username=name, password=password) is not None
    assert first_run.read() == {"admin_user": name, "admin_password": password}
    assert stat.S_IMODE((tmp_path / first_run.FILE).stat().st_mode) == 0o600


def test_bootstrap_again_changes_nothing() -> None:
    call_command("bootstrap", verbosity=0)
    before = (Event.objects.count(), first_run.read())
    said = StringIO()
    call_command("bootstrap", stdout=said)
    assert said.getvalue() == ""
    assert (Event.objects.count(), first_run.read()) == before


def test_an_administrator_who_is_there_is_left_alone() -> None:
    get_user_model().objects.create_superuser("owner", password="chosen by the owner")
    call_command("bootstrap", verbosity=0)
    assert list(get_user_model().objects.values_list("username", flat=True)) == ["owner"]
    assert first_run.read() == {}
