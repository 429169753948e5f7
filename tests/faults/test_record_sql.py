"""The database itself refuses what capture never does (F08): to change, remove,
renumber or fork what is recorded.
"""

from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction
from django.db.models import Model

from provenance.core.record.vocabulary import Act
from provenance.models import ChainLink, Cosignature, Event, TreeHead
from tests import rows
from tests.captured import Captured
from tests.faults import recording

pytestmark = pytest.mark.usefixtures("ends_sound")
REFUSED_BY_TRIGGER, NOT_NULL, FOREIGN_KEY, UNIQUE, CHECK = (
    "23000",
    "23502",
    "23503",
    "23505",
    "23514",
)


@pytest.fixture
def item(world: Captured) -> str:
    """An item that travelled."""
    return recording.travelled(world)


def refused(statement: str, *values: Any) -> tuple[str, str]:
    """SQLSTATE, and the constraint if it was one, with which PostgreSQL refuses a
    statement; nothing is left of it.
    """
    with recording.nothing_changes():
        with (
            connection.cursor() as cursor
        ):  # else TRUNCATE is refused for what is pending, not by its trigger
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        with (
            pytest.raises(DatabaseError) as caught,
            transaction.atomic(),
            connection.cursor() as cursor,
        ):
            cursor.execute(statement, values)
        error: Any = caught.value.__cause__
    return str(error.sqlstate), str(error.diag.constraint_name or "")


# --- the record stays ---------------------------------------------------------------


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE provenance_{table} SET id = id",
        "UPDATE provenance_{table} SET id = gen_random_uuid()",
        "DELETE FROM provenance_{table}",
        "TRUNCATE provenance_{table} CASCADE",
        "MERGE INTO provenance_{table} t USING (SELECT 1) s ON true WHEN MATCHED THEN DELETE",
        "WITH gone AS (DELETE FROM provenance_{table} RETURNING id) SELECT count(*) FROM gone",
    ],
)
def test_no_statement_changes_or_removes_a_row(item: str, statement: str) -> None:
    assert item
    for table in ("event", "chainlink", "treehead", "cosignature"):
        assert (table, *refused(statement.format(table=table))) == (table, REFUSED_BY_TRIGGER, "")


CHANGED: dict[str, dict[str, str]] = {
    "event": {
        "digest": "repeat('0', 64)",
        "kind": "'sell'",
        "issuer": "'9520000000004'",
        "key": "'z6Mk'",
        "event_id": "''",
        "event_time": "now()",
        "created": "now()",
        "recorded_at": "now()",
        "late": "NOT late",
        "receiver": "'1'",
        "document": "document || ' '",
    },
    "chainlink": {
        "event_id": "(SELECT id FROM provenance_event WHERE kind = 'key_added' LIMIT 1)",
        "subject_id": "(SELECT id FROM provenance_subject WHERE kind = 'party' LIMIT 1)",
        "position": "position + 100",
        "previous": "repeat('0', 64)",
    },
    "treehead": {
        "size": "size + 1",
        "root": "repeat('0', 64)",
        "note": "note || ' '",
        "signed_at": "now()",
    },
    "cosignature": {"witness": "'another'", "line": "''", "at": "now()"},
}


@pytest.mark.parametrize("table", CHANGED)
def test_no_column_of_a_row_changes(item: str, table: str) -> None:
    assert item
    for column, value in CHANGED[table].items():
        answer = refused(f"UPDATE provenance_{table} SET {column} = {value}")  # noqa: S608
        assert (column, *answer) == (column, REFUSED_BY_TRIGGER, "")


def test_no_column_changes_beside_the_one_change_that_is_allowed(
    world: Captured, item: str
) -> None:
    world.act(world.carrier, Act.OBSERVE, item)
    next_ = "(SELECT max(ledger_index) + 1 FROM provenance_event)"
    for column, value in CHANGED["event"].items():
        change = f"SET ledger_index = {next_}, {column} = {value} WHERE ledger_index IS NULL"
        answer = refused(f"UPDATE provenance_event {change}")
        assert (column, *answer) == (column, REFUSED_BY_TRIGGER, "")


def test_a_ledger_index_is_given_once_and_leaves_no_gap(world: Captured, item: str) -> None:
    world.act(world.maker, Act.COMMISSION, world.unit(1))
    world.act(world.carrier, Act.OBSERVE, item)
    size = TreeHead.objects.latest().size
    for change in (
        "ledger_index = NULL WHERE ledger_index = 3",
        "ledger_index = 900 WHERE ledger_index = 3",
        "ledger_index = ledger_index WHERE ledger_index = 3",
        "ledger_index = {size} + 1 WHERE ledger_index IS NULL AND issuer = '{maker}'",
        "ledger_index = {size} - 1 WHERE ledger_index IS NULL AND issuer = '{maker}'",
        "ledger_index = {size} WHERE ledger_index IS NULL",
        "ledger_index = -1 WHERE ledger_index IS NULL AND issuer = '{maker}'",
        "ledger_index = {size} + 2 * (issuer = '{maker}')::int WHERE ledger_index IS NULL",
    ):
        set_ = change.format(size=size, maker=world.maker.gln)
        state, _ = refused(f"UPDATE provenance_event SET {set_}")  # noqa: S608
        assert (change, state in (REFUSED_BY_TRIGGER, UNIQUE)) == (change, True)


def test_no_event_is_born_anchored(world: Captured, item: str) -> None:
    event = world.read(world.document(world.carrier, Act.OBSERVE, item))
    columns = rows.row_of(event) | {"ledger_index": TreeHead.objects.latest().size}
    names, marks = ", ".join(columns), ", ".join(["%s"] * len(columns))
    insert = f"INSERT INTO provenance_event (id, {names}) VALUES (gen_random_uuid(), {marks})"  # noqa: S608
    assert refused(insert, *columns.values()) == (REFUSED_BY_TRIGGER, "")


# --- a chain has one order ----------------------------------------------------------


FORKS = [
    ("3", "repeat('0', 64)", (UNIQUE, "one_event_per_position")),
    ("0", "NULL", (UNIQUE, "one_event_per_position")),
    ("4", "(SELECT previous FROM mine WHERE position = 3)", (UNIQUE, "one_successor_per_event")),
    ("9", "(SELECT previous FROM mine WHERE position = 1)", (UNIQUE, "one_successor_per_event")),
    ("4", "NULL", (CHECK, "only_the_first_has_no_previous")),
    ("0", "repeat('0', 64)", (CHECK, "only_the_first_has_no_previous")),
    ("-1", "NULL", (CHECK, "only_the_first_has_no_previous")),
    ("-1", "repeat('0', 64)", (CHECK, "only_the_first_has_no_previous")),
    ("NULL", "NULL", (NOT_NULL, "")),
]


def test_a_link_that_forks_a_chain_is_refused(item: str) -> None:
    for position, previous, expected in FORKS:
        assert (position, previous, refused(link(position, previous), item)) == (
            position,
            previous,
            expected,
        )


def link(position: str, previous: str) -> str:
    """The statement that gives the last event of an item one more link in its chain."""
    return f"""
        WITH mine AS (
            SELECT l.* FROM provenance_chainlink l
            JOIN provenance_subject s ON s.id = subject_id WHERE uri = %s
        )
        INSERT INTO provenance_chainlink (id, event_id, subject_id, position, previous)
        SELECT gen_random_uuid(), event_id, subject_id, {position}, {previous}
        FROM mine WHERE mine.position = 3
    """  # noqa: S608


def copy(model: type[Model], where: str = "true", **changes: str) -> str:
    """The statement that records rows of a table once more, with a few columns
    changed.
    """
    names_ = [str(field.column) for field in model._meta.concrete_fields]
    columns = {name: changes.get(name, name) for name in names_}
    columns["id"] = "gen_random_uuid()"
    table, names, values = model._meta.db_table, ", ".join(columns), ", ".join(columns.values())
    return f"INSERT INTO {table} ({names}) SELECT {values} FROM {table} WHERE {where}"  # noqa: S608


def test_nothing_is_recorded_twice_and_what_belongs_together_stays_together(item: str) -> None:
    assert item
    assert refused(copy(Event, ledger_index="NULL")) == (UNIQUE, "one_event_per_digest")
    assert refused(copy(TreeHead))[0] == UNIQUE
    assert refused(copy(Cosignature)) == (UNIQUE, "one_cosignature_per_witness")
    orphan = copy(
        ChainLink,
        "position = 3",
        event_id="gen_random_uuid()",
        position="4",
        previous="repeat('0', 64)",
    )
    assert refused(orphan)[0] == FOREIGN_KEY
    assert refused("DELETE FROM provenance_subject WHERE kind = 'item'")[0] == FOREIGN_KEY
