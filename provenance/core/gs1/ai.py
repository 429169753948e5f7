"""The GS1 Application Identifiers (AIs): the form of each value, and its place in a
Digital Link.

A value is checked for length, character set and the tests named in its row. Tests that
need a code list of others (countries, currencies, coupons) are left to the users of
such an attribute.

Sources: GS1 General Specifications section 3 (release 25; 717 and 8040 to 8043 of later
change notices), GS1 barcode syntax dictionary and its linters, GS1 Digital Link URI syntax
1.6.0 section 4.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from provenance.core import errors
from provenance.core.gs1 import identifiers

KEY_QUALIFIERS: Final[Mapping[str, tuple[tuple[str, ...], ...]]] = {
    "00": (),
    "01": (("22", "10", "21"), ("235",)),
    "253": (),
    "255": (),
    "401": (),
    "402": (),
    "414": (("254",), ("7040",)),
    "415": (("8020",),),
    "417": (("7040",),),
    "8003": (),
    "8004": (("7040",),),
    "8006": (("22", "10", "21"),),
    "8010": (("8011",),),
    "8013": (),
    "8017": (("8019",),),
    "8018": (("8019",),),
}
"""Every primary key of a Digital Link, with its ordered qualifiers (alternatives never
mix).
"""

# A row: Application Identifiers; "?" if it may be a data attribute in a query, else "-";
# the parts of its value. A part: n digits, x the 82 characters, y the 39 of CSET 39, z
# base64url; length or range; tests; [optional].
_ROWS: Final = """
00 ? n18:csum
01-02 ? n14:csum
03 - n14:csum
10 ? x1-20
11-13,15-17 ? n6:day0
20 ? n2
21-22 - x1-20
235 - x1-28
240-241 ? x1-30
242 ? n1-6
243 ? x1-20
250-251 ? x1-30
253 ? n13:csum [x1-17]
254 - x1-20
255 ? n13:csum [n1-12]
30 ? n1-8
37 ? n1-8
3900-3909 ? n1-15
3910-3919 ? n3 n1-15
3920-3929 ? n1-15
3930-3939 ? n3 n1-15
3940-3943 ? n4
3950-3955 ? n6
400 ? x1-30
401 ? x1-30:prefix
402 ? n17:csum
403 ? x1-30
410-417 ? n13:csum
420 ? x1-20
421 ? n3 x1-9
422 ? n3
423 ? n3 [n3] [n3] [n3] [n3]
424 ? n3
425 ? n3 [n3] [n3] [n3] [n3]
426 ? n3
427 ? x1-3
4300-4301 ? x1-35
4302-4306 ? x1-70
4307 ? x2
4308 ? x1-30
4309 ? n20
4310-4311 ? x1-35
4312-4316 ? x1-70
4317 ? x2
4318 ? x1-20
4319 ? x1-30
4320 ? x1-35
4321-4323 ? n1:yesno
4324-4325 ? n6:day0 n4:minute
4326 ? n6:day
4330-4333 ? n6 [x1:minus]
7001 ? n13
7002 ? x1-30
7003 ? n6:day n4:minute
7004 ? n1-4
7005 ? x1-12
7006 ? n6:day
7007 ? n6:day [n6:day]
7008 ? x1-3
7009 ? x1-10
7010 ? x1-2
7011 ? n6:day [n4:minute]
7020-7022 ? x1-20
7023 ? x1-30:prefix
7030-7039 ? n3 x1-27
7040 - n1 x3
7041 - x1-4
710-717 ? x1-20
7230-7239 ? x2 x1-28
7240 ? x1-20
7241 ? n2
7242 ? x1-25
7250 ? n8:date
7251 ? n8:date n4:minute
7252 ? n1
7253-7254 ? x1-40
7255 ? x1-10
7256 ? x1-90
7257 ? x1-70
7258 ? x3
7259 ? x1-40
8001 ? n4:some n5:some n3:some n1 n1
8002 ? x1-20
8003 ? n1:zero n13:csum [x1-16]
8004 ? x1-30:prefix
8005 ? n6
8006 ? n14:csum n4:piece
8007 ? x1-34
8008 ? n6:day n2 [n2] [n2]
8009 ? x1-50
8010 ? y1-30:prefix
8011 - n1-12:nonzero
8012 ? x1-20
8013 ? x1-25:prefix:pair
8014 - x1-25:prefix:pair
8017-8018 ? n18:csum
8019 - n1-10
8020 - x1-25
8026 ? n14:csum n4:piece
8030 ? z1-90:padding
8040-8041 ? n15
8042 ? n32
8043 ? n18 [n1-2]
8110 ? x1-70
8111 ? n4
8112 ? x1-70
8200 - x1-70
90 ? x1-30
91-99 ? x1-90
"""

# Trade and logistic measures: six digits, the fourth of the identifier places the
# decimal point (0 to 5).
_MEASURES: Final = (*range(310, 317), *range(320, 338), *range(340, 358), *range(360, 370))

_CSET: Final = {
    "n": "0-9",
    "x": re.escape(identifiers.CSET82),
    "y": "#\\-/0-9A-Z",
    "z": "\\-0-9A-Z_a-z=",
}
_PART: Final = re.compile(r"(?P<set>[nxyz])(?P<low>\d+)(?:-(?P<high>\d+))?(?P<tests>(?::\w+)*)")
# Elements that start so have a value of fixed length, so no separator follows them
# (Gen. Specs 7.8.5).
_FIXED: Final = (
    {"00": 18, "01": 14, "02": 14, "03": 14, "04": 16, "20": 2, "41": 13}
    | {f"{n}": 6 for n in range(11, 20)}
    | {f"{n}": 6 for n in range(31, 37)}
)
# A GMN's check pair: prime weights from the right, modulo 1021, a character for each
# five bits (7.9.5).
_PRIMES: Final = (
    *(2, 3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37),
    *(41, 43, 47, 53, 59, 61, 67, 71, 73, 79, 83),
)
_PAIR: Final = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"


def check_pair(body: str) -> str:
    """Return the two check characters of a Global Model Number whose other characters,
    from the 82, are `body` (General Specifications 7.9.5).
    """
    weighted = zip(reversed(body), _PRIMES, strict=False)
    total = sum(identifiers.CSET82.index(character) * prime for character, prime in weighted) % 1021
    return _PAIR[total >> 5] + _PAIR[total & 31]


def _is_day(text: str, *, zero_allowed: bool) -> bool:
    month, day = int(text[-4:-2]), int(text[-2:])
    if not 1 <= month <= 12:
        return False
    # A year has two digits or four. Every fourth is taken for a leap year, which is right
    # from 1901 to 2099.
    longest = (
        (29 if int(text[:-4]) % 4 == 0 else 28)
        if month == 2
        else 30
        if month in {4, 6, 9, 11}
        else 31
    )
    return (0 if zero_allowed else 1) <= day <= longest


def _is_padded(text: str) -> bool:
    """Whether `text` has no padding, or one or two `=` at its end that fill up a group of
    three characters (CSET 64 as GS1's linter reads it).
    """
    padding = len(text) - len(text.rstrip("="))
    return "=" not in text.rstrip("=") and (padding == 0 or (padding <= 2 and len(text) % 3 == 0))


_TESTS: Final[Mapping[str, Callable[[str], bool]]] = {
    "day": lambda text: _is_day(text, zero_allowed=False),
    "day0": lambda text: _is_day(text, zero_allowed=True),
    "date": lambda text: _is_day(text, zero_allowed=False),
    "minute": lambda text: text[:2] < "24" and text[2:] < "60",
    "yesno": lambda text: text in {"0", "1"},
    "minus": lambda text: text == "-",
    "zero": lambda text: text == "0",
    "some": lambda text: text.strip("0") != "",
    "nonzero": lambda text: not text.startswith("0"),
    "padding": _is_padded,
    "piece": lambda text: "00" < text[:2] <= text[2:],
    "prefix": lambda text: len(text) >= 4 and text[:4].isdecimal(),
    "pair": lambda text: len(text) > 2 and check_pair(text[:-2]) == text[-2:],
}


@dataclass(frozen=True, slots=True)
class ApplicationIdentifier:
    """A row of the table: the AI's digits, whether a query may carry it (`attribute`),
    and the pattern of its value, with the tests of each group.
    """

    code: str
    attribute: bool
    pattern: re.Pattern[str]
    tests: tuple[tuple[str, ...], ...]

    def check(self, value: str) -> None:
        """Raise BadIdentifier, or BadCheckDigit, unless `value` has the form that this
        identifier asks for.
        """
        match = self.pattern.fullmatch(value)
        if match is None:
            raise errors.BadIdentifier(
                f"({self.code}) {value[:90]!r} has the wrong length or characters"
            )
        for part, tests in zip(match.groups(), self.tests, strict=True):
            for test in tests if part is not None else ():
                if test == "csum":
                    _check_csum(self.code, part)
                elif not _TESTS[test](part):
                    raise errors.BadIdentifier(f"({self.code}) {part!r} fails the test {test!r}")


def _check_csum(code: str, digits: str) -> None:
    expected = identifiers.check_digit(digits[:-1])
    if digits[-1] != expected:
        raise errors.BadCheckDigit(
            f"({code}) {digits}: expected check digit {expected}, got {digits[-1]}"
        )


def fixed_length(code: str) -> int:
    """Return the length in characters of a value that no separator ends; 0 for an AI
    whose value a separator ends.
    """
    return _FIXED.get(code[:2], 0)


def is_key_sequence(codes: Sequence[str]) -> bool:
    """Whether `codes` is a primary key followed by some of its qualifiers, in their
    order.
    """
    if not codes or codes[0] not in KEY_QUALIFIERS:
        return False
    qualifiers = list(codes[1:])
    options = KEY_QUALIFIERS[codes[0]] or ((),)
    return any(qualifiers == [code for code in option if code in qualifiers] for option in options)


def _expand(codes: str) -> list[str]:
    expanded = []
    for item in codes.split(","):
        low, _, high = item.partition("-")
        expanded += [f"{n:0{len(low)}d}" for n in range(int(low), int(high or low) + 1)]
    return expanded


def _build(code: str, attribute: bool, parts: Sequence[str]) -> ApplicationIdentifier:
    pattern = ""
    tests = []
    for part in parts:
        match = _PART.fullmatch(part.strip("[]"))
        if match is None:
            raise ValueError(f"unreadable row of AI {code}: {part}")
        low, high = match["low"], match["high"] or match["low"]
        pattern += f"([{_CSET[match['set']]}]{{{low},{high}}})" + (
            "?" if part.startswith("[") else ""
        )
        tests.append(tuple(filter(None, match["tests"].split(":"))))
    return ApplicationIdentifier(code, attribute, re.compile(pattern), tuple(tests))


def _table() -> dict[str, ApplicationIdentifier]:
    table = {}
    for row in _ROWS.strip().splitlines():
        codes, flag, *parts = row.split()
        for code in _expand(codes):
            table[code] = _build(code, flag == "?", parts)
    for measure in _MEASURES:
        for places in range(6):
            table[f"{measure}{places}"] = _build(f"{measure}{places}", True, ["n6"])
    return table


TABLE: Final[Mapping[str, ApplicationIdentifier]] = _table()
"""Every Application Identifier that is known here, by its digits."""
