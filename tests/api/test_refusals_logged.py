"""Each refused request is one line in the log, which says nothing of anybody."""

import logging
import re

import pytest
from django.test import Client

from tests.api import client as cast
from tests.api.client import STRANGER, Caller, item

LOGGER = "provenance.api.errors"


def lines(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [
        record.getMessage()
        for record in caplog.records
        if record.name == LOGGER and record.levelno == logging.WARNING
    ]


def test_a_refused_request_is_a_line_with_code_party_and_id(
    callers: dict[str, Caller], caplog: pytest.LogCaptureFixture
) -> None:
    body = {"subjects": [{"uri": item("A1")}], "place": {"name": "Somebody's name"}}
    answer = callers["shop"].post("/acts/sell", body)
    (line,) = lines(caplog)
    prefix = callers["shop"].secret.partition(".")[0].removeprefix("custos_live_")
    assert line == (
        f"refused 409 illegal-transition: POST /api/v1/acts/sell, party {cast.SHOP},"
        f" API key {prefix}, request {answer['X-Request-ID']}"
    )
    assert "Somebody" not in caplog.text


def test_the_hot_endpoint_names_its_party_too(
    callers: dict[str, Caller], caplog: pytest.LogCaptureFixture
) -> None:
    callers["maker"].post("/events", {"a": "secret"})
    (line,) = lines(caplog)
    assert line.startswith("refused 400 malformed: POST /api/v1/events, party " + cast.MAKER)


@pytest.mark.django_db
def test_a_stranger_has_no_party(caplog: pytest.LogCaptureFixture) -> None:
    STRANGER.get("/events")
    STRANGER.get("/subjects", {"uri": "https://id.gs1.org/01/1/21/my-own-code"})
    STRANGER.get("/events", authorization="Api-Key aaaaaaaa.topsecret")
    said = lines(caplog)
    assert [re.match(r"refused (\d+) ([a-z-]+): ", line)[1] for line in said] == [  # type: ignore[index]
        "401",
        "400",
        "401",
    ]
    assert all("party none, API key none" in line for line in said)
    assert not [line for line in said if "my-own-code" in line or "topsecret" in line]


@pytest.mark.django_db
def test_what_django_refuses_is_a_line_as_well(caplog: pytest.LogCaptureFixture) -> None:
    Client().get("/api/v1/parties", headers={"host": "evil.example"})
    Client().delete("/api/v1/events")
    assert [line.split(":")[0] for line in lines(caplog)] == [
        "refused 400 bad-request",
        "refused 405 method-not-allowed",
    ]


@pytest.mark.django_db
def test_control_characters_in_a_path_stay_on_the_line(caplog: pytest.LogCaptureFixture) -> None:
    Client().get("/api/v1/a%0Arefused%20200%1b[2J")
    (line,) = lines(caplog)
    assert line.isprintable()
    assert r"/api/v1/a\nrefused 200\x1b[2J" in line


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("given", "kept"), [("abc-1.Z_9", True), ("a" * 65, False), ("a b", False), ("", False)]
)
def test_an_id_that_was_given_is_kept_if_it_is_one(
    given: str, kept: bool, caplog: pytest.LogCaptureFixture
) -> None:
    answer = Client().get("/api/v1/events", headers={"X-Request-ID": given})
    assert (answer["X-Request-ID"] == given) is kept
    assert lines(caplog)[0].endswith(f"request {answer['X-Request-ID']}")


@pytest.mark.django_db
def test_what_is_answered_is_no_refusal(caplog: pytest.LogCaptureFixture) -> None:
    assert STRANGER.get("/parties").status_code == 200
    assert lines(caplog) == []
