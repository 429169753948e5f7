"""`manage.py serve`: everything on one machine."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from config import serve


class Command(BaseCommand):
    help = (
        "Migrate, load the demo into an empty database, "
        "and run web server, worker and beat until Ctrl-C."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            serve.run(self.say)
        except serve.ServeError as error:
            raise CommandError(str(error)) from error

    def say(self, line: str) -> None:
        """Print a line at once: the starting program may be waiting for it."""
        self.stdout.write(line)
        self.stdout.flush()
