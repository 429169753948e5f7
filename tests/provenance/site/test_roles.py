"""The role that the application connects as: it does its work, and cannot take the record's
guards away.
"""

from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from django.core.management import call_command
from django.db import connection, models
from pytest_django import Settings

from provenance.core.record.vocabulary import Act
from provenance.models import Event
from provenance.services import ledger
from provenance.services.record import rebuild
from provenance.services.site import roles
from tests import soundness
from tests.captured import Captured
from tests.cast import ITEM

pytestmark = pytest.mark.django_db(transaction=True)
NOT_PRIVILEGED = "42501"
RECORD = ("event", "chainlink", "treehead", "cosignature")
BORDER = ("declarationversion", "riskpolicy", "assessment", "lanechange")
DROP_TRIGGER = """
    DO $$ BEGIN EXECUTE (
        SELECT format('DROP TRIGGER %I ON provenance_event', tgname) FROM pg_trigger
        WHERE tgrelid = 'provenance_event'::regclass AND tgname LIKE '%refuse_delete%'
    ); END $$
"""
REFUSED = [
    *(f"ALTER TABLE provenance_{name} DISABLE TRIGGER ALL" for name in RECORD),
    *(f"TRUNCATE provenance_{name} CASCADE" for name in RECORD),
    *(f"DROP TABLE provenance_{name} CASCADE" for name in RECORD),
    *(f"DELETE FROM provenance_{name}" for name in RECORD),  # noqa: S608
    *(f"UPDATE provenance_{name} SET id = id" for name in RECORD),  # noqa: S608
    *(f"DELETE FROM customs_{name}" for name in BORDER),  # noqa: S608
    *(f"UPDATE customs_{name} SET id = id" for name in BORDER),  # noqa: S608
    "UPDATE provenance_event SET document = ''",
    "UPDATE provenance_event SET late = NOT late",
    "SET session_replication_role = replica",
    "SET ROLE custos",
    "ALTER TABLE provenance_event ADD COLUMN x int",
    "CREATE OR REPLACE FUNCTION public.x() RETURNS int LANGUAGE sql AS 'SELECT 1'",
    "CREATE TABLE public.x (id int)",
    "CREATE TEMPORARY TABLE x (id int)",
    "CREATE ROLE x",
    "ALTER ROLE CURRENT_USER SUPERUSER",
    DROP_TRIGGER,
    "ALTER TABLE provenance_subject RENAME TO x",
    "TRUNCATE provenance_subject CASCADE",
    "DELETE FROM django_migrations",
    "COPY provenance_event TO PROGRAM 'cat'",
    "SELECT pg_read_file('/etc/passwd')",
    "DROP SCHEMA public CASCADE",
    "ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT ALL ON TABLES TO PUBLIC; CREATE TABLE x ()",
]


@pytest.fixture
def role(transactional_db: None) -> Iterator[str]:
    """An application's role of this test's database, gone after the test."""
    name = f"app_of_{connection.settings_dict['NAME']}"
    roles.give(name)
    yield name
    with connection.cursor() as cursor:
        cursor.execute(f"DROP OWNED BY {name}")
        cursor.execute(f"DROP ROLE {name}")


@pytest.fixture
def application(role: str, settings: Settings) -> Iterator[None]:
    """The test itself works as the application."""
    owner = dict(connection.settings_dict)
    roles._connect_as(owner | {"USER": role})
    yield
    roles._connect_as(owner)


def as_role(role: str) -> psycopg.Connection[Any]:
    database = connection.settings_dict
    return psycopg.connect(
        dbname=database["NAME"], user=role, host=database["HOST"], port=database["PORT"] or None
    )


@pytest.mark.parametrize("statement", REFUSED)
def test_the_applications_role_may_not(role: str, statement: str) -> None:
    soundness.store(3)
    with as_role(role) as session, pytest.raises(psycopg.Error) as refused:
        session.execute(statement)
    assert refused.value.sqlstate == NOT_PRIVILEGED
    assert Event.objects.count() == 3


def test_the_ignoring_of_triggers_does_not_help_it(role: str) -> None:
    """The library's triggers let pass who sets a variable, which anybody may."""
    soundness.store(3)
    with as_role(role) as session:
        session.execute("SET pgtrigger.ignore = '{provenance_event:refuse_delete}'")
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            session.execute("DELETE FROM provenance_event")


def test_it_owns_nothing(role: str) -> None:
    with as_role(role) as session:
        row = session.execute(
            "SELECT count(*) FROM pg_class WHERE relowner = current_user::regrole"
        ).fetchone()
        assert row == (0,)
        row = session.execute(
            "SELECT rolsuper, rolcreatedb, rolcreaterole, rolreplication, rolbypassrls"
            " FROM pg_roles WHERE rolname = current_user"
        ).fetchone()
        assert row == (False,) * 5


@pytest.mark.usefixtures("application")
def test_it_does_all_that_the_application_does() -> None:
    world = Captured()
    world.act(world.maker, Act.COMMISSION, ITEM)
    ledger.anchor_pending()
    world.act(world.maker, Act.SELL, ITEM)
    ledger.anchor_pending()
    assert rebuild.rebuild() == []
    soundness.assert_ledger_sound()
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_user")
        assert cursor.fetchone() != ("custos",)


def test_it_has_its_privileges_on_tables_that_come_later(role: str) -> None:
    class Later(models.Model):
        class Meta:
            app_label = "later"
            db_table = "later"

    with connection.schema_editor() as editor:
        editor.create_model(Later)
    try:
        with as_role(role) as session:
            session.execute("INSERT INTO later DEFAULT VALUES")
            assert session.execute("SELECT count(*) FROM later").fetchone() == (1,)
    finally:
        with connection.schema_editor() as editor:
            editor.delete_model(Later)


def test_migrate_gives_the_applications_role_its_privileges(settings: Settings) -> None:
    """As the owner; before and after, the process connects as the application."""
    owner = dict(connection.settings_dict)
    name = f"second_of_{owner['NAME']}"
    settings.CUSTOS_DATABASE_OWNER = owner
    roles._connect_as(owner | {"USER": name, "PASSWORD": "s3cret"})
    try:
        call_command("migrate", verbosity=0)
        with connection.cursor() as cursor:
            cursor.execute("SELECT current_user, count(*) FROM provenance_event")
            assert cursor.fetchone() == (name, 0)
        with roles.as_owner(), connection.cursor() as cursor:
            cursor.execute("SELECT rolpassword FROM pg_authid WHERE rolname = %s", [name])
            assert str(cursor.fetchone()).startswith("('SCRAM-SHA-256$")
    finally:
        roles._connect_as(owner)
        with connection.cursor() as cursor:
            cursor.execute(f"DROP OWNED BY {name}")
            cursor.execute(f"DROP ROLE {name}")


def test_what_is_append_only_is_found_by_its_triggers() -> None:
    tables = [f"provenance_{name}" for name in RECORD] + [f"customs_{name}" for name in BORDER]
    assert roles.append_only() == sorted(tables)
