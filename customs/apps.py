"""The app of a border's work."""

from django.apps import AppConfig


class CustomsConfig(AppConfig):
    name = "customs"
    label = "customs"
