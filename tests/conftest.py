"""A closed world: real services, a ledger folder for each test, and no network."""

import ipaddress
import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from django.db import connection
from django.db.backends.postgresql.operations import DatabaseOperations
from hypothesis import settings as hypothesis_settings
from pytest_django import Settings

from config import embedded
from tests.captured import ends_sound, rebuilds_clean, world  # noqa: F401  fixtures

# No test is red because the machine is busy.
hypothesis_settings.register_profile("untimed", deadline=None)
hypothesis_settings.load_profile("untimed")


class NetworkRefused(RuntimeError):
    """A test tried to leave this machine."""


def _refuse_network(event: str, arguments: tuple[object, ...]) -> None:
    if event == "socket.connect":
        address = arguments[1]
        host = (
            address[0] if isinstance(address, tuple) else "localhost"
        )  # a unix socket's address is a path
    elif event == "socket.getaddrinfo":
        host = arguments[0] or "localhost"
    else:
        return
    name = host.decode() if isinstance(host, bytes) else str(host)
    try:
        local = ipaddress.ip_address(name).is_loopback
    except ValueError:
        local = name == "localhost"
    if not local:
        raise NetworkRefused(f"{event} to {name}")


sys.addaudithook(_refuse_network)


_SQL_FLUSH = DatabaseOperations.sql_flush


def _sql_flush(self: DatabaseOperations, *args: Any, **kwargs: Any) -> list[str]:
    """Emptying the tables after a test is what the append-only triggers refuse, so it
    happens without them.
    """
    return ["SET LOCAL session_replication_role = replica;", *_SQL_FLUSH(self, *args, **kwargs)]


DatabaseOperations.sql_flush = _sql_flush  # type: ignore[assignment,method-assign]


@pytest.fixture(autouse=True)
def ledger_folders(settings: Settings, tmp_path: Path) -> None:
    """Each test has a ledger, a lock store and a folder for files of its own, empty and
    not yet made.
    """
    settings.CUSTOS_VAR = tmp_path / "var"
    settings.CUSTOS_LEDGER_DIR = tmp_path / "ledger"
    settings.CUSTOS_LOCK_DIR = tmp_path / "lock"


@pytest.fixture
def process_env(settings: Settings, transactional_db: None) -> dict[str, str]:
    """The environment in which a process of ours (a worker, a command) works on this
    test's database and ledger.
    """
    database = connection.settings_dict
    user, password = quote(database["USER"]), quote(database["PASSWORD"])
    host = f"?host={quote(database['HOST'], safe='')}" + (
        f"&port={database['PORT']}" if database["PORT"] else ""
    )
    return {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "config.settings",
        "DATABASE_URL": f"postgresql://{user}:{password}@/{quote(database['NAME'])}{host}",
        "REDIS_URL": settings.REDIS_URL,
        "CUSTOS_VAR": str(settings.CUSTOS_VAR),
        "CUSTOS_ORIGIN": settings.CUSTOS_ORIGIN,
        "CUSTOS_LEDGER_DIR": str(settings.CUSTOS_LEDGER_DIR),
        "CUSTOS_LOCK_DIR": str(settings.CUSTOS_LOCK_DIR),
        "CUSTOS_LEDGER_KEY": settings.CUSTOS_LEDGER_KEY,
        "CUSTOS_REGISTRAR_KEY": settings.CUSTOS_REGISTRAR_KEY,
        "CUSTOS_KEY_ENCRYPTION_KEY": settings.CUSTOS_KEY_ENCRYPTION_KEY,
        "SECRET_KEY": settings.SECRET_KEY,
    }


@pytest.fixture
def services_folder() -> Iterator[Path]:
    """A folder for servers. Not tmp_path: every pytest that starts takes the others'
    users out of its parent.
    """
    folder = Path(tempfile.mkdtemp(prefix="custos-test-"))
    yield folder
    shutil.rmtree(folder, ignore_errors=True)  # the watchdog may be in it still


@pytest.fixture
def own_services(services_folder: Path) -> Iterator[embedded.Services]:
    """A PostgreSQL and a Redis that only this test has, so it may stop, flush and
    restore them.
    """
    yield embedded.ensure(services_folder)
    embedded.release(services_folder)
