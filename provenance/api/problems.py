"""Every code that the API answers with: its HTTP status and its title. docs/errors.md
explains each of them.

One code has one status, whichever endpoint it comes from, so a client needs to look at
the code alone.
"""

from typing import Final, NamedTuple


class Problem(NamedTuple):
    """A problem type of RFC 9457: its status, its short summary, and the seconds after
    which asking again may help.
    """

    status: int
    title: str
    retry_after: int | None = None


TABLE: Final[dict[str, Problem]] = {
    # the request
    "bad-request": Problem(400, "The request cannot be read"),
    "malformed": Problem(400, "Well-formed, but of the wrong shape"),
    "unauthenticated": Problem(401, "No valid API key"),
    "scope-missing": Problem(403, "The API key lacks the scope for this"),
    "not-found": Problem(404, "There is nothing here"),
    "method-not-allowed": Problem(405, "This endpoint does not take that method"),
    "body-timeout": Problem(408, "The body came too slowly"),
    "length-required": Problem(411, "The body's length must be declared"),
    "too-large": Problem(413, "Larger than this endpoint takes"),
    "unsupported-media-type": Problem(415, "Not plain UTF-8 JSON"),
    "idempotency-mismatch": Problem(422, "The Idempotency-Key was used for another request"),
    "in-progress": Problem(409, "The first request with this Idempotency-Key is still running", 1),
    "batch-refused": Problem(422, "Nothing was stored because some events are refused"),
    "rate-limited": Problem(429, "Too many requests"),
    "internal-error": Problem(500, "Our fault"),
    "unavailable": Problem(503, "The record cannot be reached now", 5),
    "read-only": Problem(503, "The record can be read but not written now", 30),
    "ledger-behind": Problem(503, "Anchoring is behind, and no event is taken until it is not", 30),
    # JSON
    "bad-json": Problem(400, "Not one JSON text"),
    "duplicate-key": Problem(400, "An object names a member twice"),
    "bad-number": Problem(400, "A number that not every reader reads alike"),
    "bad-text": Problem(400, "Text that is not clean UTF-8"),
    "too-deep": Problem(400, "Nested too deeply"),
    "timestamp": Problem(400, "Not a time with an offset"),
    # the event
    "bad-epcis": Problem(422, "Not a valid EPCIS 2.0 event of this record"),
    "bad-event-id": Problem(422, "The eventID is not the hash of the event"),
    "unsealed-items": Problem(422, "Several items are named in clear"),
    "unsealed-member": Problem(422, "A sealed member stands in clear"),
    "bad-opening": Problem(422, "The openings are not what the event seals"),
    "bad-identifier": Problem(400, "Not an identifier in its one spelling"),
    "bad-check-digit": Problem(400, "The check digit does not fit"),
    "bad-digital-link": Problem(400, "Not a GS1 Digital Link"),
    "foreign-domain": Problem(400, "A code of another domain"),
    # keys and signatures
    "weak-key": Problem(422, "The key is weak"),
    "bad-possession": Problem(422, "The proof of possession does not verify"),
    "key-line-too-long": Problem(409, "Too many keys enrolled each other"),
    "too-many-keys": Problem(409, "As many keys in force as a party may have"),
    "bad-signature": Problem(422, "The signature does not verify"),
    "unsupported-proof": Problem(422, "A proof of another kind"),
    "key-not-authorised": Problem(403, "The key may not sign this"),
    "key-revoked": Problem(403, "The key was revoked"),
    "registrar-not-in-force": Problem(503, "The registrar's key here is not in force", 60),
    "no-recovery-key": Problem(409, "No recovery key of the registrar's"),
    "no-kept-key": Problem(409, "No key of this party is kept here"),
    "key-locked": Problem(503, "A kept key does not open"),
    "seal-locked": Problem(503, "A stored seal does not open"),
    # the record
    "binding-mismatch": Problem(422, "Signed for something else"),
    "head-moved": Problem(409, "The chain has a newer head"),
    "broken-link": Problem(422, "The chain has a gap or a fork"),
    "illegal-transition": Problem(409, "Not possible as things stand"),
    "recall-of-lot": Problem(422, "A lot is recalled on its product"),
    "already-corrected": Problem(409, "Declared wrong for this reason already"),
    "too-many-corrections": Problem(409, "Corrected as often as an event may be"),
    "already-registered": Problem(409, "Registered already"),
    "not-permitted": Problem(403, "Signed by a party who may not sign this"),
    "not-licensed": Problem(403, "Not licensed that day"),
    "confusable-name": Problem(409, "A name that looks like another party's brand"),
    "foreign-prefix": Problem(403, "A number of another party's company prefix"),
    "too-many-events": Problem(429, "As many events as one party may record in a day", 3600),
    "time-ahead": Problem(422, "The time lies in the future"),
    "broken-record": Problem(409, "The stored record is broken"),
    "signed-too-early": Problem(422, "It was signed before it happened"),
    "unknown-product": Problem(422, "No such product is registered"),
    "unknown-party": Problem(422, "No such party is registered"),
    "unknown-subject": Problem(404, "There is no record of this subject"),
    "unknown-event": Problem(404, "There is no such event"),
    "label-too-small": Problem(422, "The labels are too small for the code of these goods"),
    # the border
    "not-an-authority": Problem(422, "No customs authority"),
    "not-an-officer": Problem(403, "No officer of this authority"),
    "bad-post": Problem(422, "Not a border post of this country"),
    "bad-policy": Problem(422, "Not a policy of risk"),
    "bad-watch": Problem(422, "Not an entry of a watch-list"),
    "bad-lane-change": Problem(422, "The lane cannot be changed so"),
    "unknown-declaration": Problem(404, "There is no such declaration"),
    "declaration-exists": Problem(409, "Declared already, with other content"),
    "declaration-decided": Problem(409, "Decided, so amended no more"),
    # the ledger and the bundle
    "not-anchored": Problem(404, "Accepted, and not yet in the ledger", 5),
    "bad-proof": Problem(422, "The proof leads elsewhere"),
    "bad-note": Problem(422, "Not a signed note in its one spelling"),
    "unknown-signer": Problem(422, "Not signed by a key that is known here"),
    "unknown-ledger": Problem(422, "Not a tree head of a trusted ledger"),
    "former-ledger-ended": Problem(422, "A former ledger ended before this tree head"),
    "quorum-not-met": Problem(422, "Too few witnesses"),
    "bad-tile": Problem(503, "A ledger tile cannot be used", 60),
    "log-inconsistent": Problem(503, "The ledger waits for its operator", 60),
    "ledger-frozen": Problem(503, "The ledger has ended, and the next has not begun", 60),
    "bad-bundle": Problem(422, "Not a bundle of this version"),
    "bundle-too-large": Problem(422, "More than one check reads"),
    "foreign-roots": Problem(422, "Made under other roots of trust"),
    "no-trust": Problem(422, "No roots of trust"),
}


def of(code: str) -> Problem:
    """The problem of `code`; a code that is not in the table is a fault of ours."""
    return TABLE.get(code, TABLE["internal-error"])
