"""What acts leave behind: amounts, custody, holds and seizures, and the loop that opens
and closes.
"""

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from provenance.core import errors, gs1
from provenance.core.record import state
from provenance.core.record.event import Customs
from provenance.core.record.kinds import Kind, Role
from provenance.core.record.state import GoodsState
from tests.core import minilog
from tests.core.acting import UNIT2, Registry, S, handoff, signed, situate, verdict
from tests.core.minilog import CN, NL, Actor, Cast

HOLDS = ["cleared", "held", "seized"]


def made(amount: int = 100) -> tuple[Cast, str]:
    """A lot with its maker, and two units."""
    cast = minilog.cast()
    situate(cast, S.UNBORN)
    lot = gs1.lot_uri(cast.gtin, "L-1")
    done(cast, cast.maker, Kind.COMMISSION, {lot: amount})
    return cast, lot


def code(cast: Cast, by: Actor, kind: Kind, subjects: Any, **options: Any) -> str:
    return verdict(cast.world, signed(cast.world, by, kind, subjects, **options))


def done(cast: Cast, by: Actor, kind: Kind, subjects: Any, **options: Any) -> None:
    assert code(cast, by, kind, subjects, **options) == "accepted"


def given_to(cast: Cast, giver: Actor, taker: Actor, subjects: Any) -> None:
    names = {"sender": giver.gln, "receiver": taker.gln}
    done(cast, giver, Kind.HAND_OVER, subjects, **names)
    done(cast, taker, Kind.ACCEPT, subjects, **names)


def of(cast: Cast, uri: str) -> GoodsState:
    found = cast.world.states[uri]
    assert isinstance(found, GoodsState)
    return found


def with_(who: Actor) -> str:
    return f"gln:{who.gln}"


# --- customs ------------------------------------------------------------------------


@pytest.mark.parametrize("outcome", HOLDS)
def test_no_foreign_authority_lifts_a_hold_takes_it_over_or_seizes_past_it(outcome: str) -> None:
    cast = minilog.cast()
    situate(cast, S.HELD)
    customs = Customs("import", outcome)
    assert (
        code(cast, cast.customs_nl, Kind.CHECKPOINT, cast.item, place=NL, customs=customs)
        == "not-permitted"
    )
    assert of(cast, cast.item).customs_hold_by == cast.customs_cn.gln


@pytest.mark.parametrize("outcome", ["sampled", "refused", None])
def test_a_foreign_authority_may_look_at_what_is_held(outcome: str | None) -> None:
    cast = minilog.cast()
    situate(cast, S.HELD)
    done(
        cast,
        cast.customs_nl,
        Kind.CHECKPOINT,
        cast.item,
        place=NL,
        customs=Customs("import", outcome),
    )
    assert of(cast, cast.item).customs_hold_by == cast.customs_cn.gln


def test_another_authority_of_the_same_country_lifts_a_hold() -> None:
    cast = minilog.cast()
    second = cast.world.party(minilog.actor(8), "Ningbo Customs", "CN", Role.CUSTOMS_AUTHORITY)
    situate(cast, S.HELD)
    done(cast, second, Kind.CHECKPOINT, cast.item, customs=Customs("export", "cleared"))
    assert of(cast, cast.item).situation is S.WITH_CUSTODIAN


def test_a_hold_waits_for_the_handoff_and_the_handoff_for_the_hold() -> None:
    cast = minilog.cast()
    situate(cast, S.HANDED_OVER)
    done(cast, cast.customs_cn, Kind.CHECKPOINT, cast.item, customs=Customs("export", "held"))
    assert code(cast, cast.carrier, Kind.ACCEPT, cast.item, **handoff(cast)) == "illegal-transition"
    done(cast, cast.customs_cn, Kind.CHECKPOINT, cast.item, customs=Customs("export", "cleared"))
    done(cast, cast.carrier, Kind.ACCEPT, cast.item, **handoff(cast))
    assert of(cast, cast.item).custodian == cast.carrier.gln


def test_what_was_packed_when_it_was_held_stays_in_its_unit() -> None:
    cast = minilog.cast()
    situate(cast, S.PACKED)
    done(cast, cast.customs_cn, Kind.CHECKPOINT, cast.item, customs=Customs("export", "held"))
    assert (
        code(cast, cast.maker, Kind.UNPACK, cast.item, parent=cast.pallet) == "illegal-transition"
    )
    done(cast, cast.customs_cn, Kind.CHECKPOINT, cast.item, customs=Customs("export", "cleared"))
    done(cast, cast.maker, Kind.UNPACK, cast.item, parent=cast.pallet)


@pytest.mark.parametrize("situation", [S.PACKED, S.HELD], ids=["packed", "packed and held"])
def test_what_is_in_a_unit_is_not_seized_its_unit_is(situation: S) -> None:
    cast = minilog.cast()
    situate(cast, S.PACKED)
    if situation is S.HELD:
        done(cast, cast.customs_cn, Kind.CHECKPOINT, cast.item, customs=Customs("export", "held"))
    seized = {"customs": Customs("export", "seized")}
    assert code(cast, cast.customs_cn, Kind.CHECKPOINT, cast.item, **seized) == "illegal-transition"
    done(cast, cast.customs_cn, Kind.CHECKPOINT, cast.pallet, **seized)
    assert Registry(cast.world).holder(cast.pallet) == cast.customs_cn.gln


def test_a_lot_that_is_packed_in_part_is_not_seized_over_its_units_head() -> None:
    cast, lot = made()
    done(cast, cast.maker, Kind.PACK, {lot: 60}, parent=cast.pallet)
    seized = {"customs": Customs("export", "seized")}
    assert (
        code(cast, cast.customs_cn, Kind.CHECKPOINT, {lot: 100}, **seized) == "illegal-transition"
    )
    assert of(cast, lot).holdings == {with_(cast.maker): 40, cast.pallet: 60}


def test_destroying_a_part_of_what_was_seized_leaves_the_rest_seized() -> None:
    cast, lot = made()
    done(cast, cast.customs_cn, Kind.CHECKPOINT, {lot: 100}, customs=Customs("export", "seized"))
    done(cast, cast.customs_cn, Kind.DESTROY, {lot: 30})
    assert of(cast, lot).situation is S.SEIZED
    assert code(cast, cast.customs_cn, Kind.SELL, {lot: 70}) == "illegal-transition"
    done(cast, cast.customs_cn, Kind.DESTROY, {lot: 70})
    assert of(cast, lot).situation is S.ENDED


@pytest.mark.parametrize("kind", [Kind.REFUSE, Kind.CANCEL])
def test_what_was_seized_is_seized_again_when_its_handoff_fails(kind: Kind) -> None:
    cast = minilog.cast()
    situate(cast, S.SEIZED)
    back = {"sender": cast.customs_cn.gln, "receiver": cast.maker.gln}
    done(cast, cast.customs_cn, Kind.HAND_OVER, cast.item, **back)
    done(cast, cast.maker if kind is Kind.REFUSE else cast.customs_cn, kind, cast.item, **back)
    assert of(cast, cast.item).situation is S.SEIZED


# --- handoffs -----------------------------------------------------------------------


@pytest.mark.parametrize("kind", [Kind.ACCEPT, Kind.REFUSE])
def test_an_answer_names_who_handed_over(kind: Kind) -> None:
    cast = minilog.cast()
    situate(cast, S.HANDED_OVER)
    names = {"sender": cast.mallory.gln, "receiver": cast.carrier.gln}
    assert code(cast, cast.carrier, kind, cast.item, **names) == "illegal-transition"
    done(cast, cast.carrier, kind, cast.item, **handoff(cast))


def test_a_cancellation_names_who_would_have_received() -> None:
    cast = minilog.cast()
    situate(cast, S.HANDED_OVER)
    names = {"sender": cast.maker.gln, "receiver": cast.mallory.gln}
    assert code(cast, cast.maker, Kind.CANCEL, cast.item, **names) == "illegal-transition"
    done(cast, cast.maker, Kind.CANCEL, cast.item, **handoff(cast))


@pytest.mark.parametrize("kind", [Kind.REFUSE, Kind.CANCEL])
def test_custody_stays_with_the_giver_when_a_handoff_ends(kind: Kind) -> None:
    cast = minilog.cast()
    situate(cast, S.HANDED_OVER)
    assert of(cast, cast.item).custodian == cast.maker.gln
    assert of(cast, cast.item).pending == cast.carrier.gln
    done(
        cast, cast.carrier if kind is Kind.REFUSE else cast.maker, kind, cast.item, **handoff(cast)
    )
    assert (of(cast, cast.item).custodian, of(cast, cast.item).pending) == (cast.maker.gln, None)
    assert of(cast, cast.item).handed_over_at is None


def test_one_handoff_of_two_things_fails_whole_when_one_of_them_cannot_go() -> None:
    cast = minilog.cast()
    situate(cast, S.PACKED)
    both = {UNIT2: 1, cast.item: 1}
    assert code(cast, cast.maker, Kind.HAND_OVER, both, **handoff(cast)) == "illegal-transition"
    assert of(cast, UNIT2).pending is None


# --- containers ---------------------------------------------------------------------


def test_who_holds_what_through_nested_units() -> None:
    cast = minilog.cast()
    situate(cast, S.PACKED)
    registry = Registry(cast.world)
    done(cast, cast.maker, Kind.PACK, cast.pallet, parent=UNIT2)
    assert of(cast, cast.item).container == cast.pallet
    assert of(cast, cast.pallet).container == UNIT2
    assert of(cast, cast.pallet).contents == of(cast, UNIT2).contents == 1
    given_to(cast, cast.maker, cast.carrier, UNIT2)
    assert registry.holder(cast.pallet) == registry.holder(UNIT2) == cast.carrier.gln
    assert of(cast, cast.item).custodian is None
    done(cast, cast.carrier, Kind.UNPACK, cast.pallet, parent=UNIT2)
    done(cast, cast.carrier, Kind.UNPACK, cast.item, parent=cast.pallet)
    assert of(cast, cast.item).custodian == cast.carrier.gln
    assert of(cast, cast.pallet).contents == of(cast, UNIT2).contents == 0


@pytest.mark.parametrize("kind", [Kind.PACK, Kind.UNPACK])
@pytest.mark.parametrize("situation", [S.HANDED_OVER, S.HELD, S.SEIZED, S.PACKED])
def test_nothing_goes_into_or_out_of_a_unit_that_is_not_at_hand(kind: Kind, situation: S) -> None:
    cast = minilog.cast()
    situate(cast, S.PACKED if kind is Kind.UNPACK else S.WITH_CUSTODIAN)
    match situation:
        case S.HANDED_OVER:
            done(cast, cast.maker, Kind.HAND_OVER, cast.pallet, **handoff(cast))
        case S.PACKED:
            done(cast, cast.maker, Kind.PACK, cast.pallet, parent=UNIT2)
        case _:
            customs = Customs("export", situation.value)
            done(cast, cast.customs_cn, Kind.CHECKPOINT, cast.pallet, customs=customs)
    assert code(cast, cast.maker, kind, cast.item, parent=cast.pallet) == "illegal-transition"


def test_a_unit_counts_what_is_in_it() -> None:
    cast, lot = made()
    done(cast, cast.maker, Kind.COMMISSION, cast.item)
    done(cast, cast.maker, Kind.PACK, {lot: Decimal("60.5"), cast.item: 1}, parent=cast.pallet)
    assert of(cast, cast.pallet).contents == Decimal("61.5")
    done(cast, cast.maker, Kind.UNPACK, {lot: Decimal("60.5")}, parent=cast.pallet)
    assert code(cast, cast.maker, Kind.DESTROY, cast.pallet) == "illegal-transition"
    done(cast, cast.maker, Kind.UNPACK, cast.item, parent=cast.pallet)
    done(cast, cast.maker, Kind.DESTROY, cast.pallet)


# --- lots ---------------------------------------------------------------------------


def test_a_lot_that_two_hold_is_handed_over_by_neither() -> None:
    cast, lot = made()
    done(cast, cast.maker, Kind.PACK, {lot: 60}, parent=cast.pallet)
    given_to(cast, cast.maker, cast.carrier, cast.pallet)
    done(cast, cast.carrier, Kind.UNPACK, {lot: 60}, parent=cast.pallet)
    assert of(cast, lot).holdings == {with_(cast.maker): 40, with_(cast.carrier): 60}
    for by, amount in ((cast.maker, 40), (cast.carrier, 60), (cast.maker, 100)):
        names = {"sender": by.gln, "receiver": cast.retailer.gln}
        assert code(cast, by, Kind.HAND_OVER, {lot: amount}, **names) == "illegal-transition"
    assert code(cast, cast.carrier, Kind.SELL, {lot: 61}) == "illegal-transition"
    done(cast, cast.carrier, Kind.SELL, {lot: 60})
    done(cast, cast.maker, Kind.DESTROY, {lot: 40})
    assert of(cast, lot).situation is S.ENDED


def test_a_part_of_a_lot_becomes_something_else_and_the_rest_goes_on() -> None:
    cast, lot = made()
    out = gs1.item_uri(cast.gtin, "OUT")
    done(cast, cast.maker, Kind.TRANSFORM, {lot: 60}, outputs={out: 1})
    assert of(cast, lot).holdings == {with_(cast.maker): 40}
    assert of(cast, out).custodian == cast.maker.gln
    assert of(cast, out).genesis == of(cast, lot).head


def test_a_transformation_links_inputs_and_outputs_and_closes_what_is_used_up() -> None:
    cast, lot = made()
    out = gs1.item_uri(cast.gtin, "OUT")
    one = signed(cast.world, cast.maker, Kind.TRANSFORM, {lot: 100}, outputs={out: 1})
    assert (one.link(lot).position, one.link(lot).closes) == (1, of(cast, lot).genesis)
    assert (one.link(out).position, one.link(out).previous, one.link(out).closes) == (0, None, None)
    assert set(one.by_subject) == {lot, out}


AMOUNTS = st.decimals(min_value=Decimal("0.1"), max_value=40, places=1)


@settings(max_examples=25, deadline=None)
@given(
    st.lists(
        st.tuples(st.sampled_from([Kind.SELL, Kind.DESTROY, Kind.DECOMMISSION, Kind.PACK]), AMOUNTS)
    )
)
def test_what_is_held_and_what_is_gone_is_always_what_there_was(
    steps: list[tuple[Kind, Decimal]],
) -> None:
    cast, lot = made()
    gone = Decimal(0)
    for kind, amount in steps:
        left = of(cast, lot).holdings.get(with_(cast.maker), Decimal(0))
        options = {"parent": cast.pallet} if kind is Kind.PACK else {}
        accepted = code(cast, cast.maker, kind, {lot: amount}, **options) == "accepted"
        assert accepted == (amount <= left)
        if accepted and kind is not Kind.PACK:
            gone += amount
    now = of(cast, lot)
    assert sum(now.holdings.values()) + gone == 100
    assert (now.ended_by is not None) == (gone == 100)
    assert now.holdings.get(cast.pallet, 0) == of(cast, cast.pallet).contents


# --- returns ------------------------------------------------------------------------


def test_a_part_of_what_was_sold_comes_back_to_the_maker_and_opens_the_loop() -> None:
    cast, lot = made()
    given_to(cast, cast.maker, cast.retailer, {lot: 100})
    done(cast, cast.retailer, Kind.SELL, {lot: 100})
    one = signed(cast.world, cast.maker, Kind.RETURN, {lot: 30})
    assert one.link(lot).closes is None
    assert verdict(cast.world, one) == "accepted"
    assert of(cast, lot).holdings == {with_(cast.maker): 30}
    assert of(cast, lot).sold == 70
    assert of(cast, lot).ended_by is None


def test_what_comes_back_whole_to_the_maker_ends_there() -> None:
    cast, lot = made()
    given_to(cast, cast.maker, cast.retailer, {lot: 100})
    done(cast, cast.retailer, Kind.SELL, {lot: 100})
    one = signed(cast.world, cast.maker, Kind.RETURN, {lot: 100})
    assert one.link(lot).closes == of(cast, lot).genesis
    assert verdict(cast.world, one) == "accepted"
    assert of(cast, lot).situation is S.ENDED
    assert of(cast, lot).sold == 0
    assert not of(cast, lot).holdings
    assert code(cast, cast.maker, Kind.RETURN, {lot: 1}) == "illegal-transition"


# --- overlays, and folds that do not fit --------------------------------------------


@pytest.mark.parametrize("kind", [Kind.RECALL, Kind.REPORT_STOLEN, Kind.OBSERVE, Kind.CORRECT])
def test_what_is_only_said_moves_nothing(kind: Kind) -> None:
    cast = minilog.cast()
    situate(cast, S.WITH_CUSTODIAN)
    wrong = cast.world.documents[-1]["credentialSubject"]
    before = of(cast, cast.item)
    done(cast, cast.maker, kind, cast.item, corrects=wrong if kind is Kind.CORRECT else None)
    after = of(cast, cast.item)
    assert (after.holdings, after.situation, after.pending) == (
        before.holdings,
        before.situation,
        before.pending,
    )
    assert (after.recalled, after.stolen) == (kind is Kind.RECALL, kind is Kind.REPORT_STOLEN)
    assert after.position == before.position + 1


def test_a_correction_belongs_to_who_signed_the_wrong_event() -> None:
    cast = minilog.cast()
    situate(cast, S.WITH_CUSTODIAN)
    wrong = cast.world.documents[-1]["credentialSubject"]
    given_to(cast, cast.maker, cast.carrier, cast.item)
    assert code(cast, cast.carrier, Kind.CORRECT, cast.item, corrects=wrong) == "not-permitted"
    done(cast, cast.maker, Kind.CORRECT, cast.item, corrects=wrong)
    assert of(cast, cast.item).custodian == cast.carrier.gln


def test_an_act_on_goods_does_not_fold_into_a_registry_nor_a_claim_into_goods() -> None:
    cast = minilog.cast()
    situate(cast, S.WITH_CUSTODIAN)
    act = signed(cast.world, cast.maker, Kind.OBSERVE, cast.item)
    with pytest.raises(errors.IllegalTransition):
        state.apply(cast.world.states[cast.maker.uri], act, cast.item)


def test_times_of_a_chain_never_run_backwards_in_its_state() -> None:
    cast = minilog.cast()
    situate(cast, S.WITH_CUSTODIAN)
    newest = of(cast, cast.item).last_time
    done(cast, cast.maker, Kind.OBSERVE, cast.item, time=minilog.START, place=CN)
    assert of(cast, cast.item).last_time == newest
