"""Attacks with keys, signatures and proofs on capture."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from django.utils import timezone

from provenance.core import errors, gs1
from provenance.core.record.vocabulary import Act
from provenance.core.signing import canonical, keys
from provenance.models import Refusal, Subject
from provenance.services.record import capture
from tests import cast, shared
from tests.captured import Captured, refused

pytestmark = pytest.mark.usefixtures("rebuilds_clean")
Edit = Callable[[dict[str, Any]], object]


def commissioned(world: Captured, serial: str = "A1") -> str:
    item = world.item(serial)
    world.act(world.maker, Act.COMMISSION, item)
    return item


# --- F11: a key that is somebody else's ---------------------------------------------


def test_unknown_foreign_and_wrong_keys_get_one_and_the_same_answer(world: Captured) -> None:
    item = commissioned(world)
    registry_only, unknown = keys.generate(b"r" * 32), keys.generate(b"u" * 32)
    world.enrol(world.maker, registry_only, "registry")
    seen = set()
    for key in (unknown, world.carrier.private, registry_only, world.registrar.private):
        with refused("key-not-authorised") as caught:
            capture.capture_one(world.signed(world.maker, Act.OBSERVE, item, key=key))
        public = keys.encode_public(keys.public_of(key))
        seen.add((caught.value.detail.replace(public, "KEY"), str(caught.value.extra)))
    assert len(seen) == 1
    assert Refusal.objects.filter(code="key-not-authorised").count() == 4


@pytest.mark.parametrize(
    ("purpose", "goods", "claims"),
    [("any", True, True), ("goods", True, False), ("registry", False, True)],
)
def test_a_key_signs_what_it_was_enrolled_for(
    world: Captured, purpose: str, goods: bool, claims: bool
) -> None:
    private = keys.generate(b"p" * 32)
    world.enrol(world.maker, private, purpose)
    act = world.signed(world.maker, Act.COMMISSION, world.item("A1"), key=private)
    claim = world.signed_claim(
        world.maker,
        Act.PRODUCT_REGISTERED,
        gs1.product_uri(gs1.make_gtin("952000", 300)),
        key=private,
        **cast.a_product(world.maker),
    )
    outcomes = capture.capture([act, claim], proceed=True)
    assert [outcome.stored for outcome in outcomes] == [goods, claims]
    assert {outcome.error.code for outcome in outcomes if outcome.error} <= {"key-not-authorised"}


def test_a_party_cannot_sign_as_another(world: Captured) -> None:
    """Mallory's own, enrolled key under the maker's name: valid signature, wrong
    speaker.
    """
    with refused("key-not-authorised"):
        capture.capture_one(
            world.signed(world.maker, Act.COMMISSION, world.item("A1"), key=world.mallory.private)
        )


def test_a_revoked_key_signs_nothing_more_and_what_it_signed_stays(world: Captured) -> None:
    item = commissioned(world)
    raw = world.signed(world.maker, Act.OBSERVE, item)  # signed offline before, arriving after
    key = cast.key_uri(world.maker.private)
    world.claim(world.registrar, Act.KEY_REVOKED, key, reason="superseded")
    with refused("key-revoked"):
        capture.capture_one(raw)
    assert Subject.objects.get(uri=item).head_position == 0


def test_a_key_and_its_first_signature_may_come_in_one_batch(world: Captured) -> None:
    item, private = commissioned(world), keys.generate(b"n" * 32)
    enrolment = cast.enrolment(world.maker.uri, private, host=world.host)
    raws = [
        world.signed_claim(world.registrar, Act.KEY_ADDED, cast.key_uri(private), **enrolment),
        world.signed(world.maker, Act.OBSERVE, item, key=private),
    ]
    assert [outcome.error and outcome.error.code for outcome in capture.capture(raws[::-1])] == [
        "key-not-authorised",
        None,
    ]
    assert all(outcome.stored for outcome in capture.capture(raws))


# --- F12: keys and signatures that are not what they seem ---------------------------


def test_every_weak_key_of_the_published_vectors_is_refused_at_enrolment(world: Captured) -> None:
    vectors = json.loads(shared.vectors("ed25519-cctv/ed25519vectors.json").read_text())
    weak = {
        vector["key"]
        for vector in vectors
        if {"low_order_A", "non_canonical_A", "low_order_component_A"} & set(vector["flags"] or ())
    }
    assert weak
    for raw in sorted(weak):
        public = keys.encode_public(bytes.fromhex(raw))
        members = {
            "party": world.maker.uri,
            "purpose": "any",
            "custody": "external",
            "possession": "z" + "1" * 64,
        }
        with refused("weak-key"):
            world.claim(world.registrar, Act.KEY_ADDED, gs1.key_uri(public), **members)


def signature_of(raw: bytes) -> tuple[dict[str, Any], bytes]:
    document = json.loads(raw)
    return document, keys.decode_multibase(document["proof"]["proofValue"])


ORDER = 2**252 + 27742317777372353535851937790883648493


def add_order(signature: bytes) -> bytes:
    """The same signature with S + L: a second spelling that a lenient verifier
    takes.
    """
    return signature[:32] + (int.from_bytes(signature[32:], "little") + ORDER).to_bytes(
        32, "little"
    )


@pytest.mark.parametrize(
    "change",
    [
        add_order,
        lambda s: s[:-1],
        lambda s: s + b"\0",
        lambda _: bytes(64),
        lambda _: b"",
        lambda s: s[32:] + s[:32],
    ],
    ids=["S + L", "short", "long", "zero", "empty", "turned round"],
)
def test_a_signature_has_one_spelling(world: Captured, change: Callable[[bytes], bytes]) -> None:
    document, signature = signature_of(world.signed(world.maker, Act.COMMISSION, world.item("A1")))
    document["proof"]["proofValue"] = keys.encode_multibase(change(signature))
    with refused("bad-signature"):
        capture.capture_one(json.dumps(document).encode())


# --- F13: tricks with the algorithm and the name of the key -------------------------

TRICKS: dict[str, tuple[dict[str, Any], str]] = {
    "no algorithm": ({"cryptosuite": "none"}, "unsupported-proof"),
    "another suite": ({"cryptosuite": "ecdsa-jcs-2019"}, "unsupported-proof"),
    "another type": ({"type": "JsonWebSignature2020"}, "unsupported-proof"),
    "another purpose": ({"proofPurpose": "authentication"}, "unsupported-proof"),
    "alg beside": ({"alg": "HS256"}, "unsupported-proof"),
    "a URL as key": ({"verificationMethod": "https://evil.example/key.json#x"}, "binding-mismatch"),
    "a path as key": ({"verificationMethod": "../../etc/passwd"}, "binding-mismatch"),
    "SQL as key": ({"verificationMethod": "' OR 1=1 --#z6Mk"}, "binding-mismatch"),
    "no key": ({"verificationMethod": ""}, "malformed"),
    "a list as key": ({"verificationMethod": []}, "malformed"),
    "a number as signature": ({"proofValue": 1}, "bad-signature"),
    "a secret as signature": ({"proofValue": "hmac"}, "bad-signature"),
}


@pytest.mark.parametrize("case", TRICKS)
def test_a_trick_with_algorithm_or_key_is_refused(world: Captured, case: str) -> None:
    change, code = TRICKS[case]
    document = world.document(world.maker, Act.COMMISSION, world.item("A1"))
    document["proof"] |= change
    with refused(code):
        capture.capture_one(json.dumps(document).encode())


SECP256K1 = "zQ3shokFTS3brHcDQrn82RUDfCZESWL1ZdCEJwekUDPQiYBme"


@pytest.mark.parametrize("fragment", ["z6MkNotAKey", "0" * 48, "z" + "1" * 47, SECP256K1])
def test_the_fragment_must_be_an_ed25519_key(world: Captured, fragment: str) -> None:
    document = world.document(world.maker, Act.COMMISSION, world.item("A1"))
    document["proof"]["verificationMethod"] = f"{document['issuer']}#{fragment}"
    with refused("malformed"):
        capture.capture_one(json.dumps(document).encode())


def test_a_set_of_proofs_is_not_one_proof(world: Captured) -> None:
    document = world.document(world.maker, Act.COMMISSION, world.item("A1"))
    document["proof"] = [document["proof"]]
    (outcome,) = capture.capture([json.dumps(document).encode()])
    assert isinstance(outcome.error, errors.ProvenanceError)
    assert outcome.error.code in ("malformed", "unsupported-proof")


def test_a_proof_made_for_one_context_does_not_fit_another(world: Captured) -> None:
    document = world.document(world.maker, Act.COMMISSION, world.item("A1"))
    document["proof"]["@context"] = [document["proof"]["@context"][0]]
    with refused("bad-signature"):
        capture.capture_one(json.dumps(document).encode())


def test_the_second_proof_cannot_hide_inside_the_event(world: Captured) -> None:
    """The proof at the top is cut out before hashing, never one that the event carries
    inside.
    """
    item, moment = world.item("A1"), timezone.now()
    plain = world.document(world.maker, Act.COMMISSION, item, time=moment, created=moment)

    def edit(document: dict[str, Any]) -> None:
        document["evidence"] = [{"proof": plain["proof"], "type": "Copy"}]

    raw = world.signed(world.maker, Act.COMMISSION, item, time=moment, created=moment, edit=edit)
    assert capture.capture_one(raw) == canonical.digest(raw)
