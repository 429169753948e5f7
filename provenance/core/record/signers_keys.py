"""The signers of claims about parties and keys, and whether a claim about a key fits: the
registrar, its recovery keys, and the lines of keys that enrolled each other.
"""

from typing import Any, Final

from provenance.core import errors
from provenance.core.record import authority, claims
from provenance.core.record.event import issuer_did
from provenance.core.record.rules import Statement
from provenance.core.record.signers import check_registered
from provenance.core.record.state import KeyState
from provenance.core.record.vocabulary import KeyPurpose
from provenance.core.signing import keys

MAX_LINE: Final = 10  # keys that enrolled each other, from the one that the registrar enrolled


def registrar(of: Statement[Any]) -> bool:
    """The registrar's key in force."""
    return of.event.issuer == of.registrar.gln and authority.is_registrar(
        of.event.key, of.registrar, of.lookups.key
    )


def recovery(of: Statement[Any]) -> bool:
    """A recovery key that may end the registrar's key in force."""
    return of.event.issuer == of.registrar.gln and of.event.key in _succession(of).recovery


def party_named_or_registrar(of: Statement[claims.KeyAdded]) -> bool:
    """The registrar; the party too, which has a key in force, as it signs with it. A key for
    the registrar's own use only the registrar, or its recovery key, which enrols no other.
    """
    if of.claim.purpose.is_registrars:
        return registrar(of) or recovery(of)
    signer = of.lookups.key(of.event.key)
    recovers = signer is not None and signer.purpose is KeyPurpose.RECOVERY
    return (of.event.issuer == of.claim.party and not recovers) or registrar(of)


def enroller_or_registrar(of: Statement[claims.KeyRevoked]) -> bool:
    """The key itself, the key that enrolled it, or the registrar: so that the check of a key
    needs the keys in its line, and not every key that its party ever had. A recovery key
    itself alone; the registrar's key in force itself, its recovery keys, and the successor that
    it enrolled.
    """
    key, ended = _key(of), of.claim.public_key
    itself = of.event.issuer == key.party and of.event.key == ended
    if key.purpose is KeyPurpose.RECOVERY or itself:
        return itself
    if ended == _succession(of).current:
        return recovery(of) or _is_heir(of)
    enroller = of.event.issuer == key.party and of.event.key == key.enrolled_by
    registrars = key.purpose.is_registrars and recovery(of)
    return enroller or registrars or registrar(of)


def _is_heir(of: Statement[claims.KeyRevoked]) -> bool:
    heir = of.lookups.key(of.event.key)
    return (
        heir is not None
        and heir.enrolled_by == of.claim.public_key
        and heir.party == of.event.issuer == of.registrar.gln
        and of.event.key == of.claim.successor
    )


def _succession(of: Statement[Any]) -> authority.Succession:
    return authority.succession(of.registrar, of.lookups.key)


def key_is_held(of: Statement[claims.KeyAdded]) -> None:
    """Raise UnknownParty, NotPermitted, IllegalTransition, KeyLineTooLong, Malformed, WeakKey or
    BadPossession unless the party may have the key. That no key is enrolled twice, its chain says.
    """
    check_registered(of, of.claim.party)
    _check_registrars(of)
    _check_line(of)
    raw = keys.decode_public(of.claim.public_key)
    keys.check_enrolment(raw)
    party = issuer_did(of.event.host, of.claim.party)
    keys.check_possession(raw, party, of.claim.possession)


def _check_registrars(of: Statement[claims.KeyAdded]) -> None:
    """Raise NotPermitted for a key of the registrar's that is for another party, and
    IllegalTransition for a recovery key that is none in force, or of another key.
    """
    if of.claim.purpose.is_registrars and of.claim.party != of.registrar.gln:
        raise errors.NotPermitted(f"a key of purpose {of.claim.purpose} is the registrar's alone")
    if of.claim.recovery is None:
        return
    named = of.lookups.key(of.claim.recovery)
    if of.claim.purpose is not KeyPurpose.REGISTRAR or not _is_ready(named, KeyPurpose.RECOVERY):
        raise errors.IllegalTransition(
            "only a registrar's key names a recovery key, which is enrolled and in force",
            allowed=[],
        )


def _is_ready(key: KeyState | None, purpose: KeyPurpose) -> bool:
    return key is not None and key.purpose is purpose and key.revoked is None


def _check_line(of: Statement[claims.KeyAdded]) -> None:
    """Raise KeyLineTooLong for a key behind a line of MAX_LINE."""
    signer: str | None = of.event.key
    for _ in range(MAX_LINE):
        if signer is None or signer in of.registrar.roots:
            return
        key = of.lookups.key(signer)
        signer = None if key is None or key.purpose.is_registrars else key.enrolled_by
    raise errors.KeyLineTooLong(
        f"at most {MAX_LINE} keys enrol each other in a line: the registrar enrols the next"
    )


def key_is_in_force(of: Statement[claims.KeyRevoked]) -> None:
    """Raise IllegalTransition for a key that is revoked already, or a successor that does not
    fit. The registrar's key in force needs a successor: nothing could be registered after it.
    """
    if _key(of).revoked is not None:
        raise errors.IllegalTransition("a key is revoked once", allowed=[])
    line = _succession(of)
    if of.claim.public_key == line.current:
        _check_successor(of, line)
    elif of.claim.successor is not None:
        raise errors.IllegalTransition(
            "only the registrar's key in force has a successor", allowed=[]
        )


def _check_successor(of: Statement[claims.KeyRevoked], line: authority.Succession) -> None:
    """Raise IllegalTransition unless the key may follow the key in force, which `line` is of."""
    named = None if of.claim.successor is None else of.lookups.key(of.claim.successor)
    if of.claim.successor == of.claim.public_key or not _is_ready(named, KeyPurpose.REGISTRAR):
        raise errors.IllegalTransition(
            "the registrar's key in force is revoked with a successor only, another key that is"
            " enrolled as a registrar's",
            allowed=[],
        )
    if line.number >= authority.MAX_SUCCESSIONS and of.event.key != line.senior:
        raise errors.IllegalTransition(
            f"after {authority.MAX_SUCCESSIONS} successions the recovery key signs the next",
            allowed=[],
        )


def _key(of: Statement[Any]) -> KeyState:
    if not isinstance(of.state, KeyState):
        raise errors.IllegalTransition(f"{of.event.act} is about a key", allowed=[])
    return of.state
