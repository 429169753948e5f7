"""Published vectors and real input, which are not part of the repository.

CUSTOS_VECTORS and CUSTOS_DATA say where they are; else the folder beside the repository
is tried. A test that needs what is not there is skipped, and says so.
"""

import os
from pathlib import Path

import pytest

BESIDE = Path(__file__).resolve().parent.parent.parent / "shared"


def vectors(name: str) -> Path:
    """A file or folder of the published vectors."""
    return _find("CUSTOS_VECTORS", "vectors", name)


def data(name: str) -> Path:
    """A file or folder of real input."""
    return _find("CUSTOS_DATA", "data", name)


def _find(variable: str, folder: str, name: str) -> Path:
    path = Path(os.environ.get(variable) or BESIDE / folder) / name
    if not path.exists():
        pytest.skip(
            f"{name} is not at hand; set {variable} to the folder that holds it",
            allow_module_level=True,
        )
    return path
