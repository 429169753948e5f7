"""W3C Data Integrity with the cryptosuite eddsa-jcs-2022 (vc-di-eddsa §3.3): sign and
verify a document.

A signature is over 64 bytes: SHA-256 of the proof's options, then SHA-256 of the
document without its proof, both in RFC 8785 form. The options carry the document's
@context (§3.3.1), so the words' meaning is signed twice.

This profile is narrower than the recommendation: a single proof, not a set; the
proofPurpose that the caller asks for; `created` required, with an offset; no members
beyond those below; and the proof's @context the document's, entire. (The recommendation
lets a document carry further contexts after the signed contexts, which nobody signed.)

The key is the fragment of verificationMethod. The caller MUST still decide whether that
key speaks for the issuer (and was admitted by `keys.check_enrolment`): this module says
only that the key signed the document.
"""

import hashlib
from collections.abc import Mapping
from typing import Any, Final, NamedTuple

import orjson

from provenance.core import errors
from provenance.core.signing import canonical, keys

PROOF_TYPE: Final = "DataIntegrityProof"
CRYPTOSUITE: Final = "eddsa-jcs-2022"
ASSERTION: Final = "assertionMethod"

_CONFIG_MEMBERS = frozenset(
    {"type", "cryptosuite", "created", "verificationMethod", "proofPurpose"}
)
_PROOF_MEMBERS = _CONFIG_MEMBERS | {"proofValue"}
_PROOF_MEMBERS_WITH_CONTEXT = _PROOF_MEMBERS | {"@context"}


def hash_data(document: Mapping[str, Any], proof_config: Mapping[str, Any]) -> bytes:
    """Return the 64 bytes to sign (vc-di-eddsa §3.3.4), for a document without its
    proof and the proof's options. Raises as `canonical.serialize` does.
    """
    config_hash = hashlib.sha256(canonical.serialize(proof_config)).digest()
    return config_hash + hashlib.sha256(canonical.serialize(document)).digest()


def prepare(
    document: Mapping[str, Any],
    *,
    verification_method: str,
    created: str,
    proof_purpose: str = ASSERTION,
) -> tuple[dict[str, Any], bytes]:
    """Return the proof's options and the 64 bytes to sign, for the holder of the key;
    then `attach`.

    `verification_method` is a DID URL whose fragment is the public key in multibase,
    `created` an RFC 3339 time with an offset. Raises Malformed for a document that has
    a proof or a method without a key, BadTimestamp, and as `canonical.serialize` does.
    """
    if "proof" in document:
        raise errors.Malformed("the document is signed already")
    _key_of(verification_method)
    canonical.parse_timestamp(created)
    config = {
        "type": PROOF_TYPE,
        "cryptosuite": CRYPTOSUITE,
        "created": created,
        "verificationMethod": verification_method,
        "proofPurpose": proof_purpose,
    }
    if "@context" in document:
        config["@context"] = document["@context"]
    return config, hash_data(document, config)


def attach(
    document: Mapping[str, Any], proof_config: Mapping[str, Any], signature: bytes
) -> dict[str, Any]:
    """Return the document with its proof, given the 64 bytes of the signature, which
    are not checked here: `verify` the result.
    """
    return {**document, "proof": {**proof_config, "proofValue": keys.encode_multibase(signature)}}


def sign(
    document: Mapping[str, Any],
    private_key: keys.PrivateKey,
    *,
    verification_method: str,
    created: str,
    proof_purpose: str = ASSERTION,
) -> dict[str, Any]:
    """Return the document with its proof. Raises as `prepare` does."""
    config, to_sign = prepare(
        document,
        verification_method=verification_method,
        created=created,
        proof_purpose=proof_purpose,
    )
    return attach(document, config, keys.sign(private_key, to_sign))


def verify(
    document: Mapping[str, Any], *, proof_purpose: str = ASSERTION, form: bytes | None = None
) -> bytes:
    """Return the 32 bytes of the public key that signed this document (vc-di-eddsa
    §3.3.2).

    `form` is its RFC 8785 bytes where the caller has them already: MUST be
    `canonical.serialize(document)`.

    Raises BadSignature, also for an unreadable proofValue or another @context;
    UnsupportedProof for a proof of another kind or with members unknown here; Malformed
    where the proof, a member of it or a readable key is missing; BadTimestamp for its
    `created`; and as `canonical.serialize` does.
    """
    signed = signature_of(document, proof_purpose=proof_purpose, form=form)
    keys.verify(*signed)
    return signed.public


class Signature(NamedTuple):
    """A signature in the form that `keys.verify(*signature)` takes: the public key, the
    64 signed bytes, and the value.
    """

    public: bytes
    message: bytes
    value: bytes


def signature_of(
    document: Mapping[str, Any], *, proof_purpose: str = ASSERTION, form: bytes | None = None
) -> Signature:
    """Return the signature that `verify` puts to its key, for callers that verify many
    at once. Raises as `verify` does, except where the key rejects the signature.
    """
    proof = document.get("proof")
    if isinstance(proof, list):
        raise errors.UnsupportedProof("expected one proof, got a set")
    if not isinstance(proof, dict):
        raise errors.Malformed("the document carries no proof")
    _check_kind(proof, proof_purpose)
    public = _key_of(proof["verificationMethod"])
    canonical.parse_timestamp(proof["created"])
    if ("@context" in proof) != ("@context" in document) or proof.get("@context") != document.get(
        "@context"
    ):
        raise errors.BadSignature("the proof was made for another @context")

    value = _value_of(proof)
    whole = canonical.serialize(document) if form is None else form
    proof_form, unsecured_form = _split(whole, document, proof)
    config_form = _without(
        proof_form, "proofValue", b'"' + proof["proofValue"].encode() + b'"', proof
    )
    message = hashlib.sha256(config_form).digest() + hashlib.sha256(unsecured_form).digest()
    return Signature(public, message, value)


def _split(form: bytes, document: Mapping[str, Any], proof: dict[str, Any]) -> tuple[bytes, bytes]:
    """Return the RFC 8785 bytes of the proof, and of the document without it; `form` is
    those of the whole document.

    The bytes that orjson writes for the proof are canonical when `form` holds them as
    its member, since they are part of a canonical text.
    """
    quick = orjson.dumps(proof, option=orjson.OPT_SORT_KEYS)
    if form.count(b'"proof":' + quick + b",") == 1 and "type" in document:
        return quick, form.replace(b'"proof":' + quick + b",", b"")
    proof_form = canonical.serialize(proof)
    return proof_form, _without(form, "proof", proof_form, document)


def _without(form: bytes, name: str, value: bytes, members: Mapping[str, Any]) -> bytes:
    """Return `form`, the RFC 8785 bytes of `members`, without the member `name`, whose
    bytes are `value`.

    A text that `form` holds only once is the member at the top, and is cut out. A comma
    follows it, because keys are sorted and "type" comes after both members that are
    ever cut. Otherwise the other members are written anew.
    """
    member = b'"' + name.encode() + b'":' + value + b","
    if "type" in members and form.count(member) == 1:
        return form.replace(member, b"")
    return canonical.serialize({other: value for other, value in members.items() if other != name})


def _check_kind(proof: dict[str, Any], proof_purpose: str) -> None:
    members = proof.keys()
    if members not in (_PROOF_MEMBERS_WITH_CONTEXT, _PROOF_MEMBERS):
        if missing := _PROOF_MEMBERS - members:
            raise errors.Malformed(f"the proof lacks {', '.join(sorted(missing))}")
        unknown = ", ".join(sorted(members - _PROOF_MEMBERS_WITH_CONTEXT))
        raise errors.UnsupportedProof(f"the proof has members of another profile: {unknown:.80}")
    kind = (proof["type"], proof["cryptosuite"], proof["proofPurpose"])
    if kind != (PROOF_TYPE, CRYPTOSUITE, proof_purpose):
        raise errors.UnsupportedProof(f"expected {PROOF_TYPE}, {CRYPTOSUITE}, {proof_purpose}")


def _key_of(verification_method: object) -> bytes:
    if not isinstance(verification_method, str):
        raise errors.Malformed("verificationMethod is not a text")
    controller, _, fragment = verification_method.partition("#")
    if not controller:
        raise errors.Malformed("verificationMethod names nobody")
    return keys.decode_public(fragment)


def _value_of(proof: dict[str, Any]) -> bytes:
    try:
        return keys.decode_multibase(proof["proofValue"])
    except errors.Malformed as error:
        raise errors.BadSignature(f"proofValue: {error.detail}") from error
