"""The record itself: signed events and their places in chains. Append-only, held by
triggers.
"""

import pgtrigger
from django.db import models
from django.db.models import Q

from provenance.core.record.vocabulary import Act
from provenance.models.base import Model
from provenance.models.goods import Subject
from provenance.models.parties import SealKey

_REFUSE = (
    "RAISE EXCEPTION 'append-only: % on % is refused', TG_OP, TG_TABLE_NAME "
    "USING ERRCODE = 'integrity_constraint_violation';"
)

# A ledger index is given once, and densely: each statement continues where the ledger
# ended before it.
_DENSE = """
    IF EXISTS (SELECT 1 FROM new_rows WHERE ledger_index IS NOT NULL) THEN
        DECLARE
            low bigint; high bigint; n bigint; before bigint;
        BEGIN
            SELECT min(ledger_index), max(ledger_index), count(*) INTO low, high, n
                FROM new_rows WHERE ledger_index IS NOT NULL;
            SELECT coalesce(max(ledger_index) + 1, 0) INTO before
                FROM provenance_event WHERE ledger_index < low;
            IF high - low + 1 <> n OR low <> before THEN
                RAISE EXCEPTION 'ledger indexes must be dense: % to % for % events after %',
                    low, high, n, before - 1
                    USING ERRCODE = 'integrity_constraint_violation';
            END IF;
        END;
    END IF;
    RETURN NULL;
"""


def append_only(*, besides: tuple[str, ...] = ()) -> list[pgtrigger.Trigger]:
    """Triggers that refuse DELETE, TRUNCATE, and UPDATE: of any column, or of the
    columns `besides` alone.
    """
    update = pgtrigger.UpdateOf(*besides) if besides else pgtrigger.Update
    return [
        pgtrigger.Trigger(
            name="refuse_update", operation=update, when=pgtrigger.Before, func=_REFUSE
        ),
        pgtrigger.Trigger(
            name="refuse_delete", operation=pgtrigger.Delete, when=pgtrigger.Before, func=_REFUSE
        ),
        pgtrigger.Trigger(
            name="refuse_truncate",
            operation=pgtrigger.Truncate,
            when=pgtrigger.Before,
            level=pgtrigger.Statement,
            func=_REFUSE,
        ),
    ]


# Every column but `ledger_index`, which is given once: naming them lets the sweep pass
# without a call for each row.
_NEVER_CHANGED = (
    *(
        "id",
        "digest",
        "kind",
        "issuer",
        "key",
        "event_id",
        "event_time",
        "created",
        "recorded_at",
        "late",
    ),
    *("receiver", "document", "seal_key_id", "seed", "members"),
)


class Event(Model):
    """A signed event: `document` is its RFC 8785 text, `digest` that text's SHA-256 in
    lower-case hex.

    `ledger_index` is null until the event is sequenced; then it never changes. Of an event that
    seals, `seed` is the seed of its salts, encrypted under `seal_key`, and `members` the sealed
    members, as JSON.
    """

    digest = models.CharField(max_length=64)
    kind = models.CharField(max_length=20, choices=[(k.value, k.value) for k in Act])
    issuer = models.CharField("issuer GLN", max_length=13)
    key = models.CharField("public key", max_length=60)
    event_id = models.CharField(
        "eventID", max_length=120, blank=True, help_text="CBV event hash; not unique"
    )
    event_time = models.DateTimeField()
    created = models.DateTimeField("signed at")
    recorded_at = models.DateTimeField()
    late = models.BooleanField(default=False)
    receiver = models.CharField("named receiver", max_length=13, blank=True)
    document = models.TextField()
    seal_key = models.ForeignKey(
        SealKey, on_delete=models.PROTECT, null=True, editable=False, db_index=False
    )
    seed = models.BinaryField("encrypted seed", null=True, editable=False)
    members = models.TextField("sealed members", blank=True, db_default="")
    ledger_index = models.BigIntegerField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["digest"], name="one_event_per_digest"),
            models.UniqueConstraint(
                fields=["ledger_index"],
                name="ledger_index_given_once",
                condition=Q(ledger_index__isnull=False),
            ),
        ]
        indexes = [
            models.Index(
                fields=["recorded_at", "id"],
                name="event_unanchored",
                condition=Q(ledger_index__isnull=True),
            ),
            models.Index(fields=["issuer", "recorded_at"], name="event_by_issuer"),
            models.Index(
                fields=["receiver", "recorded_at"],
                name="event_by_receiver",
                condition=~Q(receiver=""),
            ),
            models.Index(fields=["event_id"], name="event_by_event_id", condition=~Q(event_id="")),
        ]
        triggers = [
            *append_only(besides=_NEVER_CHANGED),
            pgtrigger.Trigger(
                name="given_once",
                operation=pgtrigger.UpdateOf("ledger_index"),
                when=pgtrigger.Before,
                condition=pgtrigger.Q(old__ledger_index__isnull=False),
                func=_REFUSE,
            ),
            pgtrigger.Trigger(
                name="dense_ledger_index",
                operation=pgtrigger.Update,
                when=pgtrigger.After,
                level=pgtrigger.Statement,
                func=_DENSE,
                referencing=pgtrigger.Referencing(new="new_rows"),
            ),
            pgtrigger.Trigger(
                name="born_unanchored",
                operation=pgtrigger.Insert,
                when=pgtrigger.Before,
                condition=pgtrigger.Q(new__ledger_index__isnull=False),
                func=_REFUSE,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.digest[:12]}…"


class ChainLink(Model):
    """An event's place in a subject's chain: unique position and unique previous, so a
    chain cannot fork. Of a sealed link, `leaf` is its index in the list and `path` its inclusion
    path: kept, so that opening a single item costs nothing that grows with the list.
    """

    event = models.ForeignKey(Event, on_delete=models.PROTECT, related_name="links")
    # No index of its own: the unique constraints begin with it.
    subject = models.ForeignKey(
        Subject, on_delete=models.PROTECT, related_name="links", db_index=False
    )
    position = models.IntegerField()
    previous = models.CharField(max_length=64, null=True)  # noqa: DJ001  null is "the first", and distinct in an index
    closes = models.BooleanField("ends the loop", db_default=False)
    output = models.BooleanField("comes out of a transformation", db_default=False)
    leaf = models.SmallIntegerField("index in the sealed list", null=True, blank=True)
    path = models.BinaryField("inclusion path", null=True, editable=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["subject", "position"], name="one_event_per_position"),
            models.UniqueConstraint(
                fields=["subject", "previous"], name="one_successor_per_event", nulls_distinct=False
            ),
            models.CheckConstraint(
                condition=Q(position=0, previous__isnull=True)
                | Q(position__gt=0, previous__isnull=False),
                name="only_the_first_has_no_previous",
            ),
        ]
        triggers = append_only()

    def __str__(self) -> str:
        return f"{self.subject_id} #{self.position}"


class IdempotencyKey(Model):
    """The stored answer to a write, kept in the write's own transaction."""

    scope = models.CharField(max_length=80, help_text="who asked: API key or session")
    key = models.CharField(max_length=255)
    request_hash = models.CharField(max_length=64)
    status = models.IntegerField()
    body = models.TextField()
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["scope", "key"], name="one_answer_per_key")]

    def __str__(self) -> str:
        return self.key


class Refusal(Model):
    """An event or request that was not accepted, and why: every refusal is a row."""

    at = models.DateTimeField(auto_now_add=True, db_index=True)
    endpoint = models.CharField(max_length=40)
    code = models.CharField(max_length=40, db_index=True)
    digest = models.CharField(max_length=64, blank=True)
    issuer = models.CharField(max_length=13, blank=True)
    key = models.CharField(max_length=100, blank=True)
    detail = models.CharField(max_length=500, blank=True)

    def __str__(self) -> str:
        return f"{self.code} at {self.endpoint}"
