"""manage.py fsck: derive everything again from the events, and name the first thing
that is wrong.
"""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from provenance.services.ledger import fsck


class Command(BaseCommand):
    help = (
        "Derive everything again from the events and name the first thing that is wrong (exit 1)."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--resume",
            action="store_true",
            help="go on from the tree head up to which the last check came",
        )

    def handle(self, *_args: Any, **options: Any) -> None:
        try:
            fsck.check(self._progress, resume=options["resume"])
        except fsck.CheckRunning as error:
            raise CommandError(str(error)) from error
        except fsck.FirstFault as fault:
            raise CommandError(str(fault)) from fault
        self.stdout.write("sound: every event, link, tile and tree head is what the events say")

    def _progress(self, done: int, total: int) -> None:
        self.stderr.write(f"{done} of {total} events")
