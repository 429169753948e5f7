"""manage.py bootstrap: the registrar, and a first administrator; where they are there
already, nothing happens.
"""

import secrets
from pathlib import Path
from typing import Any

from django.contrib.auth import get_user_model
from django.core.management.base import BaseCommand, CommandError, CommandParser

from provenance.core import errors
from provenance.services.registry import parties, succession
from provenance.services.site import first_run

ADMIN = "admin"


class Command(BaseCommand):
    help = (
        "Register the registrar by its own key, "
        "and make a first administrator with a random password."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--name", default="Registrar", help="the registrar's name in the record"
        )
        parser.add_argument("--country", default="", help="ISO 3166-1 alpha-2, or empty")
        parser.add_argument(
            "--prefix",
            action="append",
            default=[],
            help="a GS1 company prefix of the registrar's own; may be given again",
        )
        parser.add_argument(
            "--recovery",
            type=Path,
            metavar="FILE.pub",
            help="the public half of a recovery key (make_key), which the registrar's key names",
        )

    def handle(self, *_args: Any, **options: Any) -> None:
        try:
            file = options["recovery"]
            recovery = succession.read_public(file) if file else None
            parties.bootstrap(options["name"], options["country"], options["prefix"], recovery)
        except errors.ProvenanceError as error:
            raise CommandError(f"{error.code}: {error.detail}") from error
        except OSError as error:
            raise CommandError(str(error)) from error
        users = get_user_model()
        if users.objects.filter(is_superuser=True).exists():
            return
        password = secrets.token_urlsafe(12)
        users.objects.create_superuser(ADMIN, password=password)
        first_run.remember({"admin_user": ADMIN, "admin_password": password})
        if options["verbosity"]:
            self.stdout.write(f"administrator {ADMIN} {password}")
