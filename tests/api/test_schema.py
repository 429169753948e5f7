"""The OpenAPI document is valid, whole, and shown."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import jsonschema_rs
import pytest
from django.conf import settings
from django.core.management import call_command
from django.test import Client

from provenance.api import explained, problems
from provenance.core import gs1
from tests.api.endpoints import ENDPOINTS, PATHS

API = (Path(settings.BASE_DIR) / "docs" / "api.md").read_text()


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


def operations(schema: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for methods in schema["paths"].values():
        yield from methods.values()


def contents(operation: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """The content of the body and of each answer that is no problem."""
    yield from operation.get("requestBody", {}).get("content", {}).values()
    for status, answer in operation["responses"].items():
        if status in ("200", "201"):
            yield from answer["content"].values()


def as_json_schema(value: Any) -> Any:
    """A shape of OpenAPI 3.0 in JSON Schema, which has no `nullable`."""
    if isinstance(value, list):
        return [as_json_schema(each) for each in value]
    if not isinstance(value, dict):
        return value
    plain = {name: as_json_schema(of) for name, of in value.items() if name != "nullable"}
    return {"anyOf": [plain, {"type": "null"}]} if value.get("nullable") is True else plain


def test_every_operation_has_a_summary_a_tag_and_examples(schema: dict[str, Any]) -> None:
    tags = {tag["name"] for tag in schema["tags"] if tag["description"]}
    for operation in operations(schema):
        name = operation["operationId"]
        assert 10 < len(operation["summary"]) < 80, name
        assert set(operation["tags"]) <= tags, name
        assert all("example" in content for content in contents(operation)), name
    assert {operation["operationId"] for operation in operations(schema)} == set(
        explained.OPERATIONS
    )


def test_every_example_has_the_shape_that_it_shows(schema: dict[str, Any]) -> None:
    components = as_json_schema(schema["components"])
    for operation in operations(schema):
        for content in contents(operation):
            shape = {"allOf": [as_json_schema(content["schema"])], "components": components}
            faults = jsonschema_rs.validator_for(shape).iter_errors(content["example"])
            assert [fault.message for fault in faults] == [], operation["operationId"]


def texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | list):
        for each in value.values() if isinstance(value, dict) else value:
            yield from texts(each)


def test_every_identifier_in_the_examples_and_in_the_guide_is_a_good_one() -> None:
    shown = list(texts([list(told) for told in explained.OPERATIONS.values()]))
    shown += re.findall(r'https://id\.gs1\.org/[^\s"\'`…{]+', API)
    subjects = {text for text in shown if text.startswith("https://id.gs1.org/")}
    assert len(subjects) > 3
    for text in subjects:
        gs1.parse_subject(text)
    for text in shown:
        if re.fullmatch("[0-9]{13}", text):
            gs1.parse_gln(text)


CLOSED = {
    *("kind", "situation", "verdict", "outcome", "procedure", "purpose", "custody"),
    *("state", "biz_step", "roles", "on_error"),
}


def test_every_closed_vocabulary_is_an_enum(schema: dict[str, Any]) -> None:
    shapes = schema["components"]["schemas"]
    members = [
        (name, of) for shape in shapes.values() for name, of in shape.get("properties", {}).items()
    ]
    members += [
        (parameter["name"], parameter["schema"])
        for operation in operations(schema)
        for parameter in operation.get("parameters", [])
    ]
    found = set()
    for name, of in members:
        referred = re.findall(r"#/components/schemas/(\w+)", json.dumps(of))
        is_enum = "enum" in of or any("enum" in shapes[each] for each in referred)
        is_object = any("properties" in shapes[each] for each in referred)
        if name in CLOSED and not is_object:
            assert is_enum, (name, of)
            found.add(name)
    assert found == CLOSED


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


def test_the_idempotency_key_is_described_wherever_it_works(schema: dict[str, Any]) -> None:
    taking = {
        operation["operationId"]
        for operation in operations(schema)
        for parameter in operation.get("parameters", [])
        if parameter["name"] == "Idempotency-Key" and "seven days" in parameter["description"]
    }
    writing = {
        methods["post"]["operationId"] for methods in schema["paths"].values() if "post" in methods
    }
    assert taking == writing - {"prepare_events", "print_labels"}


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


def test_the_index_lists_every_endpoint_with_its_scopes(client: Client) -> None:
    index = client.get("/api/v1/").json()
    listed = {
        (path, method): scope
        for endpoint in index["endpoints"]
        for path in [endpoint["path"]]
        for method, scope in endpoint["methods"].items()
    }
    assert len(listed) == len(ENDPOINTS)
    assert listed["/api/v1/verdicts", "GET"] is None
    assert listed["/api/v1/events", "POST"] == "events:write"
    for name in ("documentation", "documents", "schema", "error_codes"):
        assert client.get(urlsplit(index[name]).path).status_code == 200


def test_the_type_of_every_problem_leads_somewhere(client: Client) -> None:
    page = client.get("/api/errors/").content.decode()
    assert [code for code in problems.TABLE if f'id="{code}"' not in page] == []
    guide = client.get("/docs/errors").content.decode()
    anchors = re.findall(r'href="/docs/errors#([^"]+)"', page)
    assert len(anchors) == len(problems.TABLE)
    assert [anchor for anchor in anchors if f'id="{anchor}"' not in guide] == []
