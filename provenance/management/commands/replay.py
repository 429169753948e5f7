"""manage.py replay: after an older database was restored, give events their old ledger
indexes back.
"""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from provenance.core import errors
from provenance.services import ledger
from provenance.services.record import set_aside
from provenance.services.site import roles


class Command(BaseCommand):
    help = (
        "Give events the ledger indexes that the tiles say they had; "
        "list those that are missing (exit 1)."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--set-aside",
            type=Path,
            metavar="FILE",
            help="first move the events that are not in the signed ledger into a new file",
        )
        parser.add_argument(
            "--take",
            type=Path,
            metavar="FILE",
            help="first record the signed events in a file, one a line, where they fit",
        )

    def handle(self, *_args: Any, **options: Any) -> None:
        try:
            if options["set_aside"]:
                with roles.as_owner():  # no other may remove an event
                    count = set_aside.set_aside(options["set_aside"])
                self.stdout.write(f"{count} events set aside")
            if options["take"]:
                self._take(options["take"])
            replayed = ledger.replay()
        except (errors.LogInconsistent, ledger.LedgerBehind) as error:
            raise CommandError(f"{error.code}: {error.detail}") from error
        except OSError as error:
            raise CommandError(str(error)) from error
        self.stdout.write(f"{replayed.given_back} events have their ledger index back")
        for index, digest in replayed.missing:
            self.stdout.write(f"missing: {index} {digest}")
        if replayed.missing:
            raise CommandError(
                f"{len(replayed.missing)} signed events are missing: "
                "send them in again, then repeat"
            )

    def _take(self, file: Path) -> None:
        with file.open("rb") as lines:
            for number, error in enumerate(set_aside.take(lines), 1):
                outcome = "taken" if error is None else f"refused: {error.code}: {error.detail}"
                self.stdout.write(f"line {number} {outcome}")
