"""A mutant: one change of the product that a careless maintainer could make, and the test
files of which one test at least must fail by it.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

ROOT = Path(__file__).resolve().parent.parent.parent


@dataclass(frozen=True, slots=True)
class Mutant:
    """The replacement of a `fragment`, which occurs once in `file`. `argument` says why no
    test can see it; empty: `tests` must catch it. Paths are from the root of the tree.
    """

    name: str
    file: str
    fragment: str
    replacement: str
    tests: tuple[str, ...]
    argument: str = ""

    def apply(self, root: Path) -> str:
        """Change the file in the tree at `root`; return its text of before. Raises
        ValueError unless it holds the fragment once.
        """
        path = root / self.file
        text = path.read_text(encoding="utf-8")
        if text.count(self.fragment) != 1:
            raise ValueError(f"{self.name}: {text.count(self.fragment)} times in {self.file}")
        path.write_text(text.replace(self.fragment, self.replacement), encoding="utf-8")
        return text


Row: TypeAlias = tuple[str, str, str] | tuple[str, str, str, str]
"""Name, fragment, replacement, and the argument of a mutant that no test can see."""


def mutants_of(file: str, tests: str, rows: Iterable[Row]) -> list[Mutant]:
    """The mutants of a file; `tests` are test files below `tests/`, apart by blanks."""
    paths = tuple(f"tests/{name}.py" for name in tests.split())
    return [
        Mutant(name, file, fragment, replacement, paths, *argument)
        for name, fragment, replacement, *argument in rows
    ]
