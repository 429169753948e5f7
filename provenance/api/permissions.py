"""API keys: each acts for one party, within its scopes. A stranger, without a key, gets
the public answers.
"""

import contextlib
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, ClassVar, cast

from django.db import DatabaseError, transaction
from django.http import HttpRequest
from django.utils import timezone
from rest_framework.authentication import BaseAuthentication
from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework_api_key.permissions import KeyParser

from provenance.api import errors as api_errors
from provenance.models import PartyApiKey
from provenance.models.parties import Scope
from provenance.services.site import addresses, limits
from provenance.services.site.limits import Kind

NOTED_EVERY = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Caller:
    """The party that asks, with the scopes of its API key: the `user` of a request."""

    gln: str
    scopes: frozenset[str]
    key: str
    is_authenticated: ClassVar[bool] = True  # asked by REST framework

    @property
    def name(self) -> str:
        """The name in the idempotency store: the API key by its public half."""
        return f"api-key:{self.key}"


def authenticate(request: HttpRequest) -> Caller | None:
    """The caller of a request; None without an Authorization header.

    Raises RateLimited, and Unauthenticated for a header that names no usable key: a
    caller who meant to be known is never taken for a stranger.
    """
    address = addresses.client(request.META)
    if not request.META.get("HTTP_AUTHORIZATION"):
        limits.take(Kind.STRANGERS, address)
        limits.check(Kind.GUESSES, address)
        return None
    secret = (KeyParser().get(request) or "").removeprefix(PartyApiKey.objects.BEGINNING)
    prefix = secret.partition(".")[0]
    keys = PartyApiKey.objects.filter(prefix=prefix, revoked=False)
    key = keys.first() if prefix.isascii() and prefix.isalnum() else None
    if key is None or key.has_expired or not key.is_valid(secret):
        limits.take(Kind.GUESSES, address)
        raise api_errors.Unauthenticated(
            "expected Authorization: Api-Key <key>, with a key in force"
        )
    request.META |= {api_errors.PARTY: key.party_id, api_errors.KEY: prefix}
    limits.take(Kind.API_KEY, prefix)
    _note_use(key)
    return Caller(key.party_id, frozenset(key.scopes), prefix)


def _note_use(key: PartyApiKey) -> None:
    """Note that the key is in use, once an hour. A database that takes no writes must not
    keep anybody from reading.
    """
    now = timezone.now()
    if key.last_used_at is None or now - key.last_used_at > NOTED_EVERY:
        with contextlib.suppress(DatabaseError), transaction.atomic():
            PartyApiKey.objects.filter(pk=key.pk).update(last_used_at=now)


def check_scope(caller: Caller | None, scope: Scope) -> Caller:
    """Return the caller. Raises Unauthenticated when there is none, ScopeMissing when
    the API key lacks `scope`.
    """
    if caller is None:
        raise api_errors.Unauthenticated(
            "this endpoint needs an API key: Authorization: Api-Key <key>"
        )
    if scope not in caller.scopes:
        raise api_errors.ScopeMissing(f"the API key lacks the scope {scope}", scope=scope.value)
    return caller


class ApiKeyAuthentication(BaseAuthentication):
    """Makes the caller the user of the request; a stranger is None."""

    def authenticate(self, request: Request) -> tuple[Caller, str] | None:
        caller = authenticate(request)
        return None if caller is None else (caller, caller.key)


class HasScope(BasePermission):
    """Lets in the callers whose API key has a scope."""

    def __init__(self, scope: Scope) -> None:
        self.scope = scope

    def has_permission(self, request: Request, view: Any) -> bool:
        check_scope(caller_of(request), self.scope)
        return True


def caller_of(request: Request) -> Caller | None:
    """The caller that ApiKeyAuthentication found."""
    return cast("Caller | None", request.user)
