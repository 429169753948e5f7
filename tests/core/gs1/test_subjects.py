"""Subjects: one spelling in the record, and every way a person or a scanner gives
one.
"""

import contextlib

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from provenance.core import errors, gs1
from provenance.core.gs1 import identifiers, subjects

GTIN = "09520123456788"
GLN = "9520000000011"
SSCC = "006141411234567890"
UUID = "0192f0c4-7b1e-7cc3-98c4-dc0c0c07398f"
ORIGIN = "https://custos.example"
VALUES = st.text(identifiers.CSET82, min_size=1, max_size=20)
KINDS = gs1.SubjectKind


@pytest.mark.parametrize(
    ("subject", "uri"),
    [
        (gs1.item(GTIN, "7K3M9QZX"), f"https://id.gs1.org/01/{GTIN}/21/7K3M9QZX"),
        (gs1.item(GTIN, 'a/b<>"&_.-'), f"https://id.gs1.org/01/{GTIN}/21/a%2Fb%3C%3E%22%26_.-"),
        (gs1.lot(GTIN, "L-1"), f"https://id.gs1.org/01/{GTIN}/10/L-1"),
        (gs1.logistic_unit(SSCC), f"https://id.gs1.org/00/{SSCC}"),
        (gs1.product(GTIN), f"https://id.gs1.org/01/{GTIN}"),
        (gs1.party(GLN), f"https://id.gs1.org/417/{GLN}"),
        (gs1.right(UUID), f"urn:uuid:{UUID}"),
    ],
    ids=["item", "item that must be escaped", "lot", "logistic unit", "product", "party", "right"],
)
def test_each_kind_has_one_uri(subject: gs1.Subject, uri: str) -> None:
    assert subject.uri == uri
    assert gs1.parse_subject(uri) == subject


def test_the_short_makers_give_the_same_uris() -> None:
    assert gs1.item_uri(GTIN, "A") == gs1.item(GTIN, "A").uri
    assert gs1.lot_uri(GTIN, "A") == gs1.lot(GTIN, "A").uri
    assert gs1.sscc_uri(SSCC) == gs1.logistic_unit(SSCC).uri
    assert gs1.product_uri(GTIN) == gs1.product(GTIN).uri
    assert gs1.party_uri(GLN) == gs1.party(GLN).uri
    assert gs1.place_uri(GLN) == f"https://id.gs1.org/414/{GLN}"


@given(VALUES)
def test_format_of_parse_is_the_same_text(value: str) -> None:
    for subject in (gs1.item(GTIN, value), gs1.lot(GTIN, value)):
        assert gs1.parse_subject(subject.uri) == subject
        assert gs1.parse_subject(subject.uri).uri == subject.uri
        assert gs1.parse_typed(gs1.link_for(ORIGIN, subject), ORIGIN).subject == subject


@pytest.mark.parametrize(
    "uri",
    [
        pytest.param(f"http://id.gs1.org/01/{GTIN}", id="http"),
        pytest.param(f"HTTPS://ID.GS1.ORG/01/{GTIN}", id="upper case"),
        pytest.param(f"https://custos.example/01/{GTIN}", id="own host"),
        pytest.param(f"https://id.gs1.org/01/{GTIN}/", id="slash at the end"),
        pytest.param(f"https://id.gs1.org//01/{GTIN}", id="double slash"),
        pytest.param(f"https://id.gs1.org/01/{GTIN}?17=261122", id="query"),
        pytest.param(f"https://id.gs1.org/01/{GTIN}#x", id="fragment"),
        pytest.param(f"https://id.gs1.org/01/{GTIN}/10/A/21/B", id="item with its lot"),
        pytest.param(f"https://id.gs1.org/01/{GTIN}/22/A", id="consumer product variant"),
        pytest.param(f"https://id.gs1.org/01/{GTIN}/235/A", id="third-party serial"),
        pytest.param(f"https://id.gs1.org/01/{GTIN}/21/%41", id="letter escaped"),
        pytest.param(f"https://id.gs1.org/01/{GTIN}/21/a%2fb", id="escape in lower case"),
        pytest.param(f"https://id.gs1.org/01/{GTIN}/21/a+b", id="plus not escaped"),
        pytest.param(f"https://id.gs1.org/01/{GTIN}/21/a%00", id="NUL"),
        pytest.param(f"https://id.gs1.org/01/{GTIN}/21/ä", id="beyond ASCII"),
        pytest.param(f"https://id.gs1.org/01/{GTIN}/21", id="serial missing"),
        pytest.param(f"https://id.gs1.org/414/{GLN}", id="place"),
        pytest.param("https://id.gs1.org/8004/9520614141234567", id="other key"),
        pytest.param(f"https://id.gs1.org/00/{SSCC}/21/A", id="qualifier of another key"),
        pytest.param(f"urn:uuid:{UUID.upper()}", id="UUID in upper case"),
        pytest.param(f"urn:uuid:{UUID}0", id="UUID too long"),
        pytest.param("urn:epc:id:sgtin:9520123.045678.1", id="EPC URN"),
        pytest.param("", id="empty"),
    ],
)
def test_another_spelling_is_no_subject(uri: str) -> None:
    with pytest.raises(errors.BadIdentifier) as caught:
        gs1.parse_subject(uri)
    assert caught.value.code == "bad-identifier"


def test_a_wrong_check_digit_is_not_a_wrong_spelling() -> None:
    with pytest.raises(errors.BadCheckDigit):
        gs1.parse_subject("https://id.gs1.org/01/09520123456787")


@given(st.text(max_size=80))
def test_any_text_is_a_subject_or_refused_by_a_code(text: str) -> None:
    for uri in (text, "https://id.gs1.org/" + text, "urn:uuid:" + text):
        with contextlib.suppress(errors.BadIdentifier, errors.BadCheckDigit):
            assert gs1.parse_subject(uri).uri == uri


@given(
    st.sampled_from([GTIN, GTIN[:-1] + "0", GTIN[1:], "0" + GTIN, "٠" + GTIN[1:]]),
    VALUES | st.text("aZ09.-_~%2Fé\n", max_size=22),
    st.sampled_from(["", "/", "?", "\n"]),
)
@example(GTIN, "a" * 20, "")
@example(GTIN, "a" * 21, "")
@example(GTIN, "~", "")
@example(GTIN, "a", "\n")
def test_an_item_read_by_its_pattern_is_the_item_read_by_its_parts(
    gtin: str, serial: str, end: str
) -> None:
    uri = f"https://id.gs1.org/01/{gtin}/21/{serial}{end}"
    read: list[gs1.Subject | str] = []
    for parse in (gs1.parse_subject, subjects.parse_any):
        try:
            read.append(parse(uri))
        except errors.ProvenanceError as error:
            read.append(error.code)
    assert read[0] == read[1]


@pytest.mark.parametrize(
    ("text", "subject"),
    [
        pytest.param(f"{ORIGIN}/01/{GTIN}/21/A1", gs1.item(GTIN, "A1"), id="our link"),
        pytest.param(
            f"  {ORIGIN}/01/{GTIN}/21/A1\n", gs1.item(GTIN, "A1"), id="our link with spaces around"
        ),
        pytest.param(
            f"HTTPS://CUSTOS.EXAMPLE/01/{GTIN}/21/A1",
            gs1.item(GTIN, "A1"),
            id="our link in capitals",
        ),
        pytest.param(
            f"https://id.gs1.org/01/{GTIN}/10/L?17=261122", gs1.lot(GTIN, "L"), id="GS1 link"
        ),
        pytest.param(f"{ORIGIN}/01/{GTIN}/10/L/21/S", gs1.item(GTIN, "S"), id="lot and serial"),
        pytest.param(f"{ORIGIN}/417/{GLN}", gs1.party(GLN), id="party"),
        pytest.param(f"(01){GTIN}(21)ABC", gs1.item(GTIN, "ABC"), id="brackets"),
        pytest.param(
            f"(01) {GTIN} (17) 261122 (10) L1", gs1.lot(GTIN, "L1"), id="brackets and spaces"
        ),
        pytest.param(f"(00){SSCC}", gs1.logistic_unit(SSCC), id="SSCC in brackets"),
        pytest.param(SSCC, gs1.logistic_unit(SSCC), id="bare SSCC"),
        pytest.param(f"00{SSCC}", gs1.logistic_unit(SSCC), id="SSCC with its identifier"),
        pytest.param(f"01{GTIN}21ABC", gs1.item(GTIN, "ABC"), id="scanner"),
        pytest.param(
            f"01{GTIN}17261122" + "10L1\x1d21S1", gs1.item(GTIN, "S1"), id="scanner with FNC1"
        ),
        pytest.param(f"]d201{GTIN}21ABC", gs1.item(GTIN, "ABC"), id="scanner with symbology"),
        pytest.param(
            f"]C1\x1d01{GTIN}310300019521ABC", gs1.item(GTIN, "ABC"), id="scanner with a weight"
        ),
        pytest.param(f'01{GTIN}21<>"&', gs1.item(GTIN, '<>"&'), id="hostile serial"),
        pytest.param(GTIN[1:], gs1.product(GTIN), id="EAN-13"),
        pytest.param(f"{GTIN[1:8]} {GTIN[8:]}", gs1.product(GTIN), id="EAN-13 with a blank"),
        pytest.param(GTIN, gs1.product(GTIN), id="GTIN-14"),
        pytest.param("614141123452", gs1.product("00614141123452"), id="UPC"),
        pytest.param("95200002", gs1.product("00000095200002"), id="EAN-8"),
        pytest.param(f"custos.example/01/{GTIN}/21/A1", gs1.item(GTIN, "A1"), id="no scheme"),
        pytest.param(f"id.gs1.org/01/{GTIN}/21/A1", gs1.item(GTIN, "A1"), id="GS1, no scheme"),
        pytest.param(f"Https://Custos.Example/01/{GTIN}", gs1.product(GTIN), id="mixed case"),
        pytest.param(f"/01/{GTIN}/21/A1", gs1.item(GTIN, "A1"), id="path"),
        pytest.param(f"01/{GTIN}/21/A1", gs1.item(GTIN, "A1"), id="path without its slash"),
        pytest.param(f"{ORIGIN}/01/{GTIN}/21/A1/", gs1.item(GTIN, "A1"), id="slash at the end"),
        pytest.param(f"{ORIGIN}/01/{GTIN}/21/A1//?x=1", gs1.item(GTIN, "A1"), id="slashes, query"),
        pytest.param(f"{ORIGIN}/01/{GTIN}/21/S/10/L", gs1.item(GTIN, "S"), id="lot at the end"),
        pytest.param(f"{ORIGIN}/01/{GTIN}/22/V/21/S", gs1.item(GTIN, "S"), id="variant"),
        pytest.param(f"(01){GTIN}(22)V(21)S", gs1.item(GTIN, "S"), id="variant in brackets"),
        pytest.param(f"(01) {GTIN}\n(21) A1 B2\u200e", gs1.item(GTIN, "A1B2"), id="blanks"),
        pytest.param(f"（０１）{GTIN}（２１）A1", gs1.item(GTIN, "A1"), id="full-width brackets"),
        pytest.param(f"01{GTIN}21A.bc/d", gs1.item(GTIN, "A.bc/d"), id="scanner, no address"),
    ],
)
def test_codes_as_people_and_scanners_give_them(text: str, subject: gs1.Subject) -> None:
    assert gs1.parse_typed(text, ORIGIN).subject == subject


@pytest.mark.parametrize(
    ("text", "code"),
    [
        pytest.param(
            f"https://brand.example/01/{GTIN}/21/A1", "foreign-domain", id="another domain"
        ),
        pytest.param(
            f"https://custos.example.evil.test/01/{GTIN}",
            "foreign-domain",
            id="domain that starts like ours",
        ),
        pytest.param(f"https://custos.example:8443/01/{GTIN}", "foreign-domain", id="another port"),
        pytest.param("https://brand.example/shop", "bad-digital-link", id="a web page"),
        pytest.param("javascript:alert(1)", "bad-digital-link", id="script"),
        pytest.param("WIFI:S:guest;P:secret;;", "bad-digital-link", id="Wi-Fi"),
        pytest.param("", "bad-digital-link", id="empty"),
        pytest.param("x" * 4096, "bad-digital-link", id="4 KB"),
        pytest.param("(01)", "bad-identifier", id="empty element"),
        pytest.param(f"(01){GTIN}(01){GTIN}", "bad-digital-link", id="element twice"),
        pytest.param(f"(01){GTIN}(89)A", "bad-digital-link", id="no such identifier"),
        pytest.param(f"(01){GTIN}(00){SSCC}", "bad-digital-link", id="two keys"),
        pytest.param("(21)ABC", "bad-digital-link", id="serial alone"),
        pytest.param("(01)09520123456787(21)A", "bad-check-digit", id="wrong check digit"),
        pytest.param("006141411234567891", "bad-check-digit", id="SSCC with a wrong check digit"),
        pytest.param(GTIN[1:-1] + "9", "bad-check-digit", id="EAN with a wrong check digit"),
        pytest.param(f"brand.example/01/{GTIN}", "foreign-domain", id="foreign, no scheme"),
        pytest.param(f"//brand.example/01/{GTIN}", "bad-digital-link", id="no scheme, two slashes"),
        pytest.param(f"{ORIGIN}/01/{GTIN}/21/%ZZ", "bad-digital-link", id="no escape"),
        pytest.param(f"{ORIGIN}/01/{GTIN}/21/A/21/B", "bad-digital-link", id="two serials"),
        pytest.param(f"{ORIGIN}/01/{GTIN}/22/{'V' * 21}", "bad-identifier", id="a long variant"),
        pytest.param("٠٠٦١٤١٤١١٢٣٤٥٦٧٨٩٠", "bad-digital-link", id="other digits"),
        pytest.param(
            "https://custos.example/8004/9520614141234567",
            "bad-identifier",
            id="a key we have no record of",
        ),
    ],
)
def test_what_is_no_code_of_ours_says_why(text: str, code: str) -> None:
    with pytest.raises(errors.ProvenanceError) as caught:
        gs1.parse_typed(text, ORIGIN)
    assert caught.value.code == code


@pytest.mark.parametrize(
    ("text", "lot", "path"),
    [
        (f"{ORIGIN}/01/{GTIN}/10/L%2F1/21/S", "L/1", f"/01/{GTIN}/10/L%2F1/21/S"),
        (f"{ORIGIN}/01/{GTIN}/21/S/10/L", "L", f"/01/{GTIN}/10/L/21/S"),
        (f"(01){GTIN}(10)L(21)S", "L", f"/01/{GTIN}/10/L/21/S"),
        (f"(01){GTIN}(21)S", "", f"/01/{GTIN}/21/S"),
        (f"(01){GTIN}(10)L", "", f"/01/{GTIN}/10/L"),
    ],
)
def test_the_lot_that_a_code_names_beside_a_serial_is_kept(text: str, lot: str, path: str) -> None:
    code = gs1.parse_typed(text, ORIGIN)
    assert (code.lot, code.path) == (lot, path)


@pytest.mark.parametrize(
    ("written", "serial"),
    [
        ("7k3m9qzxw2t5", "7K3M9QZXW2T5"),
        ("7K3M-9QZX-W2T5", "7K3M9QZXW2T5"),
        ("OoIiLl23456789AB", "001111" + "23456789AB"),
    ],
)
def test_a_mistaken_letter_is_read_as_our_own_serials_spell_it(written: str, serial: str) -> None:
    assert gs1.as_random(written) == serial


@pytest.mark.parametrize("written", ["7K3M9QZXW2T", "7K3M9QZXW2TU", "7K3M9QZXW2T.", "ß" * 12, ""])
def test_what_is_no_serial_of_ours_is_not_respelt(written: str) -> None:
    with pytest.raises(errors.BadIdentifier):
        gs1.as_random(written)


@pytest.mark.parametrize(
    ("text", "subject"),
    [
        (f"https://id.gs1.org/01/{GTIN}/21/A1", gs1.item(GTIN, "A1")),
        (f"{ORIGIN}/01/{GTIN}/21/A1", gs1.item(GTIN, "A1")),
        (f"{ORIGIN}/01/{GTIN}/10/L/21/A%2f1?17=261122", gs1.item(GTIN, "A/1")),
        (f"HTTP://id.gs1.org/00/{SSCC}", gs1.logistic_unit(SSCC)),
        ("urn:epc:id:sgtin:9520123.045678.A'1", gs1.item("09520123456788", "A'1")),
        ("urn:epc:class:lgtin:9520123.045678.L", gs1.lot("09520123456788", "L")),
        ("urn:epc:id:sscc:0614141.0123456789", gs1.logistic_unit("006141411234567890")),
        ("urn:epc:id:pgln:952000000001.", gs1.party("9520000000011")),
        ("urn:epc:idpat:sgtin:9520123.045678.*", gs1.product("09520123456788")),
    ],
)
def test_a_program_names_a_subject_by_uri_link_or_urn(text: str, subject: gs1.Subject) -> None:
    assert gs1.parse_identifier(text, ORIGIN) == subject


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (f"https://brand.example/01/{GTIN}/21/A1", "foreign-domain"),
        (f"{ORIGIN}/01/09520123456787/21/A1", "bad-check-digit"),
        ("urn:epc:id:sgtin:9520123.٠45678.1", "bad-identifier"),
        ("urn:epc:id:sgtin:٩520123.045678.1", "bad-digital-link"),
        ("urn:epc:id:sgtin:9520123.045678", "bad-digital-link"),
        ("urn:epc:id:sgln:9520000.00001.0", "bad-identifier"),
        ("urn:uuid:nothing", "bad-identifier"),
        (f"(01){GTIN}(21)A1", "bad-identifier"),
        (GTIN, "bad-identifier"),
        ("", "bad-identifier"),
    ],
)
def test_what_names_no_subject_to_a_program_says_why(text: str, code: str) -> None:
    with pytest.raises(errors.ProvenanceError) as caught:
        gs1.parse_identifier(text, ORIGIN)
    assert caught.value.code == code


def test_a_foreign_domain_is_named() -> None:
    with pytest.raises(errors.ForeignDomain) as caught:
        gs1.parse_typed(f"https://Brand.Example/01/{GTIN}", ORIGIN)
    assert caught.value.extra == {"domain": "brand.example"}


@given(st.text(max_size=60))
def test_anything_typed_is_read_or_refused_by_a_code(text: str) -> None:
    for typed in (text, "(01)" + text, "01" + text, "]d2" + text, f"01{GTIN}" + text):
        with contextlib.suppress(
            errors.BadDigitalLink, errors.BadIdentifier, errors.BadCheckDigit, errors.ForeignDomain
        ):
            gs1.parse_typed(typed, ORIGIN)
