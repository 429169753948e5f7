"""The authority of keys: whether a key speaks for the party that an event names as its
issuer, and which key is the registrar's.

The registrar's keys follow one another on their own chains: a key is ended by a claim that
names its successor, so a single key is in force at any time, and none ends without the next.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, NamedTuple, TypeAlias

from provenance.core import errors
from provenance.core.record.state import KeyState
from provenance.core.record.vocabulary import Act, KeyPurpose

MAX_SUCCESSIONS: Final = 30  # without the recovery key

KeyOf: TypeAlias = Callable[[str], KeyState | None]
"""Return the enrolled key with a multibase text, as its chain has it just before an event."""


class FormerKey(NamedTuple):
    """A key that was the registrar's, believed for the first `size` entries of the ledger."""

    public_key: str
    size: int


@dataclass(frozen=True, slots=True)
class Registrar:
    """The root that vouches for parties and their first keys: its GLN, and its public key
    in multibase. It speaks for itself without being enrolled, and so does each `former` key,
    the oldest first, for its part of the ledger.
    """

    gln: str
    public_key: str
    former: tuple[FormerKey, ...] = ()

    @property
    def roots(self) -> tuple[str, ...]:
        """The pinned keys, the oldest first."""
        return (*(former.public_key for former in self.former), self.public_key)

    def check_believed(self, public_key: str, index: int | None) -> None:
        """Raise RevokedKey for a former key at a ledger index (None: not in the ledger yet)
        beyond its part.
        """
        for former in self.former:
            if former.public_key == public_key and (index is None or index >= former.size):
                raise errors.RevokedKey(
                    f"{public_key} is believed for the first {former.size} entries of the ledger"
                )


class Succession(NamedTuple):
    """The registrar's key in force, those that `ended` before it, and the `recovery` keys that
    may end it, the senior first. `number` counts the ends since the senior recovery key made an
    end: a thief must not be able to use up the MAX_SUCCESSIONS.
    """

    current: str
    ended: tuple[str, ...]
    number: int
    recovery: tuple[str, ...]

    @property
    def senior(self) -> str | None:
        """The recovery key that no other outranks, or None."""
        return next(iter(self.recovery), None)


def succession(registrar: Registrar, key_of: KeyOf) -> Succession:
    """Return the succession of the registrar's keys so far.

    A recovery key counts from the key that names it on. When it ends a key, those that were
    named after it count no more: so a thief of the registrar's key cannot be rid of it.
    """
    current, number = registrar.roots[0], 0
    ended: list[str] = []
    recovery: list[str] = []
    while True:
        state = key_of(current)
        if state is not None and state.recovery and state.recovery not in recovery:
            recovery.append(state.recovery)
        if state is None or not state.successor or current in ended:
            return Succession(current, tuple(ended), number, tuple(recovery))
        number = 0 if state.ended_by in recovery[:1] else number + 1
        if state.ended_by in recovery:
            recovery = recovery[: recovery.index(state.ended_by)]
        ended.append(current)
        current = state.successor


def is_registrar(public_key: str, registrar: Registrar, key_of: KeyOf) -> bool:
    """Whether it is the registrar's key: a root, or their successor in force."""
    return public_key in registrar.roots or public_key == succession(registrar, key_of).current


def may_sign(key: KeyState, act: Act) -> bool:
    """Whether an enrolled key is in force and was enrolled to sign `act`."""
    return key.revoked is None and key.purpose.covers(act)


def check_key(
    issuer: str,
    public_key: str,
    act: Act,
    *,
    key_of: KeyOf,
    registrar: Registrar,
    index: int | None = None,
) -> None:
    """Raise RevokedKey or KeyNotAuthorised unless `public_key` may sign `act` for
    `issuer`, at ledger `index` (None: not in the ledger yet).

    Unknown key, another party's key, a key for another purpose and a registrar's key whose
    turn has not come are one answer, so that nobody learns which.
    """
    key = key_of(public_key)
    if key is not None and key.party != issuer:
        key = None
    if key is not None and key.revoked is not None:
        raise errors.RevokedKey(f"{public_key} was revoked")
    if issuer == registrar.gln and public_key in registrar.roots:
        registrar.check_believed(public_key, index)
        return
    if key is None or not may_sign(key, act) or _waits(public_key, key, act, registrar, key_of):
        raise errors.KeyNotAuthorised(f"{public_key} is not a key of {issuer} for this")


def _waits(public_key: str, key: KeyState, act: Act, registrar: Registrar, key_of: KeyOf) -> bool:
    """Whether it is a registrar's key whose turn has not come: it may end the key before it."""
    return (
        key.purpose is KeyPurpose.REGISTRAR
        and act is not Act.KEY_REVOKED
        and not is_registrar(public_key, registrar, key_of)
    )
