"""Clocks that lie, and clocks that jump (F05, F06): what is late says so, and the order
is the chain's.
"""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.utils import timezone

from provenance.core import gs1
from provenance.core.check.result import Verdict
from provenance.core.record.vocabulary import Act
from provenance.models import ChainLink, Event, TreeHead
from provenance.services import ledger
from provenance.services.check import verification
from provenance.services.record import capture
from provenance.views.verify import format as format_
from tests import cast
from tests.api import client
from tests.captured import Captured
from tests.faults import recording

pytestmark = pytest.mark.usefixtures("ends_sound")
DAY = timedelta(days=1)


@pytest.fixture
def item(world: Captured) -> str:
    """An item that began an hour ago and is in the ledger."""
    item = world.item("A1")
    world.act(world.maker, Act.COMMISSION, item, time=timezone.now() - timedelta(hours=1))
    ledger.anchor_pending()
    assert verification.check(item).verdict is Verdict.RECORDS_CHECK_OUT
    return item


@pytest.mark.parametrize(
    ("ago", "code"),
    [(timedelta(hours=2), "out-of-order"), (timedelta(days=4), "signed-late")],
    ids=["by the chain", "by the clock"],
)
def test_a_back_dated_event_is_late_and_shows_both_times(
    world: Captured, item: str, ago: timedelta, code: str
) -> None:
    happened = timezone.now() - ago
    digest = world.act(world.maker, Act.OBSERVE, item, time=happened)
    ledger.anchor_pending()
    event = Event.objects.get(digest=digest)
    assert event.late
    assert abs(event.event_time - happened) < timedelta(milliseconds=1)
    result = verification.check(item)
    assert (result.verdict, [reason.code for reason in result.reasons]) == (
        Verdict.CHECK_NEEDED,
        [code],
    )
    assert [entry.late for entry in result.history if entry.event.digest == digest] == [code]
    page = Client().get(gs1.parse_subject(item).path).content.decode()
    assert format_.moment(event.event_time).local in page
    assert format_.moment(event.created).local in page


def test_who_back_dates_act_and_signature_alike_is_late_by_our_clock(
    world: Captured, item: str
) -> None:
    happened = timezone.now() - 30 * DAY
    digest = world.act(world.maker, Act.SELL, item, time=happened, created=happened)
    ledger.anchor_pending()
    event = Event.objects.get(digest=digest)
    assert event.late
    result = verification.check(item)
    assert (result.verdict, [reason.code for reason in result.reasons]) == (
        Verdict.CHECK_NEEDED,
        ["recorded-late"],
    )
    assert [entry.arrived_late for entry in result.history if entry.late] == [event.recorded_at]
    page = Client().get(gs1.parse_subject(item).path).content.decode()
    shown, reached_us = (
        format_.moment(time).local for time in (event.event_time, event.recorded_at)
    )
    assert f"happened {shown}, signed {shown}, reached us {reached_us} (UTC)" in page
    assert "signed in time and reached us long after: 1." in page
    assert "signed long after" not in page


def test_late_by_the_clock_alone_begins_after_the_limit(world: Captured) -> None:
    now = timezone.now()
    for hours, verdict in ((71, Verdict.RECORDS_CHECK_OUT), (73, Verdict.CHECK_NEEDED)):
        item = world.item(f"H{hours}")
        world.act(world.maker, Act.COMMISSION, item, time=now - timedelta(hours=hours))
        ledger.anchor_pending()
        assert verification.check(item).verdict is verdict


def test_what_came_late_stays_to_be_seen_after_later_events(world: Captured, item: str) -> None:
    world.act(world.maker, Act.OBSERVE, item, time=timezone.now() - 5 * DAY)
    world.act(world.maker, Act.OBSERVE, item)
    world.act(world.maker, Act.SELL, item)
    ledger.anchor_pending()
    assert verification.check(item).verdict is Verdict.CHECK_NEEDED
    links = ChainLink.objects.filter(subject__uri=item).order_by("event__ledger_index")
    assert [link.position for link in links] == [0, 1, 2, 3]


# --- clients' clocks ----------------------------------------------------------------


def test_a_clock_a_day_ahead_is_answered_with_our_time(world: Captured, item: str) -> None:
    now = timezone.now()
    caller = client.Caller(world.maker.gln, client.api_key(world.maker.gln))
    choices: list[dict[str, Any]] = [
        {"time": now + DAY},
        {"created": now + DAY},
        {"time": now + DAY, "created": now + DAY},
    ]
    for times in choices:
        raw = world.signed(world.maker, Act.OBSERVE, item, **times)
        assert recording.refusal(raw).code == "time-ahead"
        answer = caller.post("/events", raw)
        assert (answer.status_code, answer.json()["code"]) == (422, "time-ahead")
        said = datetime.fromisoformat(answer.json()["server_time"])
        assert timedelta(0) <= said - now < timedelta(minutes=1)


def test_a_claim_from_a_clock_a_day_ahead_is_refused_too(world: Captured) -> None:
    uri = gs1.product_uri(gs1.make_gtin("952000", 300))
    raw = world.signed_claim(
        world.maker,
        Act.PRODUCT_REGISTERED,
        uri,
        time=timezone.now() + DAY,
        **cast.a_product(world.maker),
    )
    assert recording.refusal(raw).code == "time-ahead"


def test_a_clock_a_day_behind_keeps_its_own_time(world: Captured) -> None:
    """Signed offline: the device's times stay as they are, and beside them when it
    came in.
    """
    device = timezone.now() - DAY
    digest = world.act(world.maker, Act.COMMISSION, world.item("A1"), time=device, created=device)
    event = Event.objects.get(digest=digest)
    assert abs(event.event_time - device) < timedelta(milliseconds=1)
    assert abs(event.created - device) < timedelta(milliseconds=1)
    assert event.recorded_at - event.created > DAY - timedelta(minutes=1)
    assert not event.late


# --- our own clock ------------------------------------------------------------------


def test_when_our_clock_steps_back_chain_ledger_and_tree_heads_go_on(world: Captured) -> None:
    item, start = world.item("A1"), timezone.now()
    steps = [
        timedelta(hours=6),
        timedelta(0),
        timedelta(hours=3),
        timedelta(minutes=-1),
        timedelta(hours=6),
    ]
    for number, step in enumerate(steps):
        with time_machine.travel(start + step):
            world.act(world.maker, Act.OBSERVE if number else Act.COMMISSION, item, time=start)
            ledger.anchor_pending()
    events = Event.objects.filter(links__subject__uri=item).order_by("links__position")
    recorded = [event.recorded_at for event in events]
    indexes = [event.ledger_index or 0 for event in events]
    assert recorded == sorted(set(recorded))
    assert indexes == sorted(set(indexes))
    signed = list(TreeHead.objects.order_by("size").values_list("signed_at", flat=True))
    assert len(signed) == len(steps)
    assert signed == sorted(signed)
    assert verification.check(item).verdict is not Verdict.BROKEN_RECORD


def test_while_our_clock_is_behind_what_is_ahead_of_it_waits(world: Captured, item: str) -> None:
    """A right clock looks wrong to a wrong one: refused with our time, stored once our
    clock is right again.
    """
    raw = world.signed(world.maker, Act.OBSERVE, item)
    with time_machine.travel(timezone.now() - timedelta(hours=1)):
        error = recording.refusal(raw)
        assert error.code == "time-ahead"
        assert datetime.fromisoformat(error.extra["server_time"]) < datetime.now(UTC) + timedelta(
            minutes=1
        )
    capture.capture_one(raw)
