"""The demo shows what it says it shows, through the same check as any page."""

import json
import stat
from pathlib import Path

import pytest
from django.contrib.auth import authenticate
from django.core.management import call_command
from django.http import HttpRequest
from django.test import Client
from pytest_django import Settings

from provenance.core import gs1
from provenance.core.check.loop import LoopState
from provenance.core.check.result import Result, Verdict
from provenance.core.record.state import Situation
from provenance.core.record.vocabulary import Act, Role
from provenance.models import Event, Party, Shipment, Subject
from provenance.services.check import verification
from provenance.services.ledger import fsck
from provenance.services.record import rebuild
from provenance.services.registry import parties
from provenance.services.site import demo
from provenance.services.site.demo import cast

pytestmark = pytest.mark.django_db


@pytest.fixture
def loaded() -> demo.Demo:
    loaded = demo.load()
    assert loaded is not None
    return loaded


@pytest.fixture
def var(settings: Settings, tmp_path: Path) -> Path:
    settings.CUSTOS_VAR = tmp_path
    return tmp_path


def uri(loaded: demo.Demo, name: str) -> str:
    return gs1.parse_subject(f"https://id.gs1.org{loaded.paths[name]}").uri


def check(loaded: demo.Demo, name: str) -> Result:
    return verification.check(uri(loaded, name))


def situation(loaded: demo.Demo, name: str) -> str:
    return Subject.objects.get(uri=uri(loaded, name)).situation


RECORDED = "recorded-late"  # the demo's past is recorded when it is loaded
SHOWN = {
    "checked_out": (Verdict.RECORDS_CHECK_OUT, [], Situation.SOLD),
    "on_the_shelf": (Verdict.RECORDS_CHECK_OUT, [], Situation.WITH_CUSTODIAN),
    "pallet": (Verdict.RECORDS_CHECK_OUT, [], Situation.WITH_CUSTODIAN),
    "in_transit": (Verdict.RECORDS_CHECK_OUT, [], Situation.PACKED),
    "held": (Verdict.BLOCKED, ["held", "import-clearance-missing", RECORDED], Situation.PACKED),
    "recalled": (Verdict.RECALLED, ["recalled", RECORDED], Situation.SOLD),
    "unanswered": (Verdict.CHECK_NEEDED, ["handoff-not-accepted", RECORDED], Situation.HANDED_OVER),
    "corrected": (Verdict.CHECK_NEEDED, ["corrected", RECORDED], Situation.PACKED),
    "lot": (Verdict.CHECK_NEEDED, ["corrected", RECORDED], Situation.PACKED),
}


def test_each_story_has_its_verdict(loaded: demo.Demo) -> None:
    assert loaded.paths.keys() == SHOWN.keys()
    verdicts = {
        name: (
            result.verdict,
            [str(reason.code) for reason in result.reasons],
            situation(loaded, name),
        )
        for name in SHOWN
        if (result := check(loaded, name))
    }
    assert verdicts == SHOWN


def test_the_recalled_lot_is_recalled_on_its_product(loaded: demo.Demo) -> None:
    result = check(loaded, "recalled")
    assert Act.RECALL not in {entry.event.act for entry in result.history}
    lot = Subject.objects.filter(lot=gs1.lot_uri(cast.PAN.gtin, result.lot))
    assert lot.count() == 4
    assert {verification.check(item.uri).verdict for item in lot} == {Verdict.RECALLED}


def test_only_the_sold_item_has_a_closed_loop(loaded: demo.Demo) -> None:
    closed = [
        name
        for name in SHOWN
        if (loop := check(loaded, name).loop) and loop.state is LoopState.CLOSED
    ]
    assert closed == ["checked_out"]


@pytest.mark.usefixtures("loaded")
def test_everything_is_anchored_sound_and_rebuilt_without_difference() -> None:
    assert not Event.objects.filter(ledger_index=None).exists()
    fsck.check()
    assert rebuild.rebuild() == []


@pytest.mark.usefixtures("loaded")
def test_nothing_is_signed_later_than_it_happened_or_ahead_of_now() -> None:
    events = Event.objects.filter(issuer__in=[actor.gln for actor in cast.ACTORS])
    assert all(event.event_time <= event.created <= event.recorded_at for event in events)


@pytest.mark.usefixtures("loaded")
def test_there_are_shipments_and_a_licensed_maker() -> None:
    assert Shipment.objects.count() >= 5
    assert (
        Event.objects.filter(kind__in=["right_filed", "right_verified", "licence_granted"]).count()
        == 3
    )


def test_the_pages_of_the_demo_are_served(loaded: demo.Demo, client: Client) -> None:
    closed = {path for path in loaded.paths.values() if client.get(path).status_code == 404}
    assert {path for path in loaded.paths.values() if "/21/" in path} == {
        path for path in loaded.paths.values() if client.get(path).status_code == 200
    }
    people = [Client(), Client()]
    for person, (name, password) in zip(people, loaded.users.items(), strict=True):
        user = authenticate(HttpRequest(), username=name, password=password)
        assert user is not None
        person.force_login(user)
    assert all(any(person.get(path).status_code == 200 for person in people) for path in closed)


def test_the_page_names_the_brand_with_its_verified_mark_before_the_licensed_maker(
    loaded: demo.Demo, client: Client
) -> None:
    shown = client.get(loaded.paths["checked_out"]).content.decode()
    parts = [
        "This is a code of Zonnevark Audio",
        cast.HEADPHONES.name,
        "Trademark ZONNEVARK, verified by Trade Mark Register (demo)",
        "<dt>Made by</dt><dd>Nanlu Bay Works",
        "under a licence of Zonnevark Audio",
        cast.HEADPHONES.gtin,
    ]
    places = [shown.index(part) for part in parts]
    assert places == sorted(places)


def test_serials_and_passwords_are_new_in_every_installation(loaded: demo.Demo) -> None:
    assert loaded.users.keys() == {"logistics", "customs"}
    assert all(len(password) >= 16 for password in loaded.users.values())
    assert len(set(loaded.users.values())) == 2
    assert all(
        authenticate(HttpRequest(), username=name, password=password)
        for name, password in loaded.users.items()
    )


def test_a_second_time_nothing_happens(loaded: demo.Demo) -> None:
    before = Event.objects.count()
    assert demo.load() is None
    assert Event.objects.count() == before
    assert demo.checked_out_path() == loaded.paths["checked_out"]


def test_a_record_that_is_not_empty_is_left_alone() -> None:
    parties.bootstrap()
    parties.register(cast.GROWER.gln, "Somebody", "KE", [Role.BRAND])
    assert demo.load() is None
    assert Party.objects.count() == 2


def test_the_command_writes_where_to_look_for_its_owner_alone(
    var: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = var / "demo.json"
    file.write_text('{"admin_user": "admin", "verify_path": "/old"}')
    call_command("demo")
    said = capsys.readouterr().out
    facts = json.loads(file.read_text())
    assert (facts["admin_user"], stat.S_IMODE(file.stat().st_mode)) == ("admin", 0o600)
    assert f"{facts['verify_path']}\n" in said
    assert facts["stories"]["checked_out"] == facts["verify_path"]
    assert all(f"user {name} {password}\n" in said for name, password in facts["users"].items())


def test_the_command_again_says_so_and_finds_the_page_again(
    var: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    call_command("demo", verbosity=0)
    path = json.loads((var / "demo.json").read_text())["verify_path"]
    (var / "demo.json").unlink()
    call_command("demo")
    assert json.loads((var / "demo.json").read_text()) == {"verify_path": path}
    assert capsys.readouterr().out == "the record is not empty: the demo was not loaded\n"
