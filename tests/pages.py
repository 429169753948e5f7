"""The verify page as a test reads it."""

import re

from django.http import HttpResponse
from django.test import Client

from provenance.core import gs1

PHONE = "Mozilla/5.0 (Linux; Android 15; CUBOT KINGKONG) AppleWebKit/537.36 Chrome/131.0 Mobile"


def path(uri: str) -> str:
    return gs1.parse_subject(uri).path


def get(uri: str, **headers: str) -> HttpResponse:
    return Client().get(path(uri), headers=headers)  # type: ignore[return-value]


def text(response: HttpResponse) -> str:
    return response.content.decode()


def heading(response: HttpResponse) -> str:
    match = re.search(r"<h1[^>]*>(.*?)</h1>", text(response), re.DOTALL)
    assert match is not None
    return match[1]


def colour(response: HttpResponse) -> str:
    match = re.search(r'class="card verdict (\w+)"', text(response))
    assert match is not None
    return match[1]
