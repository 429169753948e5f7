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
from provenance.services.site import addresses
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


def when_asked(view: View[P]) -> View[P]:
    """A page that is made when a person asks for it, not in advance: a browser that loads
    it beforehand, for another page's sake, is refused and asks again when it is opened. So
    no page that links here decides whether a visit is one.
    """

    @functools.wraps(view)
    def wrapper(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        purposes = (request.headers.get(name, "") for name in ("Sec-Purpose", "Purpose"))
        if any("prefetch" in purpose or "preview" in purpose for purpose in purposes):
            return HttpResponse(status=503, headers={"Cache-Control": "no-store"})
        return view(request, *args, **kwargs)

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


def sessions(request: HttpRequest) -> list[str]:
    """The sessions that a visit to a code may count for, today's first; none for a
    program's.
    """
    if not scans.is_person(request.headers.get("User-Agent", "")):
        return []
    return scans.sessions_of(addresses.client(request.META), now=timezone.now())
