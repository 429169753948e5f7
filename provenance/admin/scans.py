"""Scans, attempts to guess, incidents, and background jobs."""

from django.contrib import admin
from django.utils.safestring import SafeString

from provenance.admin import base
from provenance.models import Attempt, Incident, Job, Scan


@admin.register(Scan)
class ScanAdmin(base.ReadOnly[Scan]):
    source = "Looks at public codes. A session is a salted hash that changes daily, never a person."
    list_display = ("at", "code", "verdict", "reason")
    list_filter = ("verdict",)
    search_fields = ("code__exact",)
    search_help_text = "A code, as it was looked at"
    fields = ("at", "code", "verdict", "reason", "session")


@admin.register(Attempt)
class AttemptAdmin(base.ReadOnly[Attempt]):
    origin = "Attempts to guess, counted here while Redis is away. A key is a keyed hash."
    list_display = ("at", "key")
    search_fields = ("key__exact",)
    search_help_text = "A key"
    fields = ("at", "key")


@admin.register(Incident)
class IncidentAdmin(base.ReadOnly[Incident]):
    origin = "Records found broken, and when each was next found whole. `manage.py fsck` says more."
    list_display = ("number", "first_at", "subject", "step", "code", "mended_at")
    list_filter = (("mended_at", admin.EmptyFieldListFilter), "code")
    search_fields = ("number__exact", "subject__exact")
    search_help_text = "An incident's number, or the subject's URI in full"
    fields = ("number", "subject_page", "step", "code", "event", "first_at", "mended_at")

    @admin.display(description="subject")
    def subject_page(self, incident: Incident) -> SafeString:
        return base.subject_links(incident.subject)


@admin.register(Job)
class JobAdmin(base.ReadOnly[Job]):
    source = "Background jobs: how far they are, and what they refused."
    list_display = ("started_at", "kind", "source", "status", "done", "refused", "total")
    list_filter = ("status",)
    search_fields = ("source_digest__exact",)
    search_help_text = "An input file's SHA-256"
    fields = (
        "kind",
        "status",
        "source",
        "source_digest",
        "total",
        "done",
        "refused",
        "error_file",
        "message",
        "started_at",
        "finished_at",
    )
