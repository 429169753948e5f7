"""F37, F45: a page for who asks too often, and accounts that are locked for an address."""

from http import HTTPStatus
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from provenance.services.check import photos
from provenance.services.site.limits import Kind
from tests.cast import ITEM
from tests.limited import address
from tests.pages import heading, path

pytestmark = pytest.mark.django_db

WAIT = HTTPStatus.TOO_MANY_REQUESTS
HEADINGS = {
    "en": "Too many requests came from your network",
    "es": "Llegaron demasiadas solicitudes desde su red",
    "ar": "وصلت طلبات كثيرة جدًا من شبكتك",
    "zh-hans": "来自您所在网络的请求过多",
}


def limit(settings: Settings, **limits: str) -> None:
    kinds = {Kind(name.replace("_", "-")): value for name, value in limits.items()}
    settings.CUSTOS_LIMITS = settings.CUSTOS_LIMITS | kinds


@pytest.mark.parametrize("language", HEADINGS)
def test_pages_of_codes_are_bounded_for_an_address(settings: Settings, language: str) -> None:
    limit(settings, pages="2/hour")
    client = Client(REMOTE_ADDR=address())
    headers = {"accept-language": language}
    answers: list[Any] = [client.get(path(ITEM), headers=headers) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [404, 404, WAIT]
    assert heading(answers[-1]) == HEADINGS[language]
    assert 0 < int(answers[-1]["Retry-After"]) <= 3600
    assert Client(REMOTE_ADDR=address()).get(path(ITEM)).status_code == 404


def test_guesses_are_bounded_and_hide_what_is_there_too(settings: Settings) -> None:
    limit(settings, guesses="2/hour")
    client = Client(REMOTE_ADDR=address())
    assert [client.get(path(ITEM)).status_code for _ in range(3)] == [404, 404, WAIT]
    assert client.get("/verify").status_code == WAIT


def test_photos_are_bounded(settings: Settings) -> None:
    limit(settings, photos="2/hour")
    client = Client(REMOTE_ADDR=address())
    statuses = [
        client.post("/verify", {"photo": SimpleUploadedFile("a.png", b"no photo")}).status_code
        for _ in range(3)
    ]
    assert statuses == [400, 400, WAIT]


def test_a_photo_for_which_no_decoder_is_free_is_asked_for_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(photos, "PATIENCE", 0)
    for _ in range(photos.MOST_AT_ONCE):
        assert photos._decoders.acquire(timeout=9)
    try:
        photo = SimpleUploadedFile("a.png", b"no photo")
        answer: Any = Client().post("/verify", {"photo": photo})
    finally:
        photos._decoders.release(photos.MOST_AT_ONCE)
    assert (answer.status_code, answer["Retry-After"]) == (503, str(photos.SECONDS))
    assert heading(answer) == "Too many photos are being read at this moment"


# --- logging in ---------------------------------------------------------------------


def attempt(client: Client, name: str, password: str, page: str = "", **headers: str) -> Any:
    form = {"username": name, "password": password}
    return client.post(page or reverse("admin:login"), form, headers=headers)


@pytest.mark.parametrize("page", ["/admin/login/", "/customs/login"])
def test_logins_are_bounded_for_an_address(settings: Settings, page: str) -> None:
    limit(settings, logins="2/hour")
    client = Client(REMOTE_ADDR=address())
    answers = [attempt(client, f"user{n}", "wrong", page) for n in range(3)]
    assert [answer.status_code for answer in answers] == [200, 200, WAIT]
    assert heading(answers[-1]) == HEADINGS["en"]


@pytest.fixture
def staff(settings: Settings) -> list[User]:
    settings.AXES_FAILURE_LIMIT = 3
    return [
        User.objects.create_superuser(name, password=f"right of {name}") for name in ("amy", "bo")
    ]


def opens(client: Client, name: str) -> bool:
    return bool(attempt(client, name, f"right of {name}").status_code == HTTPStatus.FOUND)


@pytest.mark.usefixtures("staff")
def test_wrong_passwords_lock_one_account_for_one_address() -> None:
    here, elsewhere = Client(REMOTE_ADDR=address()), Client(REMOTE_ADDR=address())
    pages = ("", "/customs/login", "")  # wrong passwords count wherever they are given
    answers = [attempt(here, "amy", "wrong", page) for page in pages]
    assert [answer.status_code for answer in answers] == [200, 200, WAIT]
    assert heading(answers[-1]) == "Too many wrong passwords"
    assert answers[-1]["Retry-After"] == "900"
    assert not opens(here, "amy")
    assert opens(here, "bo")  # an office behind one address
    assert opens(elsewhere, "amy")


@pytest.mark.usefixtures("staff")
def test_a_forged_address_does_not_unlock(settings: Settings) -> None:
    settings.CUSTOS_PROXIES = 1
    seen, client = address(), Client(REMOTE_ADDR="10.0.0.1")
    for n in range(3):
        attempt(client, "amy", "wrong", **{"X-Forwarded-For": f"9.9.9.{n}, {seen}"})
    last = attempt(client, "amy", "right of amy", **{"X-Forwarded-For": f"9.9.9.9, {seen}"})
    assert last.status_code == WAIT


@pytest.mark.usefixtures("staff")
def test_the_right_password_forgets_the_wrong_ones() -> None:
    client = Client(REMOTE_ADDR=address())
    for _ in range(2):
        attempt(client, "amy", "wrong")
    assert opens(client, "amy")
    assert attempt(client, "amy", "wrong").status_code == HTTPStatus.OK
