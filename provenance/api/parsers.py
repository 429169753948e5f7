"""The input of every endpoint: one strict JSON text, its length known before its first
byte is read, or a query with each parameter at most once.

`check_headers` MUST be called before anything touches `request.body`, `request.POST` or
REST framework's `request.data`.
"""

import re
from collections.abc import Collection
from typing import Any, Final

from django.http import HttpRequest, QueryDict
from rest_framework.parsers import BaseParser

from provenance.api import errors as api_errors
from provenance.core import errors
from provenance.core.signing import canonical

MAX_BODY: Final = 1024 * 1024
MAX_BATCH_BODY: Final = 10 * 1024 * 1024
MAX_BATCH: Final = 1000
_DIGITS: Final = 9
_JSON: Final = re.compile(
    r'application/json(?:[ \t]*;[ \t]*charset=("?)utf-?8\1)?[ \t]*;?', re.IGNORECASE
)


def read_body(request: HttpRequest, *, limit: int = MAX_BODY) -> bytes:
    """The request's body. Raises UnsupportedMediaType, LengthRequired, BadRequest,
    TooLarge before anything is read, and BadJson.
    """
    length = check_headers(request, limit=limit)
    try:
        body = request.read(length)
    except OSError as error:
        raise errors.BadJson("the connection broke within the body", position=0) from error
    if len(body) != length:
        raise errors.BadJson(f"expected {length} bytes, got {len(body)}", position=len(body))
    return body


def check_headers(request: HttpRequest, *, limit: int) -> int:
    """Return the length that the headers declare. Raises UnsupportedMediaType,
    LengthRequired, BadRequest, TooLarge, and BadJson for an empty body; BodyTimeout or
    Unavailable for one of which the server's front has only a part.
    """
    meta = request.META
    content_type = meta.get("CONTENT_TYPE", "").strip()
    if not _JSON.fullmatch(content_type):
        raise api_errors.UnsupportedMediaType(
            f"expected application/json in UTF-8, got {content_type!r:.100}"
        )
    if meta.get("HTTP_CONTENT_ENCODING", "identity").strip().lower() != "identity":
        raise api_errors.UnsupportedMediaType("a compressed body; send it as it is")
    text = meta.get("CONTENT_LENGTH", "")
    if meta.get("HTTP_TRANSFER_ENCODING") or not text:
        raise api_errors.LengthRequired("send Content-Length, and no Transfer-Encoding")
    if not (text.isascii() and text.isdecimal()):
        raise api_errors.BadRequest("Content-Length is not a number")
    if len(text) > _DIGITS or int(text) > limit:
        raise errors.TooLarge(f"at most {limit} bytes here, got {text[:20]}", limit=limit)
    if int(text) == 0:
        raise errors.BadJson("an empty body", position=0)
    _check_whole(meta.get("custos.body"))
    return int(text)


def _check_whole(unfinished: str | None) -> None:
    """Raise the error for a body that did not come to its end, as the server's front says."""
    match unfinished:
        case "late":
            raise api_errors.BodyTimeout("the body came too slowly; nothing was stored")
        case "crowded":
            raise api_errors.Unavailable("too many bodies arrive at this moment; send it again")
        case "broken":
            raise errors.BadJson("the connection broke within the body", position=0)


class StrictJSONParser(BaseParser):
    """The body of REST framework's views: the same rules, one object at the top."""

    media_type = "application/json"

    def parse(self, stream: Any, media_type: Any = None, parser_context: Any = None) -> Any:
        """Return the object. Raises the errors of `read_body` and of
        `canonical.parse_object`.
        """
        return canonical.parse_object(read_body(parser_context["request"]))


class StrictBatchParser(StrictJSONParser):
    """The same, with an object or an array at the top."""

    def parse(self, stream: Any, media_type: Any = None, parser_context: Any = None) -> Any:
        return canonical.parse(read_body(parser_context["request"]))


def read_query(parameters: QueryDict, names: Collection[str]) -> dict[str, str]:
    """The parameters, at most `names` and each once. Raises Malformed, BadText."""
    query: dict[str, str] = {}
    for name, values in parameters.lists():
        if name not in names or len(values) != 1:
            expected = f"each of {', '.join(names)} at most once" if names else "no parameters"
            raise errors.Malformed(f"expected {expected}, got {name!r:.60}")
        if "\0" in values[0]:
            raise errors.BadText("an escaped NUL")
        query[name] = values[0]
    return query
