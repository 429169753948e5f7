"""The frame of an event that names one item: all of it but the item, its time and its eventID.

Events that one system writes one after another are alike but for these three. So whatever
does not depend on them is worked out once for a frame: `of` gives the frame with stand-ins in
their places, as bytes to remember by.
"""

import re
from collections.abc import Mapping
from typing import Any, Final

import orjson

from provenance.core import errors, gs1
from provenance.core.epcis.vocabulary import EventType

MAX_BYTES: Final = 4096  # of a frame: what is remembered has its bound
ITEM: Final = "https://id.gs1.org/01/09520000000004/21/0"
TIME: Final = "1970-01-01T00:00:00.000Z"
_STAND_INS: Final = {
    "epcList": [ITEM],
    "eventTime": TIME,
    "eventID": f"ni:///sha-256;{'0' * 64}?ver=CBV2.0",
}
_TIME: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]{3})?Z")
_OFFSET: Final = re.compile(r"[+-][0-9]{2}:[0-9]{2}")
_EVENT_ID: Final = re.compile(r"ni:///sha-256;[0-9a-f]{64}\?ver=CBV2\.0")


def of(event: Mapping[str, Any]) -> bytes | None:
    """Return the frame of an event as strictly parsed, as JSON; None for an event of another form:
    unless it is an ObjectEvent with a single item in epcList, a time in UTC, an offset and the
    eventID of an event hash, and its frame has at most 4,096 bytes.
    """
    epcs = event.get("epcList")
    if (
        event.get("type") != EventType.OBJECT
        or not isinstance(epcs, list)
        or len(epcs) != 1
        or not _fits(_TIME, event.get("eventTime"))
        or not _fits(_OFFSET, event.get("eventTimeZoneOffset"))
        or not _fits(_EVENT_ID, event.get("eventID"))
        or not _is_item(epcs[0])
    ):
        return None
    framed = orjson.dumps({**event, **_STAND_INS})
    return framed if len(framed) <= MAX_BYTES else None


def _fits(form: re.Pattern[str], value: object) -> bool:
    return isinstance(value, str) and form.fullmatch(value) is not None


def _is_item(epc: object) -> bool:
    try:
        return isinstance(epc, str) and gs1.parse_subject(epc).kind is gs1.SubjectKind.ITEM
    except errors.ProvenanceError:
        return False
