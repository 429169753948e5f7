"""docs/security.md: every fault has a row, and every test that it names is there."""

import ast
import re
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
ROWS = re.findall(
    r"^\| (F\d\d) \| (.+) \| (.+) \|$", (ROOT / "docs/security.md").read_text(), re.MULTILINE
)
NAMED = re.compile(r"`(tests/[\w/]+\.py)::(test_\w+)`")


def _tests_of(path: str) -> set[str]:
    tree = ast.parse((ROOT / path).read_text(encoding="utf-8"))
    return {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}


def test_every_fault_has_a_row() -> None:
    assert [name for name, _, _ in ROWS] == [f"F{number:02}" for number in range(1, 71)]


def test_every_test_that_is_named_is_there() -> None:
    named = {pair for _, _, kept in ROWS for pair in NAMED.findall(kept)}
    assert {pair for pair in named if pair[1] not in _tests_of(pair[0])} == set()


def test_a_row_without_a_test_says_why() -> None:
    unkept = [kept for _, _, kept in ROWS if not NAMED.search(kept)]
    assert all(kept.startswith(("not built yet", "nothing ")) for kept in unkept)
