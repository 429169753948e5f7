"""Failures as RFC 9457 `application/problem+json`, made in one place.

REST framework views come through `handle`, plain views and everything Django answers by
itself (unknown paths, refused hosts, its own 500) through `ProblemMiddleware`. Both end
in `response`.
"""

import json
import logging
import re
import uuid
from collections.abc import Callable, Mapping
from typing import Any, Final

from django.conf import settings
from django.core import exceptions as django_exceptions
from django.db import InterfaceError, OperationalError
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from rest_framework import exceptions as rest_exceptions

from provenance.api import problems
from provenance.core import errors, printing

PREFIX: Final = "/api/"
CONTENT_TYPE: Final = "application/problem+json"

PARTY: Final = "custos.party"  # in a request's META: GLN, and public half, of its API key
KEY: Final = "custos.api_key"
_REQUEST_ID: Final = re.compile(r"[A-Za-z0-9._-]{1,64}")

log = logging.getLogger(__name__)


class BadRequest(errors.ProvenanceError):
    """A request that cannot be read: its host, its path or a header."""

    code = "bad-request"


class Unauthenticated(errors.ProvenanceError):
    """No API key where it is needed, or an API key unknown, expired or revoked."""

    code = "unauthenticated"


class ScopeMissing(errors.ProvenanceError):
    """The API key is good, but not for this; `extra["scope"]` names the missing scope."""

    code = "scope-missing"


class NotFound(errors.ProvenanceError):
    """There is nothing under this address, or nothing that this caller may see."""

    code = "not-found"


class MethodNotAllowed(errors.ProvenanceError):
    """The address exists, but not for this method."""

    code = "method-not-allowed"


class LengthRequired(errors.ProvenanceError):
    """A body without Content-Length, or in chunks: WSGI would read it as empty."""

    code = "length-required"


class BodyTimeout(errors.ProvenanceError):
    """A body that had not arrived when its time was over."""

    code = "body-timeout"


class UnsupportedMediaType(errors.ProvenanceError):
    """A body that is not application/json in UTF-8, or that is compressed."""

    code = "unsupported-media-type"


class BatchRefused(errors.ProvenanceError):
    """Some events of an all-or-nothing array are refused, so none is stored;
    `extra["results"]` has one entry each.
    """

    code = "batch-refused"


class InternalError(errors.ProvenanceError):
    """A fault of ours. `extra["id"]` finds it in the log."""

    code = "internal-error"


class Unavailable(errors.ProvenanceError):
    """The database or the ledger's files do not answer."""

    code = "unavailable"


def wants_problems(request: HttpRequest) -> bool:
    """Whether a failure of `request` is answered with problem+json: under /api/, and
    where a page is asked for its bundle.
    """
    return request.path.startswith(PREFIX) or request.GET.get("format") == "bundle"


def describe(error: errors.ProvenanceError) -> dict[str, Any]:
    """The problem object of `error`, members of its `extra` included."""
    problem = problems.of(error.code)
    return {
        **error.extra,
        "type": f"{settings.CUSTOS_ORIGIN}{PREFIX}errors/#{error.code}",
        "title": problem.title,
        "status": problem.status,
        "detail": error.detail,
        "code": error.code,
    }


class ProblemResponse(HttpResponse):
    """A problem+json answer, with its code."""

    def __init__(self, body: Mapping[str, Any]) -> None:
        content = json.dumps(body, default=str)
        super().__init__(content, status=body["status"], content_type=CONTENT_TYPE)
        self.code = str(body["code"])


def response(error: errors.ProvenanceError) -> ProblemResponse:
    """The answer to a request that failed with `error`."""
    answer = ProblemResponse(describe(error))
    answer["Cache-Control"] = "no-store"
    if seconds := error.extra.get("retry_after") or problems.of(error.code).retry_after:
        answer["Retry-After"] = str(seconds)
    if error.code == Unauthenticated.code:
        answer["WWW-Authenticate"] = 'Api-Key realm="custos"'
    return answer


def handle(error: Exception, context: Mapping[str, Any]) -> HttpResponse:
    """REST framework's exception handler."""
    return response(classify(error))


def classify(error: Exception) -> errors.ProvenanceError:
    """The typed error that `error` amounts to, the finer kinds before the coarser. An
    unforeseen error is logged with its traceback.
    """
    match error:
        case errors.ProvenanceError():
            typed = error
        case rest_exceptions.ValidationError():
            typed = errors.Malformed("some fields are not as expected", fields=error.detail)
        case rest_exceptions.MethodNotAllowed():
            typed = MethodNotAllowed(str(error.detail))
        case rest_exceptions.UnsupportedMediaType():
            typed = UnsupportedMediaType(str(error.detail))
        case rest_exceptions.NotFound() | Http404():
            typed = of_status(404)
        case django_exceptions.RequestDataTooBig():
            typed = of_status(413)
        case (
            rest_exceptions.APIException()
            | django_exceptions.SuspiciousOperation()
            | django_exceptions.BadRequest()
        ):
            typed = BadRequest(str(error)[:200])
        case OperationalError() | InterfaceError() | OSError():
            log.error("the record cannot be reached", exc_info=error)
            typed = of_status(503)
        case _:
            typed = of_status(500)
            log.error("internal error %s", typed.extra["id"], exc_info=error)
    return typed


def of_status(status: int) -> errors.ProvenanceError:
    """The typed error of a bare HTTP status: an answer of Django's own, before or
    instead of a view.
    """
    match status:
        case 404:
            return NotFound("there is nothing here")
        case 405:
            return MethodNotAllowed("this endpoint does not take that method")
        case 413:
            return errors.TooLarge("the body is larger than this endpoint takes")
        case 503:
            return Unavailable("the record cannot be reached now; nothing was stored")
        case _ if status < 500:
            return BadRequest("the request cannot be read")
        case _:
            reference = uuid.uuid4().hex
            return InternalError("this should not have happened; tell us the id", id=reference)


class ProblemMiddleware:
    """Answers every failure under /api/, and of a bundle, with problem+json, and logs it
    under the request's id, which the answer has as X-Request-ID.

    It MUST come before every middleware that may refuse a request.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        answer = self.get_response(request)
        if answer.status_code < 400 or not wants_problems(request):
            return answer
        problem = answer if isinstance(answer, ProblemResponse) else _problem_of(answer)
        problem["X-Request-ID"] = _request_id(request)
        _log_refusal(request, problem)
        return problem

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        """Answer for a plain view that raised."""
        return response(classify(error)) if wants_problems(request) else None


def _problem_of(answer: HttpResponseBase) -> ProblemResponse:
    """The problem in place of an answer of Django's own."""
    problem = response(of_status(answer.status_code))
    if answer.has_header("Allow"):
        problem["Allow"] = answer["Allow"]
    return problem


def _request_id(request: HttpRequest) -> str:
    """The id that a proxy or the client gave the request, else a new one."""
    given = request.META.get("HTTP_X_REQUEST_ID", "")
    return given if _REQUEST_ID.fullmatch(given) else uuid.uuid4().hex


def _log_refusal(request: HttpRequest, problem: ProblemResponse) -> None:
    """One line for each refused request. No body, query, detail or address: they may say
    who somebody is.
    """
    log.warning(
        "refused %d %s: %s %s, party %s, API key %s, request %s",
        problem.status_code,
        problem.code,
        printing.printable(str(request.method), 10),
        printing.printable(request.path, 200),
        request.META.get(PARTY) or "none",
        request.META.get(KEY) or "none",
        problem["X-Request-ID"],
    )
