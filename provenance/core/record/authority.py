"""The authority of keys: whether a key speaks for the party that an event names as its
issuer.
"""

from dataclasses import dataclass

from provenance.core import errors
from provenance.core.record.kinds import KeyPurpose, Kind
from provenance.core.record.state import KeyState


@dataclass(frozen=True, slots=True)
class Registrar:
    """The root that vouches for parties and their first keys: its GLN, and its public key
    in multibase. It speaks for itself without being enrolled.
    """

    gln: str
    public_key: str


def may_sign(key: KeyState, kind: Kind) -> bool:
    """Whether an enrolled key is in force and was enrolled to sign `kind`."""
    return key.revoked is None and KeyPurpose(key.purpose).covers(kind)


def check_key(
    issuer: str, public_key: str, kind: Kind, *, key: KeyState | None, registrar: Registrar
) -> None:
    """Raise KeyRevoked or KeyNotAuthorised unless `public_key` may sign `kind` for
    `issuer`.

    `key` is that key as the issuer's chain has it just before the event, or None.
    Unknown key, another party's key and a key for another purpose are one answer, so
    that nobody learns which.
    """
    if key is not None and key.revoked is not None:
        raise errors.KeyRevoked(f"{public_key} was revoked")
    if (issuer, public_key) == (registrar.gln, registrar.public_key):
        return
    if key is None or not may_sign(key, kind):
        raise errors.KeyNotAuthorised(f"{public_key} is not a key of {issuer} for this")
