"""Names in README and docs exist, and their commands work."""

import ast
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from django.core.management import get_commands
from PIL import Image

from tests import picture

ROOT = Path(__file__).resolve().parent.parent
README = (ROOT / "README.md").read_text()
MAKEFILE = (ROOT / "Makefile").read_text()
ITEM_PATH = "/01/09520000000004/21/7K3M9QZXW2T5"  # of the worked example
OPERATIONS = (ROOT / "docs/operations.md").read_text()
PAGES = {
    path.relative_to(ROOT).as_posix(): path.read_text()
    for path in [*ROOT.glob("*.md"), *ROOT.glob("docs/*.md")]
}


def anchor(heading: str) -> str:
    """The anchor that a heading gets."""
    words = re.sub(r"[^\w\s-]", "", heading.lower()).strip()
    return re.sub(r"\s", "-", words)


ANCHORS = {
    name: {anchor(heading) for heading in re.findall(r"^#+ (.+)$", text, re.MULTILINE)}
    for name, text in PAGES.items()
}


@pytest.mark.parametrize("name", PAGES)
def test_links_lead_somewhere(name: str) -> None:
    here = (ROOT / name).parent
    dead = []
    for target in re.findall(r"\]\(([^)\s]+)\)", PAGES[name]):
        if target.startswith("https://"):
            continue
        path, _, fragment = target.partition("#")
        file = (here / path).resolve() if path else ROOT / name
        if not file.exists() or (
            fragment and fragment not in ANCHORS[file.relative_to(ROOT).as_posix()]
        ):
            dead.append(target)
    assert dead == []


@pytest.mark.parametrize("name", PAGES)
def test_make_targets_and_commands_exist(name: str) -> None:
    targets = set(re.findall(r"^([a-z]+):", MAKEFILE, re.MULTILINE))
    assert set(re.findall(r"`make ([a-z]+)|^make ([a-z]+)", PAGES[name], re.MULTILINE)) <= {
        pair for target in targets for pair in ((target, ""), ("", target))
    }
    assert set(re.findall(r"manage\.py ([a-z_]+)", PAGES[name])) <= get_commands().keys()


def test_the_files_that_make_quick_leaves_out_exist() -> None:
    listed = re.search(r"^SLOW := (.+?[^\\])$", MAKEFILE, re.MULTILINE | re.DOTALL)
    assert listed
    names = listed[1].replace("\\", "").split()
    assert [name for name in names if not (ROOT / "tests" / f"{name}.py").exists()] == []


def test_files_that_are_named_exist() -> None:
    named = re.findall(
        r"`((?:config|provenance|customs|tests|docs|core|services|views|api)/[\w/.]+)`",
        "".join(PAGES.values()),
    )
    roots = (ROOT, ROOT / "provenance")
    assert [path for path in named if not any((root / path).exists() for root in roots)] == []


def test_the_lines_that_make_run_prints_are_the_ones_shown() -> None:
    source = (ROOT / "config/serve.py").read_text()
    printed = re.findall(r'yield f"(\w+) ', source)
    shown = re.findall(r"^(\w+) http://localhost:8000/", README, re.MULTILINE)
    assert shown == printed == ["ready", "verify", "admin", "customs", "ledger"]


CHECK = re.compile(r"^.*python -m provenance\.core (?!BUNDLE).*$", re.MULTILINE)
CHECKS = [(name, line.strip(" $`")) for name, text in PAGES.items() for line in CHECK.findall(text)]


@pytest.mark.parametrize(("name", "command"), [pair for pair in CHECKS if " --" in pair[1]])
def test_a_command_that_checks_brings_its_roots_and_what_it_expects(
    name: str, command: str, tmp_path: Path
) -> None:
    """Every command of the documents, on the example: as files and as standard input."""
    (tmp_path / "docs").symlink_to(ROOT / "docs")
    (tmp_path / ".venv").symlink_to(sys.prefix)
    example = (ROOT / "docs/example/bundle.json").read_bytes()
    (tmp_path / "bundle.json").write_bytes(example)
    (tmp_path / "changed.json").write_bytes(example.replace(b"Shenzhen", b"Shanghai"))
    (tmp_path / "trust.json").symlink_to(ROOT / "docs/example/trust.json")
    path = f"{tmp_path}/.venv/bin:/usr/bin:/bin"
    done = subprocess.run(
        ["sh", "-c", command.replace("VERIFY_URL", "https://custos.example" + ITEM_PATH)],
        cwd=tmp_path,
        env={"PATH": path, "PYTHONPATH": str(ROOT), "ITEM": "https://id.gs1.org" + ITEM_PATH},
        input=example.decode(),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stderr == ""
    assert "expected: this subject" in done.stdout, name
    answer = (done.returncode, done.stdout.split()[-1])
    changed = "changed.json" in command
    assert answer == ((1, "BROKEN_RECORD") if changed else (0, "RECORDS_CHECK_OUT"))


def test_no_command_that_checks_is_shown_without_roots_and_subject() -> None:
    shown = [(name, line) for name, line in CHECKS if ".json" in line or " - " in line]
    assert {name for name, _ in shown} == {"README.md", "docs/api.md", "docs/format.md"}
    bare = [pair for pair in shown if not {"--trust", "--expect"} <= set(pair[1].split())]
    assert bare == []
    for name in ("README.md", "docs/api.md"):
        assert f"ITEM=https://id.gs1.org{ITEM_PATH}\n" in PAGES[name]


# --- settings -----------------------------------------------------------------------


def variables() -> set[str]:
    """The environment variables that config reads, by the helpers of config/env.py."""
    names = set()
    for path in (ROOT / "config").glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.args:
                helper, name = node.func, node.args[0]
                if (
                    isinstance(helper.value, ast.Name)
                    and helper.value.id == "env"
                    and isinstance(name, ast.Constant)
                ):
                    names.add(str(name.value))
    return names


def test_every_setting_is_documented_and_every_documented_one_exists() -> None:
    table = OPERATIONS.partition("## Settings")[2].partition("\n## ")[0]
    rows = [line.split("|")[1] for line in table.splitlines() if line.startswith("| `")]
    documented = {name for row in rows for name in re.findall(r"`([A-Z_]+)`", row)}
    assert documented == variables()


def test_compose_gives_every_key_that_an_own_database_needs() -> None:
    settings = (ROOT / "config/settings.py").read_text()
    needed = set(re.findall(r'env\.secret\(\s*"(\w+)"', settings))
    for name in ("docker-compose.yml", ".env.example"):
        text = (ROOT / name).read_text()
        assert [key for key in needed if key not in text] == [], name


@pytest.mark.parametrize("name", PAGES)
def test_settings_that_are_named_anywhere_exist(name: str) -> None:
    named = set(re.findall(r"`\$?(CUSTOS_[A-Z_]+|CUSTOMS_[A-Z_]+)", PAGES[name]))
    assert named <= variables()


def test_the_picture_of_a_page_is_there_and_small() -> None:
    sources = re.findall(r'<img src="([^"]+)"', README)
    assert sources == [picture.FILE.relative_to(ROOT).as_posix()]
    assert picture.FILE.stat().st_size < 150_000
    with Image.open(picture.FILE) as image:
        assert (image.format, image.width) == ("PNG", round(picture.WIDTH * picture.SCALE))


def test_every_place_names_the_same_pythons() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    versions = [name.rpartition(" ")[2] for name in project["classifiers"]]
    minors = [int(version.removeprefix("3.")) for version in versions]
    assert project["requires-python"] == f">=3.{minors[0]},<3.{minors[-1] + 1}"
    named = f"{', '.join(versions[:-1])} or {versions[-1]}"
    assert f"needs Python {named} " in README
    assert MAKEFILE.count(f"Python {named}") == 2
    assert str(tuple((3, minor) for minor in minors)) in MAKEFILE
    assert f"for version in {' '.join(versions)};" in (ROOT / ".ci/run").read_text()
