"""The demo of a border: two authorities at work, and all four lanes."""

import json
from pathlib import Path

import pytest
from django.contrib.auth import authenticate, get_user_model
from django.core.management import call_command
from django.http import HttpRequest
from django.test import Client
from pytest_django import Settings

from customs.models import BorderPost, Declaration
from customs.risk.lanes import Lane
from customs.services import assess, demo, people
from customs.services.declarations import access
from provenance.services.record import rebuild
from provenance.services.site import demo as goods_demo
from provenance.services.site.demo import cast

pytestmark = pytest.mark.django_db


@pytest.fixture
def loaded() -> dict[str, str]:
    assert goods_demo.load() is not None
    users = demo.load()
    assert users is not None
    return users


@pytest.mark.parametrize("key", ["a", "b", "c"])
def test_all_four_lanes_are_there_under_any_key(settings: Settings, key: str) -> None:
    settings.SECRET_KEY = key * 50
    goods_demo.load()
    demo.load()
    dutch = Declaration.objects.filter(authority=cast.CUSTOMS_NL.gln)
    lanes = {lane for row in assess.undecided() & dutch for lane in [row.lane]}
    assert lanes == set(Lane)


def test_each_declaration_has_the_findings_of_its_story(loaded: dict[str, str]) -> None:
    rows = Declaration.objects.select_related("assessment")
    codes = {
        row.number: {finding["code"] for finding in row.assessment.findings} - {"random-selection"}
        for row in rows
        if row.assessment is not None
    }
    assert len(codes) == 7
    held = codes["GB-IM-90418"]
    assert {"seal-differs", "route-watched"} <= held
    assert codes[_of("NL-IM-7714")] == set()
    assert {"not-on-record"} <= codes[_of("NL-IM-7715")]
    assert codes[_of("NL-EX-3310")] == {"first-time-trader"}
    assert {"recalled"} <= codes[_of("NL-IM-7716")]


def _of(beginning: str) -> str:
    return Declaration.objects.get(number__startswith=beginning).number


def test_there_are_two_authorities_with_posts_officers_and_a_supervisor(
    loaded: dict[str, str],
) -> None:
    assert len({post.authority_id for post in BorderPost.objects.all()}) == 2
    users = {user.username: user for user in get_user_model().objects.all()}
    by_name = {name: people.officers(users[name]) for name in ("customs", *loaded)}
    authorities = {name: [each.authority for each in found] for name, found in by_name.items()}
    assert authorities == {
        "customs": [cast.CUSTOMS_NL.gln],
        "supervisor": [cast.CUSTOMS_NL.gln],
        "customs_gb": [cast.CUSTOMS_GB.gln],
    }
    assert [by_name[name][0].supervises for name in by_name] == [False, True, False]
    assert by_name["customs"][0].posts == ("NLAMS", "NLRTM")
    for name, password in loaded.items():
        assert authenticate(HttpRequest(), username=name, password=password)


def test_what_was_cleared_is_decided(loaded: dict[str, str]) -> None:
    decided = access.decided(Declaration.objects.all())
    numbers = set(Declaration.objects.filter(pk__in=decided).values_list("number", flat=True))
    assert numbers == {"KE-EX-20551", "NL-IM-771204"}


def test_it_is_loaded_once_and_the_record_stays_what_it_is(loaded: dict[str, str]) -> None:
    assert demo.load() is None
    assert Declaration.objects.count() == 7
    assert rebuild.rebuild() == []


def test_without_goods_nothing_is_loaded() -> None:
    assert demo.load() is None
    assert not Declaration.objects.exists()


def test_the_command_remembers_its_users_beside_the_others(
    settings: Settings, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    settings.CUSTOS_VAR = tmp_path
    call_command("demo", verbosity=0)
    call_command("customs_demo")
    assert "user supervisor " in capsys.readouterr().out
    facts = json.loads((tmp_path / "demo.json").read_text())
    assert list(facts["users"]) == ["logistics", "customs", "supervisor", "customs_gb"]
    form = {"username": facts["customs_user"], "password": facts["customs_password"]}
    client = Client()
    assert client.post("/customs/login", form)["Location"] == "/customs/"
    shown = client.get("/customs/").content.decode()
    assert all(f'<li class="{colour}">' in shown for colour in ("red", "amber", "blue", "green"))
    call_command("customs_demo")
    assert "nothing was loaded" in capsys.readouterr().out
