"""The JSON forms of commitments, contents and openings: each reads back what it writes, and any
other shape is refused.
"""

import copy
import functools
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from provenance.core.record import sealed, sealed_json
from provenance.core.record.sealed import Commitment, Side
from provenance.core.record.vocabulary import Act
from provenance.core.signing import canonical
from tests.cast import item
from tests.core import hostile
from tests.core.record.sealing import CUPS, TEAS, code, event, read

DOCUMENT, CONTENTS = event()
OUTPUTS = {item("OUT"): 1}
_, TRANSFORMED = event(kind=Act.TRANSFORM, subjects=[*TEAS, *CUPS], outputs=OUTPUTS)
WRITTEN = sealed_json.write_contents(CONTENTS)
OPENED = sealed_json.write_openings(sealed.openings(CONTENTS))
LINK, MEMBER = OPENED[0], OPENED[-1]


def test_what_is_written_is_read_back() -> None:
    for contents in (CONTENTS, TRANSFORMED):
        written = canonical.parse(canonical.serialize(sealed_json.write_contents(contents)))
        assert sealed_json.read_contents(written) == contents
        shown = sealed.openings(contents)
        written = canonical.parse(canonical.serialize(sealed_json.write_openings(shown)))
        assert sealed_json.read_openings(written) == tuple(shown)
        commitment, _ = contents.tree
        written = sealed_json.write_commitment(commitment)
        assert sealed_json.read_commitment(written) == commitment
    assert {link.role for link in TRANSFORMED.links} == {*Side}


def test_a_commitment_says_nothing_of_no_members() -> None:
    assert sealed_json.write_commitment(Commitment(2, 0, "0" * 64)) == {
        "count": 2,
        "root": "0" * 64,
    }
    assert DOCUMENT["sealed"].keys() == {"count", "members", "root"}


MANY = [{"subject": item(f"N{n:04}"), "position": 0, "previous": None} for n in range(1025)]


@pytest.mark.parametrize(
    ("where", "value", "expected"),
    [
        (("seed",), ..., "bad-opening"),
        (("seed",), "0" * 62, "bad-opening"),
        (("seed",), "0" * 66, "bad-opening"),
        (("seed",), "A" * 64, "bad-opening"),
        (("seed",), "0" * 64 + "\n", "bad-opening"),
        (("seed",), None, "bad-opening"),
        (("seed",), 7, "bad-opening"),
        (("salt",), "0" * 32, "bad-opening"),
        (("links",), ..., "bad-opening"),
        (("links",), {}, "bad-opening"),
        (("links",), MANY, "too-large"),
        (("links",), MANY[:1024], "read"),
        (("links",), [7], "bad-opening"),
        (("links", 0, "subject"), ..., "malformed"),
        (("links", 0, "subject"), 7, "malformed"),
        (("links", 0, "subject"), 'a"b', "bad-opening"),
        (("links", 0, "subject"), "a\\b", "bad-opening"),
        (("links", 0, "subject"), "a\nb", "bad-opening"),
        (("links", 0, "subject"), "é", "bad-opening"),
        (("links", 0, "subject"), "\ud800", "bad-opening"),
        (("links", 0, "position"), True, "malformed"),
        (("links", 0), LINK["link"] | {"position": 2**53 - 1, "previous": "0" * 64}, "read"),
        (("links", 0), LINK["link"] | {"position": 2**53, "previous": "0" * 64}, "malformed"),
        (("links", 0, "position"), 1, "malformed"),
        (("links", 0, "previous"), "0" * 64, "malformed"),
        (("links", 0, "closes"), "0" * 64, "malformed"),
        (("links", 0, "role"), "input", "read"),
        (("links", 0, "role"), "both", "bad-opening"),
        (("links", 0, "role"), None, "bad-opening"),
        (("links", 0, "role"), [], "bad-opening"),
        (("links", 0, "more"), 1, "malformed"),
        (("members",), ..., "bad-opening"),
        (("members",), [{"member": "/bizTransactionList", "value": []}] * 17, "bad-opening"),
        (("members", 0, "member"), "/epcList", "bad-opening"),
        (("members", 0, "member"), "bizTransactionList", "bad-opening"),
        (("members", 0, "member"), ["/bizTransactionList"], "bad-opening"),
        (("members", 0, "value"), ..., "bad-opening"),
        (("members", 0, "value"), None, "read"),
        (("members", 0, "salt"), "0" * 32, "bad-opening"),
        ((), [], "bad-opening"),
        ((), None, "bad-opening"),
    ],
    ids=lambda value: f"{value!r:.40}",
)
def test_contents_have_their_shape(where: hostile.Path, value: Any, expected: str) -> None:
    changed = hostile.changed(WRITTEN, where, value)
    assert code(lambda: sealed_json.read_contents(changed)) == expected


@pytest.mark.parametrize(
    ("where", "value", "expected"),
    [
        ((0, "index"), 1039, "read"),
        ((0, "index"), 1040, "bad-opening"),
        ((0, "index"), -1, "bad-opening"),
        ((0, "index"), True, "bad-opening"),
        ((0, "index"), 0.0, "bad-opening"),
        ((0, "index"), ..., "bad-opening"),
        ((0, "salt"), ..., "bad-opening"),
        ((0, "salt"), "0" * 30, "bad-opening"),
        ((0, "salt"), "0" * 64, "bad-opening"),
        ((0, "salt"), None, "bad-opening"),
        ((0, "path"), ..., "bad-opening"),
        ((0, "path"), "0" * 64, "bad-opening"),
        ((0, "path"), ["0" * 64] * 11, "read"),
        ((0, "path"), ["0" * 64] * 12, "bad-opening"),
        ((0, "path"), ["0" * 63], "bad-opening"),
        ((0, "path"), [None], "bad-opening"),
        ((0, "seed"), "0" * 64, "bad-opening"),
        ((0, "link"), ..., "bad-opening"),
        ((0, "link"), None, "bad-opening"),
        ((0, "link", "subject"), "\ud800", "bad-opening"),
        ((0, "member"), "/bizTransactionList", "bad-opening"),
        ((-1, "link"), LINK["link"], "bad-opening"),
        ((-1, "value"), ..., "bad-opening"),
        ((-1, "member"), {}, "bad-opening"),
        ((), {}, "bad-opening"),
        ((), None, "bad-opening"),
        ((), [7], "bad-opening"),
        ((), [LINK] * 1041, "bad-opening"),
    ],
    ids=lambda value: f"{value!r:.40}",
)
def test_openings_have_their_shape(where: hostile.Path, value: Any, expected: str) -> None:
    changed = hostile.changed(OPENED, where, value)
    assert code(lambda: sealed_json.read_openings(changed)) == expected


def test_a_position_that_no_text_can_hold_is_malformed() -> None:
    changed = hostile.changed(OPENED, (0, "link", "position"), 10**5000)
    assert code(lambda: sealed_json.read_openings(changed)) == "malformed"


@given(
    st.sampled_from([WRITTEN, OPENED, DOCUMENT["sealed"]]).flatmap(hostile.one_thing_changed)
    | hostile.JSON
)
def test_anything_else_is_read_or_a_typed_error(value: Any) -> None:
    before = copy.deepcopy(value)
    readers = (sealed_json.read_contents, sealed_json.read_openings, sealed_json.read_commitment)
    for reader in readers:
        assert code(functools.partial(reader, value)) in {
            *("read", "bad-opening", "malformed", "too-large")
        }
    assert value == before


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ({"count": 5, "members": 1, "root": "0" * 64}, "read"),
        ({"count": 5, "root": "0" * 64}, "read"),
        ({"count": 6, "root": "0" * 64}, "bad-opening"),
        ({"count": 1025, "root": "0" * 64}, "bad-opening"),
        ({"count": 0, "root": "0" * 64}, "bad-opening"),
        ({"count": 5, "members": 0, "root": "0" * 64}, "bad-opening"),
        ({"count": 5, "members": 17, "root": "0" * 64}, "bad-opening"),
        ({"count": 5, "members": True, "root": "0" * 64}, "bad-opening"),
        ({"count": True, "root": "0" * 64}, "bad-opening"),
        ({"count": 5.0, "root": "0" * 64}, "bad-opening"),
        ({"count": "5", "root": "0" * 64}, "bad-opening"),
        ({"count": -5, "root": "0" * 64}, "bad-opening"),
        ({"count": 5, "root": "0" * 63}, "bad-opening"),
        ({"count": 5, "root": "A" * 64}, "bad-opening"),
        ({"count": 5, "root": None}, "bad-opening"),
        ({"count": 5}, "bad-opening"),
        ({"root": "0" * 64}, "bad-opening"),
        ({"count": 5, "root": "0" * 64, "seed": "0" * 64}, "bad-opening"),
        (None, "bad-opening"),
        ([], "bad-opening"),
    ],
    ids=str,
)
def test_a_commitment_has_its_shape(value: Any, expected: str) -> None:
    assert code(lambda: read(DOCUMENT | {"sealed": value})) == expected
