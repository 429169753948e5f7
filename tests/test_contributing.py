"""CONTRIBUTING.md names only files, commands and tests that exist."""

import ast
import re
from pathlib import Path

import pytest
from django.conf import settings
from django.utils.translation import to_locale

from tests import messages

ROOT = Path(__file__).resolve().parent.parent
TEXT = (ROOT / "CONTRIBUTING.md").read_text()
SECTIONS = dict(
    re.findall(r"^## To add an? (\w+)\n(.+?)(?=^## |\Z)", TEXT, re.MULTILINE | re.DOTALL)
)
QUOTED = re.findall(r"`([^`]+)`", TEXT)


def test_there_is_a_table_for_each_thing_to_add() -> None:
    assert list(SECTIONS) == ["act", "page", "endpoint", "language"]


@pytest.mark.parametrize("name", SECTIONS)
def test_steps_are_numbered_in_order(name: str) -> None:
    numbers = re.findall(r"^\| (\d+) \|", SECTIONS[name], re.MULTILINE)
    assert numbers == [str(number) for number in range(1, len(numbers) + 1)]


def test_every_file_and_every_test_that_is_named_exists() -> None:
    paths = [word for word in QUOTED if re.fullmatch(r"\.?\w+/[\w./]*(<name>\.\w+)?", word)]
    assert len(paths) > 20
    # Where the name is the reader's to choose, the folder must exist.
    places = {path: path.rpartition("/")[0] if "<name>" in path else path for path in paths}
    assert [path for path, place in places.items() if not (ROOT / place).exists()] == []


def test_every_make_target_that_is_named_exists() -> None:
    makefile = (ROOT / "Makefile").read_text()
    named = set(re.findall(r"make ([a-z]+)", " ".join(QUOTED)))
    assert {"quick", "messages", "example"} <= named
    assert named <= set(re.findall(r"^([a-z]+):", makefile, re.MULTILINE))


def test_every_name_that_a_step_gives_is_in_its_file() -> None:
    for path, name in (
        ("provenance/core/record/acts.py", "RULES"),
        ("tests/browser/test_pages.py", "PAGES"),
        ("config/settings.py", "LANGUAGES"),
        ("tests/messages.py", "LANGUAGES"),
    ):
        assert re.search(rf"\| `{path}` \|[^|]*`{name}`", TEXT), path
        assert name in _assigned(ROOT / path), path


def _assigned(path: Path) -> set[str]:
    """The names that a module assigns at its top."""
    nodes = ast.walk(ast.parse(path.read_text()))
    return {
        node.id for node in nodes if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)
    }


def test_every_language_of_the_site_has_a_catalogue() -> None:
    codes = {to_locale(code) for code in dict(settings.LANGUAGES)}
    assert {*messages.LANGUAGES, "en"} == codes
