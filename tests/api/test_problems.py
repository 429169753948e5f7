"""Every failure under /api/ is a problem+json with a code and its one status."""

import json
import logging
from typing import Any

import pytest
from django.core.exceptions import RequestDataTooBig, SuspiciousOperation
from django.db import OperationalError
from django.http import Http404, HttpRequest, HttpResponse
from django.test import Client, RequestFactory
from rest_framework import exceptions

from provenance.api import errors as api_errors
from provenance.api import problems
from provenance.core import errors

pytestmark = pytest.mark.django_db


def check_problem(answer: Any, status: int, code: str) -> dict[str, Any]:
    body: dict[str, Any] = answer.json()
    assert (answer.status_code, body["status"], body["code"]) == (status, status, code)
    assert answer["Content-Type"] == "application/problem+json"
    assert body["title"] == problems.TABLE[code].title
    assert body["type"].endswith(f"/api/errors/#{code}")
    return body


@pytest.mark.parametrize(
    "path", ["/api/", "/api/v1", "/api/v1/events/", "/api/v2/events", "/api/v1/x/y"]
)
@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "DELETE", "OPTIONS"])
def test_an_unknown_address_is_not_found(client: Client, method: str, path: str) -> None:
    check_problem(client.generic(method, path), 404, "not-found")


@pytest.mark.parametrize(
    "path", ["/api/v1/events/%00", "/api/v1/parties/%00", "/api/%c2%85", "/api/v1/a%0ab"]
)
def test_a_path_that_is_no_text_is_400(client: Client, path: str) -> None:
    check_problem(client.get(path), 400, "bad-text")


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE", "OPTIONS", "TRACE"])
def test_another_method_is_405_and_the_allowed_ones_are_named(client: Client, method: str) -> None:
    answer = client.generic(method, "/api/v1/events")
    check_problem(answer, 405, "method-not-allowed")
    assert answer["Allow"] == "GET, HEAD, POST"


def test_a_foreign_host_is_400(client: Client) -> None:
    check_problem(
        client.get("/api/v1/parties", headers={"host": "evil.example"}), 400, "bad-request"
    )


def test_pages_keep_their_own_errors(client: Client) -> None:
    answer = client.get("/no-such-page")
    assert answer.status_code == 404
    assert answer["Content-Type"].startswith("text/html")


@pytest.mark.parametrize(
    ("raised", "code"),
    [
        (errors.HeadMoved("no", heads={}), "head-moved"),
        (Http404(), "not-found"),
        (exceptions.NotFound(), "not-found"),
        (exceptions.ValidationError({"name": ["missing"]}), "malformed"),
        (exceptions.ParseError(), "bad-request"),
        (exceptions.MethodNotAllowed("PUT"), "method-not-allowed"),
        (exceptions.UnsupportedMediaType("text/plain"), "unsupported-media-type"),
        (RequestDataTooBig(), "too-large"),
        (SuspiciousOperation(), "bad-request"),
        (OperationalError(), "unavailable"),
        (OSError(), "unavailable"),
        (KeyError("secret"), "internal-error"),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, Exception) else "",
)
def test_every_exception_has_its_code(raised: Exception, code: str) -> None:
    assert api_errors.classify(raised).code == code


def test_an_unforeseen_error_is_logged_with_its_id_and_not_shown(
    caplog: pytest.LogCaptureFixture,
) -> None:
    with caplog.at_level(logging.ERROR):
        answer = api_errors.handle(KeyError("secret"), {})
    assert answer.status_code == 500
    assert b"secret" not in answer.content
    (record,) = caplog.records
    assert record.exc_info is not None
    assert json.loads(answer.content)["id"] in record.getMessage()


@pytest.mark.parametrize(
    ("status", "code"),
    [(400, "bad-request"), (403, "bad-request"), (413, "too-large"), (500, "internal-error")],
)
def test_what_django_answers_by_itself_becomes_a_problem(status: int, code: str) -> None:
    middleware = api_errors.ProblemMiddleware(lambda _: HttpResponse("<h1>no</h1>", status=status))
    answer = middleware(RequestFactory().get("/api/v1/parties"))
    assert isinstance(answer, HttpResponse)
    assert (answer.status_code, json.loads(answer.content)["code"]) == (
        problems.TABLE[code].status,
        code,
    )


def test_a_view_that_fails_outside_the_api_is_left_alone() -> None:
    middleware = api_errors.ProblemMiddleware(lambda _: HttpResponse())
    assert middleware.process_exception(HttpRequest(), KeyError()) is None


@pytest.mark.parametrize(
    ("error", "seconds"),
    [(errors.NotAnchored("not yet"), "5"), (errors.HeadMoved("no", heads={}), None)],
    ids=["not-anchored", "head-moved"],
)
def test_a_problem_that_may_pass_says_when(
    error: errors.ProvenanceError, seconds: str | None
) -> None:
    assert api_errors.response(error).get("Retry-After") == seconds


def test_a_detail_that_json_cannot_hold_is_still_answered() -> None:
    answer = api_errors.response(errors.BadText("half a pair: \ud800", position=1))
    assert json.loads(answer.content)["code"] == "bad-text"
