"""The bounds of a page's request body, held before a byte of it is read.

Django reads a form as soon as anything asks for a field of it, the check of its token
included, and spools whatever comes to disk. The endpoints of the API have bounds of their
own (`provenance.api.parsers`).
"""

from collections.abc import Callable
from dataclasses import replace
from typing import Any, Final

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.urls import reverse

from provenance.services.check import photos
from provenance.views import decorators, notices

MOST_BYTES: Final = photos.MOST_BYTES + 64 * 1024  # a photo, and the form around it
API: Final = "/api/"
BODY: Final = "custos.body"  # set by the server's front for a body that has no end
UNFINISHED: Final = {"late": 408, "broken": 400, "crowded": 503}


class BodyLimit:
    """Refuses by its headers a body that is too large (413), or of undeclared length (411);
    and one that came too slowly (408), broke off (400) or had no room here (503).

    It MUST come before every middleware that reads a form.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, view: Any, args: Any, kwargs: Any
    ) -> HttpResponse | None:
        """Answer in place of the view, after the language was chosen."""
        status = 200 if request.path.startswith(API) else _status(request)
        return None if status == 200 else _refused(request, status)


def _status(request: HttpRequest) -> int:
    if unfinished := request.META.get(BODY):
        return UNFINISHED[unfinished]
    if request.META.get("HTTP_TRANSFER_ENCODING"):
        return 411
    length = request.META.get("CONTENT_LENGTH") or "0"
    if not (length.isascii() and length.isdecimal()):
        return 400
    return 413 if len(length) > len(str(MOST_BYTES)) or int(length) > MOST_BYTES else 200


@decorators.private
@decorators.page
def _refused(request: HttpRequest, status: int) -> HttpResponse:
    if status == 503:
        return notices.later(request, notices.BUSY, photos.SECONDS)
    if status == 408:
        return notices.show(request, notices.LATE, photo=request.path == reverse("verify"))
    if request.path == reverse("verify"):
        return notices.show(request, replace(notices.BAD_PHOTO, status=status), photo=True)
    return HttpResponse(status=status)
