"""Capture, when all is well or merely refused: batches, order, read models, and
a fixed number of queries.
"""

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import psycopg
import pytest
from django.db import connection, transaction
from django.utils import timezone

from provenance.core.record.event import Link
from provenance.core.record.vocabulary import Act
from provenance.core.signing import canonical
from provenance.models import (
    ChainLink,
    Checkpoint,
    Event,
    Handoff,
    Refusal,
    Shipment,
    ShipmentLine,
    Subject,
)
from provenance.services.record import capture, states
from tests import cast
from tests.captured import Captured, refused
from tests.cast import GTIN

pytestmark = pytest.mark.usefixtures("rebuilds_clean")


def births(world: Captured, count: int, mark: str = "A") -> list[bytes]:
    """Signed commissions of new items."""
    items = [world.item(f"{mark}{n}") for n in range(count)]
    return [
        world.signed(world.maker, Act.COMMISSION, item, links=[Link(item, 0, None)])
        for item in items
    ]


def chained(world: Captured, uri: str, *steps: tuple[Act, dict[str, Any]]) -> list[bytes]:
    """Signed acts of the maker on one subject, each behind the one before."""
    raws: list[bytes] = []
    position, previous = 0, None
    for kind, options in steps:
        raw = world.signed(world.maker, kind, uri, links=[Link(uri, position, previous)], **options)
        raws, position, previous = [*raws, raw], position + 1, canonical.digest(raw)
    return raws


# --- what is stored -----------------------------------------------------------------


def test_an_event_is_stored_as_its_canonical_text_whatever_spacing_it_came_in(
    world: Captured,
) -> None:
    (raw,) = births(world, 1)
    pretty = json.dumps(json.loads(raw), indent=2, ensure_ascii=False).encode()
    digest = capture.capture_one(pretty)
    event = Event.objects.get(digest=digest)
    assert event.document.encode() == raw
    assert digest == canonical.digest(raw)
    assert (event.kind, event.issuer, event.key) == (
        "commission",
        world.maker.gln,
        world.maker.public,
    )
    assert event.ledger_index is None


def test_a_subject_holds_the_folded_state_and_what_is_queried_of_it(world: Captured) -> None:
    item, unit = world.item("A1"), world.unit(1)
    first = world.act(world.maker, Act.COMMISSION, item, lot="L-1")
    world.act(world.maker, Act.COMMISSION, unit)
    last = world.act(world.maker, Act.PACK, item, parent=unit)
    row = Subject.objects.get(uri=item)
    assert (row.head_position, row.head_digest, row.genesis_digest) == (1, last, first)
    assert (row.situation, row.custodian, row.container) == ("packed", "", unit)
    assert (row.product_gtin, row.lot, row.closed_at) == (GTIN, world.lot("L-1"), None)
    state = states.load(row.kind, row.state)
    assert states.dump(state) == row.state


def test_a_handoff_names_who_waits_for_whom_until_it_is_answered(world: Captured) -> None:
    item = world.item("A1")
    world.act(world.maker, Act.COMMISSION, item)
    digest = world.hand_over(world.maker, world.carrier, item, accept=False)
    assert Subject.objects.get(uri=item).pending_receiver == world.carrier.gln
    assert Subject.objects.get(uri=item).custodian == world.maker.gln
    assert Handoff.objects.get().outcome == ""
    assert Event.objects.get(digest=digest).receiver == world.carrier.gln
    answer = world.act(
        world.carrier, Act.REFUSE, item, sender=world.maker.gln, receiver=world.carrier.gln
    )
    handoff = Handoff.objects.get()
    assert (handoff.outcome, handoff.answered) == ("refuse", answer)
    assert Subject.objects.get(uri=item).pending_receiver == ""


def test_a_handoff_and_its_answer_in_one_batch_are_one_row(world: Captured) -> None:
    item = world.item("A1")
    first = world.signed(world.maker, Act.COMMISSION, item)
    names: dict[str, Any] = {"sender": world.maker.gln, "receiver": world.carrier.gln}
    second = world.signed(
        world.maker, Act.HAND_OVER, item, links=[Link(item, 1, canonical.digest(first))], **names
    )
    third = world.signed(
        world.carrier, Act.ACCEPT, item, links=[Link(item, 2, canonical.digest(second))], **names
    )
    outcomes = capture.capture([first, second, third])
    assert all(outcome.stored for outcome in outcomes)
    assert Handoff.objects.get().outcome == "accept"
    assert Subject.objects.get(uri=item).custodian == world.carrier.gln


def test_a_seizure_answers_a_pending_handoff_and_is_a_checkpoint(world: Captured) -> None:
    item = world.item("A1")
    world.act(world.maker, Act.COMMISSION, item)
    world.hand_over(world.maker, world.carrier, item, accept=False)
    world.checkpoint(world.customs_cn, item, outcome="seized")
    assert Handoff.objects.get().outcome == "seized"
    checkpoint = Checkpoint.objects.get()
    assert (checkpoint.authority, checkpoint.country, checkpoint.outcome) == (
        world.customs_cn.gln,
        "CN",
        "seized",
    )


def test_a_shipment_lists_what_its_unit_held(world: Captured) -> None:
    unit, other = world.unit(1), world.unit(2)
    world.act(world.maker, Act.COMMISSION, [world.item(f"A{n}") for n in range(3)])
    world.act(world.maker, Act.COMMISSION, {world.lot("L-1"): 100})
    world.act(world.maker, Act.COMMISSION, [unit, other])
    world.act(
        world.maker,
        Act.PACK,
        {world.item("A0"): 1, world.item("A1"): 1, world.lot("L-1"): 60},
        parent=unit,
    )
    world.act(world.maker, Act.UNPACK, world.item("A1"), parent=unit)
    world.act(world.maker, Act.PACK, world.item("A2"), parent=other)
    world.hand_over(world.maker, world.carrier, unit, reference="ASN-7")
    shipment = Shipment.objects.get()
    assert (shipment.reference, shipment.sender, shipment.receiver) == (
        "ASN-7",
        world.maker.gln,
        world.carrier.gln,
    )
    assert shipment.logistic_unit == unit
    lines = dict(ShipmentLine.objects.values_list("subject", "quantity"))
    assert lines == {world.item("A0"): 1, world.lot("L-1"): 60}


def test_a_sale_closes_and_a_return_opens_again(world: Captured) -> None:
    item = world.item("A1")
    when = timezone.now() - timedelta(hours=2)
    world.act(world.maker, Act.COMMISSION, item, time=when)
    world.act(world.maker, Act.SELL, item, time=when + timedelta(hours=1))
    closed = Subject.objects.get(uri=item).closed_at
    assert closed is not None
    assert abs(closed - when - timedelta(hours=1)) < timedelta(milliseconds=1)
    world.act(world.maker, Act.RECALL, item)
    assert Subject.objects.get(uri=item).closed_at == closed
    sold = world.signed(world.maker, Act.RETURN, item)
    capture.capture_one(sold)
    assert Subject.objects.get(uri=item).closed_at is None


# --- batches ------------------------------------------------------------------------


def test_a_batch_is_all_or_nothing(world: Captured) -> None:
    good, bad, more = births(world, 3)
    outcomes = capture.capture([good, bad.replace(b"Shenzhen", b"Shenzhou"), more])
    assert [outcome.stored for outcome in outcomes] == [False, False, False]
    assert [outcome.error and outcome.error.code for outcome in outcomes] == [
        None,
        "bad-event-id",
        None,
    ]
    assert outcomes[0].digest == canonical.digest(good)
    assert not Event.objects.filter(kind="commission").exists()


def test_proceeding_stores_the_good_ones(world: Captured) -> None:
    good, bad, more = births(world, 3)
    outcomes = capture.capture([good, b"{", bad.replace(b'"ADD"', b'"DELETE"'), more], proceed=True)
    assert [outcome.stored for outcome in outcomes] == [True, False, False, True]
    assert [outcome.error.code for outcome in outcomes if outcome.error] == [
        "bad-json",
        "bad-epcis",
    ]
    assert Event.objects.filter(kind="commission").count() == 2


def test_what_follows_a_refused_event_on_its_chain_is_refused_too(world: Captured) -> None:
    item = world.item("A1")
    first, bad, last = chained(
        world, item, (Act.COMMISSION, {}), (Act.RETURN, {}), (Act.OBSERVE, {})
    )
    outcomes = capture.capture([first, bad, last], proceed=True)
    assert [outcome.error and outcome.error.code for outcome in outcomes] == [
        None,
        "illegal-transition",
        "head-moved",
    ]
    assert Subject.objects.get(uri=item).head_position == 0


def test_one_chain_may_go_on_for_several_events_in_a_batch(world: Captured) -> None:
    item = world.item("A1")
    raws = chained(world, item, (Act.COMMISSION, {}), (Act.OBSERVE, {}), (Act.OBSERVE, {}))
    assert all(outcome.stored for outcome in capture.capture(raws))
    events = Event.objects.filter(links__subject__uri=item).order_by("recorded_at", "id")
    assert [event.digest for event in events] == [canonical.digest(raw) for raw in raws]


def said(outcomes: Sequence[capture.Receipt]) -> list[tuple[bool, bool, str | None]]:
    """Stored, already and the code of each receipt."""
    return [
        (each.stored, each.already, each.error.code if each.error else None) for each in outcomes
    ]


STORED, ALREADY, UNDECIDED = (True, False, None), (True, True, None), (False, False, None)


def test_the_same_event_twice_in_a_batch_or_again_later_is_not_stored_twice(
    world: Captured,
) -> None:
    (raw,) = births(world, 1)
    assert said(capture.capture([raw, raw])) == [STORED, ALREADY]
    assert said(capture.capture([raw])) == [ALREADY]
    assert capture.capture_one(raw) == canonical.digest(raw)
    assert Event.objects.filter(kind="commission").count() == 1
    assert not Refusal.objects.exists()


def test_a_batch_that_is_held_in_part_stores_the_others(world: Captured) -> None:
    item = world.item("A1")
    raws = chained(world, item, (Act.COMMISSION, {}), (Act.OBSERVE, {}), (Act.OBSERVE, {}))
    assert said(capture.capture(raws[:2])) == [STORED, STORED]
    (bad,) = births(world, 1, "B")
    bad = bad.replace(b"Shenzhen", b"Shenzhou")
    rival = world.signed(world.maker, Act.DESTROY, item, links=[Link(item, 1, "0" * 64)])
    before = Event.objects.count()
    assert said(capture.capture([*raws, raws[2], rival])) == [
        *(ALREADY, ALREADY, UNDECIDED, UNDECIDED),
        (False, False, "head-moved"),
    ]
    assert said(capture.capture([raws[2], bad]))[0] == UNDECIDED
    assert Event.objects.count() == before
    assert said(capture.capture([*raws, rival, bad], proceed=True)) == [
        *(ALREADY, ALREADY, STORED),
        (False, False, "head-moved"),
        (False, False, "bad-event-id"),
    ]
    assert said(capture.capture(raws)) == [ALREADY] * 3


def test_an_event_sent_again_after_its_key_was_revoked_is_held_already(world: Captured) -> None:
    (raw,) = births(world, 1)
    capture.capture_one(raw)
    key = cast.key_uri(world.maker.private)
    world.claim(world.registrar, Act.KEY_REVOKED, key, reason="superseded")
    assert said(capture.capture([raw])) == [ALREADY]
    with refused("key-revoked"):
        capture.capture_one(births(world, 1, "B")[0])


@pytest.mark.usefixtures("world")
def test_an_empty_batch_stores_nothing() -> None:
    assert capture.capture([]) == []


def test_documents_that_were_parsed_already_are_captured_alike(world: Captured) -> None:
    raws = births(world, 3)
    outcomes = capture.capture([canonical.parse(raw) for raw in raws])
    assert [outcome.digest for outcome in outcomes] == [canonical.digest(raw) for raw in raws]


# --- queries ------------------------------------------------------------------------


class Counting(psycopg.Cursor[Any]):
    """psycopg's cursor, counting what it is asked to run."""

    statements: list[str] = []

    def execute(self, query: Any, *args: Any, **options: Any) -> Any:
        self.statements.append(str(query))
        return super().execute(query, *args, **options)

    @contextmanager
    def copy(self, statement: Any, *args: Any, **options: Any) -> Iterator[Any]:
        self.statements.append(str(statement))
        with super().copy(statement, *args, **options) as writer:
            yield writer


@contextmanager
def counted(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """Every statement, whether through Django or through psycopg."""
    monkeypatch.setattr(psycopg, "Cursor", Counting)
    Counting.statements = []
    with connection.execute_wrapper(_note):
        yield Counting.statements


def _note(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
    Counting.statements.append(sql)
    return execute(sql, params, many, context)


def test_the_number_of_queries_does_not_depend_on_the_size_of_the_batch(
    world: Captured, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = {}
    for size in (1, 3, 60):
        raws = births(world, size, f"N{size}-")
        with counted(monkeypatch) as statements:
            assert all(outcome.stored for outcome in capture.capture(raws))
        seen["births", size] = len(statements)
        items = [world.item(f"N{size}-{n}") for n in range(size)]
        raws = [
            world.signed(
                world.maker, Act.HAND_OVER, item, sender=world.maker.gln, receiver=world.carrier.gln
            )
            for item in items
        ]
        with counted(monkeypatch) as statements:
            assert all(outcome.stored for outcome in capture.capture(raws))
        seen["handovers", size] = len(statements)
        with counted(monkeypatch) as statements:
            assert all(outcome.already for outcome in capture.capture(raws))
        seen["again", size] = len(statements)
    assert len({seen["births", size] for size in (1, 3, 60)}) == 1
    assert len({seen["again", size] for size in (1, 3, 60)}) == 1
    assert len({seen["handovers", size] for size in (1, 3, 60)}) == 1
    assert max(seen.values()) <= 8  # savepoint and release among them


# --- refusals -----------------------------------------------------------------------


def test_every_refusal_is_a_row_that_says_who_claimed_to_sign(world: Captured) -> None:
    raw = world.signed(world.mallory, Act.COMMISSION, world.item("A1"))
    with refused("not-permitted"):
        capture.capture_one(raw, endpoint="test")
    row = Refusal.objects.get()
    assert (row.code, row.endpoint, row.digest) == ("not-permitted", "test", canonical.digest(raw))
    assert (row.issuer, row.key) == (world.mallory.gln, world.mallory.public)


@pytest.mark.usefixtures("world")
@pytest.mark.parametrize(
    "raw", [b"", b"[]", b"null", b"{", b"\xff", b'{"a":1,"a":2}', b'"\\u0000"', b"1"]
)
def test_what_cannot_be_read_is_refused_and_noted(raw: bytes) -> None:
    (outcome,) = capture.capture([raw])
    assert outcome.error is not None
    assert (outcome.digest, outcome.stored) == (None, False)
    assert Refusal.objects.get().code == outcome.error.code


def test_a_refusal_keeps_no_more_than_fits_and_no_control_characters(world: Captured) -> None:
    def edit(document: dict[str, Any]) -> None:
        document["type"] = ["VerifiableCredential", "\x1b[31m\n" + "x" * 2000]

    with refused("malformed"):
        capture.capture_one(world.signed(world.maker, Act.COMMISSION, world.item("A1"), edit=edit))
    detail = Refusal.objects.get().detail
    assert len(detail) == 300
    assert detail.isprintable()


def test_a_refusal_is_noted_although_the_callers_transaction_goes_on(world: Captured) -> None:
    with transaction.atomic():
        capture.capture([b"{"])
        capture.capture(births(world, 1))
    assert Refusal.objects.count() == 1
    assert Event.objects.filter(kind="commission").count() == 1


def test_a_document_of_more_than_a_megabyte_is_too_large(world: Captured) -> None:
    def edit(document: dict[str, Any]) -> None:
        document["evidence"] = [{"type": "Note", "text": "x" * 1_050_000}]

    with refused("too-large"):
        capture.capture_one(world.signed(world.maker, Act.COMMISSION, world.item("A1"), edit=edit))


def test_an_event_of_many_subjects_is_one_event(world: Captured) -> None:
    items = [world.item(f"A{n}") for n in range(500)]
    digest = world.act(world.maker, Act.COMMISSION, items)
    assert ChainLink.objects.filter(event__digest=digest).count() == 500
    assert Subject.objects.filter(product_gtin=GTIN).count() == 500


def test_a_read_only_database_is_said_to_be_one(world: Captured) -> None:
    raws = births(world, 1)
    with refused("read-only"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL transaction_read_only = on")
        capture.capture(raws)
