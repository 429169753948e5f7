"""The order of the middleware: a problem of the API is an answer like any other."""

import pytest
from django.test import Client

HEADERS = {
    "Content-Type": "application/problem+json",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
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
