"""The officers' pages: who gets in, what they show, and what they change."""

import re
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from customs.models import Declaration, LaneChange, RiskPolicy
from customs.risk import policy
from customs.services import assess
from provenance.core.epcis.vocabulary import Outcome, Procedure
from provenance.core.record.event import Customs
from provenance.core.record.vocabulary import Act
from provenance.models import Refusal
from provenance.services import ledger
from tests.captured import Captured
from tests.cast import NL, PALLET, item
from tests.customs.conftest import Border, member
from tests.customs.declared import judged

pytestmark = pytest.mark.django_db
HOSTILE = "<script>alert(1)</script>"
LIST = "/customs/"


@pytest.fixture
def declaration(packed: Captured) -> Declaration:
    """A declaration with too many pieces, assessed: yellow."""
    made = judged(tariff_quantity="99", shipment="DN-1")
    assess.assess_all()
    made.refresh_from_db()
    return made


def page(declaration: Declaration) -> str:
    return reverse("customs:declaration", args=[declaration.pk])


def lane(declaration: Declaration) -> str:
    return reverse("customs:lane", args=[declaration.pk])


def as_user(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


# --- who gets in --------------------------------------------------------------------


def test_a_stranger_is_sent_to_sign_in_and_comes_back(
    declaration: Declaration, border: Border
) -> None:
    client = Client()
    answer = client.get(page(declaration))
    assert answer.status_code == 302
    assert answer["Location"] == f"/customs/login?next={page(declaration)}"
    form = {"username": "officer", "password": "correct horse battery", "next": page(declaration)}
    signed_in = client.post("/customs/login", form)
    assert (signed_in.status_code, signed_in["Location"]) == (302, page(declaration))
    assert client.get(page(declaration)).status_code == 200
    assert client.post("/customs/logout").status_code == 302
    assert client.get(LIST).status_code == 302


def test_a_wrong_password_and_a_foreign_next_lead_nowhere(border: Border) -> None:
    form = {"username": "officer", "password": "wrong", "next": LIST}
    assert b'role="alert"' in Client().post("/customs/login", form).content
    form = {"username": "officer", "password": "correct horse battery"}
    answer = Client().post("/customs/login", form | {"next": "https://evil.example/"})
    assert answer["Location"] == LIST


@pytest.mark.parametrize("name", ["viewer", "trader", "staff"])
@pytest.mark.parametrize("method", ["get", "post"])
def test_who_is_no_officer_is_refused_and_stored(
    world: Captured, declaration: Declaration, border: Border, name: str, method: str
) -> None:
    user = {
        "viewer": lambda: border.viewer,
        "trader": lambda: member("trader", world.maker.gln, "admin"),
        "staff": lambda: User.objects.create_superuser("staff"),
    }[name]()
    client = as_user(user)
    paths = [lane(declaration)] if method == "post" else [LIST, page(declaration)]
    for path in paths:
        answer = getattr(client, method)(path, {"lane": "red"})
        assert answer.status_code == 403
        assert declaration.number not in answer.content.decode()
    rows = Refusal.objects.filter(code="not-an-officer", key=f"user:{name}")
    assert rows.count() == len(paths)


def test_another_authoritys_declaration_is_not_there_and_the_attempt_is_stored(
    declaration: Declaration, border: Border
) -> None:
    client = as_user(border.foreign)
    assert declaration.number not in client.get(LIST).content.decode()
    for answer in (client.get(page(declaration)), client.post(lane(declaration), {"lane": "red"})):
        assert answer.status_code == 404
    assert Refusal.objects.filter(code="unknown-declaration", key="user:foreign").count() == 2
    assert not LaneChange.objects.exists()


def test_pages_are_kept_by_nobody_and_their_policy_is_strict(
    declaration: Declaration, border: Border
) -> None:
    for path in (LIST, page(declaration)):
        answer = as_user(border.officer).get(path)
        assert "no-store" in answer["Cache-Control"]
        assert "noindex" in answer["X-Robots-Tag"]
        assert "default-src 'none'" in answer["Content-Security-Policy"]
        assert "unsafe" not in answer["Content-Security-Policy"]
        assert "<script" not in answer.content.decode()


# --- what they show -----------------------------------------------------------------


def test_the_list_has_the_reddest_first_with_reasons(packed: Captured, border: Border) -> None:
    judged(number="GREEN-1")
    judged(number="RED-1", tariff_quantity="99", classification="851830")
    judged(number="YELLOW-1", tariff_quantity="99")
    assess.assess_all()
    shown = as_user(border.officer).get(LIST).content.decode()
    numbers = re.findall(r"<bdi>(\w+-1)</bdi></a>", shown)
    assert numbers == ["RED-1", "YELLOW-1", "GREEN-1"]
    assert "Declared quantity 99, recorded 12." in shown
    assert "Blue Heron Freight" in shown
    only = as_user(border.officer).get(LIST, {"lane": "red"}).content.decode()
    assert re.findall(r"<bdi>(\w+-1)</bdi></a>", only) == ["RED-1"]
    assert (
        '?lane=red&amp;post=NLRTM&amp;lang=es"'
        in as_user(border.officer).get(LIST, {"lang": "es", "post": "NLRTM"}).content.decode()
    )
    elsewhere = as_user(border.officer).get(LIST, {"post": "NLAMS"}).content.decode()
    assert re.findall(r"<bdi>(\w+-1)</bdi></a>", elsewhere) == []


@pytest.mark.parametrize("query", ["lane=purple", "post=x", "lane=%00", "post=<script>"])
def test_a_query_that_means_nothing_is_none(
    declaration: Declaration, border: Border, query: str
) -> None:
    answer = as_user(border.officer).get(f"{LIST}?{query}")
    assert answer.status_code == 200
    assert declaration.number in answer.content.decode()
    assert "<script" not in answer.content.decode()


def test_what_is_decided_left_the_list_and_is_changed_no_more(
    packed: Captured, declaration: Declaration, border: Border
) -> None:
    customs = Customs(Procedure.IMPORT, Outcome.CLEARED, "NLRTM", declaration.number)
    packed.sign_for(packed.customs_nl, Act.CHECKPOINT, PALLET, place=NL, customs=customs)
    client = as_user(border.officer)
    assert declaration.number not in client.get(LIST).content.decode()
    shown = client.get(page(declaration)).content.decode()
    assert "was decided" in shown
    assert "Douane Rotterdam" in shown
    assert client.post(lane(declaration), {"lane": "red"}).status_code == 422


def test_differences_are_marked_and_the_rest_is_not(
    declaration: Declaration, border: Border
) -> None:
    ledger.anchor_pending()
    shown = as_user(border.officer).get(page(declaration)).content.decode()
    marked = re.findall(r'<tr class="differs"><th scope="row">([\w ,]+?) <', shown)
    assert marked == ["Quantity"]
    assert re.search(r"<bdi>99</bdi></td><td><bdi>12</bdi>", shown)
    for text in ("Lantern &amp; Loom Ltd", "Winkel aan de Maas", "accepted", "DN-1"):
        assert text in shown


def test_goods_show_their_journey_in_the_units_that_they_rode_in(
    packed: Captured, border: Border
) -> None:
    customs = Customs(Procedure.EXPORT, Outcome.CLEARED, "CNSZX")
    packed.sign_for(packed.customs_cn, Act.CHECKPOINT, PALLET, customs=customs)
    made = judged(goods=[item("A1")], tariff_quantity="1")
    assess.assess_all()
    shown = as_user(border.officer).get(page(made)).content.decode()
    assert "Cleared to leave China" in shown
    assert "With Blue Heron Freight" in shown


def test_hostile_texts_are_text(packed: Captured, border: Border) -> None:
    document = {"type": "380", "number": HOSTILE, "digest": "ab" * 32}
    changes: dict[str, Any] = dict.fromkeys(("number", "description", "shipment"), HOSTILE)
    made = judged(**changes, seals=[HOSTILE], documents=[document])
    assess.assess_all()
    client = as_user(border.officer)
    client.post(lane(made), {"lane": "red", "reason": HOSTILE})
    for path in (LIST, page(made)):
        shown = client.get(path).content.decode()
        assert "<script" not in shown
        assert "&lt;script&gt;" in shown


@pytest.mark.parametrize(
    ("language", "word"), [("ar", "أصفر"), ("es", "Amarillo"), ("zh-hans", "黄色")]
)
def test_the_pages_speak_the_readers_language(
    declaration: Declaration, border: Border, language: str, word: str
) -> None:
    for path in (LIST, page(declaration)):
        answer = as_user(border.officer).get(path, {"lang": language})
        assert answer["Content-Language"] == language
        assert word in answer.content.decode()
        assert "Declared quantity" not in answer.content.decode()


# --- what they change ---------------------------------------------------------------


def test_an_officer_raises_with_a_click_and_lowers_with_a_reason(
    declaration: Declaration, border: Border
) -> None:
    client = as_user(border.officer)
    assert client.post(lane(declaration), {"lane": "red"})["Location"] == page(declaration)
    refused = client.post(lane(declaration), {"lane": "green", "reason": "  "})
    assert refused.status_code == 422
    assert b'role="alert"' in refused.content
    client.post(lane(declaration), {"lane": "green", "reason": "counted by hand"})
    declaration.refresh_from_db()
    assert declaration.lane == "green"
    shown = client.get(page(declaration)).content.decode()
    assert "counted by hand" in shown
    assert LaneChange.objects.filter(at__lte=timezone.now()).count() == 2


@pytest.mark.parametrize(
    "form",
    [
        {},
        {"lane": "purple"},
        {"lane": "green", "reason": "x" * 301},
        {"lane": "green", "reason": "a\u202eb"},
    ],
)
def test_a_form_that_cannot_be_is_refused(
    declaration: Declaration, border: Border, form: dict[str, str]
) -> None:
    answer = as_user(border.officer).post(lane(declaration), form)
    assert answer.status_code == 422
    assert not LaneChange.objects.exists()


def test_a_form_from_elsewhere_is_refused(declaration: Declaration, border: Border) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(border.officer)
    assert client.post(lane(declaration), {"lane": "red"}).status_code == 403
    assert client.get(lane(declaration)).status_code == 405


# --- the policy ---------------------------------------------------------------------


def fields(**changes: str) -> dict[str, str]:
    """The form of the default policy."""
    plain = policy.plain(policy.DEFAULT)
    groups = ("weights", "lanes", "limits")
    form = {f"{group}.{name}": str(n) for group in groups for name, n in plain[group].items()}
    return form | {"random_share": str(plain["random_share"])} | changes


def test_a_supervisor_edits_weights_as_a_new_version(border: Border) -> None:
    client = as_user(border.supervisor)
    assert b"Weights and random share" in client.get(LIST).content
    assert b"version 1 is in force" in client.get("/customs/policy").content
    answer = client.post("/customs/policy", fields(**{"weights.overdue": "77"}))
    assert answer.status_code == 302
    newest = RiskPolicy.objects.get(version=2)
    assert (newest.weights["overdue"], newest.made_by) == (77, "supervisor")
    assert newest.limits == RiskPolicy.objects.get(version=1).limits


@pytest.mark.parametrize(
    "changes",
    [
        {"random_share": "0"},
        {"random_share": "-1"},
        {"weights.overdue": ""},
        {"weights.overdue": HOSTILE},
        {"weights.overdue": "9999999999"},
        {"weights.overdue": "\u0663"},
        {"lanes.blue": "99"},
    ],
)
def test_a_policy_that_cannot_be_is_shown_again(border: Border, changes: dict[str, str]) -> None:
    answer = as_user(border.supervisor).post("/customs/policy", fields(**changes))
    assert answer.status_code == 422
    assert "<script" not in answer.content.decode()
    assert b'role="alert"' in answer.content
    assert RiskPolicy.objects.count() == 1


@pytest.mark.parametrize("name", ["officer", "foreign", "viewer"])
def test_the_policy_is_for_supervisors_alone(border: Border, name: str) -> None:
    client = as_user(getattr(border, name))
    for answer in (client.get("/customs/policy"), client.post("/customs/policy", fields())):
        assert answer.status_code == 403
    assert Refusal.objects.filter(code="not-an-officer", key=f"user:{name}").count() == 2
    assert not RiskPolicy.objects.filter(version=2).exists()
