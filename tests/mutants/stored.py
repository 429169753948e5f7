"""Mutants of the invariants that the database holds: unique constraints and triggers."""

from typing import Final

from tests.mutants.mutant import Row, mutants_of

NEVER: Final = 'condition="WHEN (FALSE)",\n                    '
# The hash of each trigger, which is the only one of its kind in the migration.
REFUSALS: Final = {
    "event-updated": "51722ecd67518a5581be8342688314fc796ee6cb",
    "event-deleted": "b00e103a94b636e87e9811d0db865d4f96340bca",
    "event-truncated": "496e5319cf18a334563a1c1b26d4aa81c9d38dd3",
}


def _switched_off(name: str, hash_: str) -> Row:
    fragment = f'hash="{hash_}",'
    return f"database-{name}", fragment, NEVER + fragment


MUTANTS = [
    *mutants_of(
        "provenance/migrations/0001_initial.py",
        "faults/test_record_sql",
        [
            *(_switched_off(*each) for each in REFUSALS.items()),
            (
                "database-index-given-twice",
                """condition='WHEN (OLD."ledger_index" IS NOT NULL)'""",
                """condition='WHEN (FALSE)'""",
            ),
            (
                "database-born-anchored",
                """condition='WHEN (NEW."ledger_index" IS NOT NULL)'""",
                """condition='WHEN (FALSE)'""",
            ),
            (
                "database-receiver-changes",
                '"late", "receiver", "document"\'',
                '"late", "document"\'',
            ),
            ("database-document-changes", '"receiver", "document"\'', '"receiver"\''),
            ("database-gap-in-the-ledger", "OR low <> before THEN", "OR low < before THEN"),
            (
                "database-two-at-one-position",
                'fields=("subject", "position"), name',
                'fields=("subject", "position", "event"), name',
            ),
            (
                "database-two-after-one",
                'fields=("subject", "previous"), name',
                'fields=("subject", "previous", "event"), name',
            ),
            (
                "database-two-beginnings",
                'name="one_successor_per_event", nulls_distinct=False',
                'name="one_successor_per_event"',
            ),
            (
                "database-first-without-position",
                'models.Q(("position__gt", 0), ("previous__isnull", False)),',
                'models.Q(("position__gt", 0)),',
            ),
            (
                "database-one-digest-twice",
                'fields=("digest",), name="one_event_per_digest"',
                'fields=("digest", "id"), name="one_event_per_digest"',
            ),
            (
                "database-one-index-twice",
                'fields=("ledger_index",),',
                'fields=("ledger_index", "id"),',
            ),
            (
                "database-one-subject-twice",
                'fields=("uri",), name="one_subject_per_uri"',
                'fields=("uri", "id"), name="one_subject_per_uri"',
            ),
            (
                "database-one-answer-twice",
                'fields=("scope", "key"), name',
                'fields=("scope", "key", "id"), name',
            ),
        ],
    )
]
