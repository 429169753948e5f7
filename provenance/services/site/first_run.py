"""The first run of an installation: the passwords it made and the paths to visit, in
VAR/demo.json.
"""

import json
from typing import Any

from django.conf import settings

from provenance.services import durable

FILE = "demo.json"


def read() -> dict[str, Any]:
    """Return the facts that are remembered so far."""
    path = settings.CUSTOS_VAR / FILE
    facts: dict[str, Any] = json.loads(path.read_text()) if path.exists() else {}
    return facts


def remember(facts: dict[str, Any]) -> None:
    """Add `facts` to the file, which only its owner may read: it holds passwords."""
    text = json.dumps(read() | facts, indent=2)
    durable.write({settings.CUSTOS_VAR / FILE: text.encode()}, mode=0o600)
