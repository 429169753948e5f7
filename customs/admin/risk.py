"""Policies of risk, assessments, changes of lanes and watch-lists. A policy is edited by
adding a version.
"""

from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.utils.safestring import SafeString

from customs.models import Assessment, LaneChange, RiskPolicy, WatchEntry
from customs.risk import policy
from customs.risk.vocabulary import WatchKind
from customs.services import assess, people, policies, watch
from provenance.admin import base
from provenance.core import errors

if TYPE_CHECKING:
    PolicyModelForm = forms.ModelForm[RiskPolicy]
    WatchModelForm = forms.ModelForm[WatchEntry]
else:
    PolicyModelForm = WatchModelForm = forms.ModelForm

_EDITED = ("weights", "lanes", "random_share", "limits")


class PolicyForm(PolicyModelForm):
    """A further version of a policy."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        plain = policy.plain(policy.DEFAULT)
        super().__init__(*args, **{**kwargs, "initial": plain | (kwargs.get("initial") or {})})

    def clean(self) -> dict[str, Any]:
        """Refuse values that no policy can have, and a party that is no authority."""
        values = super().clean() or self.cleaned_data
        try:
            if values.keys() >= {"authority", *_EDITED}:
                people.authority(values["authority"])
                policy.read(**{name: values[name] for name in _EDITED})
        except errors.ProvenanceError as error:
            raise ValidationError(error.detail, error.code) from error
        return values


@admin.register(RiskPolicy)
class RiskPolicyAdmin(base.Listed[RiskPolicy]):
    source = (
        "Weights, thresholds, limits and random share of each authority. Append-only: a new "
        "version counts for what is assessed from then on, and changes nothing before."
    )
    form = PolicyForm
    party_fields = ("authority",)
    authority_party = base.party("authority", "authority")
    list_display = ("authority_party", "version", "random_share", "made_by", "made_at")
    search_fields = ("authority__exact",)
    search_help_text = "The authority's GLN"
    fields = ("authority", *_EDITED)
    actions = None

    def has_change_permission(self, request: HttpRequest, obj: RiskPolicy | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: RiskPolicy | None = None) -> bool:
        return False

    def save_model(self, request: HttpRequest, obj: RiskPolicy, form: Any, change: bool) -> None:
        """Add the next version."""
        values = policy.read(**{name: form.cleaned_data[name] for name in _EDITED})
        row = policies.add(obj.authority, values, request.user.get_username())
        obj.pk, obj.version = row.pk, row.version


@admin.register(Assessment)
class AssessmentAdmin(base.ReadOnly[Assessment]):
    source = "Lanes as they were assessed, with the facts and the policy that were seen."
    list_display = ("declaration", "version", "lane", "score", "at")
    list_select_related = ("declaration",)
    list_filter = ("lane",)
    search_fields = ("declaration__number__exact",)
    search_help_text = "A declaration's number"
    fields = ("declaration", "version", "lane", "score", "at", "policy", "reasons", "seen")

    @admin.display(description="findings")
    def reasons(self, assessment: Assessment) -> SafeString:
        lines = ((f.code, f.weight, f.sentence) for f in assess.findings_of(assessment))
        return base.rows(lines, "code", "weight", "finding")

    @admin.display(description="facts")
    def seen(self, assessment: Assessment) -> SafeString:
        return base.pretty(assessment.facts)


@admin.register(LaneChange)
class LaneChangeAdmin(base.ReadOnly[LaneChange]):
    source = "Lanes that officers raised or lowered."
    list_display = ("declaration", "before", "lane", "officer", "reason", "at")
    list_select_related = ("declaration", "officer")
    list_filter = ("lowers",)
    search_fields = ("declaration__number__exact", "officer__username__exact")
    search_help_text = "A declaration's number or an officer's name"
    fields = ("declaration", "before", "lane", "reason", "officer", "at", "assessment")


class WatchForm(WatchModelForm):
    """An entry, held against what it can watch."""

    def clean(self) -> dict[str, Any]:
        """Refuse an entry that watches nothing, or that this party may not make."""
        values = super().clean() or self.cleaned_data
        names = ("raised_by", "kind", "value", "reason")
        try:
            if values.keys() >= set(names):
                raised_by, kind, value, reason = (values[name] for name in names)
                watch.check(raised_by, WatchKind(kind), value, reason)
        except errors.ProvenanceError as error:
            raise ValidationError(error.detail, error.code) from error
        return values


@admin.register(WatchEntry)
class WatchEntryAdmin(base.Listed[WatchEntry]):
    source = "Watch-lists of authorities, and alerts of right holders."
    form = WatchForm
    party_fields = ("raised_by",)
    raised_by_party = base.party("raised_by", "raised by")
    list_display = ("kind", "value", "raised_by_party", "first_day", "last_day", "withdrawn_at")
    list_filter = ("kind", ("withdrawn_at", admin.EmptyFieldListFilter))
    search_fields = ("value__exact", "raised_by__exact")
    search_help_text = "A GLN, a GTIN, a route or a right's urn:uuid"
