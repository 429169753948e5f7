"""All addresses of the site: the admin, those of a border's work, and those of provenance,
which answers every other address below /api/.
"""

from django.contrib import admin
from django.urls import include, path

urlpatterns = [
    path("admin/", admin.site.urls),
    path("", include("customs.urls")),
    path("", include("provenance.urls")),
]

handler404 = "provenance.views.site.missing"
