"""Failures as RFC 9457 `application/problem+json`, made in one place.

REST framework views come through `handle`, plain views and everything Django answers by
itself (unknown paths, refused hosts, its own 500) through `ProblemMiddleware`. Both end
in `response`.
"""

import json
import logging
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
from provenance.core import errors

PREFIX: Final = "/api/"
CONTENT_TYPE: Final = "application/problem+json"

log = logging.getLogger(__name__)


class BadRequest(errors.ProvenanceError):
    """A request that cannot be read: its host, its path or a header."""

    code = "bad-request"


class Unauthenticated(errors.ProvenanceError):
    """No API key where one is needed, or one that is unknown, expired or revoked."""

    code = "unauthenticated"


class ScopeMissing(errors.ProvenanceError):
    """The API key is good, but not for this; `extra["scope"]` names what it lacks."""

    code = "scope-missing"


class NotFound(errors.ProvenanceError):
    """There is nothing under this address, or nothing that this caller may see."""

    code = "not-found"


class MethodNotAllowed(errors.ProvenanceError):
    """The address exists, but not for this method."""

    code = "method-not-allowed"


class LengthRequired(errors.ProvenanceError):
    """A body without Content-Length, or a chunked one: WSGI would read it as empty."""

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


def response(error: errors.ProvenanceError) -> HttpResponse:
    """The answer to a request that failed with `error`."""
    body = describe(error)
    answer = HttpResponse(
        json.dumps(body, default=str), status=body["status"], content_type=CONTENT_TYPE
    )
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
    unforeseen one is logged with its traceback.
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
            typed = Unavailable("the record cannot be reached now; nothing was stored")
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
        case _ if status < 500:
            return BadRequest("the request cannot be read")
        case _:
            reference = uuid.uuid4().hex
            return InternalError("this should not have happened; tell us the id", id=reference)


class ProblemMiddleware:
    """Answers every failure under /api/ with problem+json.

    It MUST come before every middleware that may refuse a request.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        answer = self.get_response(request)
        if answer.status_code < 400 or not request.path.startswith(PREFIX):
            return answer
        if answer.get("Content-Type", "").startswith(CONTENT_TYPE):
            return answer
        problem = response(of_status(answer.status_code))
        if answer.has_header("Allow"):
            problem["Allow"] = answer["Allow"]
        return problem

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        """Answer for a plain view under /api/ that raised."""
        return response(classify(error)) if request.path.startswith(PREFIX) else None
