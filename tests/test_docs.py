"""The documents hold all that the code has: errors, scopes, acts, endpoints, rooms,
tables.
"""

import importlib
import json
import pkgutil
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.urls import URLPattern

import customs
import provenance
from customs import models as customs_models
from customs.api import urls as customs_urls
from provenance import models
from provenance.api import errors as api_errors
from provenance.api import problems, urls
from provenance.core import errors
from provenance.core.record import vocabulary
from provenance.models.parties import Scope
from tests import test_architecture

ROOT = Path(__file__).resolve().parent.parent
ERRORS = (ROOT / "docs" / "errors.md").read_text()
API = (ROOT / "docs" / "api.md").read_text()
ARCHITECTURE = (ROOT / "docs" / "architecture.md").read_text()
GLOSSARY = (ROOT / "docs" / "glossary.md").read_text()


def everything_raised() -> dict[str, type[errors.ProvenanceError]]:
    """All classes of typed errors, by code."""
    for app in (provenance, customs):
        for module in pkgutil.walk_packages(app.__path__, f"{app.__name__}."):
            if "migrations" not in module.name and not module.name.endswith("__main__"):
                importlib.import_module(module.name)

    def below(base: type[errors.ProvenanceError]) -> Iterator[type[errors.ProvenanceError]]:
        for child in base.__subclasses__():
            if child.__module__.startswith(("provenance.", "customs.")):
                yield child
            yield from below(child)

    classes = [child for child in below(errors.ProvenanceError) if "code" in vars(child)]
    by_code = {child.code: child for child in classes}
    assert len(by_code) == len(classes), "two errors share a code"
    return by_code


CLASSES = everything_raised()


def test_every_error_has_a_status_and_every_status_an_error() -> None:
    assert problems.TABLE.keys() == CLASSES.keys()


def test_every_code_is_documented_with_its_status() -> None:
    documented = {
        code: int(status)
        for code, status in re.findall(r"^### `([a-z-]+)` \((\d{3})\)$", ERRORS, re.MULTILINE)
    }
    assert documented == {code: problem.status for code, problem in problems.TABLE.items()}


def test_codes_are_lower_case_words() -> None:
    assert [code for code in CLASSES if not re.fullmatch(r"[a-z]+(-[a-z]+)*", code)] == []


@pytest.mark.parametrize("code", sorted(CLASSES))
def test_every_error_is_answered_with_its_code_its_status_and_its_words(code: str) -> None:
    answer = api_errors.response(CLASSES[code]("the reason", subject="x"))
    body, problem = json.loads(answer.content), problems.TABLE[code]
    assert (answer.status_code, body["status"], body["code"]) == (*[problem.status] * 2, code)
    assert (body["title"], body["detail"], body["subject"]) == (problem.title, "the reason", "x")
    again = problem.retry_after
    assert answer.get("Retry-After") == (None if again is None else str(again))
    assert f"### `{body['type'].rpartition('#')[2]}` ({answer.status_code})\n" in ERRORS


def test_every_scope_is_documented() -> None:
    assert [scope for scope in Scope if f"| `{scope}` |" not in API] == []


def test_every_act_is_documented() -> None:
    assert [kind for kind in vocabulary.Act if not kind.is_claim and f"`{kind}`" not in API] == []


def test_every_endpoint_is_documented() -> None:
    ours = [route for route in urls.urlpatterns if isinstance(route, URLPattern)]
    routes = [str(route.pattern) for route in ours]
    routes += [f"v1/{route.pattern}" for route in customs_urls.urlpatterns]
    endpoints = [
        re.sub(r"<\w+:(\w+)>", r"{\1}", route.removeprefix("v1"))
        for route in routes
        if not route.startswith("^")
    ]
    assert [endpoint for endpoint in endpoints if endpoint.rstrip("/") not in API] == []


@pytest.mark.parametrize(
    ("floor", "drawn"),
    [("core", test_architecture.CORE_ROOMS), ("services", test_architecture.SERVICE_ROOMS)],
)
def test_the_rooms_are_drawn_as_the_architecture_test_has_them(
    floor: str, drawn: dict[str, tuple[str, ...]]
) -> None:
    table = ARCHITECTURE.partition(f"| `{floor}/` |")[2].partition("\n\n")[0]
    rows = re.findall(r"^\| `(\w+)` \|.*\|([\w, ]*)\|$", table, re.MULTILINE)
    assert [(room, tuple(re.findall(r"\w+", may))) for room, may in rows] == list(drawn.items())


def test_a_room_of_the_services_bears_a_noun_of_the_glossary() -> None:
    words = re.findall(r"\w+", " ".join(re.findall(r"^\|([^|]+)\|", GLOSSARY, re.MULTILINE)))
    folders = (ROOT / "provenance" / "services").glob("*/__init__.py")
    assert {path.parent.name for path in folders} <= set(words)


def test_every_table_is_named_in_the_architecture() -> None:
    names = [*models.__all__, *customs_models.__all__]
    assert [name for name in names if f"`{name}`" not in ARCHITECTURE] == []
