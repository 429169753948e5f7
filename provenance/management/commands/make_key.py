"""manage.py make_key: a key for the registrar, as its next key or its recovery key."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from provenance.services.registry import succession


class Command(BaseCommand):
    help = (
        "Make a key of the registrar's: its seed in FILE, which is kept nowhere else,"
        " and its public half in FILE.pub."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path, help="a new file")

    def handle(self, *_args: Any, file: Path, **_options: Any) -> None:
        try:
            half = succession.make_key(file)
        except OSError as error:
            raise CommandError(str(error)) from error
        self.stdout.write(half.public_key)
