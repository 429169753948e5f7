"""The work of officers: arrivals by lane, and a declaration beside the record of its goods."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from django.db.models import Case, Count, F, IntegerField, QuerySet, Value, When

from customs.models import Declaration, DeclarationVersion, LaneChange
from customs.risk import rules
from customs.risk.facts import Facts
from customs.risk.lanes import Lane
from customs.risk.rules import Finding
from customs.services import assess, facts, policies
from customs.services.declarations import access
from provenance.core.check.result import Result
from provenance.models import Checkpoint, Handoff, Licence, Party, Product, Right, Subject
from provenance.services.check import verification

MOST: Final = 200  # arrivals on a page
MOST_CHECKED: Final = 3  # records that a page checks
_MOST_SHOWN: Final = 50
_RANK: Final = Case(
    *(When(lane=lane.value, then=Value(3 - lane.rank)) for lane in Lane),
    default=Value(-1),
    output_field=IntegerField(),
)


@dataclass(frozen=True, slots=True)
class Arrival:
    """A declaration in the list, with its heaviest finding; `lane` is None until it is
    assessed.
    """

    version: DeclarationVersion
    lane: Lane | None
    findings: Sequence[Finding]


@dataclass(frozen=True, slots=True)
class GoodsLine:
    """Goods of a declaration, their row where they are on record, and the check of their
    record; None where the page has checked enough.
    """

    uri: str
    subject: Subject | None
    result: Result | None


@dataclass(frozen=True, slots=True)
class Sheet:
    """A declaration, and all that its page shows."""

    version: DeclarationVersion
    lane: Lane | None
    findings: Sequence[Finding]
    facts: Facts
    differing: frozenset[str]
    goods: Sequence[GoodsLine]
    checkpoints: Sequence[Checkpoint]
    handoffs: Sequence[Handoff]
    rights: Sequence[tuple[Right, Sequence[Licence]]]
    changes: Sequence[LaneChange]
    is_decided: bool


def arrivals(
    authorities: Collection[str], *, lane: str = "", office: str = ""
) -> tuple[list[Arrival], bool]:
    """The undecided declarations to these authorities, the reddest and then the earliest
    first, and whether there are more than are given.
    """
    rows = undecided(authorities, office).select_related("assessment")
    if lane:
        rows = rows.filter(lane=lane)
    rows = rows.annotate(expected=F("versions__expected_arrival"))
    ordered = rows.order_by(_RANK, F("expected").asc(nulls_last=True), "pk")
    listed = list(ordered[: MOST + 1])
    versions = access.in_force().filter(declaration__in=listed)
    by_declaration = {version.declaration_id: version for version in versions}
    shown = [_arrival(row, by_declaration[row.pk]) for row in listed[:MOST]]
    return shown, len(listed) > MOST


def undecided(authorities: Collection[str], office: str = "") -> QuerySet[Declaration]:
    """The undecided declarations to these authorities, to an office of theirs."""
    rows = assess.undecided().filter(authority__in=authorities, versions__version=F("version"))
    return rows.filter(versions__declaration_office=office) if office else rows


def count(authorities: Collection[str], office: str = "") -> dict[str, int]:
    """How many undecided declarations are in each lane."""
    rows = undecided(authorities, office).order_by().values_list("lane")
    counts = dict(rows.annotate(Count("pk")))
    return {lane.value: counts.get(lane.value, 0) for lane in Lane}


def find(authorities: Collection[str], declaration_id: UUID) -> DeclarationVersion:
    """The version in force of a declaration to one of these authorities. Raises
    UnknownDeclaration.
    """
    rows = access.in_force().filter(declaration__authority__in=authorities)
    version = rows.filter(declaration=declaration_id).first()
    if version is None:
        raise access.UnknownDeclaration("there is no such declaration to your authority")
    return version


def sheet(authorities: Collection[str], declaration_id: UUID, now: datetime) -> Sheet:
    """A declaration to one of these authorities, with the record of its goods as it is now.
    Raises UnknownDeclaration.
    """
    version = find(authorities, declaration_id)
    declaration = version.declaration
    roots = facts.roots([version])[version.pk]
    current = facts.gather([version], now)[declaration.pk]
    row = policies.in_force([declaration.authority])[declaration.authority]
    differing = {finding.code.value for finding in rules.find(current, policies.read(row))}
    return Sheet(
        version=version,
        lane=Lane(declaration.lane) if declaration.lane else None,
        findings=_findings(declaration),
        facts=current,
        differing=frozenset(differing),
        goods=_goods(roots),
        checkpoints=list(
            Checkpoint.objects.filter(subject__in=roots).order_by("-at")[:_MOST_SHOWN]
        ),
        handoffs=list(
            Handoff.objects.filter(subject__in=roots).order_by("-handed_over_at")[:_MOST_SHOWN]
        ),
        rights=_rights(current),
        changes=list(declaration.lane_changes.select_related("officer").order_by("-at")),
        is_decided=bool(access.decided([declaration])),
    )


def names(glns: Iterable[str]) -> Mapping[str, str]:
    """The names of parties, by GLN."""
    return dict(Party.objects.filter(gln__in=set(glns)).values_list("gln", "name"))


def _arrival(row: Declaration, version: DeclarationVersion) -> Arrival:
    return Arrival(version, Lane(row.lane) if row.lane else None, _findings(row))


def _findings(declaration: Declaration) -> list[Finding]:
    return assess.findings_of(declaration.assessment) if declaration.assessment else []


def _goods(roots: Sequence[str]) -> list[GoodsLine]:
    listed = roots[:_MOST_SHOWN]
    subjects = {row.uri: row for row in Subject.objects.filter(uri__in=listed)}
    return [
        GoodsLine(uri, subjects.get(uri), verification.check(uri) if place < MOST_CHECKED else None)
        for place, uri in enumerate(listed)
    ]


def _rights(current: Facts) -> list[tuple[Right, list[Licence]]]:
    """The rights that the recorded products carry, with their licences."""
    products = Product.objects.filter(gtin__in=[product.gtin for product in current.products])
    uris = {uri for product in products for uri in product.rights}
    rights = Right.objects.filter(uri__in=uris).prefetch_related("licences").order_by("title")
    return [(right, list(right.licences.all())) for right in rights[:_MOST_SHOWN]]
