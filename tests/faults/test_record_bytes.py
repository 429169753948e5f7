"""Bytes, numbers, nesting and times that readers read differently (F25-F29), each in an
otherwise good event.
"""

import json
from typing import Any

import pytest
from django.utils import timezone

from provenance.core import gs1
from provenance.core.record.event import Link
from provenance.core.record.vocabulary import Act
from provenance.core.signing import canonical
from provenance.models import Event, Subject
from provenance.services.record import capture
from tests import cast
from tests.captured import Captured
from tests.faults import recording

pytestmark = pytest.mark.usefixtures("ends_sound")
PLACE = b'"name":"Shenzhen"'


@pytest.fixture
def raw(world: Captured) -> bytes:
    """A good event about an item, which ends as it came: never recorded."""
    return world.signed(world.maker, Act.COMMISSION, world.item("A1"))


def replaced(raw: bytes, old: bytes, new: bytes) -> bytes:
    assert raw.count(old) == 1, old
    return raw.replace(old, new)


def assert_refused(world: Captured, bad: dict[str, bytes], expected: dict[str, str]) -> None:
    """Each is refused with its code, at capture and at the API, and leaves nothing."""
    for name, raw in bad.items():
        recording.assert_refused_everywhere(world, name, raw, expected[name])
    assert not Subject.objects.filter(uri=world.item("A1")).exists()


def test_text_that_is_not_clean_utf_8_is_bad_text(world: Captured, raw: bytes) -> None:
    inside = {
        "a NUL": b"a\0",
        "an escaped NUL": rb"a\u0000",
        "half a pair": rb"\ud83d",
        "the other half": rb"\ude00",
        "halves turned round": rb"\ude00\ud83d",
        "a half in UTF-8": b"\xed\xa0\xbd",
        "an overlong slash": b"\xc0\xaf",
        "an overlong NUL": b"\xc0\x80",
        "a lone continuation": b"\x80",
        "a cut sequence": b"\xe6\xb7",
        "beyond Unicode": b"\xf4\x90\x80\x80",
        "Latin-1": "ß".encode("latin-1"),
    }
    bad = {name: replaced(raw, PLACE, b'"name":"' + text + b'"') for name, text in inside.items()}
    bad["a byte order mark"] = b"\xef\xbb\xbf" + raw
    bad["UTF-16"] = raw.decode().encode("utf-16")
    bad["UTF-32"] = raw.decode().encode("utf-32")
    bad["a NUL behind"] = raw + b"\0"
    bad["in a name"] = replaced(
        raw, b'"type":"ObjectEvent"', rb'"type":"ObjectEvent","custos:\u0000":1'
    )
    assert_refused(world, bad, dict.fromkeys(bad, "bad-text"))


def test_what_is_not_one_json_text_is_bad_json(world: Captured, raw: bytes) -> None:
    bad = {
        "cut": raw[:-1],
        "cut in the middle": raw[: len(raw) // 2],
        "doubled": raw + raw,
        "a comma behind": raw[:-1] + b",}",
        "a comment": raw + b"//",
        "single quotes": raw.replace(b'"', b"'"),
        "a control character": replaced(raw, PLACE, b'"name":"a\nb"'),
        "a wrong escape": replaced(raw, PLACE, rb'"name":"\x41"'),
        "a zero before": replaced(raw, b'"position":0', b'"position":00'),
        "a plus before": replaced(raw, b'"position":0', b'"position":+0'),
        "hexadecimal": replaced(raw, b'"position":0', b'"position":0x0'),
        "other digits": replaced(raw, b'"position":0', '"position":٠'.encode()),
        "True": replaced(raw, b'"position":0', b'"position":True'),
    }
    assert_refused(world, bad, dict.fromkeys(bad, "bad-json"))


def test_a_member_named_twice_is_refused_wherever_it_is(world: Captured, raw: bytes) -> None:
    bad = {
        "the issuer": raw[:-1] + b',"issuer":"did:web:evil.example:parties:9520000000004"}',
        "the same value": raw[:-1]
        + b',"validFrom":'
        + json.dumps(json.loads(raw)["validFrom"]).encode()
        + b"}",
        "in the event": replaced(
            raw, b'"type":"ObjectEvent"', b'"type":"ObjectEvent","action":"DELETE"'
        ),
        "in a link": replaced(raw, b'"position":0', b'"position":0,"position":1'),
        "in the proof": replaced(
            raw, b'"proofPurpose":', b'"created":"2020-01-01T00:00:00Z","proofPurpose":'
        ),
        "by an escape": replaced(raw, b'"position":0', rb'"position":0,"\u0070osition":1'),
    }
    assert_refused(world, bad, dict.fromkeys(bad, "duplicate-key"))


NUMBERS = [
    *("NaN", "Infinity", "-Infinity", "1e999", "-1e999", "-0", "-0.0"),
    *("9007199254740992", "-9007199254740992", "1.0", "1e2", "1E2", "0.10", "1e-400"),
    *("0.1000000000000000055511151231257827", "9" * 4301, "1" + "0" * 400, "1e16"),
]


def test_numbers_that_readers_read_differently_are_bad_numbers(world: Captured, raw: bytes) -> None:
    bad = {
        number: replaced(raw, b'"position":0', b'"position":' + number.encode())
        for number in NUMBERS
    }
    assert_refused(world, bad, dict.fromkeys(bad, "bad-number"))


def test_a_quantity_is_a_number_in_its_one_spelling(world: Captured) -> None:
    lot = world.lot("L-1")
    raw = world.signed(world.maker, Act.COMMISSION, {lot: 7}, links=[Link(lot, 0, None)])
    bad = {
        number: replaced(raw, b'"quantity":7', b'"quantity":' + number.encode())
        for number in NUMBERS
    }
    odd = {
        "0": "bad-epcis",
        "-1": "bad-epcis",
        '"7"': "bad-epcis",
        "null": "bad-epcis",
        "true": "bad-epcis",
    }
    bad |= {
        number: replaced(raw, b'"quantity":7', b'"quantity":' + number.encode()) for number in odd
    }
    assert_refused(world, bad, dict.fromkeys(NUMBERS, "bad-number") | odd)
    assert capture.capture([raw])[0].stored


def test_a_fraction_is_nowhere_but_in_an_event(world: Captured) -> None:
    """Truly signed: nothing but the fraction is wrong."""

    def evidence(document: dict[str, Any]) -> None:
        document["evidence"] = [{"type": "Invoice", "total": 0.5}]

    bad = {"evidence": world.signed(world.maker, Act.COMMISSION, world.item("A1"), edit=evidence)}
    assert_refused(world, bad, {"evidence": "bad-number"})


def test_nesting_ends_at_32_levels(world: Captured, raw: bytes) -> None:
    def nested(levels: int) -> bytes:
        value: Any = "x"
        for _ in range(levels):
            value = [value]

        def edit(document: dict[str, Any]) -> None:
            document["evidence"] = [{"type": "Nest", "nest": value}]

        return world.signed(world.maker, Act.COMMISSION, world.item("B1"), edit=edit)

    deep = b"[" * 100_000
    bad = {
        "100,000 arrays": replaced(raw, b'"position":0', b'"position":' + deep),
        "100,000 objects": replaced(raw, b'"position":0', b'"position":' + b'{"a":' * 100_000),
        "nothing else": deep + b"]" * 100_000,
        "33 levels": replaced(raw, b'"position":0', b'"position":' + b"[" * 30 + b"]" * 30),
        "by a sign too many": replaced(raw, PLACE, b'"name":' + b"[" * 30 + b"]" * 30),
    }
    assert_refused(world, bad, dict.fromkeys(bad, "too-deep"))
    assert capture.capture([nested(29)])[0].stored


# --- times --------------------------------------------------------------------------

TIMES = [
    *("2026-11-22T08:00:03", "2026-11-22 08:00:03Z", "2026-11-22t08:00:03z"),
    *("2026-11-22T08:00:60Z", "2026-12-31T23:59:60Z", "2026-11-22T24:00:00Z"),
    *("2026-11-22T25:00:00Z", "2026-02-29T08:00:00Z", "2026-13-01T00:00:00Z"),
    *("0000-01-01T00:00:00Z", "0001-01-01T00:00:00Z", "1969-12-31T23:59:59Z"),
    *("9999-12-31T23:59:59Z", "10000-01-01T00:00:00Z", "2026-11-22T08:00:03+99:00"),
    *("2026-11-22T08:00:03+14:01", "2026-11-22T08:00:03+0100"),
    *("2026-11-22T08:00:03+01", "2026-11-22T08:00Z", "2026-11-22"),
    *("2026-W47-7T08:00:03Z", "2026-326T08:00:03Z", "1795593603", "now", ""),
    *("2026-11-22T08:00:03Z ", "2026-11-22T08:00:03.Z", "２０２６-11-22T08:00:03Z"),
    *("2026-11-22T08:00:03,5Z",),
]


def test_an_event_has_a_time_with_an_offset(world: Captured) -> None:
    def event(time: str) -> bytes:
        def edit(document: dict[str, Any]) -> None:
            document["credentialSubject"]["eventTime"] = time

        return world.signed(world.maker, Act.COMMISSION, world.item("A1"), edit=edit)

    assert_refused(world, {time: event(time) for time in TIMES}, dict.fromkeys(TIMES, "timestamp"))


def test_a_signature_has_a_time_with_an_offset(world: Captured, raw: bytes) -> None:
    document = json.loads(raw)
    unsigned = {name: value for name, value in document.items() if name != "proof"}
    config = {name: value for name, value in document["proof"].items() if name != "proofValue"}
    bad = {
        time: canonical.serialize(
            recording.sign_as_given(
                unsigned | {"validFrom": time}, config | {"created": time}, world.maker.private
            )
        )
        for time in TIMES
    }
    assert_refused(world, bad, dict.fromkeys(TIMES, "timestamp") | {"": "malformed"})


def test_a_claim_has_a_time_with_an_offset(world: Captured) -> None:
    uri = gs1.product_uri(gs1.make_gtin("952000", 300))

    def claim(time: str) -> bytes:
        def edit(document: dict[str, Any]) -> None:
            document["credentialSubject"]["time"] = time

        return world.signed_claim(
            world.maker, Act.PRODUCT_REGISTERED, uri, edit=edit, **cast.a_product(world.maker)
        )

    expected = dict.fromkeys(TIMES, "timestamp") | {"": "malformed"}
    assert_refused(world, {time: claim(time) for time in TIMES}, expected)


def test_an_offset_is_one_that_clocks_on_earth_have(world: Captured) -> None:
    offsets = [
        "Z",
        "",
        "+99:00",
        "+14:30",
        "+15:00",
        "-14:01",
        "+1:00",
        "+0100",
        "+01",
        "01:00",
        "+01:60",
        "+01:00 ",
    ]

    def event(offset: str) -> bytes:
        def edit(document: dict[str, Any]) -> None:
            document["credentialSubject"]["eventTimeZoneOffset"] = offset

        return world.signed(world.maker, Act.COMMISSION, world.item("A1"), edit=edit)

    assert_refused(
        world, {offset: event(offset) for offset in offsets}, dict.fromkeys(offsets, "timestamp")
    )


def test_every_time_in_an_event_has_its_code(world: Captured) -> None:
    """A record time, a declaration's time, a sensor's times: `timestamp`, as
    everywhere; no time at all is no event.
    """
    report = {"type": "Temperature", "value": 4, "uom": "CEL"}
    item = world.item("A1")

    def event(**members: Any) -> bytes:
        def edit(document: dict[str, Any]) -> None:
            document["credentialSubject"] |= members
            for name in [name for name, value in members.items() if value is None]:
                del document["credentialSubject"][name]

        return world.signed(world.maker, Act.COMMISSION, item, edit=edit)

    naive = "2026-11-22T08:00:03"
    bad = {
        "recordTime": event(recordTime=naive),
        "declarationTime": event(
            errorDeclaration={"declarationTime": naive, "reason": "incorrect_data"}
        ),
        "sensor": event(
            sensorElementList=[{"sensorMetadata": {"time": naive}, "sensorReport": [report]}]
        ),
        "report": event(sensorElementList=[{"sensorReport": [report | {"time": naive}]}]),
        "startTime": event(
            sensorElementList=[{"sensorMetadata": {"startTime": naive}, "sensorReport": [report]}]
        ),
        "a number": event(eventTime=1795593603),
        "none": event(eventTime=None),
    }
    assert_refused(world, bad, dict.fromkeys(bad, "timestamp") | {"none": "bad-epcis"})


# --- beside good ones ---------------------------------------------------------------


def test_one_bad_event_takes_no_good_one_with_it_unless_all_or_nothing_was_asked(
    world: Captured, raw: bytes
) -> None:
    others = [
        world.signed(world.maker, Act.COMMISSION, world.item(f"G{number}")) for number in range(4)
    ]
    bad = [
        replaced(raw, PLACE, b'"name":"\xff"'),
        replaced(raw, b'"position":0', b'"position":NaN'),
        b"[" * 100_000,
        b"",
    ]
    mixed = [entry for pair in zip(others, bad, strict=True) for entry in pair]
    with recording.nothing_changes():
        outcomes = capture.capture(mixed)
    assert recording.codes(outcomes) == [
        "undecided",
        "bad-text",
        "undecided",
        "bad-number",
        "undecided",
        "too-deep",
        "undecided",
        "bad-json",
    ]
    before, now = Event.objects.count(), timezone.now()
    outcomes = capture.capture(mixed, proceed=True)
    assert recording.codes(outcomes)[::2] == ["stored"] * 4
    assert Event.objects.count() == before + 4
    assert all(event.recorded_at > now for event in Event.objects.filter(kind="commission"))
