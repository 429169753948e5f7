"""Decorators of public pages: the language chosen by hand, and headers that keep a
visit to a code private.
"""

import functools
from collections.abc import Callable
from typing import Concatenate, ParamSpec, TypeAlias

from django.conf import settings
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.utils import timezone, translation
from django.utils.cache import patch_cache_control

from provenance.services.check import scans
from provenance.views import notices

P = ParamSpec("P")
View: TypeAlias = Callable[Concatenate[HttpRequest, P], HttpResponse]


def page(view: View[P]) -> View[P]:
    """A public page: `?lang=` overrides Accept-Language and sets nothing. While the
    database is away, it says that nothing can be checked now.
    """

    @functools.wraps(view)
    def wrapper(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        chosen = request.GET.get("lang", "")
        language = (
            chosen if chosen in dict(settings.LANGUAGES) else translation.get_language() or "en"
        )
        with translation.override(language):
            try:
                response = view(request, *args, **kwargs)
            except (OperationalError, InterfaceError):
                response = notices.show(request, notices.UNAVAILABLE)
        response["Content-Language"] = language
        return response

    return wrapper


def private(view: View[P]) -> View[P]:
    """A page about a code: not kept, not indexed, and its address not passed on; a
    page with a form has a policy of its own (`notices.page_with_form`).
    """

    @functools.wraps(view)
    def wrapper(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        response = view(request, *args, **kwargs)
        patch_cache_control(response, no_store=True)
        response["X-Robots-Tag"] = "noindex, nofollow"
        response.headers.setdefault("Referrer-Policy", "no-referrer")
        return response

    return wrapper


def session(request: HttpRequest) -> str:
    """The session that a visit to a code counts for."""
    agent = (
        request.headers.get("User-Agent", "") + "\n" + request.headers.get("Accept-Language", "")
    )
    return scans.session_of(address(request), agent, now=timezone.now())


def address(request: HttpRequest) -> str:
    """The client's address. Behind our own proxy it is the last hop, which that proxy
    saw and no client can forge.
    """
    forwarded = request.headers.get("X-Forwarded-For", "")
    if settings.SECURE_PROXY_SSL_HEADER is not None and forwarded:
        return forwarded.rpartition(",")[2].strip()
    return str(request.META.get("REMOTE_ADDR", ""))
