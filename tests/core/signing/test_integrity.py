"""eddsa-jcs-2022: the W3C's worked example byte for byte, and every way to spoil a
signed document.
"""

import copy
import json
from pathlib import Path
from typing import Any

import pytest

from provenance.core import errors
from provenance.core.signing import canonical, integrity, keys
from tests import shared

ALICE = keys.generate(b"alice".ljust(32, b"."))
MALLORY = keys.generate(b"mallory".ljust(32, b"."))
DID = "did:web:custos.example:parties:9520000000011"
METHOD = f"{DID}#{keys.encode_public(keys.public_of(ALICE))}"
MALLORYS = f"{DID}#{keys.encode_public(keys.public_of(MALLORY))}"
CREATED = "2026-11-22T08:00:03Z"
DOCUMENT: dict[str, Any] = {
    "@context": ["https://www.w3.org/ns/credentials/v2", "https://custos.example/ns/v1"],
    "type": ["VerifiableCredential", "CustodyEvent"],
    "issuer": DID,
    "credentialSubject": {"quantity": 2.5, "name": "漢字 and é", "list": [1, True, None]},
}


def signed(**changes: Any) -> dict[str, Any]:
    return integrity.sign(
        {**DOCUMENT, **changes}, ALICE, verification_method=METHOD, created=CREATED
    )


def refusal(document: dict[str, Any]) -> str:
    with pytest.raises(errors.ProvenanceError) as caught:
        integrity.verify(document)
    return caught.value.code


def with_proof(**changes: Any) -> dict[str, Any]:
    document = signed()
    document["proof"].update(changes)
    return document


# --- somebody else's answers --------------------------------------------------------


@pytest.fixture
def w3c() -> Path:
    return shared.vectors("eddsa-jcs-2022")


def test_every_step_of_the_w3c_example(w3c: Path) -> None:
    secured = canonical.parse((w3c / "signedJCS.json").read_bytes())
    config = canonical.parse((w3c / "proofConfigJCS.json").read_bytes())
    pair = canonical.parse((w3c / "keyPair.json").read_bytes())
    private = keys.decode_private(pair["privateKeyMultibase"])
    document = {name: value for name, value in secured.items() if name != "proof"}

    assert canonical.serialize(document) == (w3c / "canonDocJCS.txt").read_bytes().strip()
    assert (
        canonical.digest(canonical.serialize(document))
        == (w3c / "docHashJCS.txt").read_text().strip()
    )
    assert canonical.serialize(config) == (w3c / "proofCanonJCS.txt").read_bytes().strip()
    assert (
        canonical.digest(canonical.serialize(config))
        == (w3c / "proofHashJCS.txt").read_text().strip()
    )
    prepared, to_sign = integrity.prepare(
        document, verification_method=config["verificationMethod"], created=config["created"]
    )
    assert prepared == config
    assert to_sign.hex() == (w3c / "combinedHashJCS.txt").read_text().strip()
    assert integrity.hash_data(document, config) == to_sign
    signature = keys.sign(private, to_sign)
    assert signature.hex() == (w3c / "sigHexJCS.txt").read_text().strip()
    assert keys.encode_multibase(signature) == (w3c / "sigBTC58JCS.txt").read_text().strip()
    assert integrity.attach(document, prepared, signature) == secured


def test_the_w3c_example_is_signed_and_verified_whole(w3c: Path) -> None:
    secured = canonical.parse((w3c / "signedJCS.json").read_bytes())
    pair = json.loads((w3c / "keyPair.json").read_bytes())
    document = {name: value for name, value in secured.items() if name != "proof"}
    again = integrity.sign(
        document,
        keys.decode_private(pair["privateKeyMultibase"]),
        verification_method=secured["proof"]["verificationMethod"],
        created=secured["proof"]["created"],
    )
    assert again == secured
    assert integrity.verify(secured) == keys.decode_public(pair["publicKeyMultibase"])


# --- round trip ---------------------------------------------------------------------


def test_a_signed_document_gives_back_the_key_and_is_not_changed() -> None:
    document = signed()
    before = copy.deepcopy(document)
    assert integrity.verify(document) == keys.public_of(ALICE)
    assert document == before
    assert "proof" not in DOCUMENT


def test_a_document_without_context_is_signed_without() -> None:
    document = {"name": "a"}
    secured = integrity.sign(document, ALICE, verification_method=METHOD, created=CREATED)
    assert "@context" not in secured["proof"]
    assert integrity.verify(secured) == keys.public_of(ALICE)


def test_a_signature_for_another_purpose_is_none_for_ours() -> None:
    secured = integrity.sign(
        DOCUMENT, ALICE, verification_method=METHOD, created=CREATED, proof_purpose="authentication"
    )
    integrity.verify(secured, proof_purpose="authentication")
    assert refusal(secured) == "unsupported-proof"


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"verification_method": "no fragment"}, "malformed"),
        ({"verification_method": METHOD.replace("z6Mk", "z6mk")}, "malformed"),
        ({"created": "2026-11-22T08:00:03"}, "timestamp"),
    ],
)
def test_what_could_not_be_verified_is_not_prepared(changes: dict[str, str], code: str) -> None:
    with pytest.raises(errors.ProvenanceError) as caught:
        integrity.prepare(
            DOCUMENT, **{"verification_method": METHOD, "created": CREATED, **changes}
        )
    assert caught.value.code == code


def test_a_signed_document_is_not_signed_again() -> None:
    with pytest.raises(errors.Malformed):
        integrity.sign(signed(), ALICE, verification_method=METHOD, created=CREATED)


# --- attacks, one thing at a time ---------------------------------------------------


def test_any_flipped_bit_of_the_signed_bytes_is_noticed() -> None:
    raw = canonical.serialize(signed())
    for bit in range(len(raw) * 8):
        flipped = bytearray(raw)
        flipped[bit // 8] ^= 1 << bit % 8
        with pytest.raises(errors.ProvenanceError):
            integrity.verify(canonical.parse_object(bytes(flipped)))


PROOF_CHANGES: dict[str, tuple[dict[str, Any], str]] = {
    "type": ({"type": "Ed25519Signature2020"}, "unsupported-proof"),
    "cryptosuite": ({"cryptosuite": "eddsa-rdfc-2022"}, "unsupported-proof"),
    "purpose": ({"proofPurpose": "authentication"}, "unsupported-proof"),
    "expiry": ({"expires": CREATED}, "unsupported-proof"),
    "proof chain": ({"previousProof": "urn:uuid:1"}, "unsupported-proof"),
    "created": ({"created": "2026-11-22T08:00:04Z"}, "bad-signature"),
    "created, the same moment": ({"created": "2026-11-22T08:00:03+00:00"}, "bad-signature"),
    "created, naive": ({"created": "2026-11-22T08:00:03"}, "timestamp"),
    "created, a number": ({"created": 1}, "timestamp"),
    "another key": ({"verificationMethod": MALLORYS}, "bad-signature"),
    "another controller": (
        {"verificationMethod": METHOD.replace("0000000011", "0000000028")},
        "bad-signature",
    ),
    "no controller": ({"verificationMethod": METHOD[len(DID) :]}, "malformed"),
    "no key": ({"verificationMethod": DID}, "malformed"),
    "a key with a tail": ({"verificationMethod": METHOD + "#z6Mk"}, "malformed"),
    "a fragment before the key": (
        {"verificationMethod": METHOD.replace("#", "#key-1#")},
        "malformed",
    ),
    "a method that is no text": ({"verificationMethod": {"id": METHOD}}, "malformed"),
    "a shorter context": ({"@context": DOCUMENT["@context"][:1]}, "bad-signature"),
    "a null context": ({"@context": None}, "bad-signature"),
    "an empty signature": ({"proofValue": "z"}, "bad-signature"),
    "a signature that is no text": ({"proofValue": 1}, "bad-signature"),
    "a signature in another base": ({"proofValue": "f00"}, "bad-signature"),
    "a signature with a zero before": (
        {"proofValue": "z1" + signed()["proof"]["proofValue"][1:]},
        "bad-signature",
    ),
    "a signature of a megabyte": ({"proofValue": "z" + "2" * 10**6}, "bad-signature"),
}


@pytest.mark.parametrize(("changes", "code"), PROOF_CHANGES.values(), ids=PROOF_CHANGES.keys())
def test_a_changed_proof_is_refused(changes: dict[str, Any], code: str) -> None:
    assert refusal(with_proof(**changes)) == code


@pytest.mark.parametrize("member", sorted(signed()["proof"]))
def test_a_proof_that_lacks_a_member_is_refused(member: str) -> None:
    document = signed()
    del document["proof"][member]
    assert refusal(document) == ("bad-signature" if member == "@context" else "malformed")


@pytest.mark.parametrize(
    ("proof", "code"),
    [(None, "malformed"), ("z", "malformed"), ({}, "malformed"), ([], "unsupported-proof")],
    ids=["null", "text", "empty", "set"],
)
def test_a_document_without_one_proof_is_refused(proof: object, code: str) -> None:
    assert refusal({**DOCUMENT, "proof": proof}) == code
    assert refusal(dict(DOCUMENT)) == "malformed"
    assert refusal({**DOCUMENT, "proof": [signed()["proof"]]}) == "unsupported-proof"


def test_a_context_added_after_signing_is_refused_though_the_recommendation_allows_it() -> None:
    document = signed()
    document["@context"] = [*DOCUMENT["@context"], "https://mallory.example/redefines"]
    assert refusal(document) == "bad-signature"


def test_a_document_may_not_lose_its_context() -> None:
    document = signed()
    del document["@context"]
    assert refusal(document) == "bad-signature"


@pytest.mark.parametrize(
    "context", [None, "https://mallory.example/redefines", DOCUMENT["@context"][:1]]
)
@pytest.mark.parametrize("document", [DOCUMENT, {"name": "a"}], ids=["context", "no context"])
def test_a_proof_made_for_another_context_is_refused_though_its_signature_is_good(
    document: dict[str, Any], context: object
) -> None:
    config, _ = integrity.prepare(document, verification_method=METHOD, created=CREATED)
    config["@context"] = context
    signature = keys.sign(ALICE, integrity.hash_data(document, config))
    assert refusal(integrity.attach(document, config, signature)) == "bad-signature"


def test_a_proof_made_for_no_context_is_refused_though_its_signature_is_good() -> None:
    config, _ = integrity.prepare(DOCUMENT, verification_method=METHOD, created=CREATED)
    del config["@context"]
    signature = keys.sign(ALICE, integrity.hash_data(DOCUMENT, config))
    assert refusal(integrity.attach(DOCUMENT, config, signature)) == "bad-signature"


def test_a_copy_of_the_proof_elsewhere_in_the_document_is_not_cut_out_with_it() -> None:
    document = copy.deepcopy(signed())
    document["credentialSubject"]["proof"] = document["proof"]
    assert refusal(document) == "bad-signature"


def test_mallory_cannot_sign_in_alices_name() -> None:
    forged = integrity.sign(DOCUMENT, MALLORY, verification_method=METHOD, created=CREATED)
    assert refusal(forged) == "bad-signature"


def test_documents_and_options_are_hashed_apart() -> None:
    config, to_sign = integrity.prepare(DOCUMENT, verification_method=METHOD, created=CREATED)
    assert integrity.hash_data(config, DOCUMENT) == to_sign[32:] + to_sign[:32] != to_sign
