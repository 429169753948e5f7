"""The policies of risk of the authorities. Each edit is a version; every assessment keeps the
version that it saw.
"""

from collections.abc import Collection, Mapping
from typing import Any

from django.contrib.auth.models import AbstractBaseUser
from django.db import transaction

from customs.models import RiskPolicy
from customs.risk import policy
from customs.risk.policy import Policy
from customs.services import people
from provenance.models import Party


def in_force(authorities: Collection[str]) -> dict[str, RiskPolicy]:
    """The newest policy of each authority; one that has none gets the default as its first
    version.
    """
    newest = RiskPolicy.objects.filter(authority__in=authorities).order_by("authority", "-version")
    rows = {row.authority: row for row in newest.distinct("authority")}
    for gln in sorted(set(authorities) - rows.keys()):
        rows[gln] = _begin(gln)
    return rows


def edit(user: AbstractBaseUser, authority: str, values: Mapping[str, Any]) -> RiskPolicy:
    """A further version of an authority's policy, by its supervisor. Earlier assessments
    stay as they are. Raises NotAnOfficer, BadPolicy.
    """
    supervisor = people.supervising(user, authority)
    return add(authority, policy.read(**values), supervisor.name)


def add(authority: str, new: Policy, made_by: str) -> RiskPolicy:
    """A further version of an authority's policy."""
    in_force([authority])
    with transaction.atomic():
        _lock(authority)
        newest = in_force([authority])[authority]
        values = policy.plain(new)
        return RiskPolicy.objects.create(
            authority=authority, version=newest.version + 1, made_by=made_by, **values
        )


def read(row: RiskPolicy) -> Policy:
    """The policy that a row holds. Raises BadPolicy."""
    return policy.read(row.weights, row.lanes, row.random_share, row.limits)


def _begin(authority: str) -> RiskPolicy:
    row, _ = RiskPolicy.objects.get_or_create(
        authority=authority, version=1, defaults=policy.plain(policy.DEFAULT)
    )
    return row


def _lock(authority: str) -> None:
    list(Party.objects.select_for_update(of=("self",), no_key=True).filter(gln=authority))
