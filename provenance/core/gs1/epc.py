"""The canonical Digital Link of a GS1 identifier, however EPCIS may write it.

An EPC URN (`urn:epc:id:sgtin:…`), an EPC class or pattern, and a Digital Link on any
domain become `https://id.gs1.org/…` with the finest key only and no query. Any other
text stays as it is. The identifiers belong to others, so check digits are computed for
URNs and not judged in links.

Sources: EPC Tag Data Standard 2.0 sections 6-7, CBV 2.0 section 8.9 (event hash),
Digital Link URI 1.6.0.
"""

import functools
import re
from collections.abc import Callable, Mapping
from typing import Final
from urllib.parse import quote, unquote_to_bytes

from provenance.core.gs1 import ai, identifiers

GS1: Final = "https://id.gs1.org/"

_LINK: Final = re.compile(r"(?:https?|HTTPS?)://[^/?#]+(/[^?#]*)(?:[?#].*)?", re.DOTALL)
_VALUE: Final = r"(?:[!-$&-.0-~]|%[0-9A-Fa-f]{2})"
_SHAPES: Final[Mapping[str, re.Pattern[str]]] = {
    key: re.compile(shape)
    for key, shape in {
        "00": r"[0-9]{18}",
        "01": r"[0-9]{8}|[0-9]{12,14}",
        "253": rf"[0-9]{{13}}{_VALUE}{{0,17}}",
        "255": r"[0-9]{13,25}",
        "401": rf"{_VALUE}{{1,30}}",
        "402": r"[0-9]{17}",
        "414": r"[0-9]{13}",
        "417": r"[0-9]{13}",
        "8003": rf"[0-9]{{14}}{_VALUE}{{0,16}}",
        "8004": rf"{_VALUE}{{1,30}}",
        "8006": r"[0-9]{18}",
        "8010": rf"{_VALUE}{{1,30}}",
        "8017": r"[0-9]{18}",
        "8018": r"[0-9]{18}",
    }.items()
}
# The qualifiers that make a key finer, the finest first; any other qualifier is
# dropped.
_FINER: Final[Mapping[str, tuple[str, ...]]] = {
    "01": ("21", "10", "235"),
    "414": ("254",),
    "8006": ("21", "10"),
    "8010": ("8011",),
}
# Most links in our own events are canonical already: this match settles them.
_CANONICAL: Final = re.compile(
    rf"https://id\.gs1\.org/(?:00/[0-9]{{18}}|01/[0-9]{{14}}(?:/(?:21|10)/{_VALUE}{{1,20}})?|41[47]/[0-9]{{13}})"
)

_URN: Final = re.compile(r"urn:epc:(id|class|idpat):([a-z]+):([0-9]{6,12})\.(.*)")


def canonical_uri(text: str) -> str:
    """Return the canonical Digital Link of an identifier, or `text` itself if it is not
    a GS1 identifier. Raises BadIdentifier for a URN with decimal digits beyond ASCII.
    """
    return _remembered(text) if len(text) <= _LONGEST_REMEMBERED else _canonical_uri(text)


def _canonical_uri(text: str) -> str:
    if text.startswith("urn:epc:"):
        return _of_urn(text) or text
    if text[:4] in {"http", "HTTP"}:
        return text if _CANONICAL.fullmatch(text) else _of_link(text) or text
    return text


_LONGEST_REMEMBERED: Final = 300  # characters: strangers' texts shall not fill the memory
_remembered = functools.lru_cache(maxsize=4096)(_canonical_uri)


def _of_link(text: str) -> str | None:
    match = _LINK.fullmatch(text)
    segments = match[1].split("/") if match else []
    for start in range(len(segments) - 2, 0, -2):
        key = segments[start]
        if key in _SHAPES:
            return _finest(key, segments[start + 1], segments[start + 2 :])
        if key not in ai.TABLE:
            return None
    return None


def _finest(key: str, value: str, further: list[str]) -> str | None:
    codes = further[::2]
    fits = _SHAPES[key].fullmatch(value) is not None and ai.is_key_sequence([key, *codes])
    if not fits or "" in further:
        return None
    qualifiers = dict(zip(codes, further[1::2], strict=True))
    base = f"{GS1}{key}/{value.zfill(14) if key == '01' else value}"
    finer = next((code for code in _FINER.get(key, ()) if code in qualifiers), None)
    return f"{base}/{finer}/{qualifiers[finer]}" if finer else base


def _checked(digits: str, length: int) -> str | None:
    if len(digits) != length - 1 or not digits.isdecimal():
        return None
    return digits + identifiers.check_digit(digits)


def _encode(text: str) -> str:
    """Percent-encode the characters that an EPC URN writes bare and a Digital Link does
    not (table 7-1).
    """
    return quote(unquote_to_bytes(text), safe="';=")


def _gtin(prefix: str, reference: str) -> str | None:
    return _checked(reference[:1] + prefix + reference[1:], 14)


def _trade_item(qualifier: str) -> Callable[[str, str], str | None]:
    def translate(prefix: str, body: str) -> str | None:
        reference, _, serial = body.partition(".")
        gtin = _gtin(prefix, reference)
        if gtin is None or not serial:
            return None
        return f"01/{gtin}" if serial == "*" else f"01/{gtin}/{qualifier}/{_encode(serial)}"

    return translate


def _piece(prefix: str, body: str) -> str | None:
    reference, piece, total, serial = [*body.split(".", 3), "", "", ""][:4]
    gtin = _gtin(prefix, reference)
    if gtin is None or len(piece + total) != 4 or not serial:
        return None
    base = f"8006/{gtin}{piece}{total}"
    return base if serial == "*" else f"{base}/21/{_encode(serial)}"


def _whole(key: str, length: int) -> Callable[[str, str], str | None]:
    def translate(prefix: str, body: str) -> str | None:
        digits = _checked(prefix + body, length)
        return f"{key}/{digits}" if digits else None

    return translate


def _unit(prefix: str, body: str) -> str | None:
    digits = _checked(body[:1] + prefix + body[1:], 18)
    return f"00/{digits}" if digits else None


def _with_serial(key: str, lead: str) -> Callable[[str, str], str | None]:
    def translate(prefix: str, body: str) -> str | None:
        reference, _, serial = body.partition(".")
        digits = _checked(prefix + reference, 13)
        if digits is None or not serial:
            return None
        return f"{key}/{lead}{digits}" + ("" if serial == "*" else _encode(serial))

    return translate


def _location(prefix: str, body: str) -> str | None:
    reference, _, extension = body.partition(".")
    digits = _checked(prefix + reference, 13)
    if digits is None or not extension:
        return None
    return f"414/{digits}" if extension == "0" else f"414/{digits}/254/{_encode(extension)}"


def _plain(key: str) -> Callable[[str, str], str | None]:
    return lambda prefix, body: f"{key}/{prefix}{_encode(body)}" if body else None


def _component(prefix: str, body: str) -> str | None:
    reference, _, serial = body.rpartition(".")
    if not reference or not serial:
        return None
    return f"8010/{prefix}{_encode(reference)}" + ("" if serial == "*" else f"/8011/{serial}")


_SCHEMES: Final[Mapping[str, Callable[[str, str], str | None]]] = {
    "sgtin": _trade_item("21"),
    "lgtin": _trade_item("10"),
    "upui": _trade_item("235"),
    "itip": _piece,
    "sscc": _unit,
    "sgln": _location,
    "pgln": _whole("417", 13),
    "grai": _with_serial("8003", "0"),
    "gdti": _with_serial("253", ""),
    "sgcn": _with_serial("255", ""),
    "giai": _plain("8004"),
    "ginc": _plain("401"),
    "gsin": _whole("402", 17),
    "gsrn": _whole("8018", 18),
    "gsrnp": _whole("8017", 18),
    "cpi": _component,
}


def _of_urn(text: str) -> str | None:
    match = _URN.fullmatch(text)
    translate = _SCHEMES.get(match[2]) if match else None
    path = translate(match[3], match[4]) if match and translate else None
    return GS1 + path if path else None
