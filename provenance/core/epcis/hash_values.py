"""The values of an event as its hash writes them: trimmed, in canonical form, words as
URIs (CBV 2.0 section 8.9).
"""

import functools
import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any, Final

from provenance.core import gs1
from provenance.core.epcis import vocabulary

Context = Mapping[str, Any] | Sequence[Any] | str | None
Namespaces = Mapping[str, str]

_BUILT_IN: Final[Namespaces] = {
    "cbvmda": vocabulary.CBV_MDA,
    "gs1": vocabulary.GS1_VOC,
    "cbv": vocabulary.CBV,
}
NO_WORDS: Final[Mapping[str, str]] = {}
_TIME: Final = re.compile(
    r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.(?P<fraction>\d+))?(?P<offset>[Zz]|[+-]\d\d:\d\d)",
    re.ASCII,
)
_TRAILING: Final = re.compile(r"-?(?:0|[1-9]\d*)\.\d+", re.ASCII)
_CBV_URN: Final = re.compile(r"urn:epcglobal:cbv:(bizstep|disp|btt|sdt|er):(.+)")
_CBV_FAMILY: Final = {"bizstep": "BizStep", "disp": "Disp", "btt": "BTT", "sdt": "SDT", "er": "ER"}


def namespaces(*contexts: Context) -> Namespaces:
    """Return the namespaces by prefix that contexts define, later definitions overriding, and
    the built-in namespaces. A context given as an address is not fetched, so defines none.
    """
    defined: dict[str, str] | None = None
    for context in contexts:
        entries = context if isinstance(context, list | tuple) else (context,)
        for entry in entries:
            if isinstance(entry, Mapping):
                defined = dict(_BUILT_IN) if defined is None else defined
                defined.update((name, uri) for name, uri in entry.items() if isinstance(uri, str))
    return _BUILT_IN if defined is None else defined


def utc(text: str) -> str:
    """Return an RFC 3339 time in UTC with milliseconds (half up); any other text as it
    is.
    """
    return _remembered(text) if len(text) <= _LONGEST_REMEMBERED else _utc(text)


def _utc(text: str) -> str:
    match = _TIME.fullmatch(text)
    if match is None:
        return text
    try:
        moment = datetime.fromisoformat(text[:19] + match["offset"].upper()).astimezone(UTC)
        digits = (match["fraction"] or "").ljust(4, "0")
        moment += timedelta(milliseconds=int(digits[:3]) + (digits[3] >= "5"))
    except (ValueError, OverflowError):
        return text
    return moment.replace(tzinfo=None).isoformat(timespec="milliseconds") + "Z"


# An event names the same few moments again and again; long texts are no moments, and
# shall not fill the memory.
_LONGEST_REMEMBERED: Final = 40
_remembered = functools.lru_cache(maxsize=16384)(_utc)


def scalar(value: Any, names: Namespaces, words: Mapping[str, str] = NO_WORDS) -> str:
    """Return the canonical text of a value that is no list and no object."""
    if isinstance(value, str):
        text = value.strip()
        return words.get(text) or canonical(text, names)
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return _shorten(format(Decimal(repr(value)), "f"))
    return "" if value is None else str(value)


def _shorten(number: str) -> str:
    return number.rstrip("0").rstrip(".") if "." in number else number


def canonical(text: str, names: Namespaces) -> str:
    """Return a trimmed text as a plain number, a full URI or a canonical Digital Link;
    a text that is none of these as it is. Raises as `gs1.canonical_uri` does.
    """
    if _TRAILING.fullmatch(text):
        return _shorten(text)
    prefix, colon, local = text.partition(":")
    if not colon:
        return text
    if prefix == "urn":
        urn = _CBV_URN.fullmatch(text)
        return f"{vocabulary.CBV}{_CBV_FAMILY[urn[1]]}-{urn[2]}" if urn else gs1.canonical_uri(text)
    if prefix in _BUILT_IN:
        return _BUILT_IN[prefix] + local
    if prefix in names and not local.startswith("//"):
        return names[prefix] + local
    return gs1.canonical_uri(text)


def pair(name: str, value: Any, names: Namespaces, words: Mapping[str, str] = NO_WORDS) -> str:
    """Return `name=value`, or nothing for an empty value."""
    text = scalar(value, names, words)
    return f"{name}={text}" if text else ""


def names_time(name: str) -> bool:
    """Whether a member of this name holds a time: "time" without "offset" in it."""
    lowered = name.lower()
    return "time" in lowered and "offset" not in lowered
