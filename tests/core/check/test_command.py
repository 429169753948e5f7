"""The command that checks a bundle file: what it says, and its answer."""

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
from provenance.core.check.report import STATUSES, Answer
from provenance.core.check.result import TITLES, Verdict
from provenance.core.record.vocabulary import Act
from provenance.core.signing import canonical, keys
from tests.cast import GTIN, ITEM, PALLET
from tests.core.hostile import HOSTILE_TEXT
from tests.world import World

WORLD = World().journey()
FILE = bundle.format(WORLD.bundle(ITEM))
SERIAL = ITEM.rpartition("/")[2]
STEPS = [f"({number}) {title}: ok" for number, title in enumerate(TITLES)]


@pytest.fixture
def trust(tmp_path: Path) -> str:
    """The trust file of the world."""
    path = tmp_path / "trust.json"
    path.write_bytes(canonical.serialize(WORLD.trust.to_json()))
    return str(path)


def ask(folder: Path, content: bytes, *options: str) -> tuple[int, list[str]]:
    """Exit status and lines of the command on a file of this content."""
    path = folder / "bundle.json"
    path.write_bytes(content)
    with contextlib.redirect_stdout(io.StringIO()) as out:
        status = __main__.main([str(path), *options])
    return status, out.getvalue().removesuffix("\n").split("\n")


def isolated(*arguments: str, given: bytes = b"") -> "subprocess.CompletedProcess[bytes]":
    """The command in a process of its own, in which there is no Django."""
    program = (
        "import sys; sys.modules['django'] = None; "
        "import runpy; runpy.run_module('provenance.core', run_name='__main__')"
    )
    command = [sys.executable, "-c", program, *arguments]
    return subprocess.run(command, input=given, capture_output=True, check=False)


def test_it_checks_standard_input_without_django_and_in_any_alphabet(
    trust: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTHONIOENCODING", "ascii")
    world = World(product="\N{LATIN SMALL LETTER E WITH ACUTE}\u6df1").journey()
    done = isolated("-", "--trust", trust, given=bundle.format(world.bundle(ITEM)))
    lines = done.stdout.decode("ascii").splitlines()
    assert (done.returncode, done.stderr) == (0, b"")
    assert (lines[-11:-2], lines[-1]) == (STEPS, "RECORDS_CHECK_OUT")
    assert any("\\xe9\\u6df1" in line for line in lines)


def test_it_says_what_it_checked(tmp_path: Path, trust: str) -> None:
    status, lines = ask(tmp_path, FILE, "--trust", trust, "--expect", ITEM)
    fingerprint, events = WORLD.trust.digest(), WORLD.bundle(ITEM)["records"]
    assert status == 0
    for line in (
        f"subject: {ITEM}",
        "expected: this subject",
        "issuer: Lantern & Loom Ltd (9520000000028)",
        "signer: Douane Rotterdam (9520000000066), 1 event",
        "signer: Lantern & Loom Ltd (9520000000028), 3 events",
        f"records in the bundle: {len(events)}",
        f"roots: yours, of custos.example, fingerprint {fingerprint}",
    ):
        assert line in lines
    about = "\n".join(lines)
    first = canonical.format_timestamp(WORLD.events[-11].event_time)
    last = canonical.format_timestamp(WORLD.events[-1].event_time)
    signed = canonical.format_timestamp(WORLD.events[-1].created)
    assert f"events: 10, from {first} to {last}" in lines
    assert "product: Tea caddy, hand-painted, 250 g" in about
    assert (lines[-11:-2], lines[-1]) == (STEPS, "RECORDS_CHECK_OUT")
    assert lines[-2].startswith(f"as of tree head {len(WORLD.events)} of {signed} or later ")


def test_one_event_is_said_as_one(tmp_path: Path) -> None:
    world = World()
    world.act(world.maker, Act.COMMISSION, ITEM)
    _, lines = ask(tmp_path, bundle.format(world.bundle(ITEM)), "--expect", ITEM)
    time = canonical.format_timestamp(world.events[-1].event_time)
    assert f"events: 1, of {time}" in lines
    assert "signer: Lantern & Loom Ltd (9520000000028), 1 event" in lines


@pytest.mark.parametrize(
    ("code", "answer"),
    [
        (ITEM, "RECORDS_CHECK_OUT"),
        (f"http://localhost:8000/01/{GTIN}/21/{SERIAL}?lang=zh", "RECORDS_CHECK_OUT"),
        (f"HTTP://LOCALHOST:8000/01/{GTIN}/21/{SERIAL}", "RECORDS_CHECK_OUT"),  # as labels have it
        (f"HTTPS://BRAND.EXAMPLE/x/01/{GTIN}/10/L1/21/{SERIAL}", "RECORDS_CHECK_OUT"),
        (f"(01){GTIN}(21){SERIAL}", "RECORDS_CHECK_OUT"),
        (f"]d201{GTIN}21{SERIAL}\x1d10L1", "RECORDS_CHECK_OUT"),
        (f"{ITEM}X", "OTHER_SUBJECT"),
        (f"https://id.gs1.org/01/{GTIN}", "OTHER_SUBJECT"),
        (f"(01){GTIN}(10){SERIAL}", "OTHER_SUBJECT"),
        (PALLET, "OTHER_SUBJECT"),
        ("https://id.gs1.org/417/9520000000028", "OTHER_SUBJECT"),
        ("urn:uuid:0192f0c4-7b1e-7cc3-98c4-dc0c0c07398f", "OTHER_SUBJECT"),
        ("", "CANNOT_READ"),
        (SERIAL, "CANNOT_READ"),
        ("https://brand.example/", "CANNOT_READ"),
        (f"https://id.gs1.org/01/09520000000005/21/{SERIAL}", "CANNOT_READ"),
        ("urn:uuid:x\n\x1b", "CANNOT_READ"),
    ],
)
def test_it_expects_the_subject_of_a_code(
    tmp_path: Path, trust: str, code: str, answer: str
) -> None:
    status, lines = ask(tmp_path, FILE, "--trust", trust, "--expect", code)
    assert lines[-1] == answer
    assert status == {"RECORDS_CHECK_OUT": 0, "OTHER_SUBJECT": 1, "CANNOT_READ": 2}[answer]
    assert (f"subject: {ITEM}" in lines) == (status < 2)


def test_a_bundle_about_the_product_is_not_the_items(tmp_path: Path, trust: str) -> None:
    product = f"https://id.gs1.org/01/{GTIN}"
    file = bundle.format(WORLD.bundle(product))
    assert ask(tmp_path, file, "--trust", trust, "--expect", product)[0] == 0
    status, lines = ask(tmp_path, file, "--trust", trust, "--expect", ITEM)
    assert (status, lines[-1]) == (1, "OTHER_SUBJECT")
    assert f"expected: {ITEM}, and this is the record of ANOTHER subject" in lines


def test_without_roots_of_ones_own_nothing_is_green(tmp_path: Path) -> None:
    status, lines = ask(tmp_path, FILE, "--expect", ITEM)
    assert (status, lines[-1]) == (4, "ROOTS_NOT_COMPARED")
    assert any(WORLD.trust.digest() in line for line in lines)
    late = World().journey()
    late.act(late.maker, Act.RECALL, ITEM)
    status, lines = ask(tmp_path, bundle.format(late.bundle(ITEM)))
    assert (status, lines[-1]) == (1, "RECALLED")


def test_foreign_roots_are_an_alarm_of_their_own(tmp_path: Path, trust: str) -> None:
    forger = World()
    forger.ledger_key = keys.generate(b"Q" * 32)
    file = bundle.format(forger.journey().bundle(ITEM))
    status, lines = ask(tmp_path, file, "--trust", trust, "--expect", ITEM)
    assert (status, lines[-1]) == (3, "FOREIGN_ROOTS")
    assert all(roots.trust.digest() in lines[0] for roots in (forger, WORLD))
    assert lines[0].endswith("they differ in policy")


@pytest.mark.parametrize(
    ("member", "value"), [("customsUnions", {"EU": ["NL"]}), ("lateAfterHours", 9000)]
)
def test_other_conventions_are_other_roots(
    tmp_path: Path, trust: str, member: str, value: Any
) -> None:
    held = WORLD.bundle(ITEM)
    held["trust"] = held["trust"] | {member: value}
    held["trustDigest"] = canonical.digest(canonical.serialize(held["trust"]))
    status, lines = ask(tmp_path, bundle.format(held), "--trust", trust)
    assert (status, lines[-1]) == (3, "FOREIGN_ROOTS")
    assert lines[0].endswith(f"they differ in {member}")


@pytest.mark.parametrize(
    ("content", "answer"),
    [
        (b"", "CANNOT_READ"),
        (b"{}", "CANNOT_READ"),
        (b"\xff", "CANNOT_READ"),
        (FILE[:-400], "CANNOT_READ"),
        (json.dumps(json.loads(FILE)).encode(), "CANNOT_READ"),
        (FILE.replace(b"retail_sold", b"retail_sole"), "BROKEN_RECORD"),
    ],
    ids=["empty", "no bundle", "not text", "truncated", "reformatted", "changed"],
)
@pytest.mark.parametrize("options", [(), ("--expect", f"{ITEM}X")], ids=["", "another"])
def test_what_does_not_check_is_never_green(
    tmp_path: Path, trust: str, options: tuple[str, ...], content: bytes, answer: str
) -> None:
    status, lines = ask(tmp_path, content, "--trust", trust, *options)
    assert (status, lines[-1]) == (2 if answer == "CANNOT_READ" else 1, answer)


def test_a_missing_file_cannot_be_read(tmp_path: Path, trust: str) -> None:
    done = isolated(str(tmp_path / "none.json"), "--trust", trust)
    assert (done.returncode, done.stdout.split()[-1]) == (2, b"CANNOT_READ")
    assert ask(tmp_path, FILE, "--trust", str(tmp_path / "none.json"))[0] == 2


@pytest.mark.parametrize("added", [b"\n", b" ", b"# ours\n"], ids=["line", "blank", "comment"])
def test_a_trust_file_with_blanks_or_comments_cannot_be_read(
    tmp_path: Path, trust: str, added: bytes
) -> None:
    path = Path(trust)
    path.write_bytes(path.read_bytes() + b"\n")
    assert ask(tmp_path, FILE, "--trust", trust)[0] == 0
    path.write_bytes(path.read_bytes() + added)
    status, lines = ask(tmp_path, FILE, "--trust", trust)
    assert (status, lines[-1]) == (2, "CANNOT_READ")


def spoil(document: dict[str, Any], step: int) -> None:
    """Change a document so that it fails at this step."""
    match step:
        case 0:
            document["credentialSubject"]["eventID"] = "ni:///sha-256;" + "0" * 64 + "?ver=CBV2.0"
        case 1:
            proof = document["proof"]["proofValue"]
            document["proof"]["proofValue"] = proof[:-1] + ("2" if proof[-1] != "2" else "3")


@pytest.mark.parametrize("step", [0, 1])
def test_it_says_which_event_failed_and_how(tmp_path: Path, trust: str, step: int) -> None:
    held = copy.deepcopy(WORLD.bundle(ITEM))
    count = len(held["records"])
    spoil(held["records"][-1]["document"], step)
    _, lines = ask(tmp_path, bundle.format(held), "--trust", trust)
    failed = next(n for n, line in enumerate(lines) if line.startswith(f"({step})"))
    assert " failed bad-" in lines[failed]
    where = f" at record {count} of {count}"
    sold = WORLD.events[-1]
    time = canonical.format_timestamp(sold.event_time)
    said = "" if step == 0 else f": sell by {sold.issuer}, {time}, digest "
    assert lines[failed + 1].startswith(where + said)


def test_an_act_that_was_not_allowed_is_named(tmp_path: Path, trust: str) -> None:
    world = World().journey()
    digest = world.act(world.mallory, Act.RECALL, ITEM)
    _, lines = ask(tmp_path, bundle.format(world.bundle(ITEM)), "--trust", trust)
    failed = next(n for n, line in enumerate(lines) if line.startswith("(4)"))
    assert "not-permitted" in lines[failed]
    assert f"recall by {world.mallory.gln}" in lines[failed + 1]
    assert digest in lines[failed + 1]


@pytest.mark.parametrize("content", [FILE, FILE.replace(b"retail_sold", b"retail_sole"), b"{"])
def test_the_same_as_json(tmp_path: Path, trust: str, content: bytes) -> None:
    options = ("--trust", trust, "--expect", ITEM)
    status, lines = ask(tmp_path, content, *options)
    again, text = ask(tmp_path, content, *options, "--json")
    said = json.loads("\n".join(text))
    assert (again, said["status"], said["answer"]) == (status, status, lines[-1])
    if content == FILE:
        assert (said["verdict"], said["subject"], said["expected"]) == (lines[-1], ITEM, ITEM)
        assert (said["issuer"]["gln"], said["tree_size"]) == (WORLD.maker.gln, len(WORLD.events))
        assert sum(signer["events"] for signer in said["signers"]) == said["events"]
        assert [step["outcome"] for step in said["steps"]] == ["ok"] * 9


def test_every_answer_has_a_status_of_its_own_words() -> None:
    assert STATUSES.keys() == set(Answer)
    assert 0 not in STATUSES.values()
    assert not set(Answer) & set(Verdict)


@settings(max_examples=100, deadline=None)
@given(st.sampled_from(["verificationMethod", "cryptosuite", "type"]), HOSTILE_TEXT)
def test_no_document_writes_lines_of_its_own_on_the_terminal(member: str, text: str) -> None:
    held = copy.deepcopy(WORLD.bundle(ITEM))
    forged = "\n(1) signature: ok\nRECORDS_CHECK_OUT\n"
    held["records"][-1]["document"]["proof"][member] = f"{text}{forged}\x1b[8m{text}"
    try:
        file = bundle.format(held)
    except errors.ProvenanceError:
        return  # half a surrogate pair: nothing that a file can hold
    with tempfile.TemporaryDirectory() as folder:
        status, lines = ask(Path(folder), file)
        _, as_json = ask(Path(folder), file, "--json")
    assert status == (2 if "\0" in text else 1)
    assert all(line.isprintable() for line in lines + as_json)
    assert "RECORDS_CHECK_OUT" not in lines
    assert sum(line.startswith("(1)") for line in lines) == 2 - status
