"""The result of a check, as tests look at it."""

from typing import Any

from provenance.core.check import bundle
from provenance.core.check.result import Result, StepOutcome, Verdict
from tests.cast import ITEM
from tests.world import World


def run(
    world: World, held: dict[str, Any] | None = None, *, subject: str = ITEM, **options: Any
) -> Result:
    """The check of the bundle `held`, or of the world's own about the item."""
    held = held if held is not None else world.bundle(subject, **options)
    return bundle.check(held, world.trust, now=world.clock)


def failed(result: Result) -> tuple[int, str]:
    """Number and code of the one failed step; every earlier one passed and every later
    one was not run.
    """
    number = next(step.number for step in result.steps if step.outcome is StepOutcome.FAILED)
    assert all(step.outcome is StepOutcome.OK for step in result.steps[:number])
    assert all(step.outcome is StepOutcome.SKIPPED for step in result.steps[number + 1 :])
    assert result.verdict is Verdict.BROKEN_RECORD
    assert [step.number for step in result.steps] == list(range(9))
    return number, result.steps[number].code


def codes(result: Result) -> set[str]:
    """The codes of its reasons."""
    return {str(reason.code) for reason in result.reasons}
