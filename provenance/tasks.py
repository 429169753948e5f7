"""The tasks of Celery. No task carries an event: the rows themselves are the queue."""

import logging

from celery import shared_task

from provenance.core import errors
from provenance.services import ledger
from provenance.services.ledger import fsck

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
def check_everything() -> bool:
    """Derive everything again, as `manage.py fsck` does; an altered byte is an error in
    the log, and False.
    """
    try:
        fsck.check()
    except fsck.FirstFault as fault:
        logger.error("fsck: %s: %s: %s", fault.where, fault.code, fault.detail)  # noqa: TRY400  the fault says it all
        return False
    return True
