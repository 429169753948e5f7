"""Strict JSON in, RFC 8785 bytes out: one spelling, one meaning."""

import json
import random
import struct
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from provenance.core import errors
from provenance.core.signing import canonical

REFUSED = {
    "nothing": (b"", "bad-json"),
    "only spaces": (b"  ", "bad-json"),
    "truncated object": (b'{"a":1', "bad-json"),
    "truncated string": (b'{"a":"b', "bad-json"),
    "two values": (b"{}{}", "bad-json"),
    "trailing comma": (b"[1,]", "bad-json"),
    "single quotes": (b"{'a':1}", "bad-json"),
    "comment": (b"{}//", "bad-json"),
    "leading zero": (b"[01]", "bad-json"),
    "plus sign": (b"[+1]", "bad-json"),
    "bare point": (b"[.5]", "bad-json"),
    "Arabic digits": ("[٣]".encode(), "bad-json"),
    "no-break space": ("{\u00a0}".encode(), "bad-json"),
    "raw line break in a string": (b'["a\nb"]', "bad-json"),
    "raw escape in a string": (b'["\x1b"]', "bad-json"),
    "unknown escape": (b'["\\x41"]', "bad-json"),
    "unmatched closing bracket": (b"]" * 40 + b"[" * 40, "bad-json"),
    "member named twice": (b'{"a":1,"a":1}', "duplicate-key"),
    "member named twice, once escaped": (b'{"a":1,"\\u0061":2}', "duplicate-key"),
    "member named twice, deep inside": (b'[{"b":{"a":1,"c":2,"a":1}}]', "duplicate-key"),
    "NaN": (b"[NaN]", "bad-number"),
    "Infinity": (b'{"a":Infinity}', "bad-number"),
    "-Infinity": (b"[-Infinity]", "bad-number"),
    "too large to be finite": (b"[1e999]", "bad-number"),
    "negative zero": (b"[-0]", "bad-number"),
    "negative zero, as a fraction": (b"[-0.0]", "bad-number"),
    "zero, as a fraction": (b"[0.0]", "bad-number"),
    "2^53": (b"[9007199254740992]", "bad-number"),
    "-2^53": (b"[-9007199254740992]", "bad-number"),
    "2^64": (b"[18446744073709551616]", "bad-number"),
    "2^53 as a fraction": (b"[9007199254740993.5]", "bad-number"),
    "1e21 in its RFC 8785 spelling": (b"[1e+21]", "bad-number"),
    "5,000 digits": (b"[" + b"9" * 5000 + b"]", "bad-number"),
    "a whole number with a point": (b"[1.0]", "bad-number"),
    "an exponent for nothing": (b"[1e2]", "bad-number"),
    "capital exponent": (b"[1E-7]", "bad-number"),
    "surplus zero": (b"[0.50]", "bad-number"),
    "more digits than a double holds": (b"[0.10000000000000000001]", "bad-number"),
    "byte order mark": (b"\xef\xbb\xbf{}", "bad-text"),
    "Latin-1": (b'["\xe9"]', "bad-text"),
    "overlong encoding": (b'["\xc0\x80"]', "bad-text"),
    "a surrogate in the bytes": (b'["\xed\xa0\x80"]', "bad-text"),
    "an escaped high surrogate alone": (b'["\\ud800"]', "bad-text"),
    "an escaped low surrogate alone": (b'{"\\uDC00":1}', "bad-text"),
    "the last surrogate alone": (b'["\\udfff"]', "bad-text"),
    "surrogates in the wrong order": (b'["\\udc00\\ud800"]', "bad-text"),
    "an escaped NUL": (b'["a\\u0000"]', "bad-text"),
    "an escaped NUL in a name": (b'{"\\u0000":1}', "bad-text"),
    "a raw NUL": (b'["\0"]', "bad-text"),
    "UTF-16": ('{"a":1}'.encode("utf-16-le"), "bad-text"),
    "33 levels": (b"[" * 33 + b"]" * 33, "too-deep"),
    "33 levels of objects": (b'{"a":' * 33 + b"1" + b"}" * 33, "too-deep"),
    "33 levels beside others": (b"[[],[],{}," + b"[" * 32 + b"]" * 33, "too-deep"),
    "100,000 levels": (b"[" * 100_000, "too-deep"),
    "100,000 levels, closed": (b"[" * 100_000 + b"]" * 100_000, "too-deep"),
    "33 levels, with brackets in strings between": (
        b'["]",' * 33 + b'"[["' + b"]" * 33,
        "too-deep",
    ),
    "33 levels, with escaped quotes between": (b'["\\"]",' * 33 + b"1" + b"]" * 33, "too-deep"),
}

ACCEPTED = {
    "an object": (b'{"a":1,"b":[true,false,null]}', {"a": 1, "b": [True, False, None]}),
    "spaces of all four kinds": (b' {"a" :\t1,\r\n"b":2}\n', {"a": 1, "b": 2}),
    "the largest integers": (b"[9007199254740991,-9007199254740991]", [2**53 - 1, 1 - 2**53]),
    "fractions as RFC 8785 writes them": (
        b"[0.5,-2.25,1e-7,0.000001]",
        [0.5, -2.25, 1e-7, 0.000001],
    ),
    "a pair of surrogates": (b'["\\ud83d\\ude00"]', ["😀"]),
    "every short escape": (b'["\\b\\f\\n\\r\\t\\"\\\\\\/"]', ['\b\f\n\r\t"\\/']),
    "a backslash before u0000": (b'["\\\\u0000"]', ["\\u0000"]),
    "32 levels": (b"[" * 32 + b"]" * 32, None),
    "many brackets in a string": (b'["' + b"[{" * 100 + b'"]', ["[{" * 100]),
    "many shallow ones": (b"[" + b"[]," * 100 + b"{}]", [*([[]] * 100), {}]),
    "a word at the top": (b'"a"', "a"),
}

texts = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"))
numbers = st.integers(-canonical.MAX_INTEGER, canonical.MAX_INTEGER) | st.floats(
    -(2.0**53) + 1, 2.0**53 - 1, allow_nan=False
)
values = st.recursive(
    st.none() | st.booleans() | numbers | texts,
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(texts, inner, max_size=5),
    max_leaves=20,
)


def outcome(raw: bytes) -> object:
    """The value that these bytes parse to, with its types, or the error's code."""
    try:
        return repr(canonical.parse(raw))
    except errors.ProvenanceError as error:
        return error.code


@pytest.mark.parametrize(("raw", "code"), REFUSED.values(), ids=REFUSED.keys())
def test_what_json_leaves_to_the_reader_is_refused(raw: bytes, code: str) -> None:
    assert outcome(raw) == code


@pytest.mark.parametrize(("raw", "value"), ACCEPTED.values(), ids=ACCEPTED.keys())
def test_plain_json_is_read(raw: bytes, value: object) -> None:
    assert value is None or canonical.parse(raw) == value
    assert outcome(raw) == outcome(b" " + raw), "with and without the fast path"


def test_the_place_of_a_fault_is_given() -> None:
    with pytest.raises(errors.BadJson) as caught:
        canonical.parse(b'{"a":1,]')
    assert caught.value.extra == {"position": 7}
    with pytest.raises(errors.BadText) as broken:
        canonical.parse(b'["ab\xff"]')
    assert broken.value.extra == {"position": 4}


@pytest.mark.parametrize("raw", [b"[]", b"null", b"1", b'"a"', b"true"])
def test_a_parser_of_objects_takes_only_objects(raw: bytes) -> None:
    with pytest.raises(errors.BadJson):
        canonical.parse_object(raw)
    assert canonical.parse_object(b'{"a":{}}') == {"a": {}}


@given(values)
def test_canonical_bytes_are_read_back_and_written_again_unchanged(value: object) -> None:
    written = canonical.serialize(value)
    assert canonical.serialize(canonical.parse(written)) == written
    assert json.loads(written) == value


@given(values, st.integers(0, 10**6), st.sampled_from([*b'{}[]",:\\0129.eE-u ', 0xFF, 0xC3]))
def test_the_fast_path_never_reads_what_the_plain_one_does_not(
    value: object, at: int, byte: int
) -> None:
    raw = bytearray(json.dumps(value, separators=(",", ":"), ensure_ascii=at % 2 == 0).encode())
    raw[at % len(raw)] = byte
    assert outcome(bytes(raw)) == outcome(b" " + bytes(raw))


@given(values)
def test_serialize_writes_what_rfc8785_writes(value: Any) -> None:
    assert canonical.serialize(value) == rfc8785.dumps(value)


def test_serialize_writes_what_rfc8785_writes_for_20_000_random_events() -> None:
    source = random.Random(8785)
    alphabet = 'abcXYZ019 "\\/<>&\b\f\n\r\t\x01\x1f\x7f\x80éß€漢字\u2028\ufb33\uffff😀𝄞.eE-'

    def text() -> str:
        return "".join(source.choices(alphabet, k=source.randrange(8)))

    def value(depth: int) -> Any:  # noqa: PLR0911 -- one kind of value a line
        match source.randrange(9 if depth else 6):
            case 0 | 1:
                return text()
            case 2:
                return source.randrange(-(2**53) + 1, 2**53) >> source.randrange(53)
            case 3:
                return struct.unpack("<d", struct.pack("<Q", source.randrange(0x7FE0 << 48)))[0]
            case 4:
                return source.choice([None, True, False])
            case 5:
                return round(source.uniform(-1000, 1000), 3)
            case 6:
                return [value(depth - 1) for _ in range(source.randrange(5))]
            case _:
                return {text(): value(depth - 1) for _ in range(source.randrange(6))}

    different = [
        sample
        for sample in (value(3) for _ in range(20_000))
        if canonical.serialize(sample) != rfc8785.dumps(sample)
    ]
    assert different == []


def test_names_are_sorted_by_utf_16_units() -> None:
    """The example of RFC 8785 §3.2.3: an emoji sorts before U+FB33, though its code
    point is larger.
    """
    names = ["\u20ac", "\r", "\ufb33", "1", "\U0001f600", "\u0080", "\u00f6"]
    written = canonical.serialize(dict.fromkeys(names, 0))
    code_points = json.dumps(
        dict.fromkeys(sorted(names), 0), ensure_ascii=False, separators=(",", ":")
    )
    assert canonical.canonicalize(code_points.encode())[1] == written
    assert list(json.loads(written)) == [
        "\r",
        "1",
        "\u0080",
        "\u00f6",
        "\u20ac",
        "\U0001f600",
        "\ufb33",
    ]


@pytest.mark.parametrize(
    ("bits", "written"),
    [
        ("0000000000000000", "0"),
        ("8000000000000000", "0"),
        ("0000000000000001", "5e-324"),
        ("8000000000000001", "-5e-324"),
        ("7fefffffffffffff", "1.7976931348623157e+308"),
        ("4340000000000000", "9007199254740992"),
        ("4430000000000000", "295147905179352830000"),
        ("44b52d02c7e14af5", "9.999999999999997e+22"),
        ("44b52d02c7e14af6", "1e+23"),
        ("444b1ae4d6e2ef4f", "999999999999999900000"),
        ("444b1ae4d6e2ef50", "1e+21"),
        ("3eb0c6f7a0b5ed8c", "9.999999999999997e-7"),
        ("3eb0c6f7a0b5ed8d", "0.000001"),
        ("41b3de4355555554", "333333333.33333325"),
        ("becbf647612f3696", "-0.0000033333333333333333"),
        ("43143ff3c1cb0959", "1424953923781206.2"),
    ],
)
def test_numbers_are_written_as_in_rfc_8785_appendix_b(bits: str, written: str) -> None:
    [number] = struct.unpack(">d", bytes.fromhex(bits))
    assert canonical.serialize([number]) == f"[{written}]".encode()


@pytest.mark.parametrize(
    ("value", "code"),
    [
        (float("nan"), "bad-number"),
        ({"a": float("inf")}, "bad-number"),
        ([None, (1, float("nan"))], "bad-number"),
        ([2**53], "bad-number"),
        (-(2**70), "bad-number"),
        (["\ud800"], "bad-text"),
        ({"\udfff": 1}, "bad-text"),
        ({1: 2}, "malformed"),
        ({"a": b"bytes"}, "malformed"),
        (datetime(2026, 1, 1, tzinfo=UTC), "malformed"),
    ],
)
def test_what_is_no_json_is_not_written(value: object, code: str) -> None:
    with pytest.raises(errors.ProvenanceError) as caught:
        canonical.serialize(value)
    assert caught.value.code == code


def test_fractions_are_refused_where_the_record_has_none() -> None:
    canonical.refuse_floats({"a": [1, True, None, "0.5", {}]})
    for value in (0.5, [1, [0.5]], {"a": {"b": 0.5}}):
        with pytest.raises(errors.BadNumber):
            canonical.refuse_floats(value)


def test_the_digest_is_the_sha_256_of_the_bytes() -> None:
    assert (
        canonical.digest(b"") == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    )


# --- time ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2026-11-22T08:00:03Z", datetime(2026, 11, 22, 8, 0, 3, tzinfo=UTC)),
        ("2026-11-22T08:00:03.5Z", datetime(2026, 11, 22, 8, 0, 3, 500_000, tzinfo=UTC)),
        ("2026-11-22T08:00:03.123456789Z", datetime(2026, 11, 22, 8, 0, 3, 123_456, tzinfo=UTC)),
        ("2026-11-22T08:00:03+08:00", datetime(2026, 11, 22, 0, 0, 3, tzinfo=UTC)),
        ("2026-11-22T08:00:03-14:00", datetime(2026, 11, 22, 22, 0, 3, tzinfo=UTC)),
        ("2024-02-29T23:59:59+00:00", datetime(2024, 2, 29, 23, 59, 59, tzinfo=UTC)),
        ("1970-01-01T00:00:00Z", datetime(1970, 1, 1, tzinfo=UTC)),
    ],
)
def test_a_time_with_an_offset_is_one_moment(text: str, moment: datetime) -> None:
    parsed = canonical.parse_timestamp(text)
    assert (parsed, parsed.tzinfo) == (moment, UTC)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "2026-11-22",
        "2026-11-22T08:00:03",
        "2026-11-22 08:00:03Z",
        "2026-11-22t08:00:03z",
        "2026-11-22T08:00Z",
        "20261122T080003Z",
        "2026-11-22T24:00:00Z",
        "2016-12-31T23:59:60Z",
        "2026-11-22T08:60:00Z",
        "2026-02-29T00:00:00Z",
        "2026-13-01T00:00:00Z",
        "2026-11-22T08:00:03+99:00",
        "2026-11-22T08:00:03+14:30",
        "2026-11-22T08:00:03+0800",
        "2026-11-22T08:00:03+08:00:30",
        "2026-11-22T08:00:03.Z",
        "2026-11-22T08:00:03,5Z",
        "2026-11-22T08:00:03Z ",
        "2026-11-22T08:00:03Z\n",
        "٢٠٢٦-11-22T08:00:03Z",
        "0000-01-01T00:00:00Z",
        "0001-01-01T00:00:00+14:00",
        "1969-12-31T23:59:59Z",
        "1970-01-01T00:00:00+01:00",
        "9999-01-01T00:00:00Z",
        "9999-12-31T23:59:59-14:00",
        "9998-12-31T23:59:59-01:00",
    ],
)
def test_any_other_time_is_refused(text: str) -> None:
    with pytest.raises(errors.BadTimestamp):
        canonical.parse_timestamp(text)


def test_a_time_is_a_text() -> None:
    with pytest.raises(errors.BadTimestamp):
        canonical.parse_timestamp(1_700_000_000)  # type: ignore[arg-type]


def test_times_are_written_in_utc_with_milliseconds_only_where_there_are_any() -> None:
    moment = datetime(2026, 11, 22, 8, 0, 3, tzinfo=timezone(timedelta(hours=8)))
    assert canonical.format_timestamp(moment) == "2026-11-22T00:00:03Z"
    assert (
        canonical.format_timestamp(moment.replace(microsecond=120_999))
        == "2026-11-22T00:00:03.120Z"
    )
    assert canonical.format_timestamp(moment.replace(microsecond=999)) == "2026-11-22T00:00:03Z"
    with pytest.raises(errors.BadTimestamp):
        canonical.format_timestamp(datetime(2026, 11, 22))  # noqa: DTZ001


naive_bounds = (datetime(1970, 1, 2), datetime(9998, 12, 30))  # noqa: DTZ001 -- what st.datetimes takes


@given(st.datetimes(*naive_bounds, timezones=st.just(UTC)))
def test_a_time_survives_being_written_to_the_millisecond(moment: datetime) -> None:
    cut = moment.replace(microsecond=moment.microsecond // 1000 * 1000)
    assert canonical.parse_timestamp(canonical.format_timestamp(moment)) == cut
