"""A proof's words about itself decide nothing (F13): algorithm and key are the
record's, whatever a document asks for.

Every proof here is truly signed over what it says, so nothing but the rule under attack
can refuse it.
"""

import hmac
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from provenance.api import problems
from provenance.core import errors
from provenance.core.record.vocabulary import Act
from provenance.core.signing import canonical, integrity, keys
from provenance.models import Event
from tests.captured import Captured
from tests.faults import recording

pytestmark = pytest.mark.usefixtures("ends_sound")


def proven(world: Captured, **changes: Any) -> bytes:
    """A good event of the maker's whose proof says something else; `None` takes a
    member out. Truly signed as it is.
    """
    whole = world.document(world.maker, Act.COMMISSION, world.item("A1"))
    unsigned = {name: value for name, value in whole.items() if name != "proof"}
    config = {
        name: value for name, value in whole["proof"].items() if name != "proofValue"
    } | changes
    config = {name: value for name, value in config.items() if value is not None}
    return canonical.serialize(recording.sign_as_given(unsigned, config, world.maker.private))


def test_a_proof_that_says_what_it_should_is_accepted(world: Captured) -> None:
    """The helper signs as signers do: what is refused below is refused for the change
    alone.
    """
    answer = recording.caller(world.maker).post("/events", proven(world))
    assert answer.status_code == 201


ODD: dict[str, tuple[dict[str, Any], str]] = {
    "no suite": ({"cryptosuite": None}, "malformed"),
    "an empty suite": ({"cryptosuite": ""}, "unsupported-proof"),
    "the suite none": ({"cryptosuite": "none"}, "unsupported-proof"),
    "a sister suite": ({"cryptosuite": "eddsa-rdfc-2022"}, "unsupported-proof"),
    "the suite in capitals": ({"cryptosuite": "EDDSA-JCS-2022"}, "unsupported-proof"),
    "two suites": ({"cryptosuite": ["eddsa-jcs-2022", "none"]}, "unsupported-proof"),
    "no type": ({"type": None}, "malformed"),
    "an older type": ({"type": "Ed25519Signature2020"}, "unsupported-proof"),
    "a token's type": ({"type": "JWT"}, "unsupported-proof"),
    "two types": ({"type": ["DataIntegrityProof", "X"]}, "unsupported-proof"),
    "another purpose": ({"proofPurpose": "authentication"}, "unsupported-proof"),
    "no purpose": ({"proofPurpose": None}, "malformed"),
    "two purposes": ({"proofPurpose": ["assertionMethod", "authentication"]}, "unsupported-proof"),
    "alg none": ({"alg": "none"}, "unsupported-proof"),
    "alg HS256": ({"alg": "HS256"}, "unsupported-proof"),
    "a kid": ({"kid": "../../registrar.key"}, "unsupported-proof"),
    "a key of its own": ({"jwk": {"kty": "OKP", "crv": "Ed25519", "x": "AA"}}, "unsupported-proof"),
    "a domain": ({"domain": "evil.example"}, "unsupported-proof"),
    "an end": ({"expires": "2020-01-01T00:00:00Z"}, "unsupported-proof"),
    "an earlier proof": ({"previousProof": "urn:uuid:0"}, "unsupported-proof"),
    "a second value": ({"proofvalue": "z"}, "unsupported-proof"),
    "no context": ({"@context": None}, "bad-signature"),
    "one context": ({"@context": "https://www.w3.org/ns/credentials/v2"}, "bad-signature"),
    "no key": ({"verificationMethod": None}, "malformed"),
    "no time": ({"created": None}, "malformed"),
}
NAMES: dict[str, tuple[str, str]] = {
    "a URL": ("https://evil.example/key#{key}", "binding-mismatch"),
    "the DID of another party": ("{did_of_mallory}#{key}", "binding-mismatch"),
    "a DID below ours": ("{did}:keys#{key}", "binding-mismatch"),
    "our DID in capitals": ("{DID}#{key}", "binding-mismatch"),
    "a file": ("file:///etc/passwd#{key}", "binding-mismatch"),
    "a path": ("../../../etc/passwd", "binding-mismatch"),
    "SQL": ("' OR 1=1; DROP TABLE provenance_event; --#{key}", "binding-mismatch"),
    "a did:key": ("did:key:{key}#{key}", "binding-mismatch"),
    "a key alone": ("{key}", "binding-mismatch"),
    "a fragment alone": ("#{key}", "binding-mismatch"),
    "a query": ("{did}?versionId=1#{key}", "binding-mismatch"),
    "an empty fragment": ("{did}#", "binding-mismatch"),
    "no fragment": ("{did}", "binding-mismatch"),
    "a named fragment": ("{did}#key-1", "malformed"),
    "SQL as fragment": ("{did}#' OR '1'='1", "malformed"),
    "a path as fragment": ("{did}#../../registrar", "malformed"),
    "a URL as fragment": ("{did}#https://evil.example/{key}", "malformed"),
    "two fragments": ("{did}#{key}#{key}", "malformed"),
    "a fragment with a space": ("{did}#{key} ", "malformed"),
    "a fragment with a query": ("{did}#{key}?x=1", "malformed"),
    "a fragment in percents": ("{did}#%7A6Mk", "malformed"),
    "a fragment in another base": ("{did}#f{hex}", "malformed"),
    "a private key's prefix": ("{did}#{private}", "malformed"),
    "an unknown key": ("{did}#{unknown}", "bad-signature"),
    "Mallory's key": ("{did}#{mallory}", "bad-signature"),
    "the registrar's key": ("{did}#{registrar}", "bad-signature"),
    "a very long name": ("{did}#z" + "2" * 100_000, "malformed"),
}


def test_a_proof_does_not_choose_its_algorithm(world: Captured) -> None:
    for name, (changes, code) in ODD.items():
        recording.assert_refused_everywhere(world, name, proven(world, **changes), code)


def test_a_proof_does_not_choose_where_its_key_is_looked_up(world: Captured) -> None:
    did = world.document(world.maker, Act.COMMISSION, world.item("A1"))["issuer"]
    words = {
        "did": did,
        "DID": did.upper(),
        "did_of_mallory": did.replace(world.maker.gln, world.mallory.gln),
        "key": world.maker.public,
        "mallory": world.mallory.public,
        "registrar": world.registrar.public,
        "unknown": keys.encode_public(keys.public_of(keys.generate(bytes(32)))),
        "hex": (b"\xed\x01" + keys.public_of(world.maker.private)).hex(),
        "private": keys.encode_private(keys.generate(bytes(32))),
    }
    for name, (pattern, code) in NAMES.items():
        recording.assert_refused_everywhere(
            world, name, proven(world, verificationMethod=pattern.format(**words)), code
        )


@pytest.mark.parametrize("algorithm", ["sha256", "sha512"])
def test_a_mac_under_the_public_key_is_no_signature(world: Captured, algorithm: str) -> None:
    document = world.document(world.maker, Act.COMMISSION, world.item("A1"))
    proof = document["proof"]
    unsigned = {name: value for name, value in document.items() if name != "proof"}
    config = {name: value for name, value in proof.items() if name != "proofValue"}
    public = keys.public_of(world.maker.private)
    for secret in (public, world.maker.public.encode(), proof["verificationMethod"].encode()):
        mac = hmac.new(secret, integrity.hash_data(unsigned, config), algorithm).digest()
        for value in (mac, mac.ljust(64, b"\0"), mac[:32] * 2):
            raw = canonical.serialize(integrity.attach(unsigned, config, value))
            assert recording.refusal(raw).code == "bad-signature"


def test_a_proof_of_another_shape_is_no_proof(world: Captured) -> None:
    document = world.document(world.maker, Act.COMMISSION, world.item("A1"))
    proofs: list[Any] = [[], {}, None, "z", 0, [{}], {"proofValue": "z"}, {"jws": "e30..AA"}]
    for proof in proofs:
        for value in (proof, [document["proof"], proof], [document["proof"]]):
            recording.assert_refused_everywhere(
                world, repr(value), canonical.serialize(document | {"proof": value}), "malformed"
            )


TEXTS = st.one_of(
    st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=60),
    st.from_regex(
        r"did:web:[a-z.%0-9A-F]{1,20}:parties:[0-9]{13}#z6Mk[1-9A-Za-z]{0,60}", fullmatch=True
    ),
    st.sampled_from(
        ["none", "HS256", "..", "file:///", "http://[::1", "%00", "%", "\ud7ff", "#", "z6Mk"]
    ),
)


def test_no_text_in_a_proof_is_accepted_or_our_fault(world: Captured) -> None:
    caller = recording.caller(world.maker)
    before = recording.picture()

    @settings(
        max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
    )
    @given(
        st.sampled_from(
            [
                "verificationMethod",
                "type",
                "cryptosuite",
                "proofPurpose",
                "created",
                "alg",
                "@context",
            ]
        ),
        TEXTS,
    )
    def run(name: str, value: str) -> None:
        answer = caller.post("/events", proven(world, **{name: value}))
        assert 400 <= answer.status_code < 500, answer.content
        assert problems.TABLE[answer.json()["code"]].status == answer.status_code

    run()
    assert recording.picture() == before
    assert not Event.objects.filter(kind="commission").exists()


@pytest.mark.parametrize("name", ["issuer", "proof"])
def test_a_name_with_a_nul_or_half_a_character_is_bad_text(world: Captured, name: str) -> None:
    raw = world.signed(world.maker, Act.COMMISSION, world.item("A1"))
    for escape in (rb"\u0000", rb"\ud800", rb"\udfff\ud800"):
        spot = b'"issuer":"did' if name == "issuer" else b'"verificationMethod":"did'
        assert isinstance(recording.refusal(raw.replace(spot, spot + escape)), errors.BadText)
