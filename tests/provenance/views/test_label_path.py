"""The path of a label's code, decoded, and the subjects it may mean."""

import pytest

from provenance.core import errors, gs1
from provenance.views import label_path

GTIN = "09520123456788"
GLN = "9520000000011"
OWN = "7K3M9QZXW2T0"
SSCC = "006141411234567890"


@pytest.mark.parametrize(
    ("path", "subjects"),
    [
        (f"/01/{GTIN}", [gs1.product(GTIN)]),
        (f"/01/{GTIN}/10/L1", [gs1.lot(GTIN, "L1")]),
        (f"/01/{GTIN}/21/a/b", [gs1.item(GTIN, "a/b")]),
        (f"/01/{GTIN}/10/L1/21/S1", [gs1.item(GTIN, "S1"), gs1.lot(GTIN, "L1/21/S1")]),
        (f"/00/{SSCC}", [gs1.logistic_unit(SSCC)]),
        (f"/00/{SSCC}/", [gs1.logistic_unit(SSCC)]),
        (f"/01/{GTIN}/", [gs1.product(GTIN)]),
        (f"/01/{GTIN}/22/V", [gs1.product(GTIN)]),
        (f"/01/{GTIN}/22/V/21/S", [gs1.item(GTIN, "S"), gs1.product(GTIN)]),
        (f"/01/{GTIN}/21/S/", [gs1.item(GTIN, "S/"), gs1.item(GTIN, "S")]),
        (f"/01/{GTIN}/21/S ", [gs1.item(GTIN, "S")]),
        (f"/01/{GTIN}/21/S/10/L", [gs1.item(GTIN, "S/10/L"), gs1.item(GTIN, "S")]),
        (f"/01/{GTIN}/21/7k3m9qzxw2tO", [gs1.item(GTIN, "7k3m9qzxw2tO"), gs1.item(GTIN, OWN)]),
        (f"/01/{GTIN}/21/7k3m9qzxw2t", [gs1.item(GTIN, "7k3m9qzxw2t")]),
    ],
)
def test_a_path_has_the_readings_that_are_identifiers(
    path: str, subjects: list[gs1.Subject]
) -> None:
    assert [code.subject for code in label_path.of_path(path)] == subjects


@pytest.mark.parametrize(
    ("path", "code"),
    [
        (f"/01/{GTIN}/235/A", "bad-digital-link"),
        (f"/01/{GTIN}/21/\n", "bad-identifier"),
        ("/01/9520123456788", "bad-identifier"),
        (f"/01/{GTIN}/21/{'A' * 21}", "bad-identifier"),
        ("/01/09520123456787", "bad-check-digit"),
        ("/00/006141411234567891", "bad-check-digit"),
    ],
)
def test_malformed_is_told_from_a_wrong_check_digit(path: str, code: str) -> None:
    with pytest.raises(errors.ProvenanceError) as caught:
        label_path.of_path(path)
    assert caught.value.code == code
