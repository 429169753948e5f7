"""Identifiers for things that a file names only in words: always the same for the same words.

Parties, products and logistic units get numbers of the GS1 example prefix 952, made
from the SHA-256 of their words. They begin with 9521 to 9529; 9520 is left to made-up
companies. Two names may meet in one number: the caller MUST compare the words, and
treat a meeting as an error, never as the same thing.
"""

import hashlib

from provenance.core import gs1

GLNS = ("9521", "953")
"""Between these are the GLNs that are made here, and no others."""
GTINS = ("09521", "0953")
"""Between these are the GTINs that are made here, and no others."""


PREFIXES = tuple(f"952{digit}" for digit in range(1, 10))  # of all numbers made here
_SPACE = "custos shipment import v1"


def gln(*words: str) -> str:
    """The GLN of a party."""
    lead, number = _digits(9, "party", words)
    return gs1.make_gln(lead, number)


def gtin(*words: str) -> str:
    """The GTIN of a product."""
    lead, number = _digits(9, "product", words)
    return gs1.make_gtin(lead, number)


def sscc(*words: str) -> str:
    """The SSCC of a logistic unit."""
    lead, number = _digits(13, "logistic unit", words)
    return gs1.make_sscc(lead, 0, number)


def _digits(count: int, kind: str, words: tuple[str, ...]) -> tuple[str, int]:
    """A prefix of 952 and one digit above 0, and `count` - 1 digits more."""
    text = "\x1f".join((_SPACE, kind, *words))
    number = int.from_bytes(hashlib.sha256(text.encode()).digest(), "big")
    first, remainder = divmod(number % (9 * 10 ** (count - 1)), 10 ** (count - 1))
    return f"952{first + 1}", remainder
