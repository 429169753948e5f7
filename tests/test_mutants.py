"""The mutants of `make mutants`: each still has its place, and tests that are there."""

import ast
from collections import Counter

import pytest

from tests.mutants import MUTANTS
from tests.mutants.mutant import ROOT, Mutant


def test_each_mutant_has_a_name_of_its_own() -> None:
    names = Counter(mutant.name for mutant in MUTANTS)
    assert [name for name, times in names.items() if times > 1] == []


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.name)
def test_a_mutant_changes_a_single_place_and_names_its_tests(mutant: Mutant) -> None:
    text = (ROOT / mutant.file).read_text(encoding="utf-8")
    assert text.count(mutant.fragment) == 1
    changed = text.replace(mutant.fragment, mutant.replacement)
    assert ast.dump(ast.parse(changed)) != ast.dump(ast.parse(text))
    assert mutant.tests
    assert all((ROOT / test).is_file() for test in mutant.tests)
