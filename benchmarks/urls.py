"""The addresses of the site, and /empty, which does nothing but answer, behind the same
front and the same middleware.
"""

from django.http import HttpRequest, HttpResponse
from django.urls import include, path


def empty(request: HttpRequest) -> HttpResponse:
    """The empty page."""
    return HttpResponse()


urlpatterns = [path("empty", empty), path("", include("config.urls"))]
