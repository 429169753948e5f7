"""Where the database's guards are gone (F08): a chain forked or cut through SQL is
BROKEN_RECORD, and never green.
"""

import re
from collections.abc import Callable

import pytest
from django.db import connection
from django.test import Client

from provenance.core import gs1
from provenance.core.check.result import Verdict
from provenance.core.record import reading
from provenance.core.record.event import Link
from provenance.core.record.vocabulary import Act
from provenance.core.signing import canonical
from provenance.models import ChainLink, Event, Subject
from provenance.services import ledger
from provenance.services.check import verification, visibility
from provenance.services.ledger import fsck
from provenance.services.record import capture
from tests import cast, rows, soundness
from tests.captured import Captured
from tests.faults import recording


def put(raw: bytes, *, position: int | None = None) -> Event:
    """Store a signed event and its links, as somebody would who has the database in
    their hands.
    """
    read = reading.read(canonical.parse(raw), canonical.digest(raw))
    event = Event.objects.create(**rows.row_of(read))
    for link in read.links:
        ChainLink.objects.create(
            event=event,
            subject=Subject.objects.get(uri=link.subject),
            previous=link.previous,
            position=link.position if position is None else position,
        )
    return event


def at(item: str, position: int) -> str:
    """Digest of the first event at a place of a chain."""
    link = ChainLink.objects.filter(subject__uri=item, position=position).order_by("id").first()
    assert link is not None
    return link.event.digest


def twin(world: Captured, item: str, position: int) -> bytes:
    """Another event of the carrier for a place that is taken: signed by the right key,
    all in order but for that.
    """
    link = Link(item, position, at(item, position - 1))
    return world.signed(world.carrier, Act.OBSERVE, item, links=[link], place=cast.NL)


def same_place(world: Captured, item: str) -> None:
    put(twin(world, item, 3))


def same_place_and_the_head_moved(world: Captured, item: str) -> None:
    digest = put(twin(world, item, 3)).digest
    Subject.objects.filter(uri=item).update(head_digest=digest)


def same_place_and_in_the_ledger(world: Captured, item: str) -> None:
    put(twin(world, item, 3))
    ledger.anchor_pending()


def same_place_and_carried_on(world: Captured, item: str) -> None:
    first = put(twin(world, item, 3))
    raw = world.signed(world.carrier, Act.OBSERVE, item, links=[Link(item, 4, first.digest)])
    second = put(raw)
    Subject.objects.filter(uri=item).update(head_digest=second.digest, head_position=4)
    ledger.anchor_pending()


def same_successor_at_a_later_place(world: Captured, item: str) -> None:
    digest = put(twin(world, item, 3), position=4).digest
    Subject.objects.filter(uri=item).update(head_digest=digest, head_position=4)


def two_beginnings(world: Captured, item: str) -> None:
    put(world.signed(world.maker, Act.COMMISSION, item, links=[Link(item, 0, None)], lot="L-2"))


def one_out_of_the_middle(world: Captured, item: str) -> None:
    soundness.forget(at(item, 2))


def the_last_one_away(world: Captured, item: str) -> None:
    soundness.forget(at(item, 3))


def the_first_one_away(world: Captured, item: str) -> None:
    soundness.forget(at(item, 0))


def only_a_link_away(world: Captured, item: str) -> None:
    soundness.unguarded(
        "DELETE FROM provenance_chainlink USING provenance_subject s"
        " WHERE s.id = subject_id AND uri = %s AND position = 2",
        item,
    )


def the_gap_closed_up(world: Captured, item: str) -> None:
    before = at(item, 1)
    soundness.forget(at(item, 2))
    soundness.unguarded(
        "UPDATE provenance_chainlink SET position = 2, previous = %s FROM provenance_subject s"
        " WHERE s.id = subject_id AND uri = %s AND position = 3",
        before,
        item,
    )
    Subject.objects.filter(uri=item).update(head_position=2)


def an_event_no_key_signed(world: Captured, item: str) -> None:
    put(world.signed(world.carrier, Act.OBSERVE, item, key=world.mallory.private))
    Subject.objects.filter(uri=item).update(head_position=4, head_digest=at(item, 4))


BREAKS: list[Callable[[Captured, str], None]] = [
    same_place,
    same_place_and_the_head_moved,
    same_place_and_in_the_ledger,
    same_place_and_carried_on,
    same_successor_at_a_later_place,
    two_beginnings,
    one_out_of_the_middle,
    the_last_one_away,
    the_first_one_away,
    only_a_link_away,
    the_gap_closed_up,
    an_event_no_key_signed,
]


@pytest.fixture
def without_guards(world: Captured) -> str:
    """The chains' unique indexes are dropped: in this test's transaction, which is
    rolled back.
    """
    item = recording.travelled(world)
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        for name in ("one_event_per_position", "one_successor_per_event"):
            cursor.execute(f"ALTER TABLE provenance_chainlink DROP CONSTRAINT {name}")
    assert verification.check(item).verdict is Verdict.RECORDS_CHECK_OUT
    return item


def assert_broken(uri: str) -> None:
    """Check and page, where strangers have one, say that the record is broken."""
    result = verification.check(uri)
    assert result.verdict is Verdict.BROKEN_RECORD, result.steps
    if not visibility.is_open(uri):
        return
    page = Client().get(gs1.parse_subject(uri).path).content.decode()
    assert re.findall(r'class="card verdict (\w+)"', page) == ["red"]


@pytest.mark.parametrize("damage", BREAKS)
def test_a_chain_that_was_broken_through_sql_is_never_shown_as_whole(
    world: Captured, without_guards: str, damage: Callable[[Captured, str], None]
) -> None:
    damage(world, without_guards)
    assert_broken(without_guards)
    with pytest.raises(fsck.FirstFault):
        fsck.check()


def test_an_act_that_nobody_may_do_is_broken_however_well_it_is_signed(
    world: Captured, without_guards: str
) -> None:
    put(world.signed(world.mallory, Act.SELL, without_guards))
    Subject.objects.filter(uri=without_guards).update(
        head_position=4, head_digest=at(without_guards, 4)
    )
    ledger.anchor_pending()
    assert_broken(without_guards)


def test_a_forked_chain_stays_broken_whatever_comes_after(
    world: Captured, without_guards: str
) -> None:
    same_place(world, without_guards)
    capture.capture([world.signed(world.carrier, Act.OBSERVE, without_guards)])
    capture.capture([world.signed(world.carrier, Act.SELL, without_guards)])
    ledger.anchor_pending()
    assert_broken(without_guards)


def test_what_travelled_in_a_forked_unit_is_broken_too(
    world: Captured, without_guards: str
) -> None:
    unit = world.unit(1)
    world.act(world.carrier, Act.COMMISSION, unit)
    world.act(world.carrier, Act.PACK, without_guards, parent=unit)
    ledger.anchor_pending()
    assert verification.check(without_guards).verdict is Verdict.RECORDS_CHECK_OUT
    put(world.signed(world.carrier, Act.OBSERVE, unit, links=[Link(unit, 1, at(unit, 0))]))
    assert_broken(unit)
    assert_broken(without_guards)


def test_other_goods_are_not_touched_by_a_fork(world: Captured, without_guards: str) -> None:
    other = world.item("A2")
    world.act(world.maker, Act.COMMISSION, other)
    same_place_and_in_the_ledger(world, without_guards)
    assert_broken(without_guards)
    assert verification.check(other).verdict is Verdict.RECORDS_CHECK_OUT
