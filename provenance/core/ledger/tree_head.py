"""Tree heads and cosignatures of the ledger, in C2SP's formats.

C2SP calls a tree head a checkpoint (tlog-checkpoint). It is the text of a signed note:

    custos.example/ledger
    20852163
    CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=

Line 1 is the origin, line 2 the size in decimal, line 3 the root in base64. Further
lines are extensions: they are read and shown, and never written, since no auditor can
check them.
"""

import functools
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from provenance.core import errors
from provenance.core.ledger import merkle, note
from provenance.core.signing import keys

MAX_SIZE: Final = 2**63 - 1

_DECIMAL = re.compile(r"0|[1-9][0-9]{0,18}")


@dataclass(frozen=True, slots=True)
class TreeHead:
    """The size (entries) and root (32 bytes) of the ledger named by `origin`."""

    origin: str
    size: int
    root: bytes
    extensions: tuple[str, ...] = ()

    def format(self) -> str:
        """Return the text that is signed. Raises BadNote for a head that none can
        spell.
        """
        lines = [self.origin, str(self.size), note.encode_base64(self.root), *self.extensions]
        if not 0 <= self.size <= MAX_SIZE or len(self.root) != merkle.HASH_BYTES:
            raise errors.BadNote("a tree head has a size below 2^63 and a root of 32 bytes")
        if any(not line or "\n" in line for line in lines):
            raise errors.BadNote("a tree head has no empty line")
        return "\n".join(lines) + "\n"


def parse(text: str) -> TreeHead:
    """Return the tree head with exactly this text. Raises BadNote."""
    lines = text.split("\n")
    if len(lines) < 4:
        raise errors.BadNote("a tree head has three lines or more, each ending in a line break")
    origin, size, root, *extensions = lines[:-1]
    head = TreeHead(origin, parse_decimal(size), note.decode_base64(root), tuple(extensions))
    if head.format() != text:
        raise errors.BadNote("not the one spelling of this tree head")
    return head


def open_signed(raw: bytes, verifiers: Iterable[note.Verifier]) -> tuple[TreeHead, note.Note]:
    """Return the tree head in a signed note, and the note with the signatures that
    these keys made.

    Raises BadNote; BadSignature if a key of these rejects a signature that bears its
    name; UnknownLedger if none of them signed.
    """
    return _open(raw, tuple(verifiers))


@functools.lru_cache(maxsize=64)  # the newest heads are asked for again and again
def _open(raw: bytes, verifiers: tuple[note.Verifier, ...]) -> tuple[TreeHead, note.Note]:
    try:
        opened = note.open_note(raw, verifiers)
    except errors.UnknownSigner as error:
        raise errors.UnknownLedger(error.detail) from error
    return parse(opened.text), opened


def sign(head: TreeHead, signer: note.Signer) -> bytes:
    """Return the signed tree head, a note. Raises BadNote for the origin of another
    ledger, or extensions. The caller MUST never sign two that are not consistent.
    """
    if head.extensions or head.origin != signer.name:
        raise errors.BadNote("the ledger signs its own origin under that name, and no extensions")
    return note.sign(head.format(), [signer])


def cosign(text: str, signer: note.Signer, timestamp: int) -> note.SignatureLine:
    """Return a witness's signature over a tree head's text (tlog-cosignature, type
    0x04), at a POSIX time in seconds. Raises BadNote.
    """
    parse(text)
    if signer.key_type is not note.KeyType.COSIGNATURE or not 0 < timestamp <= note.MAX_TIMESTAMP:
        raise errors.BadNote("a cosignature needs a cosignature key and a time after 1970")
    signed = keys.sign(signer.private, note.cosignature_message(text, timestamp))
    return note.signature(signer, timestamp.to_bytes(8, "big") + signed)


def parse_decimal(text: str) -> int:
    """Return a size, index or time. Raises BadNote unless it is spelt in ASCII digits
    without a leading zero, and below 2^63.
    """
    if not _DECIMAL.fullmatch(text) or int(text) > MAX_SIZE:
        raise errors.BadNote(f"not a decimal below 2^63: {text!r:.80}")
    return int(text)


def parse_hash(text: str) -> bytes:
    """Return the 32 bytes of a hash in base64. Raises BadNote."""
    raw = note.decode_base64(text)
    if len(raw) != merkle.HASH_BYTES:
        raise errors.BadNote(f"expected a hash of 32 bytes, got {len(raw)}")
    return raw
