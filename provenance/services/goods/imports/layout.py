"""The layout of a delivery file: its columns, and the content of a usable row.

Prices, freight and insurance are not read at all: the record holds only what every
holder of the goods may know.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from provenance.core import errors, texts
from provenance.core.signing import canonical
from provenance.services.goods.imports import dates, places
from provenance.services.goods.imports.refusals import Code, RowRefused

ID = "ID"
PROJECT = "Project Code"
SHIPMENT = "ASN/DN #"
COUNTRY = "Country"
FULFIL = "Fulfill Via"
DELIVERED = "Delivered to Client Date"
VENDOR = "Vendor"
DESCRIPTION = "Item Description"
BRAND = "Brand"
DOSAGE = "Dosage"
FORM = "Dosage Form"
UNIT = "Unit of Measure (Per Pack)"
QUANTITY = "Line Item Quantity"
SITE = "Manufacturing Site"
REQUIRED = (ID, PROJECT, SHIPMENT, COUNTRY, DELIVERED, VENDOR, DESCRIPTION, QUANTITY)
OPTIONAL = (FULFIL, BRAND, DOSAGE, FORM, UNIT, SITE)
COLUMNS = REQUIRED + OPTIONAL
# Of FULFIL: from the vendor, not from a distribution centre whose place the file leaves
# out.
DIRECT = "Direct Drop"

MAX_TEXT = 200
MAX_REFERENCE = 60
MAX_QUANTITY = 10**12
_ID = re.compile(r"[1-9][0-9]{0,19}")
_QUANTITY = re.compile(r"[1-9][0-9]{0,12}")
_REFERENCE = re.compile(r"[A-Za-z0-9][A-Za-z0-9./_-]*")


@dataclass(frozen=True, slots=True)
class Line:
    """A usable row. `site` is the country of manufacture where the row states it;
    `digest` is of all it says.
    """

    number: int
    id: str
    project: str
    reference: str
    country_name: str
    country: str
    direct: bool
    delivered_text: str
    delivered: date
    vendor: str
    description: str
    brand: str
    dosage: str
    form: str
    unit: str
    quantity: int
    site: str | None
    digest: str

    @property
    def receiver(self) -> tuple[str, str]:
        """The words that identify a receiver: project code and country."""
        return self.project, self.country_name

    @property
    def product(self) -> tuple[str, ...]:
        """The words that identify a product."""
        return self.vendor, self.description, self.brand, self.dosage, self.form, self.unit


def read(number: int, values: list[str], *, today: date) -> Line:
    """Read row `number`, the `values` of COLUMNS. Raises RowRefused for the first thing
    that cannot be used.
    """
    row = {column: _clean(column, value) for column, value in zip(COLUMNS, values, strict=True)}
    for column in REQUIRED:
        if not row[column]:
            raise RowRefused(Code.MISSING_VALUE, column, "", "this column must say something")
    return Line(
        number=number,
        id=_match(
            _ID, ID, row, Code.BAD_ID, "expected a whole number above 0 of at most 20 digits"
        ),
        project=row[PROJECT],
        reference=_match(
            _REFERENCE, SHIPMENT, row, Code.BAD_ID, "expected letters, digits and - . / _"
        ),
        country_name=row[COUNTRY],
        country=_country(row[COUNTRY]),
        direct=row[FULFIL] == DIRECT,
        delivered_text=row[DELIVERED],
        delivered=_delivered(row[DELIVERED], today),
        vendor=row[VENDOR],
        description=row[DESCRIPTION],
        brand=row[BRAND],
        dosage=row[DOSAGE],
        form=row[FORM],
        unit=row[UNIT],
        quantity=_quantity(row),
        site=places.country_of_site(row[SITE]) if row[SITE] else None,
        digest=canonical.digest(canonical.serialize(row)),
    )


def _clean(column: str, value: str) -> str:
    """Return the one spelling of `value`: NFC, single spaces, none around. Raises
    RowRefused for control and invisible characters.
    """
    cleaned: str = texts.normal(" ".join(value.split()))
    try:
        texts.check(cleaned)
        texts.check_known(cleaned)
    except errors.BadText as error:
        raise RowRefused(Code.BAD_TEXT, column, cleaned[:MAX_TEXT], error.detail) from error
    limit = MAX_REFERENCE if column in (SHIPMENT, PROJECT) else MAX_TEXT
    if len(cleaned) > limit:
        raise RowRefused(
            Code.TOO_LONG, column, cleaned[:limit] + "…", f"at most {limit} characters"
        )
    return cleaned


def _match(
    form: re.Pattern[str], column: str, row: Mapping[str, str], code: Code, reason: str
) -> str:
    if not form.fullmatch(row[column]):
        raise RowRefused(code, column, row[column], reason)
    return row[column]


def _country(text: str) -> str:
    code = places.country(text)
    if code is None:
        raise RowRefused(
            Code.UNKNOWN_COUNTRY, COUNTRY, text, "no country of ISO 3166-1 has this name"
        )
    return code


def _delivered(text: str, today: date) -> date:
    if text in dates.NO_DATE:
        raise RowRefused(
            Code.NO_DATE,
            DELIVERED,
            text,
            "without a day of delivery there is no handover to record",
        )
    try:
        day = dates.parse(text)
    except ValueError as error:
        raise RowRefused(Code.BAD_DATE, DELIVERED, text, str(error)) from error
    if day > today:
        raise RowRefused(Code.FUTURE_DATE, DELIVERED, text, f"lies ahead of today, {today}")
    return day


def _quantity(row: Mapping[str, str]) -> int:
    text = _match(
        _QUANTITY, QUANTITY, row, Code.BAD_QUANTITY, "expected a whole number above 0, digits alone"
    )
    if int(text) > MAX_QUANTITY:
        raise RowRefused(Code.BAD_QUANTITY, QUANTITY, text, f"at most {MAX_QUANTITY}")
    return int(text)
