"""Ed25519 keys (RFC 8032): spelling, enrolment, signing, verifying and proof of
possession.

Public keys are 32 raw bytes in memory and multibase in documents: "z" and the base58btc
of the multicodec prefix 0xed01 and the key, so they all begin with z6Mk (W3C Controlled
Identifiers §2.2.2, Multikey). Signing is done by `cryptography`, verifying by libsodium
(PyNaCl), which is twice as fast and refuses S >= L and small-order keys by itself.

MUST: a key counts only after `check_enrolment`. A low-order key can verify any message
(C2SP CCTV, ed25519).
"""

from functools import lru_cache
from typing import Final, TypeAlias

from cryptography.hazmat.primitives.asymmetric import ed25519
from nacl import bindings
from nacl import exceptions as nacl_exceptions

from provenance.core import errors

PrivateKey: TypeAlias = ed25519.Ed25519PrivateKey

PUBLIC_BYTES: Final = 32
SIGNATURE_BYTES: Final = 64

_ALPHABET = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
_PAIRS = [first + second for first in _ALPHABET for second in _ALPHABET]
_NOT_A_DIGIT = 255
_DIGITS = bytes(
    _ALPHABET.index(chr(byte)) if chr(byte) in _ALPHABET else _NOT_A_DIGIT for byte in range(256)
)
# Decoding costs the square of the length, and nothing here is longer than 90.
_LONGEST_BASE58 = 128

_PUBLIC_CODEC = b"\xed\x01"
_PRIVATE_CODEC = b"\x80\x26"


def generate(seed: bytes) -> PrivateKey:
    """Return the private key of a 32-byte seed. Raises Malformed for another length.

    Where the seed comes from is up to the caller.
    """
    if len(seed) != PUBLIC_BYTES:
        raise errors.Malformed(f"expected a seed of 32 bytes, got {len(seed)}")
    return ed25519.Ed25519PrivateKey.from_private_bytes(seed)


def public_of(private: PrivateKey) -> bytes:
    """Return the 32 raw bytes of the public half."""
    return private.public_key().public_bytes_raw()


@lru_cache(maxsize=8192)  # of keys that pass: a check of an item asks for the same few
def check_enrolment(raw: bytes) -> None:
    """Raise WeakKey unless `raw` is the canonical encoding of a point of prime order."""
    if len(raw) != PUBLIC_BYTES:
        raise errors.WeakKey(f"expected a public key of 32 bytes, got {len(raw)}")
    if not bindings.crypto_core_ed25519_is_valid_point(raw):
        raise errors.WeakKey("a low-order, mixed-order or non-canonical Ed25519 key")


def sign(private: PrivateKey, message: bytes) -> bytes:
    """Return the 64-byte Ed25519 signature."""
    return private.sign(message)


def verify(public: bytes, message: bytes, signature: bytes) -> None:
    """Raise BadSignature unless `signature` is this key's over `message`, whatever the
    bytes and their lengths.
    """
    if len(public) != PUBLIC_BYTES or len(signature) != SIGNATURE_BYTES:
        raise errors.BadSignature(
            "expected a key of 32 and a signature of 64 bytes,"
            f" got {len(public)} and {len(signature)}"
        )
    try:
        bindings.crypto_sign_open(signature + message, public)
    except nacl_exceptions.BadSignatureError as error:
        raise errors.BadSignature("the key rejects the signature") from error


# --- spelling -----------------------------------------------------------------------


def base58_encode(raw: bytes) -> str:
    """Return base58btc (the Bitcoin alphabet): each leading zero byte is a "1"."""
    number = int.from_bytes(raw, "big")
    pairs = []
    while number:
        number, pair = divmod(number, len(_PAIRS))
        pairs.append(_PAIRS[pair])
    zeros = len(raw) - len(raw.lstrip(b"\0"))
    return "1" * zeros + "".join(reversed(pairs)).lstrip("1")


def base58_decode(text: str) -> bytes:
    """Return the bytes that `base58_encode` spells this way. Raises Malformed, also for
    more than 128 characters.
    """
    if not text.isascii() or len(text) > _LONGEST_BASE58:
        raise errors.Malformed(f"not base58btc of at most {_LONGEST_BASE58} characters")
    digits = text.encode().translate(_DIGITS)
    if _NOT_A_DIGIT in digits:
        raise errors.Malformed("not base58btc")
    number = 0
    for digit in digits:
        number = number * 58 + digit
    zeros = len(digits) - len(digits.lstrip(b"\0"))
    return b"\0" * zeros + number.to_bytes((number.bit_length() + 7) // 8, "big")


def encode_multibase(raw: bytes) -> str:
    """Return "z" and the base58btc of `raw`: multibase in the only base the record
    uses.
    """
    return "z" + base58_encode(raw)


def decode_multibase(text: str) -> bytes:
    """Return the bytes of a base58btc multibase text. Raises Malformed."""
    if not isinstance(text, str) or not text.startswith("z"):
        raise errors.Malformed("expected base58btc multibase, beginning with z")
    return base58_decode(text[1:])


def encode_public(raw: bytes) -> str:
    """Return the z6Mk… spelling of a public key of 32 bytes. Raises Malformed."""
    if len(raw) != PUBLIC_BYTES:
        raise errors.Malformed(f"expected a public key of 32 bytes, got {len(raw)}")
    return encode_multibase(_PUBLIC_CODEC + raw)


@lru_cache(maxsize=8192)
def decode_public(text: str) -> bytes:
    """Return the 32 bytes of a z6Mk… key. Raises Malformed. The key is not checked
    here: see `check_enrolment`.
    """
    return _without_codec(text, _PUBLIC_CODEC)


def encode_private(private: PrivateKey) -> str:
    """Return the z3u2… spelling of a private key (multicodec 0x8026). The text is as
    secret as the key.
    """
    return encode_multibase(_PRIVATE_CODEC + private.private_bytes_raw())


def decode_private(text: str) -> PrivateKey:
    """Return the private key of a z3u2… text. Raises Malformed."""
    return generate(_without_codec(text, _PRIVATE_CODEC))


def _without_codec(text: str, codec: bytes) -> bytes:
    raw = decode_multibase(text)
    if not raw.startswith(codec) or len(raw) != len(codec) + PUBLIC_BYTES:
        raise errors.Malformed(f"expected an Ed25519 key with the multicodec prefix {codec.hex()}")
    return raw[len(codec) :]


# --- proof of possession ------------------------------------------------------------


def possession_message(party_did: str, public_multibase: str) -> bytes:
    """Return the message that a party signs to show that it holds the key it enrols,
    bound to the key and to the party's DID, which names the host besides. Raises
    Malformed for a line break in either.
    """
    if "\n" in party_did or "\n" in public_multibase:
        raise errors.Malformed("a line break in a party or key")
    return f"custos/key-possession/v1\n{party_did}\n{public_multibase}\n".encode()


def prove_possession(private: PrivateKey, party_did: str) -> str:
    """Return this key's signature over its `possession_message`, in multibase."""
    message = possession_message(party_did, encode_public(public_of(private)))
    return encode_multibase(sign(private, message))


@lru_cache(maxsize=8192)  # of proofs that pass
def check_possession(public: bytes, party_did: str, proof: str) -> None:
    """Raise BadPossession unless `proof` (multibase) was made with this key for this
    party.
    """
    message = possession_message(party_did, encode_public(public))
    try:
        verify(public, message, decode_multibase(proof))
    except (errors.Malformed, errors.BadSignature) as error:
        raise errors.BadPossession("the proof of possession does not verify") from error
