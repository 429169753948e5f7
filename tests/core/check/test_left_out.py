"""Later events that are left out of a bundle: no proof shows it, so the result says as of
which tree head it is.
"""

from typing import Any

from provenance.core.check import bundle, report
from provenance.core.check.result import Result, Verdict
from provenance.core.record.vocabulary import Act
from provenance.core.signing import canonical
from tests.cast import ITEM
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


def test_nothing_anchored_is_as_of_no_tree_head() -> None:
    world = World().journey()
    held = world.bundle(ITEM, anchored=0)
    result = bundle.check(held, world.trust, now=world.clock)
    assert said(world, result)[-2] == f"as of no tree head, since nothing is anchored yet: {OTHERS}"
