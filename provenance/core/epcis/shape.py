"""The JSON types of an EPCIS event's members (EPCIS 2.0 JSON schema), as far as this
package reads them.

A server checks the whole schema before it stores an event. A bundle is checked by this
package alone, and a signature says nothing about shape: so nothing is read from an
event before `check` has passed it.
"""

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any, Final

from provenance.core import errors, texts

MAX_TEXT: Final = 300  # characters
MAX_QUANTITY: Final = 10**12
DECIMALS: Final = 6


def check(event: Mapping[str, Any]) -> None:
    """Raise BadEpcis unless each member that the record and the event hash read is of
    its JSON type, Malformed for a text or name of more than 300 characters anywhere, and
    BadText for one that is not clean (`texts.check`).
    """
    if not isinstance(event.get("type"), str):
        raise errors.BadEpcis("an event names its type")
    for name, value in event.items():
        fits = _SHAPES.get(name)
        if fits is not None and not fits(value):
            raise errors.BadEpcis(f"{name} of the event is of another type than EPCIS gives it")
    _check_texts(event)


def quantity(value: Any) -> Decimal:
    """Return the quantity in which a lot moves. Raises BadEpcis unless it is a number above
    0, at most 1,000,000,000,000, with at most 6 decimals: as tables keep it, so that no sum
    of them is rounded.
    """
    if type(value) not in (int, float) or not 0 < value <= MAX_QUANTITY:
        raise errors.BadEpcis(f"a lot moves in a quantity above 0, to 10^12, not {value!r:.40}")
    amount = Decimal(str(value))
    if amount != round(amount, DECIMALS):
        raise errors.BadEpcis(f"a quantity has at most {DECIMALS} decimals, not {value!r:.40}")
    return amount


def format_quantity(amount: Decimal) -> str:
    """Return `amount` in plain digits, without zeros at the end: 480, not 4.8E+2."""
    return format(amount.normalize(), "f")


def _check_texts(event: Mapping[str, Any]) -> None:
    for part in texts.within(event):
        if len(part) > MAX_TEXT:
            raise errors.Malformed(f"a text has at most {MAX_TEXT} characters: {part:.40}…")
        texts.check(part)


def _text(value: Any) -> bool:
    return isinstance(value, str)


def _object(value: Any) -> bool:
    return isinstance(value, dict)


def _texts(value: Any) -> bool:
    return isinstance(value, list) and all(map(_text, value))


def _objects(value: Any) -> bool:
    return isinstance(value, list) and all(map(_object, value))


def _place(value: Any) -> bool:
    return isinstance(value, dict) and _text(value.get("id"))


def _dispositions(value: Any) -> bool:
    return isinstance(value, dict) and all(_texts(value.get(part, [])) for part in ("set", "unset"))


def _sensor_elements(value: Any) -> bool:
    return _objects(value) and all(
        _object(element.get("sensorMetadata", {})) and _objects(element.get("sensorReport", []))
        for element in value
    )


_SHAPES: Final[Mapping[str, Callable[[Any], bool]]] = {
    **dict.fromkeys(("action", "bizStep", "disposition", "eventID", "parentID"), _text),
    **dict.fromkeys(("epcList", "childEPCs", "inputEPCList", "outputEPCList"), _texts),
    **dict.fromkeys(
        ("quantityList", "childQuantityList", "inputQuantityList", "outputQuantityList"), _objects
    ),
    **dict.fromkeys(("bizTransactionList", "sourceList", "destinationList"), _objects),
    **dict.fromkeys(("ilmd", "errorDeclaration"), _object),
    **dict.fromkeys(("readPoint", "bizLocation"), _place),
    "persistentDisposition": _dispositions,
    "sensorElementList": _sensor_elements,
}
