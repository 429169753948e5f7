"""The admin of a border's work: what is decided is edited there, all else is read."""

import json
import re

import pytest
from django.contrib import admin
from django.contrib.auth.models import User
from django.db.models import Model
from django.test import Client
from django.urls import reverse

from customs import models
from customs.models import (
    Assessment,
    BorderPost,
    Declaration,
    DeclarationVersion,
    Posting,
    RiskPolicy,
    WatchEntry,
)
from customs.risk import policy
from customs.services import assess
from provenance.admin import base
from tests.captured import Captured
from tests.customs import declared
from tests.customs.conftest import Border

pytestmark = pytest.mark.django_db

REGISTERED = {
    model: page
    for model, page in admin.site._registry.items()
    if model._meta.app_label == "customs"
}
EDITED = [models.BorderPost, models.Posting, models.RiskPolicy, models.WatchEntry]
HOSTILE = "<script>alert(1)</script>"


@pytest.fixture
def superuser(client: Client) -> Client:
    client.force_login(User.objects.create_superuser("root"))
    return client


def url(model: type[Model], page: str, *args: object) -> str:
    return reverse(f"admin:customs_{model._meta.model_name}_{page}", args=args)


def test_every_table_is_shown() -> None:
    assert {model.__name__ for model in REGISTERED} == set(models.__all__)


def test_only_what_is_decided_here_is_edited() -> None:
    read_only = {model for model, page in REGISTERED.items() if isinstance(page, base.ReadOnly)}
    assert set(REGISTERED) - read_only == set(EDITED)


@pytest.mark.parametrize("model", REGISTERED)
def test_a_list_says_its_source(superuser: Client, border: Border, model: type[Model]) -> None:
    page = superuser.get(url(model, "changelist"))
    assert page.status_code == 200
    assert b"custos-source" in page.content


def test_a_post_is_made_and_a_hostile_name_is_text(superuser: Client, world: Captured) -> None:
    party = world.customs_nl.gln
    ids = {"authority": party, "locode": "NLRTM", "kind": "sea", "name": HOSTILE}
    assert superuser.post(url(BorderPost, "add"), ids).status_code == 302
    shown = superuser.get(url(BorderPost, "changelist")).content.decode()
    assert HOSTILE not in shown
    assert "&lt;script&gt;" in shown


def test_a_post_abroad_and_one_of_no_authority_are_refused(
    superuser: Client, world: Captured
) -> None:
    for gln, locode in ((world.customs_nl.gln, "CNSZX"), (world.maker.gln, "CNSZX")):
        form = {"authority": gln, "locode": locode, "kind": "sea", "name": "x"}
        page = superuser.post(url(BorderPost, "add"), form)
        assert re.search(r"expected a UN/LOCODE|no customs authority", page.content.decode())
    assert not BorderPost.objects.exists()


def test_nobody_is_posted_abroad(superuser: Client, border: Border) -> None:
    form = {"user": border.foreign.pk, "post": border.rotterdam.pk}
    page = superuser.post(url(Posting, "add"), form)
    assert "is no member of" in page.content.decode()
    form["user"] = border.supervisor.pk
    assert superuser.post(url(Posting, "add"), form).status_code == 302


def test_a_declaration_shows_its_history_and_hostile_texts_as_text(
    superuser: Client, world: Captured
) -> None:
    declaration = declared.enter(description=HOSTILE, number=HOSTILE, seals=[HOSTILE])
    page = superuser.get(url(Declaration, "change", declaration.pk)).content.decode()
    assert "tests" in page
    version = declaration.versions.get()
    for shown in (
        page,
        superuser.get(url(DeclarationVersion, "change", version.pk)).content.decode(),
    ):
        assert HOSTILE not in shown
        assert "&lt;script&gt;alert(1)&lt;/script&gt;" in shown
    assert superuser.post(url(Declaration, "change", declaration.pk), {}).status_code == 403


def test_a_policy_is_edited_by_adding_a_version(superuser: Client, world: Captured) -> None:
    plain = policy.plain(policy.DEFAULT) | {"random_share": 500}
    form = {name: json.dumps(value) for name, value in plain.items()}
    form["authority"] = world.customs_nl.gln
    assert superuser.post(url(RiskPolicy, "add"), form).status_code == 302
    first, second = RiskPolicy.objects.order_by("version")
    assert (first.random_share, second.random_share, second.made_by) == (300, 500, "root")
    assert superuser.post(url(RiskPolicy, "change", second.pk), form).status_code == 403
    form["random_share"] = "0"
    assert (
        "expected a random share" in superuser.post(url(RiskPolicy, "add"), form).content.decode()
    )


def test_a_watch_entry_that_watches_nothing_is_refused(superuser: Client, world: Captured) -> None:
    form = {"raised_by": world.customs_nl.gln, "kind": "route", "value": "CN-NL", "reason": HOSTILE}
    form["first_day"] = "2026-11-25"
    assert superuser.post(url(WatchEntry, "add"), form).status_code == 302
    assert HOSTILE not in superuser.get(url(WatchEntry, "changelist")).content.decode()
    form["value"] = "everything"
    assert "two countries" in superuser.post(url(WatchEntry, "add"), form).content.decode()


def test_an_assessment_shows_its_findings_and_facts(superuser: Client, world: Captured) -> None:
    declared.enter()
    assess.assess_all()
    page = superuser.get(url(Assessment, "change", Assessment.objects.get().pk))
    assert "None of the declared goods is on record." in page.content.decode()
