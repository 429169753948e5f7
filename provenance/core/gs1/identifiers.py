"""GS1 identifiers: check digits, GTIN, GLN, SSCC, serials and lots.

A GTIN has 14 digits here, a GLN 13, an SSCC 18; shorter forms are other spellings and
refused. `parse_…` returns its text unchanged or raises BadIdentifier, or BadCheckDigit
for a last digit that does not fit; `make_…` raises BadIdentifier.

Sources: GS1 General Specifications section 7.9.1 (check digit), 7.11 (the 82-character
set), section 3 (AIs).
"""

import re
from collections.abc import Iterable
from typing import Final

from provenance.core import errors

CSET82: Final = (
    "!\"%&'()*+,-./0123456789:;<=>?ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz"
)
CROCKFORD: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
DEFAULT_SERIAL_LENGTH: Final = 12

_DIGITS: Final = re.compile(r"[0-9]+")
_PREFIX: Final = re.compile(r"[0-9]{4,12}")
_VALUES: Final = bytes(max(byte - ord("0"), 0) for byte in range(256))
_MISTAKEN: Final = str.maketrans("OIL", "011", "-")
_TEXT20: Final = re.compile(f"[{re.escape(CSET82)}]{{1,20}}")


def check_digit(digits: str) -> str:
    """Return the modulo 10 check digit that belongs after `digits` (weights 3, 1, 3 …
    from the right). Raises BadIdentifier for anything but ASCII digits.
    """
    if _DIGITS.fullmatch(digits) is None:
        raise errors.BadIdentifier(f"expected digits, got {digits!r}")
    values = digits.encode().translate(_VALUES)
    return str(-(3 * sum(values[-1::-2]) + sum(values[-2::-2])) % 10)


def _parse(text: str, length: int, name: str) -> str:
    if len(text) != length or _DIGITS.fullmatch(text) is None:
        raise errors.BadIdentifier(f"{name}: expected {length} digits, got {text[:40]!r}")
    expected = check_digit(text[:-1])
    if text[-1] != expected:
        raise errors.BadCheckDigit(
            f"{name} {text}: expected check digit {expected}, got {text[-1]}"
        )
    return text


def parse_gtin(text: str) -> str:
    """Return `text` if it is a GTIN of exactly 14 digits with the right check digit."""
    return _parse(text, 14, "GTIN")


def parse_gln(text: str) -> str:
    """Return `text` if it is a GLN of 13 digits with the right check digit."""
    return _parse(text, 13, "GLN")


def parse_sscc(text: str) -> str:
    """Return `text` if it is an SSCC of 18 digits with the right check digit."""
    return _parse(text, 18, "SSCC")


def parse_prefix(text: str) -> str:
    """Return `text` if it is a GS1 company prefix: 4 to 12 digits."""
    if _PREFIX.fullmatch(text) is None:
        raise errors.BadIdentifier(
            f"expected a company prefix of 4 to 12 digits, got {text[:40]!r}"
        )
    return text


def has_prefix(number: str, prefixes: Iterable[str]) -> bool:
    """Whether a GTIN-14 or SSCC is of one of the company prefixes: they begin at its second digit,
    after the indicator or extension digit.
    """
    return any(number.startswith(prefix, 1) for prefix in prefixes)


def _make(lead: str, prefix: str, reference: int, length: int, name: str) -> str:
    room = length - 1 - len(lead) - len(prefix)
    parse_prefix(prefix)
    if reference < 0 or len(str(reference)) > max(room, 0):
        raise errors.BadIdentifier(f"{name}: reference {reference} does not fit {room} digits")
    body = f"{lead}{prefix}{reference:0{room}d}"
    return body + check_digit(body)


def _one_digit(value: int, name: str) -> str:
    if not 0 <= value <= 9:
        raise errors.BadIdentifier(f"{name}: expected one digit, got {value}")
    return str(value)


def make_gtin(prefix: str, reference: int, *, indicator: int = 0) -> str:
    """Return the GTIN-14 of item `reference` under a company prefix of 4 to 12 digits;
    `indicator` is its first digit.
    """
    return _make(_one_digit(indicator, "indicator"), prefix, reference, 14, "GTIN")


def make_gln(prefix: str, reference: int) -> str:
    """Return the GLN of location or party `reference` under a company prefix of 4 to 12
    digits.
    """
    return _make("", prefix, reference, 13, "GLN")


def make_sscc(prefix: str, extension: int, reference: int) -> str:
    """Return the SSCC of logistic unit `reference` under a company prefix of 4 to 12
    digits; `extension` is its first digit.
    """
    return _make(_one_digit(extension, "extension digit"), prefix, reference, 18, "SSCC")


def parse_serial(text: str) -> str:
    """Return `text` if it is a serial number: 1 to 20 of the 82 characters (AI 21)."""
    if _TEXT20.fullmatch(text) is None:
        raise errors.BadIdentifier(f"serial: expected 1 to 20 GS1 characters, got {text[:40]!r}")
    return text


def parse_lot(text: str) -> str:
    """Return `text` if it is a batch or lot number: 1 to 20 of the 82 characters (AI
    10).
    """
    if _TEXT20.fullmatch(text) is None:
        raise errors.BadIdentifier(f"lot: expected 1 to 20 GS1 characters, got {text[:40]!r}")
    return text


def random_serial(entropy: bytes, length: int = DEFAULT_SERIAL_LENGTH) -> str:
    """Return a serial of `length` (12 to 20) Crockford base32 characters, five bits of
    `entropy` each.

    The caller MUST pass bytes of a cryptographic generator. Raises BadIdentifier for
    too few of them, or another length.
    """
    if not DEFAULT_SERIAL_LENGTH <= length <= 20:
        raise errors.BadIdentifier(f"serial: expected a length of 12 to 20, got {length}")
    if len(entropy) * 8 < length * 5:
        raise errors.BadIdentifier(
            f"serial: {length} characters need {length * 5} bits, got {len(entropy) * 8}"
        )
    bits = int.from_bytes(entropy, "big")
    return "".join(CROCKFORD[bits >> 5 * place & 31] for place in range(length))


def as_random(serial: str) -> str:
    """Return `serial` as `random_serial` spells it: in capitals, with 0 for O and 1 for I
    and L, which people mistake. Raises BadIdentifier for what can be none of its serials.
    """
    spelled = serial.upper().translate(_MISTAKEN)
    if not DEFAULT_SERIAL_LENGTH <= len(spelled) <= 20 or not set(spelled) <= set(CROCKFORD):
        raise errors.BadIdentifier(f"serial: expected Crockford base32, got {serial[:40]!r}")
    return spelled
