"""Writing what was decided: a fixed few statements for a batch of any size, all in the
caller's transaction.

Events, links and new subjects go in by binary COPY; moved subjects by one UPDATE that
names the head it expects. Unique (subject, position) and (subject, previous) stop a
fork even where somebody else did not take our locks.
"""

import uuid
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

import orjson
import psycopg
from psycopg.types.json import Jsonb

from provenance.core import gs1
from provenance.core.record.state import GoodsState
from provenance.models.base import uuid7s
from provenance.services.record import states
from provenance.services.record.capture.decide import Decision
from provenance.services.record.capture.load import Loaded, SubjectRow

_EVENT = {
    "id": "uuid",
    "digest": "text",
    "kind": "text",
    "issuer": "text",
    "key": "text",
    "event_id": "text",
    "event_time": "timestamptz",
    "created": "timestamptz",
    "recorded_at": "timestamptz",
    "late": "bool",
    "receiver": "text",
    "document": "text",
}
_LINK = {
    "id": "uuid",
    "event_id": "uuid",
    "subject_id": "uuid",
    "position": "int4",
    "previous": "text",
}
_SUBJECT = {
    "id": "uuid",
    "uri": "text",
    "kind": "text",
    "product_gtin": "text",
    "genesis_digest": "text",
    "head_position": "int4",
    "head_digest": "text",
    "head_recorded_at": "timestamptz",
    "situation": "text",
    "custodian": "text",
    "pending_receiver": "text",
    "container": "text",
    "lot": "text",
    "closed_at": "timestamptz",
    "state": "jsonb",
}
SUBJECT_COLUMNS = list(_SUBJECT)[2:]  # without its id and its URI
_FIXED = 5  # the columns of a subject that never change
_MOVING = list(_SUBJECT)[_FIXED:]
# One JSON document instead of an array for each column: a third of the client's work.
_MOVE = f"""
    UPDATE provenance_subject s SET ({", ".join(_MOVING)}) = ROW({", ".join("n." + name for name in _MOVING)})
    FROM json_to_recordset(%s::json)
        AS n(id uuid, expected text, {", ".join(f"{name} {_SUBJECT[name]}" for name in _MOVING)})
    WHERE s.id = n.id AND s.head_digest = n.expected
"""  # noqa: S608


class HeadsMoved(Exception):
    """A head moved although it was locked: the batch must be decided again."""


def store(cursor: psycopg.Cursor, decisions: Sequence[Decision], loaded: Loaded) -> None:
    """Store the events with their links, and their subjects as they now stand. Raises
    HeadsMoved.
    """
    moved: dict[str, datetime] = {}
    for decision in decisions:
        for link in decision.event.links:
            moved[link.subject] = decision.recorded_at
    rows = [loaded.rows[uri] for uri in moved]
    new = [row for row in rows if row.id is None]
    old = [row for row in rows if row.id is not None]
    for row, id_ in zip(new, uuid7s(len(new)), strict=True):
        row.id = id_
    ids = uuid7s(len(decisions))
    links = [
        (id_, link)
        for id_, decision in zip(ids, decisions, strict=True)
        for link in decision.event.links
    ]
    copy(cursor, "provenance_event", _EVENT, map(_event, ids, decisions))
    copy(cursor, "provenance_subject", _SUBJECT, (_new_subject(row, moved[row.uri]) for row in new))
    copy(
        cursor,
        "provenance_chainlink",
        _LINK,
        (
            (link_id, id_, loaded.rows[link.subject].id, link.position, link.previous)
            for link_id, (id_, link) in zip(uuid7s(len(links)), links, strict=True)
        ),
    )
    if old:
        names = ("id", "expected", *_MOVING)
        moving = [
            dict(
                zip(
                    names,
                    (row.id, row.expected, *columns(row, moved[row.uri])[_FIXED - 1 :]),
                    strict=True,
                )
            )
            for row in old
        ]
        cursor.execute(_MOVE, [orjson.dumps(moving).decode()])
        if cursor.rowcount != len(old):
            raise HeadsMoved


def copy(
    cursor: psycopg.Cursor, table: str, columns: dict[str, str], rows: Iterable[Sequence[Any]]
) -> None:
    """Binary COPY into a table; `columns` maps names to types. No rows, no
    statement.
    """
    rows = list(rows)
    if not rows:
        return
    with cursor.copy(f"COPY {table} ({', '.join(columns)}) FROM STDIN (FORMAT BINARY)") as writer:
        writer.set_types(list(columns.values()))
        for row in rows:
            writer.write_row(row)


def columns(row: SubjectRow, recorded_at: datetime) -> tuple[Any, ...]:
    """The columns of a subject's row after its id."""
    state = row.state
    if state is None:
        raise ValueError(f"{row.uri} has no event")
    parsed = gs1.parse_subject(row.uri)
    gtin = parsed.gtin if isinstance(state, GoodsState) else ""
    head = (
        row.uri,
        parsed.kind.value,
        gtin,
        state.genesis,
        state.position,
        state.head,
        recorded_at,
    )
    goods = _goods(state) if isinstance(state, GoodsState) else ("", "", "", "", "")
    return (*head, *goods, row.closed_at, states.dump(state))


def _new_subject(row: SubjectRow, recorded_at: datetime) -> tuple[Any, ...]:
    *plain, state = columns(row, recorded_at)
    return (row.id, *plain, Jsonb(state, orjson.dumps))


def _goods(state: GoodsState) -> tuple[str, ...]:
    return (
        state.situation.value,
        state.custodian or "",
        state.pending or "",
        state.container or "",
        state.lot,
    )


def _event(id_: uuid.UUID, decision: Decision) -> tuple[Any, ...]:
    event, goods = decision.event, decision.event.goods
    return (
        id_,
        event.digest,
        event.act.value,
        event.issuer,
        event.key,
        goods.event_id if goods else "",
        event.event_time,
        event.created,
        decision.recorded_at,
        decision.late,
        (goods.receiver or "") if goods else "",
        decision.text.decode(),
    )
