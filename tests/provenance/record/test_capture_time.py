"""The times of capture: late events, fast and slow clocks, and clocks that step back."""

from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone

from provenance.core.record.vocabulary import Act
from provenance.models import ChainLink, Event
from provenance.services.record import capture
from tests import cast
from tests.captured import Captured, refused

pytestmark = pytest.mark.usefixtures("rebuilds_clean")


@pytest.mark.parametrize(
    ("ahead", "signed_ahead", "code"),
    [
        (299, 0, ""),
        (301, 0, "time-ahead"),
        (0, 301, "time-ahead"),
        (86_400, 86_400, "time-ahead"),
        (-86_400, -86_400, ""),
    ],
    ids=["within", "beyond", "signed beyond", "a day ahead", "a day behind"],
)
def test_a_clock_may_be_five_minutes_ahead_and_as_slow_as_it_likes(
    world: Captured, ahead: int, signed_ahead: int, code: str
) -> None:
    with time_machine.travel(timezone.now() + timedelta(minutes=1), tick=False):
        now = timezone.now()
        raw = world.signed(
            world.maker,
            Act.COMMISSION,
            world.item("A1"),
            time=now + timedelta(seconds=ahead),
            created=now + timedelta(seconds=signed_ahead),
        )
        if not code:
            capture.capture_one(raw)
            return
        with refused(code) as caught:
            capture.capture_one(raw)
        assert caught.value.extra["server_time"] == now.isoformat()


@pytest.mark.parametrize("early", [300, 301, 172_800], ids=["within", "beyond", "two days"])
def test_what_is_signed_before_it_happened_is_refused(world: Captured, early: int) -> None:
    now = timezone.now()
    times = {"time": now, "created": now - timedelta(seconds=early)}
    if early == 300:
        world.act(world.maker, Act.COMMISSION, world.item("A1"), **times)
        return
    stored = Event.objects.count()
    with refused("signed-too-early"):
        capture.capture_one(world.signed(world.maker, Act.COMMISSION, world.item("A1"), **times))
    assert Event.objects.count() == stored


def late(digest: str) -> bool:
    return Event.objects.get(digest=digest).late


def test_an_event_before_the_one_it_follows_is_late_and_the_order_is_the_chains(
    world: Captured,
) -> None:
    item, now = world.item("A1"), timezone.now()
    assert not late(world.act(world.maker, Act.COMMISSION, item, time=now))
    assert late(world.act(world.maker, Act.OBSERVE, item, time=now - timedelta(hours=1)))
    assert not late(world.act(world.maker, Act.OBSERVE, item, time=now))
    positions = ChainLink.objects.filter(subject__uri=item).order_by("event__recorded_at")
    assert [link.position for link in positions] == [0, 1, 2]


@pytest.mark.parametrize(("hours", "expected"), [(71, False), (73, True)])
def test_an_event_recorded_long_after_it_happened_is_late(
    world: Captured, hours: int, expected: bool
) -> None:
    then = timezone.now() - timedelta(hours=hours)
    assert late(world.act(world.maker, Act.COMMISSION, world.item("S"), time=then)) is expected
    assert (
        late(world.act(world.maker, Act.COMMISSION, world.item("R"), time=then, created=then))
        is expected
    )


def test_the_order_of_a_chain_survives_a_clock_that_steps_back(world: Captured) -> None:
    item, now = world.item("A1"), timezone.now()
    with time_machine.travel(now + timedelta(hours=5)):
        world.act(world.maker, Act.COMMISSION, item)
    with time_machine.travel(now + timedelta(minutes=1)):
        world.act(world.maker, Act.OBSERVE, item, time=now)
        revoked = world.claim(
            world.registrar,
            Act.KEY_REVOKED,
            cast.key_uri(world.mallory.private),
            reason="compromised",
        )
    order = list(Event.objects.order_by("recorded_at", "id").values_list("kind", flat=True))
    assert order[-3:] == ["commission", "observe", "key_revoked"]
    assert Event.objects.get(digest=revoked).recorded_at > now + timedelta(hours=5)
