"""The verify page: how visitors are counted, codes that lead to no record, and the
parts that strangers may not see.
"""

import re
from datetime import datetime, timedelta
from pathlib import Path
from urllib.parse import quote

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from pytest_django import Settings

from provenance.core import gs1
from provenance.core.record.vocabulary import Act
from provenance.models import Membership, Party, Scan
from provenance.services.check import scans
from tests import captured, cast
from tests.captured import Story
from tests.cast import CHINA, GTIN, ITEM, LOT, PALLET_2
from tests.cast import PALLET as UNIT
from tests.pages import PHONE, colour, get, heading, path, text
from tests.world import World

pytestmark = pytest.mark.django_db


# --- visitors -----------------------------------------------------------------------


FIRST = "You are the first to check this code."
SECOND = "by 2 people since then, you included"


@pytest.mark.usefixtures("kept")
def test_people_are_counted_once_and_without_cookies() -> None:
    assert FIRST in text(get(ITEM, user_agent=PHONE))
    assert FIRST in text(get(ITEM, user_agent=f"{PHONE} two"))
    elsewhere = Client(REMOTE_ADDR="192.0.2.7").get(path(ITEM), headers={"user-agent": PHONE})
    assert SECOND.encode() in elsewhere.content
    assert Scan.objects.filter(code=ITEM, verdict="RECORDS_CHECK_OUT").count() == 3
    assert Client().head(path(ITEM)).status_code == 200
    assert Scan.objects.count() == 3
    assert not Scan.objects.filter(session__contains="Mozilla").exists()


@pytest.mark.usefixtures("kept")
@pytest.mark.parametrize(
    "agent",
    [
        "",
        "WhatsApp/2.24.20.89 A",
        "TelegramBot (like TwitterBot)",
        "facebookexternalhit/1.1 (+http://www.facebook.com/externalhit_uatext.php)",
        "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)",
        "Mozilla/5.0 (Windows NT 6.1; WOW64) SkypeUriPreview Preview/0.5",
        "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 HeadlessChrome/131.0 Safari/537.36",
        "curl/8.9.1",
        "python-requests/2.32.3",
    ],
)
def test_robots_and_link_previews_are_not_people(agent: str) -> None:
    page = text(get(ITEM, user_agent=agent))
    assert FIRST not in page
    assert "people since then" not in page
    assert FIRST in text(get(ITEM, user_agent=PHONE))
    assert "First checked" not in text(get(ITEM, user_agent=agent))
    assert list(Scan.objects.filter(session="").values_list("verdict", flat=True)) == [
        "RECORDS_CHECK_OUT",
        "RECORDS_CHECK_OUT",
    ]


@pytest.mark.usefixtures("kept")
@pytest.mark.parametrize("header", [{"sec_purpose": "prefetch;prerender"}, {"purpose": "prefetch"}])
def test_a_page_loaded_in_advance_is_refused_and_counts_when_it_is_opened(
    header: dict[str, str],
) -> None:
    response = get(ITEM, user_agent=PHONE, **header)
    assert (response.status_code, response["Cache-Control"]) == (503, "no-store")
    assert not Scan.objects.exists()
    assert FIRST in text(get(ITEM, user_agent=PHONE))


@pytest.mark.usefixtures("kept")
def test_a_page_loaded_again_the_next_day_is_the_same_person() -> None:
    assert FIRST in text(get(ITEM, user_agent=PHONE))
    Scan.objects.update(session=scans.sessions_of("127.0.0.1", now=yesterday())[0])
    assert FIRST in text(get(ITEM, user_agent=PHONE))
    assert FIRST in text(get(ITEM, user_agent=PHONE))
    assert Scan.objects.values("session").distinct().count() == 1


def test_the_first_visit_is_a_persons_however_many_programs_came_before() -> None:
    long_ago = timezone.now() - timedelta(days=9)
    Scan.objects.create(code=ITEM, session="", verdict="x")
    Scan.objects.update(at=long_ago)
    first = scans.note(ITEM, ["a" * 32], "x")
    assert first is not None
    assert (first.people, first.first_at > long_ago) == (1, True)
    again = scans.note(ITEM, ["b" * 32, "a" * 32], "x")
    assert again == scans.Looks(first.first_at, 1)
    assert scans.note(ITEM, [], "x") is None


def test_people_are_counted_up_to_a_thousand() -> None:
    rows = [Scan(code=ITEM, session=f"{n:032d}", verdict="x") for n in range(1, 1_000)]
    Scan.objects.bulk_create(rows)
    for session, people, more in (("a", 1_000, False), ("a", 1_000, False), ("b", 1_000, True)):
        looks = scans.note(ITEM, [session * 32], "x")
        assert looks is not None
        assert (looks.people, looks.more) == (people, more)


def yesterday() -> datetime:
    return timezone.now() - timedelta(days=1)


@pytest.mark.usefixtures("kept")
def test_120_browsers_at_one_address_are_one_person() -> None:
    pages = [
        text(get(ITEM, user_agent=f"{PHONE} {n}", accept_language=f"x{n}")) for n in range(120)
    ]
    assert all(FIRST in page for page in pages)


@pytest.mark.usefixtures("kept")
def test_people_behind_two_proxies_are_counted_one_by_one(settings: Settings) -> None:
    settings.CUSTOS_PROXIES = 2
    forwarded = [f"9.9.9.{n}, 192.0.2.{n // 2}, 10.0.0.2" for n in range(6)]
    pages = [text(get(ITEM, user_agent=PHONE, x_forwarded_for=hops)) for hops in forwarded]
    assert "by 3 people since then, you included" in pages[-1]


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
@pytest.mark.parametrize("asked", [f"/01/{GTIN}", f"/01/{GTIN}/", f"/01/{GTIN}/22/2A"])
def test_a_product_without_a_serial_is_named_and_says_where_to_look(asked: str) -> None:
    response = Client().get(asked)
    shown = response.content.decode()
    assert response.status_code == 200
    for words in ("names a product", "Tea caddy", "Lantern &amp; Loom", GTIN, "after (21)"):
        assert words in shown
    bundle = Client().get(asked, {"format": "bundle"})
    assert bundle["Content-Type"] == "application/json"


def test_the_number_of_an_unknown_product_is_not_called_a_product() -> None:
    response = Client().get(f"/01/{GTIN}")
    assert (response.status_code, colour(response)) == (404, "grey")  # type: ignore[arg-type]
    assert "We have no record of this product number" in response.content.decode()


@pytest.mark.usefixtures("kept")
@pytest.mark.parametrize("tail", ["/", "//", "%20", "/10/L-9", "/?utm_source=mail"])
def test_what_was_added_to_a_link_on_the_way_leads_to_its_item(tail: str) -> None:
    response = Client().get(path(ITEM) + tail)
    assert colour(response) == "green"  # type: ignore[arg-type]
    assert 'dir="ltr">7K3M9QZXW2T5<' in response.content.decode()


@pytest.mark.usefixtures("kept")
@pytest.mark.parametrize("serial", ["7k3m9qzxw2t5", "7K3M-9QZX-W2T5"])
def test_a_serial_of_ours_in_another_spelling_is_found_and_said(serial: str) -> None:
    response = get(gs1.item_uri(GTIN, serial))
    assert colour(response) == "green"
    assert f"no record of the serial {serial}. This is the record of 7K3M9QZXW2T5" in text(response)
    assert "no record of the serial" not in text(get(ITEM))


def test_another_spelling_never_leads_past_an_item_that_is_registered_itself() -> None:
    story = captured.story()
    capitals, small = gs1.item_uri(GTIN, "ABCDEFGHJK00"), gs1.item_uri(GTIN, "abcdefghjkoo")
    for uri in (capitals, small):
        story.act(story.maker, Act.COMMISSION, uri, **CHINA)
    story.keep()
    for uri in (capitals, small):
        assert f">{gs1.parse_subject(uri).serial}<" in text(get(uri))
        assert "no record of the serial" not in text(get(uri))
    assert get(gs1.item_uri(GTIN, "ABCDEFGHJK11")).status_code == 404


@pytest.mark.parametrize(
    ("lot", "words"),
    [("L-1", ""), ("L-9", "names the lot L-9, but this item was recorded in the lot L-1")],
)
def test_a_wrong_lot_in_the_link_is_said(lot: str, words: str) -> None:
    story = captured.story()
    story.act(story.maker, Act.COMMISSION, {LOT: 100}, **CHINA)
    story.act(story.maker, Act.COMMISSION, ITEM, lot="L-1", **CHINA)
    story.keep()
    for asked in (f"/01/{GTIN}/10/{lot}/21/7K3M9QZXW2T5", f"/01/{GTIN}/21/7K3M9QZXW2T5/10/{lot}"):
        shown = Client().get(asked).content.decode()
        assert ("names the lot" in shown) is bool(words)
        assert words in shown


@pytest.mark.usefixtures("kept")
def test_a_lot_in_the_link_of_an_item_without_one_is_said() -> None:
    shown = Client().get(f"/01/{GTIN}/10/L-9/21/7K3M9QZXW2T5").content.decode()
    assert "names the lot L-9. The record of this item names no lot" in shown


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
        (f"/01/{GTIN}/21/%ZZ", 400, "Not one of our codes"),
        (f"/01/{GTIN}/21/A%", 400, "Not one of our codes"),
        (f"/01/{GTIN}/21/S/10/L", 404, "Not registered"),
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
    response = Client().get(start + quote(tail.encode("utf-8", "surrogatepass")))
    assert response.status_code in {200, 400, 404}


def test_a_serial_with_a_slash_is_found_behind_any_server(settings: Settings) -> None:
    story = captured.story()
    slashed, lot = gs1.item_uri(GTIN, "A/10/B"), gs1.lot_uri(GTIN, "L/21/X")
    story.act(story.maker, Act.COMMISSION, slashed, **CHINA)
    story.act(story.maker, Act.COMMISSION, {lot: 10}, **CHINA)
    story.keep()
    assert colour(get(slashed)) == "green"
    assert colour(member(World.maker.gln, "alice").get(path(lot))) == "green"  # type: ignore[arg-type]
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
    story.act(story.maker, Act.COMMISSION, UNIT, **CHINA)
    story.keep()
    return story


def member(gln: str, name: str) -> Client:
    user = User.objects.create_user(name)
    Membership.objects.create(user=user, party=Party.objects.get(gln=gln))
    client = Client()
    client.force_login(user)
    return client


def test_strangers_learn_nothing_of_a_lot_or_a_unit(shipped: Story) -> None:
    """Neither that there is one, nor whose it is, where, or how many records it has."""
    outsider = member(World.retailer.gln, "charlie")
    for client in (Client(), outsider):
        for there, not_there in ((path(LOT), f"/01/{GTIN}/10/L-2"), (path(UNIT), path(PALLET_2))):
            answers = [client.get(asked) for asked in (there, not_there)]
            assert [answer.status_code for answer in answers] == [404, 404]
            assert "have no public page" in answers[0].content.decode()
            shown = [
                re.sub('nonce="[^"]*"', "", answer.content.decode())
                .replace(asked, "")
                .replace(quote(asked, safe=""), "")
                for answer, asked in zip(answers, (there, not_there), strict=True)
            ]
            assert shown[0] == shown[1]
        assert client.get(path(LOT), {"format": "bundle"}).status_code == 404


@pytest.mark.parametrize("uri", [LOT, UNIT], ids=["a lot", "a unit"])
def test_of_what_was_recalled_everybody_learns_that_it_was(shipped: Story, uri: str) -> None:
    """A lot by a claim on its product, a logistic unit by an event of its own."""
    if uri == LOT:
        recall = cast.a_recall(lots=[LOT])
        shipped.claim(shipped.maker, Act.PRODUCT_RECALLED, gs1.product_uri(GTIN), **recall)
    else:
        shipped.act(shipped.maker, Act.RECALL, UNIT, **CHINA)
    shipped.keep()
    response = Client().get(path(uri))
    shown = response.content.decode()
    assert (response.status_code, colour(response)) == (200, "red")  # type: ignore[arg-type]
    assert "these goods were recalled" in shown
    for hidden in ("Lantern", "Tea caddy", "Shenzhen", "Blue Heron"):
        assert hidden not in shown
    answer = Client().get("/api/v1/subjects", {"uri": uri})
    assert (answer.status_code, answer.json()["recalled"]) == (404, True)
    verdict = Client().get("/api/v1/verdicts", {"uri": uri}).json()
    assert (verdict["verdict"], verdict["issuer"]) == ("RECALLED", None)
    assert verdict["events"]["count"] == 0


def test_a_recall_of_the_product_is_said_of_lots_that_it_names_there_or_not(shipped: Story) -> None:
    not_there = gs1.lot_uri(GTIN, "L-2")
    lots = cast.a_recall(lots=[LOT, not_there])
    shipped.claim(shipped.maker, Act.PRODUCT_RECALLED, gs1.product_uri(GTIN), **lots)
    shipped.keep()
    for uri in (LOT, not_there):
        assert "these goods were recalled" in text(get(uri))
    assert "have no public page" in text(get(gs1.lot_uri(GTIN, "L-3")))


def test_the_verdict_for_strangers_is_the_same_for_every_lot(shipped: Story) -> None:
    there, not_there = (
        Client().get("/api/v1/verdicts", {"uri": uri}).json()
        for uri in (LOT, gs1.lot_uri(GTIN, "L-2"))
    )
    assert there | {"uri": ""} == not_there | {"uri": ""}
    assert there["verdict"] == "NOT_REGISTERED"


def test_who_was_involved_with_a_lot_and_does_not_hold_it_sees_no_journey(shipped: Story) -> None:
    shown = member(World.carrier.gln, "bob").get(path(LOT)).content.decode()
    assert "This is a code of Lantern &amp; Loom Ltd" in shown
    assert "is shown to the party that holds it now" in shown
    for hidden in ('class="journey"', "?format=bundle", shipped.events[-1].digest):
        assert hidden not in shown


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
