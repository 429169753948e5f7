"""manage.py assess: lanes for every declaration that is not decided."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from customs.risk.lanes import Lane
from customs.services import assess
from customs.services.assess import AssessReport

TOP = 5


class Command(BaseCommand):
    help = "Assess every undecided declaration. A second run assesses only what changed."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--top", type=int, default=TOP, help="how many findings to list (default: %(default)s)"
        )

    def handle(self, *_args: Any, **options: Any) -> None:
        report = assess.assess_all(progress=self._progress)
        self.stdout.write(f"{report.seen} undecided declarations, {report.assessed} assessed")
        self.stdout.write(" ".join(f"{lane} {report.lanes[lane]}" for lane in Lane))
        for code, count in report.findings.most_common(options["top"]):
            self.stdout.write(f"{code} {count}")

    def _progress(self, report: AssessReport) -> None:
        self.stderr.write(f"{report.seen} seen, {report.assessed} assessed")
