"""Items and their lot in page, API bundle and command: a recall of the lot on the product's
chain reaches each of its items at once, and of the lot's own trade they tell nothing (F66).
"""

import json
import subprocess
import sys
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from pytest_django import Settings

from provenance.core import gs1
from provenance.core.epcis.vocabulary import Outcome, Procedure
from provenance.core.record.event import Customs
from provenance.core.record.vocabulary import Act, Role
from provenance.models import Membership, Party
from tests import captured, cast
from tests.captured import Story
from tests.cast import CHINA, GTIN, LOT, PALLET, item
from tests.pages import colour, get, text

pytestmark = pytest.mark.django_db
OF_THE_LOT, OF_ANOTHER = [item("A1"), item("A2")], item("B1")
FOREIGN = ("399.5", "DN-4711", "Rival Imports", "26CN0001")


@pytest.fixture
def made() -> Story:
    """Two items of lot L-1, an item of lot L-2, and lot L-1 in bulk, all with the maker."""
    story = captured.story()
    story.act(story.maker, Act.COMMISSION, OF_THE_LOT, lot="L-1", **CHINA)
    story.act(story.maker, Act.COMMISSION, OF_ANOTHER, lot="L-2", **CHINA)
    story.act(story.maker, Act.COMMISSION, {LOT: 400}, expiry="2026-01-01", **CHINA)
    return story


def bundle(uri: str) -> bytes:
    """The bundle about a subject, as the API hands it out to strangers."""
    answer = Client().get("/api/v1/bundles", {"uri": uri})
    assert answer.status_code == 200, answer.content
    return answer.content


def verdict(uri: str) -> dict[str, Any]:
    """The verdict on a subject, as the API gives it to strangers."""
    answer: dict[str, Any] = Client().get("/api/v1/verdicts", {"uri": uri}).json()
    return answer


def command(uri: str, served: bytes, folder: Path, settings: Settings) -> dict[str, Any]:
    """The report of `python -m provenance.core` on a bundle."""
    trust = folder / "trust.json"
    trust.write_bytes(Client().get("/ledger/trust.json").content)
    words = [sys.executable, "-m", "provenance.core", "-", "--json"]
    done = subprocess.run(
        [*words, "--trust", str(trust), "--expect", uri],
        cwd=settings.BASE_DIR,
        input=served,
        capture_output=True,
        check=False,
    )
    report: dict[str, Any] = json.loads(done.stdout)
    return report


def recall_the_lot(story: Story) -> dict[str, str]:
    """Recall lot L-1 on its product; return what everybody then is to read."""
    recall = cast.a_recall(lots=[LOT])
    story.claim(story.maker, Act.PRODUCT_RECALLED, gs1.product_uri(GTIN), **recall)
    story.keep()
    return {"by": story.maker.gln, "since": story.events[-1].day, **cast.EXPLANATION}


def test_every_item_of_a_recalled_lot_is_recalled_at_once_and_no_other(
    made: Story, tmp_path: Path, settings: Settings
) -> None:
    said = recall_the_lot(made)
    for uri in (*OF_THE_LOT, OF_ANOTHER):
        page, answer = get(uri), verdict(uri)
        report = command(uri, bundle(uri), tmp_path, settings)
        assert answer["lot"] == report["lot"] == ("L-2" if uri == OF_ANOTHER else "L-1")
        if uri == OF_ANOTHER:
            assert "recalled" not in text(page)
            assert [answer["verdict"], report["answer"]] == ["RECORDS_CHECK_OUT"] * 2
            continue
        assert colour(page) == "red"
        assert all(words in text(page) for words in cast.EXPLANATION.values())
        assert [answer["verdict"], report["answer"]] == ["RECALLED"] * 2
        reason = {"code": "recalled", "params": said}
        assert answer["reasons"][0] == report["reasons"][0] == reason


def test_a_lot_in_bulk_shows_its_recall_too(
    made: Story, client: Client, admin_user: Any, tmp_path: Path, settings: Settings
) -> None:
    recall_the_lot(made)
    Membership.objects.create(user=admin_user, party=Party.objects.get(gln=made.maker.gln))
    client.force_login(admin_user)
    shown = client.get(gs1.parse_subject(LOT).path).content.decode()
    assert "The brand has recalled it." in shown
    assert all(words in shown for words in cast.EXPLANATION.values())
    assert verdict(LOT)["verdict"] == "RECALLED"
    served = client.get(gs1.parse_subject(LOT).path, {"format": "bundle"}).content
    assert command(LOT, served, tmp_path, settings)["answer"] == "RECALLED"


def sell_the_rest_of_the_lot(story: Story) -> None:
    """Sell all of the lot but half a piece to a rival, cleared for export on a pallet."""
    rival = story.join(cast.actor(40), "Rival Imports", "NL", Role.RETAILER)
    story.act(story.maker, Act.COMMISSION, PALLET, **CHINA)
    story.act(story.maker, Act.PACK, {LOT: Decimal("399.5")}, parent=PALLET, **CHINA)
    customs = Customs(Procedure.EXPORT, Outcome.CLEARED, "CNSZX", declaration="26CN0001")
    story.act(story.customs_cn, Act.CHECKPOINT, PALLET, customs=customs, **CHINA)
    story.hand_over(story.maker, rival, PALLET, reference="DN-4711", offset="+08:00")
    story.act(story.maker, Act.REPORT_STOLEN, {LOT: Decimal("0.5")}, **CHINA)


def test_an_item_that_was_never_packed_shows_nothing_of_what_its_lot_was_sold_as(
    made: Story, tmp_path: Path, settings: Settings
) -> None:
    sell_the_rest_of_the_lot(made)
    made.keep()
    uri = OF_THE_LOT[0]
    served, answer = bundle(uri), verdict(uri)
    report = command(uri, served, tmp_path, settings)
    everything = (text(get(uri)), served.decode(), json.dumps(answer), json.dumps(report))
    for foreign in (*FOREIGN, PALLET, gs1.parse_subject(PALLET).sscc, LOT):
        assert [foreign in each for each in everything] == [False] * 4
    assert [answer["verdict"], report["answer"]] == ["RECORDS_CHECK_OUT"] * 2
    assert (answer["lot"], answer["use_by"], answer["reasons"]) == ("L-1", None, [])
    assert "Use by" not in everything[0]
    assert "L-1" in everything[0]
