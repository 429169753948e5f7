"""The words of docstrings, names and documents, as far as a machine can hold them: plain
sentences, names for content, one meaning for each word.
"""

import ast
import importlib.util
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest

from provenance import models

ROOT = Path(__file__).resolve().parent.parent
APPS = ("provenance", "config", "customs")
WHAT_WHO, ONE = 3.5, 5.0  # in 1,000 words of docstrings
EMPTY_NAMES = {"one", "found", "known", "made", "rest", "door"}
MODULE = re.compile(r"`((?:core|services|models|views|api)(?:\.[a-z_]+)+)[`.]")


def sources(apps: Iterable[str] = APPS) -> dict[str, ast.Module]:
    """The product's modules, parsed, by path."""
    return {
        path.relative_to(ROOT).as_posix(): ast.parse(path.read_text())
        for app in apps
        for path in sorted((ROOT / app).rglob("*.py"))
        if "migrations" not in path.parts
    }


def docstrings(module: ast.Module) -> Iterator[str]:
    for node in ast.walk(module):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            text = ast.get_docstring(node)
            if text:
                yield text


def per_thousand(pattern: str, texts: Iterable[str]) -> float:
    text = "\n".join(texts)
    return 1000 * len(re.findall(pattern, text, re.IGNORECASE)) / len(re.findall(r"[\w']+", text))


def bindings(module: ast.Module) -> Iterator[str]:
    """The names of variables, parameters and attributes that are bound, with their line."""
    for node in ast.walk(module):
        if isinstance(node, ast.Name | ast.Attribute) and isinstance(node.ctx, ast.Store):
            name = node.id if isinstance(node, ast.Name) else node.attr
        elif isinstance(node, ast.arg):
            name = node.arg
        else:
            continue
        yield f"{name}:{node.lineno}"


def empty(module: ast.Module) -> list[str]:
    return [name for name in bindings(module) if name.split(":")[0] in EMPTY_NAMES]


def called_records(module: ast.Module) -> list[str]:
    """Names that call signed events records: the record is all of them."""
    return [name for name in bindings(module) if name.split(":")[0] in {"record", "records"}]


def shared_names(modules: dict[str, ast.Module]) -> set[str]:
    """Public names of classes that more than one module of an app defines. A table may
    have the name of the core's type, as the same idea on another floor.
    """
    names = Counter(
        (path.split("/")[0], node.name)
        for path, module in modules.items()
        if "/management/commands/" not in path
        for node in module.body
        if isinstance(node, ast.ClassDef) and not node.name.startswith("_")
        if not (path.startswith("provenance/models/") and node.name in models.__all__)
    )
    return {name for (_, name), count in names.items() if count > 1}


ALL = sources()
DOCSTRINGS = {path: list(docstrings(module)) for path, module in ALL.items()}


@pytest.mark.parametrize(
    ("pattern", "most"),
    [(r"\b(?:what|who)(?:ever)?\b", WHAT_WHO), (r"\bones?\b", ONE)],
    ids=["what and who", "one"],
)
def test_docstrings_are_plain(pattern: str, most: float) -> None:
    texts = [text for texts in DOCSTRINGS.values() for text in texts]
    assert per_thousand(pattern, texts) <= most
    assert per_thousand(pattern, [*texts, *["Whoever is one"] * 200]) > most


@pytest.mark.parametrize(
    ("pattern", "planted"),
    [
        (r"(?:^|[.!?]\s+)(?:What|Who|Whoever)\b", "A fact. Who said it, is told."),
        (r"(?i)\bdoors?\b", "The door of the API."),
    ],
    ids=["sentences that begin with what or who", "doors"],
)
def test_docstrings_have_no(pattern: str, planted: str) -> None:
    assert [
        path for path, texts in DOCSTRINGS.items() for t in texts if re.search(pattern, t)
    ] == []
    assert re.search(pattern, planted)


def test_bindings_are_named_for_their_content() -> None:
    assert {path: names for path, module in ALL.items() if (names := empty(module))} == {}
    planted = ast.parse("def f(known):\n    self.found = [rest for rest in known]\n")
    assert sorted(empty(planted)) == ["found:2", "known:1", "rest:2"]


def test_an_event_is_not_called_a_record() -> None:
    ours = {path: module for path, module in ALL.items() if not path.startswith("config/logs")}
    assert {path: names for path, module in ours.items() if (names := called_records(module))} == {}
    assert called_records(ast.parse("record = read(raw)")) == ["record:1"]


def test_no_two_classes_of_an_app_share_a_name() -> None:
    assert shared_names(ALL) == set()
    planted = ast.parse("class Receipt: pass\nclass Event: pass")
    assert shared_names({"provenance/core/a.py": planted, "provenance/models/b.py": planted}) == {
        "Receipt"
    }


def test_documents_and_templates_say_endpoint_and_page() -> None:
    texts = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *(ROOT / "docs").glob("*.md")]
    texts += (ROOT / "templates").rglob("*.*")
    pattern = re.compile(r"\bdoors?\b", re.IGNORECASE)
    assert [path.name for path in texts if pattern.search(path.read_text())] == []
    assert pattern.search("Every door of the API")


def exists(name: str) -> bool:
    """Whether there is such a module of provenance, or such a member of a module."""
    module, _, member = f"provenance.{name}".rpartition(".")
    try:
        importlib.import_module(f"{module}.{member}")
    except ModuleNotFoundError:
        above = importlib.util.find_spec(module)
        return above is not None and hasattr(importlib.import_module(module), member)
    return True


def missing_modules(texts: Iterable[str]) -> set[str]:
    names = {name for text in texts for name in MODULE.findall(text)}
    return {name for name in names if not exists(name)}


def test_modules_that_docstrings_name_exist() -> None:
    assert missing_modules(text for texts in DOCSTRINGS.values() for text in texts) == set()
    assert missing_modules(
        ["`core.canonical.parse`, `core.signing.canonical.parse`, `core.bundle`"]
    ) == {"core.canonical.parse", "core.bundle"}
