"""The verify page, as a browser gets it."""

import re
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

import brotli
import pytest
from django.contrib.auth.models import User
from django.http import HttpResponse
from django.test import Client
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from pytest_django import Settings

from provenance.core import bundle, gs1
from provenance.core.kinds import Kind
from provenance.models import Membership, Party, Scan
from tests import stored
from tests.story import (
    CARRIER, CUSTOMS_CN, GTIN, ITEM, LOT, MAKER, PALLET, RETAILER, ROTTERDAM, SHENZHEN, Story,
)  # fmt: skip

pytestmark = pytest.mark.django_db
CHINA = {"place": SHENZHEN, "offset": "+08:00"}


def path(uri: str) -> str:
    return gs1.parse_subject(uri).path


def get(uri: str, **headers: str) -> HttpResponse:
    return Client().get(path(uri), headers=headers)  # type: ignore[return-value]


def text(response: HttpResponse) -> str:
    return response.content.decode()


def heading(response: HttpResponse) -> str:
    found = re.search(r"<h1[^>]*>(.*?)</h1>", text(response), re.S)
    assert found is not None
    return found[1]


def colour(response: HttpResponse) -> str:
    found = re.search(r'class="card verdict (\w+)"', text(response))
    assert found is not None
    return found[1]


@pytest.fixture
def kept(settings: Settings) -> Story:
    story = stored.begin(settings).journey()
    stored.keep(story.records)
    return story


@pytest.fixture
def started(settings: Settings) -> Story:
    """A made item, not stored yet."""
    story = stored.begin(settings)
    story.act(Kind.COMMISSION, MAKER, {ITEM: 1}, **CHINA)
    return story


# --- what it says ------------------------------------------------------------------------------------------------


def test_the_first_heading_says_who_issued_the_code_and_that_its_records_check_out(kept: Story) -> None:
    assert kept
    response = get(ITEM)
    assert (response.status_code, colour(response)) == (200, "green")
    assert heading(response) == "This code was issued by Lantern &amp; Loom Ltd and its 10 records check out"


def test_the_page_shows_the_product_the_journey_and_the_places_newest_first(kept: Story) -> None:
    assert kept
    shown = text(get(ITEM))
    lines = [
        "sold it to a consumer",
        "unpacked it",
        "cleared it for import",
        "cleared it for export",
        "packed it into",
        "issued the code",
    ]
    places = [shown.index(line) for line in lines]
    assert places == sorted(places)
    for part in (
        "Tea caddy, hand-painted, 250 g",
        "Rotterdam, NL",
        "(UTC+08:00)",
        "while inside a logistic unit",
        "The loop is closed",
        "in the ledger, no. ",
        "compare the item",
        'href="?format=bundle"',
        "python -m provenance.core bundle.json",
    ):
        assert part in shown


def test_it_never_calls_goods_genuine(kept: Story) -> None:
    assert kept
    shown = text(get(ITEM)).lower()
    assert not re.search(r"genuine|authentic|original product|real product", shown)


def test_what_is_accepted_and_not_anchored_says_so(started: Story) -> None:
    stored.keep(started.records, anchor=False)
    response = get(ITEM)
    assert colour(response) == "amber"
    assert "accepted, not yet in the ledger" in text(response)


def test_a_recall_comes_first_with_who_and_when(started: Story) -> None:
    started.act(Kind.RECALL, MAKER, {ITEM: 1}, **CHINA)
    stored.keep(started.records)
    response = get(ITEM)
    assert colour(response) == "red"
    assert heading(response).startswith("Stop:")
    assert "The brand has recalled it. Lantern &amp; Loom Ltd said so on" in text(response)


@pytest.mark.parametrize(("outcome", "words"), [("held", "is holding it"), ("seized", "has seized it")])
def test_what_customs_stopped_is_red(started: Story, outcome: str, words: str) -> None:
    started.customs({ITEM: 1}, CUSTOMS_CN, "export", CHINA, outcome)
    stored.keep(started.records)
    response = get(ITEM)
    assert colour(response) == "red"
    assert f"A customs authority {words}. Shenzhen Customs said so on" in text(response)


def test_a_theft_is_red(started: Story) -> None:
    started.act(Kind.REPORT_STOLEN, MAKER, {ITEM: 1}, **CHINA)
    stored.keep(started.records)
    assert (colour(get(ITEM)), heading(get(ITEM))) == ("red", "Stop: there is an alert on this item")


def test_a_corrected_record_is_struck_through_and_amber(started: Story) -> None:
    wrong = started.act(Kind.OBSERVE, MAKER, {ITEM: 1}, **CHINA)
    started.act(Kind.CORRECT, MAKER, {ITEM: 1}, corrects=wrong.document["credentialSubject"])
    stored.keep(started.records)
    response = get(ITEM)
    assert colour(response) == "amber"
    assert "<s>Lantern &amp; Loom Ltd recorded an observation</s>" in text(response)
    assert "declared wrong by its signer" in text(response)


def test_a_late_record_and_one_from_a_file_say_so(settings: Settings) -> None:
    story = stored.begin(settings, days_ago=10)
    story.act(Kind.COMMISSION, MAKER, {ITEM: 1}, **CHINA, evidence=[{"row": 7, "column": "delivered"}])
    story.act(Kind.OBSERVE, MAKER, {ITEM: 1}, **CHINA, signed_after=timedelta(days=5))
    stored.keep(story.records)
    shown = text(get(ITEM))
    assert "recorded later from a file" in shown
    assert "recorded late: signed" in shown


def test_a_kept_key_says_so(settings: Settings) -> None:
    story = stored.begin(settings, custody="server")
    story.act(Kind.COMMISSION, MAKER, {ITEM: 1}, **CHINA)
    stored.keep(story.records)
    assert "signed with a key kept here for its owner" in text(get(ITEM))


def test_an_open_loop_names_what_is_missing(started: Story) -> None:
    started.hand_over({ITEM: 1}, MAKER, RETAILER, CHINA, {"place": ROTTERDAM, "offset": "+01:00"})
    stored.keep(started.records)
    shown = text(get(ITEM))
    assert "It left CN, and no export clearance is on record there." in shown
    assert "It entered EU, and no import clearance is on record there." in shown


def test_what_was_destroyed_is_grey_and_still_checks_out(started: Story) -> None:
    started.act(Kind.DESTROY, MAKER, {ITEM: 1}, **CHINA)
    stored.keep(started.records)
    response = get(ITEM)
    assert colour(response) == "grey"
    assert heading(response).endswith("Its 2 records check out, and its journey has ended")


def test_an_altered_document_is_red_and_shows_no_journey(kept: Story) -> None:
    from django.db import connection

    assert kept
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute("UPDATE provenance_event SET document = replace(document, 'Rotterdam', 'Rotterdan')")
    response = get(ITEM)
    assert (response.status_code, colour(response)) == (200, "red")
    assert "broken" in heading(response)
    assert 'class="journey"' not in text(response)


def test_names_are_shown_as_text(settings: Settings) -> None:
    story = stored.begin(settings, product="<script>alert(1)</script>\"'&")
    story.act(Kind.COMMISSION, MAKER, {ITEM: 1}, **CHINA)
    stored.keep(story.records)
    shown = text(get(ITEM))
    assert "<script" not in shown
    assert "&lt;script&gt;" in shown


# --- how it is sent ----------------------------------------------------------------------------------------------


def test_the_page_is_one_small_private_request_without_scripts_or_cookies(started: Story) -> None:
    for _ in range(100):
        started.act(Kind.OBSERVE, MAKER, {ITEM: 1}, after=timedelta(minutes=1), **CHINA)
    stored.keep(started.records)
    response = get(ITEM)
    shown = text(response)
    assert len(brotli.compress(response.content)) < 30_000
    assert "41 older records are not shown here" in shown
    assert not response.cookies
    assert not re.search(r"<script|<link[^>]+stylesheet|<img|<iframe|@import|url\(|\son\w+=", shown)
    assert re.findall(r'<link rel="icon" href="(\w+):', shown) == ["data"]
    assert response["Cache-Control"] == "no-store"
    assert response["X-Robots-Tag"] == "noindex, nofollow"
    assert '<meta name="robots" content="noindex, nofollow">' in shown
    assert response["Referrer-Policy"] == "no-referrer"


def test_the_style_is_allowed_by_its_nonce_and_nothing_else_is(kept: Story) -> None:
    assert kept
    response = get(ITEM)
    nonce = re.search(r'<style nonce="([^"]+)">', text(response))
    assert nonce is not None
    policy = response["Content-Security-Policy"]
    assert f"'nonce-{nonce[1]}'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    assert 'style="' not in text(response)


@pytest.mark.parametrize(("language", "direction", "words"), [
    ("zh-hans", "ltr", "记录核对无误"), ("ar", "rtl", "السجلات سليمة"), ("es", "ltr", "Los registros están en orden"),
    ("en", "ltr", "Records check out"),
])  # fmt: skip
def test_the_browser_says_the_language_and_the_switch_overrules_it(
    kept: Story, language: str, direction: str, words: str
) -> None:
    assert kept
    client = Client()
    asked = client.get(path(ITEM), headers={"Accept-Language": language})
    chosen = client.get(path(ITEM), {"lang": language}, headers={"Accept-Language": "es"})
    for response in (asked, chosen):
        assert f'<html lang="{language}" dir="{direction}">' in response.content.decode()
        assert words in response.content.decode()
        assert response["Content-Language"] == language
        assert not response.cookies


def test_an_unknown_language_changes_nothing(kept: Story) -> None:
    assert kept
    assert '<html lang="en"' in Client().get(path(ITEM), {"lang": "xx\0"}).content.decode()


def test_the_bundle_is_the_record_and_checks(kept: Story) -> None:
    response = Client().get(path(ITEM), {"format": "bundle"})
    assert response["Content-Type"] == "application/json"
    held = bundle.parse(response.content)
    assert bundle.check(held, bundle.named_trust(held), now=kept.now).verdict == "RECORDS_CHECK_OUT"


@pytest.mark.parametrize(
    "query",
    [
        "linkType=gs1:pip",
        "next=//evil.example",
        "redirect=https://evil.example",
        "linkType=all&next=https:%5C%5Cevil.example",
    ],
)
def test_no_parameter_leads_anywhere_else(kept: Story, query: str) -> None:
    assert kept
    response = Client().get(f"{path(ITEM)}?{query}")
    assert response.status_code == 200
    assert "evil.example" not in response.content.decode()


def test_only_reading_is_allowed(kept: Story) -> None:
    assert kept
    for method in ("post", "put", "delete", "patch"):
        assert getattr(Client(), method)(path(ITEM)).status_code == 405


# --- who looked --------------------------------------------------------------------------------------------------


def test_people_are_counted_once_and_without_cookies(kept: Story) -> None:
    assert kept
    assert "You are the first to check this code." in text(get(ITEM, user_agent="one"))
    assert "You are the first to check this code." in text(get(ITEM, user_agent="one"))
    assert "by 2 people since then, you included" in text(get(ITEM, user_agent="two"))
    assert Scan.objects.filter(code=ITEM, verdict="RECORDS_CHECK_OUT").count() == 3
    assert Client().head(path(ITEM)).status_code == 200
    assert Scan.objects.count() == 3
    assert not Scan.objects.filter(session__contains="one").exists()


def test_a_look_at_an_unknown_code_is_a_row_too() -> None:
    get(ITEM)
    assert list(Scan.objects.values_list("code", "verdict", "reason")) == [
        (ITEM, "NOT_REGISTERED", "unknown-subject")
    ]


# --- calm answers ------------------------------------------------------------------------------------------------


def test_an_unknown_code_is_grey_and_is_not_called_false() -> None:
    response = get(ITEM)
    assert (response.status_code, colour(response)) == (404, "grey")
    assert heading(response) == "We have no record of this code"
    assert "has not uploaded them yet" in text(response)
    assert not response.cookies


def test_a_product_without_a_serial_says_where_to_look(kept: Story) -> None:
    assert kept
    response = Client().get(f"/01/{GTIN}")
    assert response.status_code == 200
    assert b"names a product" in response.content


@pytest.mark.parametrize(("asked", "status", "word"), [
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
])  # fmt: skip
def test_a_code_that_cannot_be_one_gets_its_own_calm_answer(asked: str, status: int, word: str) -> None:
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
def test_no_path_is_an_error_of_ours(rest: str, start: str) -> None:
    from urllib.parse import quote

    response = Client().get(start + quote(rest.encode("utf-8", "surrogatepass")))
    assert response.status_code in {200, 400, 404}


def test_a_serial_with_a_slash_is_found_behind_any_server(settings: Settings) -> None:
    story = stored.begin(settings)
    slashed, lot = gs1.item_uri(GTIN, "A/10/B"), gs1.lot_uri(GTIN, "L/21/X")
    story.act(Kind.COMMISSION, MAKER, {slashed: 1}, **CHINA)
    story.act(Kind.COMMISSION, MAKER, {lot: 10}, **CHINA)
    stored.keep(story.records)
    assert colour(get(slashed)) == "green"
    assert colour(get(lot)) == "green"
    assert colour(Client().get(f"/01/{GTIN}/10/L-1/21/A%2F10%2FB")) == "green"  # type: ignore[arg-type]


def test_when_we_cannot_look_the_answer_is_blue_and_never_unknown(kept: Story, settings: Settings) -> None:
    assert kept
    Path(settings.CUSTOS_LEDGER_DIR).rename(Path(settings.CUSTOS_LEDGER_DIR).with_name("elsewhere"))
    response = get(ITEM)
    assert (response.status_code, colour(response)) == (503, "blue")
    assert "trouble is on our side" in text(response)


# --- lots and logistic units -------------------------------------------------------------------------------------


@pytest.fixture
def shipped(settings: Settings) -> Story:
    story = stored.begin(settings)
    story.act(Kind.COMMISSION, MAKER, {LOT: 100}, **CHINA)
    story.hand_over({LOT: 100}, MAKER, CARRIER, CHINA, None)
    stored.keep(story.records)
    return story


def member(gln: str, name: str) -> Client:
    user = User.objects.create_user(name)
    Membership.objects.create(user=user, party=Party.objects.get(gln=gln))
    client = Client()
    client.force_login(user)
    return client


def test_strangers_see_no_journey_of_a_lot(shipped: Story) -> None:
    assert shipped
    outsider = member(RETAILER, "charlie")
    for client in (Client(), outsider):
        shown = client.get(path(LOT)).content.decode()
        assert "This code was issued by Lantern &amp; Loom Ltd" in shown
        assert "Tea caddy" in shown
        assert "It was handed over to another party" in shown
        for hidden in (
            "Blue Heron",
            CARRIER,
            'class="journey"',
            "?format=bundle",
            shipped.records[-1].digest,
        ):
            assert hidden not in shown
        assert client.get(path(LOT), {"format": "bundle"})["Content-Type"].startswith("text/html")


@pytest.mark.parametrize("gln", [MAKER, CARRIER], ids=["who signed", "who was handed it"])
def test_members_of_involved_parties_see_the_journey_of_a_lot(shipped: Story, gln: str) -> None:
    assert shipped
    client = member(gln, "alice")
    shown = client.get(path(LOT)).content.decode()
    assert "handed it over to Blue Heron Freight" in shown
    assert client.get(path(LOT), {"format": "bundle"})["Content-Type"] == "application/json"


def test_a_logistic_unit_is_limited_as_well(kept: Story) -> None:
    assert kept
    shown = text(get(PALLET))
    assert "is shown to the parties that handled it" in shown
    assert "Blue Heron" not in shown
