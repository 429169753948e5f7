"""The codes that the path of a scanned link may be.

A WSGI server hands on the path already decoded, so a slash inside a lot or a serial
cannot be told from a separator: `/01/…/10/A/21/B` is the item B of lot A, or the lot
`A/21/B`. A slash or a blank at the end was added on the way, or is the serial's. And
letters of our own random serials are mistaken by those who type them. Each reading that
is a valid identifier is given, the one closest to the path first; the caller takes the
reading that has a record, and says where that is another spelling.
"""

import contextlib
import functools
from collections.abc import Iterator

from provenance.core import errors, gs1


@functools.lru_cache(maxsize=2_048)
def of_path(path: str) -> tuple[gs1.Reading, ...]:
    """The readings of `/01/{gtin}[/22/{variant}][/10/{lot}][/21/{serial}]` or
    `/00/{sscc}`, decoded; never empty.

    Raises BadDigitalLink (another shape), BadIdentifier (malformed), BadCheckDigit.
    """
    key, _, tail = path.removeprefix("/").partition("/")
    if key == "00":
        return (gs1.Reading(gs1.logistic_unit(tail.rstrip("/ "))),)
    gtin, _, qualifiers = tail.rstrip(" ").partition("/")
    product = gs1.Reading(gs1.product(gtin))
    trimmed = qualifiers.rstrip("/ ")
    if not trimmed:
        return (product,)
    as_written = [] if trimmed == qualifiers else _readings(gtin, qualifiers)
    codes = [*as_written, *gs1.readings(gtin, trimmed)]
    return *codes, *_of_own_serials(codes)


def _readings(gtin: str, qualifiers: str) -> list[gs1.Reading]:
    with contextlib.suppress(errors.BadIdentifier):
        return gs1.readings(gtin, qualifiers)
    return []


def _of_own_serials(codes: list[gs1.Reading]) -> Iterator[gs1.Reading]:
    """Those of `codes` that may be an item of ours in another spelling, in ours."""
    for code in codes:
        with contextlib.suppress(errors.BadIdentifier):
            serial = gs1.as_random(code.subject.serial)
            if serial != code.subject.serial:
                item = gs1.item(code.subject.gtin, serial)
                yield gs1.Reading(item, code.lot, code.subject.serial)
