"""Attacks on capture and on what it stored, one at a time; the rest is signed again."""

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from provenance.core import gs1
from provenance.core.record import chain, reading
from provenance.core.record.event import Link
from provenance.core.record.vocabulary import Act
from provenance.core.signing import canonical
from provenance.models import ChainLink, Event, Subject, TreeHead
from provenance.services.record import capture
from tests.captured import Captured, refused

pytestmark = pytest.mark.usefixtures("rebuilds_clean")
Edit = Callable[[dict[str, Any]], object]


def commissioned(world: Captured, serial: str = "A1") -> str:
    item = world.item(serial)
    world.act(world.maker, Act.COMMISSION, item)
    return item


# --- F03: the signature covers what the event is bound to ---------------------------


def set_to(*path: str | int, value: Any) -> Edit:
    """Change one member of the document."""

    def edit(document: dict[str, Any]) -> None:
        *before, last = path
        block: Any = document
        for step in before:
            block = block[step]
        block[last] = value

    return edit


def other_host(document: dict[str, Any]) -> None:
    document["issuer"] = document["issuer"].replace("localhost", "other.example", 1)


def other_port(document: dict[str, Any]) -> None:
    document["issuer"] = document["issuer"].replace("%3A8000", "%3A8001", 1)


def no_port(document: dict[str, Any]) -> None:
    document["issuer"] = document["issuer"].replace("%3A8000", "", 1)


def link_to(subject: str) -> dict[str, Any]:
    """The first link of a chain."""
    return {"subject": subject, "position": 0, "previous": None}


OTHER_ID = f"ni:///sha-256;{'0' * 64}?ver=CBV2.0"
BOUND: dict[str, tuple[Edit, str]] = {
    "another deployment": (other_host, "binding-mismatch"),
    "another deployment on this host": (other_port, "binding-mismatch"),
    "one without a port": (no_port, "binding-mismatch"),
    "another version": (
        set_to("@context", 1, value="https://custos.example/ns/v2"),
        "binding-mismatch",
    ),
    "another type": (set_to("type", 1, value="RegistryClaim"), "malformed"),
    "another subject": (
        set_to("chain", 0, "subject", value=gs1.party_uri("9520000000004")),
        "binding-mismatch",
    ),
    "a later position": (set_to("chain", 0, "position", value=2), "head-moved"),
    "an earlier position": (set_to("chain", 0, value=link_to("")), "binding-mismatch"),
    "another previous": (set_to("chain", 0, "previous", value="ab" * 32), "head-moved"),
    "no previous": (set_to("chain", 0, "previous", value=None), "malformed"),
    "a closing that closes nothing": (
        set_to("chain", 0, "closes", value="ab" * 32),
        "binding-mismatch",
    ),
    "a link twice": (lambda d: d["chain"].append(dict(d["chain"][0])), "binding-mismatch"),
    "no link": (set_to("chain", value=[]), "malformed"),
    "another eventID": (set_to("credentialSubject", "eventID", value=OTHER_ID), "bad-event-id"),
    "another time": (
        set_to("credentialSubject", "eventTime", value="2026-01-01T00:00:00Z"),
        "bad-event-id",
    ),
    "another place": (
        set_to("credentialSubject", "custos:place", "country", value="NL"),
        "bad-event-id",
    ),
    "a naive time": (
        set_to("credentialSubject", "eventTime", value="2026-01-01T00:00:00"),
        "timestamp",
    ),
    "a member too many": (set_to("tenant", value="x"), "malformed"),
    "a fraction in evidence": (set_to("evidence", value=[{"weight": 1.5}]), "bad-number"),
    "evidence of no shape": (set_to("evidence", value=["paper"]), "malformed"),
}


@pytest.mark.parametrize("case", BOUND)
def test_a_bound_field_that_is_changed_and_signed_again_is_refused(
    world: Captured, case: str
) -> None:
    edit, code = BOUND[case]
    item = commissioned(world)
    with refused(code):
        capture.capture_one(world.signed(world.maker, Act.OBSERVE, item, edit=edit))
    assert Subject.objects.get(uri=item).head_position == 0


def leaves(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Paths to every scalar of a document."""
    if isinstance(value, dict):
        return [leaf for name, member in value.items() for leaf in leaves(member, (*path, name))]
    if isinstance(value, list):
        return [
            leaf for place, member in enumerate(value) for leaf in leaves(member, (*path, place))
        ]
    return [path]


@settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=80
)
@given(data=st.data())
def test_any_change_of_a_signed_event_is_refused(world: Captured, data: st.DataObject) -> None:
    raw = world.signed(world.maker, Act.COMMISSION, world.item("A1"))
    document = json.loads(raw)
    path = data.draw(st.sampled_from(leaves(document)))
    block = document
    for step in path[:-1]:
        block = block[step]
    old = block[path[-1]]
    block[path[-1]] = data.draw(
        st.one_of(st.none(), st.integers(0, 9), st.text(max_size=20), st.booleans()).filter(
            lambda new: type(new) is not type(old) or new != old
        )
    )
    (outcome,) = capture.capture([json.dumps(document).encode()])
    assert outcome.error is not None
    assert not Subject.objects.filter(uri=world.item("A1")).exists()


@settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=60
)
@given(place=st.integers(0, 10_000), bit=st.integers(0, 7))
def test_any_flipped_bit_of_a_signed_event_is_refused(
    world: Captured, place: int, bit: int
) -> None:
    raw = bytearray(world.signed(world.maker, Act.COMMISSION, world.item("A1")))
    raw[place % len(raw)] ^= 1 << bit
    (outcome,) = capture.capture([bytes(raw)])
    assert outcome.error is not None


# --- F04, F05: replay ---------------------------------------------------------------


def test_a_whole_history_replayed_against_its_head_changes_nothing(world: Captured) -> None:
    item = commissioned(world)
    world.hand_over(world.maker, world.carrier, item)
    world.hand_over(world.carrier, world.retailer, item)
    before = Subject.objects.filter(uri=item).values().get()
    for text in Event.objects.filter(links__subject__uri=item).values_list("document", flat=True):
        assert capture.capture([text.encode()])[0].already
    assert Subject.objects.filter(uri=item).values().get() == before


def test_an_old_handoff_signed_again_behind_the_head_is_not_possible(world: Captured) -> None:
    item = commissioned(world)
    world.hand_over(world.maker, world.carrier, item)
    with refused("not-permitted"):
        world.hand_over(world.maker, world.mallory, item)


def test_a_back_dated_event_is_stored_as_late_and_never_before_its_predecessor(
    world: Captured,
) -> None:
    item = commissioned(world)
    digest = world.act(world.maker, Act.OBSERVE, item, time=timezone.now() - timedelta(days=400))
    assert Event.objects.get(digest=digest).late
    assert ChainLink.objects.get(event__digest=digest).position == 1


# --- F08: forks, put in straight through SQL ----------------------------------------


def fork(world: Captured, item: str) -> Event:
    """A second, validly signed event behind the first: its row, not yet its link."""
    first = ChainLink.objects.get(subject__uri=item, position=0).event
    raw = world.signed(world.maker, Act.OBSERVE, item, links=[Link(item, 1, first.digest)])
    read = reading.read(canonical.parse(raw), canonical.digest(raw))
    return Event.objects.create(
        digest=read.digest,
        kind=read.act,
        issuer=read.issuer,
        key=read.key,
        event_time=read.event_time,
        created=read.created,
        recorded_at=timezone.now(),
        document=raw.decode(),
    )


@pytest.mark.parametrize(
    "position", [1, 7], ids=["same position", "another position, same previous"]
)
def test_a_fork_through_sql_is_refused_by_the_indexes(world: Captured, position: int) -> None:
    item = commissioned(world)
    head = Subject.objects.get(uri=item)
    world.act(world.maker, Act.SELL, item)
    with pytest.raises(IntegrityError), transaction.atomic():
        ChainLink.objects.create(
            event=fork(world, item), subject=head, position=position, previous=head.head_digest
        )


def test_without_the_indexes_the_chain_check_says_broken(world: Captured) -> None:
    item = commissioned(world)
    head = Subject.objects.get(uri=item)
    world.act(world.maker, Act.SELL, item)
    with pytest.raises(_Undo), transaction.atomic():  # noqa: PT012  what is undone is the point
        with connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            cursor.execute(
                "ALTER TABLE provenance_chainlink DROP CONSTRAINT one_event_per_position"
            )
            cursor.execute(
                "ALTER TABLE provenance_chainlink DROP CONSTRAINT one_successor_per_event"
            )
        ChainLink.objects.create(
            event=fork(world, item), subject=head, position=1, previous=head.head_digest
        )
        events = Event.objects.filter(links__subject__uri=item)
        records = [reading.read(canonical.parse(e.document.encode()), e.digest) for e in events]
        with refused("broken-link"):
            chain.check_chain(records, item)
        raise _Undo


class _Undo(Exception):
    """Leaves the transaction as it was."""


# --- append-only --------------------------------------------------------------------


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE provenance_event SET kind = 'sell'",
        "UPDATE provenance_event SET document = document || ' '",
        "UPDATE provenance_event SET ledger_index = 0, late = NOT late",
        "UPDATE provenance_event SET ledger_index = 1 WHERE kind = 'commission'",
        "DELETE FROM provenance_event",
        "TRUNCATE provenance_event CASCADE",
        "UPDATE provenance_chainlink SET position = position + 1",
        "DELETE FROM provenance_chainlink",
        "TRUNCATE provenance_chainlink",
        "UPDATE provenance_treehead SET size = size + 1",
        "DELETE FROM provenance_treehead",
        "TRUNCATE provenance_treehead CASCADE",
    ],
)
def test_what_is_recorded_is_not_changed_through_sql(world: Captured, statement: str) -> None:
    commissioned(world)
    TreeHead.objects.create(size=1, root="0" * 64, note="", signed_at=timezone.now())
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)


def test_ledger_indexes_are_given_once_and_densely(world: Captured) -> None:
    commissioned(world)
    ids = list(Event.objects.order_by("recorded_at", "id").values_list("id", flat=True))
    Event.objects.filter(id=ids[0]).update(ledger_index=0)
    for index, wanted in ((1, 0), (1, 2), (1, -1), (0, None), (0, 1)):
        with pytest.raises(DatabaseError), transaction.atomic():
            Event.objects.filter(id=ids[index]).update(ledger_index=wanted)
    Event.objects.filter(id=ids[1]).update(ledger_index=1)
    with pytest.raises(DatabaseError), transaction.atomic():
        Event.objects.create(
            digest="f" * 64,
            kind="observe",
            issuer="",
            key="",
            event_time=timezone.now(),
            created=timezone.now(),
            recorded_at=timezone.now(),
            document="{}",
            ledger_index=2,
        )
