"""The times that signers date their events with, against each other and against the
verifier's own clock.
"""

import contextlib
import io
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from provenance.core import __main__, gs1
from provenance.core.check import bundle
from provenance.core.check import trust as trust_file
from provenance.core.check.result import Result, Verdict
from provenance.core.record.lateness import CLOCK_SKEW
from provenance.core.record.vocabulary import Act
from tests.cast import BRANDED, GTIN, ITEM, a_product
from tests.core.check.checking import codes, failed, run
from tests.world import World

SECOND = timedelta(seconds=1)
IN_2090 = datetime(2090, 1, 1, tzinfo=UTC)


def observed(*, happened: timedelta, signed: timedelta) -> Result:
    """The result of an item's observation that happened and was signed so long after now."""
    world = World()
    world.act(world.maker, Act.COMMISSION, ITEM)
    now = world.tick()
    times = {"time": now + happened, "created": now + signed}
    world.act(world.maker, Act.OBSERVE, ITEM, **times)
    return bundle.check(world.bundle(ITEM), world.trust, now=now)


@pytest.mark.parametrize("early", [timedelta(days=2), CLOCK_SKEW + SECOND], ids=str)
def test_what_was_signed_before_it_happened_was_not_allowed(early: timedelta) -> None:
    assert failed(observed(happened=timedelta(0), signed=-early)) == (4, "signed-too-early")


def test_clocks_may_differ_by_five_minutes() -> None:
    assert timedelta(minutes=5) == CLOCK_SKEW
    result = observed(happened=CLOCK_SKEW, signed=timedelta(0))
    assert result.verdict is Verdict.RECORDS_CHECK_OUT


def test_a_claim_signed_before_its_time_was_not_allowed_either() -> None:
    world = World()
    product, later = gs1.product_uri(BRANDED), world.clock + timedelta(days=2)
    members = a_product(world.maker)
    world.claim(world.maker, Act.PRODUCT_REGISTERED, product, time=later, **members)
    assert failed(run(world, subject=product)) == (4, "signed-too-early")


@pytest.mark.parametrize(
    ("happened", "signed", "ahead"),
    [
        (CLOCK_SKEW, CLOCK_SKEW, False),
        (CLOCK_SKEW + SECOND, CLOCK_SKEW + SECOND, True),
        (timedelta(0), CLOCK_SKEW + SECOND, True),
        (CLOCK_SKEW + SECOND, SECOND, True),
    ],
    ids=["within", "beyond", "signed beyond", "happened beyond"],
)
def test_an_event_dated_after_the_verifiers_clock_is_not_green(
    happened: timedelta, signed: timedelta, *, ahead: bool
) -> None:
    result = observed(happened=happened, signed=signed)
    assert result.verdict is (Verdict.CHECK_NEEDED if ahead else Verdict.RECORDS_CHECK_OUT)
    assert [(r.code, dict(r.params)) for r in result.reasons] == (
        [("dated-ahead", {"count": "1"})] if ahead else []
    )


@pytest.mark.parametrize("subject", [ITEM, gs1.product_uri(GTIN), World.maker.uri])
def test_every_chain_that_the_record_rests_on_is_held_against_the_clock(subject: str) -> None:
    world = World().journey()
    held = world.bundle(subject)
    result = bundle.check(held, world.trust, now=world.events[0].created - timedelta(days=1))
    assert result.verdict is Verdict.CHECK_NEEDED
    assert codes(result) >= {"dated-ahead"}


def test_the_command_has_a_clock_of_its_own(tmp_path: Path) -> None:
    world = World(start=IN_2090).journey()
    file, trust = tmp_path / "bundle.json", tmp_path / "trust.json"
    file.write_bytes(bundle.format(world.bundle(ITEM)))
    trust.write_bytes(trust_file.format(world.trust))
    with contextlib.redirect_stdout(io.StringIO()) as out:
        status = __main__.main([str(file), "--trust", str(trust), "--expect", ITEM])
    lines = out.getvalue().splitlines()
    assert (status, lines[-1]) == (1, "CHECK_NEEDED")
    count = len(world.bundle(ITEM)["records"])
    at = lines.index("reason: dated-ahead")
    assert lines[at + 1] == f" count: {count}"
