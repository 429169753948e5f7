"""What an installation tells its owner once: passwords it made and paths to look at, in
VAR/demo.json.
"""

import json
import os
from typing import Any

from django.conf import settings

FILE = "demo.json"


def read() -> dict[str, Any]:
    """Return what was told so far; empty where nothing was."""
    path = settings.CUSTOS_VAR / FILE
    facts: dict[str, Any] = json.loads(path.read_text()) if path.exists() else {}
    return facts


def remember(facts: dict[str, Any]) -> None:
    """Add `facts` to the file, which only its owner may read: it holds passwords."""
    path = settings.CUSTOS_VAR / FILE
    path.parent.mkdir(parents=True, exist_ok=True)
    new = path.with_name(path.name + ".new")
    with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        json.dump(read() | facts, file, indent=2)
    new.replace(path)
