"""Why something is not accepted.

One class for each thing a caller would do differently. Every class carries a stable,
lower-case, hyphenated `code`; docs/errors.md lists them all, and the HTTP door maps
each code to one status.
"""

from typing import Any, ClassVar


class ProvenanceError(Exception):
    """Something is not accepted. `detail` says what was expected and what was got;
    `extra` is machine-readable.
    """

    code: ClassVar[str] = "error"

    def __init__(self, detail: str = "", **extra: Any) -> None:
        super().__init__(detail)
        self.detail = detail
        self.extra = extra


# --- input that cannot be read ------------------------------------------------------


class BadJson(ProvenanceError):
    """The bytes are not one JSON text."""

    code = "bad-json"


class DuplicateKey(ProvenanceError):
    """An object names one member twice, so signer and checker could see different
    values.
    """

    code = "duplicate-key"


class BadNumber(ProvenanceError):
    """A number that does not survive RFC 8785: NaN, Infinity, -0, beyond 2^53-1, or a
    fraction outside EPCIS.
    """

    code = "bad-number"


class BadText(ProvenanceError):
    """Text that is not UTF-8, or holds NUL, a byte order mark or a lone surrogate."""

    code = "bad-text"


class TooDeep(ProvenanceError):
    """Nested deeper than 32 levels."""

    code = "too-deep"


class TooLarge(ProvenanceError):
    """More bytes, events or pixels than this door takes."""

    code = "too-large"


class BadTimestamp(ProvenanceError):
    """Not an RFC 3339 time with an offset."""

    code = "timestamp"


class Malformed(ProvenanceError):
    """Well-formed JSON of the wrong shape."""

    code = "malformed"


class BadEpcis(ProvenanceError):
    """Not a valid EPCIS 2.0 event or document, or not an act this system knows."""

    code = "bad-epcis"


class BadEventId(ProvenanceError):
    """The eventID is not the CBV 2.0 event hash of the event."""

    code = "bad-event-id"


# --- identifiers --------------------------------------------------------------------


class BadIdentifier(ProvenanceError):
    """Not a GTIN, SSCC, GLN, serial or lot number in its one spelling."""

    code = "bad-identifier"


class BadCheckDigit(ProvenanceError):
    """The identifier's last digit does not fit the others: a typing or printing
    error.
    """

    code = "bad-check-digit"


class BadDigitalLink(ProvenanceError):
    """Not a GS1 Digital Link URI."""

    code = "bad-digital-link"


class ForeignDomain(ProvenanceError):
    """A Digital Link of another domain: not one of our codes."""

    code = "foreign-domain"


# --- keys and signatures ------------------------------------------------------------


class WeakKey(ProvenanceError):
    """A low-order, mixed-order or non-canonical Ed25519 key: it could verify what its
    holder never signed.
    """

    code = "weak-key"


class BadPossession(ProvenanceError):
    """The proof that the enrolled key is held by who enrols it does not verify."""

    code = "bad-possession"


class BadSignature(ProvenanceError):
    """The key is known and it rejects the signature."""

    code = "bad-signature"


class UnsupportedProof(ProvenanceError):
    """A proof block of another type, cryptosuite or purpose than eddsa-jcs-2022
    assertionMethod.
    """

    code = "unsupported-proof"


class KeyNotAuthorised(ProvenanceError):
    """The key is unknown, belongs to another party, or was not enrolled for this
    purpose.
    """

    code = "key-not-authorised"


class RevokedKey(ProvenanceError):
    """The key was revoked before this event arrived."""

    code = "key-revoked"


# --- the record ---------------------------------------------------------------------


class BindingMismatch(ProvenanceError):
    """The event was signed for another deployment, subject or document version."""

    code = "binding-mismatch"


class HeadMoved(ProvenanceError):
    """The chain has a newer head than the event names; `extra["heads"]` gives the
    current ones.
    """

    code = "head-moved"


class BrokenLink(ProvenanceError):
    """A chain has a gap, a fork, or a link that does not name the event before it."""

    code = "broken-link"


class IllegalTransition(ProvenanceError):
    """The subject's state does not allow this act; `extra["allowed"]` lists those it
    does.
    """

    code = "illegal-transition"


class NotPermitted(ProvenanceError):
    """The signer is not the party who may sign this act."""

    code = "not-permitted"


class NotLicensed(ProvenanceError):
    """The signer neither owned nor was licensed the product's filed right on that
    day.
    """

    code = "not-licensed"


class TimeAhead(ProvenanceError):
    """The event's time lies further in the future than clocks may differ;
    `extra["server_time"]` is ours.
    """

    code = "time-ahead"


class UnknownProduct(ProvenanceError):
    """No product is registered under this GTIN."""

    code = "unknown-product"


class UnknownParty(ProvenanceError):
    """No party is registered under this GLN."""

    code = "unknown-party"


class UnknownSubject(ProvenanceError):
    """There is no record of this subject."""

    code = "unknown-subject"


# --- the ledger ---------------------------------------------------------------------


class BadProof(ProvenanceError):
    """An inclusion or consistency proof does not lead to the tree head's root."""

    code = "bad-proof"


class BadNote(ProvenanceError):
    """Not a C2SP signed note, tree head, proof or policy in its one spelling."""

    code = "bad-note"


class UnknownSigner(ProvenanceError):
    """No key that is known here signed the note."""

    code = "unknown-signer"


class UnknownLedger(ProvenanceError):
    """No trusted ledger key signed this tree head, or it is of another origin."""

    code = "unknown-ledger"


class QuorumNotMet(ProvenanceError):
    """Fewer witnesses cosigned the tree head than the policy asks for."""

    code = "quorum-not-met"


class BadTile(ProvenanceError):
    """A ledger tile is missing, torn or altered."""

    code = "bad-tile"


class NotAnchored(ProvenanceError):
    """Accepted, and not yet in the ledger: never the same as invalid."""

    code = "not-anchored"


class LogInconsistent(ProvenanceError):
    """Database, lock store, tiles and published tree head disagree: nothing is signed
    until that is resolved.
    """

    code = "log-inconsistent"


# --- the bundle ---------------------------------------------------------------------


class BadBundle(ProvenanceError):
    """The file is not a Custos bundle or trust file of this version."""

    code = "bad-bundle"


class NoTrust(ProvenanceError):
    """No roots of trust were given, so nothing can pass."""

    code = "no-trust"
