"""The limits of pages, and the page of a client that has crossed one."""

import functools
from collections.abc import Callable, Mapping
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.urls import reverse

from provenance.services.site import addresses, limits
from provenance.services.site.limits import Kind
from provenance.views import decorators, notices


def address(request: HttpRequest) -> str:
    """The address that a client is counted by."""
    return addresses.client(request.META)


def limited(view: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """A page of codes: bounded for each address, and so are photos, and codes that are
    not there.
    """

    @functools.wraps(view)
    def wrapper(request: HttpRequest) -> HttpResponse:
        client = address(request)
        try:
            limits.take(Kind.PHOTOS if request.method == "POST" else Kind.PAGES, client)
            limits.check(Kind.GUESSES, client)
            response = view(request)
            if response.status_code == 404:
                limits.take(Kind.GUESSES, client)
        except limits.RateLimited as error:
            return notices.later(request, notices.TOO_MANY, error.extra["retry_after"])
        return response

    return wrapper


class LoginLimit:
    """Bounds the attempts to log in from one address, before the account is known."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, view: Any, args: Any, kwargs: Any
    ) -> HttpResponse | None:
        """Answer in place of the view, after the language was chosen."""
        if request.method != "POST" or request.path not in (
            reverse("admin:login"),
            settings.LOGIN_URL,
        ):
            return None
        try:
            limits.take(Kind.LOGINS, address(request))
        except limits.RateLimited as error:
            return _refused(request, error.extra["retry_after"])
        return None


@decorators.private
@decorators.page
def _refused(request: HttpRequest, seconds: int) -> HttpResponse:
    return notices.later(request, notices.TOO_MANY, seconds)


@decorators.private
@decorators.page
def locked(
    request: HttpRequest, response: HttpResponse | None, credentials: Mapping[str, Any] | None
) -> HttpResponse:
    """The answer to an attempt on an account that is locked for this address."""
    seconds = int(settings.AXES_COOLOFF_TIME.total_seconds())
    return notices.later(request, notices.LOCKED, seconds)
