"""Many writers at once, on a real database: chains never fork, nobody deadlocks for
good, and order is one order.
"""

import functools
import operator
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any

import pytest

from provenance.core import gs1
from provenance.core.record.event import Link, Place
from provenance.core.record.vocabulary import Act
from provenance.core.signing import canonical, keys
from provenance.models import ChainLink, Event, Subject
from provenance.services.record import capture, rebuild
from tests import cast, wait
from tests.captured import Captured

pytestmark = pytest.mark.django_db(transaction=True)
WRITERS = 32


def codes(results: Sequence[Any]) -> Counter[str]:
    """How many captures ended how."""
    outcomes = [result[0] if isinstance(result, list) else result for result in results]
    return Counter(
        "already" if outcome.already else "stored" if outcome.stored else outcome.error.code
        for outcome in outcomes
    )


def capturing(raw: bytes) -> Callable[[], Any]:
    return lambda: capture.capture([raw])


def test_of_32_writers_on_one_chain_one_wins_and_31_get_the_head(world: Captured) -> None:
    item = world.item("A1")
    first = world.act(world.maker, Act.COMMISSION, item)
    raws = [
        world.signed(world.maker, Act.OBSERVE, item, place=Place("CN", f"Gate {n}"))
        for n in range(WRITERS)
    ]
    results = wait.at_once([capturing(raw) for raw in raws])
    assert codes(results) == {"stored": 1, "head-moved": WRITERS - 1}
    (winner,) = (result[0].digest for result in results if result[0].stored)
    heads = {repr(result[0].error.extra["heads"]) for result in results if not result[0].stored}
    assert heads == {repr({item: {"position": 1, "digest": winner}})}
    links = ChainLink.objects.filter(subject__uri=item).order_by("position")
    assert [(link.position, link.previous) for link in links] == [(0, None), (1, first)]
    assert rebuild.rebuild() == []


def test_of_32_writers_that_begin_one_chain_one_wins(world: Captured) -> None:
    item = world.item("A1")
    raws = [
        world.signed(world.maker, Act.COMMISSION, item, lot=f"L{n}", links=[Link(item, 0, None)])
        for n in range(WRITERS)
    ]
    assert codes(wait.at_once([capturing(raw) for raw in raws])) == {
        "stored": 1,
        "head-moved": WRITERS - 1,
    }
    assert Subject.objects.get(uri=item).head_position == 0
    assert rebuild.rebuild() == []


def test_the_same_event_sent_at_once_is_stored_once(world: Captured) -> None:
    raw = world.signed(world.maker, Act.COMMISSION, world.item("A1"))
    assert codes(wait.at_once([capturing(raw)] * 8)) == {"stored": 1, "already": 7}
    assert Event.objects.filter(digest=canonical.digest(raw)).count() == 1


def test_batches_that_share_events_sent_at_once_store_each_once(world: Captured) -> None:
    items = [world.item(f"A{n}") for n in range(6)]
    raws = [world.signed(world.maker, Act.COMMISSION, item) for item in items]
    batches = [raws[:4], raws[2:], raws[::-1], raws]
    results = wait.at_once([functools.partial(capture.capture, batch) for batch in batches])
    assert codes([[outcome] for outcomes in results for outcome in outcomes]) == {
        "stored": 6,
        "already": 14,
    }
    assert Event.objects.filter(kind=Act.COMMISSION).count() == 6
    assert rebuild.rebuild() == []


def test_batches_that_cross_one_another_queue_instead_of_deadlocking(world: Captured) -> None:
    items = [world.item(f"A{n}") for n in range(20)]
    world.act(world.maker, Act.COMMISSION, items)
    forward = [world.signed(world.maker, Act.OBSERVE, item, place=cast.CN) for item in items]
    backward = [
        world.signed(world.maker, Act.OBSERVE, item, place=cast.VN) for item in reversed(items)
    ]
    batches = [forward, backward] * 4
    results = wait.at_once([lambda raws=raws: capture.capture(raws) for raws in batches])  # type: ignore[misc]
    stored = [all(outcome.stored for outcome in outcomes) for outcomes in results]
    first = [not any(outcome.already for outcome in outcomes) for outcomes in results]
    assert sum(map(operator.and_, stored, first)) == 1
    assert stored in ([True, False] * 4, [False, True] * 4)
    assert ChainLink.objects.filter(subject__uri__in=items).count() == 40


def test_an_event_and_the_revocation_of_its_key_have_one_order(world: Captured) -> None:
    """Every event under the key comes before its revocation in the order of the
    ledger.
    """
    private = keys.generate(b"k" * 32)
    enrolment = cast.enrolment(world.maker.uri, private, host=world.host)
    key = cast.key_uri(private)
    world.claim(world.registrar, Act.KEY_ADDED, key, **enrolment)
    births = [
        world.signed(world.maker, Act.COMMISSION, world.item(f"A{n}"), key=private)
        for n in range(24)
    ]
    revocation = world.signed_claim(world.registrar, Act.KEY_REVOKED, key, reason="compromised")
    results = wait.at_once([capturing(raw) for raw in (*births[:12], revocation, *births[12:])])
    assert set(codes(results)) <= {"stored", "key-revoked"}
    assert results[12][0].stored
    order = list(Event.objects.order_by("recorded_at", "id").values_list("kind", "key"))
    revoked_at = next(place for place, (kind, _) in enumerate(order) if kind == "key_revoked")
    under_key = [place for place, (_, by) in enumerate(order) if gs1.key_uri(by) == key]
    assert all(place < revoked_at for place in under_key)
    assert rebuild.rebuild() == []


def test_one_key_is_enrolled_for_one_party_only(world: Captured) -> None:
    private = keys.generate(b"s" * 32)
    raws = [
        world.signed_claim(
            world.registrar,
            Act.KEY_ADDED,
            cast.key_uri(private),
            **cast.enrolment(who.uri, private, host=world.host),
        )
        for who in (world.maker, world.carrier, world.retailer, world.mallory)
    ]
    assert codes(wait.at_once([capturing(raw) for raw in raws])) == {
        "stored": 1,
        "already-registered": 3,
    }


def test_writers_on_different_chains_do_not_wait_for_one_another(world: Captured) -> None:
    raws = [world.signed(world.maker, Act.COMMISSION, world.item(f"A{n}")) for n in range(WRITERS)]
    assert codes(wait.at_once([capturing(raw) for raw in raws])) == {"stored": WRITERS}
    assert rebuild.rebuild() == []
