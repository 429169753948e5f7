"""Facts and a policy to an assessment."""

from dataclasses import dataclass

from customs.risk import rules
from customs.risk.facts import Facts
from customs.risk.lanes import Lane
from customs.risk.policy import Policy
from customs.risk.rules import Finding


@dataclass(frozen=True, slots=True)
class Assessed:
    """The lane that findings lead to; `score` is the sum of their weights."""

    lane: Lane
    score: int
    findings: tuple[Finding, ...]


def assess(facts: Facts, policy: Policy) -> Assessed:
    """The assessment of `facts` under `policy`: always the same for the same."""
    findings = tuple(rules.find(facts, policy))
    score = sum(finding.weight for finding in findings)
    return Assessed(policy.lane(score), score, findings)
