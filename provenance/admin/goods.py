"""Products, and the subjects that have a chain."""

from typing import Any

from django.contrib import admin
from django.db.models import Q
from django.utils.html import format_html_join
from django.utils.safestring import SafeString

from provenance.admin import base
from provenance.core import gs1
from provenance.models import Product, Subject
from provenance.services.goods import labels


@admin.register(Product)
class ProductAdmin(base.ReadOnly[Product]):
    source = "A fold of product_registered claims; manage.py rebuild computes it again."
    list_display = ("name", "gtin", "brand", "owner", "hs_code", "origin_country")
    list_select_related = ("owner",)
    search_fields = ("gtin__exact", "owner__gln__exact")
    search_help_text = "A GTIN of 14 digits or the owner's GLN"
    fields = ("gtin", "name", "brand", "hs_code", "origin_country", "owner", "carried", "events")

    @admin.display(description="origin", ordering="origin")
    def origin_country(self, product: Product) -> str:
        return product.origin or "unknown"

    @admin.display(description="rights it carries")
    def carried(self, product: Product) -> SafeString:
        return base.pretty(product.rights)

    @admin.display(description="events")
    def events(self, product: Product) -> SafeString:
        return base.events_of(gs1.product_uri(product.gtin))


@admin.register(Subject)
class SubjectAdmin(base.ByIdentifier[Subject]):
    source = "A fold of the events of each chain; manage.py rebuild computes it again."
    party_fields = ("custodian", "pending_receiver")
    custodian_party = base.party("custodian", "custodian")
    pending_receiver_party = base.party("pending_receiver", "waiting for")
    list_display = (
        "uri",
        "kind",
        "situation",
        "custodian_party",
        "head_position",
        "head_recorded_at",
    )
    list_filter = ("kind", "situation")
    search_fields = ("uri__exact",)
    search_help_text = "A URI or code, a GTIN (its items and lots), or a custodian's GLN, in full"
    fields = (
        "uri",
        "kind",
        "product_gtin",
        "situation",
        "custodian_party",
        "pending_receiver_party",
        "container",
        "lot",
        "head_position",
        "head_digest",
        "genesis_digest",
        "head_recorded_at",
        "closed_at",
        "label",
        "events",
        "folded",
    )

    def named(self, term: str) -> Q:
        """By URI or code; by GTIN, its items and lots; by GLN, the goods of
        that party.
        """
        if term.isascii() and term.isdecimal() and len(term) == 13:
            return Q(custodian=term)
        if term.isascii() and term.isdecimal() and len(term) == 14:
            return Q(product_gtin=term)
        return Q(uri=base.subject_uri(term) or "")

    def view_on_site(self, obj: Any) -> str | None:
        return base.public_page(obj.uri)

    @admin.display(description="label")
    def label(self, subject: Subject) -> SafeString | str:
        if gs1.SubjectKind(subject.kind) not in labels.DOTS:
            return "-"
        path = "/labels" + gs1.parse_subject(subject.uri).path
        return format_html_join(
            " · ", '<a href="{}.{}">{}</a>', ((path, form, form.upper()) for form in labels.FORMS)
        )

    @admin.display(description="events")
    def events(self, subject: Subject) -> SafeString:
        return base.events_of(subject.uri)

    @admin.display(description="state")
    def folded(self, subject: Subject) -> SafeString:
        return base.pretty(subject.state)
