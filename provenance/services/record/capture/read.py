"""The first half of capture: what one document says and whether it is signed, decided
from its bytes alone.

(1) strict parse     JSON without room for two readings, at most 1 MB; its canonical form is what counts
(2) shape            record.read, bound to this deployment; the EPCIS schema, or the claim's members
(3) eventID          the CBV event hash of what the event says
(4) signature        by the key that the proof names; whether that key may speak is decided later
"""

from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

from provenance.core import errors
from provenance.core.epcis import event_hash
from provenance.core.record import claims, kinds
from provenance.core.record import event as event_
from provenance.core.record.event import SignedEvent
from provenance.core.signing import canonical, integrity, keys
from provenance.services.record import epcis_schema

MAX_BYTES: Final = 1_048_576
_WORTH_A_THREAD: Final = 64
_TIMES: Final = (
    "Time",
    "/time",
    "/eventTimeZoneOffset",
)  # how the JSON pointers to times end in EPCIS
_CLAIMS: Final = tuple(kinds.CLAIM_KINDS)  # compared, not hashed: a hostile type may be a list


@dataclass(frozen=True, slots=True)
class Candidate:
    """A signed document that stands on its own: its record, and its RFC 8785 text."""

    record: SignedEvent
    text: bytes


Entry: TypeAlias = Candidate | errors.ProvenanceError  # an error is a refusal already


def read(raws: Iterable[bytes], *, host: str) -> list[Entry]:
    """Read signed documents, bound to `host`: each a candidate, or why it is none; see
    the module.
    """
    return _verified([_try(lambda raw=raw: _read_raw(raw, host)) for raw in raws])  # type: ignore[misc]


def read_documents(documents: Iterable[Mapping[str, Any]], *, host: str) -> list[Entry]:
    """`read`, for documents that came out of the strict parser already."""
    return _verified([
        _try(lambda one=one: _read(one, canonical.serialize(one), host))  # type: ignore[misc]
        for one in documents
    ])  # fmt: skip


_Unverified: TypeAlias = tuple[Candidate, integrity.Signature] | errors.ProvenanceError


def _try(read_one: Callable[[], tuple[Candidate, integrity.Signature]]) -> _Unverified:
    try:
        return read_one()
    except errors.ProvenanceError as error:
        return error


def _verified(found: list[_Unverified]) -> list[Entry]:
    """What is left when each signature was put to its key.

    libsodium verifies without the interpreter's lock, so two threads halve the time of
    a large batch where there is a second processor.
    """
    if len(found) < _WORTH_A_THREAD:
        return [_verify(one) for one in found]
    half = len(found) // 2
    with ThreadPoolExecutor(max_workers=1) as other:
        second = other.submit(lambda: [_verify(one) for one in found[half:]])
        first = [_verify(one) for one in found[:half]]
        return first + second.result()


def _verify(one: _Unverified) -> Entry:
    if isinstance(one, errors.ProvenanceError):
        return one
    candidate, signature = one
    try:
        keys.verify(*signature)
    except errors.BadSignature as error:
        return error
    return candidate


def _read_raw(raw: bytes, host: str) -> tuple[Candidate, integrity.Signature]:
    if len(raw) > MAX_BYTES:
        raise errors.TooLarge(f"an event has at most {MAX_BYTES} bytes, got {len(raw)}")
    document, text = canonical.canonicalize(raw)
    return _read(document, text, host)


def _read(document: Any, text: bytes, host: str) -> tuple[Candidate, integrity.Signature]:
    if len(text) > MAX_BYTES:
        raise errors.TooLarge(f"an event has at most {MAX_BYTES} bytes, got {len(text)}")
    if not isinstance(document, dict):
        raise errors.BadJson("expected an object", position=0)
    body = document.get("credentialSubject")
    is_event = isinstance(body, dict) and body.get("type") not in _CLAIMS
    if is_event:
        _check_event(document["credentialSubject"])
    found = event_.read(document, canonical.digest(text), host=host)
    if is_event:
        event_hash.check_event_id(document["credentialSubject"])
    else:
        claims.check_shape(found)
    return Candidate(found, text), integrity.signature_of(document, form=text)


def _check_event(body: dict[str, Any]) -> None:
    """The EPCIS schema; but a time that is none has its own code, in an event as
    elsewhere (docs/format.md).
    """
    try:
        epcis_schema.check_event(body)
    except errors.BadEpcis as error:
        if str(error.extra["pointer"]).endswith(_TIMES):
            raise errors.BadTimestamp(error.detail, **error.extra) from None
        raise
