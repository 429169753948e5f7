"""The tables of a border's work. They are in no event, and `manage.py rebuild` leaves them
alone.

DeclarationVersion, RiskPolicy, Assessment and LaneChange are append-only, by triggers.
BorderPost, Posting, Declaration and WatchEntry change.
"""

from customs.models.declarations import Declaration, DeclarationVersion
from customs.models.posts import BorderPost, Posting
from customs.models.risk import Assessment, LaneChange, RiskPolicy, WatchEntry

__all__ = [
    "Assessment",
    "BorderPost",
    "Declaration",
    "DeclarationVersion",
    "LaneChange",
    "Posting",
    "RiskPolicy",
    "WatchEntry",
]
