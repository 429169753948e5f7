"""The facts of a declaration, as the record has them."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.utils import timezone

from customs.models import Declaration
from customs.risk.facts import ProductFacts, Unlicensed, Watched
from customs.risk.vocabulary import FindingCode, PostKind, WatchKind
from customs.services import watch
from provenance.core.epcis.vocabulary import Outcome, Procedure
from provenance.core.record.claims import ProductRecalled
from provenance.core.record.event import Customs
from provenance.core.record.vocabulary import Act
from provenance.models import Incident, Product, Scan
from provenance.services.registry import recalls
from tests.captured import Captured, refused
from tests.cast import BRANDED, GTIN, LOT, NL, PALLET, RIGHT, item, unit
from tests.customs.conftest import Border
from tests.customs.declared import gathered, judged

pytestmark = pytest.mark.django_db
C = FindingCode

# --- facts --------------------------------------------------------------------------


def test_the_facts_are_those_of_all_that_is_packed(packed: Captured) -> None:
    known = gathered(judged())
    assert known.on_record
    assert known.quantity == Decimal(12)
    product = Product.objects.get(gtin=GTIN)
    assert known.products == (ProductFacts(GTIN, product.hs_code, product.origin),)
    assert known.waiting_hours is None
    assert known.first_time == (packed.retailer.gln, packed.carrier.gln)[::-1]
    assert 0 <= known.draw < 10_000


def test_units_in_units_and_parts_of_lots_are_counted(world: Captured) -> None:
    world.sign_for(world.maker, Act.COMMISSION, {LOT: 10})
    world.sign_for(world.maker, Act.COMMISSION, [unit(5), unit(6), unit(7)])
    world.sign_for(world.maker, Act.PACK, {LOT: 4}, parent=unit(5))
    world.sign_for(world.maker, Act.PACK, {LOT: 3}, parent=unit(6))
    world.sign_for(world.maker, Act.PACK, [unit(5), unit(6)], parent=unit(7))
    assert gathered(judged(number="a", goods=[unit(7)])).quantity == Decimal(7)
    assert gathered(judged(number="b", goods=[unit(5)])).quantity == Decimal(4)
    assert gathered(judged(number="c", goods=[LOT])).quantity == Decimal(10)


def test_a_shipment_is_found_by_its_reference_and_a_party_of_it(packed: Captured) -> None:
    by_shipment = judged(goods=[], shipment="DN-1")
    assert gathered(by_shipment).quantity == Decimal(12)
    strangers = {"consignor": packed.mallory.gln, "consignee": packed.mallory.gln}
    other = judged(number="2", goods=[], shipment="DN-1", declarant=packed.mallory.gln, **strangers)
    assert not gathered(other).on_record


def test_goods_that_are_not_on_record(world: Captured) -> None:
    known = gathered(judged())
    assert (known.on_record, known.quantity, known.products) == (False, None, ())


def test_an_unanswered_handover_waits(packed: Captured) -> None:
    both = {"sender": packed.carrier.gln, "receiver": packed.retailer.gln}
    packed.sign_for(packed.carrier, Act.HAND_OVER, PALLET, **both)
    declaration = judged()
    assert gathered(declaration, hours=30).waiting_hours == 30
    packed.sign_for(packed.retailer, Act.REFUSE, PALLET, **both)
    known = gathered(declaration)
    assert (known.waiting_hours, known.refused) == (None, (PALLET,))


def test_goods_that_are_sold_recalled_or_stolen_are_named(world: Captured) -> None:
    world.sign_for(world.maker, Act.COMMISSION, [item("A1"), item("A2"), item("A3")])
    world.sign_for(world.maker, Act.SELL, item("A1"))
    world.sign_for(world.maker, Act.RECALL, item("A2"))
    world.sign_for(world.maker, Act.REPORT_STOLEN, item("A3"))
    known = gathered(judged(goods=[item("A1"), item("A2"), item("A3")]))
    assert (known.ended, known.recalled, known.stolen) == (
        (item("A1"),),
        (item("A2"),),
        (item("A3"),),
    )


def test_a_recall_of_the_lot_reaches_what_is_packed(packed: Captured) -> None:
    declaration = judged()
    assert gathered(declaration).recalled == ()
    product = f"https://id.gs1.org/01/{GTIN}"
    words = {"reason": "glue", "advice": "return", "contact": "x@y.example"}
    claim = ProductRecalled(
        subject=product, lots=(LOT,), commissioned_from=None, commissioned_until=None, **words
    )
    recalls.recall(packed.maker.gln, claim)
    assert gathered(declaration).recalled == (product,)


def test_a_maker_without_a_licence_that_day_is_named(world: Captured) -> None:
    branded = item("B1", BRANDED)
    world.sign_for(world.maker, Act.COMMISSION, branded)
    declaration = judged(goods=[branded])
    assert gathered(declaration).unlicensed == ()
    _assigned_before(RIGHT, world.mallory.gln)
    today = timezone.now().date().isoformat()
    (case,) = gathered(declaration).unlicensed
    assert case == Unlicensed(world.maker.gln, "Lantern & Loom", today)


def _assigned_before(uri: str, gln: str) -> None:
    """Let the read model of a right say that it always was another party's."""
    with connection.cursor() as cursor:
        owners = f'[["2026-01-01", "{gln}"]]'
        sql = (
            "UPDATE provenance_subject SET state = jsonb_set(state, '{owners}', %s) WHERE uri = %s"
        )
        cursor.execute(sql, [owners, uri])


def test_an_open_incident_of_anything_inside_counts(packed: Captured) -> None:
    incident = Incident.objects.create(subject=item("A1"), step=3, code="broken-link")
    declaration = judged()
    assert gathered(declaration).incidents == (incident.number,)
    Incident.objects.update(mended_at=timezone.now())
    assert gathered(declaration).incidents == ()


def test_the_most_people_at_one_code_count_and_robots_do_not(packed: Captured) -> None:
    for session in ("a", "b", "c", "c", ""):
        Scan.objects.create(code=item("A1"), session=session, verdict="RECORDS_CHECK_OUT")
    Scan.objects.create(code=item("A2"), session="d", verdict="RECORDS_CHECK_OUT")
    assert gathered(judged()).scan_sessions == 3
    Scan.objects.update(at=timezone.now() - timedelta(days=31))
    assert gathered(Declaration.objects.get()).scan_sessions == 0


def test_the_other_sides_declaration_is_the_counterpart(packed: Captured) -> None:
    abroad = {"procedure": "export", "declaration_office": "CNSZX", "gross_mass": "9"}
    judged(number="EX-1", authority=packed.customs_cn.gln, **abroad)
    known = gathered(judged())
    assert known.counterpart is not None
    assert (known.counterpart.number, known.counterpart.gross_mass) == ("EX-1", Decimal(9))
    assert gathered(judged(number="IM-2")).counterpart == known.counterpart
    by_shipment = judged(number="IM-3", goods=[], shipment="DN-1")
    assert gathered(by_shipment).counterpart == known.counterpart


def test_checkpoints_give_the_route_and_end_being_overdue(packed: Captured) -> None:
    past = (timezone.now() - timedelta(hours=50)).isoformat()
    declaration = judged(expected_arrival=past)
    assert gathered(declaration).overdue_hours == 50
    looked = Customs(Procedure.IMPORT, None, "NLRTM")
    packed.sign_for(packed.customs_nl, Act.CHECKPOINT, PALLET, place=NL, customs=looked)
    known = gathered(declaration)
    assert (known.recorded_countries, known.overdue_hours) == (("NL",), 0)


def test_what_was_done_to_the_unit_around_was_done_to_the_goods(packed: Captured) -> None:
    looked = Customs(Procedure.EXPORT, Outcome.CLEARED, "CNSZX")
    packed.sign_for(packed.customs_cn, Act.CHECKPOINT, PALLET, customs=looked)
    both = {"sender": packed.carrier.gln, "receiver": packed.retailer.gln}
    packed.sign_for(packed.carrier, Act.HAND_OVER, PALLET, **both)
    known = gathered(judged(goods=[item("A1")]), hours=30)
    assert (known.recorded_countries, known.waiting_hours) == (("CN",), 30)


def test_a_trader_is_new_once(packed: Captured) -> None:
    first = judged()
    assert packed.carrier.gln in gathered(first).first_time
    second = judged(number="2", consignee=packed.mallory.gln)
    assert gathered(second).first_time == (packed.mallory.gln,)
    assert packed.carrier.gln in gathered(first).first_time


def test_the_kinds_of_the_post_are_those_of_its_place(packed: Captured, border: Border) -> None:
    assert gathered(judged()).post_kinds == (PostKind.SEA,)


def test_a_watch_list_is_its_authoritys(packed: Captured) -> None:
    nl, cn = packed.customs_nl.gln, packed.customs_cn.gln
    watch.add(nl, WatchKind.PARTY, packed.carrier.gln, "late papers")
    watch.add(nl, WatchKind.PRODUCT, GTIN, "often copied")
    watch.add(cn, WatchKind.ROUTE, "CN-NL", "busy")
    entry = watch.add(nl, WatchKind.ROUTE, "CN-NL", "busy")
    known = gathered(judged())
    assert known.watched_parties == (Watched(packed.carrier.gln, "late papers"),)
    assert known.watched_products == (Watched(GTIN, "often copied"),)
    assert known.watched_routes == (Watched("CN-NL", "busy"),)
    watch.withdraw(nl, entry)
    assert gathered(Declaration.objects.get()).watched_routes == ()


def test_a_right_holders_alert_reaches_the_authorities_of_its_territories(world: Captured) -> None:
    world.sign_for(world.maker, Act.COMMISSION, item("B1", BRANDED))
    watch.add(world.maker.gln, WatchKind.RIGHT, RIGHT, "copies by sea", date(2036, 1, 1))
    assert gathered(judged(goods=[item("B1", BRANDED)])).alerts == (
        Watched(RIGHT, "copies by sea"),
    )


@pytest.mark.parametrize(
    ("kind", "value", "reason"),
    [
        (WatchKind.PARTY, "x", "r"),
        (WatchKind.PRODUCT, "952", "r"),
        (WatchKind.ROUTE, "CN>NL", "r"),
        (WatchKind.RIGHT, RIGHT, "r"),
        (WatchKind.ROUTE, "CN-NL", ""),
        (WatchKind.ROUTE, "CN-NL", "x" * 301),
        (WatchKind.ROUTE, "CN-NL", "\u202e"),
    ],
)
def test_an_entry_that_watches_nothing_is_refused(
    world: Captured, kind: WatchKind, value: str, reason: str
) -> None:
    with refused("bad-watch"):
        watch.add(world.customs_nl.gln, kind, value, reason)
    with refused("not-an-authority"):
        watch.add(world.maker.gln, WatchKind.ROUTE, "CN-NL", "r")


def test_another_partys_entry_is_not_withdrawn(world: Captured) -> None:
    entry = watch.add(world.customs_nl.gln, WatchKind.ROUTE, "CN-NL", "busy")
    with refused("bad-watch"):
        watch.withdraw(world.customs_cn.gln, entry)
