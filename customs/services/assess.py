"""Assessing declarations: lanes for all that their authority did not decide yet, in bulk.

A declaration is assessed again after an amendment, and when what is gathered of it changed so
that the policy of its newest assessment would find something else. A new policy alone
changes nothing that is assessed.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final
from uuid import UUID

import msgspec
from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet
from django.utils import timezone

from customs.models import Assessment, Declaration, DeclarationVersion, LaneChange, RiskPolicy
from customs.risk import assessing, lanes
from customs.risk.assessing import Assessed
from customs.risk.facts import Facts
from customs.risk.lanes import Lane
from customs.risk.rules import Finding
from customs.risk.vocabulary import FindingCode
from customs.services import facts, policies
from customs.services.declarations import access
from provenance.models import Checkpoint

CHUNK: Final = 1000
_MOVING: Final = frozenset({"hours", "count"})


@dataclass(slots=True)
class AssessReport:
    """How many declarations were looked at and assessed, in which lanes they are now, and how
    often each finding was made among those assessed.
    """

    seen: int = 0
    assessed: int = 0
    lanes: Counter[str] = field(default_factory=Counter)
    findings: Counter[str] = field(default_factory=Counter)


def undecided() -> QuerySet[Declaration]:
    """The declarations that no checkpoint of their authority cleared, seized or refused."""
    decisions = Checkpoint.objects.filter(
        authority=OuterRef("authority"), declaration=OuterRef("number"), outcome__in=access.DECIDED
    )
    return Declaration.objects.filter(~Exists(decisions))


def assess_all(
    now: datetime | None = None, progress: Callable[[AssessReport], None] = lambda _report: None
) -> AssessReport:
    """Assess every undecided declaration whose assessment is not up to date."""
    report = AssessReport()
    for ids in _chunks():
        assess(ids, now or timezone.now(), report)
        progress(report)
    return report


@transaction.atomic
def assess(ids: Sequence[UUID], now: datetime, report: AssessReport | None = None) -> AssessReport:
    """Assess these declarations, in a few queries for all of them."""
    report = report or AssessReport()
    rows = Declaration.objects.select_for_update(of=("self",)).filter(pk__in=ids).order_by("pk")
    declarations = {row.pk: row for row in rows.select_related("assessment__policy")}
    versions = list(access.in_force().filter(declaration__in=declarations))
    gathered = facts.gather(versions, now)
    newest = policies.in_force({row.authority for row in declarations.values()})
    new = [
        assessment
        for version in versions
        if (
            assessment := _assess(
                declarations[version.declaration_id], version, gathered, newest, now
            )
        )
    ]
    Assessment.objects.bulk_create(new, batch_size=CHUNK)
    _put_into_lanes(new, declarations)
    _count(report, declarations, new)
    return report


def findings_of(assessment: Assessment) -> list[Finding]:
    """The findings that an assessment keeps."""
    return [
        Finding(FindingCode(row["code"]), row["weight"], row["words"])
        for row in assessment.findings
    ]


def facts_of(assessment: Assessment) -> Facts:
    """The facts that an assessment keeps."""
    return msgspec.convert(assessment.facts, Facts)


def change_of(change: LaneChange | None) -> lanes.Change | None:
    """A change of a lane, as the rules take it."""
    if change is None:
        return None
    codes = frozenset(row["code"] for row in change.assessment.findings)
    return lanes.Change(Lane(change.lane), change.lowers, codes)


def _chunks() -> Iterator[list[UUID]]:
    """The ids of undecided declarations, in their order."""
    rows, last = undecided().order_by("pk"), None
    while ids := list(
        (rows.filter(pk__gt=last) if last else rows).values_list("pk", flat=True)[:CHUNK]
    ):
        yield ids
        last = ids[-1]


def _assess(
    declaration: Declaration,
    version: DeclarationVersion,
    gathered: Mapping[UUID, Facts],
    newest: Mapping[str, RiskPolicy],
    now: datetime,
) -> Assessment | None:
    """The new assessment of a declaration; None where the one that it has still counts."""
    current, row = gathered[declaration.pk], newest[declaration.authority]
    before = declaration.assessment
    if before is not None and before.version == version.version:
        again = assessing.assess(current, policies.read(before.policy))
        if _steady(_plain(again)) == _steady(before.findings):
            return None
    assessed = assessing.assess(current, policies.read(row))
    return Assessment(
        declaration=declaration,
        version=version.version,
        policy=row,
        at=now,
        facts=msgspec.to_builtins(current),
        findings=_plain(assessed),
        score=assessed.score,
        lane=assessed.lane.value,
    )


def _plain(assessed: Assessed) -> list[dict[str, Any]]:
    return [
        {"code": each.code.value, "weight": each.weight, "words": dict(each.words)}
        for each in assessed.findings
    ]


def _steady(findings: Sequence[Mapping[str, Any]]) -> list[tuple[str, dict[str, str]]]:
    """Findings without the words that move by themselves: hours that pass, counts that grow."""
    return [
        (row["code"], {name: word for name, word in row["words"].items() if name not in _MOVING})
        for row in findings
    ]


def _put_into_lanes(new: Sequence[Assessment], declarations: Mapping[UUID, Declaration]) -> None:
    changes = LaneChange.objects.filter(declaration__in=[row.declaration_id for row in new])
    latest = changes.order_by("declaration", "-at", "-pk").distinct("declaration")
    by_declaration = {row.declaration_id: row for row in latest.select_related("assessment")}
    for assessment in new:
        declaration = declarations[assessment.declaration_id]
        codes = [row["code"] for row in assessment.findings]
        change = change_of(by_declaration.get(declaration.pk))
        declaration.assessment = assessment
        declaration.lane = lanes.in_force(Lane(assessment.lane), codes, change).value
    rows = [declarations[assessment.declaration_id] for assessment in new]
    Declaration.objects.bulk_update(rows, ["assessment", "lane"], batch_size=CHUNK)


def _count(
    report: AssessReport, declarations: Mapping[UUID, Declaration], new: Sequence[Assessment]
) -> None:
    report.seen += len(declarations)
    report.assessed += len(new)
    report.lanes.update(declaration.lane for declaration in declarations.values())
    report.findings.update(row["code"] for assessment in new for row in assessment.findings)
