"""The verify page: how visitors are counted, codes that lead to no record, and the
parts that strangers may not see.
"""

from pathlib import Path

import pytest
from django.contrib.auth.models import User
from django.test import Client
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from pytest_django import Settings

from provenance.core import gs1
from provenance.core.record.vocabulary import Act
from provenance.models import Membership, Party, Scan
from tests import captured
from tests.captured import Story
from tests.cast import CHINA, GTIN, ITEM, LOT, PALLET
from tests.pages import colour, get, heading, path, text
from tests.world import World

pytestmark = pytest.mark.django_db


# --- visitors -----------------------------------------------------------------------


@pytest.mark.usefixtures("kept")
def test_people_are_counted_once_and_without_cookies() -> None:
    assert "You are the first to check this code." in text(get(ITEM, user_agent="one"))
    assert "You are the first to check this code." in text(get(ITEM, user_agent="one"))
    assert "by 2 people since then, you included" in text(get(ITEM, user_agent="two"))
    assert Scan.objects.filter(code=ITEM, verdict="RECORDS_CHECK_OUT").count() == 3
    assert Client().head(path(ITEM)).status_code == 200
    assert Scan.objects.count() == 3
    assert not Scan.objects.filter(session__contains="one").exists()


def test_a_visit_to_an_unknown_code_is_a_row_too() -> None:
    get(ITEM)
    assert list(Scan.objects.values_list("code", "verdict", "reason")) == [
        (ITEM, "NOT_REGISTERED", "unknown-subject")
    ]


# --- codes without a record ---------------------------------------------------------


def test_an_unknown_code_is_grey_and_is_not_called_false() -> None:
    response = get(ITEM)
    assert (response.status_code, colour(response)) == (404, "grey")
    assert heading(response) == "We have no record of this code"
    assert "has not uploaded them yet" in text(response)
    assert not response.cookies


@pytest.mark.usefixtures("kept")
def test_a_product_without_a_serial_says_where_to_look() -> None:
    response = Client().get(f"/01/{GTIN}")
    assert response.status_code == 200
    assert b"names a product" in response.content


@pytest.mark.parametrize(
    ("asked", "status", "word"),
    [
        ("/01/09520000000005/21/A", 400, "Typing error"),
        ("/00/095200000000000012", 400, "Typing error"),
        ("/01/9520000000004/21/A", 400, "Not one of our codes"),
        (f"/01/{GTIN}/21/", 400, "Not one of our codes"),
        (f"/01/{GTIN}/21/%00", 400, "Not one of our codes"),
        (f"/01/{GTIN}/21/{'A' * 21}", 400, "Not one of our codes"),
        (f"/01/{GTIN}/21/%E2%80%AEA", 400, "Not one of our codes"),
        (f"/01/{GTIN}/21/%c3%a9", 400, "Not one of our codes"),
        (f"/01/{GTIN}/21/%ff%fe", 404, "Not registered"),
        (f"/01/{GTIN}/99/A", 400, "Not one of our codes"),
        (f"/01/{GTIN}/10/A/99/B/21/C/10/D/E/F", 404, "Not registered"),
        (f"/01/{GTIN}/10/{'A' * 21}/21/B", 400, "Not one of our codes"),
        ("/00/", 400, "Not one of our codes"),
        ("/01/", 400, "Not one of our codes"),
    ],
)
def test_a_code_that_cannot_be_one_gets_its_own_notice(asked: str, status: int, word: str) -> None:
    response = Client().get(asked)
    assert response.status_code == status
    assert word in response.content.decode()
    assert colour(response) == "grey"  # type: ignore[arg-type]


@hypothesis_settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    st.text(max_size=40),
    st.sampled_from(["/01/", "/00/", f"/01/{GTIN}/", f"/01/{GTIN}/21/", f"/01/{GTIN}/10/"]),
)
def test_no_path_is_an_error_of_ours(tail: str, start: str) -> None:
    from urllib.parse import quote

    response = Client().get(start + quote(tail.encode("utf-8", "surrogatepass")))
    assert response.status_code in {200, 400, 404}


def test_a_serial_with_a_slash_is_found_behind_any_server(settings: Settings) -> None:
    story = captured.story()
    slashed, lot = gs1.item_uri(GTIN, "A/10/B"), gs1.lot_uri(GTIN, "L/21/X")
    story.act(story.maker, Act.COMMISSION, slashed, **CHINA)
    story.act(story.maker, Act.COMMISSION, {lot: 10}, **CHINA)
    story.keep()
    assert colour(get(slashed)) == "green"
    assert colour(get(lot)) == "green"
    assert colour(Client().get(f"/01/{GTIN}/10/L-1/21/A%2F10%2FB")) == "green"  # type: ignore[arg-type]


@pytest.mark.usefixtures("kept")
def test_when_we_cannot_look_the_answer_is_blue_and_never_unknown(settings: Settings) -> None:
    Path(settings.CUSTOS_LEDGER_DIR).rename(Path(settings.CUSTOS_LEDGER_DIR).with_name("elsewhere"))
    response = get(ITEM)
    assert (response.status_code, colour(response)) == (503, "blue")
    assert "trouble is on our side" in text(response)


# --- lots and logistic units --------------------------------------------------------


@pytest.fixture
def shipped(settings: Settings) -> Story:
    story = captured.story()
    story.act(story.maker, Act.COMMISSION, {LOT: 100}, **CHINA)
    story.hand_over(story.maker, story.carrier, {LOT: 100}, accept=False, offset="+08:00")
    story.keep()
    return story


def member(gln: str, name: str) -> Client:
    user = User.objects.create_user(name)
    Membership.objects.create(user=user, party=Party.objects.get(gln=gln))
    client = Client()
    client.force_login(user)
    return client


def test_strangers_see_no_journey_of_a_lot(shipped: Story) -> None:
    outsider = member(World.retailer.gln, "charlie")
    for client in (Client(), outsider):
        shown = client.get(path(LOT)).content.decode()
        assert "This code was issued by Lantern &amp; Loom Ltd" in shown
        assert "Tea caddy" in shown
        assert "It was handed over to another party" in shown
        for hidden in (
            "Blue Heron",
            World.carrier.gln,
            'class="journey"',
            "?format=bundle",
            shipped.events[-1].digest,
        ):
            assert hidden not in shown
        assert client.get(path(LOT), {"format": "bundle"}).status_code == 404


@pytest.mark.parametrize(
    ("gln", "seen"),
    [(World.maker.gln, True), (World.carrier.gln, False)],
    ids=["who holds it", "who was handed it and did not accept"],
)
@pytest.mark.usefixtures("shipped")
def test_members_of_the_party_that_holds_a_lot_see_its_journey(gln: str, seen: bool) -> None:
    client = member(gln, "alice")
    shown = client.get(path(LOT)).content.decode()
    assert ("handed it over to Blue Heron Freight" in shown) is seen
    bundle = client.get(path(LOT), {"format": "bundle"})
    assert (bundle["Content-Type"] == "application/json") is seen


@pytest.mark.usefixtures("kept")
def test_a_logistic_unit_is_limited_as_well() -> None:
    shown = text(get(PALLET))
    assert "is shown to the party that holds it now" in shown
    assert "Blue Heron" not in shown
