"""Many writers on one chain, beyond threads: processes, HTTP, batches that wait for
each other (F01), sweeps meanwhile (F16); and the whole past again (F04). Threads are in
tests/provenance/record/test_concurrency.py.
"""

import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from threading import Barrier
from typing import Any

import pytest

from provenance.core.record.event import Link, Place
from provenance.core.record.vocabulary import Act
from provenance.core.signing import canonical
from provenance.models import ChainLink, Event, Subject
from provenance.services import ledger
from provenance.services.record import capture
from tests import cast, wait
from tests.api import client, server
from tests.captured import Captured
from tests.cast import RIGHT, Actor
from tests.faults import recording, workers

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("ends_sound")]
WRITERS, PROCESSES, CROSSING = 32, 8, 16


def rivals(world: Captured, item: str, count: int, links: list[Link] | None = None) -> list[bytes]:
    """Different signed events, all for the same place in the chain of `item`."""
    names = [f"Bay {number}" for number in range(count)]
    return [
        world.signed(world.maker, Act.OBSERVE, item, place=Place("CN", name), links=links)
        for name in names
    ]


def chain_of(uri: str) -> list[tuple[int, str | None, str]]:
    """Position, previous and digest of each event of a chain."""
    rows = ChainLink.objects.filter(subject__uri=uri).order_by("position")
    return list(rows.values_list("position", "previous", "event__digest"))


def test_of_8_processes_at_one_position_one_is_stored(
    world: Captured, process_env: dict[str, str], tmp_path: Path
) -> None:
    item = world.item("A1")
    first = world.act(world.maker, Act.COMMISSION, item)
    file = tmp_path / "events"
    file.write_bytes(b"\n".join(rivals(world, item, PROCESSES)))
    command = [sys.executable, "-m", "tests.faults.writers", str(file)]
    done = subprocess.run(
        command, cwd=workers.ROOT, env=process_env, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    said = [line.split() for line in done.stdout.splitlines()]
    assert Counter(code for code, _ in said) == {"stored": 1, "head-moved": PROCESSES - 1}
    (winner,) = {digest for _, digest in said}
    assert chain_of(item) == [(0, None, first), (1, first, winner)]


def test_of_32_posts_at_one_position_one_is_201_and_31_are_409(
    world: Captured, process_env: dict[str, str], tmp_path: Path
) -> None:
    item = world.item("A1")
    first = world.act(world.maker, Act.COMMISSION, item)
    raws = rivals(world, item, WRITERS)
    auth = {"Authorization": f"Api-Key {client.api_key(world.maker.gln)}"}
    together = Barrier(WRITERS)

    def post(raw: bytes) -> server.Reply:
        together.wait(60)
        return running.post(raw, auth)

    with (
        server.running(process_env, tmp_path / "granian.log") as running,
        ThreadPoolExecutor(WRITERS) as pool,
    ):
        replies = list(pool.map(post, raws))
    assert Counter(reply.status for reply in replies) == {201: 1, 409: WRITERS - 1}
    (winner,) = [reply.json()["digest"] for reply in replies if reply.status == 201]
    problems = [reply.json() for reply in replies if reply.status == 409]
    assert {problem["code"] for problem in problems} == {"head-moved"}
    assert all(
        problem["heads"] == {item: {"position": 1, "digest": winner}} for problem in problems
    )
    assert chain_of(item) == [(0, None, first), (1, first, winner)]


# --- batches that cross -------------------------------------------------------------


def test_batches_that_begin_the_same_chains_in_crossing_order_leave_one_of_each(
    world: Captured,
) -> None:
    """There is no row to lock yet: they meet in the unique indexes, where PostgreSQL
    ends one of two that wait.
    """
    items = [world.item(f"A{number}") for number in range(12)]
    batches = []
    for number in range(CROSSING):
        order = items if number % 2 else items[::-1]
        batches.append(
            [
                world.signed(
                    world.maker,
                    Act.COMMISSION,
                    item,
                    lot=f"L-{number}",
                    links=[Link(item, 0, None)],
                )
                for item in order
            ]
        )

    results = wait.at_once([partial(capture.capture, batch) for batch in batches])

    assert Counter(tuple(set(recording.codes(result))) for result in results) == {
        ("stored",): 1,
        ("head-moved",): CROSSING - 1,
    }
    assert all(len(chain_of(item)) == 1 for item in items)


def test_batches_that_need_each_others_subjects_are_all_decided(world: Captured) -> None:
    """Each adds to one party's keys and consults the other party: locks that cross
    between the two queries of a batch.
    """
    half = CROSSING // 2

    def batch(mover: Actor, taker: Actor, number: int) -> list[bytes]:
        key = cast.actor(100 + 10 * number + int(mover is world.maker)).private
        item = world.item(f"{mover.gln}-{number}")
        names: dict[str, Any] = {"sender": world.maker.gln, "receiver": taker.gln}
        birth = world.signed(world.maker, Act.COMMISSION, item)
        return [
            world.signed_claim(
                mover,
                Act.KEY_ADDED,
                cast.key_uri(key),
                **cast.enrolment(mover.uri, key, host=world.host),
            ),
            birth,
            world.signed(
                world.maker,
                Act.HAND_OVER,
                item,
                links=[Link(item, 1, canonical.digest(birth))],
                **names,
            ),
        ]

    batches = [batch(world.maker, world.carrier, number) for number in range(half)]
    batches += [batch(world.carrier, world.retailer, number) for number in range(half)]
    results = wait.at_once([partial(capture.capture, batch, proceed=True) for batch in batches])
    assert [recording.codes(result) for result in results] == [["stored"] * 3] * CROSSING


def test_writers_and_sweeps_at_once_anchor_every_event_once(world: Captured) -> None:
    """The tasks' side has its own tests; here events of one chain arrive while five
    sweep.
    """
    items = [world.item(f"A{number}") for number in range(6)]

    def write(item: str) -> list[capture.Receipt]:
        raws, previous = [], None
        for position in range(8):
            kind = Act.COMMISSION if position == 0 else Act.OBSERVE
            raw = world.signed(world.maker, kind, item, links=[Link(item, position, previous)])
            previous = canonical.digest(raw)
            raws.append(raw)
        return [capture.capture([raw])[0] for raw in raws]

    def sweep() -> list[capture.Receipt]:
        for _ in range(6):
            ledger.anchor_pending(limit=7)
        return []

    jobs: list[Callable[[], list[capture.Receipt]]] = [partial(write, item) for item in items]
    jobs += [sweep] * 5
    results = wait.at_once(jobs)
    assert all(outcome.stored for outcomes in results for outcome in outcomes)
    ledger.anchor_pending()
    for item in items:
        order = ChainLink.objects.filter(subject__uri=item).order_by("event__ledger_index")
        assert [link.position for link in order] == list(range(8))


# --- old events again ---------------------------------------------------------------


def test_every_event_of_the_past_is_head_moved_and_changes_nothing(world: Captured) -> None:
    item, unit, lot = world.item("A1"), world.unit(1), world.lot("L-1")
    world.act(world.maker, Act.COMMISSION, [item, unit])
    world.act(world.maker, Act.COMMISSION, {lot: 10})
    world.act(world.maker, Act.PACK, {item: 1, lot: 4}, parent=unit)
    world.hand_over(world.maker, world.carrier, unit)
    world.checkpoint(world.customs_cn, unit)
    world.hand_over(world.carrier, world.retailer, unit)
    world.act(world.retailer, Act.UNPACK, {item: 1, lot: 4}, parent=unit)
    world.act(world.retailer, Act.SELL, item)
    world.claim(world.office, Act.RIGHT_VERIFIED, RIGHT, reference="BOIP 7")
    ledger.anchor_pending()
    past = [
        world.source(canonical.parse_object(text.encode()))
        for text in Event.objects.order_by("recorded_at").values_list("document", flat=True)
    ]
    with recording.nothing_changes():
        for raw in past:
            assert recording.codes(capture.capture([raw])) == ["already"]
        for batch in (past, past[::-1]):
            for proceed in (False, True):
                outcomes = capture.capture(batch, proceed=proceed)
                assert recording.codes(outcomes) == ["already"] * len(past)


def test_an_old_handoff_cannot_be_accepted_again(world: Captured) -> None:
    """It was handed over, refused and handed to another: the first giver's signature is
    still true, and too old.
    """
    item = world.item("A1")
    world.act(world.maker, Act.COMMISSION, item)
    old = world.signed(
        world.maker, Act.HAND_OVER, item, sender=world.maker.gln, receiver=world.carrier.gln
    )
    capture.capture_one(old)
    world.act(world.carrier, Act.REFUSE, item, sender=world.maker.gln, receiver=world.carrier.gln)
    world.hand_over(world.maker, world.retailer, item, accept=False)
    assert recording.codes(capture.capture([old])) == ["already"]
    late = world.signed(
        world.carrier, Act.ACCEPT, item, sender=world.maker.gln, receiver=world.carrier.gln
    )
    assert recording.refusal(late).code == "not-permitted"
    assert Subject.objects.get(uri=item).pending_receiver == world.retailer.gln
