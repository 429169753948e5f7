"""A declaration of the tests' cast: Lantern & Loom's tea caddies into the Netherlands."""

import csv
import io
from datetime import timedelta
from pathlib import Path
from typing import Any

from django.utils import timezone

from customs.models import Declaration
from customs.risk.facts import Facts
from customs.services import facts
from customs.services.declarations import access, content, register
from customs.services.declarations.content import NAMES
from customs.services.declarations.register import Source, Way
from tests.cast import ACTORS, PALLET

DIGEST = "ab" * 32
SOURCE = Source(Way.API, "tests")


def values(**changes: Any) -> dict[str, Any]:
    """The members of a declaration that is right in everything."""
    plain: dict[str, Any] = {
        "authority": ACTORS["customs_nl"].gln,
        "number": "26NL0000001",
        "declarant": ACTORS["carrier"].gln,
        "procedure": "import",
        "declaration_office": "NLRTM",
        "consignor": ACTORS["maker"].gln,
        "consignee": ACTORS["retailer"].gln,
        "classification": "69111000",
        "description": "Tea caddies of porcelain",
        "origin": "CN",
        "tariff_quantity": "2",
        "gross_mass": "1.4",
        "invoice_amount": "120.50",
        "currency": "EUR",
        "export_country": "CN",
        "destination_country": "NL",
        "transport_mode": "1",
        "routing_countries": ["SG"],
        "expected_arrival": "2026-11-26T08:00:00+01:00",
        "shipment": "",
        "goods": [PALLET],
        "seals": ["CN-881204"],
        "documents": [{"type": "380", "number": "INV-7", "digest": DIGEST}],
    }
    return plain | changes


def enter(**changes: Any) -> Declaration:
    """A declaration, entered."""
    return register.enter(content.read(values(**changes)), SOURCE)


def as_row(entry: dict[str, Any]) -> dict[str, str]:
    """The members as the columns of a CSV file."""
    documents = ("|".join(document.values()) for document in entry["documents"])
    lists = {name: ";".join(entry[name]) for name in ("routing_countries", "goods", "seals")}
    return {**entry, **lists, "documents": ";".join(documents)}


def write(path: Path, entries: list[dict[str, Any]]) -> Path:
    """The declarations as a CSV file."""
    output = io.StringIO()
    writer = csv.DictWriter(output, NAMES, lineterminator="\n")
    writer.writeheader()
    writer.writerows(map(as_row, entries))
    path.write_text(output.getvalue(), encoding="utf-8")
    return path


def judged(**changes: Any) -> Declaration:
    """A declaration that fits the goods of `packed`."""
    usual = {"tariff_quantity": "12", "expected_arrival": "", "classification": "691110"}
    return enter(**usual | changes)


def gathered(declaration: Declaration, *, hours: int = 0) -> Facts:
    """The facts of a declaration, so many hours from now."""
    versions = list(access.in_force().filter(declaration=declaration))
    now = timezone.now() + timedelta(hours=hours)
    return facts.gather(versions, now)[declaration.pk]
