"""A delivery file as it is read, before anything is recorded: bytes, rows, dates,
countries, identifiers.
"""

import hashlib
import io
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from provenance.core import gs1
from provenance.services.goods.imports import (
    dates,
    deliveries,
    identifiers,
    layout,
    places,
    refusals,
    table,
)
from provenance.services.goods.imports.refusals import Code, FileRefused, RowRefused
from tests.deliveries import row, text

TODAY = date(2026, 11, 22)


def read(raw: bytes) -> list[tuple[int, list[str] | None]]:
    return list(table.Table(io.BytesIO(raw), ["ID", "Brand"]))


def plan(*rows: dict[str, str]) -> deliveries.Plan:
    return deliveries.plan(
        table.Table(io.BytesIO(text(list(rows)).encode()), layout.COLUMNS), today=TODAY
    )


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        (b"", "empty"),
        (b"ID,Colour\n1,red\n", "missing-columns"),
        ("ID,Brand\n1,Vélo\n".encode("latin-1"), "not-utf-8"),
        (b"\xff\xfeI\x00D\x00", "not-utf-8"),
        (b"ID,Brand,Brand\n1,a,b\n", "not-a-table"),
        (b'ID,Brand\n1,"a"b\n', "not-a-table"),
        (b'ID,Brand\n1,"never closed\n', "not-a-table"),
        (b"ID,Brand\n1," + b"x" * table.MAX_LINE + b"\n", "too-large"),
    ],
    ids=["empty", "missing", "latin-1", "utf-16", "twice", "quote", "unclosed", "long"],
)
def test_a_file_that_is_no_such_table_is_refused_whole(raw: bytes, code: str) -> None:
    with pytest.raises(FileRefused) as refused:
        read(raw)
    assert refused.value.code == code


def test_columns_are_found_by_name_in_any_order_among_others() -> None:
    assert read(b"Price,Brand,ID\n9,Acme,1\n") == [(2, ["1", "Acme"])]


def test_a_byte_order_mark_is_no_part_of_the_first_name() -> None:
    assert read(b"\xef\xbb\xbfID,Brand\n1,Acme\n") == [(2, ["1", "Acme"])]


def test_rows_count_as_a_spreadsheet_does_and_wrong_widths_are_named() -> None:
    assert read(b'ID,Brand\n1,"two\nlines"\n2\n3,c,d\n') == [
        (2, ["1", "two\nlines"]),
        (3, None),
        (4, None),
    ]


def test_the_digest_is_of_every_byte(tmp_path: Path) -> None:
    path = tmp_path / "file.csv"
    path.write_bytes(b"\xef\xbb\xbfID,Brand\r\n1,\xc3\xa9\r\n")
    with path.open("rb") as file:
        rows = table.Table(file, ["ID"])
        assert len(list(rows)) == 1
    assert rows.digest == hashlib.sha256(path.read_bytes()).hexdigest()


@pytest.mark.parametrize(
    ("written", "day"),
    [
        ("2-Jun-06", date(2006, 6, 2)),
        ("14-Nov-06", date(2006, 11, 14)),
        ("02-Jun-06", date(2006, 6, 2)),
        ("12/1/06", date(2006, 12, 1)),
        ("9/30/15", date(2015, 9, 30)),
        ("2026-11-22", date(2026, 11, 22)),
    ],
)
def test_each_spelling_of_a_date_is_read(written: str, day: date) -> None:
    assert dates.parse(written) == day


NO_DATES = (
    *("31/12/06", "30-Feb-06", "2-June-06", "2-jun-06", "2-Jun-2006", "2-Jun-05", "2-Jun-16"),
    *("1/2/2006", "2006-6-2", "2006-02-30", "20060602", "2.6.06", "", " 2-Jun-06"),
)


@pytest.mark.parametrize("written", NO_DATES)
def test_no_other_date_is_read(written: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        dates.parse(written)


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("South Africa", "ZA"),
        ("Côte d'Ivoire", "CI"),
        ("Congo, DRC", "CD"),
        ("Swaziland", "SZ"),
        ("Vietnam", "VN"),
        ("zambia", "ZM"),
        ("ZM", "ZM"),
        ("zm", None),
        ("Atlantis", None),
    ],
)
def test_countries_by_name(name: str, code: str | None) -> None:
    assert places.country(name) == code


@pytest.mark.parametrize(
    ("site", "code"),
    [
        ("Unit III, India", "IN"),
        ("Unit III Hyderabad IN", "IN"),
        ("Bangalore, India.", "IN"),
        ("Mississauga (Canada)", "CA"),
        ("Ware (UK)", "GB"),
        ("Cape Town Factory (South Africa)", "ZA"),
        ("Port Elizabeth, SA", None),
        ("Port Moresby, Papua New Guinea", "PG"),
        ("Santa Fe, New Mexico", None),
        ("Atlanta, Georgia", None),
        ("Seoul, Korea", None),
        ("Roche Basel", None),
        ("Works AG", None),
        ("Not Applicable", None),
        ("India Street Works", None),
    ],
)
def test_a_site_is_in_a_country_only_when_its_last_words_are_one(
    site: str, code: str | None
) -> None:
    assert places.country_of_site(site) == code


@pytest.mark.parametrize(
    ("changes", "code", "column"),
    [
        ({"VENDOR": " "}, Code.MISSING_VALUE, layout.VENDOR),
        ({"DESCRIPTION": "Tab\u202elets"}, Code.BAD_TEXT, layout.DESCRIPTION),
        ({"VENDOR": "Tolva\x00rine"}, Code.BAD_TEXT, layout.VENDOR),
        ({"DESCRIPTION": "x" * 201}, Code.TOO_LONG, layout.DESCRIPTION),
        ({"ID": "007"}, Code.BAD_ID, layout.ID),
        ({"ID": "=1+1"}, Code.BAD_ID, layout.ID),
        ({"SHIPMENT": "ASN 1"}, Code.BAD_ID, layout.SHIPMENT),
        ({"QUANTITY": "0"}, Code.BAD_QUANTITY, layout.QUANTITY),
        ({"QUANTITY": "1,200"}, Code.BAD_QUANTITY, layout.QUANTITY),
        ({"QUANTITY": "1.5"}, Code.BAD_QUANTITY, layout.QUANTITY),
        ({"QUANTITY": "-3"}, Code.BAD_QUANTITY, layout.QUANTITY),
        ({"QUANTITY": "9999999999999"}, Code.BAD_QUANTITY, layout.QUANTITY),
        ({"DELIVERED": "Date Not Captured"}, Code.NO_DATE, layout.DELIVERED),
        ({"DELIVERED": "Pre-PQ Process"}, Code.NO_DATE, layout.DELIVERED),
        ({"DELIVERED": "N/A - From RDC"}, Code.NO_DATE, layout.DELIVERED),
        ({"DELIVERED": "soon"}, Code.BAD_DATE, layout.DELIVERED),
        ({"DELIVERED": "2026-11-23"}, Code.FUTURE_DATE, layout.DELIVERED),
        ({"COUNTRY": "Atlantis"}, Code.UNKNOWN_COUNTRY, layout.COUNTRY),
    ],
)
def test_a_row_that_cannot_be_used_says_which_column_and_why(
    changes: dict[str, str], code: Code, column: str
) -> None:
    planned = plan(
        row(1) | {getattr(layout, name): value for name, value in changes.items()}, row(2)
    )
    assert planned.total == 2
    assert [line.id for delivery in planned.deliveries for line in delivery.lines] == ["2"]
    (refusal,) = planned.refusals
    assert (refusal.row, refusal.code, refusal.column) == (2, code, column)


def test_an_id_is_used_once() -> None:
    planned = plan(row(1), row(1, SHIPMENT="ASN-2"))
    assert [(refusal.row, refusal.code) for refusal in planned.refusals] == [(3, Code.REPEATED_ID)]


def test_an_id_of_a_refused_row_is_free() -> None:
    assert [refusal.code for refusal in plan(row(1, QUANTITY="0"), row(1)).refusals] == [
        Code.BAD_QUANTITY
    ]


@pytest.mark.parametrize(
    "changes",
    [
        {"VENDOR": "Other Labs"},
        {"PROJECT": "901-ZM-T01"},
        {"COUNTRY": "Kenya"},
        {"DELIVERED": "3-Jun-06"},
    ],
)
def test_rows_of_one_shipment_that_contradict_its_first_usable_row_are_refused(
    changes: dict[str, str],
) -> None:
    planned = plan(row(1, QUANTITY="0", VENDOR="Unused Labs"), row(2), row(3, **changes), row(4))
    assert [[line.id for line in delivery.lines] for delivery in planned.deliveries] == [["2", "4"]]
    assert [(refusal.row, refusal.code) for refusal in planned.refusals] == [
        (2, Code.BAD_QUANTITY),
        (4, Code.SHIPMENT_DISAGREES),
    ]


def test_rows_of_one_shipment_may_lie_apart() -> None:
    planned = plan(row(1), row(2, SHIPMENT="ASN-2"), row(3))
    assert [[line.id for line in delivery.lines] for delivery in planned.deliveries] == [
        ["1", "3"],
        ["2"],
    ]


def test_spelling_that_says_nothing_is_no_difference() -> None:
    """Spaces and Unicode composition do not make a second vendor."""
    planned = plan(row(1, VENDOR="Lab  Réo "), row(2, VENDOR="Lab Re\u0301o"))
    assert [len(delivery.lines) for delivery in planned.deliveries] == [2]


def test_prices_are_not_read() -> None:
    cheap, dear = row(1) | {"Line Item Value": "1"}, row(1) | {"Line Item Value": "2"}
    assert plan(cheap).deliveries[0].first.digest == plan(dear).deliveries[0].first.digest


@given(st.text(max_size=40), st.text(max_size=40))
def test_identifiers_are_valid_and_always_the_same(one: str, other: str) -> None:
    words = (one.encode(errors="replace").decode(), other.encode(errors="replace").decode())
    assert gs1.parse_gln(identifiers.gln(*words)) == identifiers.gln(*words)
    assert gs1.parse_gtin(identifiers.gtin(*words)) == identifiers.gtin(*words)
    assert gs1.parse_sscc(identifiers.sscc(*words)) == identifiers.sscc(*words)
    assert (
        identifiers.gln(*words)[:3]
        == identifiers.gtin(*words)[1:4]
        == identifiers.sscc(*words)[1:4]
        == "952"
    )
    assert "0" not in (
        identifiers.gln(*words)[3],
        identifiers.gtin(*words)[4],
        identifiers.sscc(*words)[4],
    )


def test_identifiers_never_change() -> None:
    """Another number would make every file that was imported before a new one."""
    assert (
        identifiers.gln("vendor", "Tolvarine Labs"),
        identifiers.gtin("a", "b"),
        identifiers.sscc("a", "b"),
    ) == ("9521941107203", "09521402929290", "095253737755263973")


def test_what_a_spreadsheet_would_run_is_written_as_text(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "errors.csv"
    refusals.write(path, [RowRefused(Code.BAD_ID, layout.ID, "=cmd|' /C calc'!A0", "no").at(3)])
    assert path.read_text() == "row,column,value,code,reason\n3,ID,'=cmd|' /C calc'!A0,bad-id,no\n"


def test_every_code_is_explained() -> None:
    page = (Path(__file__).resolve().parents[3] / "docs" / "import.md").read_text()
    codes = [*refusals.Code, *refusals.FileCode]
    assert [code for code in codes if f"| `{code}` |" not in page] == []
