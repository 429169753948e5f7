"""The effects of acts: amounts, custody, holds and seizures, and the loop that opens
and closes.
"""

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from provenance.core import errors
from provenance.core.epcis.vocabulary import Outcome, Procedure
from provenance.core.record import transition
from provenance.core.record.event import Customs
from provenance.core.record.vocabulary import Act, Role
from tests.cast import ITEM, NL, PALLET, PALLET_2, START, Actor, actor
from tests.core.record.acting import (
    HELD_AS,
    Registry,
    S,
    attempt,
    do,
    handoff,
    signed,
    situate,
    verdict,
)
from tests.world import World

HOLDS = [Outcome.CLEARED, Outcome.HELD, Outcome.SEIZED]


def made(amount: int = 100) -> tuple[World, str]:
    """A lot with its maker, and two units."""
    world = World()
    situate(world, S.UNBORN)
    lot = World.lot("L-1")
    do(world, world.maker, Act.COMMISSION, {lot: amount})
    return world, lot


def given_to(world: World, giver: Actor, taker: Actor, subjects: Any) -> None:
    names = {"sender": giver.gln, "receiver": taker.gln}
    do(world, giver, Act.HAND_OVER, subjects, **names)
    do(world, taker, Act.ACCEPT, subjects, **names)


def with_(who: Actor) -> str:
    return f"gln:{who.gln}"


# --- customs ------------------------------------------------------------------------


@pytest.mark.parametrize("outcome", HOLDS)
def test_no_foreign_authority_lifts_a_hold_takes_it_over_or_seizes_past_it(
    outcome: Outcome,
) -> None:
    world = World()
    situate(world, S.HELD)
    customs = Customs(Procedure.IMPORT, outcome)
    assert (
        attempt(world, world.customs_nl, Act.CHECKPOINT, ITEM, place=NL, customs=customs)
        == "not-permitted"
    )
    assert world.goods(ITEM).customs_hold_by == world.customs_cn.gln


@pytest.mark.parametrize("outcome", [Outcome.SAMPLED, Outcome.REFUSED, None])
def test_a_foreign_authority_may_look_at_what_is_held(outcome: Outcome | None) -> None:
    world = World()
    situate(world, S.HELD)
    do(
        world,
        world.customs_nl,
        Act.CHECKPOINT,
        ITEM,
        place=NL,
        customs=Customs(Procedure.IMPORT, outcome),
    )
    assert world.goods(ITEM).customs_hold_by == world.customs_cn.gln


def test_another_authority_of_the_same_country_lifts_a_hold() -> None:
    world = World()
    second = world.join(actor(58), "Ningbo Customs", "CN", Role.CUSTOMS_AUTHORITY)
    situate(world, S.HELD)
    do(world, second, Act.CHECKPOINT, ITEM, customs=Customs(Procedure.EXPORT, Outcome.CLEARED))
    assert world.goods(ITEM).situation is S.WITH_CUSTODIAN


def test_a_hold_waits_for_the_handoff_and_the_handoff_for_the_hold() -> None:
    world = World()
    situate(world, S.HANDED_OVER)
    do(
        world,
        world.customs_cn,
        Act.CHECKPOINT,
        ITEM,
        customs=Customs(Procedure.EXPORT, Outcome.HELD),
    )
    assert attempt(world, world.carrier, Act.ACCEPT, ITEM, **handoff(world)) == "illegal-transition"
    do(
        world,
        world.customs_cn,
        Act.CHECKPOINT,
        ITEM,
        customs=Customs(Procedure.EXPORT, Outcome.CLEARED),
    )
    do(world, world.carrier, Act.ACCEPT, ITEM, **handoff(world))
    assert world.goods(ITEM).custodian == world.carrier.gln


def test_what_was_packed_when_it_was_held_stays_in_its_unit() -> None:
    world = World()
    situate(world, S.PACKED)
    do(
        world,
        world.customs_cn,
        Act.CHECKPOINT,
        ITEM,
        customs=Customs(Procedure.EXPORT, Outcome.HELD),
    )
    assert attempt(world, world.maker, Act.UNPACK, ITEM, parent=PALLET) == "illegal-transition"
    do(
        world,
        world.customs_cn,
        Act.CHECKPOINT,
        ITEM,
        customs=Customs(Procedure.EXPORT, Outcome.CLEARED),
    )
    do(world, world.maker, Act.UNPACK, ITEM, parent=PALLET)


@pytest.mark.parametrize("situation", [S.PACKED, S.HELD], ids=["packed", "packed and held"])
def test_what_is_in_a_unit_is_not_seized_its_unit_is(situation: S) -> None:
    world = World()
    situate(world, S.PACKED)
    if situation is S.HELD:
        do(
            world,
            world.customs_cn,
            Act.CHECKPOINT,
            ITEM,
            customs=Customs(Procedure.EXPORT, Outcome.HELD),
        )
    seized = {"customs": Customs(Procedure.EXPORT, Outcome.SEIZED)}
    assert attempt(world, world.customs_cn, Act.CHECKPOINT, ITEM, **seized) == "illegal-transition"
    do(world, world.customs_cn, Act.CHECKPOINT, PALLET, **seized)
    assert Registry(world).holder(PALLET) == world.customs_cn.gln


def test_a_lot_that_is_packed_in_part_is_not_seized_over_its_units_head() -> None:
    world, lot = made()
    do(world, world.maker, Act.PACK, {lot: 60}, parent=PALLET)
    seized = {"customs": Customs(Procedure.EXPORT, Outcome.SEIZED)}
    assert (
        attempt(world, world.customs_cn, Act.CHECKPOINT, {lot: 100}, **seized)
        == "illegal-transition"
    )
    assert world.goods(lot).holdings == {with_(world.maker): 40, PALLET: 60}


def test_destroying_a_part_of_what_was_seized_leaves_the_rest_seized() -> None:
    world, lot = made()
    do(
        world,
        world.customs_cn,
        Act.CHECKPOINT,
        {lot: 100},
        customs=Customs(Procedure.EXPORT, Outcome.SEIZED),
    )
    do(world, world.customs_cn, Act.DESTROY, {lot: 30})
    assert world.goods(lot).situation is S.SEIZED
    assert attempt(world, world.customs_cn, Act.SELL, {lot: 70}) == "illegal-transition"
    do(world, world.customs_cn, Act.DESTROY, {lot: 70})
    assert world.goods(lot).situation is S.ENDED


@pytest.mark.parametrize("kind", [Act.REFUSE, Act.CANCEL])
def test_what_was_seized_is_seized_again_when_its_handoff_fails(kind: Act) -> None:
    world = World()
    situate(world, S.SEIZED)
    back = {"sender": world.customs_cn.gln, "receiver": world.maker.gln}
    do(world, world.customs_cn, Act.HAND_OVER, ITEM, **back)
    do(world, world.maker if kind is Act.REFUSE else world.customs_cn, kind, ITEM, **back)
    assert world.goods(ITEM).situation is S.SEIZED


# --- handoffs -----------------------------------------------------------------------


@pytest.mark.parametrize("kind", [Act.ACCEPT, Act.REFUSE])
def test_an_answer_names_who_handed_over(kind: Act) -> None:
    world = World()
    situate(world, S.HANDED_OVER)
    names = {"sender": world.mallory.gln, "receiver": world.carrier.gln}
    assert attempt(world, world.carrier, kind, ITEM, **names) == "illegal-transition"
    do(world, world.carrier, kind, ITEM, **handoff(world))


def test_a_cancellation_names_who_would_have_received() -> None:
    world = World()
    situate(world, S.HANDED_OVER)
    names = {"sender": world.maker.gln, "receiver": world.mallory.gln}
    assert attempt(world, world.maker, Act.CANCEL, ITEM, **names) == "illegal-transition"
    do(world, world.maker, Act.CANCEL, ITEM, **handoff(world))


@pytest.mark.parametrize("kind", [Act.REFUSE, Act.CANCEL])
def test_custody_stays_with_the_giver_when_a_handoff_ends(kind: Act) -> None:
    world = World()
    situate(world, S.HANDED_OVER)
    assert world.goods(ITEM).custodian == world.maker.gln
    assert world.goods(ITEM).pending == world.carrier.gln
    do(world, world.carrier if kind is Act.REFUSE else world.maker, kind, ITEM, **handoff(world))
    assert (world.goods(ITEM).custodian, world.goods(ITEM).pending) == (world.maker.gln, None)
    assert world.goods(ITEM).handed_over_at is None


def test_one_handoff_of_two_things_fails_whole_when_one_of_them_cannot_go() -> None:
    world = World()
    situate(world, S.PACKED)
    both = {PALLET_2: 1, ITEM: 1}
    assert (
        attempt(world, world.maker, Act.HAND_OVER, both, **handoff(world)) == "illegal-transition"
    )
    assert world.goods(PALLET_2).pending is None


# --- containers ---------------------------------------------------------------------


def test_who_holds_what_through_nested_units() -> None:
    world = World()
    situate(world, S.PACKED)
    registry = Registry(world)
    do(world, world.maker, Act.PACK, PALLET, parent=PALLET_2)
    assert world.goods(ITEM).container == PALLET
    assert world.goods(PALLET).container == PALLET_2
    assert world.goods(PALLET).contents == world.goods(PALLET_2).contents == 1
    given_to(world, world.maker, world.carrier, PALLET_2)
    assert registry.holder(PALLET) == registry.holder(PALLET_2) == world.carrier.gln
    assert world.goods(ITEM).custodian is None
    do(world, world.carrier, Act.UNPACK, PALLET, parent=PALLET_2)
    do(world, world.carrier, Act.UNPACK, ITEM, parent=PALLET)
    assert world.goods(ITEM).custodian == world.carrier.gln
    assert world.goods(PALLET).contents == world.goods(PALLET_2).contents == 0


@pytest.mark.parametrize("kind", [Act.PACK, Act.UNPACK])
@pytest.mark.parametrize("situation", [S.HANDED_OVER, S.HELD, S.SEIZED, S.PACKED])
def test_nothing_goes_into_or_out_of_a_unit_that_is_not_at_hand(kind: Act, situation: S) -> None:
    world = World()
    situate(world, S.PACKED if kind is Act.UNPACK else S.WITH_CUSTODIAN)
    match situation:
        case S.HANDED_OVER:
            do(world, world.maker, Act.HAND_OVER, PALLET, **handoff(world))
        case S.PACKED:
            do(world, world.maker, Act.PACK, PALLET, parent=PALLET_2)
        case _:
            customs = Customs(Procedure.EXPORT, HELD_AS.get(situation))
            do(world, world.customs_cn, Act.CHECKPOINT, PALLET, customs=customs)
    assert attempt(world, world.maker, kind, ITEM, parent=PALLET) == "illegal-transition"


def test_a_unit_counts_what_is_in_it() -> None:
    world, lot = made()
    do(world, world.maker, Act.COMMISSION, ITEM)
    do(world, world.maker, Act.PACK, {lot: Decimal("60.5"), ITEM: 1}, parent=PALLET)
    assert world.goods(PALLET).contents == Decimal("61.5")
    do(world, world.maker, Act.UNPACK, {lot: Decimal("60.5")}, parent=PALLET)
    assert attempt(world, world.maker, Act.DESTROY, PALLET) == "illegal-transition"
    do(world, world.maker, Act.UNPACK, ITEM, parent=PALLET)
    do(world, world.maker, Act.DESTROY, PALLET)


# --- lots ---------------------------------------------------------------------------


def test_a_lot_that_two_hold_is_handed_over_by_neither() -> None:
    world, lot = made()
    do(world, world.maker, Act.PACK, {lot: 60}, parent=PALLET)
    given_to(world, world.maker, world.carrier, PALLET)
    do(world, world.carrier, Act.UNPACK, {lot: 60}, parent=PALLET)
    assert world.goods(lot).holdings == {with_(world.maker): 40, with_(world.carrier): 60}
    for by, amount in ((world.maker, 40), (world.carrier, 60), (world.maker, 100)):
        names = {"sender": by.gln, "receiver": world.retailer.gln}
        assert attempt(world, by, Act.HAND_OVER, {lot: amount}, **names) == "illegal-transition"
    assert attempt(world, world.carrier, Act.SELL, {lot: 61}) == "illegal-transition"
    do(world, world.carrier, Act.SELL, {lot: 60})
    do(world, world.maker, Act.DESTROY, {lot: 40})
    assert world.goods(lot).situation is S.ENDED


def test_a_part_of_a_lot_becomes_something_else_and_the_rest_goes_on() -> None:
    world, lot = made()
    out = World.item("OUT")
    do(world, world.maker, Act.TRANSFORM, {lot: 60}, outputs={out: 1})
    assert world.goods(lot).holdings == {with_(world.maker): 40}
    assert world.goods(out).custodian == world.maker.gln
    assert world.goods(out).genesis == world.goods(lot).head


def test_a_transformation_links_inputs_and_outputs_and_closes_what_is_used_up() -> None:
    world, lot = made()
    out = World.item("OUT")
    event = signed(world, world.maker, Act.TRANSFORM, {lot: 100}, outputs={out: 1})
    assert (event.link(lot).position, event.link(lot).closes) == (1, world.goods(lot).genesis)
    assert (event.link(out).position, event.link(out).previous, event.link(out).closes) == (
        0,
        None,
        None,
    )
    assert set(event.by_subject) == {lot, out}


AMOUNTS = st.decimals(min_value=Decimal("0.1"), max_value=40, places=1)


@settings(max_examples=25, deadline=None)
@given(
    st.lists(
        st.tuples(st.sampled_from([Act.SELL, Act.DESTROY, Act.DECOMMISSION, Act.PACK]), AMOUNTS)
    )
)
def test_what_is_held_and_what_is_gone_is_always_what_there_was(
    steps: list[tuple[Act, Decimal]],
) -> None:
    world, lot = made()
    gone = Decimal(0)
    for kind, amount in steps:
        left = world.goods(lot).holdings.get(with_(world.maker), Decimal(0))
        options = {"parent": PALLET} if kind is Act.PACK else {}
        accepted = attempt(world, world.maker, kind, {lot: amount}, **options) == "accepted"
        assert accepted == (amount <= left)
        if accepted and kind is not Act.PACK:
            gone += amount
    now = world.goods(lot)
    assert sum(now.holdings.values()) + gone == 100
    assert (now.ended_by is not None) == (gone == 100)
    assert now.holdings.get(PALLET, 0) == world.goods(PALLET).contents


# --- returns ------------------------------------------------------------------------


def test_a_part_of_what_was_sold_comes_back_to_the_maker_and_opens_the_loop() -> None:
    world, lot = made()
    given_to(world, world.maker, world.retailer, {lot: 100})
    do(world, world.retailer, Act.SELL, {lot: 100})
    event = signed(world, world.maker, Act.RETURN, {lot: 30})
    assert event.link(lot).closes is None
    assert verdict(world, event) == "accepted"
    assert world.goods(lot).holdings == {with_(world.maker): 30}
    assert world.goods(lot).sold == 70
    assert world.goods(lot).ended_by is None


def test_what_comes_back_whole_to_the_maker_ends_there() -> None:
    world, lot = made()
    given_to(world, world.maker, world.retailer, {lot: 100})
    do(world, world.retailer, Act.SELL, {lot: 100})
    event = signed(world, world.maker, Act.RETURN, {lot: 100})
    assert event.link(lot).closes == world.goods(lot).genesis
    assert verdict(world, event) == "accepted"
    assert world.goods(lot).situation is S.ENDED
    assert world.goods(lot).sold == 0
    assert not world.goods(lot).holdings
    assert attempt(world, world.maker, Act.RETURN, {lot: 1}) == "illegal-transition"


# --- overlays, and folds that do not fit --------------------------------------------


@pytest.mark.parametrize("kind", [Act.RECALL, Act.REPORT_STOLEN, Act.OBSERVE, Act.CORRECT])
def test_what_is_only_said_moves_nothing(kind: Act) -> None:
    world = World()
    situate(world, S.WITH_CUSTODIAN)
    wrong = world.documents[-1]["credentialSubject"]
    before = world.goods(ITEM)
    do(world, world.maker, kind, ITEM, corrects=wrong if kind is Act.CORRECT else None)
    after = world.goods(ITEM)
    assert (after.holdings, after.situation, after.pending) == (
        before.holdings,
        before.situation,
        before.pending,
    )
    assert (after.recalled, after.stolen) == (kind is Act.RECALL, kind is Act.REPORT_STOLEN)
    assert after.position == before.position + 1


def test_a_correction_belongs_to_who_signed_the_wrong_event() -> None:
    world = World()
    situate(world, S.WITH_CUSTODIAN)
    wrong = world.documents[-1]["credentialSubject"]
    given_to(world, world.maker, world.carrier, ITEM)
    assert attempt(world, world.carrier, Act.CORRECT, ITEM, corrects=wrong) == "not-permitted"
    do(world, world.maker, Act.CORRECT, ITEM, corrects=wrong)
    assert world.goods(ITEM).custodian == world.carrier.gln


def test_an_act_on_goods_does_not_fold_into_a_registry_nor_a_claim_into_goods() -> None:
    world = World()
    situate(world, S.WITH_CUSTODIAN)
    act = signed(world, world.maker, Act.OBSERVE, ITEM)
    with pytest.raises(errors.IllegalTransition):
        transition.apply(world.states[world.maker.uri], act, ITEM)


def test_times_of_a_chain_never_run_backwards_in_its_state() -> None:
    world = World()
    situate(world, S.WITH_CUSTODIAN)
    newest = world.goods(ITEM).last_time
    do(world, world.maker, Act.OBSERVE, ITEM, time=START)
    assert world.goods(ITEM).last_time == newest
