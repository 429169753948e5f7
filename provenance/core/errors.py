"""Typed errors: the reasons why something is not accepted.

There is a class for each thing that a caller would do differently. Every class carries
a stable, lower-case, hyphenated `code`; docs/errors.md lists them all, and the API maps
each code to one status.
"""

from typing import Any, ClassVar

from provenance.core.printing import printable


class ProvenanceError(Exception):
    """The base of all typed errors.

    `detail` says, for a person, the expected and the given, and is printable
    whatever it quotes; `extra` holds named values for programs.
    """

    code: ClassVar[str] = "error"

    def __init__(self, detail: str = "", **extra: Any) -> None:
        self.detail = printable(detail)
        super().__init__(self.detail)
        self.extra = extra


# --- input that cannot be read ------------------------------------------------------


class BadJson(ProvenanceError):
    """The bytes are not one JSON text."""

    code = "bad-json"


class DuplicateKey(ProvenanceError):
    """An object names a member twice, so signer and checker could see different values."""

    code = "duplicate-key"


class BadNumber(ProvenanceError):
    """A number that RFC 8785 does not write this way, is beyond 2^53-1, NaN, Infinity
    or -0, or a fraction outside EPCIS.
    """

    code = "bad-number"


class BadText(ProvenanceError):
    """Text that is not UTF-8, begins with a byte order mark, holds half a surrogate pair or a
    character that is not seen, or is not in Normalization Form C.
    """

    code = "bad-text"


class TooDeep(ProvenanceError):
    """A JSON text or value nested deeper than 32 levels."""

    code = "too-deep"


class TooLarge(ProvenanceError):
    """More bytes, events, subjects or pixels than are accepted."""

    code = "too-large"


class BadTimestamp(ProvenanceError):
    """A text that is no RFC 3339 time with an offset, or no ISO 8601 date where a day
    is expected.
    """

    code = "timestamp"


class Malformed(ProvenanceError):
    """A value of the wrong shape: JSON with other members or types than expected, or a
    key or signature that is spelt otherwise.
    """

    code = "malformed"


class BadEpcis(ProvenanceError):
    """An event that is not valid EPCIS 2.0, or no act that the record knows."""

    code = "bad-epcis"


class UnsealedItems(ProvenanceError):
    """An event of more than one subject that names items in clear."""

    code = "unsealed-items"


class UnsealedMember(ProvenanceError):
    """A member in clear that only the parties and customs may read: `extra["member"]`."""

    code = "unsealed-member"


class BadOpening(ProvenanceError):
    """Openings that an event does not commit to, or a commitment that does not fit its event."""

    code = "bad-opening"


class BadEventId(ProvenanceError):
    """The eventID is not the CBV 2.0 event hash of the event."""

    code = "bad-event-id"


# --- identifiers --------------------------------------------------------------------


class BadIdentifier(ProvenanceError):
    """A text that is no GTIN, SSCC, GLN, serial, lot number or subject URI in its
    canonical spelling.
    """

    code = "bad-identifier"


class BadCheckDigit(ProvenanceError):
    """The identifier's check digit does not fit the other digits: a typing or printing
    error.
    """

    code = "bad-check-digit"


class BadDigitalLink(ProvenanceError):
    """A text that is neither a GS1 Digital Link nor another code that is read here."""

    code = "bad-digital-link"


class ForeignDomain(ProvenanceError):
    """A Digital Link of another domain, so no code of this installation."""

    code = "foreign-domain"


# --- keys and signatures ------------------------------------------------------------


class WeakKey(ProvenanceError):
    """A low-order, mixed-order or non-canonical Ed25519 key: it could verify messages
    that its holder never signed.
    """

    code = "weak-key"


class BadPossession(ProvenanceError):
    """The proof that a party holds the key it enrols does not verify."""

    code = "bad-possession"


class KeyLineTooLong(ProvenanceError):
    """Too many keys enrolled each other in a line: the registrar enrols the next."""

    code = "key-line-too-long"


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
    """The event was signed for another deployment, subject or document version, or its
    link says `closes` wrongly.
    """

    code = "binding-mismatch"


class HeadMoved(ProvenanceError):
    """The chain has a newer head than the event names; `extra["heads"]` gives the
    current heads.
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


class RecallOfLot(ProvenanceError):
    """A lot, `extra["subject"]`, was to be recalled as goods: that is a claim on its product."""

    code = "recall-of-lot"


class AlreadyCorrected(ProvenanceError):
    """The event is declared wrong for this reason already: again only with a new one."""

    code = "already-corrected"


class TooManyCorrections(ProvenanceError):
    """The event was corrected as often as an event may be; `extra["limit"]` says how often."""

    code = "too-many-corrections"


class AlreadyRegistered(ProvenanceError):
    """A party, product, right or key that the record has already was to be registered anew;
    `extra["subject"]` is its URI.
    """

    code = "already-registered"


class NotPermitted(ProvenanceError):
    """The signer may not sign this act."""

    code = "not-permitted"


class NotLicensed(ProvenanceError):
    """The signer neither owned nor was licensed the product's filed right on that day."""

    code = "not-licensed"


class ForeignPrefix(ProvenanceError):
    """A GTIN or SSCC of a company prefix that the registrar does not vouch for, to this party or
    to the product's owner, and no licence gives it leave.
    """

    code = "foreign-prefix"


class ConfusableName(ProvenanceError):
    """A name that cannot be told from the name of another party's brand."""

    code = "confusable-name"


class TimeAhead(ProvenanceError):
    """The event's time is further in the future than clocks may differ;
    `extra["server_time"]` is ours.
    """

    code = "time-ahead"


class SignedTooEarly(ProvenanceError):
    """The event was signed before it happened, by more than clocks may differ."""

    code = "signed-too-early"


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
    """A text that is no C2SP signed note, tree head, proof or policy, or spells it
    otherwise.
    """

    code = "bad-note"


class UnknownSigner(ProvenanceError):
    """No key that is known here signed the note."""

    code = "unknown-signer"


class UnknownLedger(ProvenanceError):
    """No trusted ledger key signed this tree head under its origin."""

    code = "unknown-ledger"


class FormerLedgerEnded(ProvenanceError):
    """A tree head of a former ledger beyond its last, or with another root at its size."""

    code = "former-ledger-ended"


class QuorumNotMet(ProvenanceError):
    """Fewer witnesses cosigned the tree head than the policy asks for."""

    code = "quorum-not-met"


class BadTile(ProvenanceError):
    """A ledger tile is missing, torn or altered."""

    code = "bad-tile"


class NotAnchored(ProvenanceError):
    """The event is accepted, and not yet in the ledger: never the same as invalid."""

    code = "not-anchored"


class LogInconsistent(ProvenanceError):
    """Database, lock store, tiles and published tree head disagree: nothing is signed
    until that is resolved.
    """

    code = "log-inconsistent"


class LedgerFrozen(LogInconsistent):
    """The ledger of this key has ended: nothing more is signed with the key."""

    code = "ledger-frozen"


# --- the bundle ---------------------------------------------------------------------


class BadBundle(ProvenanceError):
    """The file is not a Custos bundle or trust file of this version."""

    code = "bad-bundle"


class BundleTooLarge(ProvenanceError):
    """More records or bytes than are checked at once, which says nothing against them;
    `extra["limit"]` says how many are.
    """

    code = "bundle-too-large"


class ForeignRoots(ProvenanceError):
    """The bundle names other roots than the trusted ones: it is of another installation,
    or somebody wants it checked against roots of their own.
    """

    code = "foreign-roots"


class NoTrust(ProvenanceError):
    """No roots of trust were given, so nothing can pass."""

    code = "no-trust"
