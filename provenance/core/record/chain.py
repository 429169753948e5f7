"""Chains: each event names the digest before it, and where it ends a loop the first too.

`check_link` is the rule for a further event, `check_chain` for a whole chain, `check_closing` for
the ring.
"""

from collections.abc import Sequence
from decimal import Decimal
from typing import assert_never

from provenance.core import errors
from provenance.core.record.event import Link, SignedEvent
from provenance.core.record.rules import Ending
from provenance.core.record.state import GoodsState, State


def next_link(subject: str, state: State | None, *, closes: str | None = None) -> Link:
    """Return the link that follows a chain in `state` (None: it has no event yet)."""
    if state is None:
        return Link(subject, 0, None)
    return Link(subject, state.position + 1, state.head, closes)


def check_link(link: Link, state: State | None) -> None:
    """Raise HeadMoved unless `link` follows the head of a chain in `state` (None: no event yet)."""
    expected = (0, None) if state is None else (state.position + 1, state.head)
    if (link.position, link.previous) != expected:
        position, digest = expected
        raise errors.HeadMoved(
            f"the next event of {link.subject} has position {position},"
            f" not {link.position}, or another previous",
            heads={link.subject: {"position": position - 1, "digest": digest}},
        )


def check_chain(events: Sequence[SignedEvent], subject: str) -> None:
    """Raise BrokenLink unless `events`, in any order, are the whole chain of `subject` from
    position 0, unforked.
    """
    if not events:
        raise errors.BrokenLink(f"there is no event of {subject}: an empty chain proves nothing")
    by_position = sorted(events, key=lambda event: event.link(subject).position)
    previous: str | None = None
    genesis = by_position[0].digest
    for expected, event in enumerate(by_position):
        link = event.link(subject)
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
        previous = event.digest


def may_close(ending: Ending, state: GoodsState, *, issuer: str, amount: Decimal) -> bool:
    """Whether an act with this `ending`, by `issuer` on `amount`, ends the loop of `state`.

    With `Ending.WITH_THE_LAST` its link MUST then say `closes`; with `TO_THE_MAKER` it may, and
    `signers` asks that the maker signs.
    """
    match ending:
        case Ending.NEVER:
            return False
        case Ending.WITH_THE_LAST:
            return state.held_by(issuer) > 0 and state.amount_there == amount
        case Ending.TO_THE_MAKER:
            return amount == state.sold and not state.holdings
        case _:
            assert_never(ending)


def check_closing(ending: Ending, event: SignedEvent, link: Link, state: GoodsState | None) -> None:
    """Raise BindingMismatch unless the link says `closes` exactly when the act ends the loop."""
    if state is None:
        return
    amount = event.goods.subjects.get(link.subject, Decimal(0))
    ends = may_close(ending, state, issuer=event.issuer, amount=amount)
    if link.closes == (state.genesis if ends else None):
        return
    if ending is Ending.TO_THE_MAKER and link.closes is None:
        return
    raise errors.BindingMismatch(
        f"the link to {link.subject} must say closes exactly when it ends the loop, naming"
        f" {state.genesis}"
    )
