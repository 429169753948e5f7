"""Intellectual-property rights and licences: registry claims in the same ledger as the
goods.

`owned_or_licensed` is the one question that commissioning asks of them.
"""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.utils import timezone

from provenance.core import errors, gs1
from provenance.core.record import compose
from provenance.core.record.vocabulary import Act
from provenance.core.record.state import ProductState, RightState, owned_or_licensed
from provenance.services.record import signing

__all__ = [
    "NewLicence",
    "NewRight",
    "assign_right",
    "file_right",
    "grant_licence",
    "lapse_right",
    "may_make",
    "owned_or_licensed",
    "revoke_licence",
    "verify_right",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class NewRight:
    """A right to file: `kind` as `claims.RIGHT_KINDS`, its number at `office`, and the
    countries it holds in.
    """

    kind: str
    title: str
    office: str
    number: str
    territories: Sequence[str]
    valid_from: date
    valid_until: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NewLicence:
    """A licence to grant; no GTINs or territories means all of them."""

    licensee: str
    valid_from: date
    valid_until: date | None = None
    gtins: Sequence[str] = ()
    territories: Sequence[str] = ()


def file_right(owner: str, right: NewRight, *, signed_at: datetime | None = None) -> str:
    """File a right under a new random URI, which is returned."""
    uri = _new_uri()
    _claim(
        owner,
        Act.RIGHT_FILED,
        uri,
        signed_at,
        owner=gs1.party_uri(owner),
        kind=right.kind,
        title=right.title,
        office=right.office,
        number=right.number,
        territories=list(right.territories),
        validFrom=right.valid_from.isoformat(),
        validUntil=_iso(right.valid_until),
    )
    return uri


def verify_right(
    by: str, uri: str, reference: str = "", *, signed_at: datetime | None = None
) -> str:
    """Say, as an IP office or the registrar, that the right is in the office's
    register.
    """
    return _claim(by, Act.RIGHT_VERIFIED, uri, signed_at, reference=reference)


def assign_right(
    by: str, uri: str, to: str, effective: date, *, signed_at: datetime | None = None
) -> str:
    """Assign the right to party `to` from day `effective` on."""
    return _claim(
        by,
        Act.RIGHT_ASSIGNED,
        uri,
        signed_at,
        newOwner=gs1.party_uri(to),
        effectiveFrom=effective.isoformat(),
    )


def lapse_right(
    by: str, uri: str, effective: date, reason: str, *, signed_at: datetime | None = None
) -> str:
    """Say that the right protects nothing from day `effective` on."""
    return _claim(
        by, Act.RIGHT_LAPSED, uri, signed_at, effectiveFrom=effective.isoformat(), reason=reason
    )


def grant_licence(by: str, uri: str, new: NewLicence, *, signed_at: datetime | None = None) -> str:
    """Grant a licence of the right under a new random URI, which is returned."""
    licence = _new_uri()
    _claim(
        by,
        Act.LICENCE_GRANTED,
        uri,
        signed_at,
        licence=licence,
        licensee=gs1.party_uri(new.licensee),
        products=[gs1.product_uri(gtin) for gtin in new.gtins],
        territories=list(new.territories),
        validFrom=new.valid_from.isoformat(),
        validUntil=_iso(new.valid_until),
    )
    return licence


def revoke_licence(
    by: str, uri: str, licence: str, effective: date, *, signed_at: datetime | None = None
) -> str:
    """Revoke a licence of the right from day `effective` on."""
    return _claim(
        by,
        Act.LICENCE_REVOKED,
        uri,
        signed_at,
        licence=licence,
        effectiveFrom=effective.isoformat(),
    )


def may_make(party: str, gtin: str, day: date, country: str | None = None) -> bool:
    """Whether `party` may commission items of product `gtin` on `day` in `country`.
    Raises UnknownProduct.
    """
    product = signing.states_of([gs1.product_uri(gtin)]).get(gs1.product_uri(gtin))
    if not isinstance(product, ProductState):
        raise errors.UnknownProduct(f"no product is registered under GTIN {gtin}")
    if not product.rights:
        return product.owner == party
    filed = signing.states_of(list(product.rights))
    return all(
        isinstance(right := filed.get(uri), RightState)
        and owned_or_licensed(right, party=party, gtin=gtin, day=day.isoformat(), country=country)
        for uri in product.rights
    )


def _new_uri() -> str:
    return gs1.right(str(uuid.uuid4())).uri


def _iso(day: date | None) -> str | None:
    return None if day is None else day.isoformat()


def _claim(by: str, kind: Act, uri: str, signed_at: datetime | None, /, **members: Any) -> str:
    claim = compose.claim(kind, uri, signed_at or timezone.now(), **members)
    return signing.submit_one(signing.Draft(by, kind, claim=claim, signed_at=signed_at))
