"""Capture of events that seal: their rows, and what is refused."""

import pytest
from django.test import override_settings

from provenance.core import gs1
from provenance.core.check.result import Verdict
from provenance.core.record import sealed_json
from provenance.core.record.vocabulary import Act
from provenance.models import ChainLink, Event, Subject
from provenance.services import ledger
from provenance.services.check import verification
from provenance.services.record import capture
from tests import cast
from tests.captured import Captured, refused
from tests.cast import GTIN

pytestmark = pytest.mark.usefixtures("ends_sound")


def test_subjects_that_begin_with_one_event_have_each_its_own_row(world: Captured) -> None:
    teas = [world.item(f"T{number}") for number in range(3)]
    cups = [gs1.item_uri(cast.BRANDED, f"C{number}") for number in range(2)]
    others = [world.lot("L-1"), world.unit(1)]
    digest = world.act(world.maker, Act.COMMISSION, [*teas, *cups, *others], lot="L-9")
    rows = {row.uri: row for row in Subject.objects.filter(genesis_digest=digest)}
    assert rows.keys() == {*teas, *cups, *others}
    assert len({row.id for row in rows.values()}) == len(rows)
    assert {(row.product_gtin, row.lot, row.kind) for row in rows.values()} == {
        (GTIN, gs1.lot_uri(GTIN, "L-9"), "item"),
        (cast.BRANDED, gs1.lot_uri(cast.BRANDED, "L-9"), "item"),
        (GTIN, "", "lot"),
        ("", "", "logistic_unit"),
    }


def test_links_keep_their_place_and_path_and_the_seed_is_encrypted(world: Captured) -> None:
    items = [world.item(f"A{number}") for number in range(5)]
    document = world.document(world.maker, Act.COMMISSION, items)
    contents = world.contents(document)
    assert contents is not None
    event = Event.objects.get(digest=world.put(document))
    links = ChainLink.objects.filter(event=event).order_by("leaf")
    assert [bytes(link.path or b"") for link in links] == contents.tree[1]
    assert contents.seed not in bytes(event.seed or b"")
    assert event.seal_key is not None
    assert contents.seed.hex() not in event.document


def test_an_event_comes_with_all_that_it_seals(world: Captured) -> None:
    items = [world.item(f"A{number}") for number in range(3)]
    document = world.document(world.maker, Act.COMMISSION, items)
    contents = world.contents(document)
    assert contents is not None
    opened = sealed_json.write_contents(contents)
    for posted in (
        document,
        {"event": document, "opened": opened | {"links": opened["links"][:2]}},
        {"event": document, "opened": opened | {"links": [*opened["links"], opened["links"][0]]}},
        {"event": document, "opened": opened | {"seed": "00" * 32}},
        {"event": document, "opened": {"links": opened["links"], "members": []}},
    ):
        with refused("bad-opening"):
            capture.capture_one(posted)
    assert not Event.objects.filter(kind="commission").exists()
    capture.capture_one({"event": document, "opened": opened})


def test_a_page_of_sealed_goods_under_another_encryption_key_cannot_be_checked_now(
    world: Captured,
) -> None:
    items = [world.item(f"A{number}") for number in range(2)]
    world.act(world.maker, Act.COMMISSION, items)
    ledger.anchor_pending()
    assert verification.check(items[0]).verdict is not Verdict.CANNOT_CHECK_NOW
    with override_settings(CUSTOS_KEY_ENCRYPTION_KEY="ab" * 32):
        assert verification.check(items[1]).verdict is Verdict.CANNOT_CHECK_NOW
