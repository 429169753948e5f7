"""Intellectual-property rights and licences: registry claims in the same ledger as the
goods.
"""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.utils import timezone

from provenance.core import gs1
from provenance.core.record import compose
from provenance.core.record.kinds import Kind
from provenance.services.record import signing


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
        Kind.RIGHT_FILED,
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
    return _claim(by, Kind.RIGHT_VERIFIED, uri, signed_at, reference=reference)


def assign_right(
    by: str, uri: str, to: str, effective: date, *, signed_at: datetime | None = None
) -> str:
    """Assign the right to party `to` from day `effective` on."""
    return _claim(
        by,
        Kind.RIGHT_ASSIGNED,
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
        by, Kind.RIGHT_LAPSED, uri, signed_at, effectiveFrom=effective.isoformat(), reason=reason
    )


def grant_licence(by: str, uri: str, new: NewLicence, *, signed_at: datetime | None = None) -> str:
    """Grant a licence of the right under a new random URI, which is returned."""
    licence = _new_uri()
    _claim(
        by,
        Kind.LICENCE_GRANTED,
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
        Kind.LICENCE_REVOKED,
        uri,
        signed_at,
        licence=licence,
        effectiveFrom=effective.isoformat(),
    )


def _new_uri() -> str:
    return gs1.right(str(uuid.uuid4())).uri


def _iso(day: date | None) -> str | None:
    return None if day is None else day.isoformat()


def _claim(by: str, kind: Kind, uri: str, signed_at: datetime | None, /, **members: Any) -> str:
    claim = compose.claim(kind, uri, signed_at or timezone.now(), **members)
    return signing.submit_one(signing.Draft(by, kind, claim=claim, signed_at=signed_at))
