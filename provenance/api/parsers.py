"""What every write door reads: one strict JSON text, its length known before its first
byte is read.

MUST be called before anything touches `request.body`, `request.POST` or REST
framework's `request.data`.
"""

import re
from collections.abc import Mapping
from typing import IO, Any, Final

from django.http import HttpRequest
from rest_framework.parsers import JSONParser

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
    """The request's body. Raises UnsupportedMediaType, LengthRequired, TooLarge,
    BadJson; reads only in the end.
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
    """Hold the headers of a body against the door; return its length."""
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
    return int(text)


class StrictJSONParser(JSONParser):
    """REST framework's way in: the same rules, one object at the top."""

    def parse(
        self,
        stream: IO[Any],
        media_type: str | None = None,
        parser_context: Mapping[str, Any] | None = None,
    ) -> dict[str, Any]:
        """Raises the errors of `canonical.parse_object`."""
        request: HttpRequest = (parser_context or {})["request"]._request  # noqa: SLF001  the one way to the socket
        return canonical.parse_object(read_body(request))
