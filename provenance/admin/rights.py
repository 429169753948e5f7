"""Filed rights and licences."""

from django.contrib import admin
from django.utils.safestring import SafeString

from provenance.admin import base
from provenance.models import Licence, Right


@admin.register(Right)
class RightAdmin(base.ReadOnly[Right]):
    source = "A fold of the claims about each right; manage.py rebuild computes it again."
    party_fields = ("owner",)
    owner_party = base.party("owner", "owner")
    list_display = (
        "title",
        "kind",
        "owner_party",
        "valid_from",
        "valid_until",
        "verified",
        "lapsed_from",
    )
    list_filter = ("kind", "verified")
    search_fields = ("uri__exact", "owner__exact", "number__exact")
    search_help_text = "A urn:uuid, the owner's GLN or the office's number"
    fields = (
        "uri",
        "kind",
        "title",
        "office",
        "number",
        "territories",
        "owner_party",
        "valid_from",
        "valid_until",
        "verified",
        "lapsed_from",
        "licensed",
        "events",
    )

    @admin.display(description="licences")
    def licensed(self, right: Right) -> SafeString:
        licences = base.first(right.licences.order_by("uri"))
        lines = (
            (
                licence.licensee,
                licence.valid_from,
                licence.valid_until or "-",
                licence.revoked_from or "-",
            )
            for licence in licences
        )
        return base.rows(lines, "licensee", "from", "until", "revoked from")

    @admin.display(description="events")
    def events(self, right: Right) -> SafeString:
        return base.events_of(right.uri)


@admin.register(Licence)
class LicenceAdmin(base.ReadOnly[Licence]):
    source = (
        "A fold of licence_granted and licence_revoked claims; manage.py rebuild computes it again."
    )
    party_fields = ("licensee",)
    licensee_party = base.party("licensee", "licensee")
    list_display = ("right", "licensee_party", "valid_from", "valid_until", "revoked_from")
    list_select_related = ("right",)
    search_fields = ("uri__exact", "licensee__exact")
    search_help_text = "A urn:uuid or the licensee's GLN"
    fields = (
        "uri",
        "right",
        "licensee_party",
        "products",
        "territories",
        "valid_from",
        "valid_until",
        "revoked_from",
    )
