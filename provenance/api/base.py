"""What every door of the API shares: who may come in, strict input, one answer for a
write sent twice, pages.
"""

import base64
import binascii
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import Any, ClassVar, Final, TypeVar
from uuid import UUID

import orjson
from django.db.models import Model, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from rest_framework import exceptions, negotiation
from rest_framework.parsers import BaseParser
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request
from rest_framework.serializers import Serializer
from rest_framework.views import APIView

from provenance.api import parsers, permissions
from provenance.api.permissions import Caller
from provenance.core import errors
from provenance.core.signing import canonical
from provenance.models.parties import Scope
from provenance.services.record import idempotency

M = TypeVar("M", bound=Model)

PAGE: Final = 100
_JSON: Final = "application/json"


class OnlyJson(negotiation.BaseContentNegotiation):
    """The API speaks JSON, whatever Accept says."""

    def select_parser(self, request: Request, parsers: Iterable[BaseParser]) -> BaseParser:
        return next(iter(parsers))

    def select_renderer(
        self, request: Request, renderers: Iterable[BaseRenderer], format_suffix: str | None = None
    ) -> tuple[BaseRenderer, str]:
        return next(iter(renderers)), _JSON


class ApiView(APIView):
    """A door. `scopes` names for each of its methods the scope it takes; None is open
    to everybody.
    """

    scopes: ClassVar[Mapping[str, Scope | None]] = {}
    authentication_classes = []
    permission_classes = []
    parser_classes = [parsers.StrictJSONParser]
    content_negotiation_class = OnlyJson
    http_method_names = ["get", "head", "post"]
    caller: Caller | None = None

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        method = "GET" if request.method == "HEAD" else str(request.method)
        if method not in self.scopes:
            raise exceptions.MethodNotAllowed(method)
        self.caller = permissions.require(request._request, self.scopes[method])  # noqa: SLF001
        if method == "POST":
            parsers.check_headers(request._request, limit=parsers.MAX_BODY)  # noqa: SLF001

    @property
    def party(self) -> Caller:
        """The caller of a door that takes a scope."""
        return permissions.known(self.caller)

    @property
    def gln(self) -> str | None:
        """The party on whose behalf an open door is asked, if any: its key must be good
        for reading.
        """
        return (
            self.caller.gln
            if self.caller is not None and Scope.READ in self.caller.scopes
            else None
        )

    def once(self, request: Request, write: Callable[[], idempotency.Answer]) -> HttpResponse:
        """`write`, at most once for this Idempotency-Key."""
        body = orjson.dumps(request.data, option=orjson.OPT_SORT_KEYS)
        return answer_once(request._request, self.party, body, write)  # noqa: SLF001


def answer_once(
    request: HttpRequest, caller: Caller, body: bytes, write: Callable[[], idempotency.Answer]
) -> HttpResponse:
    """The answer to a write, stored or new, as a response."""
    asked = idempotency.request_hash(
        str(request.method).encode(),
        request.path.encode(),
        request.META.get("QUERY_STRING", "").encode(),
        body,
    )
    answer = idempotency.run(
        write, scope=caller.name, key=request.META.get("HTTP_IDEMPOTENCY_KEY"), request=asked
    )
    response = HttpResponse(answer.body, status=answer.status, content_type=_JSON)
    response["Cache-Control"] = "no-store"
    if answer.replayed:
        response["Idempotency-Replayed"] = "true"
    return response


def created(value: Any, status: int = 201) -> idempotency.Answer:
    """The answer of a write that was done."""
    return idempotency.Answer(status, orjson.dumps(value, default=str).decode())


def ok(value: Any) -> HttpResponse:
    """200 with a JSON value; never kept by anybody on the way."""
    response = HttpResponse(orjson.dumps(value, default=str), content_type=_JSON)
    response["Cache-Control"] = "no-store"
    return response


def valid(kind: type[Serializer[Any]], data: Any) -> Mapping[str, Any]:
    """What `data` holds, read by the serializer `kind`. Raises Malformed or what core
    says of a field.
    """
    serializer = kind(data=data)
    serializer.is_valid(raise_exception=True)
    value: Mapping[str, Any] = serializer.validated_data
    return value


def read_query(request: HttpRequest, *names: str) -> dict[str, str]:
    """The query's parameters: at most `names`, each once. Raises Malformed, BadText."""
    query: dict[str, str] = {}
    for name, values in request.GET.lists():
        if name not in names or len(values) != 1:
            expected = f"each of {', '.join(names)} at most once" if names else "no parameters"
            raise errors.Malformed(f"expected {expected}, got {name!r:.60}")
        if "\0" in values[0]:
            raise errors.BadText("an escaped NUL")
        query[name] = values[0]
    return query


def needed(query: Mapping[str, str], name: str) -> str:
    """The parameter `name`. Raises Malformed when it is missing or empty."""
    if not query.get(name):
        raise errors.Malformed(f"the parameter {name} is missing")
    return query[name]


# --- pages: by key, never by offset -------------------------------------------------


def limit_of(query: Mapping[str, str]) -> int:
    """How many rows a page has. Raises Malformed unless 1 to 100."""
    text = query.get("limit", str(PAGE))
    if not (text.isascii() and text.isdecimal() and len(text) <= 3 and 1 <= int(text) <= PAGE):
        raise errors.Malformed(f"limit is a number from 1 to {PAGE}")
    return int(text)


def by_name(rows: QuerySet[M], field: str, query: Mapping[str, str]) -> tuple[list[M], str | None]:
    """One page of `rows`, ascending by the unique text column `field`, and where the
    next one begins.
    """
    limit = limit_of(query)
    if "after" in query:
        rows = rows.filter(**{f"{field}__gt": query["after"]})
    found = list(rows.order_by(field)[: limit + 1])
    return found[:limit], getattr(found[limit - 1], field) if len(found) > limit else None


def by_time(rows: QuerySet[M], field: str, query: Mapping[str, str]) -> tuple[list[M], str | None]:
    """One page of `rows`, newest first by the time column `field`, and where the next
    one begins.
    """
    limit = limit_of(query)
    if "after" in query:
        moment, id_ = _read_cursor(query["after"])
        rows = rows.filter(Q(**{f"{field}__lt": moment}) | Q(**{field: moment, "id__lt": id_}))
    found = list(rows.order_by(f"-{field}", "-id")[: limit + 1])
    if len(found) <= limit:
        return found, None
    last = found[limit - 1]
    text = f"{getattr(last, field).isoformat()} {last.pk}"
    return found[:limit], base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def _read_cursor(text: str) -> tuple[datetime, UUID]:
    try:
        moment, id_ = (
            base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)).decode("ascii").split(" ")
        )
        return canonical.parse_timestamp(moment), UUID(id_)
    except (ValueError, binascii.Error, errors.BadTimestamp) as error:
        raise errors.Malformed("after is not a place that a page of ours named") from error
