"""Declarations: read strictly, entered once, amended with their history."""

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import IntegrityError, connection, transaction
from django.db.models import ProtectedError
from django.test.utils import CaptureQueriesContext

from customs.models import Declaration, DeclarationVersion
from customs.services.declarations import access, content, files, register
from provenance.core import errors
from provenance.core.epcis.vocabulary import Outcome, Procedure
from provenance.core.record.event import Customs
from provenance.core.record.vocabulary import Act
from tests.captured import Captured, refused
from tests.cast import NL, PALLET
from tests.customs import declared
from tests.customs.declared import DIGEST, SOURCE, values

pytestmark = pytest.mark.django_db
HOSTILE = "<script>alert('x')</script>\"&"


# --- reading ------------------------------------------------------------------------


def test_a_right_declaration_is_read() -> None:
    read = content.read(values())
    assert read.tariff_quantity == Decimal(2)
    assert read.expected_arrival is not None
    assert read.expected_arrival.isoformat() == "2026-11-26T07:00:00+00:00"
    assert read.documents == [{"type": "380", "number": "INV-7", "digest": DIGEST}]


LONG = "x" * 301
FAULTS: list[tuple[str, Any, str]] = [
    ("authority", "9520000000012", "bad-check-digit"),
    ("authority", 9520000000011, "malformed"),
    ("number", "", "malformed"),
    ("number", "x" * 36, "malformed"),
    ("number", "a\u202eb", "bad-text"),
    ("number", "a\x00b", "bad-text"),
    ("declarant", "x", "bad-identifier"),
    ("procedure", "smuggling", "malformed"),
    ("procedure", ["import"], "malformed"),
    ("declaration_office", "NLRT1", "malformed"),
    ("consignor", None, "malformed"),
    ("consignee", "95200000000", "bad-identifier"),
    ("classification", "6911", "malformed"),
    ("classification", "6911.10", "malformed"),
    ("classification", "６９１１１０", "malformed"),
    ("description", "", "malformed"),
    ("description", "   ", "malformed"),
    ("description", LONG, "malformed"),
    ("description", 7, "malformed"),
    ("origin", "XX", "malformed"),
    ("origin", "cn", "malformed"),
    ("tariff_quantity", "0", "malformed"),
    ("tariff_quantity", "-1", "malformed"),
    ("tariff_quantity", "1e9", "malformed"),
    ("tariff_quantity", "1.1234567", "malformed"),
    ("tariff_quantity", 1.5, "bad-number"),
    ("tariff_quantity", True, "malformed"),
    ("gross_mass", "1000000000000", "malformed"),
    ("gross_mass", "", "malformed"),
    ("invoice_amount", "12,50", "malformed"),
    ("currency", "EURO", "malformed"),
    ("currency", "XYZ", "malformed"),
    ("currency", "eur", "malformed"),
    ("export_country", "", "malformed"),
    ("destination_country", "Netherlands", "malformed"),
    ("transport_mode", "0", "malformed"),
    ("transport_mode", "sea", "malformed"),
    ("routing_countries", ["SG", "SG"], "malformed"),
    ("routing_countries", ["SG"] * 21, "malformed"),
    ("routing_countries", "SG", "malformed"),
    ("expected_arrival", "2026-11-26", "timestamp"),
    ("expected_arrival", "2026-11-26T08:00:00", "timestamp"),
    ("shipment", "x" * 101, "malformed"),
    ("goods", [], "malformed"),
    ("goods", ["https://evil.example/01/09520000000004/21/X"], "bad-identifier"),
    ("goods", ["https://id.gs1.org/417/9520000000011"], "malformed"),
    ("goods", [PALLET] * 2, "malformed"),
    ("goods", [PALLET] * 1001, "malformed"),
    ("goods", ["javascript:alert(1)"], "bad-identifier"),
    ("seals", [f"S{n}" for n in range(51)], "malformed"),
    ("seals", ["x" * 36], "malformed"),
    ("seals", [""], "malformed"),
    ("documents", [{"type": "380", "number": "1"}], "malformed"),
    ("documents", [{"type": "380", "number": "1", "digest": "AB" * 32}], "malformed"),
    ("documents", [{"type": "invoice", "number": "1", "digest": DIGEST}], "malformed"),
    ("documents", [{"type": "380", "number": "x" * 71, "digest": DIGEST}], "malformed"),
    ("documents", ["380"], "malformed"),
    ("colour", "red", "malformed"),
]


@pytest.mark.parametrize(("name", "value", "code"), FAULTS)
def test_a_fault_is_refused_with_its_code_and_its_member(name: str, value: Any, code: str) -> None:
    with refused(code) as caught:
        content.read(values(**{name: value}))
    assert caught.value.extra["field"] == name


@pytest.mark.parametrize(
    "name", sorted(set(content.NAMES) - {"routing_countries", "expected_arrival", "shipment"})
)
def test_what_is_needed_may_not_be_left_out(name: str) -> None:
    entry = values()
    del entry[name]
    if name in ("seals", "documents"):
        assert content.read(entry)
        return
    with pytest.raises(errors.ProvenanceError):
        content.read(entry)


def test_texts_are_kept_as_they_are_in_one_spelling() -> None:
    read = content.read(values(description="Cafe\u0301 " + HOSTILE, number=HOSTILE[:35]))
    assert read.description == "Café " + HOSTILE
    assert read.number == HOSTILE[:35]


# --- entering -----------------------------------------------------------------------


def test_a_declaration_is_entered_once(world: Captured) -> None:
    first = declared.enter()
    assert declared.enter().pk == first.pk
    (version,) = DeclarationVersion.objects.all()
    assert (version.version, version.way, version.entered_by) == (1, "api", "tests")
    assert version.goods == [PALLET]
    assert version.invoice_amount == Decimal("120.50")


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"authority": "9520000000028"}, "not-an-authority"),
        ({"declarant": "9520000000400"}, "unknown-party"),
        ({"consignor": "9520000000400"}, "unknown-party"),
        ({"consignee": "9520000000400"}, "unknown-party"),
        ({"declaration_office": "BEANR"}, "malformed"),
        ({"destination_country": "DE"}, "malformed"),
        ({"procedure": "export"}, "malformed"),
    ],
)
def test_what_is_not_registered_or_does_not_fit_is_refused(
    world: Captured, changes: dict[str, str], code: str
) -> None:
    with refused(code):
        declared.enter(**changes)
    assert not Declaration.objects.exists()


def test_a_number_is_one_declaration_of_its_authority(world: Captured) -> None:
    declared.enter()
    with refused("declaration-exists"):
        declared.enter(gross_mass="9")
    with refused("declaration-exists"):
        declared.enter(declarant=world.maker.gln)
    abroad = {"procedure": "export", "declaration_office": "CNSZX"}
    assert declared.enter(authority=world.customs_cn.gln, **abroad)
    assert Declaration.objects.count() == 2


def test_the_same_number_twice_in_a_batch_is_one(world: Captured) -> None:
    twice = [content.read(values())] * 2 + [content.read(values(origin="VN"))]
    first, again, other = register.enter_many(twice, SOURCE)
    assert (first.already, again.already) == (False, True)
    assert first.declaration == again.declaration
    assert other.error is not None
    assert other.error.code == "declaration-exists"


def test_a_thousand_take_a_few_queries(world: Captured) -> None:
    many = [content.read(values(number=f"26NL{n:07}")) for n in range(1000)]
    with CaptureQueriesContext(connection) as queries:
        register.enter_many(many, SOURCE)
    assert len(queries) < 10
    assert Declaration.objects.count() == 1000


# --- amending -----------------------------------------------------------------------


def amend(declaration: Declaration, reason: str = "weighed again", **changes: Any) -> Declaration:
    return register.amend(declaration.pk, content.read(values(**changes)), SOURCE, reason)


def test_an_amendment_adds_a_version_and_keeps_the_first(world: Captured) -> None:
    declaration = amend(declared.enter(), gross_mass="1.6")
    assert declaration.version == 2
    first, second = register.history(declaration)
    assert (first.gross_mass, first.reason) == (Decimal("1.4"), "")
    assert (second.gross_mass, second.reason) == (Decimal("1.6"), "weighed again")
    assert access.find(world.customs_nl.gln, declaration.pk) == second


def test_an_amendment_that_changes_nothing_is_none(world: Captured) -> None:
    assert amend(declared.enter()).version == 1


@pytest.mark.parametrize("reason", ["", "  ", "x" * 301, "\u202e"])
def test_an_amendment_needs_a_reason(world: Captured, reason: str) -> None:
    with pytest.raises(errors.ProvenanceError):
        amend(declared.enter(), reason, gross_mass="2")
    assert DeclarationVersion.objects.count() == 1


def test_only_the_declarant_amends_and_number_and_authority_stay(world: Captured) -> None:
    declaration = declared.enter()
    with refused("unknown-declaration"):
        amend(declaration, declarant=world.mallory.gln)
    with refused("malformed"):
        amend(declaration, number="26NL0000002")


@pytest.mark.parametrize(("outcome", "ends"), [(Outcome.CLEARED, True), (Outcome.HELD, False)])
def test_what_is_decided_is_amended_no_more(world: Captured, outcome: Outcome, ends: bool) -> None:
    declaration = declared.enter()
    assert world.sign_for(world.maker, Act.COMMISSION, PALLET)
    customs = Customs(Procedure.IMPORT, outcome, "NLRTM", declaration.number)
    world.sign_for(world.customs_nl, Act.CHECKPOINT, PALLET, place=NL, customs=customs)
    if ends:
        with refused("declaration-decided"):
            amend(declaration, gross_mass="2")
    else:
        assert amend(declaration, gross_mass="2").version == 2


def test_another_authoritys_checkpoint_of_that_number_decides_nothing(world: Captured) -> None:
    declaration = declared.enter()
    world.sign_for(world.maker, Act.COMMISSION, PALLET)
    customs = Customs(Procedure.EXPORT, Outcome.CLEARED, "CNSZX", declaration.number)
    world.sign_for(world.customs_cn, Act.CHECKPOINT, PALLET, customs=customs)
    assert access.decided([declaration]) == set()


def test_a_version_is_never_changed_or_removed(world: Captured) -> None:
    declaration = declared.enter()
    for statement in (
        "UPDATE customs_declarationversion SET gross_mass = 9",
        "DELETE FROM customs_declarationversion",
    ):
        with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement)
    with pytest.raises(ProtectedError):
        declaration.delete()


# --- who sees it --------------------------------------------------------------------


def test_declarant_and_authority_see_it_and_nobody_else(world: Captured) -> None:
    declaration = declared.enter()
    for gln in (world.carrier.gln, world.customs_nl.gln):
        assert access.find(gln, declaration.pk)
    for gln in (world.maker.gln, world.retailer.gln, world.customs_cn.gln, world.mallory.gln):
        with refused("unknown-declaration"):
            access.find(gln, declaration.pk)
        assert not access.visible(gln).exists()


# --- files --------------------------------------------------------------------------


def test_a_file_is_entered_and_again_changes_nothing(world: Captured, tmp_path: Path) -> None:
    path = declared.write(tmp_path / "d.csv", [values(), values(number="2", description=HOSTILE)])
    report = files.load(path)
    assert (report.rows, report.entered, report.refused) == (2, 2, [])
    again = files.load(path)
    assert (again.entered, again.already) == (0, 2)
    api = declared.enter()
    assert DeclarationVersion.objects.get(declaration=api).way == "file"
    assert DeclarationVersion.objects.filter(description=HOSTILE).exists()


def test_bad_rows_are_named_and_the_others_entered(world: Captured, tmp_path: Path) -> None:
    rows = [
        values(),
        values(number="2", origin="XX"),
        values(number="3", consignor="9520000000400"),
        values(number="=cmd|x", gross_mass="-1"),
        values(gross_mass="7"),
    ]
    path, refusals = declared.write(tmp_path / "d.csv", rows), tmp_path / "errors.csv"
    report = files.load(path, error_file=refusals)
    assert report.entered == 1
    assert [(each.row, each.column, each.code) for each in report.refused] == [
        (3, "origin", "malformed"),
        (5, "gross_mass", "malformed"),
        (4, "number", "unknown-party"),
        (6, "number", "declaration-exists"),
    ]
    assert "'-1" in refusals.read_text()


def test_a_dry_run_says_the_same_and_stores_nothing(world: Captured, tmp_path: Path) -> None:
    path = declared.write(tmp_path / "d.csv", [values(), values(number="2", origin="XX")])
    report = files.load(path, dry_run=True)
    assert (report.entered, len(report.refused)) == (1, 1)
    assert not Declaration.objects.exists()


def test_the_command_says_what_it_did(
    world: Captured, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = declared.write(tmp_path / "d.csv", [values(), values(number="2", origin="XX")])
    call_command("import_declarations", str(path), "--dry-run")
    assert "2 rows: 1 would be entered, 0 already there, 1 refused" in capsys.readouterr().out
    call_command("import_declarations", str(path))
    assert "2 rows: 1 entered, 0 already there, 1 refused" in capsys.readouterr().out
    assert Declaration.objects.count() == 1


@pytest.mark.parametrize(
    ("raw", "code"),
    [(b"", "empty"), (b"number\n1\n", "missing-columns"), (b"\xff\xfe", "not-utf-8")],
)
def test_a_file_that_is_none_is_refused_whole(tmp_path: Path, raw: bytes, code: str) -> None:
    path = tmp_path / "d.csv"
    path.write_bytes(raw)
    with pytest.raises(CommandError, match=code):
        call_command("import_declarations", str(path))


def test_a_file_without_a_row_is_refused(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="empty"):
        call_command("import_declarations", str(declared.write(tmp_path / "d.csv", [])))
