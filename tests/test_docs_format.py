"""The examples of docs/format.md are recomputed, and its tables are the code's own."""

import re
import subprocess
import sys

import pytest

from provenance.core.check import bundle, trust
from provenance.core.check.result import TITLES, Verdict
from provenance.core.record import vocabulary
from provenance.core.record.acts_registry import CLAIM_RULES
from provenance.core.signing import canonical, integrity
from tests import worked_example
from tests.cast import ITEM, RIGHT, key_uri

TEXT = worked_example.FORMAT.read_text()
EXAMPLE = worked_example.Example()
PARTS = worked_example.parts(EXAMPLE)
SHOWN = dict(worked_example.PART.findall(TEXT))


@pytest.mark.parametrize("name", PARTS)
def test_a_generated_part_is_what_the_code_gives(name: str) -> None:
    """Where this fails after a change that was meant, run `make example`."""
    assert SHOWN[name] == PARTS[name]


def test_every_part_is_shown_once_and_nothing_else_says_it_is_generated() -> None:
    assert sorted(re.findall(r"<!-- generated: (\S+) -->", TEXT)) == sorted(PARTS)


def test_the_files_are_what_the_code_gives() -> None:
    for name, raw in worked_example.files(EXAMPLE).items():
        assert (worked_example.DOCS / name).read_bytes() == raw, name


def test_the_shown_event_verifies() -> None:
    shown = canonical.parse(SHOWN["event"].removeprefix("```json\n").removesuffix("```\n").encode())
    integrity.verify(shown)
    assert canonical.digest(canonical.serialize(shown)) in SHOWN["digests"]


def test_the_example_shows_every_kind_of_claim_allowed_by_the_rules() -> None:
    key = key_uri(EXAMPLE.second_key)
    for subject in (ITEM, RIGHT, worked_example.PARTY, key):
        result = bundle.check(EXAMPLE.bundle(subject), EXAMPLE.trust, now=EXAMPLE.clock)
        assert result.verdict is Verdict.RECORDS_CHECK_OUT, subject
    assert {event.act for event in EXAMPLE.events} >= CLAIM_RULES.keys()


def test_the_files_check_with_the_command_that_is_shown() -> None:
    root = worked_example.DOCS.parent
    shown = SHOWN["check"].splitlines()[1:-1]
    command = [sys.executable, *shown[0].removeprefix("$ python ").split()]
    done = subprocess.run(command, cwd=root, capture_output=True, text=True, check=False)
    assert (done.stdout.splitlines(), done.returncode) == (shown[1:], 0)


def test_the_trust_file_reads_back() -> None:
    raw = (worked_example.DOCS / "example/trust.json").read_bytes()
    assert trust.parse_file(raw) == EXAMPLE.trust


def test_every_step_verdict_act_and_role_is_named() -> None:
    assert [
        f"| {number} {title} |"
        for number, title in enumerate(TITLES)
        if f"| {number} {title} |" not in TEXT
    ] == []
    assert [verdict for verdict in Verdict if verdict not in TEXT] == []
    assert [role for role in vocabulary.Role if not re.search(rf"\b{role}\b", TEXT)] == []
    assert [kind for kind in vocabulary.Act if not kind.is_claim and f"`{kind}`" not in TEXT] == []
