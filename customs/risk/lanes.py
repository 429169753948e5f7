"""Lanes, as ASYCUDA has them, and the lane in force after officers' changes."""

from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum
from typing import Final


class Lane(StrEnum):
    """The lane of a declaration: examine the goods, check the documents, release and audit
    later, release.
    """

    RED = "red"
    YELLOW = "yellow"
    BLUE = "blue"
    GREEN = "green"

    @property
    def rank(self) -> int:
        """Its place among the lanes: green is 0, red is 3."""
        return _RANKS[self]


_RANKS: Final = {Lane.GREEN: 0, Lane.BLUE: 1, Lane.YELLOW: 2, Lane.RED: 3}


@dataclass(frozen=True, slots=True)
class Change:
    """An officer's change to `lane`, in sight of findings with these codes."""

    lane: Lane
    lowers: bool
    codes: frozenset[str]


def stronger(first: Lane, second: Lane) -> Lane:
    """The lane of the two that examines more."""
    return max(first, second, key=lambda lane: lane.rank)


def in_force(assessed: Lane, codes: Collection[str], change: Change | None) -> Lane:
    """The lane of a declaration whose newest assessment is `assessed`, for findings with
    `codes`, after the newest change.

    A raised lane stays at least as high. A lowered lane stays while no finding comes that the
    officer did not see.
    """
    if change is None:
        return assessed
    if change.lowers:
        return change.lane if change.codes.issuperset(codes) else stronger(assessed, change.lane)
    return stronger(assessed, change.lane)
