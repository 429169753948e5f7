"""Rules for migrations: the code of the release before can go on reading and writing while
a migration runs and after it.
"""

import re
from collections.abc import Iterable
from typing import Final

from django.db import connection
from django.db.migrations import Migration
from django.db.migrations.loader import MigrationLoader

OURS: Final = ("provenance", "customs")

# A constant, which PostgreSQL keeps beside the table: no row is written anew for it.
_CONSTANT: Final = (
    r"(?:'(?:[^']|'')*'(?:::\w+)?|-?\d+(?:\.\d+)?|true|false|\(?STATEMENT_TIMESTAMP\(\)\)?)"
)
_TABLE: Final = r'ALTER TABLE "\w+" '
_KEY: Final = r' CONSTRAINT "\w+" REFERENCES [^;]*; SET CONSTRAINTS [^;]* IMMEDIATE'
# Whatever is not here is refused: it waits for each row, or for each reader, or it may
# refuse what the release before writes.
_SAFE: Final = re.compile(
    "|".join(
        (
            r"--(?! THIS OPERATION CANNOT BE WRITTEN AS SQL).*",
            rf'{_TABLE}ADD COLUMN "\w+" [a-z][a-z0-9 (),\[\]]* (?:DEFAULT {_CONSTANT} )?NULL;',
            rf'{_TABLE}ADD COLUMN "\w+" [a-z][a-z0-9 (),\[\]]* DEFAULT {_CONSTANT} NOT NULL;',
            rf'{_TABLE}ADD COLUMN "\w+" [a-z][a-z0-9 (),\[\]]* NULL{_KEY};',
            rf'{_TABLE}ALTER COLUMN "\w+" SET DEFAULT {_CONSTANT};',
            rf'{_TABLE}ALTER COLUMN "\w+" DROP NOT NULL;',
            rf'{_TABLE}VALIDATE CONSTRAINT "\w+";?',
            r"CREATE INDEX CONCURRENTLY [^;]*;",
            r"DROP INDEX CONCURRENTLY [^;]*;",
            r"COMMENT ON [^;]*;",
            r'DROP TRIGGER IF EXISTS \w+ ON "\w+";',
            r'CREATE OR REPLACE FUNCTION "public"\._pgtrigger_should_ignore\(.*',
        )
    )
)
_NEW_TABLE: Final = re.compile(r'CREATE TABLE "(\w+)" ')
_ON_TABLE: Final = re.compile(
    r'(?:ALTER TABLE|CREATE (?:UNIQUE )?INDEX "\w+" ON|COMMENT ON TABLE) "(\w+)" '
)


def unsafe(statements: Iterable[str]) -> list[str]:
    """The statements of a migration that stop the release before, in their order. A table
    that the migration makes is used by nobody yet: all is allowed to it.
    """
    flat = [" ".join(statement.split()) for statement in statements]
    new = {match[1] for statement in flat if (match := _NEW_TABLE.match(statement))}
    return [
        statement
        for statement in flat
        if not _SAFE.fullmatch(statement)
        and not _NEW_TABLE.match(statement)
        and not ((match := _ON_TABLE.match(statement)) and match[1] in new)
    ]


def stored() -> dict[tuple[str, str], list[str]]:
    """The SQL of each migration of ours."""
    loader = MigrationLoader(connection, replace_migrations=False)
    return {
        key: loader.collect_sql([(migration, False)])
        for key, migration in sorted(loader.disk_migrations.items())
        if key[0] in OURS
    }


def sql(migration: Migration) -> list[str]:
    """The SQL of a migration that follows all that are stored."""
    loader = MigrationLoader(connection)
    state = loader.project_state()
    with connection.schema_editor(collect_sql=True, atomic=migration.atomic) as editor:
        migration.apply(state, editor, collect_sql=True)
    assert editor.collected_sql is not None
    return editor.collected_sql
