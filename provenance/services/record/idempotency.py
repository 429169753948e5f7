"""Writes that may be sent twice: the answer is stored in the write's own transaction
(docs/api.md).

1. A transaction-long advisory lock on caller and key: a request that does not get it is
   answered `in-progress`. It only makes that answer quick. The unique (scope, key) of the
   stored answer keeps a write single.
2. An answer is there: the same request gets it again, another request
   `idempotency-mismatch`.
3. None is there: write, and store the answer. A crash before the commit leaves neither, a
   crash after it leaves both.

A write that was refused changed nothing, so nothing is stored and the key stays free.
Answers are kept for KEPT, and `purge` deletes older ones.
"""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from provenance.core import errors
from provenance.models import IdempotencyKey

MAX_KEY: Final = 255
KEPT: Final = timedelta(days=7)  # a queue that was stopped over a weekend still sends again


class IdempotencyMismatch(errors.ProvenanceError):
    """The Idempotency-Key was used for another request already."""

    code = "idempotency-mismatch"


class InProgress(errors.ProvenanceError):
    """Another request with this Idempotency-Key has not been answered yet."""

    code = "in-progress"


@dataclass(frozen=True, slots=True)
class StoredAnswer:
    """The answer to a write: status and JSON body; `replayed` when it was stored
    before.
    """

    status: int
    body: str
    replayed: bool = False


def request_hash(*parts: bytes) -> str:
    """The digest that identifies a request: method, path, query and body, each with its
    length.
    """
    framed = b"".join(len(part).to_bytes(8, "big") + part for part in parts)
    return hashlib.sha256(framed).hexdigest()


def check_key(key: str) -> None:
    """Raise Malformed unless `key` is 1 to 255 visible ASCII characters."""
    if not 0 < len(key) <= MAX_KEY or not all("!" <= character <= "~" for character in key):
        raise errors.Malformed(f"an Idempotency-Key has 1 to {MAX_KEY} visible ASCII characters")


def run(
    write: Callable[[], StoredAnswer], *, scope: str, key: str | None, request: str
) -> StoredAnswer:
    """Return `write()`, or the answer stored for this caller and key. `request` is the
    `request_hash`.

    `write` may raise: then nothing is stored here, and what it kept on purpose
    (refusals) stays. Raises IdempotencyMismatch, InProgress, Malformed.
    """
    if key is None:
        return write()
    check_key(key)
    try:
        with transaction.atomic():
            answer = _run(write, scope, key, request)
    except _LostRace as lost:
        raise InProgress(
            "another request with this Idempotency-Key was faster; ask again"
        ) from lost
    if isinstance(answer, errors.ProvenanceError):
        raise answer
    return answer


def purge() -> int:
    """Delete the answers that are older than KEPT; return their number."""
    purged, _ = IdempotencyKey.objects.filter(created_at__lt=timezone.now() - KEPT).delete()
    return purged


class _LostRace(Exception):
    """Two requests got past the lock: the whole transaction of the second is undone."""


def _run(
    write: Callable[[], StoredAnswer], scope: str, key: str, request: str
) -> StoredAnswer | errors.ProvenanceError:
    if not _lock(scope, key):
        raise InProgress("the first request with this Idempotency-Key is still running")
    stored = IdempotencyKey.objects.filter(scope=scope, key=key).first()
    if stored is not None:
        if stored.request_hash != request:
            raise IdempotencyMismatch("this Idempotency-Key was used for another request")
        return StoredAnswer(stored.status, stored.body, replayed=True)
    try:
        answer = write()
    except errors.ProvenanceError as error:
        return error
    if answer.status < 400:
        try:
            IdempotencyKey.objects.create(
                scope=scope, key=key, request_hash=request, status=answer.status, body=answer.body
            )
        except IntegrityError as error:
            raise _LostRace from error
    return answer


def _lock(scope: str, key: str) -> bool:
    name = hashlib.sha256(f"{scope}\0{key}".encode()).digest()
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_try_advisory_xact_lock(%s)", [int.from_bytes(name[:8], "big", signed=True)]
        )
        row = cursor.fetchone()
    return bool(row and row[0])
