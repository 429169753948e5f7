"""Strict GS1 Digital Link URIs:
`http(s)://domain[/stem]/key/value[/qualifier/value]*[?attributes]`.

    https://id.gs1.org/01/09520123456788/10/ABC1/21/12345?17=180426

1. Scheme `http` or `https`, all lower or all upper case; the domain MUST be present,
   without user information or IPv6 zone.
2. The right-most primary key of the path starts the key; the path before it is the
   stem. Qualifiers follow in their order. No slash at the end.
3. In the query only Application Identifiers that may be attributes, none twice, none
   that the path could have carried; an all-digit name that is no such identifier is
   refused, other names are ignored. `+` is a space in the query and itself in the path.
   The fragment is ignored.
4. Every value is checked as its row in `ai.TABLE` says, check digits included.

Source: GS1 Digital Link URI syntax 1.6.0 section 4; GS1 syntax dictionary.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from provenance.core import errors
from provenance.core.gs1 import ai, identifiers

MAX_LENGTH: Final = 2048

_URI: Final = re.compile(
    r"(?P<scheme>https?|HTTPS?)://"
    r"(?P<domain>(?:[0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*\.?|\[[0-9A-Fa-f:.]+\])(?::[0-9]{1,5})?)"
    r"(?P<path>/[^?#]*)(?:\?(?P<query>[^#]*))?(?:#.*)?"
)
_URI_TEXT: Final = re.compile(r"(?:[0-9A-Za-z._~:/?#\[\]@!$&'()*+,;=-]|%[0-9A-Fa-f]{2})*")
_ESCAPE: Final = re.compile(r"%([0-9A-Fa-f]{2})")
_NUMERIC: Final = re.compile(r"[0-9]+")
_UNKNOWN_AI: Final = re.compile(r"[0-9]{2,4}")
_UNKNOWN_VALUE: Final = re.compile(f"[{re.escape(identifiers.CSET82)}]{{1,90}}")
_SHORT_GTIN: Final = re.compile(r"[0-9]{8}|[0-9]{12,13}")

Element = tuple[str, str]


@dataclass(frozen=True, slots=True)
class DigitalLink:
    """A Digital Link, taken apart: `key` and `value` of its primary key, the qualifiers
    after it, and the attributes of its query, every value percent-decoded and checked.
    """

    scheme: str
    domain: str
    stem: str
    key: str
    value: str
    qualifiers: tuple[Element, ...]
    attributes: tuple[Element, ...]

    @property
    def elements(self) -> tuple[Element, ...]:
        """(code, value) of key, qualifiers and attributes, in the order of the URI."""
        return ((self.key, self.value), *self.qualifiers, *self.attributes)

    def element_string(self) -> str:
        """Return the element string that a barcode would hold, each FNC1 written as
        `^`.
        """
        text = "^"
        for position, (code, value) in enumerate(self.elements):
            if position and ai.needs_separator(self.elements[position - 1][0]):
                text += "^"
            text += code + value
        return text


@dataclass(frozen=True, slots=True)
class _Options:
    zero_suppressed_gtin: bool
    unknown_ais: bool

    def pad(self, code: str, value: str) -> str:
        if self.zero_suppressed_gtin and code == "01" and _SHORT_GTIN.fullmatch(value):
            return value.zfill(14)
        return value


def parse_digital_link(
    uri: str, *, zero_suppressed_gtin: bool = False, unknown_ais: bool = False
) -> DigitalLink:
    """Return `uri`, of at most 2048 characters, taken apart. Raises BadDigitalLink,
    BadIdentifier or BadCheckDigit.

    The two switches accept the links of older encoders, and nothing of ours uses them:
    a GTIN of 8, 12 or 13 digits, and attributes of identifiers that the table does not
    know.
    """
    if len(uri) > MAX_LENGTH or _URI_TEXT.fullmatch(uri) is None:
        raise errors.BadDigitalLink(
            "expected a URI of printable ASCII, at most 2048 characters long"
        )
    match = _URI.fullmatch(uri)
    if match is None:
        raise errors.BadDigitalLink(f"expected http(s)://domain/…, got {uri[:60]!r}")
    options = _Options(zero_suppressed_gtin, unknown_ais)
    stem, path = _parse_path(match["path"], options)
    attributes = _parse_query(match["query"] or "", [code for code, _ in path], options)
    (key, value), *qualifiers = path
    return DigitalLink(
        match["scheme"], match["domain"], stem, key, value, tuple(qualifiers), tuple(attributes)
    )


def split_path(path: str) -> tuple[str, list[Element]]:
    """Return a percent-encoded path's stem and its decoded elements, the right-most
    primary key first. Raises BadDigitalLink. The values are not checked here.
    """
    segments = path.split("/")
    for start in range(len(segments) - 2, 0, -2):
        code = segments[start]
        if code not in ai.TABLE:
            break
        if code in ai.KEY_QUALIFIERS:
            places = range(start, len(segments), 2)
            elements = [(segments[n], decode(segments[n + 1])) for n in places]
            return "/".join(segments[:start]), elements
    raise errors.BadDigitalLink("the path holds no GS1 key and value")


def decode(text: str) -> str:
    """Return a percent-encoded segment decoded. Raises BadDigitalLink unless the result
    is printable ASCII.
    """
    decoded = _ESCAPE.sub(lambda match: chr(int(match[1], 16)), text)
    if not (decoded.isascii() and decoded.isprintable()):
        raise errors.BadDigitalLink("a value decodes to something other than printable ASCII")
    return decoded


def _parse_path(path: str, options: _Options) -> tuple[str, list[Element]]:
    stem, elements = split_path(path)
    if not ai.is_key_sequence([code for code, _ in elements]):
        raise errors.BadDigitalLink(f"qualifiers out of place: {[code for code, _ in elements]}")
    padded = [(code, options.pad(code, value)) for code, value in elements]
    for code, value in padded:
        ai.TABLE[code].check(value)
    return stem, padded


def _parse_query(query: str, path_codes: Sequence[str], options: _Options) -> list[Element]:
    attributes: list[Element] = []
    seen = set(path_codes)
    for parameter in query.split("&"):
        name, _, encoded = parameter.partition("=")
        if _NUMERIC.fullmatch(name) is None:
            continue
        value = options.pad(name, decode(encoded.replace("+", " ")))
        if name in seen:
            raise errors.BadDigitalLink(f"({name}) stands in the link twice")
        _check_attribute(name, value, path_codes, options)
        seen.add(name)
        attributes.append((name, value))
    return attributes


def _check_attribute(code: str, value: str, path_codes: Sequence[str], options: _Options) -> None:
    row = ai.TABLE.get(code)
    if row is None:
        if not (
            options.unknown_ais and _UNKNOWN_AI.fullmatch(code) and _UNKNOWN_VALUE.fullmatch(value)
        ):
            raise errors.BadDigitalLink(f"({code}) is no Application Identifier")
        return
    if not row.attribute:
        raise errors.BadDigitalLink(f"({code}) may not stand in the query")
    places = range(1, len(path_codes) + 1)
    if any(
        ai.is_key_sequence([*path_codes[:place], code, *path_codes[place:]]) for place in places
    ):
        raise errors.BadDigitalLink(f"({code}) belongs in the path")
    row.check(value)
