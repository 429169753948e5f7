"""The JSON Schemas of EPCIS 2.0 events and documents, put together from the vocabulary.

`EVENTS` has one schema for each kind of event, so that a fault is found where it is and
not among five alternatives; `OTHER_EVENT` is for a kind of somebody's own; `DOCUMENT`
is the envelope, its events left out.

Source: EPCIS 2.0 sections 7.3-7.4, CBV 2.0 section 7, and the rules of GS1's own
schema; written anew.
"""

from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import Any, Final

from provenance.core.epcis import sensors, vocabulary

Schema = dict[str, Any]

_EXTENSION_NAME: Final = "^[A-Za-z][A-Za-z0-9+.-]*:."
_YEAR: Final = "(?:[0-9]{3}[1-9]|[0-9]{2}[1-9]0|[0-9][1-9]00|[1-9]000)"
_SECONDS: Final = r"T[0-2][0-9]:[0-5][0-9]:[0-5][0-9](?:\.[0-9]+)?"
_URI: Final[Schema] = {"type": "string", "format": "uri"}
_NUMBER: Final[Schema] = {"type": "number"}
_TEXT: Final[Schema] = {"type": "string"}
_TIME: Final[Schema] = {
    "type": "string",
    "format": "date-time",
    "pattern": f"^{_YEAR}-[0-9]{{2}}-[0-9]{{2}}{_SECONDS}(?:Z|[+-][0-9]{{2}}:[0-9]{{2}})$",
}
_OFFSET: Final[Schema] = {
    "type": "string",
    "pattern": "^[+-](?:(?:0[0-9]|1[0-3]):[0-5][0-9]|14:00)$",
}
_NONE: Final[Schema] = {}
_CONTEXT: Final[Schema] = {
    "anyOf": [
        _URI,
        {"type": "object"},
        {"type": "array", "items": {"anyOf": [_URI, {"type": "object"}]}},
    ]
}


def _list_of(items: Schema, **rules: Any) -> Schema:
    return {"type": "array", "items": items, **rules}


def _enum(*terms: str) -> Schema:
    return {"type": "string", "enum": list(terms)}


def _words(vocabulary: Iterable[str], namespaces: str) -> Schema:
    own = {**_URI, "not": {"pattern": f"^(?:{namespaces})"}}
    return {"anyOf": [{"enum": sorted(vocabulary)}, own]}


def _cbv(words: type[StrEnum]) -> Schema:
    terms = [str(term) for term in words] + [term.uri for term in words]  # type: ignore[attr-defined]
    return _words(terms, r"urn:epcglobal:cbv|https?://(?:ns|ref)\.gs1\.org/cbv/")


def _web(words: Iterable[str]) -> Schema:
    terms = [spelling for term in words for spelling in (str(term), vocabulary.GS1_VOC + term)]
    return _words(terms, r"https?://(?:(?:www|ref)\.)?gs1\.org/voc/")


def _object(
    members: Mapping[str, Schema], *required: str, extensible: bool = True, rules: Schema = _NONE
) -> Schema:
    """Describe an object whose other members, if it may have any, all carry a
    prefix.
    """
    others: Schema = {"patternProperties": {_EXTENSION_NAME: True}} if extensible else {}
    return {
        "type": "object",
        "properties": dict(members),
        "required": list(required),
        "additionalProperties": False,
        **others,
        **rules,
    }


_ACTION: Final = _enum(*vocabulary.Action)
_DISPOSITION: Final = _cbv(vocabulary.Disposition)
_PLACE: Final = _object({"id": _URI}, "id")
_ILMD: Final = _object({})
_EPCS: Final = _list_of(_URI, uniqueItems=True)
_QUANTITIES: Final = _list_of(
    _object(
        {
            "epcClass": _URI,
            "quantity": _NUMBER,
            "uom": {"type": "string", "pattern": "^[A-Z0-9]{2,3}$"},
        },
        "epcClass",
        extensible=False,
    )
)
_ERROR_DECLARATION: Final = _object(
    {
        "declarationTime": _TIME,
        "reason": _cbv(vocabulary.ErrorReason),
        "correctiveEventIDs": _list_of(_URI),
    },
    "declarationTime",
    rules={
        "if": {"properties": {"reason": {"const": "did_not_occur"}}, "required": ["reason"]},
        "then": {"properties": {"correctiveEventIDs": {"maxItems": 0}}},
    },
)
_PERSISTENT: Final = _object(
    {part: _list_of(_DISPOSITION, minItems=1, uniqueItems=True) for part in ("set", "unset")},
    extensible=False,
    rules={"minProperties": 1},
)


def _transactions(**rules: Any) -> Schema:
    members = {"type": _cbv(vocabulary.BizTransactionType), "bizTransaction": _URI}
    return _list_of(_object(members, "bizTransaction", extensible=False), **rules)


def _ends(member: str) -> Schema:
    members = {"type": _cbv(vocabulary.SourceDestType), member: _URI}
    return _list_of(_object(members, "type", member, extensible=False))


_DEVICE: Final = ("deviceID", "deviceMetadata", "rawData", "dataProcessingMethod", "bizRules")
_NUMERIC: Final = ("value", "minValue", "maxValue", "meanValue", "sDev", "percRank", "percValue")
_LINKED: Final = ("microorganism", "chemicalSubstance", "coordinateReferenceSystem", "uriValue")
_SENSORS: Final = _list_of(
    _object(
        {
            "sensorMetadata": _object(
                dict.fromkeys(_DEVICE, _URI)
                | dict.fromkeys(("time", "startTime", "endTime"), _TIME)
            ),
            "sensorReport": _list_of(
                _object(
                    dict.fromkeys((*_DEVICE, *_LINKED), _URI)
                    | dict.fromkeys(_NUMERIC, _NUMBER)
                    | {
                        "type": _web(sensors.MEASUREMENTS),
                        "exception": _web(sensors.SensorAlert),
                        "component": _cbv(sensors.Component),
                        "time": _TIME,
                        "stringValue": _TEXT,
                        "booleanValue": {"type": "boolean"},
                        "hexBinaryValue": {"type": "string", "pattern": "^[A-Fa-f0-9]+$"},
                        "uom": _TEXT,
                    },
                    rules={"anyOf": [{"required": ["type"]}, {"required": ["exception"]}]},
                ),
                minItems=1,
            ),
        },
        "sensorReport",
    )
)

# --- the five kinds of event ---------------------------------------------------------

_EVENT: Final[dict[str, Schema]] = {
    "@context": _CONTEXT,
    "eventTime": _TIME,
    "recordTime": _TIME,
    "eventTimeZoneOffset": _OFFSET,
    "eventID": _URI,
    "certificationInfo": {"anyOf": [_URI, _list_of(_URI)]},
    "errorDeclaration": _ERROR_DECLARATION,
}
_COMMON: Final[dict[str, Schema]] = {
    "bizStep": _cbv(vocabulary.BizStep),
    "disposition": _DISPOSITION,
    "readPoint": _PLACE,
    "bizLocation": _PLACE,
    "bizTransactionList": _transactions(),
    "sourceList": _ends("source"),
    "destinationList": _ends("destination"),
    "sensorElementList": _SENSORS,
    "persistentDisposition": _PERSISTENT,
}
_CHILDREN: Final[dict[str, Schema]] = {
    "action": _ACTION,
    "parentID": _URI,
    "childEPCs": _EPCS,
    "childQuantityList": _QUANTITIES,
}


def _has(member: str, least: int = 1) -> Schema:
    return {"required": [member], "properties": {member: {"minItems": least}}}


def _when_action(*actions: str) -> Schema:
    return {"required": ["action"], "properties": {"action": _enum(*actions)}}


def _event(
    kind: vocabulary.EventType, members: Mapping[str, Schema], *required: str, rules: Schema
) -> Schema:
    properties = {**_EVENT, **_COMMON, **members, "type": {"const": str(kind)}}
    return _object(properties, "type", "eventTime", "eventTimeZoneOffset", *required, rules=rules)


_ABOUT_CHILDREN: Final = [_has("childEPCs"), _has("childQuantityList"), _when_action("DELETE")]
_SEEN_BY_SENSORS: Final[Schema] = {
    "allOf": [_has("sensorElementList"), {"required": ["readPoint"]}]
}
_INPUTS: Final[Schema] = {"anyOf": [_has("inputEPCList"), _has("inputQuantityList")]}
_OUTPUTS: Final[Schema] = {"anyOf": [_has("outputEPCList"), _has("outputQuantityList")]}

EVENTS: Final[Mapping[str, Schema]] = {
    vocabulary.EventType.OBJECT: _event(
        vocabulary.EventType.OBJECT,
        {"action": _ACTION, "epcList": _EPCS, "quantityList": _QUANTITIES, "ilmd": _ILMD},
        "action",
        rules={
            "anyOf": [_has("epcList", 0), _has("quantityList"), _SEEN_BY_SENSORS],
            "if": _when_action("OBSERVE", "DELETE"),
            "then": {"properties": {"ilmd": False}},
        },
    ),
    vocabulary.EventType.AGGREGATION: _event(
        vocabulary.EventType.AGGREGATION,
        _CHILDREN,
        "action",
        rules={
            "anyOf": _ABOUT_CHILDREN,
            "if": _when_action("ADD", "DELETE"),
            "then": {"required": ["parentID"]},
        },
    ),
    vocabulary.EventType.ASSOCIATION: _event(
        vocabulary.EventType.ASSOCIATION,
        _CHILDREN,
        "action",
        "parentID",
        rules={"anyOf": _ABOUT_CHILDREN},
    ),
    vocabulary.EventType.TRANSACTION: _event(
        vocabulary.EventType.TRANSACTION,
        {
            "action": _ACTION,
            "parentID": _URI,
            "epcList": _EPCS,
            "quantityList": _QUANTITIES,
            "bizTransactionList": _transactions(minItems=1),
        },
        "action",
        "bizTransactionList",
        rules={"anyOf": [_has("epcList", 0), _has("quantityList"), _when_action("DELETE")]},
    ),
    vocabulary.EventType.TRANSFORMATION: _event(
        vocabulary.EventType.TRANSFORMATION,
        {
            "inputEPCList": _EPCS,
            "inputQuantityList": _QUANTITIES,
            "outputEPCList": _EPCS,
            "outputQuantityList": _QUANTITIES,
            "transformationID": _URI,
            "ilmd": _ILMD,
        },
        rules={
            "anyOf": [
                {"allOf": [_INPUTS, _OUTPUTS]},
                {"required": ["transformationID"], "anyOf": [_INPUTS, _OUTPUTS]},
            ]
        },
    ),
}
# An event type of somebody's own is a URI, and only what all events share is known of
# it.
OTHER_EVENT: Final[Schema] = {
    "type": "object",
    "properties": {**_EVENT, "type": _URI},
    "required": ["type", "eventTime", "eventTimeZoneOffset"],
}
DOCUMENT: Final = _object(
    {
        "@context": _CONTEXT,
        "id": _URI,
        "type": {"const": "EPCISDocument"},
        "schemaVersion": {"type": "string", "pattern": r"^2\.[0-9]+(?:\.[0-9]+)?$"},
        "creationDate": _TIME,
        "instanceIdentifier": _TEXT,
        "sender": _TEXT,
        "receiver": _TEXT,
        "epcisHeader": {"type": "object"},
        "epcisBody": _object({"eventList": {"type": "array"}}, "eventList"),
    },
    *("@context", "type", "schemaVersion", "creationDate", "epcisBody"),
)
