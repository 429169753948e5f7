"""The verify page, as a browser gets it."""

import re
from datetime import timedelta

import brotli  # type: ignore[import-untyped]
import pytest
import time_machine
from django.test import Client
from django.utils import timezone

from provenance.core import gs1
from provenance.core.check import bundle
from provenance.core.record.vocabulary import Act
from provenance.services.check import verification
from provenance.views.verify import format as format_
from tests import captured, cast
from tests.captured import Story
from tests.cast import CHINA, CN, GTIN, ITEM, NL
from tests.pages import colour, get, heading, path, text

pytestmark = pytest.mark.django_db
A_ROW = [
    {"type": "SourceFileRow", "row": 7, "timePrecision": "day", "timeMeaning": "no later than"}
]


# --- what it says -------------------------------------------------------------------


@pytest.mark.usefixtures("kept")
def test_the_first_heading_says_who_issued_the_code_and_that_its_records_check_out() -> None:
    response = get(ITEM)
    assert (response.status_code, colour(response)) == (200, "green")
    assert (
        heading(response)
        == "This is a code of Lantern &amp; Loom Ltd, and its 10 records check out"
    )


@pytest.mark.usefixtures("kept")
def test_the_page_shows_the_product_the_journey_and_the_places_newest_first() -> None:
    shown = text(get(ITEM))
    records = shown[shown.index("All records, newest first") :]
    lines = [
        "sold it to a consumer",
        "unpacked it",
        "cleared it for import",
        "cleared it for export",
        "packed it for transport",
        "issued the code",
    ]
    places = [records.index(line) for line in lines]
    assert places == sorted(places)
    for part in (
        "Tea caddy, hand-painted, 250 g",
        "Rotterdam, Netherlands",
        "(UTC+08:00)",
        "while packed",
        "Yes: the journey has ended",
        " in the ledger",
        "compare the item",
        'href="?format=bundle"',
        f"python -m provenance.core bundle.json --trust trust.json --expect {ITEM}",
    ):
        assert part in shown


def test_the_page_says_as_of_when_its_bundle_is(kept: Story) -> None:
    result = verification.check(ITEM)
    signed = format_.moment(kept.events[-1].created).local
    response = get(ITEM)
    shown = text(response)
    assert (colour(response), result.tree_size) == ("green", len(kept.events))
    assert f"as of tree head {result.tree_size}, of {signed} (UTC) or later." in shown
    assert "Whoever gives you a bundle can have left out later records" in shown


@pytest.mark.usefixtures("kept")
def test_the_page_has_a_clock_of_its_own() -> None:
    with time_machine.travel(timezone.now() - timedelta(days=30)):
        response = get(ITEM)
    assert colour(response) == "amber"
    assert "Records dated later than now, by the clock of this check: " in text(response)


@pytest.mark.usefixtures("kept")
def test_it_never_calls_goods_genuine() -> None:
    shown = text(get(ITEM)).lower()
    assert not re.search(r"genuine|authentic|original product|real product", shown)


def test_what_is_accepted_and_not_anchored_says_so(started: Story) -> None:
    started.keep(anchor=False)
    response = get(ITEM)
    assert colour(response) == "amber"
    assert "accepted, not yet in the ledger" in text(response)


def test_a_recall_comes_first_with_who_and_when(started: Story) -> None:
    started.act(started.maker, Act.RECALL, ITEM, **CHINA)
    started.keep()
    response = get(ITEM)
    assert colour(response) == "red"
    assert heading(response).startswith("Stop:")
    shown = text(response)
    assert "The brand has recalled it. Lantern &amp; Loom Ltd said so on" in shown
    for words in cast.EXPLANATION.values():
        assert words in shown
    assert "Ask the seller, or the company" not in shown  # the brand's own advice is there


def test_a_recall_of_days_comes_first_with_who_when_and_why(kept: Story) -> None:
    which = cast.a_recall(lots=[], commissionedFrom="2026-11-01")
    kept.claim(kept.maker, Act.PRODUCT_RECALLED, gs1.product_uri(GTIN), **which)
    kept.keep()
    shown = text(get(ITEM))
    assert "The brand has recalled it. Lantern &amp; Loom Ltd said so on" in shown
    for words in cast.EXPLANATION.values():
        assert words in shown


def test_a_recall_of_the_lot_is_an_alert_and_nothing_that_is_missing() -> None:
    story = captured.story().journey(lot="L-1")
    story.claim(story.maker, Act.PRODUCT_RECALLED, gs1.product_uri(GTIN), **cast.a_recall())
    story.keep()
    shown = text(get(ITEM))
    assert shown.count("The brand has recalled it.") == 1
    assert "Not while the alert above stands." in shown


@pytest.mark.parametrize(
    ("outcome", "words"), [("held", "is holding it"), ("seized", "has seized it")]
)
def test_what_customs_stopped_is_red(started: Story, outcome: str, words: str) -> None:
    started.checkpoint(started.customs_cn, ITEM, "export", outcome, **CHINA)
    started.keep()
    response = get(ITEM)
    assert colour(response) == "red"
    assert f"A customs authority {words}. Shenzhen Customs said so on" in text(response)


def test_a_theft_is_red(started: Story) -> None:
    started.act(started.maker, Act.REPORT_STOLEN, ITEM, **CHINA)
    started.keep()
    assert (colour(get(ITEM)), heading(get(ITEM))) == (
        "red",
        "Stop: there is an alert on this item",
    )


def test_a_corrected_record_is_struck_through_and_amber(started: Story) -> None:
    started.act(started.maker, Act.OBSERVE, ITEM, **CHINA)
    wrong = started.documents[-1]["credentialSubject"]
    started.act(started.maker, Act.CORRECT, ITEM, corrects=wrong)
    started.keep()
    response = get(ITEM)
    assert colour(response) == "amber"
    assert "<s>Lantern &amp; Loom Ltd took readings of it</s>" in text(response)
    assert "declared wrong by its signer" in text(response)


def test_a_late_record_and_one_from_a_file_say_so() -> None:
    story = captured.story(days_ago=10)
    story.act(story.maker, Act.COMMISSION, ITEM, evidence=A_ROW)
    first, signed = story.events[-1], story.clock + timedelta(days=5)
    story.act(story.maker, Act.OBSERVE, ITEM, **CHINA, created=signed)
    story.keep()
    shown = text(get(ITEM))
    assert "recorded later from a file, which says: on this day at the latest" in shown
    assert f'<time datetime="{first.event_time.date()}">' in shown
    assert re.search(r"happened [^,]+, [^,]+, signed [^,]+, [^,]+, reached us", shown)


@pytest.mark.parametrize(("expiry", "shade"), [("2026-02-01", "amber"), ("2126-02-01", "green")])
def test_lot_and_last_day_are_shown_and_goods_past_it_are_amber(expiry: str, shade: str) -> None:
    story = captured.story()
    story.act(story.maker, Act.COMMISSION, ITEM, lot="L-7", expiry=expiry, **CHINA)
    story.keep()
    response = get(ITEM)
    day = f"1 Feb {expiry[:4]}"
    assert colour(response) == shade
    assert "<dt>Lot</dt><dd>L-7</dd>" in text(response)
    assert f"<dt>Use by</dt><dd>{day}</dd>" in text(response)
    assert (f"The last day to use it was {day}." in text(response)) == (shade == "amber")


def test_a_kept_key_says_so() -> None:
    story = captured.story(custody="server")
    story.act(story.maker, Act.COMMISSION, ITEM, **CHINA)
    story.keep()
    assert "All signatures are by keys kept here for their owners." in text(get(ITEM))


def test_an_open_loop_names_what_is_missing(started: Story) -> None:
    started.hand_over(started.maker, started.retailer, ITEM, CN, NL)
    started.keep()
    shown = text(get(ITEM))
    assert "It left China, and no export clearance is on record there." in shown
    assert "It entered the European Union, and no import clearance is on record there." in shown


def test_what_was_destroyed_is_grey_and_still_checks_out(started: Story) -> None:
    started.act(started.maker, Act.DESTROY, ITEM, **CHINA)
    started.keep()
    response = get(ITEM)
    assert colour(response) == "grey"
    assert heading(response).endswith("Its 2 records check out, and its journey has ended")


@pytest.mark.usefixtures("kept")
def test_an_altered_document_is_red_and_shows_no_journey() -> None:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute(
            "UPDATE provenance_event SET document = replace(document, 'Rotterdam', 'Rotterdan')"
        )
    response = get(ITEM)
    assert (response.status_code, colour(response)) == (200, "red")
    assert "broken" in heading(response)
    assert 'class="journey"' not in text(response)


def test_names_are_shown_as_text() -> None:
    story = captured.story(product="<script>alert(1)</script>\"'&")
    story.act(story.maker, Act.COMMISSION, ITEM, **CHINA)
    story.keep()
    shown = text(get(ITEM))
    assert "<script" not in shown
    assert "&lt;script&gt;" in shown


# --- how it is sent -----------------------------------------------------------------


def test_the_page_is_one_small_private_request_without_scripts_or_cookies(started: Story) -> None:
    for _ in range(100):
        started.act(started.maker, Act.OBSERVE, ITEM, after=timedelta(minutes=1), **CHINA)
    started.keep()
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


@pytest.mark.usefixtures("kept")
def test_the_style_is_allowed_by_its_nonce_and_nothing_else_is() -> None:
    response = get(ITEM)
    nonce = re.search(r'<style nonce="([^"]+)">', text(response))
    assert nonce is not None
    policy = response["Content-Security-Policy"]
    assert f"'nonce-{nonce[1]}'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    assert 'style="' not in text(response)


@pytest.mark.parametrize(
    ("language", "direction", "words"),
    [
        ("zh-hans", "ltr", "记录核对无误"),
        ("ar", "rtl", "السجلات سليمة"),
        ("es", "ltr", "Los registros están en orden"),
        ("en", "ltr", "Records check out"),
    ],
)
@pytest.mark.usefixtures("kept")
def test_the_browser_says_the_language_and_the_switch_overrules_it(
    language: str, direction: str, words: str
) -> None:
    client = Client()
    asked = client.get(path(ITEM), headers={"Accept-Language": language})
    chosen = client.get(path(ITEM), {"lang": language}, headers={"Accept-Language": "es"})
    for response in (asked, chosen):
        assert f'<html lang="{language}" dir="{direction}">' in response.content.decode()
        assert words in response.content.decode()
        assert response["Content-Language"] == language
        assert not response.cookies


@pytest.mark.usefixtures("kept")
def test_an_unknown_language_changes_nothing() -> None:
    assert '<html lang="en"' in Client().get(path(ITEM), {"lang": "xx\0"}).content.decode()


def test_the_bundle_is_the_record_and_checks(kept: Story) -> None:
    response = Client().get(path(ITEM), {"format": "bundle"})
    assert response["Content-Type"] == "application/json"
    held = bundle.parse(response.content)
    assert (
        bundle.check(held, bundle.named_trust(held), now=kept.clock).verdict == "RECORDS_CHECK_OUT"
    )


@pytest.mark.parametrize(
    "query",
    [
        "linkType=gs1:pip",
        "next=//evil.example",
        "redirect=https://evil.example",
        "linkType=all&next=https:%5C%5Cevil.example",
    ],
)
@pytest.mark.usefixtures("kept")
def test_no_parameter_leads_anywhere_else(query: str) -> None:
    response = Client().get(f"{path(ITEM)}?{query}")
    assert response.status_code == 200
    assert "evil.example" not in response.content.decode()


@pytest.mark.usefixtures("kept")
def test_only_reading_is_allowed() -> None:
    for method in ("post", "put", "delete", "patch"):
        assert getattr(Client(), method)(path(ITEM)).status_code == 405
