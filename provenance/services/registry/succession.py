"""The succession of the registrar's keys: the next key takes the place of the key in force, by
its signature or, after a theft, by that of the recovery key.

The seeds of the next key and of the recovery key are made elsewhere (`make_key`) and reach
this installation as settings, or for one command; only their public halves are recorded.
"""

import itertools
import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.conf import settings

from provenance.core import errors, gs1
from provenance.core.record import authority
from provenance.core.record.authority import FormerKey, Succession
from provenance.core.record.claims import KeyAdded, KeyRevoked
from provenance.core.record.event import issuer_did
from provenance.core.record.state import KeyState
from provenance.core.record.vocabulary import KeyCustody, KeyPurpose, RevocationReason
from provenance.core.signing import canonical, keys
from provenance.models import Event
from provenance.services import durable, keyring
from provenance.services.record import signing

PUBLIC = ".pub"


@dataclass(frozen=True, slots=True)
class PublicHalf:
    """A public key, and the proof that the registrar holds its private half."""

    public_key: str
    possession: str


@dataclass(frozen=True, slots=True)
class Standing:
    """The registrar's pinned key, the key that signs here, and the succession on record.

    `former` has the ended keys whose end is in the ledger, each with the entries up to it.
    `is_first` is false where another key enrolled the first of the pinned: then what that
    key signed does not check.
    """

    root: str
    is_first: bool
    signing: str
    succession: Succession
    former: tuple[FormerKey, ...]

    @property
    def in_force(self) -> bool:
        """Whether the key that signs here is the registrar's now."""
        return self.signing == self.succession.current


class NotInForce(errors.ProvenanceError):
    """The key that signs here is not the registrar's key in force."""

    code = "registrar-not-in-force"


class NoRecoveryKey(errors.ProvenanceError):
    """The key is no recovery key that may end the registrar's key in force."""

    code = "no-recovery-key"


def standing() -> Standing:
    """Return how the registrar's keys stand."""
    registrar = keyring.registrar()
    line = authority.succession(registrar, _key)
    first = _key(registrar.roots[0])
    is_first = first is None or first.enrolled_by in registrar.roots
    return Standing(registrar.public_key, is_first, keyring.registrar_public(), line, _former(line))


def succeed(heir: PublicHalf, recovery: PublicHalf | None = None) -> None:
    """Let the registrar's key that signs here enrol `heir` and end itself. The heir names the
    `recovery` key, or the one named so far.

    Does nothing where the heir is in force already. Raises NotInForce, and why it was refused:
    nothing is recorded then.
    """
    now = standing()
    if now.succession.current == heir.public_key:
        return
    if not now.in_force:
        raise NotInForce(f"{now.signing} signs here, and {now.succession.current} is in force")
    named = next((key for key in now.succession.recovery if _is_ready(key)), None)
    drafts = _enrolled(heir, recovery, named, private=keyring.registrar_private())
    ended = _end(now.succession.current, heir, RevocationReason.SUPERSEDED)
    signing.submit_all([*drafts, _draft(ended, keyring.registrar_private())])


def recover(
    heir: PublicHalf,
    recovery: keys.PrivateKey,
    reason: RevocationReason = RevocationReason.COMPROMISED,
) -> None:
    """Let the recovery key enrol `heir`, which names it again, and end the registrar's key in
    force, whose holder is not asked.

    Does nothing where the heir is in force already. Raises NoRecoveryKey, and why it was refused:
    nothing is recorded then.
    """
    line, own = standing().succession, keys.encode_public(keys.public_of(recovery))
    if line.current == heir.public_key:
        return
    if own not in line.recovery or not _is_ready(own):
        raise NoRecoveryKey(f"{own} is not named by a key of the registrar's, or was revoked")
    drafts = _enrolled(heir, None, own, private=recovery)
    signing.submit_all([*drafts, _draft(_end(line.current, heir, reason), recovery)])


def founding(recovery: PublicHalf | None) -> list[signing.Draft]:
    """Return the claims that enrol the key that signs here, which names the recovery key."""
    private = keyring.registrar_private()
    own = PublicHalf(keyring.registrar_public(), keys.prove_possession(private, _did()))
    return _enrolled(own, recovery, None, private=private, custody=KeyCustody.SERVER)


# --- files --------------------------------------------------------------------------


def make_key(file: Path) -> PublicHalf:
    """Make a key of the registrar's: its seed in a new file, which its owner alone may read, and
    its public half in another with `.pub` behind the name. Raises FileExistsError.
    """
    seed = os.urandom(keyring.SEED_BYTES)
    private = keys.generate(seed)
    half = PublicHalf(
        keys.encode_public(keys.public_of(private)), keys.prove_possession(private, _did())
    )
    with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as opened:
        opened.write(f"{seed.hex()}\n")
    value = {"possession": half.possession, "publicKeyMultibase": half.public_key}
    durable.write({file.with_name(file.name + PUBLIC): canonical.serialize(value) + b"\n"})
    return half


def read_public(file: Path) -> PublicHalf:
    """Return the public half in a file of `make_key`. Raises Malformed, OSError."""
    try:
        value: dict[str, Any] = json.loads(file.read_text())
        half = PublicHalf(value["publicKeyMultibase"], value["possession"])
        keys.decode_public(half.public_key)
    except (ValueError, KeyError, TypeError) as error:
        raise errors.Malformed(f"{file} is no public half of a key") from error
    return half


def read_private(file: Path) -> keys.PrivateKey:
    """Return the key whose seed a file holds. Raises Malformed, OSError."""
    try:
        return keys.generate(bytes.fromhex(file.read_text().strip()))
    except ValueError as error:
        raise errors.Malformed(f"{file} does not hold 64 hex digits") from error


# --- claims -------------------------------------------------------------------------


def _enrolled(
    heir: PublicHalf,
    recovery: PublicHalf | None,
    named: str | None,
    *,
    private: keys.PrivateKey,
    custody: KeyCustody = KeyCustody.EXTERNAL,
) -> list[signing.Draft]:
    """The claims that enrol the recovery key, where it is not yet, and the heir."""
    claims = []
    if recovery is not None:
        named = recovery.public_key
        if _key(named) is None:
            claims.append(_addition(recovery, KeyPurpose.RECOVERY, KeyCustody.EXTERNAL))
    if recovery is not None or _key(heir.public_key) is None:
        claims.append(_addition(heir, KeyPurpose.REGISTRAR, custody, named))
    return [_draft(claim, private) for claim in claims]


def _addition(
    half: PublicHalf, purpose: KeyPurpose, custody: KeyCustody, recovery: str | None = None
) -> KeyAdded:
    return KeyAdded(
        subject=gs1.key_uri(half.public_key),
        party=settings.CUSTOS_REGISTRAR_GLN,
        purpose=purpose,
        custody=custody,
        possession=half.possession,
        recovery=recovery,
    )


def _end(public_key: str, heir: PublicHalf, reason: RevocationReason) -> KeyRevoked:
    return KeyRevoked(subject=gs1.key_uri(public_key), reason=reason, successor=heir.public_key)


def _draft(claim: KeyAdded | KeyRevoked, private: keys.PrivateKey) -> signing.Draft:
    return signing.Draft(settings.CUSTOS_REGISTRAR_GLN, claim, private=private)


def _did() -> str:
    return issuer_did(settings.CUSTOS_DID_HOST, settings.CUSTOS_REGISTRAR_GLN)


# --- the record ---------------------------------------------------------------------


def _key(public_key: str) -> KeyState | None:
    uri = gs1.key_uri(public_key)
    state = signing.states_of([uri]).get(uri)
    return state if isinstance(state, KeyState) else None


def _is_ready(public_key: str) -> bool:
    key = _key(public_key)
    return key is not None and key.revoked is None


def _former(line: Succession) -> tuple[FormerKey, ...]:
    """The ended keys up to the first whose end is not in the ledger yet."""
    indexes = [(key, _index(state.revoked)) for key in line.ended if (state := _key(key))]
    anchored = itertools.takewhile(lambda entry: entry[1] is not None, indexes)
    return tuple(FormerKey(key, index + 1) for key, index in anchored if index is not None)


def _index(digest: str | None) -> int | None:
    return Event.objects.filter(digest=digest).values_list("ledger_index", flat=True).first()
