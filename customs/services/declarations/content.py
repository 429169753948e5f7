"""The members of a declaration, and the form of each. API and CSV give the same values: a
text, or a list of texts or of documents.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from datetime import datetime
from decimal import Decimal
from typing import Any, Final

import pycountry

from customs.risk.vocabulary import TransportMode
from customs.services import people
from provenance.core import errors, gs1, printing, texts
from provenance.core.epcis.vocabulary import Procedure
from provenance.core.signing import canonical

MAX_NUMBER: Final = 35  # CUSDEC 1004 and 9308: an..35
MAX_DESCRIPTION: Final = 300
MAX_SHIPMENT: Final = 100
MAX_GOODS: Final = 1000
MAX_SEALS: Final = 50
MAX_DOCUMENTS: Final = 50
MAX_ROUTING: Final = 20
MAX_DOCUMENT_NUMBER: Final = 70
_CLASSIFICATION: Final = re.compile(r"[0-9]{6,10}")
_AMOUNT: Final = re.compile(r"(?:0|[1-9][0-9]{0,11})(?:\.[0-9]{1,6})?")
_DIGEST: Final = re.compile(r"[0-9a-f]{64}")
_DOCUMENT_TYPE: Final = re.compile(r"[A-Z0-9]{1,6}")
_GOODS: Final = frozenset(
    {gs1.SubjectKind.ITEM, gs1.SubjectKind.LOT, gs1.SubjectKind.LOGISTIC_UNIT}
)
Read = Callable[[Any], Any]


@dataclass(frozen=True, slots=True)
class Content:
    """A declaration as it is entered: its identity (`authority`, `number`, `declarant`), then
    the columns of a version, as `customs.models.declarations` names them.
    """

    authority: str
    number: str
    declarant: str
    procedure: str
    declaration_office: str
    consignor: str
    consignee: str
    classification: str
    description: str
    origin: str
    tariff_quantity: Decimal
    gross_mass: Decimal
    invoice_amount: Decimal
    currency: str
    export_country: str
    destination_country: str
    transport_mode: str
    routing_countries: list[str]
    expected_arrival: datetime | None
    shipment: str
    goods: list[str]
    seals: list[str]
    documents: list[dict[str, str]]

    @property
    def columns(self) -> dict[str, Any]:
        """The columns of its version."""
        return {name: getattr(self, name) for name in NAMES if name not in IDENTITY}


IDENTITY: Final = ("authority", "number", "declarant")
NAMES: Final = tuple(field.name for field in fields(Content))


def read(values: Mapping[str, Any]) -> Content:
    """The declaration that `values` say, by member. A member that is left out is empty.

    Raises Malformed, BadText, BadNumber, BadTimestamp, BadIdentifier, BadCheckDigit, with the
    member in `extra["field"]`.
    """
    for name in values.keys() - FORMS.keys():
        field = printing.printable(str(name), 40)
        raise errors.Malformed("no member of a declaration", field=field)
    content = Content(**{name: _read(name, values.get(name, "")) for name in NAMES})
    _check_linked(content)
    return content


def check_countries(content: Content, country: str) -> None:
    """Raise Malformed unless office and procedure fit the authority's `country`."""
    expected = {"declaration_office": content.declaration_office[:2]}
    if content.procedure == Procedure.EXPORT:
        expected["export_country"] = content.export_country
    if content.procedure == Procedure.IMPORT:
        expected["destination_country"] = content.destination_country
    for name, stated in expected.items():
        if stated != country:
            raise errors.Malformed(f"expected {country}, the authority's, got {stated}", field=name)


def _read(name: str, value: Any) -> Any:
    try:
        return FORMS[name](value)
    except errors.ProvenanceError as error:
        error.extra.setdefault("field", name)
        raise


def _check_linked(content: Content) -> None:
    if not content.shipment and not content.goods:
        raise errors.Malformed("expected a shipment or goods", field="goods")


def _text(most: int, *, least: int = 1) -> Read:
    """A clean text of `least` to `most` characters."""

    def read(value: Any) -> str:
        if not isinstance(value, str):
            raise errors.Malformed("expected a string")
        normal: str = texts.normal(value)
        texts.check(normal)
        texts.check_known(normal)
        if not least <= len(normal.strip()) <= len(normal) <= most:
            raise errors.Malformed(f"expected {least} to {most} characters")
        return normal

    return read


def _spelt(fits: Callable[[str], object], expected: str) -> Read:
    """A text that `fits`."""

    def read(value: Any) -> str:
        if not isinstance(value, str) or not fits(value):
            raise errors.Malformed(f"expected {expected}, got {value!r:.60}")
        return value

    return read


def _gln(value: Any) -> str:
    if not isinstance(value, str):
        raise errors.Malformed("expected a GLN in a string")
    return gs1.parse_gln(value)


def _amount(value: Any) -> Decimal:
    if isinstance(value, float):
        raise errors.BadNumber("a fraction travels as a string")
    if isinstance(value, bool) or not isinstance(value, int | str):
        raise errors.Malformed("expected a number")
    if not _AMOUNT.fullmatch(str(value)) or Decimal(value) <= 0:
        raise errors.Malformed(
            f"expected a number above 0, at most 6 digits after the point: {value!s:.40}"
        )
    return Decimal(value)


def _time(value: Any) -> datetime | None:
    return None if value in ("", None) else canonical.parse_timestamp(value)


def _list(read: Read, most: int) -> Read:
    """A list of at most `most` different entries; empty where it is left out."""

    def read_all(value: Any) -> list[Any]:
        entries = [] if value == "" else value
        if not isinstance(entries, list) or len(entries) > most:
            raise errors.Malformed(f"expected a list of at most {most}")
        values = [read(entry) for entry in entries]
        if any(value in values[:place] for place, value in enumerate(values)):
            raise errors.Malformed("an entry is there twice")
        return values

    return read_all


def _subject(value: Any) -> str:
    if not isinstance(value, str):
        raise errors.Malformed("expected a URI in a string")
    subject = gs1.parse_subject(value)
    if subject.kind not in _GOODS:
        raise errors.Malformed(f"expected an item, a lot or a logistic unit, got a {subject.kind}")
    return subject.uri


def _document(value: Any) -> dict[str, str]:
    if not isinstance(value, dict) or value.keys() != _DOCUMENT.keys():
        raise errors.Malformed(f"expected the members {', '.join(_DOCUMENT)}")
    return {name: form(value[name]) for name, form in _DOCUMENT.items()}


def _is_country(text: str) -> bool:
    return text.isupper() and pycountry.countries.get(alpha_2=text) is not None


def _is_currency(text: str) -> bool:
    return text.isupper() and pycountry.currencies.get(alpha_3=text) is not None


_COUNTRY: Final = _spelt(_is_country, "a country of ISO 3166-1 alpha-2")
_DOCUMENT: Final[dict[str, Read]] = {
    "type": _spelt(_DOCUMENT_TYPE.fullmatch, "a document code of 1 to 6 capitals and digits"),
    "number": _text(MAX_DOCUMENT_NUMBER),
    "digest": _spelt(_DIGEST.fullmatch, "a SHA-256 in lower-case hex"),
}
FORMS: Final[dict[str, Read]] = {
    "authority": _gln,
    "number": _text(MAX_NUMBER),
    "declarant": _gln,
    "procedure": _spelt(set(Procedure).__contains__, "export, import or transit"),
    "declaration_office": _spelt(people.is_locode, "a UN/LOCODE"),
    "consignor": _gln,
    "consignee": _gln,
    "classification": _spelt(_CLASSIFICATION.fullmatch, "an HS code of 6 to 10 digits"),
    "description": _text(MAX_DESCRIPTION),
    "origin": _COUNTRY,
    "tariff_quantity": _amount,
    "gross_mass": _amount,
    "invoice_amount": _amount,
    "currency": _spelt(_is_currency, "a currency of ISO 4217"),
    "export_country": _COUNTRY,
    "destination_country": _COUNTRY,
    "transport_mode": _spelt(set(TransportMode).__contains__, "a mode of transport, 1 to 8"),
    "routing_countries": _list(_COUNTRY, MAX_ROUTING),
    "expected_arrival": _time,
    "shipment": _text(MAX_SHIPMENT, least=0),
    "goods": _list(_subject, MAX_GOODS),
    "seals": _list(_text(MAX_NUMBER), MAX_SEALS),
    "documents": _list(_document, MAX_DOCUMENTS),
}
