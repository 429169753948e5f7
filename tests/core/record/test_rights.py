"""Owned or licensed that day: the one question commissioning asks of the registry."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from provenance.core.record.state import LicenceState, RightState, owned_or_licensed
from provenance.core.record.vocabulary import RightKind

OWNER, BUYER, MAKER, OTHER = "9520000000011", "9520000000028", "9520000000035", "9520000000042"
GTIN, ELSE = "09520000000011", "09520000000028"
RIGHT = RightState(
    "g",
    0,
    "g",
    RightKind.TRADEMARK,
    "LOTUS",
    "Office",
    "1",
    ("CN",),
    (("0001-01-01", OWNER),),
    "2020-01-01",
    "2029-12-31",
)
LICENCE = LicenceState(MAKER, (GTIN,), ("CN",), "2021-01-01", "2022-12-31")
LICENSED = replace(RIGHT, licences={"urn:uuid:1": LICENCE})


def ask(
    right: RightState, party: str, day: str, gtin: str = GTIN, country: str | None = "CN"
) -> bool:
    return owned_or_licensed(right, party=party, gtin=gtin, day=day, country=country)


@pytest.mark.parametrize(
    ("day", "answer"),
    [("2019-12-31", False), ("2020-01-01", True), ("2029-12-31", True), ("2030-01-01", False)],
    ids=["day before", "first day", "last day", "day after"],
)
def test_the_owner_may_from_the_first_to_the_last_valid_day(day: str, answer: bool) -> None:
    assert ask(RIGHT, OWNER, day) is answer
    assert not ask(RIGHT, OTHER, day)


@pytest.mark.parametrize(
    ("day", "answer"),
    [("2020-12-31", False), ("2021-01-01", True), ("2022-12-31", True), ("2023-01-01", False)],
    ids=["day before", "first day", "last day", "day after"],
)
def test_a_licensee_may_within_the_licence(day: str, answer: bool) -> None:
    assert ask(LICENSED, MAKER, day) is answer


@pytest.mark.parametrize(
    ("gtin", "country", "answer"),
    [(GTIN, "CN", True), (ELSE, "CN", False), (GTIN, "VN", False), (GTIN, None, False)],
    ids=["covered", "another product", "another country", "country unknown"],
)
def test_a_licence_covers_its_goods_and_places_alone(
    gtin: str, country: str | None, answer: bool
) -> None:
    assert ask(LICENSED, MAKER, "2021-06-01", gtin, country) is answer


def test_a_licence_without_goods_and_places_covers_all() -> None:
    right = replace(
        RIGHT, licences={"l": replace(LICENCE, products=(), territories=(), valid_until=None)}
    )
    assert ask(right, MAKER, "2025-06-01", ELSE, None)


def test_a_revoked_licence_ends_that_day() -> None:
    right = replace(RIGHT, licences={"l": replace(LICENCE, revoked_from="2021-06-01")})
    assert ask(right, MAKER, "2021-05-31")
    assert not ask(right, MAKER, "2021-06-01")


def test_a_lapsed_right_protects_nobody_from_that_day() -> None:
    right = replace(LICENSED, lapsed_from="2021-06-01")
    assert ask(right, OWNER, "2021-05-31")
    assert ask(right, MAKER, "2021-05-31")
    assert not ask(right, OWNER, "2021-06-01")
    assert not ask(right, MAKER, "2021-06-01")


def test_an_assignment_moves_the_right_on_its_day() -> None:
    right = replace(RIGHT, owners=(*RIGHT.owners, ("2024-07-01", BUYER)))
    assert (ask(right, OWNER, "2024-06-30"), ask(right, BUYER, "2024-06-30")) == (True, False)
    assert (ask(right, OWNER, "2024-07-01"), ask(right, BUYER, "2024-07-01")) == (False, True)


DAYS = st.integers(0, 40).map(lambda n: (date(2024, 1, 1) + timedelta(n)).isoformat())


@given(DAYS, DAYS, DAYS, st.none() | DAYS, st.none() | DAYS)
def test_a_licence_holds_on_a_day_exactly_when_every_window_does(
    day: str, first: str, last: str, revoked: str | None, lapsed: str | None
) -> None:
    licence = LicenceState(MAKER, (), (), first, last, revoked)
    right = replace(RIGHT, lapsed_from=lapsed, licences={"l": licence})
    windows = [
        first <= day,
        day <= last,
        revoked is None or day < revoked,
        lapsed is None or day < lapsed,
    ]
    assert ask(right, MAKER, day) is all(windows)
