"""Signed notes: one spelling, and who may be believed."""

import base64
import hashlib
import json
from typing import Any

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from provenance.core import errors
from provenance.core.ledger import note, tree_head
from provenance.core.signing import keys
from tests import shared

LEDGER = note.Signer("custos.example/ledger", keys.generate(b"ledger".ljust(32, b".")))
OTHER = note.Signer("other.example", keys.generate(b"other".ljust(32, b".")))
MALLORY = note.Signer(LEDGER.name, keys.generate(b"mallory".ljust(32, b".")))
TEXT = "first line\n\nafter an empty line, — and a dash\n"
NOTE = note.sign(TEXT, [LEDGER])


def line_of(signer: note.Signer, text: str = TEXT) -> note.SignatureLine:
    return note.signature(signer, keys.sign(signer.private, text.encode()))


def refusal(raw: bytes, *verifiers: note.Verifier) -> str:
    with pytest.raises(errors.ProvenanceError) as caught:
        note.open_note(raw, verifiers or [LEDGER.verifier])
    return caught.value.code


@pytest.fixture
def c2sp() -> dict[str, Any]:
    vectors: dict[str, Any] = json.loads(
        (shared.vectors("c2sp") / "c2sp-vectors.json").read_bytes()
    )
    return vectors


# --- somebody else's answers --------------------------------------------------------


def test_the_example_of_the_specification(c2sp: dict[str, Any]) -> None:
    example = c2sp["signed_note"]
    verifier = note.parse_vkey(example["vkey"])
    assert verifier.vkey() == example["vkey"]
    opened = note.open_note(example["note"].encode(), [verifier])
    assert opened.text == "This is an example message.\n"
    assert opened.verified == (note.Verified(verifier),)
    assert refusal(example["note"].replace("This", "That").encode(), verifier) == "bad-signature"


def test_published_key_ids(c2sp: dict[str, Any]) -> None:
    for row in c2sp["key_ids"]["rows"]:
        private = serialization.load_pem_private_key(row["ed25519_pkcs8_pem"].encode(), None)
        assert isinstance(private, Ed25519PrivateKey)
        public = private.public_key().public_bytes_raw()
        assert note.key_id(row["name"], row["type"], public) == row["key_id"]
        hashed = hashlib.sha256(
            row["name"].encode() + b"\n" + bytes([row["type"]]) + public
        ).hexdigest()
        assert hashed == row["sha256"]


def test_published_witness_checkpoints(c2sp: dict[str, Any]) -> None:
    section = c2sp["witness_checkpoints"]
    verifier = note.parse_vkey(section["log_vkey"])
    for name in ("checkpoint_5", "checkpoint_8"):
        assert note.open_note(section[name].encode(), [verifier]).verified == (
            note.Verified(verifier),
        )


def test_a_real_cosigned_tree_head(c2sp: dict[str, Any]) -> None:
    section = c2sp["real_cosigned_checkpoint"]
    log, witness = (note.parse_vkey(vkey) for vkey in section["vkeys"])
    assert (log.key_type, witness.key_type) == (note.KeyType.ED25519, note.KeyType.COSIGNATURE)
    opened = note.open_note(section["checkpoint"].encode(), [log, witness])
    assert len(opened.signatures) == 6
    assert opened.verified == (note.Verified(log), note.Verified(witness, 1_779_573_024))


# --- opening ------------------------------------------------------------------------


def test_a_note_gives_back_its_text_and_who_signed() -> None:
    raw = note.sign(TEXT, [LEDGER, OTHER])
    assert raw.startswith(f"{TEXT}\n— custos.example/ledger ".encode())
    opened = note.open_note(raw, [OTHER.verifier, LEDGER.verifier])
    assert opened.text == TEXT
    assert opened.verified == (note.Verified(LEDGER.verifier), note.Verified(OTHER.verifier))


def test_unknown_keys_say_nothing() -> None:
    opened = note.open_note(note.add_signatures(NOTE, [line_of(OTHER)]), [LEDGER.verifier])
    assert len(opened.signatures) == 2
    assert opened.verified == (note.Verified(LEDGER.verifier),)
    assert refusal(NOTE, OTHER.verifier) == "unknown-signer"
    with pytest.raises(errors.UnknownSigner):
        note.open_note(NOTE, [])


def test_without_a_known_signer_a_note_and_a_tree_head_answer_differently() -> None:
    head = note.sign(f"{LEDGER.name}\n1\n{note.encode_base64(bytes(32))}\n", [LEDGER])
    with pytest.raises(errors.UnknownSigner):
        note.open_note(head, [OTHER.verifier])
    with pytest.raises(errors.UnknownLedger):
        tree_head.open_signed(head, [OTHER.verifier])
    assert tree_head.open_signed(head, [LEDGER.verifier])[0].size == 1


def test_a_known_keys_bad_signature_spoils_the_note_though_another_is_good() -> None:
    both = note.add_signatures(NOTE, [line_of(OTHER, "another text\n")])
    assert refusal(both, LEDGER.verifier, OTHER.verifier) == "bad-signature"
    again = note.add_signatures(NOTE, [line_of(LEDGER, "another text\n")])
    assert refusal(again) == "bad-signature"


def test_the_same_name_with_another_key_is_another_key() -> None:
    assert MALLORY.verifier.key_id != LEDGER.verifier.key_id
    assert refusal(note.sign(TEXT, [MALLORY])) == "unknown-signer"
    forged = note.SignatureLine(LEDGER.name, LEDGER.verifier.key_id, line_of(MALLORY).value)
    assert refusal(note.add_signatures(NOTE, [forged])) == "bad-signature"


def test_the_same_key_under_another_name_is_another_key() -> None:
    renamed = note.Verifier("renamed.example", LEDGER.verifier.public)
    assert renamed.key_id != LEDGER.verifier.key_id
    assert refusal(NOTE, renamed) == "unknown-signer"


def test_a_key_that_signs_twice_counts_once() -> None:
    opened = note.open_note(note.add_signatures(NOTE, [line_of(LEDGER)] * 3), [LEDGER.verifier])
    assert len(opened.signatures) == 4
    assert opened.verified == (note.Verified(LEDGER.verifier),)


def test_a_hundred_signatures_are_read_and_no_more() -> None:
    unknown = [note.SignatureLine("unknown.example", number, b"x") for number in range(99)]
    full = note.add_signatures(NOTE, unknown)
    assert len(note.open_note(full, [LEDGER.verifier]).signatures) == 100
    with pytest.raises(errors.BadNote):
        note.add_signatures(full, unknown[:1])


def test_two_keys_that_a_signature_line_could_not_tell_apart_are_refused() -> None:
    class Twin(note.Verifier):
        key_id = LEDGER.verifier.key_id

    twin = Twin(LEDGER.name, OTHER.verifier.public)
    assert refusal(NOTE, LEDGER.verifier, twin) == "bad-note"


@given(st.integers(0, len(NOTE) * 8 - 1))
def test_any_flipped_bit_is_noticed(bit: int) -> None:
    flipped = bytearray(NOTE)
    flipped[bit // 8] ^= 1 << bit % 8
    assert refusal(bytes(flipped)) in {"bad-note", "bad-signature", "unknown-signer"}


# --- one spelling -------------------------------------------------------------------

GOOD = NOTE.decode()
LINE = GOOD.rsplit("\n", 2)[1]
SIGNED = LINE.rsplit(" ", 1)[1]
MISSPELT = {
    "empty": "",
    "no signature": TEXT + "\n",
    "no empty line": GOOD.replace("\n\n— custos", "\n— custos").replace("\n\n", "\n"),
    "no last line break": GOOD[:-1],
    "an empty line at the end": GOOD + "\n",
    "a hyphen for the dash": GOOD.replace("\n— ", "\n- "),
    "no space after the dash": GOOD.replace("\n— ", "\n—"),
    "two spaces": GOOD.replace("ledger ", "ledger  "),
    "a tab": GOOD.replace("ledger ", "ledger\t"),
    "a trailing space": GOOD[:-1] + " \n",
    "carriage returns": GOOD.replace("\n", "\r\n"),
    "no name": GOOD.replace("custos.example/ledger", ""),
    "a plus in the name": GOOD.replace("custos.example", "custos+example"),
    "a no-break space in the name": GOOD.replace("custos.example", "custos\u00a0example"),
    "no padding": GOOD.replace("=", ""),
    "no signature on the line": GOOD.replace(SIGNED, base64.b64encode(b"1234").decode()),
    "URL-safe base64": GOOD.replace(SIGNED, "-" + SIGNED[1:]),
    "junk in the base64": GOOD.replace(SIGNED, SIGNED[:8] + "!" + SIGNED[8:]),
    "stray bits in the base64": GOOD.replace(SIGNED, SIGNED[:-3] + chr(ord(SIGNED[-3]) + 1) + "=="),
    "a NUL": GOOD.replace("first", "fir\0st"),
    "a tab in the text": GOOD.replace("first", "fir\tst"),
    "a line separator where a signature ends": GOOD[:-1] + "\u2028" + LINE + "\n",
    "a form feed between signatures": GOOD[:-1] + "\x0c" + LINE + "\n",
}


def test_the_padding_of_this_signature_has_stray_bits_to_set() -> None:
    assert SIGNED.endswith("=")


@pytest.mark.parametrize("text", MISSPELT.values(), ids=MISSPELT.keys())
def test_a_note_in_another_spelling_is_refused(text: str) -> None:
    assert text != GOOD
    assert refusal(text.encode()) == "bad-note"


def test_bytes_that_are_no_text_and_endless_notes_are_refused() -> None:
    assert refusal(NOTE.replace(b"first", b"f\xffrst")) == "bad-note"
    assert refusal(b"x" * 1_000_000 + NOTE) == "bad-note"


def test_the_last_empty_line_ends_the_text() -> None:
    """So whoever slips one in between the signatures has changed what was signed."""
    raw = f"{GOOD}\n{LINE}\n".encode()
    assert note.parse(raw).text == GOOD
    assert refusal(raw) == "bad-signature"


def test_lines_are_split_at_line_feeds_only() -> None:
    text = "one\u2028still one\x85and one\n"
    assert note.open_note(note.sign(text, [LEDGER]), [LEDGER.verifier]).text == text


@given(st.text(st.characters(exclude_categories=["Cs"], min_codepoint=32)))
def test_any_text_without_control_characters_survives(text: str) -> None:
    assert note.open_note(note.sign(text + "\n", [LEDGER]), [LEDGER.verifier]).text == text + "\n"


@pytest.mark.parametrize("text", ["", "no line break", "a\rb\n", "\ud800\n"])
def test_what_could_not_be_read_is_not_signed(text: str) -> None:
    with pytest.raises(errors.BadNote):
        note.sign(text, [LEDGER])
    with pytest.raises(errors.BadNote):
        note.sign(TEXT, [])


# --- verifier keys ------------------------------------------------------------------


@pytest.mark.parametrize("key_type", list(note.KeyType))
def test_a_vkey_has_one_spelling(key_type: note.KeyType) -> None:
    verifier = note.Verifier("custos.example/漢字", LEDGER.verifier.public, key_type)
    text = verifier.vkey()
    assert note.parse_vkey(text) == verifier
    name, number, encoded = text.split("+", 2)
    shouted = f"{name}+{number.upper()}+{encoded}"
    for wrong in (
        f"{name}+{number}",
        f"{name}{number}+{encoded}",
        f"renamed+{number}+{encoded}",
        f"{name}+00000000+{encoded}",
        f"{name}+0{number}+{encoded}",
        f"+{number}+{encoded}",
        f"{name}+{number}+{encoded}=",
        f"{name}+{number}+{encoded}\n",
        f" {text}",
        shouted if shouted != text else "",
        "",
    ):
        with pytest.raises(errors.BadNote):
            note.parse_vkey(wrong)


def test_base64_in_a_vkey_may_hold_a_plus() -> None:
    """And so a vkey is split at its first two."""
    numbers = (keys.generate(number.to_bytes(32, "big")) for number in range(200))
    vkeys = [note.Signer("name", private).verifier.vkey() for private in numbers]
    with_plus = [vkey for vkey in vkeys if vkey.count("+") > 2]
    assert with_plus
    for vkey in with_plus:
        assert note.parse_vkey(vkey).vkey() == vkey


@pytest.mark.parametrize("key_type", [0x00, 0x02, 0x05, 0x06, 0xFF])
def test_a_key_of_a_type_unknown_here_is_refused(key_type: int) -> None:
    number = note.key_id("name", key_type, LEDGER.verifier.public)
    encoded = note.encode_base64(bytes([key_type]) + LEDGER.verifier.public)
    with pytest.raises(errors.BadNote):
        note.parse_vkey(f"name+{number:08x}+{encoded}")


def test_a_vkey_of_low_order_is_refused() -> None:
    public = b"\x01" + bytes(31)
    encoded = note.encode_base64(b"\x01" + public)
    with pytest.raises(errors.WeakKey):
        note.parse_vkey(f"name+{note.key_id('name', 1, public):08x}+{encoded}")


@pytest.mark.parametrize(
    "text", ["A", "AA", "AA=", "AAA", "AB==", "AAB=", "A A=", "AA==\n", "AA==AA==", "٣٣٣٣"]
)
def test_base64_has_one_spelling(text: str) -> None:
    with pytest.raises(errors.BadNote):
        note.decode_base64(text)
