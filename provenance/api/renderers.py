"""The bytes of the answers: JSON by orjson, or plain text, whatever Accept says."""

from collections.abc import Iterable
from typing import Any

import orjson
from rest_framework.negotiation import BaseContentNegotiation
from rest_framework.parsers import BaseParser
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request


def to_json(value: Any) -> bytes:
    """The JSON text of an answer."""
    return orjson.dumps(value, default=str)


class JsonRenderer(BaseRenderer):
    """JSON; an `orjson.Fragment` in it is passed through as it is."""

    media_type = "application/json"
    format = "json"
    charset = None

    def render(self, data: Any, *_: Any, **__: Any) -> bytes:
        return to_json(data)


class TextRenderer(BaseRenderer):
    """Plain text in UTF-8."""

    media_type = "text/plain"
    format = "txt"

    def render(self, data: Any, *_: Any, **__: Any) -> str:
        return str(data)


class FirstChoice(BaseContentNegotiation):
    """An endpoint reads and writes one format, whatever the client would like."""

    def select_parser(self, request: Request, parsers: Iterable[BaseParser]) -> BaseParser:
        return next(iter(parsers))

    def select_renderer(
        self, request: Request, renderers: Iterable[BaseRenderer], format_suffix: str | None = None
    ) -> tuple[BaseRenderer, str]:
        renderer = next(iter(renderers))
        return renderer, renderer.media_type
