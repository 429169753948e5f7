"""The app of the record and its proof."""

from django.apps import AppConfig


class ProvenanceConfig(AppConfig):
    name = "provenance"
    label = "provenance"
    default_auto_field = "django.db.models.BigAutoField"
