"""Refusals as rows: the document, the reason, and the alleged issuer."""

import logging
from collections.abc import Mapping, Sequence

from django.db import DatabaseError, transaction

from provenance.core import errors, printing
from provenance.core.record import reading
from provenance.core.signing import canonical
from provenance.models import Refusal
from provenance.services import room
from provenance.services.record.capture.pipeline import Receipt
from provenance.services.record.capture.read import SEALED_MEMBERS, Source

_log = logging.getLogger(__name__)


def record(endpoint: str, refused: Sequence[tuple[Receipt, Source]]) -> None:
    """Store a row for each refusal. A database that takes no writes must not turn a
    refusal into another answer.
    """
    if not refused or not room.is_left():
        return
    try:
        with transaction.atomic():
            Refusal.objects.bulk_create(
                [
                    _row(endpoint, receipt.digest, receipt.error, source)
                    for receipt, source in refused
                    if receipt.error is not None
                ]
            )
    except DatabaseError:
        _log.exception("%d refusals could not be stored", len(refused))


def _row(
    endpoint: str, digest: str | None, error: errors.ProvenanceError, source: Source
) -> Refusal:
    issuer, key = _claimed(source)
    return Refusal(
        endpoint=endpoint,
        code=error.code,
        digest=digest or "",
        issuer=issuer,
        key=printing.printable(key, 100),
        detail=error.detail,
    )


def _claimed(source: Source) -> tuple[str, str]:
    """Issuer GLN and key that a document claims; empty where it does not say."""
    try:
        posted = canonical.parse_object(source) if isinstance(source, bytes) else source
        document = posted["event"] if posted.keys() == SEALED_MEMBERS else posted
        if not isinstance(document, Mapping):
            return "", ""
        _, gln = reading.read_issuer(document.get("issuer"))
    except errors.ProvenanceError:
        return "", ""
    proof = document.get("proof")
    method = proof.get("verificationMethod") if isinstance(proof, dict) else None
    return gln, method.partition("#")[2] if isinstance(method, str) else ""
