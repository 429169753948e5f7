"""The events that a delivery supports, and no other: no checkpoint, no stop on the way,
nothing the file leaves out.

    commission   each lot, by the vendor           by the day of delivery, at the row's site
    commission   the logistic unit, by the vendor  by that day
    pack         all lots into the unit            by that day
    hand_over    the unit, vendor to receiver      by that day
    accept       the unit, by the receiver         on that day, in the country of destination

The file gives a day and no hour: events carry midnight UTC of it, in that order. Only
goods that the vendor dropped directly from one country are packed and handed over at
the site; goods from a distribution centre left from a place that the file does not
name.
"""

from datetime import UTC, datetime, time
from typing import Any

from provenance.core import gs1
from provenance.core.record.compose import Intent
from provenance.core.record.event import Place
from provenance.core.record.vocabulary import Act
from provenance.services.goods.imports import layout, registry
from provenance.services.goods.imports.deliveries import Delivery
from provenance.services.goods.imports.layout import Line
from provenance.services.goods.imports.registry import Source

ROW_DIGEST = "rowDigest"
BESIDES_LOTS = 4


def lot_uri(line: Line) -> str:
    """The subject of a row: the lot of its product with the row's ID as number."""
    return gs1.lot_uri(registry.gtin(line), line.id)


def unit_uri(delivery: Delivery) -> str:
    """The subject of a delivery: its logistic unit."""
    return gs1.sscc_uri(delivery.sscc)


def of(delivery: Delivery, source: Source) -> list[Intent]:
    """The acts that the vendor and the receiver sign, in order."""
    first, unit = delivery.first, unit_uri(delivery)
    vendor, receiver = registry.vendor_gln(first), registry.receiver_gln(first)
    site = _common_site(delivery)
    before: dict[str, Any] = {
        "issuer": vendor,
        "time": _midnight(first),
        **_from(delivery, source, site),
    }
    parties: dict[str, Any] = {"sender": vendor, "receiver": receiver, "reference": first.reference}
    return [
        *(_commission(line, vendor, source) for line in delivery.lines),
        Intent(act=Act.COMMISSION, subjects={unit: 1}, **before),
        Intent(
            act=Act.PACK,
            parent=unit,
            subjects={lot_uri(line): line.quantity for line in delivery.lines},
            **before,
        ),
        Intent(act=Act.HAND_OVER, subjects={unit: 1}, **before, **parties),
        Intent(
            act=Act.ACCEPT,
            issuer=receiver,
            subjects={unit: 1},
            time=_midnight(first),
            place=Place(country=first.country),
            evidence=[source.evidence(delivery.lines, **_when("on"), placeColumn=layout.COUNTRY)],
            **parties,
        ),
    ]


def _commission(line: Line, vendor: str, source: Source) -> Intent:
    where = {"placeColumn": layout.SITE} if line.site else {}
    return Intent(
        act=Act.COMMISSION,
        issuer=vendor,
        subjects={lot_uri(line): line.quantity},
        time=_midnight(line),
        place=Place(country=line.site) if line.site else None,
        evidence=[
            source.evidence([line], **_when("no later than"), **where, **{ROW_DIGEST: line.digest})
        ],
    )


def _from(delivery: Delivery, source: Source, site: str | None) -> dict[str, Any]:
    where = {"placeColumn": layout.SITE} if site else {}
    return {
        "place": Place(country=site) if site else None,
        "evidence": [source.evidence(delivery.lines, **_when("no later than"), **where)],
    }


def _common_site(delivery: Delivery) -> str | None:
    sites = {line.site if line.direct else None for line in delivery.lines}
    return sites.pop() if len(sites) == 1 else None


def _when(meaning: str) -> dict[str, str]:
    return {"timeColumn": layout.DELIVERED, "timeMeaning": meaning, "timePrecision": "day"}


def _midnight(line: Line) -> datetime:
    return datetime.combine(line.delivered, time(), tzinfo=UTC)
