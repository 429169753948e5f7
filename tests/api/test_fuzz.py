"""Any request is answered: never with 5xx, and every refusal has a code of ours."""

import copy
from typing import Any

import orjson
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from provenance.api import problems
from provenance.core.record.vocabulary import Act
from provenance.models import Event
from tests.api import client as cast
from tests.api.client import Caller, Signed, item, pallet

SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**53) + 1, 2**53 - 1),
    st.floats(allow_nan=False, allow_infinity=False),
    st.text(max_size=20),
    st.sampled_from(["2026-11-20T08:00:00Z", cast.MAKER, pallet(1), item("A1"), "0" * 64, "CN"]),
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=12), inner, max_size=4)
    ),
    max_leaves=12,
)
MEMBERS = [
    "kind",
    "claim",
    "subjects",
    "time",
    "parent",
    "outputs",
    "sender",
    "receiver",
    "place",
    "customs",
    "reference",
    "lot",
    "expiry",
    "biz_step",
    "sensors",
    "corrects",
    "error_reason",
    "evidence",
    "gln",
    "name",
    "country",
    "roles",
    "keep_key",
    "public_key",
    "possession",
    "purpose",
    "custody",
    "reason",
    "gtin",
    "brand",
    "hs_code",
    "origin",
    "rights",
]
ENDPOINTS = [
    "/events",
    "/events?on_error=proceed",
    "/events/prepare",
    "/parties",
    "/products",
    f"/parties/{cast.CARRIER}/keys",
    *(f"/acts/{kind}" for kind in Act if not kind.is_claim),
]
FUZZ = settings(
    max_examples=150,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


def check(answer: Any) -> None:
    assert answer.status_code < 500, answer.content
    if answer.status_code >= 400:
        problem = answer.json()
        assert answer["Content-Type"] == "application/problem+json"
        assert problems.TABLE[problem["code"]].status == answer.status_code == problem["status"]


@pytest.fixture
def everybody(callers: dict[str, Caller]) -> dict[str, Caller]:
    """The callers, and a pallet that the carrier has."""
    callers["carrier"].post("/acts/commission", {"subjects": [{"uri": pallet(1)}]})
    return callers


@FUZZ
@given(endpoint=st.sampled_from(ENDPOINTS), body=st.binary(max_size=200))
def test_any_bytes(everybody: dict[str, Caller], endpoint: str, body: bytes) -> None:
    before = Event.objects.count()
    check(everybody["carrier"].post(endpoint, body or b" "))
    assert Event.objects.count() == before


@FUZZ
@given(
    endpoint=st.sampled_from(ENDPOINTS),
    who=st.sampled_from(["carrier", "maker", "registrar"]),
    body=st.dictionaries(st.sampled_from(MEMBERS) | st.text(max_size=5), VALUES, max_size=6)
    | VALUES,
)
def test_any_json(everybody: dict[str, Caller], endpoint: str, who: str, body: Any) -> None:
    check(everybody[who].post(endpoint, orjson.dumps(body)))


ODD = VALUES | st.sampled_from(
    [[pallet(1)], [{"uri": pallet(1)}], {"country": "CN"}, "sensor_reporting", [], {}, ""]
)
LINES = st.lists(
    st.fixed_dictionaries(
        {
            "uri": st.sampled_from(
                [pallet(1), pallet(2), item("A1"), f"https://id.gs1.org/01/{cast.GTIN}/10/L1"]
            )
        },
        optional={"quantity": st.sampled_from([1, "1", "2.5", 3])},
    ),
    min_size=1,
    max_size=3,
)
PLAUSIBLE: dict[str, st.SearchStrategy[Any]] = {
    "parent": st.sampled_from([pallet(1), pallet(2), item("A1")]),
    "outputs": LINES,
    "sender": st.sampled_from([cast.MAKER, cast.CARRIER, cast.SHOP]),
    "receiver": st.sampled_from([cast.MAKER, cast.CARRIER, cast.SHOP]),
    "place": st.fixed_dictionaries(
        {},
        optional={
            "country": st.just("CN"),
            "id": st.text(max_size=10),
            "name": st.text(max_size=10),
        },
    ),
    "customs": st.fixed_dictionaries(
        {"procedure": st.just("import")}, optional={"outcome": st.just("held")}
    ),
    "reference": st.text(max_size=10),
    "lot": st.text(max_size=10),
    "expiry": st.text(max_size=10),
    "biz_step": st.sampled_from(["storing", "assembling"]),
    "sensors": st.lists(st.dictionaries(st.text(max_size=8), VALUES, max_size=3), max_size=2),
    "evidence": st.lists(st.dictionaries(st.text(max_size=8), VALUES, max_size=3), max_size=2),
}


@FUZZ
@given(
    kind=st.sampled_from([kind for kind in Act if not kind.is_claim]),
    body=st.fixed_dictionaries({"subjects": LINES}, optional=PLAUSIBLE),
)
def test_any_act(everybody: dict[str, Caller], kind: Act, body: dict[str, Any]) -> None:
    check(everybody["carrier"].post(f"/acts/{kind}", body))


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Every place in a JSON value."""
    inner = (
        value.items()
        if isinstance(value, dict)
        else enumerate(value)
        if isinstance(value, list)
        else ()
    )
    return [path, *(place for name, member in inner for place in places(member, (*path, name)))]


@FUZZ
@given(data=st.data())
def test_any_change_of_a_signed_event(everybody: dict[str, Caller], data: st.DataObject) -> None:
    maker = everybody["maker"]
    assert isinstance(maker, Signed)
    document = maker.document("Z9")
    path = data.draw(st.sampled_from(places(document)[1:]))
    changed = copy.deepcopy(document)
    holder = changed
    for step in path[:-1]:
        holder = holder[step]
    if data.draw(st.booleans()):
        del holder[path[-1]]
    else:
        holder[path[-1]] = data.draw(VALUES)
    answer = maker.post("/events", orjson.dumps(changed))
    check(answer)
    if orjson.dumps(changed, option=orjson.OPT_SORT_KEYS) != orjson.dumps(
        document, option=orjson.OPT_SORT_KEYS
    ):
        assert answer.status_code >= 400


@FUZZ
@given(
    path=st.sampled_from(
        ["/events", "/subjects", "/bundles", "/shipments", "/parties", "/products"]
    ),
    query=st.dictionaries(
        st.sampled_from(["uri", "kind", "after", "limit", "reference", "x"]),
        st.text(max_size=30) | st.sampled_from([pallet(1), item("A1"), "10"]),
        max_size=3,
    ),
)
def test_any_query(everybody: dict[str, Caller], path: str, query: dict[str, str]) -> None:
    check(everybody["carrier"].get(path, query))
