"""Somebody grows what others' pages must load (F63): keys, events, corrections. Each has its
bound, at capture, and no bound makes a record broken.
"""

from collections import Counter
from collections.abc import Sequence
from datetime import timedelta

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.utils import timezone

from provenance.core import gs1
from provenance.core.check.result import StepOutcome, Verdict
from provenance.core.record.event import Link
from provenance.core.record.vocabulary import Act
from provenance.core.signing import canonical, keys
from provenance.models import Event, SigningKey, Subject
from provenance.services.check import gather, verification
from provenance.services.record import capture
from provenance.services.record.capture import bounds
from tests import cast, wait
from tests.captured import Captured, assert_sound
from tests.cast import Actor
from tests.faults import recording

pytestmark = pytest.mark.django_db(transaction=True)


def enrolments(world: Captured, who: Actor, numbers: Sequence[int]) -> list[bytes]:
    """Signed enrolments of further keys, by the party itself."""
    raws = []
    for number in numbers:
        private = keys.generate(number.to_bytes(32, "big"))
        members = cast.enrolment(who.uri, private, host=world.host)
        raws.append(world.signed_claim(who, Act.KEY_ADDED, cast.key_uri(private), **members))
    return raws


def observations(world: Captured, by: Actor, uri: str, count: int) -> list[bytes]:
    """Signed observations, each behind the one before, from the head of now on."""
    head = Subject.objects.get(uri=uri)
    position, previous, raws = head.head_position, head.head_digest, []
    for _ in range(count):
        position += 1
        link = Link(uri, position, previous)
        raws.append(world.signed(by, Act.OBSERVE, uri, links=[link]))
        previous = canonical.digest(raws[-1])
    return raws


def in_force(who: Actor) -> int:
    return SigningKey.objects.filter(party__gln=who.gln, revoked_at=None).count()


# --- keys ---------------------------------------------------------------------------


def test_a_party_has_at_most_a_hundred_keys_in_force(world: Captured) -> None:
    free = bounds.MAX_KEYS - in_force(world.carrier)
    receipts = capture.capture(enrolments(world, world.carrier, range(1, free + 4)), proceed=True)
    expected = {"stored": free, "too-many-keys": 3}
    assert Counter(recording.codes(receipts)) == expected
    assert receipts[-1].error is not None
    assert receipts[-1].error.extra["limit"] == in_force(world.carrier) == 100
    (another,) = enrolments(world, world.carrier, [200])
    retired = cast.key_uri(keys.generate((1).to_bytes(32, "big")))
    revoked = world.signed_claim(world.carrier, Act.KEY_REVOKED, retired, reason="retired")
    assert recording.codes(capture.capture([another, revoked, another], proceed=True)) == [
        *("already", "stored", "stored")
    ]
    assert in_force(world.carrier) == 100
    assert in_force(world.retailer) == 2
    assert_sound()


def test_the_hundredth_key_is_one_however_many_come_at_once(world: Captured) -> None:
    free = bounds.MAX_KEYS - in_force(world.carrier)
    capture.capture(enrolments(world, world.carrier, range(1, free)))
    rivals = enrolments(world, world.carrier, range(200, 216))
    results = wait.at_once([lambda raw=raw: capture.capture([raw]) for raw in rivals])  # type: ignore[misc]
    codes = Counter(code for receipts in results for code in recording.codes(receipts))
    assert codes == {"stored": 1, "too-many-keys": 15}
    assert in_force(world.carrier) == 100


def test_a_partys_keys_lengthen_no_record_but_what_they_sign(world: Captured) -> None:
    item = recording.travelled(world)
    before = verification.check(item)
    capture.capture(enrolments(world, world.carrier, range(1, 60)))
    after = verification.check(item)
    assert (after.verdict, after.events) == (before.verdict, before.events)


# --- events -------------------------------------------------------------------------


def test_an_issuer_records_at_most_a_thousand_events_on_a_chain_in_a_day(world: Captured) -> None:
    item = world.item("A1")
    world.act(world.maker, Act.COMMISSION, item)
    with time_machine.travel(timezone.now().replace(hour=12)):
        raws = observations(world, world.maker, item, bounds.MAX_EVENTS)
        receipts = capture.capture(raws, proceed=True)
        counted = Counter(recording.codes(receipts))
        assert counted == {"stored": bounds.MAX_EVENTS - 1, "too-many-events": 1}
        assert receipts[-1].error is not None
        assert receipts[-1].error.extra == {"limit": 1000, "subject": item}
        assert recording.caller(world.maker).post("/events", raws[-1]).status_code == 429
        names = {"sender": world.maker.gln, "receiver": world.carrier.gln}
        world.act(world.maker, Act.COMMISSION, world.item("A2"))
    with time_machine.travel(timezone.now().replace(hour=12) + timedelta(days=1)):
        world.act(world.maker, Act.HAND_OVER, item, **names)
        world.act(world.carrier, Act.ACCEPT, item, **names)
    assert verification.check(item).verdict is not Verdict.BROKEN_RECORD


def test_what_others_record_on_a_chain_does_not_count(world: Captured) -> None:
    item = world.item("A1")
    world.act(world.maker, Act.COMMISSION, item)
    assert Counter(
        recording.codes(capture.capture(observations(world, world.maker, item, 990)))
    ) == {"stored": 990}
    names = {"sender": world.maker.gln, "receiver": world.carrier.gln}
    world.act(world.maker, Act.HAND_OVER, item, **names)
    world.act(world.carrier, Act.ACCEPT, item, **names)
    later = observations(world, world.carrier, item, 20)
    assert recording.codes(capture.capture(later)) == ["stored"] * 20


def test_a_day_of_readings_is_one_event(world: Captured) -> None:
    item, day = world.item("A1"), timezone.now().replace(microsecond=0) - timedelta(days=1)
    world.act(world.maker, Act.COMMISSION, item)
    moments = [canonical.format_timestamp(day + timedelta(minutes=n)) for n in range(1440)]
    readings = [{"type": "Temperature", "time": at, "value": 4.5, "uom": "CEL"} for at in moments]
    sensor = {"sensorMetadata": {"time": moments[0]}, "sensorReport": readings}
    world.act(world.maker, Act.OBSERVE, item, sensors=[sensor])
    assert Subject.objects.get(uri=item).head_position == 1


def test_what_is_recorded_of_a_unit_after_an_item_left_it_is_not_the_items(world: Captured) -> None:
    item, unit = world.item("A1"), world.unit(7)
    for uri in (item, unit):
        world.act(world.maker, Act.COMMISSION, uri)
    for kind in (Act.PACK, Act.UNPACK):
        world.act(world.maker, kind, item, parent=unit)
    before = verification.check(item)
    assert recording.codes(capture.capture(observations(world, world.maker, unit, 40))) == [
        *["stored"] * 40
    ]
    after = verification.check(item)
    assert (after.verdict, after.events) == (before.verdict, before.events)
    assert verification.check(unit).events > 40
    packed = world.document(world.maker, Act.PACK, item, parent=unit)
    world.put(packed)
    assert verification.check(item).events == before.events + 41
    assert_sound()


# --- more than one check reads ------------------------------------------------------


def lengthen(uri: str, by: int, document: str = "{}") -> None:
    """Put events straight into the tables, which as many days of captures would."""
    subject = Subject.objects.get(uri=uri)
    first = Event.objects.get(digest=subject.head_digest)
    with connection.cursor() as cursor:
        cursor.execute(
            """
            WITH born AS (
                INSERT INTO provenance_event (id, digest, kind, issuer, key, event_id, event_time,
                    created, recorded_at, late, receiver, document)
                SELECT gen_random_uuid(), encode(sha256(n::text::bytea), 'hex'), 'observe', issuer,
                    key, '', event_time, created, recorded_at, late, '', %s
                FROM provenance_event, generate_series(1, %s) AS n WHERE id = %s
                RETURNING id, digest
            )
            INSERT INTO provenance_chainlink (id, event_id, subject_id, position, previous)
            SELECT gen_random_uuid(), id, %s, %s + row_number() OVER (), digest FROM born
            """,
            [document, by, first.id, subject.id, subject.head_position],
        )
    subject.head_position += by
    subject.save()


@pytest.mark.parametrize(
    ("events", "size"), [(gather.MAX_RECORDS, 2), (40, 1_000_000)], ids=["records", "bytes"]
)
def test_a_record_of_too_much_has_an_answer_of_its_own(
    world: Captured, events: int, size: int
) -> None:
    item = recording.travelled(world)
    lengthen(item, events, "x" * size)
    result = verification.check(item)
    assert (result.verdict, result.reasons[0].code) == (Verdict.TOO_LARGE, "bundle-too-large")
    assert {step.outcome for step in result.steps} == {StepOutcome.SKIPPED}
    shown = Client().get(gs1.parse_subject(item).path)
    assert shown.status_code == 422
    assert b"too long to check here" in shown.content
    assert b"broken" not in shown.content.replace(b"icon-broken", b"")
    answer = recording.caller(world.maker).get("/bundles", {"uri": item})
    assert (answer.status_code, answer.json()["code"]) == (422, "bundle-too-large")
    assert recording.caller(world.maker).get("/subjects", {"uri": item}).status_code == 200


# --- corrections --------------------------------------------------------------------


def test_a_former_custodian_corrects_an_event_ten_times_and_no_more(world: Captured) -> None:
    """Each moves the head under whoever holds the goods now."""
    item = world.item("A1")
    world.act(world.maker, Act.COMMISSION, item)
    wrong = world.document(world.maker, Act.OBSERVE, item)
    world.put(wrong)
    world.hand_over(world.maker, world.carrier, item)
    body, head = wrong["credentialSubject"], Subject.objects.get(uri=item)
    position, previous, raws = head.head_position, head.head_digest, []
    for number in range(20):
        reason = "incorrect_data" if number in (0, 1) else f"https://example.org/{number}"
        link = Link(item, position + 1, previous)
        options = {"corrects": body, "error_reason": reason, "links": [link]}
        raws.append(world.signed(world.maker, Act.CORRECT, item, **options))
        if number != 1:
            position, previous = position + 1, canonical.digest(raws[-1])
    ninth, tenth = 10, 11
    first = capture.capture(raws[:ninth], proceed=True)
    assert Counter(recording.codes(first)) == {"stored": 9, "already-corrected": 1}
    assert recording.refusal(raws[1]).code == "head-moved"
    later = capture.capture(raws[ninth:], proceed=True)
    codes = recording.codes(later)
    assert codes[: tenth - ninth] == ["stored"]
    assert codes[1] == "too-many-corrections"
    assert Subject.objects.get(uri=item).head_position == 3 + 10
    assert verification.check(item).verdict is Verdict.CHECK_NEEDED
