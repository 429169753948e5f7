"""Tree heads, and their cosignatures."""

from django.contrib import admin
from django.utils.safestring import SafeString

from provenance.admin import base
from provenance.models import Cosignature, TreeHead


@admin.register(TreeHead)
class TreeHeadAdmin(base.ReadOnly[TreeHead]):
    source = (
        "Signed tree heads that were published. Append-only; "
        "the database refuses every other change."
    )
    root_short = base.short("root", "root")
    list_display = ("size", "root_short", "signed_at")
    search_fields = ("root__exact",)
    search_help_text = "A root, in hex"
    fields = ("size", "root", "signed_at", "signed_note")

    @admin.display(description="signed note (C2SP checkpoint)")
    def signed_note(self, head: TreeHead) -> SafeString:
        return base.text(head.note)


@admin.register(Cosignature)
class CosignatureAdmin(base.ReadOnly[Cosignature]):
    source = "What witnesses signed of a tree head. Append-only."
    list_display = ("tree_head", "witness", "at")
    list_select_related = ("tree_head",)
    search_fields = ("witness__exact",)
    search_help_text = "A witness's name"
    fields = ("tree_head", "witness", "at", "signed_line")

    @admin.display(description="signature line")
    def signed_line(self, cosignature: Cosignature) -> SafeString:
        return base.text(cosignature.line)
