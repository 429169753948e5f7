"""The order of the middleware: a problem of the API is an answer like any other."""

import pytest
from django.test import Client

from provenance.views import headers

HEADERS = {
    "Content-Type": "application/problem+json",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": headers.POLICY,
}


@pytest.mark.parametrize(
    ("path", "host", "status"),
    [("/api/v1/parties", "evil.example", 400), ("/api/v1/nothing", "localhost", 404)],
    ids=["refused-by-middleware", "refused-by-a-view"],
)
def test_a_problem_has_the_headers_of_every_answer(
    client: Client, path: str, host: str, status: int
) -> None:
    answer = client.get(path, headers={"host": host})
    assert answer.status_code == status
    assert {name: answer.get(name) for name in HEADERS} == HEADERS
    assert "default-src 'none'" in answer["Content-Security-Policy"]


def test_no_page_may_ask_for_a_device(client: Client) -> None:
    policy = client.get("/verify")["Permissions-Policy"].split(", ")
    assert {"camera=()", "microphone=()", "geolocation=()"} <= set(policy)
