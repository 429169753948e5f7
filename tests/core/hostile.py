"""JSON as an attacker writes it: anything at all, and good documents with one thing
changed.
"""

import copy
from collections.abc import Iterator
from typing import Any

from hypothesis import strategies as st

Path = tuple[str | int, ...]

WORDS = [
    *("", "x", "9520000000011", "https://id.gs1.org/01/09520000000004", "urn:uuid:"),
    *("did:web:a:parties:1", "\x00", "ObjectEvent", "AggregationEvent"),
    *("TransformationEvent", "PartyRegistered", "KeyAdded", "RightFiled", "OBSERVE"),
    *("ADD", "commissioning", "void_shipping", "possessing_party"),
    *("2026-11-02T08:00:00Z", "2026-01-01"),
]
NAMES = [
    *("type", "id", "subject", "position", "previous", "closes", "parentID"),
    *("errorDeclaration", "custos:customs", "custos:place", "readPoint"),
    *("sensorElementList", "sourceList", "quantityList", "epcList", "ilmd", "@context"),
    *("bizTransactionList", "persistentDisposition", "sensorReport", "sensorMetadata"),
    *("outputEPCList", "country", "sealed", "openings", "count", "root", "members"),
    *("outputQuantityList", "index", "salt", "path", "link", "role", "member", "value"),
]
SCALARS = (
    st.none()
    | st.booleans()
    | st.integers(-3, 10**6)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.sampled_from(WORDS)
    | st.text(max_size=8)
)
JSON = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(NAMES) | st.text(max_size=4), inner, max_size=4)
    ),
    max_leaves=8,
)

HOSTILE_TEXT = st.text(
    st.characters(categories=["Cc", "Cf", "Cs", "Zl", "Zp", "Mn"])
    | st.sampled_from("\r\n\t\x1b\x7f\x85\x9b\u200b\u202e\u2066\u2028\ufeff\u3164 aä語"),
    max_size=400,
)


def paths(value: Any, here: Path = ()) -> Iterator[Path]:
    """Every place inside a JSON value, its own first."""
    yield here
    members = (
        value.items()
        if isinstance(value, dict)
        else enumerate(value)
        if isinstance(value, list)
        else ()
    )
    for name, member in members:
        yield from paths(member, (*here, name))


def changed(value: Any, where: Path, new: Any) -> Any:
    """A copy of `value` with `new` at `where`; the name `...` deletes what is there."""
    if not where:
        return new
    whole = copy.deepcopy(value)
    at = whole
    for step in where[:-1]:
        at = at[step]
    if new is ...:
        del at[where[-1]]
    else:
        at[where[-1]] = new
    return whole


@st.composite
def one_thing_changed(draw: st.DrawFn, value: Any) -> Any:
    """`value` with one node replaced or deleted, or one member more."""
    where = draw(st.sampled_from(list(paths(value))[1:]))
    action = draw(st.sampled_from(["replace", "replace", "delete", "add"]))
    if action == "delete":
        return changed(value, where, ...)
    at = value
    for step in where:
        at = at[step]
    if action == "add" and isinstance(at, dict):
        return changed(value, (*where, draw(st.sampled_from(NAMES))), draw(JSON))
    if action == "add" and isinstance(at, list):
        return changed(value, where, [*at, draw(JSON)])
    return changed(value, where, draw(JSON))
