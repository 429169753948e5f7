"""manage.py registrar_succeed: the registrar's key enrols the next one and ends itself."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from provenance.core import errors
from provenance.management.commands import registrar_keys
from provenance.services.registry import succession


class Command(BaseCommand):
    help = "Let the key in FILE.pub (make_key) succeed, signed by CUSTOS_REGISTRAR_KEY."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path, metavar="FILE.pub", help="the next key")
        parser.add_argument(
            "--recovery",
            type=Path,
            metavar="FILE.pub",
            help="the recovery key that the next key names; else the same as before",
        )

    def handle(self, *_args: Any, file: Path, recovery: Path | None, **_options: Any) -> None:
        try:
            named = succession.read_public(recovery) if recovery else None
            succession.succeed(succession.read_public(file), named)
        except errors.ProvenanceError as error:
            raise CommandError(f"{error.code}: nothing was recorded: {error.detail}") from error
        except OSError as error:
            raise CommandError(str(error)) from error
        registrar_keys.show(self.stdout)
