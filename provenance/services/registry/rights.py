"""Intellectual-property rights and licences: registry claims in the same ledger as the
goods.
"""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from provenance.core import gs1
from provenance.core.record.claims import (
    LicenceGranted,
    LicenceRevoked,
    RegistryClaim,
    RightAssigned,
    RightFiled,
    RightLapsed,
    RightVerified,
)
from provenance.core.record.vocabulary import RightKind
from provenance.services.record import signing


@dataclass(frozen=True, slots=True, kw_only=True)
class NewRight:
    """A right to file: its number at `office`, and the
    countries it holds in.
    """

    kind: RightKind
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
    filed = RightFiled(
        subject=uri,
        owner=owner,
        kind=right.kind,
        title=right.title,
        office=right.office,
        number=right.number,
        territories=tuple(right.territories),
        valid_from=right.valid_from.isoformat(),
        valid_until=_iso(right.valid_until),
    )
    _sign(owner, filed, signed_at)
    return uri


def verify_right(
    by: str, uri: str, reference: str = "", *, signed_at: datetime | None = None
) -> str:
    """Say, as an IP office or the registrar, that the right is in the office's register."""
    return _sign(by, RightVerified(subject=uri, reference=reference), signed_at)


def assign_right(
    by: str, uri: str, to: str, effective: date, *, signed_at: datetime | None = None
) -> str:
    """Assign the right to party `to` from day `effective` on."""
    assigned = RightAssigned(subject=uri, new_owner=to, effective_from=effective.isoformat())
    return _sign(by, assigned, signed_at)


def lapse_right(
    by: str, uri: str, effective: date, reason: str, *, signed_at: datetime | None = None
) -> str:
    """Say that the right protects nothing from day `effective` on."""
    lapsed = RightLapsed(subject=uri, effective_from=effective.isoformat(), reason=reason)
    return _sign(by, lapsed, signed_at)


def grant_licence(by: str, uri: str, new: NewLicence, *, signed_at: datetime | None = None) -> str:
    """Grant a licence of the right under a new random URI, which is returned."""
    licence = _new_uri()
    granted = LicenceGranted(
        subject=uri,
        licence=licence,
        licensee=new.licensee,
        products=tuple(new.gtins),
        territories=tuple(new.territories),
        valid_from=new.valid_from.isoformat(),
        valid_until=_iso(new.valid_until),
    )
    _sign(by, granted, signed_at)
    return licence


def revoke_licence(
    by: str, uri: str, licence: str, effective: date, *, signed_at: datetime | None = None
) -> str:
    """Revoke a licence of the right from day `effective` on."""
    revoked = LicenceRevoked(subject=uri, licence=licence, effective_from=effective.isoformat())
    return _sign(by, revoked, signed_at)


def _new_uri() -> str:
    return gs1.right(str(uuid.uuid4())).uri


def _iso(day: date | None) -> str | None:
    return None if day is None else day.isoformat()


def _sign(by: str, claim: RegistryClaim, signed_at: datetime | None) -> str:
    return signing.submit_one(signing.Draft(by, claim, signed_at=signed_at))
