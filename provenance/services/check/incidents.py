"""Incidents: the first sight of a broken record is noted and logged, and closed when the
record is next found whole (docs/operations.md).

A row is kept for each broken subject and not for each look at it, and only for subjects
that are on record, so strangers cause no more rows than there is damage.
"""

import logging
import re
from typing import Final

from django.db import DatabaseError, transaction
from django.utils import timezone

from provenance.core.check.result import Result, Step, StepOutcome, Verdict
from provenance.models import Incident, Subject

_DIGEST: Final = re.compile(r"\b[0-9a-f]{64}\b")

logger = logging.getLogger(__name__)


def note(result: Result) -> Incident | None:
    """The open incident of a broken record, new at its first sight; of a whole one None,
    and its incident is closed. None too where it cannot be stored: that is logged, and
    stops no answer.
    """
    try:
        with transaction.atomic():
            return _note(result)
    except DatabaseError:
        logger.exception("the incident of %s is not stored (%s)", result.subject, result.verdict)
        return None


def _note(result: Result) -> Incident | None:
    if result.verdict is Verdict.BROKEN_RECORD:
        return _open(result)
    for incident in Incident.objects.filter(subject=result.subject, mended_at=None):
        incident.mended_at = timezone.now()
        incident.save(update_fields=["mended_at"])
        logger.warning("incident %d: %s is whole again", incident.number, incident.subject)
    return None


def _open(result: Result) -> Incident | None:
    if not Subject.objects.filter(uri=result.subject).exists():
        return None
    step = next(step for step in result.steps if step.outcome is StepOutcome.FAILED)
    incident, is_new = Incident.objects.get_or_create(
        subject=result.subject,
        mended_at=None,
        defaults={"step": step.number, "code": step.code, "event": _event(step)},
    )
    if is_new:
        logger.error(
            "incident %d: the record of %s is broken: step %d (%s), %s, event %s: %s",
            incident.number,
            incident.subject,
            step.number,
            step.title,
            step.code,
            incident.event or "not named",
            step.detail,
        )
    return incident


def _event(step: Step) -> str:
    """The digest of the event that failed, or that the finding names; empty where there
    is none.
    """
    if step.failed is not None and step.failed.event is not None:
        return step.failed.event.digest
    digest = _DIGEST.search(step.detail)
    return "" if digest is None else digest[0]
