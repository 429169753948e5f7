"""A migration meets a live table: the release before goes on while it runs, and after it
(F59).
"""

from typing import Any, Final

import pytest
from django.contrib.postgres.operations import AddIndexConcurrently, RemoveIndexConcurrently
from django.db import connection, models, transaction
from django.db.migrations import Migration
from django.db.migrations import operations as op
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.operations.base import Operation
from django.db.models.functions import Length, Now
from django.test import Client
from django.utils import timezone

from provenance.models import Incident
from provenance.services import ledger
from tests import migrations, soundness
from tests.api import client
from tests.cast import GTIN

# The newest migration whose code is still to write into the newest schema. It goes up with
# a release that ends a change of two phases (CONTRIBUTING).
OLDEST: Final = ("provenance", "0008_succession")

_FIRST = "older than the first release: no installation ran the code before it"
# Migrations that break the rules, and the reason for which they may.
ALLOWED: Final = {
    ("provenance", "0003_keys_are_subjects"): _FIRST,
    ("provenance", "0006_prefixes"): _FIRST,
    ("provenance", "0007_looks"): _FIRST,
    ("provenance", "0008_succession"): _FIRST,
    ("provenance", "0010_scans_by_session"): _FIRST,
    ("provenance", "0011_checkpoint_by_declaration"): _FIRST,
}

pytestmark = pytest.mark.django_db(transaction=True)


def test_no_migration_stops_the_release_before_but_for_a_reason() -> None:
    unsafe = {key: migrations.unsafe(sql) for key, sql in migrations.stored().items()}
    assert {key: found for key, found in unsafe.items() if found and key not in ALLOWED} == {}
    assert [key for key in ALLOWED if not unsafe.get(key)] == []


def of(operation: Operation, *, atomic: bool = True) -> list[str]:
    migration = Migration("made_up", "provenance")
    migration.operations, migration.atomic = [operation], atomic
    return migrations.unsafe(migrations.sql(migration))


def column(field: Any) -> Operation:
    return op.AddField("scan", "new", field)


def index(name: str = "new") -> models.Index:
    return models.Index(fields=["at"], name=name)


BAD: Final[dict[str, Operation]] = {
    "no null, and a default of Django alone": column(models.CharField(max_length=9, default="")),
    "no null, no default": column(models.DateTimeField(auto_now_add=True, default=timezone.now)),
    "unique": column(models.CharField(max_length=9, null=True, unique=True)),
    "with an index": column(models.CharField(max_length=9, null=True, db_index=True)),
    "a key with an index": column(models.ForeignKey("provenance.party", models.PROTECT, null=True)),
    "with a check of each row": column(models.PositiveIntegerField(null=True)),
    "computed for each row": column(
        models.GeneratedField(
            expression=Length("code"), output_field=models.IntegerField(), db_persist=True
        )
    ),
    "other type": op.AlterField("scan", "code", models.TextField()),
    "shorter": op.AlterField("scan", "code", models.CharField(max_length=30)),
    "no null any more": op.AlterField("incident", "mended_at", models.DateTimeField()),
    "column away": op.RemoveField("scan", "session"),
    "column renamed": op.RenameField("scan", "session", "visit"),
    "table renamed": op.RenameModel("Scan", "Look"),
    "table of another name": op.AlterModelTable("scan", "looks"),
    "table away": op.DeleteModel("Attempt"),
    "index under a lock": op.AddIndex("scan", index()),
    "index away under a lock": op.RemoveIndex("scan", "scan_by_code"),
    "unique together": op.AddConstraint(
        "scan", models.UniqueConstraint(fields=["code", "at"], name="new")
    ),
    "check": op.AddConstraint(
        "scan", models.CheckConstraint(condition=~models.Q(code=""), name="new")
    ),
    "code": op.RunPython(op.RunPython.noop),
    "other SQL": op.RunSQL("UPDATE provenance_scan SET session = ''"),
    "more SQL behind a harmless one": op.RunSQL(
        "COMMENT ON TABLE provenance_scan IS ''; DROP TABLE provenance_scan"
    ),
}


@pytest.mark.parametrize("name", BAD)
def test_what_locks_or_refuses_the_release_before_is_found(name: str) -> None:
    assert of(BAD[name]) != []


GOOD: Final[dict[str, Operation]] = {
    "null": column(models.CharField(max_length=9, null=True)),
    "default of the database": column(models.CharField(max_length=9, db_default="it's")),
    "number": column(models.IntegerField(db_default=-1)),
    "truth": column(models.BooleanField(db_default=False)),
    "time": column(models.DateTimeField(db_default=Now())),
    "document": column(models.JSONField(null=True)),
    "key": column(models.ForeignKey("provenance.party", models.PROTECT, null=True, db_index=False)),
    "choices": op.AlterField("scan", "code", models.CharField(max_length=300, help_text="x")),
    "null from now on": op.AlterField(
        "incident", "event", models.CharField(max_length=64, null=True)
    ),
    "default from now on": op.AlterField(
        "incident", "event", models.CharField(max_length=64, db_default="")
    ),
    "new table": op.CreateModel(
        "New",
        [
            ("id", models.BigAutoField(primary_key=True)),
            ("party", models.ForeignKey("provenance.party", models.PROTECT)),
            ("name", models.CharField(max_length=9, unique=True)),
        ],
        options={"indexes": [models.Index(fields=["name"], name="new")]},
    ),
    "out of the code alone": op.SeparateDatabaseAndState(
        state_operations=[op.RemoveField("scan", "session")]
    ),
}


@pytest.mark.parametrize("name", GOOD)
def test_what_the_release_before_does_not_notice_passes(name: str) -> None:
    assert of(GOOD[name]) == []


def test_an_index_is_made_and_dropped_beside_the_writers() -> None:
    assert of(AddIndexConcurrently("scan", index()), atomic=False) == []
    assert of(RemoveIndexConcurrently("scan", "scan_by_code"), atomic=False) == []


def test_the_release_before_writes_while_the_newest_schema_is_in_place() -> None:
    """So an upgrade may be taken back by starting the former release again."""
    maker = client.build_world()["maker"]
    assert isinstance(maker, client.Signed)
    assert maker.post("/events", maker.commission("A1")).status_code == 201
    ledger.anchor_pending()
    assert maker.post("/events", maker.commission("A2")).status_code == 201
    Client().get(f"/01/{GTIN}/21/A1", headers={"user-agent": "Firefox/150.0"})
    Incident.objects.create(subject="urn:x", step=1, code="x")
    former = MigrationLoader(connection).project_state(OLDEST).apps
    written = {model.__name__ for model in former.get_models() if write_again(model)}
    assert written >= {"Event", "ChainLink", "Subject", "Party", "SigningKey", "TreeHead", "Scan"}
    ledger.anchor_pending()
    soundness.assert_ledger_sound()


def test_every_table_asks_no_more_of_the_release_before_than_that_knows() -> None:
    """Tables without a row in the test above are held by their columns."""
    former = MigrationLoader(connection).project_state(OLDEST).apps
    ours = [model for model in former.get_models() if model._meta.app_label in migrations.OURS]
    with connection.cursor() as cursor:
        tables = {
            model: connection.introspection.get_table_description(cursor, model._meta.db_table)
            for model in ours
        }
    for model, columns in tables.items():
        known = {field.column for field in model._meta.local_concrete_fields}
        asked = {column.name for column in columns if not (column.null_ok or column.default)}
        assert asked <= known <= {column.name for column in columns}, model


def write_again(model: Any) -> bool:
    """Delete the newest row of `model`, and insert it with the code of `model`; false where
    there is no row.
    """
    if model._meta.app_label != "provenance" or not (row := model.objects.order_by("pk").last()):
        return False
    table, key = model._meta.db_table, model._meta.pk.column
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL session_replication_role = replica")
            cursor.execute(f'DELETE FROM "{table}" WHERE "{key}" = %s', [row.pk])  # noqa: S608
            cursor.execute("SET LOCAL session_replication_role = origin")
        row.save(force_insert=True)
    return model.objects.filter(pk=row.pk).exists()  # type: ignore[no-any-return]  Any model
