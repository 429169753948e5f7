"""The facts of the verify page: the goods, their brand, its rights and their maker."""

from collections.abc import Iterator
from typing import NamedTuple

from django.utils.translation import gettext as _

from provenance.core.check.result import Result
from provenance.core.record.event import SignedEvent
from provenance.core.record.state import GoodsState, ProductState, RightState
from provenance.views.verify import countries, now, texts
from provenance.views.verify import format as format_
from provenance.views.verify.format import Names


class Fact(NamedTuple):
    """One of the facts that the page begins with, and smaller lines."""

    name: str
    value: str
    details: tuple[str, ...] = ()


def facts(result: Result, names: Names) -> Iterator[Fact]:
    """Product, brand, maker, origin, lot, use-by day, and whereabouts unless the second
    line of the page says them; none of a subject that is not goods or does not check.
    """
    state = result.state
    if not isinstance(state, GoodsState) or not result.history:
        return
    first = next(entry.event for entry in result.history if entry.event.digest == state.genesis)
    product = format_.product(result)
    if product is not None:
        yield from _product(product, state, first, result, names)
    else:
        issued = format_.moment_of(first).local
        yield Fact(_("Code issued by"), names.of(state.commissioned_by), (issued,))
    registered = product.origin if product is not None else ""
    origin = countries.name(registered) if registered else format_.place(first)
    yield Fact(_("Origin"), origin or _("not recorded"))
    if result.lot:
        yield Fact(_("Lot"), format_.isolated(result.lot))
    if result.use_by:
        yield Fact(_("Use by"), format_.day(result.use_by))
    if not now.line(result, names):
        yield Fact(_("Where it is now"), format_.whereabouts(result.outermost or state, names))


def _product(
    product: ProductState, state: GoodsState, first: SignedEvent, result: Result, names: Names
) -> Iterator[Fact]:
    rights = [
        right for uri in product.rights if isinstance(right := result.states.get(uri), RightState)
    ]
    brand = (format_.isolated(product.brand),) if product.brand else ()
    yield Fact(_("Product"), format_.isolated(product.name), brand)
    marks = tuple(_right(right, names) for right in rights)
    maker_details = (*_licences(rights, state, first, names), format_.moment_of(first).day)
    if product.owner == state.commissioned_by:
        yield Fact(_("Brand and maker"), names.of(product.owner), (*marks, *maker_details))
    else:
        yield Fact(_("Brand"), names.of(product.owner), marks)
        yield Fact(_("Made by"), names.of(state.commissioned_by), maker_details)


def _licences(
    rights: list[RightState], state: GoodsState, first: SignedEvent, names: Names
) -> list[str]:
    """The owners, on the day of making, of rights that were not the maker's: step (4) of
    the check found that it was licensed.
    """
    licensors = {right.owner_on(first.day) for right in rights} - {state.commissioned_by}
    return [
        _("under a licence of %(name)s") % {"name": names.public(gln)} for gln in sorted(licensors)
    ]


def _right(right: RightState, names: Names) -> str:
    """A right with who verified it: the office that its owner names proves nothing."""
    title = str(texts.RIGHTS[right.kind]) % {"title": format_.isolated(right.title)}
    if right.lapsed_from is not None:
        return _("%(right)s, lapsed on %(day)s") % {
            "right": title,
            "day": format_.day(right.lapsed_from),
        }
    if right.verified:
        return _("%(right)s, verified by %(office)s") % {
            "right": title,
            "office": names.public(right.verified_by),
        }
    return _("%(right)s, verified by no office") % {"right": title}
