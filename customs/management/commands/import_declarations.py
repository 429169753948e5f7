"""manage.py import_declarations: a CSV file of declarations; docs/api.md has the members."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from customs.services.declarations import files
from provenance.services.goods.imports import FileRefused


class Command(BaseCommand):
    help = "Enter declarations from a CSV file. A second run of the same file changes nothing."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "file",
            type=Path,
            help="the declarations: CSV in UTF-8, one row a declaration, the columns named in the "
            "first row (docs/api.md lists them)",
        )
        parser.add_argument(
            "--errors",
            type=Path,
            help="the CSV file to write the refused rows into, each with its reason "
            "(default: imports/FILE-errors.csv under CUSTOS_VAR)",
        )
        parser.add_argument(
            "--dry-run", action="store_true", help="read and check every row, and store nothing"
        )

    def handle(self, *_args: Any, **options: Any) -> None:
        path: Path = options["file"]
        error_file = (
            options["errors"] or settings.CUSTOS_VAR / "imports" / f"{path.stem}-errors.csv"
        )
        try:
            report = files.load(path, error_file=error_file, dry_run=options["dry_run"])
        except FileRefused as error:
            raise CommandError(f"{error.code}: nothing was entered: {error.detail}") from error
        except OSError as error:
            raise CommandError(str(error)) from error
        done = "would be entered" if options["dry_run"] else "entered"
        self.stdout.write(
            f"{report.rows} rows: {report.entered} {done}, {report.already} already there, "
            f"{len(report.refused)} refused"
        )
        if report.refused:
            self.stdout.write(f"refused rows: {error_file}")
