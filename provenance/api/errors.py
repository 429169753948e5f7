"""The one place where what went wrong becomes RFC 9457 `application/problem+json`.

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
    """The request itself cannot be read: a host, path or header that no client of ours
    sends.
    """

    code = "bad-request"


class Unauthenticated(errors.ProvenanceError):
    """The door needs an API key, and there is none, or it is unknown, expired or
    revoked.
    """

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
    """A body without Content-Length, or a chunked one: behind WSGI it would read as
    empty.
    """

    code = "length-required"


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


def _unreachable(error: Exception) -> Unavailable:
    log.error("the record cannot be reached", exc_info=error)
    return Unavailable("the record cannot be reached now; nothing was stored")


# What frameworks raise, the finer kind before the coarser, and the typed error that it
# amounts to.
_KNOWN: Final[
    tuple[tuple[tuple[type[Exception], ...], Callable[[Any], errors.ProvenanceError]], ...]
] = (
    (
        (rest_exceptions.ValidationError,),
        lambda error: errors.Malformed("some fields are not as expected", fields=error.detail),
    ),
    ((rest_exceptions.MethodNotAllowed,), lambda error: MethodNotAllowed(str(error.detail))),
    (
        (rest_exceptions.UnsupportedMediaType,),
        lambda error: UnsupportedMediaType(str(error.detail)),
    ),
    ((rest_exceptions.NotFound, Http404), lambda _: NotFound("there is nothing here")),
    (
        (django_exceptions.RequestDataTooBig,),
        lambda _: errors.TooLarge("the body is larger than this door takes"),
    ),
    (
        (
            rest_exceptions.APIException,
            django_exceptions.SuspiciousOperation,
            django_exceptions.BadRequest,
        ),
        lambda error: BadRequest(str(error)[:200]),
    ),
    ((OperationalError, InterfaceError, OSError), _unreachable),
)


def describe(error: errors.ProvenanceError) -> dict[str, Any]:
    """The problem object of `error`, members of its `extra` included."""
    problem = problems.TABLE.get(error.code, problems.TABLE["internal-error"])
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
    if error.code in problems.RETRY_AFTER:
        answer["Retry-After"] = str(problems.RETRY_AFTER[error.code])
    if error.code == Unauthenticated.code:
        answer["WWW-Authenticate"] = 'Api-Key realm="custos"'
    return answer


def handle(error: Exception, context: Mapping[str, Any]) -> HttpResponse:
    """REST framework's exception handler."""
    return response(classify(error))


def classify(error: Exception) -> errors.ProvenanceError:
    """The typed error that `error` amounts to. What nobody foresaw is logged with its
    traceback.
    """
    if isinstance(error, errors.ProvenanceError):
        return error
    for kinds, typed in _KNOWN:
        if isinstance(error, kinds):
            return typed(error)
    reference = uuid.uuid4().hex
    log.error("internal error %s", reference, exc_info=error)
    return InternalError("this should not have happened; tell us the id", id=reference)


class ProblemMiddleware:
    """Under /api/, nothing but problem+json is ever said of a failure.

    It MUST stand outside every middleware that may refuse a request.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        answer = self.get_response(request)
        if answer.status_code < 400 or not request.path.startswith(PREFIX):
            return answer
        if answer.get("Content-Type", "").startswith(CONTENT_TYPE):
            return answer
        problem = response(_of_status(answer.status_code))
        if answer.has_header("Allow"):
            problem["Allow"] = answer["Allow"]
        return problem

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        """Plain views under /api/ raise, and this answers."""
        return response(classify(error)) if request.path.startswith(PREFIX) else None


def _of_status(status: int) -> errors.ProvenanceError:
    """What Django answered by itself, before or instead of a view."""
    match status:
        case 404:
            return NotFound("there is nothing here")
        case 405:
            return MethodNotAllowed("this door does not take that method")
        case 413:
            return errors.TooLarge("the body is larger than this door takes")
        case _ if status < 500:
            return BadRequest("the request cannot be read")
        case _:
            return InternalError(
                "this should not have happened; tell us the id", id=uuid.uuid4().hex
            )
