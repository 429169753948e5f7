"""did:web documents: which keys speak for a party now (DID Core 1.0, did:web,
Multikey).
"""

from typing import Any, Final

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.http import require_safe

from provenance.core.record.event import issuer_did
from provenance.core.record.vocabulary import KeyPurpose
from provenance.core.signing import canonical
from provenance.models import Party, SigningKey
from provenance.services.registry import succession
from provenance.views import decorators

SHOWN: Final = 100


@require_safe
@decorators.page
def did(request: HttpRequest, gln: str) -> HttpResponse:
    """The DID document of party `gln`. A revoked key stays listed for old signatures,
    and asserts no more; of many keys the newest `SHOWN` of both kinds are listed, all of
    them in pages by the API.
    """
    party = Party.objects.filter(gln=gln).first()
    if party is None:
        raise Http404
    name = issuer_did(settings.CUSTOS_DID_HOST, party.gln)
    live = party.keys.filter(revoked_at=None).order_by("-valid_from", "-id")[:SHOWN]
    ended = party.keys.exclude(revoked_at=None).order_by("-revoked_at", "-id")[:SHOWN]
    keys = sorted([*live, *ended], key=lambda key: key.valid_from)
    document = {
        "@context": ["https://www.w3.org/ns/did/v1", "https://w3id.org/security/multikey/v1"],
        "id": name,
        "verificationMethod": [_method(name, key) for key in keys],
        "assertionMethod": [f"{name}#{key.public_key}" for key in keys if _speaks(key)],
    }
    headers = {"Cache-Control": "public, max-age=60", "Access-Control-Allow-Origin": "*"}
    return JsonResponse(document, content_type="application/did+json", headers=headers)


def _speaks(key: SigningKey) -> bool:
    """Whether the key speaks now: not revoked, and of the registrar's keys the one in force."""
    return key.revoked_at is None and (
        key.purpose != KeyPurpose.REGISTRAR
        or key.public_key == succession.standing().succession.current
    )


def _method(name: str, key: SigningKey) -> dict[str, Any]:
    method: dict[str, Any] = {
        "id": f"{name}#{key.public_key}",
        "type": "Multikey",
        "controller": name,
        "publicKeyMultibase": key.public_key,
    }
    return method | (
        {"revoked": canonical.format_timestamp(key.revoked_at)}
        if key.revoked_at is not None
        else {}
    )
