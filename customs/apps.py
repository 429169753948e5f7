"""The app that holds what a border does."""

from django.apps import AppConfig


class CustomsConfig(AppConfig):
    name = "customs"
    label = "customs"
