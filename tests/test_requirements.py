"""Everything that is installed from elsewhere is pinned, and known by its hash (F62)."""

import json
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
INSTALLS = re.compile(r"^.*\b(?:pip install|npm (?:ci|install))\b.*(?:\\\n.*)*", re.MULTILINE)


@pytest.mark.parametrize("name", ["requirements.txt", "requirements-dev.txt"])
def test_every_package_is_pinned_to_one_version_with_its_hashes(name: str) -> None:
    blocks = re.split(r"\n(?=\S)", (ROOT / name).read_text().strip())
    assert len(blocks) > 20
    pinned = r"[\w.\[\]-]+==\S+( ; [^\\]+)?( \\\n +--hash=sha256:[0-9a-f]{64})+"
    assert [block for block in blocks if not re.fullmatch(pinned, block)] == []


def test_every_installation_looks_at_the_hashes_and_runs_no_script() -> None:
    files = ("Makefile", "Dockerfile", ".ci/run")
    installs = [each for name in files for each in INSTALLS.findall((ROOT / name).read_text())]
    assert len(installs) == 4
    unscripted = [each for each in installs if "npm ci" in each and "--ignore-scripts" in each]
    hashed = [each for each in installs if "--require-hashes" in each]
    assert len(unscripted + hashed) == len(installs)


def test_every_package_of_the_jsonld_test_has_its_hash() -> None:
    lock = json.loads((ROOT / "tests/jsonld/package-lock.json").read_text())
    packages = [package for path, package in lock["packages"].items() if path]
    assert packages
    assert all(package["integrity"].startswith("sha512-") for package in packages)
