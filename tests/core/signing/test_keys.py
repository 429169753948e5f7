"""Ed25519 keys: RFC 8032's own answers, the CCTV edge cases, and one spelling."""

import json
from typing import Any

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from hypothesis import given
from hypothesis import strategies as st

from provenance.core import errors
from provenance.core.signing import keys
from tests import shared

ALICE = keys.generate(b"alice".ljust(32, b"."))
MALLORY = keys.generate(b"mallory".ljust(32, b"."))
PARTY = "did:web:custos.example:parties:9520000000011"
ORDER = 2**252 + 27742317777372353535851937790883648493
KEY_FAULTS = {"low_order_A", "low_order_component_A", "non_canonical_A"}


def cctv() -> list[dict[str, Any]]:
    vectors: list[dict[str, Any]] = json.loads(
        (shared.vectors("ed25519-cctv") / "ed25519vectors.json").read_bytes()
    )
    return vectors


def accepts(public: bytes, message: bytes, signature: bytes) -> bool:
    try:
        keys.verify(public, message, signature)
    except errors.BadSignature:
        return False
    return True


def second_opinion(public: bytes, message: bytes, signature: bytes) -> bool:
    try:
        Ed25519PublicKey.from_public_bytes(public).verify(signature, message)
    except (InvalidSignature, ValueError):
        return False
    return True


@pytest.mark.parametrize(
    ("seed", "public", "message", "signature"),
    [
        (
            "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
            "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
            "",
            (
                "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e06522490155"
                "5fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b"
            ),
        ),
        (
            "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
            "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
            "72",
            (
                "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
                "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00"
            ),
        ),
    ],
    ids=["RFC 8032 test 1", "RFC 8032 test 2"],
)
def test_signing_and_verifying_are_those_of_rfc_8032(
    seed: str, public: str, message: str, signature: str
) -> None:
    private = keys.generate(bytes.fromhex(seed))
    assert keys.public_of(private).hex() == public
    assert keys.sign(private, bytes.fromhex(message)).hex() == signature
    keys.verify(bytes.fromhex(public), bytes.fromhex(message), bytes.fromhex(signature))


@given(st.binary(max_size=200), st.integers(0, 511))
def test_one_flipped_bit_spoils_a_signature(message: bytes, bit: int) -> None:
    public, signature = keys.public_of(ALICE), keys.sign(ALICE, message)
    flipped = bytearray(signature)
    flipped[bit // 8] ^= 1 << bit % 8
    assert accepts(public, message, signature)
    assert not accepts(public, message, bytes(flipped))
    assert not accepts(public, message + b"\0", signature)
    assert not accepts(keys.public_of(MALLORY), message, signature)


def test_a_signature_has_one_form() -> None:
    """S + L satisfies the same equation: accepting it would give one statement two
    signatures.
    """
    signature = keys.sign(ALICE, b"message")
    larger = int.from_bytes(signature[32:], "little") + ORDER
    assert not accepts(
        keys.public_of(ALICE), b"message", signature[:32] + larger.to_bytes(32, "little")
    )


@pytest.mark.parametrize("length", [0, 1, 31, 33, 64])
def test_a_key_of_another_length_verifies_nothing_and_is_not_enrolled(length: int) -> None:
    key = (keys.public_of(ALICE) * 2)[:length]
    assert not accepts(key, b"message", keys.sign(ALICE, b"message"))
    with pytest.raises(errors.WeakKey):
        keys.check_enrolment(key)


@pytest.mark.parametrize("length", [0, 1, 63, 65, 128])
def test_a_signature_of_another_length_is_refused(length: int) -> None:
    signature = (keys.sign(ALICE, b"message") * 2)[:length]
    assert not accepts(keys.public_of(ALICE), b"message", signature)


@pytest.mark.parametrize("moved", range(-64, 8))
def test_the_border_between_signature_and_message_does_not_move(moved: int) -> None:
    whole = keys.sign(ALICE, b"message") + b"message"
    assert accepts(keys.public_of(ALICE), whole[64 + moved :], whole[: 64 + moved]) == (moved == 0)


# --- enrolment ----------------------------------------------------------------------


def test_every_key_of_cctv_with_a_fault_is_refused_and_every_other_enrolled() -> None:
    refused = enrolled = 0
    for vector in cctv():
        try:
            keys.check_enrolment(bytes.fromhex(vector["key"]))
        except errors.WeakKey:
            assert KEY_FAULTS & set(vector["flags"]), vector["number"]
            refused += 1
        else:
            assert not KEY_FAULTS & set(vector["flags"] or []), vector["number"]
            enrolled += 1
    assert (refused, enrolled) == (886, 28)


def test_what_we_accept_for_an_enrolled_key_others_accept_too() -> None:
    """The other way round one vector differs: libsodium alone refuses an R of low
    order.
    """
    differ = []
    for vector in cctv():
        if KEY_FAULTS & set(vector["flags"] or []):
            continue
        case = bytes.fromhex(vector["key"]), vector["msg"].encode(), bytes.fromhex(vector["sig"])
        ours, theirs = accepts(*case), second_opinion(*case)
        assert theirs or not ours
        if ours != theirs:
            differ.append(set(vector["flags"]))
    assert len(differ) == 1
    assert "low_order_R" in differ[0]


def test_the_universal_key_is_refused_at_every_entry_point() -> None:
    """The neutral element and S = 0 satisfy the equation of RFC 8032 for any
    message.
    """
    neutral = b"\x01" + bytes(31)
    assert second_opinion(neutral, b"anything", neutral + bytes(32))
    assert not accepts(neutral, b"anything", neutral + bytes(32))
    with pytest.raises(errors.WeakKey):
        keys.check_enrolment(neutral)


def test_made_keys_are_enrolled() -> None:
    for number in range(50):
        keys.check_enrolment(keys.public_of(keys.generate(bytes([number]) * 32)))


# --- spelling -----------------------------------------------------------------------


@given(st.binary(max_size=80))
def test_base58_gives_back_the_bytes(raw: bytes) -> None:
    assert keys.base58_decode(keys.base58_encode(raw)) == raw


@given(st.text("123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz", max_size=100))
def test_base58_has_one_spelling(text: str) -> None:
    assert keys.base58_encode(keys.base58_decode(text)) == text


@pytest.mark.parametrize(
    ("raw", "text"),
    [
        (b"", ""),
        (b"\0", "1"),
        (b"\0\0\1", "112"),
        (b"Hello World!", "2NEpo7TZRRrLZSi2U"),
        (bytes.fromhex("0000287fb4cd"), "11233QC4"),
    ],
)
def test_base58_as_in_its_draft(raw: bytes, text: str) -> None:
    assert (keys.base58_encode(raw), keys.base58_decode(text)) == (text, raw)


@pytest.mark.parametrize("text", ["0", "O", "I", "l", "a b", "é", "z" * 129, "1" * 10**6, "+"])
def test_other_characters_and_endless_texts_are_no_base58(text: str) -> None:
    with pytest.raises(errors.Malformed):
        keys.base58_decode(text)


def test_the_w3c_key_pair() -> None:
    pair = json.loads((shared.vectors("eddsa-jcs-2022") / "keyPair.json").read_bytes())
    private = keys.decode_private(pair["privateKeyMultibase"])
    assert keys.encode_private(private) == pair["privateKeyMultibase"]
    assert keys.encode_public(keys.public_of(private)) == pair["publicKeyMultibase"]
    assert keys.decode_public(pair["publicKeyMultibase"]) == keys.public_of(private)


def test_a_public_key_has_one_spelling() -> None:
    text = keys.encode_public(keys.public_of(ALICE))
    assert text.startswith("z6Mk")
    wrong = {
        "no base": text[1:],
        "capital Z": "Z" + text[1:],
        "another base": "f" + (b"\xed\x01" + keys.public_of(ALICE)).hex(),
        "padded": "z1" + text[1:],
        "space": text + " ",
        "short": keys.encode_multibase(b"\xed\x01" + bytes(31)),
        "long": keys.encode_multibase(b"\xed\x01" + bytes(33)),
        "private": keys.encode_private(ALICE),
        "no codec": keys.encode_multibase(keys.public_of(ALICE)),
        "empty": "",
    }
    for spelling in wrong.values():
        with pytest.raises(errors.Malformed):
            keys.decode_public(spelling)
    with pytest.raises(errors.Malformed):
        keys.decode_private(text)
    with pytest.raises(errors.Malformed):
        keys.encode_public(bytes(31))
    with pytest.raises(errors.Malformed):
        keys.generate(bytes(31))


# --- proof of possession ------------------------------------------------------------


def test_possession_is_shown_for_one_key_and_one_party() -> None:
    public = keys.public_of(ALICE)
    multibase = keys.encode_public(public)
    expected = f"custos/key-possession/v1\n{PARTY}\n{multibase}\n".encode()
    assert keys.possession_message(PARTY, multibase) == expected
    proof = keys.prove_possession(ALICE, PARTY)
    keys.check_possession(public, PARTY, proof)
    wrong = {
        "another's key": (keys.public_of(MALLORY), PARTY, proof),
        "another party": (public, PARTY.replace("11", "28"), proof),
        "another's proof": (public, PARTY, keys.prove_possession(MALLORY, PARTY)),
        "no multibase": (public, PARTY, proof[1:]),
        "nothing": (public, PARTY, ""),
        "short": (public, PARTY, "z1"),
    }
    for case in wrong.values():
        with pytest.raises(errors.BadPossession):
            keys.check_possession(*case)


def test_a_party_cannot_smuggle_a_line_into_the_proof() -> None:
    with pytest.raises(errors.Malformed):
        keys.prove_possession(ALICE, PARTY + "\nz6Mk")
