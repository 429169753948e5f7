"""The first half of capture: the content of a document and its signature, checked from
its bytes alone.

(1) strict parse     JSON without room for two readings, at most 1 MB; its canonical form counts
(2) shape, texts     reading.read, bound to this deployment; the EPCIS schema or a claim's members
(3) seal             everything that the event seals, which comes with it
(4) eventID          the CBV event hash of the event
(5) signature        by the key that the proof names; whether that key may sign is decided later
"""

from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

from provenance.core import errors, texts
from provenance.core.epcis import event_hash
from provenance.core.record import claims, reading, sealed_json, use_by
from provenance.core.record.event import GoodsAct, SignedEvent
from provenance.core.record.sealed import Contents, Member
from provenance.core.signing import canonical, integrity, keys
from provenance.services.record import epcis_schema

MAX_BYTES: Final = 1_048_576
SEALED_MEMBERS: Final = frozenset({"event", "opened"})
_WORTH_A_THREAD: Final = 64
_TIMES: Final = (
    "Time",
    "/time",
    "/eventTimeZoneOffset",
)  # how the JSON pointers to times end in EPCIS
_CLAIMS: Final = tuple(claims.TYPES)  # compared, not hashed: a hostile type may be a list


@dataclass(frozen=True, slots=True)
class Candidate:
    """A signed document that is right by itself: its event, its RFC 8785 text, and its
    sealed contents.
    """

    event: SignedEvent
    text: bytes
    contents: Contents | None = None


Source: TypeAlias = bytes | Mapping[str, Any]
"""A signed document or, of one that seals, `{"event": …, "opened": …}`: as bytes, or as it came
out of the strict parser."""
Reading: TypeAlias = Candidate | errors.ProvenanceError  # an error is a refusal already
_Unverified: TypeAlias = tuple[Candidate, integrity.Signature] | errors.ProvenanceError


def read(sources: Iterable[Source], *, host: str) -> list[Reading]:
    """Read signed documents, bound to `host`: each a candidate, or why it is none; see
    the module. A source is bytes, or came out of the strict parser already.
    """
    return _verified([_read(source, host) for source in sources])


def _verified(unverified: list[_Unverified]) -> list[Reading]:
    """Verify all signatures; a bad signature becomes its error.

    libsodium verifies without the interpreter's lock, so two threads halve the time of
    a large batch where there is a second processor.
    """
    if len(unverified) < _WORTH_A_THREAD:
        return [_verify(each) for each in unverified]
    half = len(unverified) // 2
    with ThreadPoolExecutor(max_workers=1) as other:
        second = other.submit(lambda: [_verify(each) for each in unverified[half:]])
        first = [_verify(each) for each in unverified[:half]]
        return first + second.result()


def _verify(unverified: _Unverified) -> Reading:
    if isinstance(unverified, errors.ProvenanceError):
        return unverified
    candidate, signature = unverified
    try:
        keys.verify(*signature)
    except errors.BadSignature as error:
        return error
    return candidate


def _read(source: Source, host: str) -> _Unverified:
    try:
        if isinstance(source, bytes):
            _check_size(source)
            value, text = canonical.canonicalize(source)
        else:
            value, text = source, b""
        if isinstance(value, dict) and value.keys() == SEALED_MEMBERS:
            contents = sealed_json.read_contents(value["opened"])
            value, text = value["event"], b""
        else:
            contents = None
        text = text or canonical.serialize(value)
        _check_size(text)
        return _read_document(value, text, host, contents)
    except errors.ProvenanceError as error:
        return error


def _check_size(raw: bytes) -> None:
    if len(raw) > MAX_BYTES:
        raise errors.TooLarge(f"an event has at most {MAX_BYTES} bytes, got {len(raw)}")


def _read_document(
    document: Any, text: bytes, host: str, contents: Contents | None
) -> tuple[Candidate, integrity.Signature]:
    if not isinstance(document, dict):
        raise errors.BadJson("expected an object", position=0)
    body = document.get("credentialSubject")
    is_event = isinstance(body, dict) and body.get("type") not in _CLAIMS
    if is_event:
        _check_event(document["credentialSubject"])
    event = reading.read(document, canonical.digest(text), host=host, openings=contents or ())
    if not text.isascii():
        texts.check_known(document)
    if isinstance(event.body, GoodsAct):
        _check_whole(event, event.body)
        event_hash.check_event_id(document["credentialSubject"])
    return Candidate(event, text, contents), integrity.signature_of(document, form=text)


def _check_whole(event: SignedEvent, goods: GoodsAct) -> None:
    """Raise BadOpening unless all that the event seals came with it, and BadEpcis where its
    sealed members are not of the EPCIS schema.
    """
    if goods.unopened or len(event.members) != event.document.get("sealed", {}).get("members", 0):
        raise errors.BadOpening("an event comes with all that it seals, in the member opened")
    for value in event.members.values():
        texts.check_known(value)
    if Member.TRANSACTIONS in event.members:
        body = event.document["credentialSubject"]
        shown = {name: value for name, value in body.items() if name != "eventID"}
        _check_event({**shown, "bizTransactionList": event.members[Member.TRANSACTIONS]})


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
    use_by.check(body)
