"""Every write endpoint reads one strict JSON text of a declared length."""

import pytest
from django.http import HttpRequest
from django.test import RequestFactory

from provenance.api import parsers
from provenance.core import errors

LIMIT = 1000


def post(body: bytes = b"{}", /, **meta: str) -> HttpRequest:
    request = RequestFactory().post("/api/v1/events", body, content_type="application/json")
    request.META.update(meta)
    return request


@pytest.mark.parametrize(
    "content_type",
    [
        "application/json",
        "application/json; charset=utf-8",
        'application/json;charset="UTF-8"',
        "Application/JSON",
    ],
)
def test_json_in_utf8_is_read(content_type: str) -> None:
    assert parsers.read_body(post(CONTENT_TYPE=content_type), limit=LIMIT) == b"{}"


@pytest.mark.parametrize(
    ("meta", "code"),
    [
        ({"CONTENT_TYPE": ""}, "unsupported-media-type"),
        ({"CONTENT_TYPE": "text/plain"}, "unsupported-media-type"),
        ({"CONTENT_TYPE": "application/json; charset=utf-7"}, "unsupported-media-type"),
        ({"CONTENT_TYPE": "application/json; charset=utf-16"}, "unsupported-media-type"),
        ({"CONTENT_TYPE": "application/json; charset=unicode_escape"}, "unsupported-media-type"),
        ({"CONTENT_TYPE": "application/json; charset*=utf-8''utf-8"}, "unsupported-media-type"),
        ({"CONTENT_TYPE": "application/json; version=1"}, "unsupported-media-type"),
        ({"CONTENT_TYPE": "application/x-www-form-urlencoded"}, "unsupported-media-type"),
        ({"HTTP_CONTENT_ENCODING": "gzip"}, "unsupported-media-type"),
        ({"HTTP_CONTENT_ENCODING": "identity, br"}, "unsupported-media-type"),
        ({"CONTENT_LENGTH": ""}, "length-required"),
        ({"HTTP_TRANSFER_ENCODING": "chunked"}, "length-required"),
        ({"CONTENT_LENGTH": "1001"}, "too-large"),
        ({"CONTENT_LENGTH": "9" * 5000}, "too-large"),
        ({"CONTENT_LENGTH": "-1"}, "bad-request"),
        ({"CONTENT_LENGTH": "٢"}, "bad-request"),
        ({"CONTENT_LENGTH": "0"}, "bad-json"),
        ({"CONTENT_LENGTH": "3"}, "bad-json"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_body_that_could_be_read_two_ways_is_refused(meta: dict[str, str], code: str) -> None:
    with pytest.raises(errors.ProvenanceError) as refused:
        parsers.read_body(post(**meta), limit=LIMIT)
    assert refused.value.code == code


def test_a_body_of_exactly_the_limit_is_read() -> None:
    body = b'"' + b"a" * (LIMIT - 2) + b'"'
    assert parsers.read_body(post(body), limit=LIMIT) == body
