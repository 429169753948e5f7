"""manage.py freeze_ledger: end the ledger, whose key was stolen or is to be replaced."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from provenance.core import errors
from provenance.core.ledger import note
from provenance.services import ledger


class Command(BaseCommand):
    help = (
        "Sign nothing more with CUSTOS_LEDGER_KEY, and say the setting by which the next ledger"
        " begins with this one's entries. May be run again."
    )

    def handle(self, *_args: Any, **_options: Any) -> None:
        try:
            ended = ledger.freeze()
        except errors.LogInconsistent as error:
            raise CommandError(f"{error.code}: {error.detail}") from error
        if ended is None:
            self.stdout.write("nothing was ever signed: change the key and the name")
            return
        entries = [*ledger.former_ledgers(), ended]
        former = ",".join(
            f"{entry.verifier.vkey()} {entry.size} {note.encode_base64(entry.root)}"
            for entry in entries
        )
        self.stdout.write(f"frozen with {ended.size} entries")
        self.stdout.write(f"CUSTOS_LEDGER_FORMER={former}")
