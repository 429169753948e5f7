"""manage.py demo: the demo into an empty record; where there is anything, nothing happens."""

import json
import os
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from provenance.services import demo


class Command(BaseCommand):
    help = "Load the demo's made-up companies and goods into an empty record, and print where to look."

    def handle(self, *_args: Any, **options: Any) -> None:
        facts = settings.CUSTOS_VAR / "demo.json"
        loaded = demo.load()
        if loaded is None:
            path = demo.checked_out_path()
            if path is not None:
                remember(facts, {"verify_path": path})
            self._say(options, "the record is not empty: the demo was not loaded")
            return
        remember(facts, {"verify_path": loaded.paths["checked_out"], "users": dict(loaded.users)})
        for name, path in loaded.paths.items():
            self._say(options, f"{name} {settings.CUSTOS_ORIGIN}{path}")
        for name, password in loaded.users.items():
            self._say(options, f"user {name} {password}")

    def _say(self, options: dict[str, Any], line: str) -> None:
        if options["verbosity"]:
            self.stdout.write(line)


def remember(path: Path, facts: dict[str, Any]) -> None:
    """Add `facts` to the JSON object in `path`, which only its owner may read: it holds passwords."""
    known = json.loads(path.read_text()) if path.exists() else {}
    path.parent.mkdir(parents=True, exist_ok=True)
    new = path.with_name(path.name + ".new")
    with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        json.dump(known | facts, file, indent=2)
    new.replace(path)
