"""The eventID of an EPCIS event: a hash of its meaning, not of its spelling (CBV 2.0
section 8.9).

    eventType=ObjectEventeventTime=2020-03-04T10:00:30.000ZeventTimeZoneOffset=+01:00epcList…

`pre_hash` joins `name=value` without separators in the order of the standard;
`event_id` hashes that text.

1. Names: standard members by their name, extensions as `{namespace}local`, their prefix
   resolved by the event's own `@context`, else by the document's. No context is ever
   fetched.
2. Values: trimmed; times in UTC with milliseconds; numbers without trailing zeros;
   standard words as their full URI; every form of a GS1 identifier as its canonical
   Digital Link (`gs1.canonical_uri`).
3. Entries of a list are sorted by code point. `ilmd`, extensions, and extensions inside
   readPoint, bizLocation and sensor elements follow at the end, sorted, each under the
   name of the member that holds it.
4. eventID, recordTime, errorDeclaration, certificationInfo and `@context` take no part,
   and `type` only as the eventType at the beginning. So a correction keeps the eventID
   of the event it corrects, and an eventID does not prove its author: the signature
   does.
"""

import functools
import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from enum import StrEnum
from typing import Any, Final

import orjson

from provenance.core import errors
from provenance.core.epcis import frame, hash_values, sensors, shape, vocabulary

MAX_NAME: Final = shape.MAX_TEXT

_NOT_HASHED: Final = frozenset(
    {"@context", "type", "eventID", "recordTime", "errorDeclaration", "certificationInfo"}
)
_METADATA: Final = (
    *("time", "startTime", "endTime", "deviceID", "deviceMetadata"),
    *("rawData", "dataProcessingMethod", "bizRules"),
)
_REPORT: Final = (
    *("type", "exception", "deviceID", "deviceMetadata", "rawData", "dataProcessingMethod", "time"),
    *("microorganism", "chemicalSubstance", "value", "component", "stringValue", "booleanValue"),
    *("hexBinaryValue", "uriValue", "minValue", "maxValue", "meanValue", "sDev"),
    *("percRank", "percValue", "uom", "coordinateReferenceSystem"),
)


def _words(*enums: type[StrEnum]) -> Mapping[str, str]:
    return {str(term): term.uri for enum in enums for term in enum}  # type: ignore[attr-defined]


_BIZ_STEPS: Final = _words(vocabulary.BizStep)
_DISPOSITIONS: Final = _words(vocabulary.Disposition)
_TRANSACTION_TYPES: Final = _words(vocabulary.BizTransactionType)
_PARTY_TYPES: Final = _words(vocabulary.SourceDestType)
_REPORT_WORDS: Final[Mapping[str, Mapping[str, str]]] = {
    "type": {name: vocabulary.GS1_VOC + name for name in sensors.MEASUREMENTS},
    "exception": _words(sensors.SensorAlert),
    "component": _words(sensors.Component),
}
_NO_NAMES: Final[Mapping[str, str]] = {}
_NO_REPORT_WORDS: Final[Mapping[str, Mapping[str, str]]] = {}


def event_id(event: Mapping[str, Any], context: hash_values.Context = None) -> str:
    """Return the CBV 2.0 event hash of `event`, as `ni:///sha-256;<64 hex
    digits>?ver=CBV2.0`.

    `context` is the `@context` of the document around it. Raises as `pre_hash` does.
    """
    digest = hashlib.sha256(pre_hash(event, context).encode()).hexdigest()
    return f"ni:///sha-256;{digest}?ver=CBV2.0"


def check_event_id(event: Mapping[str, Any], context: hash_values.Context = None) -> None:
    """Raise BadEventId unless `event` carries its own hash as eventID."""
    expected = event_id(event, context)
    if event.get("eventID") != expected:
        raise errors.BadEventId(f"expected {expected}, got {event.get('eventID')!r}")


def pre_hash(event: Mapping[str, Any], context: hash_values.Context = None) -> str:
    """Return the text that `event_id` hashes. `event` MUST have passed the EPCIS
    schema.

    Raises BadIdentifier as `gs1.canonical_uri` does, and TooLarge for the name of an
    extension, its prefix resolved, of more than 300 characters: it is written again for
    each value of a list.
    """
    framed = frame.of(event) if context is None else None
    if framed is None:
        return _write(event, context)
    before, between, after = _write_frame(framed)
    time = hash_values.utc(event["eventTime"])
    epc = hash_values.canonical(event["epcList"][0], _NO_NAMES)
    return f"{before}{time}{between}{epc}{after}"


@functools.lru_cache(maxsize=512)
def _write_frame(framed: bytes) -> tuple[str, str, str]:
    """Return the text of the event with the stand-ins of `frame` in its places, without them."""
    event = orjson.loads(framed)
    before, between, after = (
        part
        for half in _write(event, None).split(f"eventTime={frame.TIME}", 1)
        for part in half.split(f"epcListepc={frame.ITEM}", 1)
    )
    return f"{before}eventTime=", f"{between}epcListepc=", after


def _write(event: Mapping[str, Any], context: hash_values.Context) -> str:
    names = hash_values.namespaces(context, event.get("@context"))
    text = f"eventType={event.get('type', '')}"
    written = 0
    for member, write in _ORDER:
        value = event.get(member)
        if value is not None:
            written += 1
            text += write(member, value, names)
    if written + len(_NOT_HASHED & event.keys()) == len(event) and not _NESTING & event.keys():
        return text
    return text + "".join(sorted(_tail(event, names)))


# --- standard members ---------------------------------------------------------------

Namespaces = hash_values.Namespaces
Writer = Callable[[str, Any, Namespaces], str]


def _headed(name: str, entries: Iterable[str]) -> str:
    body = "".join(sorted(entries))
    return name + body if body else ""


def _write_time(member: str, value: Any, _names: Namespaces) -> str:
    return f"{member}={hash_values.utc(str(value).strip())}"


def _write_epcs(member: str, value: Any, names: Namespaces) -> str:
    return _headed(member, [hash_values.pair("epc", epc, names) for epc in value])


def _write_quantities(member: str, value: Any, names: Namespaces) -> str:
    elements = [
        "".join(
            hash_values.pair(part, element.get(part), names)
            for part in ("epcClass", "quantity", "uom")
        )
        for element in value
    ]
    return _headed(member, ["quantityElement" + element for element in elements if element])


def _write_persistent(member: str, value: Any, names: Namespaces) -> str:
    parts = (
        "".join(
            sorted(
                hash_values.pair(part, term, names, _DISPOSITIONS) for term in value.get(part, ())
            )
        )
        for part in ("set", "unset")
    )
    body = "".join(parts)
    return member + body if body else ""


def _write_place(member: str, value: Any, names: Namespaces) -> str:
    place = hash_values.pair("id", value.get("id"), names)
    return member + place if place else ""


def _word(words: Mapping[str, str]) -> Writer:
    return lambda member, value, names: hash_values.pair(member, value, names, words)


def _typed(part: str, words: Mapping[str, str]) -> Writer:
    def write(member: str, value: Any, names: Namespaces) -> str:
        entries = [
            hash_values.pair("type", entry.get("type"), names, words)
            + hash_values.pair(part, entry.get(part), names)
            for entry in value
        ]
        return _headed(member, entries)

    return write


def _fields(
    holder: Mapping[str, Any],
    order: Sequence[str],
    names: Namespaces,
    words: Mapping[str, Mapping[str, str]] = _NO_REPORT_WORDS,
) -> str:
    text = ""
    for name in order:
        value = holder.get(name)
        if value is not None:
            if hash_values.names_time(name):
                text += _write_time(name, value, names)
            else:
                text += hash_values.pair(name, value, names, words.get(name, hash_values.NO_WORDS))
    return text


def _write_sensors(_member: str, value: Any, names: Namespaces) -> str:
    entries = []
    for element in value:
        metadata = _fields(element.get("sensorMetadata", {}), _METADATA, names)
        reports = [
            _fields(report, _REPORT, names, _REPORT_WORDS)
            for report in element.get("sensorReport", ())
        ]
        body = ("sensorMetadata" + metadata if metadata else "") + "".join(
            sorted("sensorReport" + report for report in reports if report)
        )
        entries.append("sensorElement" + body if body else "")
    return "".join(sorted(entries))


_ORDER: Final[tuple[tuple[str, Writer], ...]] = (
    ("eventTime", _write_time),
    ("eventTimeZoneOffset", hash_values.pair),
    ("epcList", _write_epcs),
    ("parentID", hash_values.pair),
    ("inputEPCList", _write_epcs),
    ("childEPCs", _write_epcs),
    ("quantityList", _write_quantities),
    ("childQuantityList", _write_quantities),
    ("inputQuantityList", _write_quantities),
    ("outputEPCList", _write_epcs),
    ("outputQuantityList", _write_quantities),
    ("action", hash_values.pair),
    ("transformationID", hash_values.pair),
    ("bizStep", _word(_BIZ_STEPS)),
    ("disposition", _word(_DISPOSITIONS)),
    ("persistentDisposition", _write_persistent),
    ("readPoint", _write_place),
    ("bizLocation", _write_place),
    ("bizTransactionList", _typed("bizTransaction", _TRANSACTION_TYPES)),
    ("sourceList", _typed("source", _PARTY_TYPES)),
    ("destinationList", _typed("destination", _PARTY_TYPES)),
    ("sensorElementList", _write_sensors),
)
_STANDARD: Final = frozenset(member for member, _ in _ORDER) | _NOT_HASHED
_NESTING: Final = frozenset({"readPoint", "bizLocation", "sensorElementList"})


# --- extensions, at the end ---------------------------------------------------------


def _tail(event: Mapping[str, Any], names: Namespaces) -> list[str]:
    entries: list[str] = []
    for member, value in event.items():
        if member not in _STANDARD:
            entries += _extension(member, value, names)
    for member in ("readPoint", "bizLocation"):
        if member in event:
            entries.append(_headed(member, _extensions(event[member], {"id"}, names)))
    for element in event.get("sensorElementList", ()):
        inner = _extensions(element, {"sensorMetadata", "sensorReport"}, names)
        inner.append(
            _headed(
                "sensorMetadata", _extensions(element.get("sensorMetadata", {}), _METADATA, names)
            )
        )
        inner += [
            _headed("sensorReport", _extensions(report, _REPORT, names))
            for report in element.get("sensorReport", ())
        ]
        entries.append(_headed("sensorElement", inner))
    return entries


def _extensions(holder: Mapping[str, Any], standard: Iterable[str], names: Namespaces) -> list[str]:
    entries: list[str] = []
    for member, value in holder.items():
        if member not in standard:
            entries += _extension(member, value, names)
    return entries


def _extension(member: str, value: Any, names: Namespaces) -> list[str]:
    """Return an entry for each value of a member that is not of the standard."""
    if member == "@context":
        return []
    prefix, colon, local = member.partition(":")
    name = f"{{{names[prefix]}}}{local}" if colon and prefix in names else member
    if len(name) > MAX_NAME:
        raise errors.TooLarge(f"a name has at most {MAX_NAME} characters", limit=MAX_NAME)
    return [_entry(name, item, names) for item in (value if isinstance(value, list) else [value])]


def _entry(name: str, value: Any, names: Namespaces) -> str:
    if isinstance(value, Mapping):
        return name + "".join(sorted(_extensions(value, (), names)))
    if isinstance(value, list):
        return name + "".join(sorted(_entry("", item, names) for item in value))
    if isinstance(value, str) and hash_values.names_time(name.rpartition("}")[2]):
        text = hash_values.utc(value.strip())
        return f"{name}={text if text != value.strip() else hash_values.canonical(text, names)}"
    return hash_values.pair(name, value, names)
