"""The trust file: one spelling, one fingerprint, and nothing half right is trusted."""

import dataclasses
import json
from datetime import timedelta
from typing import Any

import pytest

from provenance.core import errors
from provenance.core.check import trust
from provenance.core.ledger import note, policy
from provenance.core.record.authority import Registrar
from provenance.core.signing import canonical, keys
from tests.core import hostile
from tests.world import World

ROOTS = World().trust
FILE = ROOTS.to_json()


def code(value: Any) -> str:
    try:
        trust.parse(value)
    except errors.ProvenanceError as error:
        return error.code
    return "trusted"


def test_a_trust_file_is_read_back_as_it_was_written() -> None:
    read = trust.parse(canonical.parse(canonical.serialize(FILE)))
    assert read == ROOTS
    assert read.to_json() == FILE
    assert read.digest() == ROOTS.digest()


def test_the_fingerprint_is_of_the_canonical_bytes() -> None:
    assert ROOTS.digest() == canonical.digest(canonical.serialize(FILE))


@pytest.mark.parametrize(
    "other",
    [
        dataclasses.replace(ROOTS, host="other.example"),
        dataclasses.replace(ROOTS, registrar=Registrar(ROOTS.registrar.gln, World.maker.public)),
        dataclasses.replace(
            ROOTS, registrar=Registrar(World.maker.gln, ROOTS.registrar.public_key)
        ),
        dataclasses.replace(ROOTS, customs_unions={}),
        dataclasses.replace(ROOTS, late_after=timedelta(hours=1)),
    ],
    ids=["host", "key", "GLN", "unions", "lateness"],
)
def test_every_root_counts_in_the_fingerprint(other: trust.Trust) -> None:
    assert other.digest() != ROOTS.digest()
    assert trust.parse(other.to_json()) == other


@pytest.mark.parametrize("member", sorted(FILE))
def test_every_member_is_there_and_no_other(member: str) -> None:
    assert code(hostile.changed(FILE, (member,), ...)) == "bad-bundle"
    assert code(FILE | {"more": 1}) == "bad-bundle"


@pytest.mark.parametrize("member", sorted(FILE))
@pytest.mark.parametrize("value", [None, True, -1, 1.5, [], [7], "x"], ids=str)
def test_every_member_is_of_its_type(member: str, value: Any) -> None:
    expected = {"bad-bundle"}
    if value == "x" and member in ("host", "policy"):
        expected = {"trusted"} if member == "host" else {"bad-note"}
    if value == [] and member == "formerLedgers":
        expected = {"trusted"}
    assert code(FILE | {member: value}) in expected


@pytest.mark.parametrize("value", [None, 7, [], "CustosTrust", {}], ids=str)
def test_a_trust_file_is_an_object(value: Any) -> None:
    assert code(value) == "bad-bundle"


@pytest.mark.parametrize("hours", [0, -72, 100_000, 72.0, True, "72"], ids=str)
def test_lateness_is_a_number_of_hours(hours: Any) -> None:
    assert code(FILE | {"lateAfterHours": hours}) == "bad-bundle"


@pytest.mark.parametrize(
    ("member", "value", "expected"),
    [
        ("gln", "9520000000012", "bad-check-digit"),
        ("gln", "952000000001", "bad-identifier"),
        ("gln", 9520000000011, "bad-bundle"),
        ("publicKeyMultibase", "z6Mk", "malformed"),
        ("publicKeyMultibase", "", "malformed"),
        ("publicKeyMultibase", keys.encode_public(b"\1" + bytes(31)), "weak-key"),
        ("publicKeyMultibase", None, "bad-bundle"),
        ("name", "x", "bad-bundle"),
    ],
)
def test_the_registrar_is_a_party_with_a_sound_key(member: str, value: Any, expected: str) -> None:
    assert code(FILE | {"registrar": FILE["registrar"] | {member: value}}) == expected


FORMER_KEY = {"publicKeyMultibase": World.maker.public, "size": 7}


@pytest.mark.parametrize(
    ("former", "expected"),
    [
        ([FORMER_KEY], "trusted"),
        ([FORMER_KEY, FORMER_KEY], "bad-bundle"),
        ([FORMER_KEY | {"publicKeyMultibase": World.registrar.public}], "bad-bundle"),
        ([FORMER_KEY | {"publicKeyMultibase": "z6Mk"}], "malformed"),
        ([FORMER_KEY | {"size": 0}], "bad-bundle"),
        ([FORMER_KEY | {"size": 2**53}], "bad-bundle"),
        ([FORMER_KEY | {"size": True}], "bad-bundle"),
        ([FORMER_KEY, FORMER_KEY | {"publicKeyMultibase": World.carrier.public, "size": 6}],
         "bad-bundle"),
        ([FORMER_KEY | {"until": 7}], "bad-bundle"),
        ([World.maker.public], "bad-bundle"),
    ],
)  # fmt: skip
def test_a_former_key_of_the_registrars_is_believed_for_some_entries(
    former: list[Any], expected: str
) -> None:
    assert code(FILE | {"registrar": FILE["registrar"] | {"former": former}}) == expected


def a_former_ledger(name: str = "custos.example/old", seed: int = 97, **more: Any) -> Any:
    signer = note.Signer(name, keys.generate(bytes([seed]) * 32))
    root = note.encode_base64(bytes(32))
    return {"vkey": signer.verifier.vkey(), "size": 7, "root": root, **more}


@pytest.mark.parametrize(
    ("former", "expected"),
    [
        ([a_former_ledger()], "trusted"),
        ([a_former_ledger(), a_former_ledger("custos.example/older")], "bad-bundle"),
        ([a_former_ledger(), a_former_ledger(seed=96)], "bad-bundle"),
        ([a_former_ledger("custos.example/ledger")], "bad-bundle"),
        ([a_former_ledger(seed=99)], "bad-bundle"),
        ([a_former_ledger(size=-1)], "bad-bundle"),
        ([a_former_ledger(root="AAAA")], "bad-note"),
        ([a_former_ledger(vkey="x")], "bad-note"),
        ([a_former_ledger(more=1)], "bad-bundle"),
    ],
)
def test_a_former_ledger_has_a_name_and_key_of_its_own(former: list[Any], expected: str) -> None:
    assert code(FILE | {"formerLedgers": former}) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", "bad-note"),
        ("quorum none\n", "no-trust"),
        ("log x\nquorum none\n", "bad-note"),
        (FILE["policy"].replace("quorum none", "quorum nobody"), "bad-note"),
        ("\ud800", "bad-note"),
    ],
    ids=["empty", "no ledger", "no key", "unknown quorum", "half a surrogate pair"],
)
def test_a_policy_names_a_ledger_and_a_quorum(text: str, expected: str) -> None:
    assert code(FILE | {"policy": text}) == expected


SPELLED = canonical.serialize(FILE)
SPELLINGS = {
    "as it is": (SPELLED, "trusted"),
    "a line break at the end": (SPELLED + b"\n", "trusted"),
    "two line breaks": (SPELLED + b"\n\n", "bad-bundle"),
    "a line break of Windows": (SPELLED + b"\r\n", "bad-bundle"),
    "a blank before": (b" " + SPELLED, "bad-bundle"),
    "blanks between": (json.dumps(FILE, sort_keys=True).encode(), "bad-bundle"),
    "indented": (json.dumps(FILE, indent=2).encode(), "bad-bundle"),
    "escaped otherwise": (SPELLED.replace(b'"type"', b'"\\u0074ype"'), "bad-bundle"),
    "a comment before": (b"# ours\n" + SPELLED, "bad-json"),
    "a comment within": (SPELLED.replace(b"{", b"{/* ours */", 1), "bad-json"),
    "a byte order mark": (b"\xef\xbb\xbf" + SPELLED, "bad-text"),
    "nothing": (b"", "bad-json"),
}


@pytest.mark.parametrize(("raw", "expected"), SPELLINGS.values(), ids=SPELLINGS)
def test_a_trust_file_has_one_spelling(raw: bytes, expected: str) -> None:
    try:
        assert trust.format(trust.parse_file(raw)) == SPELLED + b"\n"
        answer = "trusted"
    except errors.ProvenanceError as error:
        answer = error.code
    assert answer == expected


LOG, QUORUM = FILE["policy"].splitlines()


@pytest.mark.parametrize(
    "text",
    [
        f"# ours\n{LOG}\n{QUORUM}\n",
        f"{LOG}\n\n{QUORUM}\n",
        f"{LOG}\n{QUORUM}\n\n",
        f"{LOG} \n{QUORUM}\n",
        f"{LOG.replace(' ', '  ')}\n{QUORUM}\n",
        f"{LOG}\n{QUORUM.replace(' ', chr(9))}\n",
        f"{QUORUM}\n{LOG}\n",
    ],
    ids=["comment", "blank line", "line at the end", "blank at an end", "blanks", "tab", "order"],
)
def test_within_a_trust_file_a_policy_has_one_spelling_too(text: str) -> None:
    """Else two spellings of the same roots had two fingerprints, or neither that of the
    file's bytes. A policy file by itself may have them.
    """
    assert policy.parse(text.encode()) == ROOTS.policy
    assert code(FILE | {"policy": text}) == "bad-bundle"


@pytest.mark.parametrize("unions", [{"EU": "NL"}, {"EU": None}, {"EU": {"NL": 1}}, []], ids=str)
def test_customs_unions_are_lists_of_countries(unions: Any) -> None:
    assert code(FILE | {"customsUnions": unions}) == "bad-bundle"


@pytest.mark.parametrize("members", [["nl"], ["NLD"], [7], [None], [["NL"]]], ids=str)
def test_a_member_of_a_union_is_a_country(members: Any) -> None:
    assert code(FILE | {"customsUnions": {"EU": members}}) == "bad-bundle"
