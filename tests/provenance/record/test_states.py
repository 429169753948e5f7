"""Every state comes back from its JSON as it was."""

from datetime import UTC
from decimal import Decimal

import orjson
from hypothesis import given
from hypothesis import strategies as st

from provenance.core.gs1 import SubjectKind
from provenance.core.record.state import (
    GoodsState,
    KeyState,
    LicenceState,
    PartyState,
    ProductState,
    RightState,
    State,
)
from provenance.core.record.vocabulary import Act
from provenance.services.record import states

TEXTS = st.text(max_size=5)
MOMENTS = st.datetimes(timezones=st.just(UTC))
POSITIONS = st.integers(0, 2**31 - 1)
AMOUNTS = st.decimals(min_value=0, max_value=10**9, places=2) | st.integers(0, 9).map(Decimal)
GOODS = st.builds(
    GoodsState,
    position=POSITIONS,
    last_time=MOMENTS,
    quantity=AMOUNTS,
    holdings=st.dictionaries(TEXTS, AMOUNTS),
    sold=AMOUNTS,
    contents=AMOUNTS,
    handed_over_at=st.none() | MOMENTS,
    seller=st.none() | TEXTS,
    pending=st.none() | TEXTS,
    ended_by=st.none() | st.sampled_from(Act),
    recalled=st.booleans(),
    lot=TEXTS,
)
KEYS = st.builds(
    KeyState,
    position=POSITIONS,
    enrolled_from=MOMENTS,
    revoked=st.none() | TEXTS,
    revoked_from=st.none() | MOMENTS,
)
STATES: dict[SubjectKind, st.SearchStrategy[State]] = {
    SubjectKind.ITEM: GOODS,
    SubjectKind.LOT: GOODS,
    SubjectKind.LOGISTIC_UNIT: GOODS,
    SubjectKind.PARTY: st.builds(PartyState, position=POSITIONS),
    SubjectKind.KEY: KEYS,
    SubjectKind.PRODUCT: st.builds(ProductState, position=POSITIONS),
    SubjectKind.RIGHT: st.builds(
        RightState,
        position=POSITIONS,
        licences=st.dictionaries(TEXTS, st.builds(LicenceState)),
        verified=st.booleans(),
    ),
}


def test_every_kind_of_subject_has_a_state() -> None:
    assert set(STATES) == set(SubjectKind)


@given(st.sampled_from(list(STATES)).flatmap(lambda kind: st.tuples(st.just(kind), STATES[kind])))
def test_a_state_survives_being_stored(case: tuple[SubjectKind, State]) -> None:
    kind, state = case
    members = states.dump(state)
    assert orjson.loads(orjson.dumps(members)) == members
    assert states.load(kind, members) == state
