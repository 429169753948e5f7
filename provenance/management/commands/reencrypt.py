"""manage.py reencrypt: encrypt the kept keys under a new CUSTOS_KEY_ENCRYPTION_KEY."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from provenance.core import errors
from provenance.services import keyring


class Command(BaseCommand):
    help = "Encrypt the kept keys, which FILE's key opens, under CUSTOS_KEY_ENCRYPTION_KEY."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path, help="holds the old key, 64 hex digits")

    def handle(self, *_args: Any, file: Path, **_options: Any) -> None:
        try:
            count = keyring.reencrypt(file.read_text().strip())
        except errors.ProvenanceError as error:
            raise CommandError(f"{error.code}: nothing was changed: {error.detail}") from error
        except OSError as error:
            raise CommandError(str(error)) from error
        except ValueError as error:
            raise CommandError(f"{file} does not hold 64 hex digits") from error
        self.stdout.write(f"{count} kept keys are encrypted under the new key")
