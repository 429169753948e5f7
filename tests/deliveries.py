"""Delivery files of made-up companies, in the layout that the import reads."""

import csv
import io
from pathlib import Path

from provenance.services.goods.imports import layout

COLUMNS = (*layout.COLUMNS, "Line Item Value")
ROW = {
    layout.ID: "1",
    layout.PROJECT: "900-ZM-T01",
    layout.SHIPMENT: "ASN-1",
    layout.COUNTRY: "Zambia",
    layout.FULFIL: "Direct Drop",
    layout.DELIVERED: "2-Jun-06",
    layout.VENDOR: "Tolvarine Labs",
    layout.DESCRIPTION: "Tolvarine 10 mg, tablets, 60 tabs",
    layout.BRAND: "Generic",
    layout.DOSAGE: "10mg",
    layout.FORM: "Tablet",
    layout.UNIT: "60",
    layout.QUANTITY: "1200",
    layout.SITE: "Tolvarine Unit 2, India",
    "Line Item Value": "5500.25",
}


def row(number: int, **changes: str) -> dict[str, str]:
    """A usable row with this ID; `changes` by the names of `layout`."""
    return (
        ROW
        | {layout.ID: str(number)}
        | {getattr(layout, name): value for name, value in changes.items()}
    )


def text(rows: list[dict[str, str]]) -> str:
    """The rows as CSV."""
    output = io.StringIO()
    writer = csv.DictWriter(output, COLUMNS, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return output.getvalue()


def write(path: Path, rows: list[dict[str, str]]) -> Path:
    """The rows in a file."""
    path.write_text(text(rows), encoding="utf-8")
    return path
