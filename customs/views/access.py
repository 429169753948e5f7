"""The guard of the officers' pages: officers and supervisors of an authority, and nobody else.
Everybody else who signed in is refused, and the attempt is stored.
"""

import functools
from collections.abc import Callable, Sequence
from typing import Any

from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse

from customs.services import people
from customs.services.people import NotAnOfficer, Officer
from provenance.core import errors
from provenance.views import decorators

OfficerView = Callable[..., HttpResponse]


def officers_only(view: OfficerView) -> OfficerView:
    """A page for officers: `view` gets the person's memberships of authorities, which decide.
    An error of core that leaves it is a refusal.
    """

    @decorators.private
    @decorators.page
    @functools.wraps(view)
    def wrapper(request: HttpRequest, /, *args: Any, **kwargs: Any) -> HttpResponse:
        if not request.user.is_authenticated:
            return redirect_to_login(request.get_full_path(), reverse("customs:login"))
        officers = [each for each in people.officers(request.user) if each.decides]
        try:
            if not officers:
                raise NotAnOfficer(f"{request.user.get_username()} is no officer")
            response = view(request, officers, *args, **kwargs)
        except errors.ProvenanceError as error:
            people.note_refusal(request.user, request.path, error)
            return _refused(request, error)
        response["Referrer-Policy"] = "same-origin"  # of a page with a form
        return response

    return wrapper


def glns(officers: Sequence[Officer]) -> list[str]:
    """The authorities that the person acts for."""
    return [officer.authority for officer in officers]


def _refused(request: HttpRequest, error: errors.ProvenanceError) -> HttpResponse:
    status = 403 if error.code == NotAnOfficer.code else 404
    if error.code not in (NotAnOfficer.code, "unknown-declaration"):
        status = 422
    context = {"code": error.code, "status": status}
    return render(request, "customs/refused.html", context, status=status)
