"""manage.py rebuild: compute every read model again from the events."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from provenance.core import errors
from provenance.services.record import rebuild


class Command(BaseCommand):
    help = (
        "Compute every read model from the events "
        "and put right what differs (exit 1 if anything did)."
    )

    def handle(self, *_args: Any, **_options: Any) -> None:
        try:
            differences = rebuild.rebuild(self._progress)
        except errors.ProvenanceError as error:
            raise CommandError(f"{error.code}: nothing was changed: {error.detail}") from error
        for difference in differences:
            self.stdout.write(difference)
        if differences:
            raise CommandError(f"{len(differences)} differences were put right")
        self.stdout.write("no difference: every read model is what the events say")

    def _progress(self, done: int) -> None:
        self.stderr.write(f"{done} events")
