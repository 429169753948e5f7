"""Policies, assessments, changes of lanes and watch-lists. All but watch-lists are
append-only.
"""

from django.conf import settings
from django.db import models

from customs.models.declarations import Declaration
from customs.risk.lanes import Lane
from customs.risk.vocabulary import WatchKind
from provenance.models.base import Model
from provenance.models.events import append_only

LANES = [(lane.value, lane.value) for lane in Lane]


class RiskPolicy(Model):
    """A version of an authority's weights, thresholds, limits and random share
    (`customs.risk.policy`); the newest is in force. Append-only.
    """

    authority = models.CharField("authority GLN", max_length=13)
    version = models.IntegerField()
    weights = models.JSONField(help_text="by code of the finding; 0 switches a rule off")
    lanes = models.JSONField(help_text="the least score of red, yellow and blue")
    limits = models.JSONField(help_text="tolerances of the rules: per cent, hours, people")
    random_share = models.IntegerField(help_text="of 10,000 declarations")
    made_by = models.CharField(max_length=150, blank=True)
    made_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name_plural = "risk policies"
        constraints = [
            models.UniqueConstraint(fields=["authority", "version"], name="one_policy_per_version")
        ]
        triggers = append_only()

    def __str__(self) -> str:
        return f"{self.authority} version {self.version}"


class Assessment(Model):
    """An assessment of a version of a declaration: the facts, the policy that it saw, and
    its findings with their weights. Append-only.
    """

    declaration = models.ForeignKey(
        Declaration, on_delete=models.PROTECT, related_name="assessments"
    )
    version = models.IntegerField("version of the declaration")
    policy = models.ForeignKey(RiskPolicy, on_delete=models.PROTECT, related_name="assessments")
    at = models.DateTimeField()
    facts = models.JSONField()
    findings = models.JSONField()
    score = models.IntegerField()
    lane = models.CharField(max_length=10, choices=LANES)

    class Meta:
        triggers = append_only()

    def __str__(self) -> str:
        return f"{self.lane} ({self.score})"


class LaneChange(Model):
    """An officer's change of a lane, in sight of an assessment. Append-only; lowering has
    its reason.
    """

    declaration = models.ForeignKey(
        Declaration, on_delete=models.PROTECT, related_name="lane_changes"
    )
    assessment = models.ForeignKey(Assessment, on_delete=models.PROTECT, related_name="changes")
    before = models.CharField(max_length=10, choices=LANES)
    lane = models.CharField(max_length=10, choices=LANES)
    lowers = models.BooleanField()
    reason = models.CharField(max_length=300, blank=True)
    officer = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="lane_changes"
    )
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(lowers=False) | ~models.Q(reason=""),
                name="lowering_has_its_reason",
            )
        ]
        triggers = append_only()

    def __str__(self) -> str:
        return f"{self.before} to {self.lane}"


class WatchEntry(Model):
    """An entry of a watch-list, in force from `first_day` to `last_day` until it is
    withdrawn: an authority's own (party, product, route), or a right holder's alert, which
    every authority in the right's territories sees.
    """

    raised_by = models.CharField("GLN", max_length=13)
    kind = models.CharField(max_length=10, choices=[(k.value, k.value) for k in WatchKind])
    value = models.CharField(
        max_length=60, help_text="a GLN, a GTIN, a route such as CN-NL, or a right's urn:uuid"
    )
    reason = models.CharField(max_length=300)
    first_day = models.DateField()
    last_day = models.DateField(null=True, blank=True)
    withdrawn_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name_plural = "watch entries"
        indexes = [
            models.Index(
                fields=["kind", "value"],
                name="watch_in_force",
                condition=models.Q(withdrawn_at__isnull=True),
            )
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.value}"
