"""Writing the decisions: a fixed few statements for a batch of any size, all in the
caller's transaction.

Events, links and new subjects go in by binary COPY; moved subjects by one UPDATE that
names the head it expects. Unique (subject, position) and (subject, previous) stop a
fork even where somebody else did not take our locks.
"""

import functools
import operator
import uuid
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Final, TypeAlias

import orjson
import psycopg

from provenance.core.record.event import GoodsAct
from provenance.core.record.sealed import Contents, Side
from provenance.core.record.state import State
from provenance.models import ChainLink, Event, Subject
from provenance.models.base import uuid7_bytes
from provenance.services import keyring, seals
from provenance.services.record import states, subjects, tables
from provenance.services.record.capture.decide import Decision
from provenance.services.record.capture.load import Loaded
from provenance.services.record.subjects import Columns, SubjectRow

_EVENT: Final = (
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
    "receiver",
    "document",
    "seal_key_id",
    "seed",
    "members",
)
_LINK: Final = (
    *("id", "event_id", "subject_id", "position", "previous"),
    *("closes", "output", "leaf", "path"),
)
_SUBJECT: Final = tables.names(Columns)
_BESIDES_URI: Final = operator.attrgetter(*(name for name in _SUBJECT if name != "uri"))
_MOVING: Final = [name for name in _SUBJECT if name not in subjects.NEVER_CHANGED]


@functools.cache
def _move() -> str:
    """One JSON document instead of an array for each column: a third of the client's
    work.
    """
    types = tables.types(Subject)
    return f"""
        UPDATE provenance_subject s
        SET ({", ".join(_MOVING)}) = ROW({", ".join(f"n.{name}" for name in _MOVING)})
        FROM json_to_recordset(%s::json)
            AS n(id uuid, expected text, {", ".join(f"{name} {types[name]}" for name in _MOVING)})
        WHERE s.id = n.id AND s.head_digest = n.expected
    """  # noqa: S608  of column names of ours


SealKey: TypeAlias = tuple[uuid.UUID, bytes]  # the id of its row, and the key


class HeadsMoved(Exception):
    """A head moved although it was locked: the batch must be decided again."""


def store(cursor: psycopg.Cursor, decisions: Sequence[Decision], loaded: Loaded) -> None:
    """Store the events with their links, and their subjects as they now are. Raises
    HeadsMoved.
    """
    moved = dict.fromkeys(link.subject for decision in decisions for link in decision.event.links)
    rows = [loaded.rows[uri] for uri in moved]
    new = [row for row in rows if row.id is None]
    old = [row for row in rows if row.id is not None]
    for row, id_ in zip(new, uuid7_bytes(len(new)), strict=True):
        row.id = id_
    ids = uuid7_bytes(len(decisions))
    seal_key = keyring.seal_key() if any(decision.contents for decision in decisions) else None
    links = [
        link
        for id_, decision in zip(ids, decisions, strict=True)
        for link in _links(id_, decision, loaded)
    ]
    events = (_event(id_, decision, seal_key) for id_, decision in zip(ids, decisions, strict=True))
    tables.copy(cursor, Event, _EVENT, events)
    tables.copy(cursor, Subject, ("id", *_SUBJECT), _new_subjects(new))
    named = ((id_, *link) for id_, link in zip(uuid7_bytes(len(links)), links, strict=True))
    tables.copy(cursor, ChainLink, _LINK, named)
    if old:
        moving = [_moved(row) for row in old]
        cursor.execute(_move(), [orjson.dumps(moving).decode()])
        if cursor.rowcount != len(old):
            raise HeadsMoved


def _links(id_: bytes, decision: Decision, loaded: Loaded) -> Iterator[tuple[Any, ...]]:
    """The rows of an event's links, without their ids."""
    contents = decision.contents
    leaves = contents.links if contents is not None else ()
    clear = len(decision.event.links) - len(leaves)
    paths = contents.tree[1] if contents is not None else []
    for at, link in enumerate(decision.event.links, -clear):
        place = (leaves[at].role is Side.OUTPUT, at, paths[at]) if at >= 0 else (False, None, None)
        row = loaded.rows[link.subject]
        yield (id_, row.id, link.position, link.previous, link.closes is not None, *place)


def _moved(row: SubjectRow) -> dict[str, Any]:
    columns = row.columns(_fragment)
    members = {name: getattr(columns, name) for name in _MOVING}
    return {"id": (row.id or b"").hex(), "expected": row.expected} | members


def _fragment(state: State) -> orjson.Fragment:
    return orjson.Fragment(states.encode(state))


def _new_subjects(rows: Iterable[SubjectRow]) -> Iterator[tuple[Any, ...]]:
    """Rows of subjects; what those of one likeness share is written once."""
    shared: dict[tuple[object, ...], tuple[Any, ...]] = {}
    for row in rows:
        likeness = row.likeness
        if likeness not in shared:
            shared[likeness] = _BESIDES_URI(row.columns(_jsonb))
        yield (row.id, row.uri, *shared[likeness])


def _jsonb(state: State) -> bytes:
    return tables.jsonb(states.encode(state))


def _event(id_: bytes, decision: Decision, seal_key: SealKey | None) -> tuple[Any, ...]:
    event, contents = decision.event, decision.contents
    goods = event.body if isinstance(event.body, GoodsAct) else None
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
        *_seal(event.digest, contents, seal_key),
    )


def _seal(
    digest: str, contents: Contents | None, seal_key: SealKey | None
) -> tuple[bytes | None, bytes | None, str]:
    if contents is None or seal_key is None:
        return None, None, ""
    id_, key = seal_key
    return (
        id_.bytes,
        seals.encrypt(contents.seed, digest, key),
        seals.write_members(contents.members),
    )
