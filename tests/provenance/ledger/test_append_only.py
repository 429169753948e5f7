"""Append-only is held by the database: no column of an event changes, save the ledger
index, once.
"""

import pytest
from django.db import IntegrityError, connection, transaction

from provenance.models import Event
from provenance.services import ledger

pytestmark = pytest.mark.django_db(transaction=True)
COLUMNS = [field.attname for field in Event._meta.concrete_fields]


@pytest.mark.usefixtures("world")
@pytest.mark.parametrize("column", COLUMNS)
def test_no_column_of_an_anchored_event_changes(column: str) -> None:
    ledger.anchor_pending()
    with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"UPDATE provenance_event SET {column} = {column}")  # noqa: S608  our own names


@pytest.mark.usefixtures("world")
@pytest.mark.parametrize("column", sorted(set(COLUMNS) - {"ledger_index"}))
def test_no_column_of_a_waiting_event_changes(column: str) -> None:
    with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"UPDATE provenance_event SET {column} = {column}")  # noqa: S608  our own names
