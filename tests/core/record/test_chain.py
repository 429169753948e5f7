"""Chains: whatever is left out, put in, moved or changed, the chain is no longer
whole.
"""

import dataclasses
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from provenance.core import errors
from provenance.core.epcis.vocabulary import Outcome, Procedure
from provenance.core.record import chain, transition
from provenance.core.record.acts import GOODS_RULES
from provenance.core.record.event import Customs, SignedEvent
from provenance.core.record.rules import Ending
from provenance.core.record.state import GLN, GoodsState, State
from provenance.core.record.vocabulary import Act
from tests.cast import ITEM, PALLET
from tests.core.record.acting import EXPORT, S, handoff, signed, situate, verdict
from tests.world import World


def journey() -> tuple[World, list[SignedEvent]]:
    """The chain of an item that was made, cleared, handed over, returned unsold, and
    destroyed.
    """
    world = World()
    records: list[SignedEvent] = []
    back = {"sender": world.carrier.gln, "receiver": world.maker.gln}
    for by, kind, options in (
        (world.maker, Act.COMMISSION, {}),
        (world.maker, Act.OBSERVE, {}),
        (world.customs_cn, Act.CHECKPOINT, {"customs": EXPORT}),
        (world.maker, Act.HAND_OVER, handoff(world)),
        (world.carrier, Act.ACCEPT, handoff(world)),
        (world.carrier, Act.HAND_OVER, back),
        (world.maker, Act.ACCEPT, back),
        (world.maker, Act.DESTROY, {}),
    ):
        records.append(signed(world, by, kind, ITEM, **options))
        assert verdict(world, records[-1]) == "accepted"
    return world, records


WORLD, CHAIN = journey()
LENGTH = len(CHAIN)
HEX = st.text("0123456789abcdef", min_size=64, max_size=64)


def relinked(record: SignedEvent, **changes: object) -> SignedEvent:
    """The record with its link changed, as if it had been signed so."""
    link = dataclasses.replace(record.link(ITEM), **changes)  # type: ignore[arg-type]
    return dataclasses.replace(record, links=(link,), by_subject={ITEM: link})


def broken(records: Sequence[SignedEvent]) -> bool:
    try:
        chain.check_chain(records, ITEM)
    except errors.BrokenLink:
        return True
    return False


def follow(records: Sequence[SignedEvent]) -> None:
    """Take the records one after another, as capture does. Raises HeadMoved."""
    now: State | None = None
    for record in records:
        chain.check_link(record.link(ITEM), now)
        now = transition.apply(now, record, ITEM)


def test_a_whole_chain_is_whole_and_an_empty_one_proves_nothing() -> None:
    chain.check_chain(CHAIN, ITEM)
    follow(CHAIN)
    assert broken([])


@pytest.mark.parametrize("length", range(1, LENGTH + 1))
def test_every_beginning_of_a_chain_is_a_chain(length: int) -> None:
    chain.check_chain(CHAIN[:length], ITEM)


@given(st.permutations(CHAIN))
def test_the_links_and_not_the_order_of_the_file_make_a_chain(records: list[SignedEvent]) -> None:
    chain.check_chain(records, ITEM)


@given(st.permutations(CHAIN))
def test_events_are_taken_in_no_other_order_than_their_own(records: list[SignedEvent]) -> None:
    assume(records != CHAIN)
    with pytest.raises(errors.HeadMoved):
        follow(records)


@given(st.sets(st.integers(0, LENGTH - 1), min_size=1, max_size=LENGTH - 1))
def test_a_chain_with_events_left_out_is_broken(left_out: set[int]) -> None:
    left = [record for at, record in enumerate(CHAIN) if at not in left_out]
    assume(left != CHAIN[: len(left)])
    assert broken(left)
    with pytest.raises(errors.HeadMoved):
        follow(left)


@given(st.lists(st.sampled_from(CHAIN), min_size=1, max_size=4))
def test_an_event_that_is_there_twice_breaks_the_chain(again: list[SignedEvent]) -> None:
    assert broken([*CHAIN, *again])
    with pytest.raises(errors.HeadMoved):
        follow([*CHAIN, *again])


@given(st.integers(0, LENGTH - 1), st.integers(0, LENGTH + 2))
def test_an_event_at_another_position_breaks_the_chain(at: int, position: int) -> None:
    assume(position != at)
    changed = [*CHAIN[:at], relinked(CHAIN[at], position=position), *CHAIN[at + 1 :]]
    assert broken(changed)


@given(
    st.integers(0, LENGTH - 1), HEX | st.none() | st.sampled_from([event.digest for event in CHAIN])
)
def test_an_event_that_names_another_before_it_breaks_the_chain(
    at: int, previous: str | None
) -> None:
    assume(previous != CHAIN[at].link(ITEM).previous)
    changed = [*CHAIN[:at], relinked(CHAIN[at], previous=previous), *CHAIN[at + 1 :]]
    assert broken(changed)
    with pytest.raises(errors.HeadMoved):
        follow(changed)


@given(st.integers(0, LENGTH - 2), HEX)
def test_a_changed_event_is_not_the_one_that_the_next_names(at: int, digest: str) -> None:
    changed = [*CHAIN[:at], dataclasses.replace(CHAIN[at], digest=digest), *CHAIN[at + 1 :]]
    assert broken(changed)


@given(st.integers(1, LENGTH - 1), HEX | st.sampled_from([event.digest for event in CHAIN[1:]]))
def test_a_loop_closes_on_its_own_beginning(at: int, closes: str) -> None:
    assert broken([*CHAIN[:at], relinked(CHAIN[at], closes=closes), *CHAIN[at + 1 :]])


def test_a_moved_head_names_the_head_of_now() -> None:
    with pytest.raises(errors.HeadMoved) as refused:
        chain.check_link(CHAIN[1].link(ITEM), WORLD.states[ITEM])
    heads = {ITEM: {"position": LENGTH - 1, "digest": CHAIN[-1].digest}}
    assert refused.value.extra["heads"] == heads
    with pytest.raises(errors.HeadMoved) as refused:
        chain.check_link(CHAIN[1].link(ITEM), None)
    assert refused.value.extra["heads"] == {ITEM: {"position": -1, "digest": None}}


@pytest.mark.parametrize("position", [0, LENGTH - 1, LENGTH + 1])
def test_a_link_to_the_head_has_the_next_position(position: int) -> None:
    link = chain.next_link(ITEM, WORLD.states[ITEM])
    chain.check_link(link, WORLD.states[ITEM])
    with pytest.raises(errors.HeadMoved):
        chain.check_link(dataclasses.replace(link, position=position), WORLD.states[ITEM])


# --- closing ------------------------------------------------------------------------

ENDS = (Act.SELL, Act.DESTROY, Act.DECOMMISSION, Act.TRANSFORM)
STAYS = (Act.OBSERVE, Act.RECALL, Act.REPORT_STOLEN, Act.HAND_OVER, Act.PACK, Act.CHECKPOINT)


@pytest.mark.parametrize("closes", ["genesis", "another", None])
@pytest.mark.parametrize("kind", [*ENDS, *STAYS])
def test_exactly_the_act_that_ends_a_loop_closes_it_by_its_first_event(
    kind: Act, closes: str | None
) -> None:
    world = World()
    situate(world, S.WITH_CUSTODIAN)
    now = world.states[ITEM]
    assert isinstance(now, GoodsState)
    by, options = world.maker, dict[str, Any]()
    if kind is Act.TRANSFORM:
        options = {"outputs": {World.item("OUT"): 1}}
    if kind is Act.HAND_OVER:
        options = handoff(world)
    if kind is Act.PACK:
        options = {"parent": PALLET}
    if kind is Act.CHECKPOINT:
        by, options = world.customs_cn, {"customs": Customs(Procedure.EXPORT, Outcome.SEIZED)}
    event = signed(world, by, kind, ITEM, **options)
    said = {"genesis": now.genesis, "another": "0" * 64, None: None}[closes]
    link = dataclasses.replace(event.link(ITEM), closes=said)
    right = said == (now.genesis if kind in ENDS else None)
    if right:
        chain.check_closing(GOODS_RULES[kind].ending, event, link, now)
        return
    with pytest.raises(errors.BindingMismatch):
        chain.check_closing(GOODS_RULES[kind].ending, event, link, now)


@pytest.mark.parametrize(
    ("ending", "held", "amount", "ends"),
    [
        (Ending.WITH_THE_LAST, 6, 6, True),
        (Ending.WITH_THE_LAST, 6, 4, False),
        (Ending.TO_THE_MAKER, 0, 4, True),
        (Ending.TO_THE_MAKER, 0, 3, False),
        (Ending.TO_THE_MAKER, 6, 4, False),
    ],
)
def test_a_lot_of_which_4_were_sold_ends_with_the_rest_of_it(
    ending: Ending, held: int, amount: int, ends: bool
) -> None:
    world = World()
    situate(world, S.WITH_CUSTODIAN)
    maker = GLN + world.maker.gln
    holdings = {maker: Decimal(held)} if held else {}
    lot = dataclasses.replace(world.goods(ITEM), holdings=holdings, sold=Decimal(4))
    closes = chain.may_close(ending, lot, issuer=world.maker.gln, amount=Decimal(amount))
    assert closes is ends
