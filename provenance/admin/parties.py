"""Parties and their keys, as the record has them; memberships and API keys, which are
decided here.
"""

from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import admin, messages
from django.http import HttpRequest
from django.utils.safestring import SafeString
from rest_framework_api_key.models import APIKey

from provenance.admin import base
from provenance.core import gs1
from provenance.models import KeptKey, Membership, Party, PartyApiKey, SealKey, SigningKey
from provenance.models.parties import Scope

admin.site.unregister(APIKey)  # the library's own keys belong to no party


@admin.register(Party)
class PartyAdmin(base.ReadOnly[Party]):
    source = "A fold of party_registered and key claims; manage.py rebuild computes it again."
    list_display = ("name", "gln", "country", "role_names", "imported")
    list_filter = ("imported",)
    search_fields = ("gln__exact", "name__icontains")
    search_help_text = "A GLN or a part of the name"
    ordering = ("name",)
    fields = (
        "gln",
        "name",
        "country",
        "role_names",
        "company_prefixes",
        "imported",
        "signing_keys",
        "events",
    )

    def view_on_site(self, obj: Any) -> str | None:
        return base.public_page(gs1.party_uri(obj.gln))

    @admin.display(description="roles")
    def role_names(self, party: Party) -> str:
        return ", ".join(party.roles)

    @admin.display(description="GS1 company prefixes")
    def company_prefixes(self, party: Party) -> str:
        return ", ".join(party.prefixes)

    @admin.display(description="keys")
    def signing_keys(self, party: Party) -> SafeString:
        keys = base.first(party.keys.order_by("valid_from", "pk"))
        lines = (
            (
                key.public_key,
                key.purpose,
                key.get_custody_display(),
                base.moment(key.valid_from),
                base.moment(key.revoked_at, "in force"),
            )
            for key in keys
        )
        return base.rows(lines, "public key", "purpose", "custody", "from", "until")

    @admin.display(description="events")
    def events(self, party: Party) -> SafeString:
        return base.events_of(gs1.party_uri(party.gln))


@admin.register(SigningKey)
class SigningKeyAdmin(base.ReadOnly[SigningKey]):
    source = "A fold of key_added and key_revoked claims; manage.py rebuild computes it again."
    public_key_short = base.short("public_key", "public key")
    list_display = ("public_key_short", "party", "purpose", "custody", "valid_from", "revoked_at")
    list_select_related = ("party",)
    list_filter = ("purpose", "custody")
    search_fields = ("public_key__exact", "party__gln__exact")
    search_help_text = "A public key (z6Mk…) or the party's GLN"
    fields = (
        "party",
        "public_key",
        "purpose",
        "custody",
        "valid_from",
        "enrolled_by",
        "recovery",
        "revoked_at",
        "reason",
        "successor",
        "ended_by",
        "added_by",
        "revoked_by",
    )


@admin.register(KeptKey)
class KeptKeyAdmin(base.ReadOnly[KeptKey]):
    source = "Keys that are kept here. Their private halves are encrypted and never shown."
    list_display = ("public_key", "created_at")
    search_fields = ("public_key__exact",)
    search_help_text = "A public key (z6Mk…)"
    fields = ("public_key", "created_at")


@admin.register(SealKey)
class SealKeyAdmin(base.ReadOnly[SealKey]):
    source = "Keys that encrypt the seeds of sealed events. They are encrypted and never shown."
    list_display = ("created_at",)
    search_fields = ("pk__exact",)
    search_help_text = "An id"
    fields = ("created_at",)


@admin.register(Membership)
class MembershipAdmin(base.Listed[Membership]):
    source = "Who may act for which party, and as what."
    list_display = ("user", "party", "role")
    list_select_related = ("user", "party")
    list_filter = ("role",)
    autocomplete_fields = ("user", "party")
    search_fields = ("user__username__exact", "party__gln__exact")
    search_help_text = "A user name or a GLN"


if TYPE_CHECKING:
    ApiKeyModelForm = forms.ModelForm[PartyApiKey]
else:
    ApiKeyModelForm = forms.ModelForm


class ApiKeyForm(ApiKeyModelForm):
    scopes = forms.MultipleChoiceField(
        choices=[(scope.value, scope.value) for scope in Scope],
        widget=forms.CheckboxSelectMultiple,
        help_text="What the key is good for.",
    )


@admin.register(PartyApiKey)
class PartyApiKeyAdmin(base.Listed[PartyApiKey]):
    source = (
        "Keys for programs that act for a party. Only a hash is stored: "
        "a lost key is revoked and replaced."
    )
    form = ApiKeyForm
    list_display = (
        "name",
        "prefix",
        "party",
        "scope_names",
        "created",
        "last_used_at",
        "expiry_date",
        "revoked",
    )
    list_select_related = ("party",)
    list_filter = ("revoked",)
    autocomplete_fields = ("party",)
    search_fields = ("prefix__exact", "party__gln__exact")
    search_help_text = "The eight characters before a key's dot, or the party's GLN"
    ordering = ("-created",)
    fields = ("name", "party", "scopes", "expiry_date", "revoked", "last_used_at")
    actions = None

    @admin.display(description="scopes")
    def scope_names(self, key: PartyApiKey) -> str:
        return ", ".join(key.scopes)

    def has_delete_permission(self, request: HttpRequest, obj: PartyApiKey | None = None) -> bool:
        """A key is revoked, not deleted: whose it was stays known."""
        return False

    def get_readonly_fields(
        self, request: HttpRequest, obj: PartyApiKey | None = None
    ) -> tuple[str, ...]:
        """A key never changes its party; a revoked key stays revoked."""
        if obj is None:
            return ("revoked", "last_used_at")
        return (
            "party",
            "last_used_at",
            *(("name", "scopes", "expiry_date", "revoked") if obj.revoked else ()),
        )

    def save_model(self, request: HttpRequest, obj: PartyApiKey, form: Any, change: bool) -> None:
        """Show a new key, this once."""
        if change:
            obj.save()
            return
        key = PartyApiKey.objects.assign_key(obj)
        obj.save()
        messages.warning(
            request, f"The API key of {obj.name}: {key} Store it now: it cannot be shown again."
        )
