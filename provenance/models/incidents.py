"""Incidents: records that were found broken."""

from django.db import models
from django.db.models import Q


class Incident(models.Model):
    """A subject whose record was found broken: the failed step of the plan, the code of
    its error, and the digest of the event that it names, where it names any.

    A subject has one open incident at most; `mended_at` is when its record was next
    found whole.
    """

    number = models.BigAutoField(primary_key=True)
    subject = models.CharField("URI", max_length=300)
    step = models.PositiveSmallIntegerField()
    code = models.CharField(max_length=40)
    event = models.CharField("event's digest", max_length=64, blank=True)
    first_at = models.DateTimeField(auto_now_add=True)
    mended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["subject"],
                name="one_open_incident_per_subject",
                condition=Q(mended_at__isnull=True),
            )
        ]

    def __str__(self) -> str:
        return f"no. {self.number}: {self.subject}"
