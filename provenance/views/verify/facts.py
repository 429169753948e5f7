"""The five facts that a page begins with."""

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from provenance.core import gs1
from provenance.core.check.result import Result
from provenance.core.record.state import GoodsState, ProductState, Situation
from provenance.views.verify import format as format_
from provenance.views.verify.format import Names

Fact = tuple[str, str, str]
"""What it is about, the fact, and a smaller line."""


def facts(result: Result, names: Names) -> list[Fact]:
    """Product, issuer, origin, whereabouts and records; nothing for what is not goods
    or does not check.
    """
    state = result.state
    if not isinstance(state, GoodsState) or not result.history:
        return []
    found: list[Fact] = []
    gtin = gs1.parse_subject(result.subject).gtin
    product = result.states.get(gs1.product_uri(gtin)) if gtin else None
    first = next(entry.event for entry in result.history if entry.event.digest == state.genesis)
    origin = format_.place(first)
    if isinstance(product, ProductState):
        found.append((_("Product"), product.name, product.brand))
        origin = product.origin or origin
    found.append(
        (_("Code issued by"), names.of(state.commissioned_by), format_.moment_of(first).local)
    )
    found.append((_("Origin"), origin or _("not recorded"), ""))
    found.append((_("Where it is now"), *_whereabouts(state, result, names)))
    found.append((_("Records"), *_counts(result)))
    return found


def _counts(result: Result) -> tuple[str, str]:
    count = len(result.history)
    signers = len({entry.event.issuer for entry in result.history})
    anchored = sum(entry.index is not None for entry in result.history)
    records = ngettext("%(count)d record", "%(count)d records", count) % {"count": count}
    parties = ngettext("signed by %(count)d party", "signed by %(count)d parties", signers) % {
        "count": signers
    }
    both = _("%(records)s, %(signers)s") % {"records": records, "signers": parties}
    return both, _("%(anchored)d of %(count)d in the ledger") % {
        "anchored": anchored,
        "count": count,
    }


def _whereabouts(  # noqa: PLR0911  one for each situation
    state: GoodsState, result: Result, names: Names
) -> tuple[str, str]:
    match state.situation:
        case Situation.SOLD:
            return _("Sold to a consumer"), names.of(state.seller)
        case Situation.ENDED | Situation.UNBORN:
            return _("Its journey has ended"), ""
        case Situation.SEIZED:
            return _("Seized by %(name)s") % {"name": names.of(state.seized_by)}, ""
        case Situation.HELD:
            return _("Held by %(name)s") % {"name": names.of(state.customs_hold_by)}, ""
        case Situation.HANDED_OVER:
            return _("On its way to %(name)s") % {"name": names.of(state.pending)}, ""
        case Situation.PACKED:
            return _packed(state, result, names)
        case Situation.WITH_CUSTODIAN:
            if state.custodian is None:
                return _("In several places"), ""
            return _("With %(name)s") % {"name": names.of(state.custodian)}, ""


def _packed(state: GoodsState, result: Result, names: Names) -> tuple[str, str]:
    around = result.states.get(state.container or "")
    inside = _("in a logistic unit")
    if not isinstance(around, GoodsState):
        return _("In a logistic unit"), ""
    if around.situation is Situation.PACKED:
        return _packed(around, result, names)
    where, _unused = _whereabouts(around, result, names)
    return where, inside
