"""Declarations generated from a delivery file, for authorities that are registered for its
countries: an import of each shipment, and an export where the file states where it was made.

The file has no HS codes, seals or routes, so these are made up; weights and values are the
file's own where it has numbers. Faults are planted in a known share of them.
"""

import csv
import hashlib
import itertools
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, time
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any, Final

from django.utils import timezone

from customs.services.declarations import content, register
from customs.services.declarations.content import Content
from customs.services.declarations.register import Source, Way
from provenance.core import gs1
from provenance.core.record.vocabulary import Role
from provenance.services.goods.imports import deliveries, events, layout, registry, table
from provenance.services.goods.imports.deliveries import Delivery
from provenance.services.registry import parties
from provenance.services.registry.parties import NewParty

MODES: Final = {"Air": "4", "Air Charter": "4", "Ocean": "1", "Truck": "3"}
SOURCE: Final = Source(Way.FILE, "generated")
_LEAST: Final = Decimal("0.01")


def load(path: Path) -> int:
    """Register the authorities and enter every declaration, each in the month of its delivery;
    returns how many.
    """
    plan = read(path)
    further = further_columns(path)
    authorities = register_authorities(plan)
    count = 0
    for month, some in itertools.groupby(
        plan, key=lambda each: each.first.delivered.replace(day=1)
    ):
        at = datetime.combine(month, time(), tzinfo=UTC)
        entries = [entry for each in some for entry in of(each, authorities, further)]
        count += len(entries)
        for receipt in register.enter_many(entries, SOURCE, at):
            assert receipt.error is None, receipt.error
    return count


def read(path: Path) -> list[Delivery]:
    """The deliveries of the file that the import records, in time's order."""
    with path.open("rb") as file:
        rows = table.Table(file, layout.COLUMNS)
        plan = deliveries.plan(rows, today=timezone.now().date()).deliveries
    return sorted(plan, key=lambda each: each.first.delivered)


def further_columns(path: Path) -> dict[str, Mapping[str, str]]:
    """The columns that the import does not read, by row ID."""
    with path.open(encoding="utf-8", newline="") as file:
        return {row["ID"]: row for row in csv.DictReader(file)}


def register_authorities(plan: list[Delivery]) -> dict[str, str]:
    """The GLN of an authority of each country in the file."""
    countries = sorted(
        {line.country for each in plan for line in each.lines}
        | {line.site for each in plan for line in each.lines if line.site}
    )
    glns = {country: gs1.make_gln("95207", number) for number, country in enumerate(countries)}
    new = [
        NewParty(gln, f"{country} customs (made up)", country, [Role.CUSTOMS_AUTHORITY])
        for country, gln in glns.items()
    ]
    parties.register_many(new)
    return glns


def of(
    delivery: Delivery, authorities: Mapping[str, str], further: Mapping[str, Mapping[str, str]]
) -> Iterator[Content]:
    """The declarations of a delivery."""
    first = delivery.first
    site = first.site or "US"
    entry = _entry(delivery, site, further)
    yield content.read(
        entry
        | {"authority": authorities[first.country], "number": f"IM-{first.reference}"}
        | {"procedure": "import", "declaration_office": _office(first.country)}
    )
    if first.site and first.site != first.country:
        yield content.read(
            _faultless(entry, delivery)
            | {"authority": authorities[site], "number": f"EX-{first.reference}"}
            | {"procedure": "export", "declaration_office": _office(site)}
        )


def _entry(
    delivery: Delivery, site: str, further: Mapping[str, Mapping[str, str]]
) -> dict[str, Any]:
    first, rows = delivery.first, [further[line.id] for line in delivery.lines]
    vendor, receiver = registry.vendor_gln(first), registry.receiver_gln(first)
    quantity = sum(line.quantity for line in delivery.lines)
    fault = _fault(first.reference)
    return {
        "declarant": receiver,
        "consignor": vendor,
        "consignee": receiver,
        "classification": "300490",
        "description": first.description[: content.MAX_DESCRIPTION],
        "origin": site,
        "tariff_quantity": str(quantity * 2 if fault == 0 else quantity),
        "gross_mass": str(_total(rows, "Weight (Kilograms)") * (2 if fault == 1 else 1)),
        "invoice_amount": str(_total(rows, "Line Item Value")),
        "currency": "USD",
        "export_country": site,
        "destination_country": first.country,
        "transport_mode": MODES.get(rows[0]["Shipment Mode"], "6"),
        "shipment": first.reference,
        "goods": [events.unit_uri(delivery)],
        "seals": [f"S{_fault(first.reference + 'seal')}" if fault == 2 else "S"],
    }


def _faultless(entry: dict[str, Any], delivery: Delivery) -> dict[str, Any]:
    quantity = sum(line.quantity for line in delivery.lines)
    mass = Decimal(entry["gross_mass"]) / (2 if _fault(delivery.first.reference) == 1 else 1)
    return {**entry, "tariff_quantity": str(quantity), "gross_mass": str(mass), "seals": ["S"]}


def _fault(text: str) -> int:
    """A number from 0 to 49, the same for the same text: 0 to 2 are faults."""
    return hashlib.sha256(text.encode()).digest()[0] % 50


def _total(rows: list[Mapping[str, str]], column: str) -> Decimal:
    """The sum of a column's numbers, at least a hundredth."""
    total = Decimal(0)
    for row in rows:
        try:
            total += Decimal(row[column])
        except InvalidOperation:
            continue  # "See ASN-…", "Weight Captured Separately"
    return max(total, _LEAST)


def _office(country: str) -> str:
    return f"{country}AAA"
