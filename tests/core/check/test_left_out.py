"""Later events that are left out of a bundle: no proof shows it, so the result says as of
which tree head it is, and names the lot whose chain is not there.
"""

from typing import Any

import pytest

from provenance.core.check import bundle, report
from provenance.core.check.result import Lot, Result, StepOutcome, Verdict
from provenance.core.record.vocabulary import Act
from provenance.core.signing import canonical
from tests.cast import ITEM, LOT
from tests.core.check.checking import run
from tests.world import World

OTHERS = "whoever gave you this can have left out later events; ask the service, or another holder"


def without(world: World, *digests: str) -> dict[str, Any]:
    """The world's bundle about the item, all proofs under its newest tree head, with
    these events cut out.
    """
    held = world.bundle(ITEM)
    kept = [
        entry
        for entry in held["records"]
        if canonical.digest(canonical.serialize(entry["document"])) not in digests
    ]
    assert len(held["records"]) - len(kept) == len(digests)
    return held | {"records": kept}


def said(world: World, result: Result) -> list[str]:
    """The lines of the command's report."""
    facts = report.facts(result, world.trust, expected=ITEM, compared=True)
    return report.lines(facts)


def recalled_lot() -> tuple[World, list[str]]:
    """An item of a lot that was recalled, and the digests of the lot's own events."""
    world = World().journey(lot="L-1")
    begun = world.act(world.maker, Act.COMMISSION, {LOT: 100})
    return world, [begun, world.act(world.maker, Act.RECALL, {LOT: 100})]


def test_a_cut_recall_checks_as_of_its_tree_head() -> None:
    world = World().journey()
    signed = canonical.format_timestamp(world.events[-1].created)
    recall = world.act(world.maker, Act.RECALL, ITEM)
    assert run(world).verdict is Verdict.RECALLED
    result = run(world, without(world, recall))
    assert result.verdict is Verdict.RECORDS_CHECK_OUT
    *_, as_of, answer = said(world, result)
    assert answer == "RECORDS_CHECK_OUT"
    assert as_of.startswith(f"as of tree head {len(world.events)} of {signed} or later")
    assert as_of.endswith(f": {OTHERS}")


def test_a_cut_lot_is_named_with_a_warning() -> None:
    world, lot = recalled_lot()
    whole = run(world)
    assert (whole.verdict, whole.lot) == (Verdict.RECALLED, Lot(LOT, present=True))
    result = run(world, without(world, *lot))
    assert (result.verdict, result.lot) == (Verdict.RECORDS_CHECK_OUT, Lot(LOT, present=False))
    assert (result.steps[8].outcome, result.steps[8].code) == (StepOutcome.WARNING, "lot-absent")
    lines = said(world, result)
    assert f"lot: {LOT}, whose own record is not here" in lines
    assert any(line.startswith("(8) overlays: warning lot-absent: ") for line in lines)
    assert f"lot: {LOT}, whose own record is here too" in said(world, whole)


def test_a_lot_without_a_record_of_its_own_is_the_same_and_accuses_nobody() -> None:
    world = World().journey(lot="L-1")
    result = run(world)
    assert (result.verdict, result.reasons) == (Verdict.RECORDS_CHECK_OUT, ())
    assert result.lot == Lot(LOT, present=False)


def test_a_stop_comes_before_the_warning() -> None:
    world = World().journey(lot="L-1")
    world.act(world.maker, Act.RECALL, ITEM)
    result = run(world)
    assert (result.steps[8].outcome, result.steps[8].code) == (StepOutcome.FAILED, "recalled")
    assert result.lot == Lot(LOT, present=False)


@pytest.mark.parametrize("subject", [ITEM, LOT], ids=["an item of no lot", "a lot"])
def test_what_names_no_lot_has_none(subject: str) -> None:
    world = World().journey()
    world.act(world.maker, Act.COMMISSION, {LOT: 100})
    result = run(world, subject=subject)
    assert result.lot is None
    assert result.steps[8].outcome is StepOutcome.OK


def test_the_recall_of_a_lot_reaches_items_made_from_other_goods() -> None:
    world = World()
    made, source = World.item("OUT"), World.lot("RAW")
    world.act(world.maker, Act.COMMISSION, {source: 10})
    world.act(world.maker, Act.COMMISSION, {LOT: 100})
    world.act(world.maker, Act.TRANSFORM, {source: 10}, outputs={made: 1}, lot="L-1")
    world.act(world.maker, Act.RECALL, {LOT: 100})
    result = run(world, subject=made)
    assert (result.verdict, result.lot) == (Verdict.RECALLED, Lot(LOT, present=True))
    assert run(world, subject=source).verdict is Verdict.ENDED


def test_nothing_anchored_is_as_of_no_tree_head() -> None:
    world = World().journey()
    held = world.bundle(ITEM, anchored=0)
    result = bundle.check(held, world.trust, now=world.clock)
    assert said(world, result)[-2] == f"as of no tree head, since nothing is anchored yet: {OTHERS}"
