"""docs/errors.md and docs/api.md hold all that the code has: errors, scopes, acts and
endpoints.
"""

import importlib
import pkgutil
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.urls import URLPattern

import provenance
from provenance.api import problems, urls
from provenance.core import errors
from provenance.core.record import kinds
from provenance.models.parties import Scope

ROOT = Path(__file__).resolve().parent.parent
ERRORS = (ROOT / "docs" / "errors.md").read_text()
API = (ROOT / "docs" / "api.md").read_text()
TESTS = {
    path: path.read_text()
    for path in (ROOT / "tests").rglob("*.py")
    if path.name != Path(__file__).name
}


def everything_raised() -> dict[str, type[errors.ProvenanceError]]:
    """All classes of typed errors, by code."""
    for module in pkgutil.walk_packages(provenance.__path__, "provenance."):
        if "migrations" not in module.name and not module.name.endswith("__main__"):
            importlib.import_module(module.name)

    def below(base: type[errors.ProvenanceError]) -> Iterator[type[errors.ProvenanceError]]:
        for child in base.__subclasses__():
            if child.__module__.startswith("provenance."):
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
def test_every_code_is_produced_by_some_test(code: str) -> None:
    mention = re.compile(rf"""["']{code}["']|\b{CLASSES[code].__name__}\b""")
    assert any(mention.search(text) for text in TESTS.values())


def test_every_scope_is_documented() -> None:
    assert [scope for scope in Scope if f"| `{scope}` |" not in API] == []


def test_every_act_is_documented() -> None:
    assert [kind for kind in kinds.Kind if not kind.is_claim and f"`{kind}`" not in API] == []


def test_every_endpoint_is_documented() -> None:
    routes = [str(route.pattern) for route in urls.urlpatterns if isinstance(route, URLPattern)]
    endpoints = [
        re.sub(r"<\w+:(\w+)>", r"{\1}", route.removeprefix("v1"))
        for route in routes
        if not route.startswith("^")
    ]
    assert [endpoint for endpoint in endpoints if endpoint.rstrip("/") not in API] == []
