"""The tasks of Celery. No task carries an event: the rows themselves are the queue."""

import logging

from celery import shared_task
from celery.exceptions import SoftTimeLimitExceeded

from provenance.core import errors
from provenance.services import ledger
from provenance.services.ledger import fsck
from provenance.services.record import idempotency
from provenance.services.site import retention

CHECK_SECONDS = 3 * 3600  # a night's check ends before the day's load

logger = logging.getLogger(__name__)


@shared_task
def anchor_pending() -> int | None:
    """Sweep unanchored events into the ledger; return the size of the head that this
    published.
    """
    try:
        head = ledger.anchor_pending()
    except errors.LogInconsistent as error:
        logger.error("nothing was signed: %s", error.detail)  # noqa: TRY400  said by every sweep until it is mended
        return None
    return head.size if head else None


@shared_task
def forget() -> dict[str, int]:
    """Delete scans, refusals and attempts that are older than they are kept; return how
    many, by table.
    """
    return retention.forget()


@shared_task
def purge_answers() -> int:
    """Delete the stored answers to writes that are kept no longer; return their number."""
    return idempotency.purge()


@shared_task(acks_late=False, soft_time_limit=CHECK_SECONDS, time_limit=CHECK_SECONDS + 60)
def check_everything() -> bool:
    """Derive again whatever came since the last night, and each week everything, as
    `manage.py fsck` does; an altered byte is an error in the log, and False.

    Acknowledged before it starts: the broker delivers an unacknowledged task again
    after its visibility timeout, and this may take longer.
    """
    try:
        fsck.check(resume=True)
    except fsck.FirstFault as fault:
        logger.error("fsck: %s: %s: %s", fault.where, fault.code, fault.detail)  # noqa: TRY400  the fault says it all
        return False
    except fsck.CheckRunning:
        logger.warning("fsck: another check is running")
        return False
    except SoftTimeLimitExceeded:
        logger.warning("fsck: out of time; the next night goes on where this one ended")
        return False
    return True
