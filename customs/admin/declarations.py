"""Declarations with their versions: read here, changed by their declarant."""

from typing import Any

from django.contrib import admin
from django.utils.safestring import SafeString

from customs.models import Declaration, DeclarationVersion
from provenance.admin import base


@admin.register(Declaration)
class DeclarationAdmin(base.ReadOnly[Declaration]):
    source = "Customs declarations; each amendment is a version of its own."
    party_fields = ("authority", "declarant")
    authority_party = base.party("authority", "authority")
    declarant_party = base.party("declarant", "declarant")
    list_display = ("number", "lane", "authority_party", "declarant_party", "version")
    list_filter = ("lane",)
    search_fields = ("number__exact", "authority__exact", "declarant__exact")
    search_help_text = "A number, or the authority's or declarant's GLN"
    fields = (
        *("number", "authority_party", "declarant_party", "version", "lane", "assessment"),
        "history",
    )

    @admin.display(description="versions")
    def history(self, declaration: Declaration) -> SafeString:
        versions = base.first(declaration.versions.order_by("version"))
        lines = (
            (row.version, base.moment(row.entered_at), row.way, row.entered_by, row.reason or "-")
            for row in versions
        )
        return base.rows(lines, "version", "entered", "by way of", "by", "reason")


@admin.register(DeclarationVersion)
class DeclarationVersionAdmin(base.ReadOnly[DeclarationVersion]):
    source = "Declarations as they were entered or amended. Append-only."
    party_fields = ("consignor", "consignee")
    consignor_party = base.party("consignor", "consignor")
    consignee_party = base.party("consignee", "consignee")
    list_display = ("declaration", "version", "procedure", "declaration_office", "entered_at")
    list_select_related = ("declaration",)
    list_filter = ("procedure", "way")
    search_fields = ("declaration__number__exact",)
    search_help_text = "A declaration's number"
    fields = (
        *("declaration", "version", "entered_at", "way", "entered_by", "reason", "procedure"),
        *("declaration_office", "consignor_party", "consignee_party", "classification"),
        *("description", "origin", "tariff_quantity", "gross_mass", "invoice_amount", "currency"),
        *("export_country", "destination_country", "transport_mode", "routing_countries"),
        *("expected_arrival", "shipment", "subjects", "seals", "papers"),
    )

    @admin.display(description="goods")
    def subjects(self, version: DeclarationVersion) -> SafeString:
        lines: Any = ((base.subject_links(uri),) for uri in version.goods)
        return base.rows(lines, "subject")

    @admin.display(description="documents")
    def papers(self, version: DeclarationVersion) -> SafeString:
        lines = ((row["type"], row["number"], row["digest"]) for row in version.documents)
        return base.rows(lines, "type", "number", "SHA-256")
