"""The health of everything that Custos runs on, for the health page and monitoring."""

from typing import Any

from django.core.cache import cache
from django.db import DatabaseError, connection
from redis.exceptions import RedisError

from provenance.core import errors
from provenance.models import Incident
from provenance.services import ledger, room
from provenance.services.registry import succession


def report() -> tuple[bool, dict[str, Any]]:
    """Return whether all is well, the state of each part, and the open incidents: what
    runs is well all the same. Nothing secret: the page is public.
    """
    parts: dict[str, Any] = {
        "database": _database(),
        "redis": _redis(),
        "ledger": _ledger(),
        "registrar": _registrar(),
    }
    well = all(part["state"] == "ok" for part in parts.values())
    return well, {"state": "ok" if well else "trouble", **parts, "incidents": _incidents()}


def _database() -> dict[str, Any]:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError:
        return {"state": "unavailable"}
    return {"state": "ok" if room.is_left() else "full"}


def _incidents() -> dict[str, Any]:
    """How many broken records are known; None where that cannot be read."""
    try:
        return {"open": Incident.objects.filter(mended_at=None).count()}
    except DatabaseError:
        return {"open": None}


def _redis() -> dict[str, Any]:
    try:
        cache.get("health")
    except (RedisError, OSError):
        return {"state": "unavailable"}
    return {"state": "ok"}


def _registrar() -> dict[str, Any]:
    """The registrar's pinned key and the key that signs here: whether that is in force, and no
    other key came before the pinned.
    """
    try:
        now = succession.standing()
    except DatabaseError:
        return {"state": "unavailable"}
    state = "not-in-force" if not now.in_force else "ok" if now.is_first else "not-first"
    return {"state": state, "root": now.root, "key": now.signing}


def _ledger() -> dict[str, Any]:
    try:
        return ledger.health()
    except (DatabaseError, OSError):
        return {"state": "unavailable"}
    except errors.ProvenanceError as error:
        return {"state": "inconsistent", "code": error.code}
