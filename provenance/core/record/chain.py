"""Chains: each event names the digest of the one before, and the one that ends a loop
names the first.

`check_link` is the rule for one more event, `check_chain` for a whole chain,
`check_closing` for the ring.
"""

from collections.abc import Sequence
from decimal import Decimal

from provenance.core import errors
from provenance.core.record.event import Link, SignedEvent
from provenance.core.record.kinds import Kind
from provenance.core.record.state import GLN, GoodsState, State

ENDING = frozenset({Kind.SELL, Kind.DESTROY, Kind.DECOMMISSION, Kind.TRANSFORM})


def check_link(link: Link, state: State | None) -> None:
    """Raise HeadMoved unless `link` follows the head of a chain in `state` (None: it
    has no event yet).
    """
    position, previous = (0, None) if state is None else (state.position + 1, state.head)
    if (link.position, link.previous) != (position, previous):
        raise errors.HeadMoved(
            f"the next event of {link.subject} has position {position}, not {link.position}, or another previous",
            heads={link.subject: {"position": position - 1, "digest": previous}},
        )


def check_chain(records: Sequence[SignedEvent], subject: str) -> None:
    """Raise BrokenLink unless `records`, in any order, are the whole chain of `subject`
    from position 0, unforked.
    """
    if not records:
        raise errors.BrokenLink(f"there is no event of {subject}: an empty chain proves nothing")
    by_position = sorted(records, key=lambda record: record.link(subject).position)
    previous: str | None = None
    genesis = by_position[0].digest
    for expected, record in enumerate(by_position):
        link = record.link(subject)
        if link.position != expected:
            raise errors.BrokenLink(
                f"{subject} has a gap or a fork at position {expected}: got {link.position}"
            )
        if link.previous != previous:
            raise errors.BrokenLink(
                f"position {expected} of {subject} does not name the event before it"
            )
        if link.closes is not None and link.closes != genesis:
            raise errors.BrokenLink(
                f"position {expected} of {subject} closes another loop than its own"
            )
        previous = record.digest


def check_closing(record: SignedEvent, link: Link, state: GoodsState | None) -> None:
    """Raise BindingMismatch unless the link says `closes` exactly when the act ends the
    subject's loop.
    """
    if state is None or record.goods is None:
        return
    amount = record.goods.subjects.get(link.subject, Decimal(0))
    rest = sum(state.holdings.values(), Decimal(0)) - amount
    if record.kind is Kind.RETURN:
        optional = link.closes is None or link.closes == state.genesis
        ends = link.closes is not None and amount == state.sold and not state.holdings
        if optional and (link.closes is None or ends):
            return
    else:
        ends = record.kind in ENDING and GLN + record.issuer in state.holdings and rest == 0
        if link.closes == (state.genesis if ends else None):
            return
    raise errors.BindingMismatch(
        f"the link to {link.subject} must say closes exactly when it ends the loop, naming {state.genesis}"
    )
