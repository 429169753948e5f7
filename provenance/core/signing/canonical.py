"""Strict JSON in, RFC 8785 bytes out, and the digest of them.

Signer and checker must never see different values in the same bytes, so everything that
JSON leaves to the reader is refused here with a code of its own: a member named twice,
a number that RFC 8785 would spell otherwise, text that is not UTF-8, lone surrogates,
NUL, a byte order mark, more than 32 levels, times without an offset. `serialize` has
exactly one sequence of bytes for each value that `parse` returns.

There are two fast paths through orjson beside the plain paths (the standard library's
decoder, the rfc8785 package); each says in its docstring why it can never give another
answer.
"""

import functools
import hashlib
import json
import re
from collections import Counter
from datetime import UTC, datetime
from typing import Any, Final, TypeAlias

import orjson
import rfc8785

from provenance.core import errors

JSON: TypeAlias = Any
"""dict, list, str, int, float, bool or None, nested: what `parse` returns. Callers
check the shape.
"""

MAX_INTEGER: Final = 2**53 - 1
MAX_DEPTH: Final = 32

# Outside strings: a fraction, an exponent, or an integer long enough to exceed 2^53-1.
_DELICATE_NUMBER = re.compile(rb"[.E]|[0-9]e|[0-9]{16}")
_FOUR_BYTE_CHARACTER = re.compile(rb"[\xf0-\xf7]")
_NOT_BRACKETS = bytes(byte for byte in range(256) if byte not in b"[]{}")
_ROUND_BRACKETS = bytes.maketrans(b"[{]}", b"(())")
_OPENING = ord("(")
_JSON_ONLY = (
    orjson.OPT_SORT_KEYS | orjson.OPT_PASSTHROUGH_DATACLASS | orjson.OPT_PASSTHROUGH_DATETIME
)


def parse(raw: bytes) -> JSON:
    """Return the only value these bytes can mean (RFC 8259 text within the limits of
    I-JSON, RFC 7493).

    Raises BadJson, DuplicateKey, BadNumber, BadText or TooDeep. A number token must be
    spelt as RFC 8785 writes its value, so fractions are possible, each in one spelling;
    where the record has none, `refuse_floats`.

    The fast path takes a text that orjson, having read it, writes again byte for byte.
    A member named twice would be written once; spaces, needless escapes, a zero before
    or a minus before a zero would be gone; half a surrogate pair, bytes that are not
    UTF-8 and a byte order mark orjson does not read. It would write again some texts
    that are refused here - NUL, too many levels, fractions in its own spelling,
    integers beyond 2^53-1 - so those are searched for beforehand. Everything else goes
    to the strict parser, which alone names faults.
    """
    return _parse(raw)[0]


def canonicalize(raw: bytes) -> tuple[JSON, bytes]:
    """Return the value that `parse` returns, and its RFC 8785 bytes, as
    `serialize(parse(raw))` without scanning twice. Raises as `parse` does.

    A text that took the fast path holds no number that RFC 8785 spells otherwise, so
    only the order of keys is left.
    """
    value, ordered = _parse(raw)
    if ordered and (raw.isascii() or not _FOUR_BYTE_CHARACTER.search(raw)):
        return value, ordered
    return value, serialize(value)


def _parse(raw: bytes) -> tuple[JSON, bytes]:
    """Return the value and, where the fast path read it, its text with the keys in order; else
    nothing.
    """
    skeleton = _outside_strings(raw)
    _check_depth(skeleton)
    if b"\\u0000" not in raw and not _DELICATE_NUMBER.search(skeleton):
        try:
            value = orjson.loads(raw)
            ordered = orjson.dumps(value, option=orjson.OPT_SORT_KEYS)
            if ordered == raw or orjson.dumps(value) == raw:
                return value, ordered
        except (orjson.JSONDecodeError, orjson.JSONEncodeError):
            pass  # the strict parser below names the fault
    return _parse_strictly(raw), b""


def parse_object(raw: bytes) -> dict[str, JSON]:
    """Return the object that these bytes mean. Raises as `parse` does, and BadJson for
    another value at the top.
    """
    value = parse(raw)
    if not isinstance(value, dict):
        raise errors.BadJson(f"expected an object, got {_kind(value)}", position=0)
    return value


def refuse_floats(value: JSON) -> None:
    """Raise BadNumber for a fraction anywhere inside: outside EPCIS events, fractions
    travel as strings.
    """
    waiting = [value]
    while waiting:
        part = waiting.pop()
        if isinstance(part, dict):
            waiting += part.values()
        elif isinstance(part, (list, tuple)):
            waiting += part
        elif isinstance(part, float):
            raise errors.BadNumber(f"a fraction must travel as a string here, got {part!r}")


def serialize(value: JSON) -> bytes:
    """Return the RFC 8785 bytes of a JSON value. Raises BadNumber, BadText, TooDeep, or
    Malformed.

    orjson with sorted keys writes the same bytes except for fractions (another
    spelling) and for keys with characters beyond U+FFFF (it sorts by code point, RFC
    8785 by UTF-16 unit; without such characters the two orders are the same), and
    except for NaN and the infinities, for which it writes null. So its output is
    scanned for all three, and where any of them could be, rfc8785 writes the bytes.
    """
    try:
        written = orjson.dumps(value, option=_JSON_ONLY)
    except orjson.JSONEncodeError:
        return _serialize_slowly(value)
    if not written.isascii() and _FOUR_BYTE_CHARACTER.search(written):
        return _serialize_slowly(value)
    skeleton = _outside_strings(written)
    if _DELICATE_NUMBER.search(skeleton) or (b"null" in skeleton and _has_fraction(value)):
        return _serialize_slowly(value)
    return written


def digest(raw: bytes) -> str:
    """Return the SHA-256 of `raw` in lower-case hex. For a document's canonical bytes
    it is the document's public id and, as 32 raw bytes, its entry in the ledger.
    """
    return hashlib.sha256(raw).hexdigest()


# --- time ---------------------------------------------------------------------------

_RFC3339 = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}T(?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](?:\.[0-9]{1,9})?"
    r"(?:Z|[+-](?:0[0-9]|1[0-3]):[0-5][0-9]|[+-]14:00)"
)
_EARLIEST = datetime(1970, 1, 1, tzinfo=UTC)
_LATEST = datetime(9998, 12, 31, 23, 59, 59, 999999, tzinfo=UTC)


def parse_timestamp(text: str) -> datetime:
    """Return the UTC moment of an RFC 3339 time with an offset, digits past the
    microsecond cut off.

    Raises BadTimestamp for everything else: no offset, 24:00, a leap second, an offset
    beyond 14 hours, a day that the calendar lacks, a year outside 1970..9998.
    """
    if not isinstance(text, str):
        raise errors.BadTimestamp(f"expected an RFC 3339 time with an offset, got {text!r:.60}")
    return _moment(text)


@functools.lru_cache(maxsize=16384)  # an event names the same few moments again and again
def _moment(text: str) -> datetime:
    if not _RFC3339.fullmatch(text):
        raise errors.BadTimestamp(f"expected an RFC 3339 time with an offset, got {text!r:.60}")
    try:
        moment = datetime.fromisoformat(text).astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise errors.BadTimestamp(f"no such time: {text!r}") from error
    if not _EARLIEST <= moment <= _LATEST:
        raise errors.BadTimestamp(f"expected a year from 1970 to 9998, got {text!r}")
    return moment


def format_timestamp(moment: datetime) -> str:
    """Return a moment as the record spells it: RFC 3339 in UTC with "Z", milliseconds
    only where there are any, finer digits cut off. Raises BadTimestamp without an
    offset.
    """
    if moment.utcoffset() is None:
        raise errors.BadTimestamp("expected a time with an offset, got a naive one")
    moment = moment.astimezone(UTC).replace(tzinfo=None)
    precision = "milliseconds" if moment.microsecond >= 1000 else "seconds"
    return moment.isoformat(timespec=precision) + "Z"


# --- the strict parser --------------------------------------------------------------


def _outside_strings(raw: bytes) -> bytes:
    """Return a JSON text without its strings: brackets, commas, colons, numbers,
    literals, spaces.

    In a text that is not JSON it is right up to the first fault, which is as far as a
    decoder gets.
    """
    if b"\\" in raw:  # a quote is escaped where an odd number of backslashes precedes it
        raw = raw.replace(b"\\\\", b"").replace(b'\\"', b"")
    return b"".join(raw.split(b'"')[::2])


def _check_depth(skeleton: bytes) -> None:
    if skeleton.count(b"[") + skeleton.count(b"{") <= MAX_DEPTH:
        return
    brackets = skeleton.translate(_ROUND_BRACKETS, _NOT_BRACKETS)
    innermost = brackets
    for _ in range(MAX_DEPTH):
        innermost = innermost.replace(b"()", b"")
        if not innermost:
            return  # every pair was at most that deep
    depth = 0
    for bracket in brackets:
        depth += 1 if bracket == _OPENING else -1
        if depth > MAX_DEPTH:
            raise errors.TooDeep(f"nested deeper than {MAX_DEPTH} levels")


def _parse_strictly(raw: bytes) -> JSON:
    if b"\0" in raw:
        raise errors.BadText("a NUL byte", position=raw.index(b"\0"))
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError as error:
        raise errors.BadText(f"not UTF-8 at byte {error.start}", position=error.start) from error
    if text.startswith("\ufeff"):
        raise errors.BadText("a byte order mark", position=0)
    try:
        value = _DECODER.decode(text)
    except json.JSONDecodeError as error:
        raise errors.BadJson(f"{error.msg} at character {error.pos}", position=error.pos) from error
    if "\\u" in text:
        _check_text(value)
    return value


def _object(pairs: list[tuple[str, JSON]]) -> dict[str, JSON]:
    members = dict(pairs)
    if len(members) != len(pairs):
        times = Counter(name for name, _ in pairs)
        twice = next(name for name, count in times.items() if count > 1)
        raise errors.DuplicateKey(f"the member {twice!r:.60} is named twice")
    return members


def _integer(digits: str) -> int:
    if len(digits) > 17 or digits == "-0" or abs(int(digits)) > MAX_INTEGER:
        raise errors.BadNumber(f"expected an integer within 2^53-1, got {digits:.40}")
    return int(digits)


def _fraction(token: str) -> float:
    number = float(token)
    if not abs(number) <= MAX_INTEGER or rfc8785.dumps(number) != token.encode():
        raise errors.BadNumber(f"not what RFC 8785 writes for this number: {token:.40}")
    return number


def _constant(token: str) -> float:
    raise errors.BadNumber(f"{token} is not a number in JSON")


def _check_text(value: JSON) -> None:
    """Raise BadText for NUL or half a surrogate pair. Once the bytes are UTF-8 without
    NUL, only escapes can bring them in.
    """
    if isinstance(value, dict):
        for name, member in value.items():
            _check_text(name)
            _check_text(member)
    elif isinstance(value, list):
        for member in value:
            _check_text(member)
    elif isinstance(value, str):
        if "\0" in value:
            raise errors.BadText("an escaped NUL")
        if any("\ud800" <= character <= "\udfff" for character in value):
            raise errors.BadText("half a surrogate pair")


def _has_fraction(value: JSON) -> bool:
    try:
        refuse_floats(value)
    except errors.BadNumber:
        return True
    return False


def _serialize_slowly(value: JSON) -> bytes:
    try:
        return rfc8785.dumps(value)
    except (rfc8785.IntegerDomainError, rfc8785.FloatDomainError) as error:
        raise errors.BadNumber(str(error)) from error
    except UnicodeEncodeError as error:
        raise errors.BadText("half a surrogate pair") from error
    except rfc8785.CanonicalizationError as error:
        if isinstance(error.__cause__, UnicodeEncodeError):
            raise errors.BadText("half a surrogate pair") from error
        raise errors.Malformed(f"not a JSON value: {error}") from error
    except RecursionError as error:
        raise errors.TooDeep(f"nested deeper than {MAX_DEPTH} levels") from error


def _kind(value: JSON) -> str:
    return (
        "an array" if isinstance(value, list) else "null" if value is None else type(value).__name__
    )


_DECODER = json.JSONDecoder(
    object_pairs_hook=_object, parse_int=_integer, parse_float=_fraction, parse_constant=_constant
)
