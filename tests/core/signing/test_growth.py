"""The time that hostile texts take, bounded: every parser that meets texts of strangers
reads 1 MB of anything within a few seconds of CPU, which nothing quadratic can.

Each parser has a process of its own, which the system ends when it crosses the limit.
"""

import contextlib
import json
import resource
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

import pytest

from provenance.core import errors, gs1
from provenance.core.check import bundle, trust
from provenance.core.epcis import event_hash, hash_values
from provenance.core.gs1 import digital_link, epc
from provenance.core.ledger import note, policy, proof, tree_head
from provenance.core.record import reading
from provenance.core.signing import canonical, keys
from tests.world import World

ROOT: Final = Path(__file__).parents[3]
SIZE: Final = 1_000_000
SECONDS: Final = 5  # of CPU, for one text
MEMORY: Final = 2 << 30
VKEY: Final = b"a+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
GTIN: Final = b"/01/09520000000004"
PROOF: Final = b"c2sp.org/tlog-proof@v1\n"


def _filled(unit: bytes, head: bytes = b"", tail: bytes = b"") -> bytes:
    """`unit` again and again between `head` and `tail`: 1 MB in all."""
    return head + unit * ((SIZE - len(head) - len(tail)) // len(unit)) + tail


def _members(*names: str) -> bytes:
    """An object of 90,000 members, then members of these `names`."""
    return b"{%s}" % b",".join(b'"%s":1' % str(name).encode() for name in (*range(90_000), *names))


UNITS: Final = [
    *(b'"', b'\\"', b"\\", b"\\\\", b"[", b"{", b"[]", b"[{", b'{"a":', b"]", b"1", b"9.", b"-"),
    *(b"1e", b".", b"0", b" ", b"\n", b"\n\n", b"\t", b"\0", b"\xff", b"\xc3\xa9", b"\\u0000"),
    *(b"\xf0\x9f\x98\x80", b"\\ud800", b"+", b"+ ", b"/", b"//", b"(", b"(01)", b"(21)x", b"]C1"),
    *(b"\x1d", b"21x\x1d", GTIN, GTIN.replace(b"/", b""), b"%41", b"%", b"?17=180426&", b"&"),
    *(b"#", b":", b"a.", b"a:", b"z", b"z1", b"AAAA", b"=", b"# \n", b"log a\n"),
    *(b"log " + VKEY + b"\n", b"quorum none\n", b"urn:epc:", b"1, ", b"x"),
    *(b"\xe2\x80\x94 a b\n", b"\xe2\x80\x94 a AAAAAAAA\n"),
]
OPENED: Final = [
    *((b'"', b'\\"'), (b'"', b"\\\\"), (b'["', b'\\"'), (b'{"a":"', b"\\u0041"), (b"-", b"1")),
    *((b"0.", b"1"), (b"0.", b"0"), (b"1e", b"9"), (b"1.", b"1e"), (b"[", b'"",'), (b"[", b"1,")),
    *((b"https://", b"a."), (b"https://", b"a"), (b"https://id.gs1.org", GTIN)),
    *((b"https://a" + GTIN + b"?", b"17=180426&"), (b"https://id.gs1.org/01/", b"%41")),
    *((b"urn:epc:id:sgtin:9520000.", b"1."), (b"urn:epc:id:giai:9520000.", b"%41")),
    *((b"urn:epcglobal:cbv:disp:", b"x"), (b"2026-11-02T08:00:00.", b"1"), (b"urn:uuid:", b"0")),
    *((b"did:web:", b"a."), (b"witness w", b" "), (PROOF, b"AAAA\n"), (PROOF + b"extra ", b"AAAA")),
    *((b"a\n1\n", b"AAAA\n"), (b"a+", b"A"), (b"a+00000000+", b"A"), (b"z6Mk", b"1")),
]
NESTED: Final = b"[" * 31 + b"]" * 31 + b","
HALF: Final = b"n" * (SIZE // 2)
PREFIXED: Final = b",".join(b'"a:%d":1' % number for number in range(40_000))
FAMILIES: Final[Mapping[str, bytes]] = {
    **{f"repeated {unit!r}": _filled(unit) for unit in UNITS},
    **{f"{unit!r} after {head!r}": _filled(unit, head) for head, unit in OPENED},
    "strings": _filled(b'"a",', b"[", b'""]'),
    "escaped quotes": _filled(b'"\\"",', b"[", b'""]'),
    "objects": _filled(b"{},", b"[", b"1]"),
    "numbers": _filled(b"7,", b"[", b"1]"),
    "fractions": _filled(b"0.5,", b"[", b"1.5]"),
    "fractions, the last misspelt": _filled(b"0.5,", b"[", b"1.50]"),
    "nulls and a fraction": _filled(b"null,", b"[", b"1.5]"),
    "surrogate pairs, the last a half": _filled(b'"\\ud83d\\ude00",', b"[", b'"\\ud800"]'),
    "deep as allowed": _filled(NESTED, b"[", b"1]"),
    "a long string": _filled(b"x", b'"', b'"'),
    "a long escaped string": _filled(b"\\n", b'"', b'"'),
    "members": _members(),
    "members, the last doubled": _members("0"),
    "members, one before the last doubled": _members("x", "x", "y"),
    "members beyond U+FFFF": _members("\U0001f600", "\uffff"),
    "a long name of a long list": b'{"%s":[%s1]}' % (HALF, b"1," * (SIZE // 4)),
    "a long namespace of many names": b'{"@context":[{"a":"%s"}],%s}' % (HALF, PREFIXED),
    "lists in a list": b'{"x:y":%s}' % _filled(b"[[1],[2]],", b"[", b"1]"),
    "a group of many": b"group g any" + b" w" * (SIZE // 2),
}


def _value(raw: bytes) -> Any:
    """The JSON value of `raw`, leniently read, or the text itself."""
    try:
        return json.loads(raw)
    except (ValueError, RecursionError):
        return raw.decode("latin-1")


def _hash(raw: bytes) -> None:
    """Hash events that hold the value of `raw` as an extension, as text of standard
    members, and as their own members.
    """
    value, text = _value(raw), raw.decode("latin-1")
    members = value if isinstance(value, dict) else {}
    for event in (
        {"custos:x": value, "ilmd": {"x": value}},
        {"bizStep": text, "eventTime": text, "epcList": [text], "custos:time": text},
        members,
    ):
        with contextlib.suppress(errors.ProvenanceError):
            event_hash.pre_hash({"type": "ObjectEvent"} | event)


def _read(raw: bytes) -> None:
    """Read documents that hold the value of `raw` in the place of each of their members."""
    document, value = World().documents[0], _value(raw)
    for name in document:
        for new in (value, [value]):
            with contextlib.suppress(errors.ProvenanceError):
                reading.read(document | {name: new}, "0" * 64)


def _text(read: Callable[[str], object]) -> Callable[[bytes], object]:
    """`read`, given the text of the bytes."""
    return lambda raw: read(raw.decode("utf-8", "surrogateescape"))


PARSERS: Final[Mapping[str, Callable[[bytes], object]]] = {
    "canonical.parse": canonical.parse,
    "canonical.canonicalize": canonical.canonicalize,
    "canonical.serialize": lambda raw: canonical.serialize(_value(raw)),
    "canonical.parse_timestamp": _text(canonical.parse_timestamp),
    "bundle.parse": bundle.parse,
    "trust.parse": lambda raw: trust.parse(_value(raw)),
    "note.parse": note.parse,
    "note.parse_vkey": _text(note.parse_vkey),
    "policy.parse": policy.parse,
    "proof.parse": proof.parse,
    "tree_head.parse": _text(tree_head.parse),
    "digital_link.parse_digital_link": _text(digital_link.parse_digital_link),
    "digital_link.split_path": _text(digital_link.split_path),
    "gs1.parse_typed": _text(lambda text: gs1.parse_typed(text, "https://custos.example")),
    "gs1.parse_subject": _text(gs1.parse_subject),
    "epc.canonical_uri": _text(epc.canonical_uri),
    "hash_values.canonical": _text(lambda text: hash_values.canonical(text, {})),
    "event_hash.pre_hash": _hash,
    "reading.read": _read,
    "reading.read_issuer": _text(reading.read_issuer),
    "keys.decode_public": _text(keys.decode_public),
}


def run(parser: str) -> None:
    """Read each hostile text with `parser`, each within the limit; the child's part."""
    hard = resource.getrlimit(resource.RLIMIT_CPU)[1]
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    for family, raw in FAMILIES.items():
        sys.stdout.write(f"{family}\n")
        sys.stdout.flush()
        resource.setrlimit(resource.RLIMIT_CPU, (int(time.process_time()) + 1 + SECONDS, hard))
        with contextlib.suppress(errors.ProvenanceError):
            PARSERS[parser](raw)
    sys.stdout.write("all\n")


def remember() -> None:
    """Read 3,000 different megabytes with every parser that remembers answers."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    reads: tuple[Callable[[str], object], ...] = (
        *(hash_values.utc, epc.canonical_uri, gs1.parse_subject, keys.decode_public),
        canonical.parse_timestamp,
    )
    for number in range(3_000):
        text = f"http{number:0{SIZE}}"
        for read in reads:
            with contextlib.suppress(errors.ProvenanceError):
                read(text)


def _child(call: str) -> subprocess.CompletedProcess[str]:
    program = f"from tests.core.signing import test_growth; test_growth.{call}"
    command = [sys.executable, "-c", program]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)


@pytest.mark.parametrize("parser", list(PARSERS))
def test_a_megabyte_of_anything_is_read_within_seconds(parser: str) -> None:
    child = _child(f"run({parser!r})")
    reached = child.stdout.splitlines()[-1:]
    assert (child.returncode, reached) == (0, ["all"]), child.stderr[-2000:]


def test_remembered_answers_do_not_fill_the_memory() -> None:
    child = _child("remember()")
    assert child.returncode == 0, child.stderr[-2000:]
