"""The OpenAPI document is valid, whole, and shown."""

import re
from typing import Any

import pytest
from django.core.management import call_command
from django.test import Client

from provenance.api import problems
from tests.api.test_access import ENDPOINTS, PATHS


@pytest.fixture
def schema(client: Client) -> dict[str, Any]:
    answer: dict[str, Any] = client.get("/api/schema/?format=json").json()
    return answer


def test_the_schema_is_valid(capsys: pytest.CaptureFixture[str]) -> None:
    call_command("spectacular", "--validate", "--fail-on-warn", "--format", "openapi-json")
    assert '"openapi"' in capsys.readouterr().out


def test_the_schema_has_every_endpoint_and_no_other(schema: dict[str, Any]) -> None:
    described = {
        (path, method.upper()) for path, methods in schema["paths"].items() for method in methods
    }
    assert len(described) == len(ENDPOINTS)
    for name, method in ENDPOINTS:
        fits = [
            path
            for path, described_method in described
            if described_method == method
            and re.fullmatch(re.sub(r"\{\w+\}", "[^/]+", path), f"/api/v1{PATHS[name]}")
        ]
        assert fits, (name, method)
        security = schema["paths"][fits[0]][method.lower()]["security"]
        assert ({} in security) is (ENDPOINTS[name, method] is None), (name, method)


def test_one_thing_has_one_name(schema: dict[str, Any]) -> None:
    """A subject is its `uri`, a party its `gln` or its part, a product its `gtin`, a key
    its `public_key`.
    """
    named = {
        parameter["name"]
        for methods in schema["paths"].values()
        for operation in methods.values()
        for parameter in operation.get("parameters", [])
    }
    for shape in schema["components"]["schemas"].values():
        named |= shape.get("properties", {}).keys()
    assert not named & {"subject", "key", "product", "party", "pending", "issued_by"}


def test_every_operation_says_what_a_problem_looks_like(schema: dict[str, Any]) -> None:
    for methods in schema["paths"].values():
        for operation in methods.values():
            assert "application/problem+json" in operation["responses"]["default"]["content"]
    assert set(schema["components"]["schemas"]["Problem"]["properties"]["code"]["enum"]) == set(
        problems.TABLE
    )


def test_the_page_shows_it_without_a_script_of_its_own_or_of_others(client: Client) -> None:
    page = client.get("/api/docs/")
    assert page.status_code == 200
    html = page.content.decode()
    assert all("src=" in tag for tag in re.findall(r"<script[^>]*>", html))
    assert not re.findall(r"(?:src|href)=\"(?:https?:)?//", html)
    assert "script-src 'self'" in page["Content-Security-Policy"]
    script = re.search(r'src="([^"]*script=[^"]*)"', html)
    assert script is not None
    assert client.get(script[1].replace("&amp;", "&")).status_code == 200


def test_the_type_of_every_problem_leads_somewhere(client: Client) -> None:
    page = client.get("/api/errors/").content.decode()
    assert [code for code in problems.TABLE if f'id="{code}"' not in page] == []
