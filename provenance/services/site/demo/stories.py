"""The stories of the demo's goods, on three corridors.

Shenzhen - Rotterdam     checked_out: sold, loop closed
                         in_transit: in flight, cleared for export
Nairobi - Felixstowe     held: by the import side
                         corrected: a stop written down wrongly
Guadalajara - Laredo     recalled: sold, then called back
                         unanswered: handed over, never accepted
"""

from dataclasses import dataclass, field

from provenance.core import gs1
from provenance.core.epcis.vocabulary import BizStep, Outcome, Procedure
from provenance.core.record.claims import ProductRecalled
from provenance.core.record.event import Customs
from provenance.core.record.vocabulary import Act
from provenance.services.goods import labels
from provenance.services.site.demo import cast
from provenance.services.site.demo.cast import Actor, Good
from provenance.services.site.demo.diary import Diary


@dataclass(slots=True)
class World:
    """URIs of the subjects to visit, by story."""

    shown: dict[str, str] = field(default_factory=dict)
    units: int = 0

    def pallet(self, by: Actor) -> str:
        """A new logistic unit of `by`."""
        self.units += 1
        return gs1.sscc_uri(gs1.make_sscc(by.prefix, 0, self.units))


def tell(diary: Diary) -> World:
    """Write every story into `diary`."""
    world = World()
    _sold(diary, world)
    _in_flight(diary, world)
    _held(diary, world)
    _corrected(diary, world)
    _recalled(diary, world)
    _unanswered(diary, world)
    return world


def _items(good: Good, count: int) -> list[str]:
    return [gs1.item_uri(good.gtin, serial) for serial in labels.new_serials(count)]


def _make_headphones(diary: Diary, world: World, days: float, lot: str) -> tuple[list[str], str]:
    """Six items, made under licence and packed on a pallet."""
    items, pallet = _items(cast.HEADPHONES, 6), world.pallet(cast.MAKER)
    diary.act(Act.COMMISSION, cast.MAKER, items, diary.at(days), cast.SHENZHEN, lot=lot)
    diary.act(Act.COMMISSION, cast.MAKER, [pallet], diary.at(days, 1), cast.SHENZHEN)
    diary.act(Act.PACK, cast.MAKER, items, diary.at(days, 2), cast.SHENZHEN, parent=pallet)
    return items, pallet


def _sold(diary: Diary, world: World) -> None:
    items, pallet = _make_headphones(diary, world, 2.9, "ZD-0912")
    diary.hand_on([pallet], cast.MAKER, cast.AIR_CARRIER, diary.at(2.7), cast.AIRPORT, "ZV-2207")
    diary.clear_export(cast.CUSTOMS_CN, pallet, diary.at(2.6, 1), cast.AIRPORT, "CN-EX-480113")
    diary.act(
        Act.OBSERVE,
        cast.AIR_CARRIER,
        [pallet],
        diary.at(2.2),
        cast.IN_FLIGHT,
        biz_step=BizStep.TRANSPORTING,
    )
    diary.clear_import(cast.CUSTOMS_NL, pallet, diary.at(1.9), cast.ROTTERDAM, "NL-IM-771204")
    diary.hand_on(
        [pallet], cast.AIR_CARRIER, cast.WAREHOUSE, diary.at(1.8), cast.ROTTERDAM, "ZV-2207"
    )
    diary.act(Act.UNPACK, cast.WAREHOUSE, items, diary.at(1.6), cast.ROTTERDAM, parent=pallet)
    diary.hand_on(items, cast.WAREHOUSE, cast.SHOP, diary.at(1.2), cast.UTRECHT, "ZV-2231")
    diary.act(Act.SELL, cast.SHOP, items[:1], diary.at(0.3), cast.UTRECHT)
    world.shown |= {"checked_out": items[0], "on_the_shelf": items[1], "pallet": pallet}


def _in_flight(diary: Diary, world: World) -> None:
    items, pallet = _make_headphones(diary, world, 1.2, "ZD-1017")
    diary.hand_on([pallet], cast.MAKER, cast.AIR_CARRIER, diary.at(0.9), cast.AIRPORT, "ZV-2260")
    diary.clear_export(cast.CUSTOMS_CN, pallet, diary.at(0.6), cast.AIRPORT, "CN-EX-481377")
    diary.act(
        Act.OBSERVE,
        cast.AIR_CARRIER,
        [pallet],
        diary.at(0.2),
        cast.IN_FLIGHT,
        biz_step=BizStep.TRANSPORTING,
    )
    world.shown["in_transit"] = items[0]


def _held(diary: Diary, world: World) -> None:
    bags, pallet = _items(cast.COFFEE, 4), world.pallet(cast.GROWER)
    diary.act(Act.COMMISSION, cast.GROWER, bags, diary.at(21), cast.NAIROBI, lot="MV-77")
    diary.act(Act.COMMISSION, cast.GROWER, [pallet], diary.at(21, 1), cast.NAIROBI)
    diary.act(Act.PACK, cast.GROWER, bags, diary.at(21, 2), cast.NAIROBI, parent=pallet)
    diary.hand_on([pallet], cast.GROWER, cast.FORWARDER, diary.at(20), cast.NAIROBI, "MV-0311")
    diary.clear_export(cast.CUSTOMS_KE, pallet, diary.at(19), cast.MOMBASA, "KE-EX-20551")
    held = Customs(Procedure.IMPORT, Outcome.HELD, cast.FELIXSTOWE.place.locode, "GB-IM-90418")
    diary.customs(cast.CUSTOMS_GB, pallet, diary.at(2), cast.FELIXSTOWE, held)
    world.shown["held"] = bags[0]


def _corrected(diary: Diary, world: World) -> None:
    """A lot in bulk with its samples: the forwarder wrote down the wrong town, and said
    so the next day.
    """
    lot, pallet = gs1.lot_uri(cast.COFFEE.gtin, "MV-81"), world.pallet(cast.GROWER)
    bags = _items(cast.COFFEE, 2)
    diary.act(Act.COMMISSION, cast.GROWER, {lot: 480}, diary.at(16), cast.NAIROBI)
    diary.act(Act.COMMISSION, cast.GROWER, bags, diary.at(16, 1), cast.NAIROBI, lot="MV-81")
    diary.act(Act.COMMISSION, cast.GROWER, [pallet], diary.at(16, 2), cast.NAIROBI)
    contents = {lot: 480} | dict.fromkeys(bags, 1)
    diary.act(Act.PACK, cast.GROWER, contents, diary.at(16, 3), cast.NAIROBI, parent=pallet)
    diary.hand_on([pallet], cast.GROWER, cast.FORWARDER, diary.at(15), cast.NAIROBI, "MV-0318")
    wrong = diary.act(
        Act.OBSERVE, cast.FORWARDER, [pallet], diary.at(14), cast.NAIROBI, biz_step=BizStep.ARRIVING
    )
    right = diary.act(
        Act.OBSERVE,
        cast.FORWARDER,
        [pallet],
        diary.at(13, 1),
        cast.MOMBASA,
        biz_step=BizStep.ARRIVING,
    )
    diary.correct(wrong, right, cast.FORWARDER, diary.at(13))
    diary.clear_export(cast.CUSTOMS_KE, pallet, diary.at(12), cast.MOMBASA, "KE-EX-20602")
    diary.clear_import(cast.CUSTOMS_GB, pallet, diary.at(4), cast.FELIXSTOWE, "GB-IM-90377")
    diary.hand_on([pallet], cast.FORWARDER, cast.GROCER, diary.at(3), cast.LONDON, "MV-0318")
    world.shown |= {"corrected": bags[0], "lot": lot}


def _recalled(diary: Diary, world: World) -> None:
    pans, pallet = _items(cast.PAN, 4), world.pallet(cast.SMITHY)
    diary.act(Act.COMMISSION, cast.SMITHY, pans, diary.at(33), cast.GUADALAJARA, lot="CB-19")
    diary.act(Act.COMMISSION, cast.SMITHY, [pallet], diary.at(33, 1), cast.GUADALAJARA)
    diary.act(Act.PACK, cast.SMITHY, pans, diary.at(33, 2), cast.GUADALAJARA, parent=pallet)
    diary.hand_on([pallet], cast.SMITHY, cast.HAULIER, diary.at(31), cast.GUADALAJARA, "CB-5502")
    diary.clear_export(cast.CUSTOMS_MX, pallet, diary.at(30), cast.NUEVO_LAREDO, "MX-EX-60071")
    diary.clear_import(cast.CUSTOMS_US, pallet, diary.at(29), cast.LAREDO, "US-IM-33190")
    diary.hand_on([pallet], cast.HAULIER, cast.KITCHEN_SHOP, diary.at(28), cast.AUSTIN, "CB-5502")
    diary.act(Act.UNPACK, cast.KITCHEN_SHOP, pans, diary.at(27), cast.AUSTIN, parent=pallet)
    diary.act(Act.SELL, cast.KITCHEN_SHOP, pans[:2], diary.at(18), cast.AUSTIN)
    recall = ProductRecalled(
        subject=gs1.product_uri(cast.PAN.gtin),
        lots=(gs1.lot_uri(cast.PAN.gtin, "CB-19"),),
        commissioned_from=None,
        commissioned_until=None,
        reason="The handle of lot CB-19 can come off when the pan is hot.",
        advice="Do not cook with it. Bring it back to where you bought it.",
        contact="recall@cobrelindo.example",
    )
    diary.recall(cast.SMITHY, diary.at(6), recall)
    world.shown["recalled"] = pans[0]


def _unanswered(diary: Diary, world: World) -> None:
    pans = _items(cast.PAN, 2)
    diary.act(Act.COMMISSION, cast.SMITHY, pans, diary.at(7), cast.GUADALAJARA, lot="CB-23")
    diary.hand_over(pans, cast.SMITHY, cast.HAULIER, diary.at(5), cast.GUADALAJARA, "CB-5540")
    world.shown["unanswered"] = pans[0]
