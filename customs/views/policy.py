"""The supervisor's page: weights, thresholds, limits and random share of an authority."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final, cast

from django.contrib.auth.models import AbstractBaseUser
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.views.decorators.http import require_http_methods

from customs.models import RiskPolicy
from customs.risk import policy
from customs.services import people, policies
from customs.services.people import NotAnOfficer, Officer
from customs.views import access

_GROUPS: Final = ("weights", "lanes", "limits")
_DIGITS: Final = 6


@require_http_methods(["GET", "HEAD", "POST"])
@access.officers_only
def edit(request: HttpRequest, officers: Sequence[Officer]) -> HttpResponse:
    """The policy in force, and a form for its next version. Raises NotAnOfficer."""
    supervisor = next((each for each in officers if each.supervises), None)
    if supervisor is None:
        raise NotAnOfficer(f"{request.user.get_username()} is no supervisor")
    row = policies.in_force([supervisor.authority])[supervisor.authority]
    if request.method != "POST":
        return _show(request, supervisor, row, policy.plain(policies.read(row)))
    values = _values(request.POST, policy.plain(policies.read(row)))
    try:
        policies.edit(cast(AbstractBaseUser, request.user), supervisor.authority, values)
    except policy.BadPolicy as error:
        return _show(request, supervisor, row, values, error.detail)
    return HttpResponseRedirect(request.get_full_path())


def _values(form: Mapping[str, str], plain: Mapping[str, Any]) -> dict[str, Any]:
    """The policy that a form says, in the shape of `plain`."""
    values: dict[str, Any] = {
        group: {name: _number(form.get(f"{group}.{name}", "")) for name in plain[group]}
        for group in _GROUPS
    }
    return values | {"random_share": _number(form.get("random_share", ""))}


def _number(text: str) -> int | str:
    """The number that a field says; a text that says none stays as it is, to be refused."""
    digits = text.strip()
    plain = digits.isascii() and digits.isdecimal() and len(digits) <= _DIGITS
    return int(digits) if plain else text[:20]


def _show(
    request: HttpRequest,
    supervisor: Officer,
    row: RiskPolicy,
    values: Mapping[str, Any],
    fault: str = "",
) -> HttpResponse:
    context = {
        "authority": people.authority(supervisor.authority).name,
        "row": row,
        "fields": list(_fields(values)),
        "random_share": values["random_share"],
        "fault": fault,
    }
    status = 422 if fault else 200
    return render(request, "customs/policy.html", context, status=status)


def _fields(values: Mapping[str, Any]) -> Iterator[tuple[str, list[tuple[str, str, Any]]]]:
    """Each group with the name, the label and the value of its fields."""
    for group in _GROUPS:
        rows = [(f"{group}.{name}", name, value) for name, value in values[group].items()]
        yield group, rows
