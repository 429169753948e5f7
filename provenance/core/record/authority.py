"""The authority of keys: whether a key speaks for the party that an event names as its
issuer.
"""

from dataclasses import dataclass

from provenance.core import errors
from provenance.core.record.state import KeyState
from provenance.core.record.vocabulary import Act


@dataclass(frozen=True, slots=True)
class Registrar:
    """The root that vouches for parties and their first keys: its GLN, and its public key
    in multibase. It speaks for itself without being enrolled.
    """

    gln: str
    public_key: str


def may_sign(key: KeyState, act: Act) -> bool:
    """Whether an enrolled key is in force and was enrolled to sign `act`."""
    return key.revoked is None and key.purpose.covers(act)


def check_key(
    issuer: str, public_key: str, act: Act, *, key: KeyState | None, registrar: Registrar
) -> None:
    """Raise RevokedKey or KeyNotAuthorised unless `public_key` may sign `act` for
    `issuer`.

    `key` is that key as its chain has it just before the event, or None. Unknown key,
    another party's key and a key for another purpose are one answer, so that nobody
    learns which.
    """
    if key is not None and key.party != issuer:
        key = None
    if key is not None and key.revoked is not None:
        raise errors.RevokedKey(f"{public_key} was revoked")
    if (issuer, public_key) == (registrar.gln, registrar.public_key):
        return
    if key is None or not may_sign(key, act):
        raise errors.KeyNotAuthorised(f"{public_key} is not a key of {issuer} for this")
