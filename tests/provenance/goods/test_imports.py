"""Importing a delivery file: what is recorded, what is refused, and that it can be run
again after anything.
"""

import csv
import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import psycopg
import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import connection
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from provenance.core import gs1
from provenance.core.check.loop import LoopReason
from provenance.core.check.result import Verdict
from provenance.core.record.vocabulary import Role
from provenance.management.commands.import_shipments import Command
from provenance.models import Event, Job, Party, Product, Shipment, SigningKey, Subject
from provenance.services import keyring, ledger
from provenance.services.check import verification
from provenance.services.goods import imports
from provenance.services.goods.imports import identifiers, layout, running
from provenance.services.ledger import fsck
from provenance.services.registry import parties
from tests.deliveries import row, text, write

VENDOR_GLN = identifiers.gln("vendor", "Tolvarine Labs")
NOW = timezone.now()
ROOT = Path(__file__).resolve().parents[3]

pytestmark = pytest.mark.django_db


def run(path: Path) -> imports.Report:
    return imports.run(path, error_file=path.with_suffix(".errors.csv"))


def counted(report: imports.Report) -> tuple[int, int, int]:
    assert report.imported + report.already + len(report.refused) == report.rows
    return report.imported, report.already, len(report.refused)


def refused(report: imports.Report) -> list[tuple[int, str]]:
    return sorted((refusal.row, refusal.code) for refusal in report.refused)


def kinds() -> list[str]:
    return list(
        Event.objects.exclude(issuer=keyring.registrar().gln)
        .order_by("recorded_at", "id")
        .values_list("kind", flat=True)
    )


def unit(vendor: str = "Tolvarine Labs", reference: str = "ASN-1") -> str:
    return gs1.sscc_uri(identifiers.sscc(vendor, reference))


def test_a_shipment_of_too_many_rows_is_refused_whole(tmp_path: Path) -> None:
    many = [row(100_000 + n) for n in range(3_500)]
    report = run(write(tmp_path / "a.csv", [*many, row(1, SHIPMENT="ASN-2")]))
    assert counted(report) == (1, 0, 3_500)
    assert {refusal.code for refusal in report.refused} == {"too-large"}


def test_a_shipment_of_two_rows_becomes_the_events_the_file_supports_and_no_other(
    tmp_path: Path,
) -> None:
    report = run(write(tmp_path / "a.csv", [row(1), row(2, BRAND="Tolva")]))
    assert counted(report) == (2, 0, 0)
    assert kinds() == [
        *["product_registered"] * 2,
        *["commission"] * 3,
        "pack",
        "hand_over",
        "accept",
    ]
    assert report.events == len(kinds()) + 4  # two parties, each with its key


def test_parties_products_and_shipment_are_what_the_file_names(tmp_path: Path) -> None:
    run(write(tmp_path / "a.csv", [row(1)]))
    vendor = Party.objects.get(gln=VENDOR_GLN)
    assert (vendor.name, vendor.country, vendor.imported) == ("Tolvarine Labs", "", True)
    receiver = Party.objects.get(gln=identifiers.gln("receiver", "900-ZM-T01", "Zambia"))
    assert (receiver.name, receiver.country, receiver.imported) == (
        "900-ZM-T01, Zambia",
        "ZM",
        True,
    )
    product = Product.objects.get()
    assert (product.owner_id, product.brand, product.origin) == (VENDOR_GLN, "Generic", "")
    shipment = Shipment.objects.get(sender=VENDOR_GLN, reference="ASN-1")
    assert (shipment.receiver, shipment.logistic_unit) == (receiver.gln, unit())
    lot = Subject.objects.get(kind="lot")
    assert (lot.uri, lot.container) == (gs1.lot_uri(product.gtin, "1"), unit())
    assert Subject.objects.get(uri=unit()).custodian == receiver.gln


def test_the_number_of_the_shipment_is_sealed_in_its_events(tmp_path: Path) -> None:
    run(write(tmp_path / "a.csv", [row(1)]))
    events = {event.kind: event for event in Event.objects.all()}
    assert [kind for kind, event in events.items() if "ASN-1" in event.document] == []
    assert [kind for kind, event in events.items() if "ASN-1" in event.members] == [
        "hand_over",
        "accept",
    ]


def test_every_event_names_file_row_and_the_column_its_time_came_from(tmp_path: Path) -> None:
    path = write(tmp_path / "a.csv", [row(1), row(2)])
    report = run(path)
    found = {}
    for event in Event.objects.exclude(kind__in=["key_added"]):
        document = json.loads(event.document)
        if "evidence" in document:
            (found[event.kind],) = document["evidence"]
            assert (found[event.kind]["file"], found[event.kind]["digest"]) == (
                "a.csv",
                report.digest,
            )
    assert found.keys() == {
        "party_registered",
        "product_registered",
        "commission",
        "pack",
        "hand_over",
        "accept",
    }
    assert found["pack"]["rows"] == found["accept"]["rows"] == [2, 3]
    for kind, meaning in {
        "commission": "no later than",
        "hand_over": "no later than",
        "accept": "on",
    }.items():
        assert (found[kind]["timeColumn"], found[kind]["timeMeaning"]) == (
            layout.DELIVERED,
            meaning,
        )


def test_no_amount_is_in_any_event(tmp_path: Path) -> None:
    run(write(tmp_path / "a.csv", [row(1)]))
    assert not Event.objects.filter(document__contains="5500.25").exists()


def test_a_delivery_across_a_border_is_an_open_loop_with_its_clearances_missing(
    tmp_path: Path,
) -> None:
    run(write(tmp_path / "a.csv", [row(1)]))
    ledger.anchor_pending()
    result = verification.check(Subject.objects.get(kind="lot").uri)
    assert result.verdict is Verdict.CHECK_NEEDED
    assert result.loop is not None
    missing = {
        (reason.code, reason.params["territory"])
        for reason in result.loop.reasons
        if "territory" in reason.params
    }
    assert missing == {
        (LoopReason.EXPORT_CLEARANCE_MISSING, "IN"),
        (LoopReason.IMPORT_CLEARANCE_MISSING, "ZM"),
    }
    assert "signed-late" in [reason.code for reason in result.reasons]


@pytest.mark.parametrize(
    "changes",
    [{"SITE": "Unit 2, Nashik"}, {"FULFIL": "From RDC"}],
    ids=["no country", "distribution centre"],
)
def test_where_the_file_names_no_place_of_departure_the_loop_says_so(
    tmp_path: Path, changes: dict[str, str]
) -> None:
    run(write(tmp_path / "a.csv", [row(1, **changes)]))
    result = verification.check(unit())
    assert result.loop is not None
    assert LoopReason.PLACE_UNKNOWN in [reason.code for reason in result.loop.reasons]


def test_a_second_run_records_nothing(tmp_path: Path) -> None:
    path = write(
        tmp_path / "a.csv", [row(1), row(2), row(3, SHIPMENT="ASN-2"), row(4, QUANTITY="0")]
    )
    first = run(path)
    events = Event.objects.count()
    second = run(path)
    assert (counted(first), counted(second)) == ((3, 0, 1), (0, 3, 1))
    assert (second.events, Event.objects.count()) == (0, events)
    assert refused(first) == refused(second)


def test_the_same_rows_in_another_file_are_there_already(tmp_path: Path) -> None:
    run(write(tmp_path / "a.csv", [row(1)]))
    assert counted(run(write(tmp_path / "b.csv", [row(2, SHIPMENT="ASN-2"), row(1)]))) == (1, 1, 0)


def test_a_recorded_row_that_says_something_else_is_refused(tmp_path: Path) -> None:
    run(write(tmp_path / "a.csv", [row(1), row(2)]))
    report = run(
        write(tmp_path / "b.csv", [row(1, QUANTITY="1201"), row(2, SHIPMENT="ASN-9"), row(3)])
    )
    assert refused(report) == [
        (2, "differs-from-record"),
        (3, "differs-from-record"),
        (4, "shipment-recorded"),
    ]
    assert counted(report) == (0, 0, 3)


def test_a_shipment_of_an_earlier_file_is_not_another_vendors(tmp_path: Path) -> None:
    run(write(tmp_path / "a.csv", [row(1)]))
    report = run(write(tmp_path / "b.csv", [row(2, VENDOR="Other Labs"), row(3, SHIPMENT="ASN-2")]))
    assert (counted(report), refused(report)) == ((1, 0, 1), [(2, "shipment-disagrees")])
    assert Shipment.objects.filter(reference="ASN-1").count() == 1
    assert counted(run(write(tmp_path / "a.csv", [row(1)]))) == (0, 1, 0)


def test_an_id_of_an_earlier_file_is_not_another_products(tmp_path: Path) -> None:
    run(write(tmp_path / "a.csv", [row(1)]))
    report = run(
        write(
            tmp_path / "b.csv",
            [row(1, SHIPMENT="ASN-2", DESCRIPTION="Something else"), row(11, SHIPMENT="ASN-2")],
        )
    )
    assert (counted(report), refused(report)) == ((1, 0, 1), [(2, "repeated-id")])


def test_what_others_recorded_under_the_same_reference_is_their_business(tmp_path: Path) -> None:
    parties.bootstrap()
    Shipment.objects.create(
        reference="ASN-1", sender="9520000000011", receiver="9520000000028", created_at=NOW
    )
    assert counted(run(write(tmp_path / "a.csv", [row(1)]))) == (1, 0, 0)


def test_every_made_identifier_is_between_those_that_are_searched() -> None:
    for number in range(200):
        low, high = identifiers.GLNS
        assert low <= identifiers.gln("vendor", str(number)) < high
        low, high = identifiers.GTINS
        assert low <= identifiers.gtin("product", str(number)) < high
    assert not identifiers.GLNS[0] <= gs1.make_gln("9520", 99) <= identifiers.GLNS[1]


def test_refused_rows_are_in_the_error_file_with_their_reason(tmp_path: Path) -> None:
    report = run(
        write(tmp_path / "a.csv", [row(1, COUNTRY="Atlantis"), row(2), row(3, QUANTITY="=1+1")])
    )
    with report.error_file.open(newline="") as file:
        rows = [
            (line["row"], line["column"], line["value"], line["code"])
            for line in csv.DictReader(file)
        ]
    assert rows == [
        ("2", layout.COUNTRY, "Atlantis", "unknown-country"),
        ("4", layout.QUANTITY, "'=1+1", "bad-quantity"),
    ]


def test_two_names_that_meet_in_one_identifier_are_never_one_party(tmp_path: Path) -> None:
    parties.bootstrap()
    parties.register(VENDOR_GLN, "Somebody else", "", [Role.BRAND])
    report = run(write(tmp_path / "a.csv", [row(1), row(2, SHIPMENT="ASN-2", VENDOR="Other Labs")]))
    assert (counted(report), refused(report)) == ((1, 0, 1), [(2, "identifier-collision")])
    assert Party.objects.get(gln=VENDOR_GLN).name == "Somebody else"


def test_a_shipment_that_the_rules_refuse_does_not_stop_the_others(tmp_path: Path) -> None:
    run(write(tmp_path / "a.csv", [row(1)]))
    parties.revoke_key(VENDOR_GLN, SigningKey.objects.get(party__gln=VENDOR_GLN).public_key)
    report = run(
        write(
            tmp_path / "b.csv",
            [row(2, SHIPMENT="ASN-2"), row(3, SHIPMENT="ASN-3", VENDOR="Other Labs")],
        )
    )
    assert (counted(report), refused(report)) == ((1, 0, 1), [(2, "no-kept-key")])


def test_queries_follow_the_chunks_not_the_rows(
    tmp_path: Path, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    rows = [row(number, SHIPMENT=f"ASN-{number // 3}") for number in range(1, 100)]
    run(write(tmp_path / "a.csv", [row(1000, SHIPMENT="ASN-1000")]))
    with django_assert_max_num_queries(40):
        assert counted(run(write(tmp_path / "b.csv", rows))) == (99, 0, 0)


def test_a_job_tells_how_far_it_is(tmp_path: Path) -> None:
    seen: list[tuple[str, int, int]] = []

    def watch(report: imports.Report) -> None:
        job = Job.objects.get()
        seen.append((job.status, job.done, job.total))

    path = write(tmp_path / "a.csv", [row(1), row(2, SHIPMENT="ASN-2"), row(3, QUANTITY="0")])
    report = imports.run(path, error_file=tmp_path / "e.csv", chunk=1, progress=watch)
    assert seen == [("running", 1, 3), ("running", 2, 3)]
    job = Job.objects.get()
    assert (job.status, job.done, job.refused, job.source_digest) == ("done", 2, 1, report.digest)
    assert job.finished_at is not None


def test_an_interrupted_import_goes_on_where_it_stopped(tmp_path: Path) -> None:
    class Stop(Exception):
        pass

    def stop(_report: imports.Report) -> None:
        raise Stop

    path = write(
        tmp_path / "a.csv", [row(number, SHIPMENT=f"ASN-{number}") for number in range(1, 6)]
    )
    with pytest.raises(Stop):
        imports.run(path, error_file=tmp_path / "e.csv", chunk=10, progress=stop)
    assert Job.objects.get().status == "failed"
    done = Subject.objects.filter(kind="lot").count()
    assert 0 < done < 5
    assert counted(run(path)) == (5 - done, done, 0)


@pytest.mark.django_db(transaction=True)
def test_one_import_at_a_time(tmp_path: Path) -> None:
    config = connection.settings_dict
    other = psycopg.connect(
        dbname=config["NAME"],
        user=config["USER"],
        host=config["HOST"],
        port=config["PORT"] or None,
        password=config["PASSWORD"] or None,
    )
    with other:
        other.execute("SELECT pg_advisory_lock(%s)", [running.LOCK])
        with pytest.raises(imports.Busy):
            run(write(tmp_path / "a.csv", [row(1)]))
        other.execute("SELECT pg_advisory_unlock(%s)", [running.LOCK])
    other.close()
    assert counted(run(tmp_path / "a.csv")) == (1, 0, 0)


def test_a_killed_import_loses_nothing_and_repeats_nothing(
    tmp_path: Path, process_env: dict[str, str]
) -> None:
    path = write(
        tmp_path / "a.csv", [row(number, SHIPMENT=f"ASN-{number // 2}") for number in range(2, 202)]
    )
    command = [sys.executable, "manage.py", "import_shipments", str(path), "--chunk", "40"]
    with subprocess.Popen(command, cwd=ROOT, env=process_env, stderr=subprocess.PIPE) as process:
        assert process.stderr is not None
        while b" rows, " not in process.stderr.readline():
            assert process.poll() is None
        os.kill(process.pid, signal.SIGKILL)
    done = Subject.objects.filter(kind="lot").count()
    assert 0 < done < 200
    assert counted(run(path)) == (200 - done, done, 0)
    assert Event.objects.filter(kind="accept").count() == 100
    assert list(Job.objects.order_by("started_at").values_list("status", flat=True)) == [
        "failed",
        "done",
    ]
    ledger.anchor_pending()
    fsck.check()


def test_the_command_counts_every_row(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = write(tmp_path / "a.csv", [row(1), row(2, QUANTITY="0")])
    call_command("import_shipments", str(path), "--errors", str(tmp_path / "e.csv"))
    said = capsys.readouterr()
    assert said.out.startswith("2 rows: 1 imported, 0 already there, 1 refused; ")
    assert str(tmp_path / "e.csv") in said.out
    assert said.err.startswith("2/2 rows, ")


def test_the_command_says_why_a_file_is_refused_and_records_nothing(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(b"ID\n1\n")
    with pytest.raises(CommandError, match=r"^missing-columns: nothing was imported"):
        call_command("import_shipments", str(path))
    for content in ("", "\n", text([])):
        path.write_text(content)
        with pytest.raises(CommandError, match=r"^(empty|missing-columns): nothing was imported"):
            call_command("import_shipments", str(path))
    assert not Job.objects.exists()
    with pytest.raises(CommandError):
        call_command("import_shipments", str(tmp_path / "none.csv"))
    assert not Event.objects.exists()


def test_the_command_explains_each_argument() -> None:
    parser = Command().create_parser("manage.py", "import_shipments")
    ours = {"file", "errors", "chunk"}
    help_texts = {action.dest: action.help for action in parser._actions if action.dest in ours}
    assert help_texts.keys() == ours
    assert all(help_texts.values())
