"""The endpoints of a border's work, below /api/v1/."""

from django.urls import path

from customs.api import declarations

app_name = "customs-api"

urlpatterns = [
    path("declarations", declarations.DeclarationList.as_view(), name="declarations"),
    path("declarations/<uuid:id>", declarations.DeclarationDetail.as_view(), name="declaration"),
]
