"""Scans of public codes, attempts to guess, and background jobs."""

from django.db import models
from django.db.models import Q

from provenance.models.base import Model


class Scan(Model):
    """A scan of a code. `session` is a salted daily hash, never a person; each counts
    once. It is empty for a program's scan, which counts for nobody.
    """

    at = models.DateTimeField(auto_now_add=True)
    code = models.CharField(max_length=300)
    session = models.CharField(max_length=32)
    verdict = models.CharField(max_length=20)
    reason = models.CharField(max_length=40, blank=True)

    class Meta:
        indexes = [
            models.Index(fields=["code", "at"], name="scan_by_code", condition=Q(session__gt="")),
            models.Index(
                fields=["code", "session"], name="scan_by_session", condition=Q(session__gt="")
            ),
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.verdict}"


class Attempt(Model):
    """An attempt to guess a password, a code or an API key, counted while Redis is away.
    `key` is a keyed hash, never an address.
    """

    key = models.CharField(max_length=50)
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        indexes = [models.Index(fields=["key", "at"], name="attempt_by_key")]

    def __str__(self) -> str:
        return self.key


class Job(Model):
    """A background job: its progress, and the place of its error file."""

    class Status(models.TextChoices):
        RUNNING = "running"
        DONE = "done"
        FAILED = "failed"
        CANCELLED = "cancelled"

    kind = models.CharField(max_length=30)
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.RUNNING)
    source = models.CharField(max_length=300, blank=True, help_text="name of the input file")
    source_digest = models.CharField(
        max_length=64, blank=True, help_text="SHA-256 of the input file"
    )
    total = models.IntegerField(default=0)
    done = models.IntegerField(default=0)
    refused = models.IntegerField(default=0)
    error_file = models.CharField(max_length=500, blank=True)
    message = models.TextField(blank=True)
    started_at = models.DateTimeField(auto_now_add=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"{self.kind} {self.source}"
