"""The addresses of a border's work: its endpoints."""

from django.urls import include, path

urlpatterns = [path("api/v1/", include("customs.api.urls"))]
