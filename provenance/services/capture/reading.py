"""The first half of capture: what one document says and whether it is signed, decided from its bytes alone.

(1) strict parse     JSON without room for two readings, at most 1 MB; its canonical form is what counts
(2) shape            record.read, bound to this deployment; the EPCIS schema, or the claim's members
(3) eventID          the CBV event hash of what the event says
(4) signature        by the key that the proof names; whether that key may speak is decided later
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from provenance.core import canonical, claims, errors, eventhash, integrity, kinds, record
from provenance.core.record import Record
from provenance.services import epcis_schema

MAX_BYTES: Final = 1_048_576
_CLAIMS: Final = tuple(kinds.CLAIM_KINDS)  # compared, not hashed: a hostile type may be a list


@dataclass(frozen=True, slots=True)
class Candidate:
    """A signed document that stands on its own: its record, and its RFC 8785 text."""

    record: Record
    text: bytes


def read(raw: bytes, *, host: str) -> Candidate:
    """Read one signed document, bound to `host`. Raises what its four steps raise; see the module."""
    if len(raw) > MAX_BYTES:
        raise errors.TooLarge(f"an event has at most {MAX_BYTES} bytes, got {len(raw)}")
    document, text = canonical.canonicalize(raw)
    return _read(document, text, host)


def read_document(document: Mapping[str, Any], *, host: str) -> Candidate:
    """`read` for a document that came out of the strict parser already."""
    return _read(document, canonical.serialize(document), host)


def _read(document: Any, text: bytes, host: str) -> Candidate:
    if len(text) > MAX_BYTES:
        raise errors.TooLarge(f"an event has at most {MAX_BYTES} bytes, got {len(text)}")
    if not isinstance(document, dict):
        raise errors.BadJson("expected an object", position=0)
    body = document.get("credentialSubject")
    is_event = isinstance(body, dict) and body.get("type") not in _CLAIMS
    if is_event:
        epcis_schema.check_event(body)
    found = record.read(document, canonical.digest(text), host=host)
    if is_event:
        eventhash.check_event_id(document["credentialSubject"])
    else:
        claims.check_shape(found)
    integrity.verify(document, form=text)
    return Candidate(found, text)
