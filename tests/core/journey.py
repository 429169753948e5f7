"""One item's journey from Shanghai to Rotterdam, and what a check of its bundle
found.
"""

from typing import Any

from provenance.core.check import bundle
from provenance.core.check.result import Outcome, Result, Verdict
from provenance.core.record.event import Customs
from provenance.core.record.kinds import Kind
from tests.core import minilog
from tests.core.minilog import CN, NL, Cast


def travelled(*, until: Kind | None = None) -> Cast:
    """An item that went by pallet from Shanghai to Rotterdam, was cleared on both sides
    and sold; or part of it.
    """
    cast = minilog.cast()
    world, item, pallet = cast.world, cast.item, cast.pallet
    world.act(cast.maker, Kind.COMMISSION, item, place=CN, lot="L-1")
    world.act(cast.maker, Kind.COMMISSION, pallet, place=CN)
    world.act(cast.maker, Kind.PACK, item, parent=pallet, place=CN)
    if until is Kind.PACK:
        return cast
    world.hand_over(cast.maker, cast.carrier, pallet, CN)
    world.act(
        cast.customs_cn,
        Kind.CHECKPOINT,
        pallet,
        place=CN,
        customs=Customs("export", "cleared", "CNSHA"),
    )
    if until is Kind.CHECKPOINT:
        return cast
    world.act(
        cast.customs_nl,
        Kind.CHECKPOINT,
        pallet,
        place=NL,
        customs=Customs("import", "cleared", "NLRTM"),
    )
    world.hand_over(cast.carrier, cast.retailer, pallet, NL)
    world.act(cast.retailer, Kind.UNPACK, item, parent=pallet, place=NL)
    if until is Kind.UNPACK:
        return cast
    world.act(cast.retailer, Kind.SELL, item, place=NL)
    return cast


def run(cast: Cast, held: dict[str, Any] | None = None, **options: Any) -> Result:
    held = held if held is not None else cast.world.bundle(cast.item, **options)
    return bundle.check(held, cast.world.trust, now=cast.world.clock)


def failed(result: Result) -> tuple[int, str]:
    """Number and code of the one failed step; every earlier one passed and every later
    one was not run.
    """
    number = next(step.number for step in result.steps if step.outcome is Outcome.FAILED)
    assert all(step.outcome is Outcome.OK for step in result.steps[:number])
    assert all(step.outcome is Outcome.SKIPPED for step in result.steps[number + 1 :])
    assert result.verdict is Verdict.BROKEN_RECORD
    assert [step.number for step in result.steps] == list(range(9))
    return number, result.steps[number].code


def codes(result: Result) -> set[str]:
    return {str(reason.code) for reason in result.reasons}
