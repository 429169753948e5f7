r"""C2SP signed notes: text, an empty line, and signature lines by named keys.

    <text, ending in a line break>
    <empty line: the last empty line in the note>
    — <name> base64(<key id, 4 bytes> || <signature>)    a line for each; the dash is U+2014

    key id = first 4 bytes of SHA-256(<name> || 0x0A || <type> || <public key>)
    vkey   = <name>+<key id, 8 hex digits>+base64(<type> || <public key>)

Two types of key are known here. 0x01, Ed25519, signs the text itself. 0x04, a
cosignature (tlog-cosignature), is u64 timestamp || Ed25519 signature, over
"cosignature/v1\ntime <timestamp>\n" and the text. That message does not name the
witness: only the key counts, so a key must never be listed under two names.

A signature by an unknown key says nothing and is passed over. A signature by a known
key that does not verify spoils the whole note. A key that signs twice counts once, with
its first signature.
"""

import base64
import binascii
import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import Final

from provenance.core import errors
from provenance.core.signing import keys

MAX_BYTES: Final = 1_000_000
MAX_SIGNATURES: Final = 100
MAX_TIMESTAMP: Final = 2**63 - 1

_DASH = "\u2014 "
_ID_BYTES = 4


class KeyType(IntEnum):
    """The signature types of signed-note that are verified here."""

    ED25519 = 0x01
    COSIGNATURE = 0x04


@dataclass(frozen=True, slots=True)
class Verifier:
    """A public key (32 bytes) under its name. Two are the same key only if name and key
    id both agree.

    Raises BadNote for a name that no key may have, WeakKey.
    """

    name: str
    public: bytes
    key_type: KeyType = KeyType.ED25519

    def __post_init__(self) -> None:
        _check_name(self.name)
        keys.check_enrolment(self.public)

    @property
    def key_id(self) -> int:
        """The 32-bit number by which a signature line names this key."""
        return key_id(self.name, self.key_type, self.public)

    def vkey(self) -> str:
        """Return this key as text on a single line, which `parse_vkey` reads."""
        encoded = encode_base64(bytes([self.key_type]) + self.public)
        return f"{self.name}+{self.key_id:08x}+{encoded}"


@dataclass(frozen=True, slots=True)
class Signer:
    """A private key under its name."""

    name: str
    private: keys.PrivateKey
    key_type: KeyType = KeyType.ED25519

    @property
    def verifier(self) -> Verifier:
        """The public half."""
        return Verifier(self.name, keys.public_of(self.private), self.key_type)


@dataclass(frozen=True, slots=True)
class SignatureLine:
    """A signature line of a note: the key's name and id, and the bytes of the
    signature.
    """

    name: str
    key_id: int
    value: bytes

    def line(self) -> str:
        """Return the line, with its line break."""
        encoded = encode_base64(self.key_id.to_bytes(_ID_BYTES, "big") + self.value)
        return f"{_DASH}{self.name} {encoded}\n"


@dataclass(frozen=True, slots=True)
class Verified:
    """A signature that a known key made; `timestamp` (POSIX seconds) is None where its
    type has none.
    """

    verifier: Verifier
    timestamp: int | None = None


@dataclass(frozen=True, slots=True)
class Note:
    """A note: its text, all its signatures, and the verified signatures, which
    known keys made.
    """

    text: str
    signatures: tuple[SignatureLine, ...]
    verified: tuple[Verified, ...] = ()


def key_id(name: str, key_type: int, public: bytes) -> int:
    """Return the key id of signed-note (32 bits), for types that hash their raw public
    key.
    """
    hashed = hashlib.sha256(name.encode() + b"\n" + bytes([key_type]) + public).digest()
    return int.from_bytes(hashed[:_ID_BYTES], "big")


def parse_vkey(text: str) -> Verifier:
    """Return the key of a vkey. Raises BadNote, or WeakKey for a key that must not be
    trusted.
    """
    name, *parts = text.split("+", 2)  # base64 may hold a "+" itself
    if len(parts) != 2:
        raise errors.BadNote(f"not a verifier key: {text!r:.80}")
    raw = decode_base64(parts[1])
    if len(raw) != 1 + keys.PUBLIC_BYTES or raw[0] not in tuple(KeyType):
        raise errors.BadNote("expected an Ed25519 (0x01) or cosignature (0x04) key")
    verifier = Verifier(name, raw[1:], KeyType(raw[0]))
    if verifier.vkey() != text:
        raise errors.BadNote(f"the key id of {name!r:.80} is not that of its key")
    return verifier


def sign(text: str, signers: Sequence[Signer]) -> bytes:
    """Return the note with this text, signed by Ed25519 keys; `tree_head.cosign` makes
    a cosigner's line. Raises BadNote for a text that no note can have.
    """
    if not signers:
        raise errors.BadNote("a note needs a signature")
    _check_text(text)
    lines = []
    for signer in signers:
        if signer.key_type is not KeyType.ED25519:
            raise errors.BadNote("a cosignature needs a time")
        lines.append(signature(signer, keys.sign(signer.private, text.encode())).line())
    return f"{text}\n{''.join(lines)}".encode()


def signature(signer: Signer, value: bytes) -> SignatureLine:
    """Return the signature line for a signature `value` that this signer made."""
    return SignatureLine(signer.name, signer.verifier.key_id, value)


def add_signatures(raw: bytes, signatures: Iterable[SignatureLine]) -> bytes:
    """Return the note with further signature lines. Raises BadNote."""
    parse(raw)
    extended = raw + "".join(each.line() for each in signatures).encode()
    parse(extended)
    return extended


def parse(raw: bytes) -> Note:
    """Return the note in `raw`, with none of its signatures verified. Raises BadNote
    unless `raw` is spelt exactly as above, at most 1,000,000 bytes with 1 to 100
    signatures.
    """
    if len(raw) > MAX_BYTES:
        raise errors.BadNote(f"expected at most {MAX_BYTES} bytes, got {len(raw)}")
    try:
        whole = raw.decode("utf-8")
    except UnicodeDecodeError as error:
        raise errors.BadNote("a note is UTF-8") from error
    end = whole.rfind("\n\n")
    if end < 0 or not whole.endswith("\n"):
        raise errors.BadNote(
            "a note has an empty line before its signatures, and ends in a line break"
        )
    text, lines = whole[: end + 1], whole[end + 2 :].split("\n")[:-1]
    _check_text(text)
    if not 1 <= len(lines) <= MAX_SIGNATURES:
        raise errors.BadNote(f"expected 1 to {MAX_SIGNATURES} signatures, got {len(lines)}")
    return Note(text, tuple(_parse_signature(line) for line in lines))


def open_note(raw: bytes, verifiers: Iterable[Verifier]) -> Note:
    """Return the note with the signatures that these keys made, 1 at least.

    Raises BadNote; BadSignature if a known key rejects a signature that bears its name
    and id; UnknownSigner if no known key signed. The caller MUST still decide whether
    the right keys signed: a single good signature opens the note, and is no quorum.
    """
    by_name: dict[tuple[str, int], Verifier] = {}
    for verifier in verifiers:
        if by_name.setdefault((verifier.name, verifier.key_id), verifier) != verifier:
            raise errors.BadNote(f"two keys share the name {verifier.name!r:.80} and one key id")
    note = parse(raw)
    verified: dict[Verifier, Verified] = {}
    for line in note.signatures:
        signer = by_name.get((line.name, line.key_id))
        if signer is not None:
            verified.setdefault(signer, _verify(signer, note.text, line.value))
    if not verified:
        raise errors.UnknownSigner("no key that is known here signed this note")
    return Note(note.text, note.signatures, tuple(verified.values()))


def cosignature_message(text: str, timestamp: int) -> bytes:
    """Return the message that a 0x04 key signs, at a POSIX time in seconds
    (tlog-cosignature §Ed25519).
    """
    return f"cosignature/v1\ntime {timestamp}\n{text}".encode()


def encode_base64(raw: bytes) -> str:
    """Return standard base64 with padding (RFC 4648 §4)."""
    return base64.b64encode(raw).decode("ascii")


def decode_base64(text: str) -> bytes:
    """Return the bytes that `encode_base64` spells this way. Raises BadNote, also for
    other characters in between and stray bits at the end.
    """
    try:
        raw = base64.b64decode(text.encode("ascii"), validate=True)
    except (UnicodeEncodeError, binascii.Error) as error:
        raise errors.BadNote(f"not base64: {text!r:.80}") from error
    if encode_base64(raw) != text:
        raise errors.BadNote(f"not the canonical base64 of its bytes: {text!r:.80}")
    return raw


def _verify(verifier: Verifier, text: str, value: bytes) -> Verified:
    match verifier.key_type:
        case KeyType.ED25519:
            keys.verify(verifier.public, text.encode(), value)
            return Verified(verifier)
        case KeyType.COSIGNATURE:
            timestamp = int.from_bytes(value[:8], "big")
            if timestamp > MAX_TIMESTAMP:
                raise errors.BadSignature("the cosignature's time is out of range")
            keys.verify(verifier.public, cosignature_message(text, timestamp), value[8:])
            return Verified(verifier, timestamp)


def _parse_signature(line: str) -> SignatureLine:
    name, space, encoded = line.removeprefix(_DASH).partition(" ")
    if not line.startswith(_DASH) or not space:
        raise errors.BadNote(f"not a signature line: {line!r:.80}")
    _check_name(name)
    raw = decode_base64(encoded)
    if len(raw) <= _ID_BYTES:
        raise errors.BadNote("a signature line without a signature")
    return SignatureLine(name, int.from_bytes(raw[:_ID_BYTES], "big"), raw[_ID_BYTES:])


def _check_text(text: str) -> None:
    if not text.endswith("\n"):
        raise errors.BadNote("a note's text ends in a line break")
    if any(character < " " and character != "\n" for character in text):
        raise errors.BadNote("a control character")
    _check_utf8(text)


def _check_name(name: str) -> None:
    if not name or "+" in name or any(character.isspace() or character < " " for character in name):
        raise errors.BadNote(f"not the name of a key: {name!r:.80}")
    _check_utf8(name)


def _check_utf8(text: str) -> None:
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise errors.BadNote("a note is UTF-8") from error
