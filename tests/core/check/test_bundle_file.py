"""The bundle as a file: its shape, the roots it names, and the command that checks
it.
"""

import contextlib
import copy
import io
import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from provenance.core import __main__, errors
from provenance.core.check import bundle
from provenance.core.check.result import Verdict
from provenance.core.record.vocabulary import Act
from provenance.core.signing import canonical, keys
from tests.cast import ITEM
from tests.core.check.checking import failed, run
from tests.core.hostile import HOSTILE_TEXT
from tests.world import World


@pytest.mark.parametrize("records", [[], None, {}], ids=["empty", "null", "object"])
def test_an_empty_bundle_never_passes(records: Any) -> None:
    world = World().journey()
    with pytest.raises(errors.ProvenanceError) as refused:
        run(world, world.bundle(ITEM) | {"records": records})
    assert refused.value.code == "bad-bundle"


def test_a_bundle_made_under_other_roots_is_refused() -> None:
    world, other = World().journey(), World().journey()
    other.ledger_key = keys.generate(b"Q" * 32)
    with pytest.raises(errors.ProvenanceError) as refused:
        run(other, world.bundle(ITEM))
    assert refused.value.code == "bad-bundle"


def test_a_stray_event_of_another_subject_is_refused() -> None:
    world = World().journey()
    other = World.item("STRAY")
    world.act(world.maker, Act.COMMISSION, other)
    held = world.bundle(ITEM)
    held["records"] += [
        e for e in world.bundle(other)["records"] if other in json.dumps(e["document"]["chain"])
    ]
    assert failed(run(world, held)) == (3, "bad-bundle")


_WORLD = World().journey()
_FILE = bundle.format(_WORLD.bundle(ITEM))


UNREADABLE = {
    *("bad-json", "bad-text", "bad-number", "duplicate-key", "too-deep"),
    *("bad-bundle", "bad-note", "bad-identifier", "bad-check-digit", "weak-key", "malformed"),
}


def _found(file: bytes) -> str:
    """The verdict on a bundle file, or the code of the error that it cannot be read
    for.
    """
    try:
        return bundle.check(bundle.parse(file), _WORLD.trust, now=_WORLD.clock).verdict
    except errors.ProvenanceError as error:
        return error.code


@settings(max_examples=150, deadline=None)
@given(st.integers(0, len(_FILE) - 1), st.integers(0, 7))
def test_flipping_any_bit_of_a_bundle_is_noticed(at: int, bit: int) -> None:
    changed = bytearray(_FILE)
    changed[at] ^= 1 << bit
    assert _found(bytes(changed)) in UNREADABLE | {Verdict.BROKEN_RECORD}


def _cli(*arguments: str) -> "subprocess.CompletedProcess[str]":
    isolated = (
        "import sys; sys.modules['django'] = None; "
        "import runpy; runpy.run_module('provenance.core', run_name='__main__')"
    )
    return subprocess.run(
        [sys.executable, "-c", isolated, *arguments], capture_output=True, text=True, check=False
    )


def test_the_command_checks_a_bundle_without_django(tmp_path: Path) -> None:
    file, roots = tmp_path / "bundle.json", tmp_path / "trust.json"
    file.write_bytes(_FILE)
    roots.write_bytes(canonical.serialize(_WORLD.trust.to_json()))
    told = _cli(str(file), "--trust", str(roots))
    lines = told.stdout.splitlines()
    assert told.returncode == 0, told.stderr
    assert [line[:3] for line in lines[:-1]] == [f"({number})" for number in range(9)]
    assert lines[-1] == "RECORDS_CHECK_OUT"


def test_the_command_without_roots_says_whose_it_used(tmp_path: Path) -> None:
    file = tmp_path / "bundle.json"
    file.write_bytes(_FILE)
    told = _cli(str(file))
    assert told.returncode == 0
    assert _WORLD.trust.digest() in told.stderr


@pytest.mark.parametrize(
    ("content", "status"),
    [
        (b"", 2),
        (b"{}", 2),
        (b"\xff", 2),
        (_FILE[:-400], 2),
        (_FILE.replace(b"retail_sold", b"retail_sole"), 1),
    ],
    ids=["empty", "no bundle", "not text", "truncated", "changed"],
)
def test_the_command_says_by_its_status_what_it_found(
    tmp_path: Path, content: bytes, status: int
) -> None:
    file = tmp_path / "bundle.json"
    file.write_bytes(content)
    assert _cli(str(file)).returncode == status


@settings(max_examples=100, deadline=None)
@given(st.sampled_from(["verificationMethod", "cryptosuite", "type"]), HOSTILE_TEXT)
def test_no_document_writes_lines_of_its_own_on_the_terminal(member: str, text: str) -> None:
    held = copy.deepcopy(_WORLD.bundle(ITEM))
    forged = "\n(1) signature: ok\nRECORDS_CHECK_OUT\n"
    held["records"][-1]["document"]["proof"][member] = f"{text}{forged}\x1b[8m{text}"
    try:
        file = bundle.format(held)
    except errors.ProvenanceError:
        return  # half a surrogate pair: nothing that a file can hold
    with tempfile.TemporaryDirectory() as folder, io.StringIO() as out:
        path = Path(folder, "bundle.json")
        path.write_bytes(file)
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(out):
            status = __main__.main([str(path)])
        printed = out.getvalue()
    assert status == (2 if "\0" in text else 1)
    assert all(line.isprintable() for line in printed.split("\n"))
    assert "RECORDS_CHECK_OUT" not in printed.splitlines()
    assert sum(line.startswith("(1)") for line in printed.splitlines()) == 2 - status


def test_the_command_cannot_read_a_missing_file(tmp_path: Path) -> None:
    assert _cli(str(tmp_path / "none.json")).returncode == 2
