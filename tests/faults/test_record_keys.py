"""Foreign keys and weak keys (F11, F12): the same answer for all that nobody should
distinguish, and every published weak key at both entry points of enrolment.

Single cases at capture: tests/provenance/record/test_capture_faults_keys.py.
"""

import hashlib
import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from provenance.core import gs1
from provenance.core.check import bundle
from provenance.core.check.result import Verdict
from provenance.core.record.vocabulary import Act
from provenance.core.signing import canonical, keys
from provenance.models import Refusal, SigningKey
from provenance.services import ledger
from provenance.services.check import verification
from provenance.services.record import capture
from provenance.services.registry import parties
from tests import cast, shared
from tests.captured import Captured, refused
from tests.cast import Actor
from tests.faults import recording

pytestmark = pytest.mark.usefixtures("ends_sound")
ORDER = 2**252 + 27742317777372353535851937790883648493
WEAK = {"low_order_A", "non_canonical_A", "low_order_component_A"}


def own_key(world: Captured, who: Actor, name: str, purpose: str = "any") -> keys.PrivateKey:
    """A further key, enrolled for a party."""
    private = keys.generate(hashlib.sha256(name.encode()).digest())
    world.enrol(who, private, purpose)
    return private


def revoke(world: Captured, private: keys.PrivateKey) -> None:
    world.claim(world.registrar, Act.KEY_REVOKED, cast.key_uri(private), reason="compromised")


# --- F11: whose key -----------------------------------------------------------------


def test_unknown_foreign_and_wrong_keys_get_the_same_answer_from_the_api(world: Captured) -> None:
    registry = own_key(world, world.maker, "registry only", "registry")
    others_revoked = own_key(world, world.carrier, "revoked, of another")
    revoke(world, others_revoked)
    foreign = {
        "unknown": keys.generate(bytes(32)),
        "of another party": world.carrier.private,
        "of another party, revoked": others_revoked,
        "the registrar's": world.registrar.private,
        "for claims only": registry,
    }
    caller = recording.caller(world.maker)
    answers = set()
    for key in foreign.values():
        raw = world.signed(world.maker, Act.COMMISSION, world.item("A1"), key=key)
        public = keys.encode_public(keys.public_of(key))
        error = recording.refusal(raw)
        row = Refusal.objects.latest("at")
        assert (row.issuer, row.key, row.digest) == (world.maker.gln, public, canonical.digest(raw))
        answer = caller.post("/events", raw)
        del answer.headers["X-Request-ID"]  # every answer's own
        answers.add(
            (
                error.code,
                repr(error.extra),
                answer.status_code,
                *(
                    text.replace(public, "KEY")
                    for text in (error.detail, answer.content.decode(), str(answer.headers))
                ),
            )
        )
    assert len(answers) == 1
    assert next(iter(answers))[:3] == ("key-not-authorised", "{}", 403)
    assert Refusal.objects.filter(code="key-not-authorised").count() == 2 * len(foreign)


def test_a_party_that_is_not_registered_gets_that_answer_too(world: Captured) -> None:
    stranger = cast.actor(77)
    raw = world.signed(stranger, Act.COMMISSION, world.unit(1))
    assert recording.refusal(raw).code == "key-not-authorised"
    borrowed = world.signed(stranger, Act.COMMISSION, world.unit(1), key=world.maker.private)
    assert recording.refusal(borrowed).code == "key-not-authorised"


def test_a_revoked_key_is_named_for_its_own_party_alone(world: Captured) -> None:
    private = own_key(world, world.maker, "second")
    raw = world.signed(world.maker, Act.COMMISSION, world.item("A1"), key=private)
    revoke(world, private)
    assert recording.refusal(raw).code == "key-revoked"
    answer = recording.caller(world.maker).post("/events", raw)
    assert (answer.status_code, answer.json()["code"]) == (403, "key-revoked")
    as_another = world.signed(world.carrier, Act.COMMISSION, world.unit(1), key=private)
    assert recording.refusal(as_another).code == "key-not-authorised"


def test_no_party_signs_as_another(world: Captured) -> None:
    everybody = list(world.everybody.values())
    pairs = [(who, other) for who in everybody for other in everybody if who is not other]
    raws = [
        world.signed(other, Act.COMMISSION, world.unit(1), key=who.private) for who, other in pairs
    ]
    with recording.nothing_changes():
        outcomes = capture.capture(raws, proceed=True)
    assert recording.codes(outcomes) == ["key-not-authorised"] * len(pairs)


def test_an_event_dated_before_its_key_is_amber_on_the_page_and_in_the_bundle(
    world: Captured,
) -> None:
    private, item = own_key(world, world.maker, "of today"), world.item("A1")
    before = timezone.now() - timedelta(minutes=30)
    world.act(world.maker, Act.COMMISSION, item, key=private, time=before)
    ledger.anchor_pending()
    shown = Client().get(gs1.parse_subject(item).path)
    assert b"dated before the key that signed them was enrolled: 1" in shown.content
    held = bundle.parse(Client().get(f"{gs1.parse_subject(item).path}?format=bundle").content)
    result = bundle.check(held, verification.trust(), now=timezone.now())
    assert (result.verdict, [reason.code for reason in result.reasons]) == (
        Verdict.CHECK_NEEDED,
        ["dated-before-key"],
    )


# --- F12: weak keys and signatures of another spelling ------------------------------


def vectors() -> list[dict[str, Any]]:
    """Keys and signatures that implementations disagree about."""
    published: list[dict[str, Any]] = json.loads(
        (shared.vectors("ed25519-cctv") / "ed25519vectors.json").read_bytes()
    )
    return published


def test_every_weak_key_that_was_published_is_refused_at_every_entry_point(world: Captured) -> None:
    weak = {vector["key"] for vector in vectors() if WEAK & set(vector["flags"] or ())}
    assert len(weak) > 10
    caller = recording.caller(world.carrier)
    with recording.nothing_changes():
        for raw in sorted(weak):
            public = keys.encode_public(bytes.fromhex(raw))
            with refused("weak-key"):
                parties.add_key(world.carrier.gln, public, "z" + "1" * 64)
            answer = caller.post(
                f"/parties/{world.carrier.gln}/keys",
                {"public_key": public, "possession": "z" + "1" * 64},
            )
            assert (answer.status_code, answer.json()["code"]) == (422, "weak-key")
    assert not SigningKey.objects.filter(
        public_key__in=[keys.encode_public(bytes.fromhex(k)) for k in weak]
    ).exists()


def test_a_weak_key_signs_nothing_though_it_would_verify_anything(world: Captured) -> None:
    """The published signatures that a key of low order makes over every message, put
    under an event.
    """
    document = world.document(world.maker, Act.COMMISSION, world.item("A1"))
    cases = {
        (vector["key"], vector["sig"])
        for vector in vectors()
        if "low_order_A" in (vector["flags"] or ())
    }
    assert cases
    with recording.nothing_changes():
        for key, signature in sorted(cases)[::20]:
            public = keys.encode_public(bytes.fromhex(key))
            document["proof"] |= {
                "verificationMethod": f"{document['issuer']}#{public}",
                "proofValue": keys.encode_multibase(bytes.fromhex(signature)),
            }
            assert recording.refusal(canonical.serialize(document)).code == "bad-signature"


SPELLINGS: dict[str, Callable[[bytes], str]] = {
    "S + L": lambda s: keys.encode_multibase(s[:32] + _plus(s[32:], ORDER)),
    "S = L": lambda s: keys.encode_multibase(s[:32] + ORDER.to_bytes(32, "little")),
    "the highest bit of S": lambda s: keys.encode_multibase(s[:63] + bytes([s[63] | 0x80])),
    "S = 0": lambda s: keys.encode_multibase(s[:32] + bytes(32)),
    "one byte short": lambda s: keys.encode_multibase(s[:-1]),
    "one byte long": lambda s: keys.encode_multibase(s + b"\0"),
    "twice": lambda s: keys.encode_multibase(s + s),
    "nothing": lambda _: "z",
    "in hex": lambda s: "f" + s.hex(),
    "without its base": lambda s: keys.encode_multibase(s)[1:],
    "with a space": lambda s: keys.encode_multibase(s) + " ",
    "with a leading zero": lambda s: "z1" + keys.encode_multibase(s)[1:],
    "very long": lambda _: "z" + "2" * 100_000,
}


def _plus(scalar: bytes, order: int) -> bytes:
    return (int.from_bytes(scalar, "little") + order).to_bytes(32, "little")


def test_a_signature_has_one_spelling_for_the_api(world: Captured) -> None:
    document = world.document(world.maker, Act.COMMISSION, world.item("A1"))
    signature = keys.decode_multibase(document["proof"]["proofValue"])
    for name, spell in SPELLINGS.items():
        spelt = document | {"proof": document["proof"] | {"proofValue": spell(signature)}}
        recording.assert_refused_everywhere(
            world, name, canonical.serialize(spelt), "bad-signature"
        )
