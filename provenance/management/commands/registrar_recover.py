"""manage.py registrar_recover: the recovery key enrols the registrar's next key and ends the
key in force.
"""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from provenance.core import errors
from provenance.core.record.vocabulary import RevocationReason
from provenance.management.commands import registrar_keys
from provenance.services.registry import succession


class Command(BaseCommand):
    help = "Take the registrar back for the key in FILE.pub, signed by the recovery key."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path, metavar="FILE.pub", help="the next key")
        parser.add_argument("recovery", type=Path, metavar="RECOVERY", help="holds its seed")
        parser.add_argument(
            "--reason",
            choices=sorted(RevocationReason),
            default=RevocationReason.COMPROMISED.value,
            help="why the key in force is revoked (%(default)s)",
        )

    def handle(self, *_args: Any, file: Path, recovery: Path, reason: str, **_options: Any) -> None:
        try:
            private = succession.read_private(recovery)
            succession.recover(succession.read_public(file), private, RevocationReason(reason))
        except errors.ProvenanceError as error:
            raise CommandError(f"{error.code}: nothing was recorded: {error.detail}") from error
        except OSError as error:
            raise CommandError(str(error)) from error
        registrar_keys.show(self.stdout)
