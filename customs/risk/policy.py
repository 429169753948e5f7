"""Policies: weights, thresholds of the lanes, limits of the rules and the random share.
They are data that an authority edits; `DEFAULT` is where every authority begins.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from typing import Any, Final

from customs.risk.lanes import Lane
from customs.risk.vocabulary import FindingCode
from provenance.core import errors

WHOLE_SHARE: Final = 10_000
MAX_WEIGHT: Final = 1_000
MAX_LIMIT: Final = 100_000


class BadPolicy(errors.ProvenanceError):
    """Weights, thresholds, limits or a random share that no policy can have."""

    code = "bad-policy"


@dataclass(frozen=True, slots=True)
class Limits:
    """The tolerances of rules: per cent, hours, people."""

    quantity_percent: int = 5
    mass_percent: int = 10
    answer_hours: int = 24
    overdue_hours: int = 24
    scan_sessions: int = 20


@dataclass(frozen=True, slots=True)
class Policy:
    """Weights of findings (0 switches a rule off), the least score of each lane but green,
    and the random share, of 10,000 declarations.
    """

    weights: Mapping[FindingCode, int]
    lanes: Mapping[Lane, int]
    random_share: int
    limits: Limits = field(default_factory=Limits)

    def lane(self, score: int) -> Lane:
        """The lane of a score."""
        reached = (lane for lane in (Lane.RED, Lane.YELLOW, Lane.BLUE) if score >= self.lanes[lane])
        return next(reached, Lane.GREEN)


def read(weights: Any, lanes: Any, random_share: Any, limits: Any) -> Policy:
    """The policy that plain values say. Raises BadPolicy.

    There is always a random share, and being drawn always leads to a lane above green.
    """
    _check_numbers("weights", weights, [code.value for code in FindingCode], MAX_WEIGHT)
    _check_numbers("lanes", lanes, [Lane.RED, Lane.YELLOW, Lane.BLUE], MAX_WEIGHT)
    _check_numbers("limits", limits, [each.name for each in fields(Limits)], MAX_LIMIT)
    if not 1 <= lanes[Lane.BLUE] <= lanes[Lane.YELLOW] <= lanes[Lane.RED]:
        raise BadPolicy("expected 1 <= blue <= yellow <= red")
    if weights[FindingCode.RANDOM_SELECTION] < lanes[Lane.BLUE]:
        raise BadPolicy(f"expected a weight of {lanes[Lane.BLUE]} or more for random-selection")
    if type(random_share) is not int or not 1 <= random_share <= WHOLE_SHARE:
        raise BadPolicy(f"expected a random share of 1 to {WHOLE_SHARE}")
    return Policy(
        weights={FindingCode(code): weight for code, weight in weights.items()},
        lanes={Lane(lane): score for lane, score in lanes.items()},
        random_share=random_share,
        limits=Limits(**limits),
    )


def plain(policy: Policy) -> dict[str, Any]:
    """The values that `read` takes."""
    return {
        "weights": {code.value: weight for code, weight in policy.weights.items()},
        "lanes": {lane.value: score for lane, score in policy.lanes.items()},
        "random_share": policy.random_share,
        "limits": asdict(policy.limits),
    }


def _check_numbers(what: str, values: Any, names: list[str], most: int) -> None:
    if not isinstance(values, dict) or values.keys() != set(names):
        raise BadPolicy(f"expected {what} for {', '.join(names)}")
    for name, value in values.items():
        if type(value) is not int or not 0 <= value <= most:
            raise BadPolicy(f"expected a whole number from 0 to {most} for {name}")


DEFAULT: Final = Policy(
    weights={
        FindingCode.CLASSIFICATION_DIFFERS: 40,
        FindingCode.ORIGIN_DIFFERS: 40,
        FindingCode.QUANTITY_DIFFERS: 30,
        FindingCode.MASS_DIFFERS: 30,
        FindingCode.SEAL_DIFFERS: 60,
        FindingCode.ROUTE_UNEXPECTED: 20,
        FindingCode.MODE_UNEXPECTED: 20,
        FindingCode.CUSTODY_BROKEN: 60,
        FindingCode.CUSTODY_ONE_SIDED: 20,
        FindingCode.RECORD_BROKEN: 100,
        FindingCode.MAKER_NOT_LICENSED: 60,
        FindingCode.RIGHT_HOLDER_ALERT: 60,
        FindingCode.RECALLED: 100,
        FindingCode.STOLEN: 100,
        FindingCode.UNUSUAL_SCANS: 40,
        FindingCode.FIRST_TIME_TRADER: 15,
        FindingCode.OVERDUE: 15,
        FindingCode.PARTY_WATCHED: 60,
        FindingCode.PRODUCT_WATCHED: 40,
        FindingCode.ROUTE_WATCHED: 30,
        FindingCode.NOT_ON_RECORD: 30,
        FindingCode.RANDOM_SELECTION: 60,
    },
    lanes={Lane.RED: 60, Lane.YELLOW: 30, Lane.BLUE: 10},
    random_share=300,
)
