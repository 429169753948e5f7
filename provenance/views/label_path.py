"""The subjects that the path of a scanned code may mean.

A WSGI server hands on the path already decoded, so a slash inside a lot or a serial
cannot be told from a separator: `/01/…/10/A/21/B` is the item B of lot A, or the lot
`A/21/B`. Each reading that is a valid identifier is given, the item first; the caller
takes the reading that has a record.
"""

import contextlib

from provenance.core import errors, gs1

SERIAL = "/21/"


def of_path(path: str) -> list[gs1.Subject]:
    """The readings of `/01/{gtin}[/10/{lot}][/21/{serial}]` or `/00/{sscc}`, decoded;
    never empty.

    Raises BadDigitalLink (another shape), BadIdentifier (malformed), BadCheckDigit.
    """
    key, _, tail = path.removeprefix("/").partition("/")
    if key == "00":
        return [gs1.logistic_unit(tail)]
    gtin, _, qualifiers = tail.partition("/")
    product = gs1.product(gtin)
    code, _, value = qualifiers.partition("/")
    match code:
        case "":
            return [product]
        case "21":
            return [gs1.item(gtin, value)]
        case "10":
            return [*_items_of_lots(gtin, value), *_lot(gtin, value)] or [gs1.lot(gtin, value)]
        case _:
            raise errors.BadDigitalLink(
                f"expected /01/gtin[/10/lot][/21/serial] or /00/sscc, got {path[:80]!r}"
            )


def _items_of_lots(gtin: str, value: str) -> list[gs1.Subject]:
    parts = value.split(SERIAL)
    items = []
    for n in range(1, len(parts)):
        with contextlib.suppress(errors.BadIdentifier):
            gs1.lot(gtin, SERIAL.join(parts[:n]))
            items.append(gs1.item(gtin, SERIAL.join(parts[n:])))
    return items


def _lot(gtin: str, value: str) -> list[gs1.Subject]:
    with contextlib.suppress(errors.BadIdentifier):
        return [gs1.lot(gtin, value)]
    return []
