"""The two roles in the database: the owner, which migrates, and the one that the application
connects as. That one owns nothing, so it can change no table and switch no trigger off, and it
has no UPDATE, DELETE or TRUNCATE on what is append-only.

`as_owner` is for the commands that need the owner; `grant` makes the application's role what it
is, after every migration.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

from django.apps import apps
from django.conf import settings
from django.db import connection, transaction
from psycopg import sql

REFUSING: Final = "refuse_delete"  # the trigger of tables that are append-only
_CREDENTIALS: Final = ("USER", "PASSWORD", "HOST", "PORT")
_LIMIT: Final = (
    "ALTER ROLE {role} LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS"
    " PASSWORD {password}"
)
_GRANTS: Final = (
    "REVOKE ALL ON SCHEMA public FROM PUBLIC, {role}",
    "REVOKE TEMPORARY ON DATABASE {database} FROM PUBLIC, {role}",
    "GRANT CONNECT ON DATABASE {database} TO {role}",
    "GRANT USAGE ON SCHEMA public TO {role}",
    "REVOKE ALL ON ALL TABLES IN SCHEMA public FROM {role}",
    "GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {role}",
    "GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO {role}",
    "ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT, INSERT ON TABLES TO {role}",
    "ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT USAGE ON SEQUENCES TO {role}",
    "REVOKE INSERT, UPDATE, DELETE ON django_migrations FROM {role}",
)
_APPEND_ONLY: Final = "REVOKE UPDATE, DELETE ON {table} FROM {role}"
_SEQUENCED: Final = "GRANT UPDATE (ledger_index) ON provenance_event TO {role}"


@contextmanager
def as_owner() -> Iterator[None]:
    """Let this process work as the owner of the tables meanwhile, where the settings name one."""
    owner, before = settings.CUSTOS_DATABASE_OWNER, dict(connection.settings_dict)
    if owner is None:
        yield
        return
    _connect_as(owner)
    try:
        yield
    finally:
        _connect_as(before)


def grant() -> None:
    """As the owner: make the role that the application connects as, with its password, and give
    it what it needs and nothing else. Does nothing where the settings name no owner.
    """
    application = dict(connection.settings_dict)
    if settings.CUSTOS_DATABASE_OWNER is not None:
        with as_owner():
            give(str(application["USER"]), str(application["PASSWORD"]))


def give(role: str, password: str = "") -> None:
    """Make `role`, unless there is such a role, and give it the application's privileges. The
    connection MUST be the owner's, who may make roles unless it is there.
    """
    _make(role)
    statements = [*_GRANTS, *(_APPEND_ONLY.replace("{table}", name) for name in append_only())]
    with transaction.atomic(), connection.cursor() as cursor:
        names = {
            "role": sql.Identifier(role),
            "database": sql.Identifier(str(connection.settings_dict["NAME"])),
            "password": _sealed(role, password),
        }
        for statement in (_LIMIT, *statements, _SEQUENCED):
            cursor.execute(sql.SQL(statement).format(**names))


def append_only() -> list[str]:
    """The tables of which nothing is changed or removed."""
    return sorted(
        model._meta.db_table
        for model in apps.get_models()
        if any(trigger.name == REFUSING for trigger in getattr(model._meta, "triggers", ()))
    )


def _make(role: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [role])
        if cursor.fetchone() is None:
            cursor.execute(sql.SQL("CREATE ROLE {role}").format(role=sql.Identifier(role)))


def _sealed(role: str, password: str) -> sql.Composable:
    """The password as PostgreSQL keeps it, so that no log has it in clear."""
    if not password:
        return sql.SQL("NULL")
    sealed = connection.connection.pgconn.encrypt_password(password.encode(), role.encode())
    return sql.Literal(sealed.decode())


def _connect_as(credentials: dict[str, Any]) -> None:
    connection.close()
    connection.close_pool()  # type: ignore[attr-defined]  # of the PostgreSQL backend
    connection.settings_dict |= {name: credentials[name] for name in _CREDENTIALS}
