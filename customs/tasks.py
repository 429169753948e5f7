"""The tasks of a border."""

from celery import shared_task

from customs.services import assess


@shared_task
def assess_declarations() -> int:
    """Put every undecided declaration into a lane; how many were assessed. Each run is its own
    recovery: it begins with whatever is not up to date.
    """
    return assess.assess_all().assessed
