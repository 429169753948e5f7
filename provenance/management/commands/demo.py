"""manage.py demo: the demo into an empty record; where there is anything, nothing
happens.
"""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from provenance.core import errors
from provenance.services import ledger
from provenance.services.site import demo, first_run


class Command(BaseCommand):
    help = (
        "Load the demo's made-up companies and goods into an empty record, and print where to look."
    )

    def handle(self, *_args: Any, **options: Any) -> None:
        try:
            loaded = demo.load()
        except (errors.LogInconsistent, ledger.LedgerBehind) as error:
            raise CommandError(f"{error.code}: {error.detail}") from error
        if loaded is None:
            path = demo.checked_out_path()
            if path is not None:
                first_run.remember({"verify_path": path})
            self._say(options, "the record is not empty: the demo was not loaded")
            return
        paths, users = dict(loaded.paths), dict(loaded.users)
        first_run.remember({"verify_path": paths["checked_out"], "stories": paths, "users": users})
        for name, path in paths.items():
            self._say(options, f"{name} {settings.CUSTOS_ORIGIN}{path}")
        for name, password in users.items():
            self._say(options, f"user {name} {password}")

    def _say(self, options: dict[str, Any], line: str) -> None:
        if options["verbosity"]:
            self.stdout.write(line)
