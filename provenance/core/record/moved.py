"""The goods that an EPCIS event moves: subjects in clear, and items that it counts by class and
seals, as far as they were opened (docs/format.md, "Sealed lists").
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Final

from provenance.core import errors, gs1
from provenance.core.epcis import shape
from provenance.core.epcis.vocabulary import EventType
from provenance.core.record.sealed import Commitment, Opened, SealedLink, Side

MAX_SUBJECTS: Final = 1024  # in clear, and as many sealed

_LISTS: Final = {
    EventType.AGGREGATION: ("childEPCs", "childQuantityList"),
    EventType.TRANSFORMATION: ("inputEPCList", "inputQuantityList"),
}
OUTPUT_LISTS: Final = ("outputEPCList", "outputQuantityList")


def lists_of(type_: EventType) -> tuple[str, str]:
    """Return the names of the lists of items and units, and of lots and classes, that an event of
    this type has, a transformation for its inputs.
    """
    return _LISTS.get(type_, ("epcList", "quantityList"))


@dataclass(slots=True)
class Amounts:
    """A side of an event: `named` maps subject URIs to amounts, `items` of them items; `classes`
    maps the URIs of products to the number of their items that are sealed.
    """

    named: dict[str, Decimal] = field(default_factory=dict)
    classes: dict[str, int] = field(default_factory=dict)
    items: int = 0

    @property
    def counted(self) -> int:
        """The number of sealed items."""
        return sum(self.classes.values())


@dataclass(frozen=True, slots=True)
class Moved:
    """The goods that an event moves: amounts by subject URI, opened items among them, and the
    number of `unopened` items beside `subjects` and `outputs`. `moves` says whether it moves
    anything, `makes` whether it has outputs.
    """

    subjects: Mapping[str, Decimal]
    outputs: Mapping[str, Decimal]
    unopened: int
    moves: bool
    makes: bool


def read(body: Mapping[str, Any], commitment: Commitment | None, opened: Opened) -> Moved:
    """Return the goods of the event `body`. Raises BadEpcis for repeats, patterns and identifiers
    that are no subjects of ours, UnsealedItems, BadOpening, TooLarge.
    """
    type_ = body["type"]
    transforms = type_ == EventType.TRANSFORMATION
    inputs = _amounts(body, *lists_of(type_))
    outputs = _amounts(body, *OUTPUT_LISTS) if transforms else Amounts()
    _check_sealed(inputs, outputs, commitment, alone=type_ != EventType.AGGREGATION)
    if any((sealed.role is not None) != transforms for sealed in opened.links):
        raise errors.BadOpening("a sealed link has a role in a transformation alone")
    by_output = [sealed for sealed in opened.links if sealed.role is Side.OUTPUT]
    by_input = [sealed for sealed in opened.links if sealed.role is not Side.OUTPUT]
    unopened = _open(inputs, by_input)
    unopened += _open(outputs, by_output)
    if not inputs.named.keys().isdisjoint(outputs.named):
        raise errors.BadEpcis("a transformation names nothing on both sides")
    return Moved(
        subjects=inputs.named,
        outputs=outputs.named,
        unopened=unopened,
        moves=bool(inputs.named or inputs.counted),
        makes=bool(outputs.named or outputs.counted),
    )


def class_of(item: str) -> str:
    """Return the URI of an item's product: its class. Raises BadOpening for another subject."""
    subject = gs1.parse_subject(item)
    if subject.kind is not gs1.SubjectKind.ITEM:
        raise errors.BadOpening(f"only items are sealed, not {item}")
    return gs1.product_uri(subject.gtin)


def _amounts(body: Mapping[str, Any], epcs: str, classes: str) -> Amounts:
    amounts = Amounts()
    named = amounts.named
    for epc in body.get(epcs, ()):
        if not isinstance(epc, str) or epc in named:
            raise errors.BadEpcis(f"{epcs} repeats {epc!r} or holds something that is not a URI")
        kind = gs1.parse_subject(epc).kind
        if kind not in (gs1.SubjectKind.ITEM, gs1.SubjectKind.LOGISTIC_UNIT):
            raise errors.BadEpcis(f"{epcs} holds items and logistic units, not {epc}")
        named[epc] = Decimal(1)
        amounts.items += kind is gs1.SubjectKind.ITEM
    for element in body.get(classes, ()):
        _add_class(amounts, element, classes)
    if len(named) > MAX_SUBJECTS:
        raise errors.TooLarge(f"an event names at most {MAX_SUBJECTS} subjects, got {len(named)}")
    return amounts


def _add_class(amounts: Amounts, element: Mapping[str, Any], list_name: str) -> None:
    """Take in a lot with its quantity, or a class of sealed items with their number."""
    uri, quantity = element.get("epcClass"), element.get("quantity")
    kind = gs1.parse_subject(uri).kind if isinstance(uri, str) else None
    if not isinstance(uri, str) or uri in amounts.named or uri in amounts.classes:
        raise errors.BadEpcis(f"{list_name} holds each lot and class once, not {uri!r}")
    if kind is gs1.SubjectKind.LOT:
        amounts.named[uri] = shape.quantity(quantity)
    elif kind is gs1.SubjectKind.PRODUCT and element.keys() == {"epcClass", "quantity"}:
        if type(quantity) is not int or quantity < 1:
            raise errors.BadEpcis(f"{list_name} counts the items of {uri}, not {quantity!r:.40}")
        amounts.classes[uri] = quantity
    else:
        raise errors.BadEpcis(f"{list_name} holds lots, and counts items by product, not {uri!r}")


def _check_sealed(
    inputs: Amounts, outputs: Amounts, commitment: Commitment | None, *, alone: bool
) -> None:
    """Raise unless an item that moves `alone`, and beside no other subject, stands in clear,
    and all others are sealed and counted.
    """
    clear, counted = inputs.items + outputs.items, inputs.counted + outputs.counted
    alone = alone and len(inputs.named) + len(outputs.named) + counted == 1
    if clear and not alone:
        raise errors.UnsealedItems(
            "an event names no item beside another subject: it seals the links of its items"
        )
    sealed = commitment.count if commitment is not None else 0
    if counted != sealed or (counted and alone):
        raise errors.BadOpening(
            f"the event counts {counted} items by class and seals {sealed};"
            " an item that moves alone stands in clear"
        )


def _open(side: Amounts, links: Sequence[SealedLink]) -> int:
    """Take in opened items of a side; return the number that stays sealed. Raises BadOpening for
    more of a class than are counted: where all are opened, none can be fewer.
    """
    shown = Counter(class_of(sealed.link.subject) for sealed in links)
    if any(shown[uri] > side.classes.get(uri, 0) for uri in shown):
        raise errors.BadOpening("more items of a class were opened than the event counts")
    side.named |= {sealed.link.subject: Decimal(1) for sealed in links}
    return side.counted - shown.total()
