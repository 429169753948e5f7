"""GS1 identifiers, subjects and strict Digital Links, gathered under a single name:
`from provenance.core import gs1`.
"""

from provenance.core.gs1.digital_link import DigitalLink, parse_digital_link
from provenance.core.gs1.epc import canonical_uri
from provenance.core.gs1.identifiers import (
    as_random,
    check_digit,
    make_gln,
    make_gtin,
    make_sscc,
    parse_gln,
    parse_gtin,
    parse_lot,
    parse_serial,
    parse_sscc,
    random_serial,
)
from provenance.core.gs1.subjects import (
    Subject,
    SubjectKind,
    item,
    item_uri,
    link_for,
    logistic_unit,
    lot,
    lot_uri,
    parse_subject,
    party,
    party_uri,
    place_uri,
    product,
    product_uri,
    right,
    sscc_uri,
)
from provenance.core.gs1.typed import Code, parse_typed, readings

__all__ = [
    "Code",
    "DigitalLink",
    "Subject",
    "SubjectKind",
    "as_random",
    "canonical_uri",
    "check_digit",
    "item",
    "item_uri",
    "link_for",
    "logistic_unit",
    "lot",
    "lot_uri",
    "make_gln",
    "make_gtin",
    "make_sscc",
    "parse_digital_link",
    "parse_gln",
    "parse_gtin",
    "parse_lot",
    "parse_serial",
    "parse_sscc",
    "parse_subject",
    "parse_typed",
    "party",
    "party_uri",
    "place_uri",
    "product",
    "product_uri",
    "random_serial",
    "readings",
    "right",
    "sscc_uri",
]
