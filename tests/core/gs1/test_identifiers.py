"""GS1 identifiers: every single-digit slip is seen, and there is one spelling."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from provenance.core import errors, gs1
from provenance.core.gs1 import ai, identifiers

GTIN = "09520123456788"
DIGITS = st.text("0123456789", min_size=3, max_size=17)
SERIALS = st.text(identifiers.CSET82, min_size=1, max_size=20)


@pytest.mark.parametrize(
    ("body", "digit"),
    [
        pytest.param("629104150021", "3", id="GTIN-13 of the General Specifications"),
        pytest.param("0952012345678", "8", id="GTIN-14"),
        pytest.param("952000000001", "1", id="GLN"),
        pytest.param("00614141123456789", "0", id="SSCC"),
        pytest.param("0000000000000", "0", id="zeros"),
    ],
)
def test_check_digit_is_the_published_one(body: str, digit: str) -> None:
    assert gs1.check_digit(body) == digit


@pytest.mark.parametrize("body", ["", "12a", "１２", "-1", "1 2"])
def test_check_digit_takes_digits_only(body: str) -> None:
    with pytest.raises(errors.BadIdentifier):
        gs1.check_digit(body)


def test_every_single_digit_error_is_detected() -> None:
    for place, digit in itertools.product(range(len(GTIN)), "0123456789"):
        if digit != GTIN[place]:
            with pytest.raises(errors.BadCheckDigit):
                gs1.parse_gtin(GTIN[:place] + digit + GTIN[place + 1 :])


@given(DIGITS)
def test_single_digit_errors_are_detected_in_any_number(body: str) -> None:
    right = gs1.check_digit(body)
    for place, digit in itertools.product(range(len(body)), "0123456789"):
        if digit != body[place]:
            assert gs1.check_digit(body[:place] + digit + body[place + 1 :]) != right


def test_adjacent_transpositions_are_detected_unless_the_digits_differ_by_five() -> None:
    for first, second, place in itertools.product("0123456789", "0123456789", range(12)):
        body = "1" * place + first + second + "1" * (11 - place)
        swapped = "1" * place + second + first + "1" * (11 - place)
        seen = gs1.check_digit(body) != gs1.check_digit(swapped)
        assert seen == (abs(int(first) - int(second)) not in {0, 5})


@pytest.mark.parametrize(
    ("parse", "text"),
    [
        pytest.param(gs1.parse_gtin, "9520123456788", id="GTIN of 13 digits"),
        pytest.param(gs1.parse_gtin, "009520123456788", id="GTIN of 15 digits"),
        pytest.param(gs1.parse_gtin, "0952012345678X", id="GTIN with a letter"),
        pytest.param(gs1.parse_gtin, "٠٩٥٢٠١٢٣٤٥٦٧٨٨", id="GTIN in other digits"),
        pytest.param(gs1.parse_gtin, " 9520123456788", id="GTIN with a space"),
        pytest.param(gs1.parse_gtin, "09520123456788\n", id="GTIN with a line break"),
        pytest.param(gs1.parse_gtin, "", id="empty GTIN"),
        pytest.param(gs1.parse_gln, GTIN, id="GLN of 14 digits"),
        pytest.param(gs1.parse_sscc, GTIN, id="SSCC of 14 digits"),
        pytest.param(gs1.parse_serial, "", id="empty serial"),
        pytest.param(gs1.parse_serial, "A" * 21, id="serial of 21"),
        pytest.param(gs1.parse_serial, "A B", id="serial with a space"),
        pytest.param(gs1.parse_serial, "Ä", id="serial beyond the 82"),
        pytest.param(gs1.parse_serial, "A\n", id="serial with a line break"),
        pytest.param(gs1.parse_serial, "#1", id="serial with a number sign"),
        pytest.param(gs1.parse_lot, "", id="empty lot"),
        pytest.param(gs1.parse_lot, "L" * 21, id="lot of 21"),
        pytest.param(gs1.parse_lot, "a~b", id="lot with a tilde"),
    ],
)
def test_another_spelling_is_not_an_identifier(parse: object, text: str) -> None:
    assert callable(parse)
    with pytest.raises(errors.BadIdentifier) as caught:
        parse(text)
    assert caught.value.code == "bad-identifier"


@pytest.mark.parametrize(
    ("parse", "text"),
    [
        (gs1.parse_gtin, "09520123456787"),
        (gs1.parse_gln, "9520000000012"),
        (gs1.parse_sscc, "006141411234567891"),
    ],
    ids=["GTIN", "GLN", "SSCC"],
)
def test_a_wrong_check_digit_is_its_own_error(parse: object, text: str) -> None:
    assert callable(parse)
    with pytest.raises(errors.BadCheckDigit) as caught:
        parse(text)
    assert caught.value.code == "bad-check-digit"


@given(st.integers(4, 11), st.data())
def test_made_identifiers_parse(prefix_length: int, data: st.DataObject) -> None:
    prefix = data.draw(st.text("0123456789", min_size=prefix_length, max_size=prefix_length))
    reference = data.draw(st.integers(0, 10 ** (12 - prefix_length) - 1))
    assert gs1.parse_gtin(gs1.make_gtin(prefix, reference))[1:13].startswith(prefix)
    assert gs1.parse_gln(gs1.make_gln(prefix, reference)).startswith(prefix)
    assert gs1.parse_sscc(gs1.make_sscc(prefix, 3, reference)).startswith("3" + prefix)


@pytest.mark.parametrize(
    "make",
    [
        pytest.param(lambda: gs1.make_gtin("9520000", 100_000), id="reference too long for a GTIN"),
        pytest.param(lambda: gs1.make_gln("952000000000", 1), id="no room for a GLN reference"),
        pytest.param(lambda: gs1.make_gtin("952000", -1), id="negative reference"),
        pytest.param(lambda: gs1.make_sscc("952000", 10, 1), id="extension of two digits"),
        pytest.param(lambda: gs1.make_gtin("952", 1), id="prefix too short"),
        pytest.param(lambda: gs1.make_gtin("95200x", 1), id="prefix with a letter"),
        pytest.param(
            lambda: gs1.make_gtin("952000", 1, indicator=10), id="indicator of two digits"
        ),
    ],
)
def test_an_identifier_that_does_not_fit_is_not_made(make: object) -> None:
    assert callable(make)
    with pytest.raises(errors.BadIdentifier):
        make()


@given(st.binary(min_size=13, max_size=32), st.integers(12, 20))
def test_random_serials_are_crockford_base32(entropy: bytes, length: int) -> None:
    serial = gs1.random_serial(entropy, length)
    assert len(serial) == length
    assert set(serial) <= set("0123456789ABCDEFGHJKMNPQRSTVWXYZ")
    assert gs1.parse_serial(serial) == serial


def test_random_serials_carry_all_the_entropy_they_show() -> None:
    serials = {gs1.random_serial(bit.to_bytes(8, "big")) for bit in (1 << n for n in range(60))}
    assert len(serials) == 60


@pytest.mark.parametrize(("size", "length"), [(7, 12), (8, 13), (0, 12), (32, 11), (32, 21)])
def test_random_serials_ask_for_enough_entropy(size: int, length: int) -> None:
    with pytest.raises(errors.BadIdentifier):
        gs1.random_serial(bytes(size), length)


@given(SERIALS)
def test_every_serial_of_the_82_characters_survives(serial: str) -> None:
    assert gs1.parse_serial(serial) == gs1.parse_lot(serial) == serial


@pytest.mark.parametrize(
    ("code", "value", "accepted"),
    [
        pytest.param("17", "261122", True, id="date"),
        pytest.param("17", "261100", True, id="month without day"),
        pytest.param("17", "260230", False, id="30 February"),
        pytest.param("17", "240229", True, id="leap day"),
        pytest.param("17", "260229", False, id="no leap day"),
        pytest.param("17", "261322", False, id="month 13"),
        pytest.param("7003", "2611222359", True, id="minute"),
        pytest.param("7003", "2611222400", False, id="hour 24"),
        pytest.param("4321", "2", False, id="neither yes nor no"),
        pytest.param("8006", "095201234567880102", True, id="piece 1 of 2"),
        pytest.param("8006", "095201234567880302", False, id="piece 3 of 2"),
        pytest.param("8003", "09520123456788A1", True, id="GRAI"),
        pytest.param("8003", "19520123456788A1", False, id="GRAI without its zero"),
        pytest.param("401", "952", False, id="consignment without a prefix"),
        pytest.param("8011", "012", False, id="serial with a leading zero"),
        pytest.param("8011", "0", False, id="serial of one zero"),
        pytest.param("8011", "10", True, id="serial"),
        pytest.param("717", "052-20220012345", True, id="Costa Rican register number"),
        pytest.param("717", "1" * 21, False, id="reimbursement number too long"),
        pytest.param("8030", "Zm9v_-A", True, id="signature without padding"),
        pytest.param("8030", "12=", True, id="signature, padded once"),
        pytest.param("8030", "1==", True, id="signature, padded twice"),
        pytest.param("8030", "123=", False, id="padding that fills nothing"),
        pytest.param("8030", "===", False, id="nothing but padding"),
        pytest.param("8030", "1=2", False, id="padding in the middle"),
        pytest.param("8030", "12+", False, id="another base64"),
        pytest.param("8040", "490154203237518", True, id="IMEI"),
        pytest.param("8041", "49015420323751", False, id="IMEI of 14 digits"),
        pytest.param("8042", "8" * 32, True, id="embedded SIM"),
        pytest.param("8042", "8" * 31, False, id="embedded SIM of 31 digits"),
        pytest.param("8043", "8" * 18, True, id="SIM of 18 digits"),
        pytest.param("8043", "8" * 20, True, id="SIM of 20 digits"),
        pytest.param("8043", "8" * 21, False, id="SIM of 21 digits"),
        pytest.param(
            "8013", "1987654Ad4X4bL5ttr2310c2K", True, id="GMN of the General Specifications"
        ),
        pytest.param("8013", "1987654Ad4X4bL5ttr2310c2J", False, id="GMN with a wrong pair"),
        pytest.param("3103", "00019", False, id="weight of five digits"),
    ],
)
def test_values_are_checked_as_their_row_says(code: str, value: str, accepted: bool) -> None:
    if accepted:
        ai.TABLE[code].check(value)
    else:
        with pytest.raises(errors.BadIdentifier):
            ai.TABLE[code].check(value)


def test_the_table_is_complete() -> None:
    assert set(ai.KEY_QUALIFIERS) <= set(ai.TABLE)
    assert {
        q for options in ai.KEY_QUALIFIERS.values() for option in options for q in option
    } <= set(ai.TABLE)
    assert len(ai.TABLE) == 541
    prefixes = [(code[:n], code) for code in ai.TABLE for n in range(2, len(code))]
    assert [code for prefix, code in prefixes if prefix in ai.TABLE] == []
