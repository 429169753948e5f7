"""The mutants of `make mutants`: each still has its place, and tests that are there."""

import ast
from collections import Counter

from tests.mutants import MUTANTS
from tests.mutants.mutant import ROOT, Mutant


def _changed(mutant: Mutant) -> str:
    text = (ROOT / mutant.file).read_text(encoding="utf-8")
    return text.replace(mutant.fragment, mutant.replacement)


def test_each_mutant_has_a_name_of_its_own() -> None:
    names = Counter(mutant.name for mutant in MUTANTS)
    assert [name for name, times in names.items() if times > 1] == []


def test_each_mutant_changes_a_single_place() -> None:
    texts = {mutant.file: (ROOT / mutant.file).read_text(encoding="utf-8") for mutant in MUTANTS}
    places = {each.name: texts[each.file].count(each.fragment) for each in MUTANTS}
    assert [name for name, places_ in places.items() if places_ != 1] == []
    assert [each.name for each in MUTANTS if each.fragment == each.replacement] == []


def test_each_mutant_is_a_program() -> None:
    for mutant in MUTANTS:
        ast.parse(_changed(mutant), mutant.name)


def test_each_mutant_names_tests_that_are_there() -> None:
    assert [each.name for each in MUTANTS if not each.tests] == []
    named = {test for each in MUTANTS for test in each.tests}
    assert [test for test in sorted(named) if not (ROOT / test).is_file()] == []
