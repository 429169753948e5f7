"""The base of every endpoint: REST framework's hooks, set for this API, and one answer
for a write sent twice.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, ClassVar, Final, TypeVar, cast

import orjson
from django.db.models import Model
from django.http import HttpRequest, HttpResponse
from rest_framework.generics import GenericAPIView
from rest_framework.permissions import AllowAny, BasePermission
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import Serializer

from provenance.api import fields, parsers, permissions, renderers
from provenance.api.permissions import Caller
from provenance.core import errors
from provenance.models.parties import Scope
from provenance.services.record import idempotency
from provenance.services.site import addresses, limits
from provenance.services.site.limits import Kind

M_co = TypeVar("M_co", bound=Model, covariant=True)

NO_STORE: Final = {"Cache-Control": "no-store"}


class ApiView(GenericAPIView[M_co]):
    """An endpoint. `scopes` names for each of its methods the scope it takes, None for
    a method open to everybody; `query_class` holds the parameters of its GET.
    """

    scopes: ClassVar[Mapping[str, Scope | None]] = {}
    query_class: ClassVar[type[fields.Query]] = fields.Query
    content_negotiation_class = renderers.FirstChoice
    http_method_names = ["get", "head", "post"]

    @property
    def default_response_headers(self) -> dict[str, str]:
        return super().default_response_headers | NO_STORE

    def get_permissions(self) -> Sequence[BasePermission]:
        method = str(self.request.method)
        scope = self.scopes["GET" if method == "HEAD" else method]
        return [AllowAny() if scope is None else permissions.HasScope(scope)]

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Check the method, the API key and its scope, then the query or the headers of
        the body. Nothing of the body is read here.
        """
        if request.method not in self.allowed_methods:
            self.http_method_not_allowed(request)
        super().initial(request, *args, **kwargs)
        if request.method == "POST":
            parsers.check_headers(request, limit=parsers.MAX_BODY)
        else:
            self.query = valid(self.query_class, request.query_params)

    def handle_exception(self, exc: Exception) -> Response:
        """Answer for an error. A stranger who names goods that are not there has guessed."""
        if isinstance(exc, errors.UnknownSubject) and permissions.caller_of(self.request) is None:
            try:
                limits.take(Kind.GUESSES, addresses.client(self.request.META))
            except limits.RateLimited as limited:
                exc = limited
        return super().handle_exception(exc)

    @property
    def caller(self) -> Caller:
        """The caller of an endpoint that takes a scope."""
        return cast(Caller, permissions.caller_of(self.request))

    @property
    def reader(self) -> str | None:
        """The GLN for which an open endpoint is asked; None without a key that is good
        for reading.
        """
        caller = permissions.caller_of(self.request)
        return caller.gln if caller is not None and Scope.READ in caller.scopes else None

    def once(self, write: Callable[[], Any]) -> HttpResponse:
        """201 with the answer of `write`, done once at most for an Idempotency-Key."""
        body = orjson.dumps(self.request.data, option=orjson.OPT_SORT_KEYS)
        return answer_once(self.request, self.caller, body, lambda: created(write()))


def answer_once(
    request: HttpRequest, caller: Caller, body: bytes, write: Callable[[], idempotency.StoredAnswer]
) -> HttpResponse:
    """The answer to a write, stored or new, as a response."""
    head = (str(request.method), request.path, request.META.get("QUERY_STRING", ""))
    asked = idempotency.request_hash(*(part.encode() for part in head), body)
    key = request.META.get("HTTP_IDEMPOTENCY_KEY")
    answer = idempotency.run(write, scope=caller.name, key=key, request=asked)
    headers = NO_STORE | ({"Idempotency-Replayed": "true"} if answer.replayed else {})
    return HttpResponse(
        answer.body, content_type="application/json", status=answer.status, headers=headers
    )


def created(value: Any, status: int = 201) -> idempotency.StoredAnswer:
    """The answer of a write that was done, now or before."""
    return idempotency.StoredAnswer(status, renderers.to_json(value).decode())


def valid(serializer_class: type[Serializer[Any]], data: Any) -> Mapping[str, Any]:
    """The values in `data`, read by the serializer. Raises Malformed or, for a field,
    an error of core.
    """
    serializer = serializer_class(data=data)
    serializer.is_valid(raise_exception=True)
    values: Mapping[str, Any] = serializer.validated_data
    return values
