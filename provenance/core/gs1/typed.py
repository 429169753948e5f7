"""Codes as people have them: typed, copied out of an address bar or a mail, sent by a
scanner, read from a photo.

Blanks are no part of any code, a slash at the end of a link neither, and the qualifiers
of a link may come in any order. A trade item's number alone (GTIN of 8, 12, 13 or 14
digits, as a checkout scans it) is its product.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from provenance.core import errors
from provenance.core.gs1 import ai, digital_link, epc, identifiers, subjects
from provenance.core.gs1.subjects import Subject, SubjectKind

QUALIFIERS: Final = ("22", "10", "21")
"""The qualifiers of a GTIN that lead to a subject, in the order of a Digital Link."""

# White space, and the marks that copying brings along and nobody sees. FNC1 is none.
_BLANKS: Final = re.compile(
    "[\t\n\v\f\r \u00a0\u00ad\u2000-\u200f\u202a-\u202c\u202f\u2060-\u2069\u3000\ufeff]+"
)
_WIDE: Final = {0xFF01 + n: 0x21 + n for n in range(94)}  # full-width forms of ASCII
_SCHEME: Final = re.compile(r"https?://", re.IGNORECASE)
_HOST: Final = re.compile(r"[A-Za-z][0-9A-Za-z-]*(?:\.[0-9A-Za-z-]+)+(?::[0-9]{1,5})?/")
_PATH: Final = re.compile(r"/?(?=0[01]/[0-9])")
_GTIN: Final = re.compile(r"[0-9]{8}|[0-9]{12,14}")
_SSCC: Final = re.compile(r"[0-9]{18}")
_BRACKETED: Final = re.compile(r"\(([0-9]{2,4})\)")
# The symbology identifiers of ISO/IEC 15424, which a scanner sends before a GS1 symbol's
# content.
_SYMBOLOGY: Final = re.compile(r"\](?:C1|e0|d2|Q3|J1)")
_FNC1: Final = "\x1d"


@dataclass(frozen=True, slots=True)
class Reading:
    """The subject of a code, and for an item the `lot` that the code names beside the
    serial; empty where it names none. `written` is the serial as the code has it, where
    `subject` has another spelling.
    """

    subject: Subject
    lot: str = ""
    written: str = ""

    @property
    def path(self) -> str:
        """The GS1 path of all that the code names."""
        if not self.lot:
            return self.subject.path
        serial = self.subject.path.removeprefix(f"/01/{self.subject.gtin}")
        return subjects.lot(self.subject.gtin, self.lot).path + serial


def reading_of(elements: list[digital_link.Element]) -> Reading:
    """The code of a key and its qualifiers, decoded. Raises BadIdentifier or
    BadCheckDigit.
    """
    subject, values = subjects.of_elements(elements), dict(elements)
    if "22" in values:
        ai.TABLE["22"].check(values["22"])
    if subject.kind is not SubjectKind.ITEM or "10" not in values:
        return Reading(subject)
    return Reading(subject, identifiers.parse_lot(values["10"]))


def parse_typed(text: str, origin: str | None) -> Reading:
    """Return the code that a person types or a scanner sends.

    Accepted: a Digital Link on `origin` (None: on any host) or id.gs1.org, also without
    its scheme or the path alone; an element string, an SSCC, a GTIN. Raises
    ForeignDomain for a Digital Link elsewhere (`extra["domain"]`), BadCheckDigit for a
    digit that does not fit, BadIdentifier or BadDigitalLink for a text that is no code of
    ours, or longer than any link.
    """
    text = _BLANKS.sub("", text.translate(_WIDE))
    if len(text) > digital_link.MAX_LENGTH:
        raise errors.BadDigitalLink(f"a code has at most {digital_link.MAX_LENGTH} characters")
    host = None if origin is None else _host(origin)
    if link := _link(text, host):
        return _of_link(link, host)
    text = _SYMBOLOGY.sub("", text, count=1) if text.startswith("]") else text
    if _GTIN.fullmatch(text):
        return Reading(subjects.product(text.zfill(14)))
    if _SSCC.fullmatch(text):
        return Reading(subjects.logistic_unit(text))
    if text.startswith("("):
        return _of_element_string(_split_bracketed(text))
    return _of_element_string(_split_scanned(text.lstrip(_FNC1)))


def parse_identifier(text: str, origin: str) -> Subject:
    """Return the subject that a program names: by its URI, by a Digital Link on `origin`
    or id.gs1.org, or by an EPC URN. A lot beside a serial is no part of it.

    Raises ForeignDomain for a Digital Link elsewhere, BadCheckDigit, BadIdentifier or
    BadDigitalLink for what names no subject.
    """
    try:
        return subjects.parse_subject(text)
    except errors.BadIdentifier:
        if not text.startswith("urn:epc:") and _SCHEME.match(text) is None:
            raise
    link = epc.canonical_uri(text) if text.startswith("urn:") else text
    return _of_link(link, _host(origin)).subject


def _host(origin: str) -> str:
    return origin.partition("://")[2].partition("/")[0].lower()


def _link(text: str, host: str | None) -> str:
    """`text` with a scheme in small letters, where it is an address; else empty."""
    if scheme := _SCHEME.match(text):
        return scheme[0].lower() + text[scheme.end() :]
    if (host and text.lower().startswith(host + "/")) or _HOST.match(text):
        return f"https://{text}"
    if path := _PATH.match(text):
        return f"{subjects.GS1_ORIGIN}/{text[path.end() :]}"
    return ""


def _of_link(text: str, host: str | None) -> Reading:
    end = next((n for n, character in enumerate(text) if character in "?#"), len(text))
    path = _in_order(text[:end].rstrip("/"))
    link = digital_link.parse_digital_link(path + text[end:])
    if host is not None and link.domain.lower() not in {subjects.GS1_DOMAIN, host}:
        raise errors.ForeignDomain(f"a Digital Link of {link.domain}", domain=link.domain.lower())
    return reading_of([(link.key, link.value), *link.qualifiers])


def _in_order(link: str) -> str:
    """`link` with the qualifiers of its GTIN in their order; as it is where it has none."""
    stem, key, tail = link.rpartition("/01/")
    gtin, *texts = tail.split("/")
    pairs = list(zip(texts[::2], texts[1::2], strict=False))
    if len(texts) % 2 or not {code for code, _ in pairs} <= set(QUALIFIERS):
        return link
    pairs.sort(key=lambda pair: QUALIFIERS.index(pair[0]))
    return stem + key + "/".join([gtin, *(f"{code}/{value}" for code, value in pairs)])


def _of_element_string(elements: list[digital_link.Element]) -> Reading:
    codes = [code for code, _ in elements]
    if not elements or len(set(codes)) != len(codes):
        raise errors.BadDigitalLink("expected each Application Identifier once")
    for code, value in elements:
        if code not in ai.TABLE:
            raise errors.BadDigitalLink(f"({code}) is no Application Identifier")
        ai.TABLE[code].check(value)
    keys = [element for element in elements if element[0] in {"00", "01", "417"}]
    if len(keys) != 1:
        raise errors.BadDigitalLink("expected one GTIN, SSCC or party GLN")
    return reading_of([*keys, *(element for element in elements if element not in keys)])


def _split_bracketed(text: str) -> list[digital_link.Element]:
    parts = _BRACKETED.split(text)
    if parts[0]:
        raise errors.BadDigitalLink(f"expected (01)…, got {text[:60]!r}")
    return [(parts[n], parts[n + 1]) for n in range(1, len(parts), 2)]


def _split_scanned(text: str) -> list[digital_link.Element]:
    """Split `0109…21ABC`: a fixed-length value ends by its length, any other at FNC1 or
    the end.
    """
    elements = []
    while text:
        code = next((text[:n] for n in (2, 3, 4) if text[:n] in ai.TABLE), None)
        if code is None:
            raise errors.BadDigitalLink(f"not a GS1 code: {text[:60]!r}")
        text = text[len(code) :]
        length = ai.fixed_length(code)
        value, text = (text[:length], text[length:]) if length else _until_separator(text)
        text = text.removeprefix(_FNC1)
        elements.append((code, value))
    return elements


def _until_separator(text: str) -> tuple[str, str]:
    value, _, after = text.partition(_FNC1)
    return value, after


def readings(gtin: str, text: str) -> list[Reading]:
    """The codes that a product's `text` after `/01/{gtin}/` may be, decoded: a slash in
    it may part two values or belong to the first. Readings in the order of a Digital Link
    come first, and of these the finest.

    Raises BadCheckDigit, BadIdentifier, BadDigitalLink where it can be none.
    """
    refused: errors.ProvenanceError = errors.BadDigitalLink(
        f"expected /01/gtin[/22/variant][/10/lot][/21/serial], got {text[:80]!r}"
    )
    codes: list[Reading] = []
    for elements in sorted(_splits(text, QUALIFIERS), key=_is_out_of_order):
        try:
            codes.append(reading_of([("01", gtin), *elements]))
        except errors.BadIdentifier as error:
            refused = error
    if not codes:
        raise refused
    return codes


_LONGEST: Final = 20  # characters of a variant, lot or serial


def _splits(text: str, codes: tuple[str, ...]) -> Iterable[list[digital_link.Element]]:
    code, _, tail = text.partition("/")
    if code not in codes:
        return
    others = tuple(other for other in codes if other != code)
    for end in range(1, min(len(tail), _LONGEST + 1)):
        if tail[end] == "/":
            for further in _splits(tail[end + 1 :], others):
                yield [(code, tail[:end]), *further]
    yield [(code, tail)]


def _is_out_of_order(elements: list[digital_link.Element]) -> bool:
    places = [QUALIFIERS.index(code) for code, _ in elements]
    return places != sorted(places)
