"""All addresses of the site: the admin, and those of provenance."""

from django.contrib import admin
from django.urls import include, path

urlpatterns = [path("admin/", admin.site.urls), path("", include("provenance.urls"))]

handler404 = "provenance.views.site.missing"
