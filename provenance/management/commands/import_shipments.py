"""manage.py import_shipments: a delivery CSV into the record; docs/import.md has the
fate of each row.
"""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from provenance.core import errors
from provenance.services.goods import imports


class Command(BaseCommand):
    help = "Import deliveries from a CSV file. A second run of the same file changes nothing."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "file",
            type=Path,
            help="the deliveries: CSV in UTF-8, one row a delivery line, the columns named in the "
            "first row (docs/import.md lists them)",
        )
        parser.add_argument(
            "--errors",
            type=Path,
            help="the CSV file to write the refused rows into, each with its reason "
            "(default: imports/FILE-errors.csv under CUSTOS_VAR)",
        )
        parser.add_argument(
            "--chunk",
            type=int,
            default=imports.CHUNK,
            help="how many events are recorded in one batch, all or nothing; a shipment is never "
            "cut (default: %(default)s)",
        )

    def handle(self, *_args: Any, **options: Any) -> None:
        path: Path = options["file"]
        error_file = (
            options["errors"] or settings.CUSTOS_VAR / "imports" / f"{path.stem}-errors.csv"
        )
        try:
            report = imports.run(
                path, error_file=error_file, chunk=options["chunk"], progress=self._progress
            )
        except imports.FileRefused as error:
            raise CommandError(f"{error.code}: nothing was imported: {error.detail}") from error
        except (OSError, imports.Busy) as error:
            raise CommandError(str(error)) from error
        except errors.ProvenanceError as error:
            raise CommandError(
                f"{error.code}: stopped, run it again to go on: {error.detail}"
            ) from error
        self.stdout.write(
            f"{report.rows} rows: {report.imported} imported, {report.already} already there, "
            f"{len(report.refused)} refused; {report.events} events in {report.seconds:.1f} s"
        )
        if report.refused:
            self.stdout.write(f"refused rows: {report.error_file}")

    def _progress(self, report: imports.Report) -> None:
        done = report.imported + report.already + len(report.refused)
        self.stderr.write(
            f"{done}/{report.rows} rows, {report.events} events, {report.rate:.0f} events/s"
        )
