"""manage.py replay: after an older database was restored, give events their old ledger
indexes back.
"""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from provenance.core import errors
from provenance.services import ledger


class Command(BaseCommand):
    help = (
        "Give events the ledger indexes that the tiles say they had; "
        "list those that are missing (exit 1)."
    )

    def handle(self, *_args: Any, **_options: Any) -> None:
        try:
            replayed = ledger.replay()
        except errors.LogInconsistent as error:
            raise CommandError(f"{error.code}: {error.detail}") from error
        self.stdout.write(f"{replayed.given_back} events have their ledger index back")
        for index, digest in replayed.missing:
            self.stdout.write(f"missing: {index} {digest}")
        if replayed.missing:
            raise CommandError(
                f"{len(replayed.missing)} signed events are missing: "
                "send them in again, then repeat"
            )
