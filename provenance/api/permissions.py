"""Who asks: an API key acts for one party, within its scopes. Without a key, only what
is public answers.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from django.http import HttpRequest
from django.utils import timezone

from provenance.api import errors as api_errors
from provenance.models import PartyApiKey
from provenance.models.parties import Scope

SCHEME: Final = "api-key"


@dataclass(frozen=True, slots=True)
class Caller:
    """The party that asks, and what its API key is good for."""

    gln: str
    scopes: frozenset[str]
    key: str

    @property
    def name(self) -> str:
        """Who this is to the idempotency store: the API key by its public half."""
        return f"api-key:{self.key}"


def authenticate(meta: Mapping[str, Any]) -> Caller | None:
    """The caller of a request with these headers; None without an Authorization header.

    Raises Unauthenticated for a header that names no usable key: a caller who meant to
    be known is never taken for an unknown one.
    """
    header = meta.get("HTTP_AUTHORIZATION", "")
    if not header:
        return None
    scheme, _, secret = header.partition(" ")
    prefix = secret.partition(".")[0]
    refused = api_errors.Unauthenticated(
        "expected Authorization: Api-Key <key>, with a key in force"
    )
    if scheme.lower() != SCHEME or not (prefix.isascii() and prefix.isalnum()):
        raise refused
    key = PartyApiKey.objects.filter(prefix=prefix, revoked=False).first()
    if key is None or not PartyApiKey.objects.key_generator.verify(secret, key.hashed_key):
        raise refused
    if key.expiry_date is not None and key.expiry_date <= timezone.now():
        raise refused
    return Caller(key.party_id, frozenset(key.scopes), prefix)


def require(request: HttpRequest, scope: Scope | None) -> Caller | None:
    """The caller, who holds `scope`; with None everybody may come in. Raises
    Unauthenticated, ScopeMissing.
    """
    caller = authenticate(request.META)
    if scope is not None and scope not in known(caller).scopes:
        raise api_errors.ScopeMissing(f"the API key lacks the scope {scope}", scope=scope.value)
    return caller


def known(caller: Caller | None) -> Caller:
    """The caller. Raises Unauthenticated when there is none."""
    if caller is None:
        raise api_errors.Unauthenticated("this door needs an API key: Authorization: Api-Key <key>")
    return caller
