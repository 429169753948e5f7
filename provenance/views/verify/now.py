"""The second line of the verify page: where the record has an item now, against where
its reader may hold it. That is the strongest sign of a copied code that anyone can see.
"""

from typing import Final

from provenance.core import gs1
from provenance.core.check.journey import goods_of
from provenance.core.check.result import Result, Verdict
from provenance.core.record.event import SignedEvent
from provenance.core.record.state import PartyState, Situation
from provenance.core.record.vocabulary import Act, Role
from provenance.views.verify import format as format_
from provenance.views.verify import texts
from provenance.views.verify.format import Names

_SAID_OF: Final = frozenset({Verdict.RECORDS_CHECK_OUT, Verdict.CHECK_NEEDED})
_TAKEN_BY: Final = frozenset({Act.COMMISSION, Act.TRANSFORM, Act.ACCEPT, Act.RETURN})
_SHOPS: Final = frozenset({Role.RETAILER, Role.MARKETPLACE})


def line(result: Result, names: Names) -> str:
    """The sentence about an item's place now; empty of other goods, and under a verdict
    that says more than any place.
    """
    is_item = gs1.parse_subject(result.subject).kind is gs1.SubjectKind.ITEM
    state = result.outermost
    if state is None or not is_item or result.verdict not in _SAID_OF:
        return ""
    match state.situation:
        case Situation.SOLD:
            return _said(texts.SOLD, _newest(result, state.seller, Act.SELL), names)
        case Situation.HANDED_OVER:
            given = _newest(result, None, Act.HAND_OVER)
            text = texts.TO_A_SHOP if is_shop(result, state.pending) else texts.TO_ANOTHER
            return _said(text, given, names, state.pending)
        case Situation.WITH_CUSTODIAN:
            text = _with(result, state.custodian, state.commissioned_by)
            return _said(text, _newest(result, state.custodian, *_TAKEN_BY), names)
        case _:
            return ""


def _with(result: Result, custodian: str | None, maker: str) -> texts.Text:
    if custodian == maker:
        return texts.WITH_ITS_MAKER
    return texts.IN_A_SHOP if is_shop(result, custodian) else texts.ON_ITS_WAY


def is_shop(result: Result, gln: str | None) -> bool:
    """Whether the party is registered as one that sells to consumers."""
    party = result.states.get(gs1.party_uri(gln)) if gln else None
    return isinstance(party, PartyState) and not _SHOPS.isdisjoint(party.roles)


def _newest(result: Result, signer: str | None, *acts: Act) -> SignedEvent | None:
    """The newest of these acts in the history, by `signer` if any."""
    for entry in reversed(result.history):
        if entry.event.act in acts and signer in (None, entry.event.issuer):
            return entry.event
    return None


def _said(
    text: texts.Text, event: SignedEvent | None, names: Names, party: str | None = None
) -> str:
    """`text` with the day of `event`, and with `party` or who signed it and where."""
    if event is None:
        return ""
    named = goods_of(event).place.name
    where = format_.isolated(named) if named else ""
    signer = ", ".join(part for part in (names.of(event.issuer), where) if part)
    day = format_.moment_of(event).day
    return str(text) % {"day": day, "name": names.of(party) if party else signer}
