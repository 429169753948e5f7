"""The journey on the verify page: where the goods are now, milestones, and all records."""

import re
from datetime import timedelta

import pytest

from provenance.core.epcis.vocabulary import BizStep
from provenance.core.record.vocabulary import Act
from tests import captured
from tests.captured import Story
from tests.cast import CHINA, DUTCH, ITEM
from tests.pages import colour, get, text

pytestmark = pytest.mark.django_db


# --- the journey --------------------------------------------------------------------


def milestones() -> list[str]:
    """The titles of the milestones of the page, oldest first."""
    shown = text(get(ITEM)).partition("<details>")[0]
    return re.findall(r"<h3>(.*?)</h3><p>", shown)


@pytest.mark.usefixtures("kept")
def test_the_milestones_come_first_and_all_records_are_in_a_fold() -> None:
    assert milestones() == [
        "Made",
        "Cleared to leave China",
        "Entered the Netherlands",
        "Arrived at Winkel aan de Maas",
        "Winkel aan de Maas sold it to a consumer",
    ]
    assert text(get(ITEM)).count("All 10 records are in the public ledger.") == 1


def test_of_many_milestones_the_first_and_the_newest_are_shown(started: Story) -> None:
    for _ in range(5):
        for customs, where in ((started.customs_cn, CHINA), (started.customs_nl, DUTCH)):
            started.checkpoint(customs, ITEM, "export", after=timedelta(minutes=1), **where)
    started.keep()
    shown = milestones()
    assert (len(shown), shown[0]) == (8, "Made")
    assert shown[-2:] == ["Entered the Netherlands", "Cleared to leave the Netherlands"]


def test_what_is_not_true_of_all_records_is_marked_at_each(started: Story) -> None:
    started.keep()
    started.act(started.maker, Act.OBSERVE, ITEM, **CHINA)
    started.keep(anchor=False)
    shown = text(get(ITEM))
    assert "1 of 2 records are in the public ledger; the others wait." in shown
    assert shown.count("accepted, not yet in the ledger") == 1


@pytest.mark.parametrize(
    ("step", "words"),
    [
        (BizStep.TRANSPORTING, "Lantern &amp; Loom Ltd has it in transport"),
        (BizStep.ARRIVING, "Lantern &amp; Loom Ltd recorded that it arrived"),
        (BizStep.OTHER, "Lantern &amp; Loom Ltd saw it"),
    ],
)
def test_an_observation_says_what_was_seen(started: Story, step: BizStep, words: str) -> None:
    started.act(started.maker, Act.OBSERVE, ITEM, biz_step=step, **CHINA)
    started.keep()
    assert words in text(get(ITEM))


def test_a_correction_says_what_was_wrong_and_what_replaces_it(started: Story) -> None:
    for where in (CHINA, DUTCH):
        started.act(started.maker, Act.OBSERVE, ITEM, biz_step=BizStep.ARRIVING, **where)
    wrong, right = (document["credentialSubject"] for document in started.documents[-2:])
    named = [right["eventID"]]
    started.act(started.maker, Act.CORRECT, ITEM, corrects=wrong, replaced_by=named)
    started.keep()
    shown = text(get(ITEM))
    arrived = "Lantern &amp; Loom Ltd recorded that it arrived"
    assert f"Wrong: {arrived} · Shenzhen, China · " in shown
    assert f"In its place: {arrived} · Rotterdam, Netherlands · " in shown


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("en", "Entered the Netherlands"),
        ("zh-hans", "进入荷兰"),
        ("ar", "دخلت هولندا"),
        ("es", "Entró en Países Bajos"),
    ],
)
@pytest.mark.usefixtures("kept")
def test_countries_have_their_names_in_the_language_of_the_page(language: str, words: str) -> None:
    assert words in text(get(ITEM, **{"Accept-Language": language}))


# --- where it is now ----------------------------------------------------------------


def line_of(story: Story) -> str:
    """The second line of the page, with the days cut out."""
    story.keep()
    match = re.search(r"</h1>\s*<p><strong>(.*?)</strong>", text(get(ITEM)))
    return re.sub(r"[0-9]+ [A-Z][a-z]{2} [0-9]{4}", "DAY", match[1]) if match else ""


COPIED = "the code was copied or a record is missing."


def test_goods_with_their_maker_are_not_shipped_yet(started: Story) -> None:
    who = "Not shipped yet: with Lantern &amp; Loom Ltd, Shenzhen since DAY."
    assert line_of(started) == f"{who} If you hold it in a shop, {COPIED}"


def test_goods_in_a_unit_are_where_the_unit_is() -> None:
    story = captured.story().journey(until=Act.CHECKPOINT)
    who = "On its way: with Blue Heron Freight, Shenzhen since DAY."
    assert line_of(story) == f"{who} If you hold it in a shop, {COPIED}"


def test_goods_handed_to_a_shop_are_on_their_way_to_it(started: Story) -> None:
    started.hand_over(started.maker, started.retailer, ITEM, accept=False)
    who = "On its way to Winkel aan de Maas since DAY."
    assert line_of(started) == f"{who} If another shop has it, {COPIED}"


def test_goods_that_a_shop_has_accepted_are_in_that_shop() -> None:
    story = captured.story().journey(until=Act.UNPACK)
    who = "In the shop: with Winkel aan de Maas, Rotterdam since DAY."
    assert line_of(story) == f"{who} If another shop has it, {COPIED}"


def test_sold_goods_check_out_and_say_who_sold_them_and_when() -> None:
    story = captured.story().journey()
    who = "Sold on DAY by Winkel aan de Maas, Rotterdam."
    assert line_of(story) == f"{who} If it is offered to you as new, ask."
    assert colour(get(ITEM)) == "green"
