"""manage.py anchor: a sweep by hand."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from provenance.core import errors
from provenance.services import ledger


class Command(BaseCommand):
    help = "Anchor every event that waits, in the ledger, and publish the new tree head."

    def handle(self, *_args: Any, **options: Any) -> None:
        try:
            head = ledger.anchor_pending()
        except errors.LogInconsistent as error:
            raise CommandError(f"{error.code}: nothing was signed: {error.detail}") from error
        if options["verbosity"]:
            self.stdout.write(
                f"tree head of {head.size}: {head.root}" if head else "nothing to anchor"
            )
