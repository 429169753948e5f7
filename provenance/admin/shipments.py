"""Shipments, handoffs and checkpoints, as the events have them."""

from django.contrib import admin
from django.utils.safestring import SafeString

from provenance.admin import base
from provenance.core.epcis import shape
from provenance.models import Checkpoint, Handoff, Shipment


@admin.register(Shipment)
class ShipmentAdmin(base.ReadOnly[Shipment]):
    source = "A fold of handovers that name a despatch advice; manage.py rebuild computes it again."
    party_fields = ("sender", "receiver")
    sender_party = base.party("sender", "sender")
    receiver_party = base.party("receiver", "receiver")
    list_display = ("reference", "sender_party", "receiver_party", "created_at")
    search_fields = ("reference__exact", "sender__exact", "receiver__exact")
    search_help_text = "A reference, or the sender's or receiver's GLN"
    fields = ("reference", "sender_party", "receiver_party", "unit", "created_at", "contents")

    @admin.display(description="logistic unit")
    def unit(self, shipment: Shipment) -> SafeString | str:
        return base.subject_links(shipment.logistic_unit) if shipment.logistic_unit else "-"

    @admin.display(description="lines")
    def contents(self, shipment: Shipment) -> SafeString:
        lines = base.first(shipment.lines.order_by("subject"))
        return base.rows(
            (
                (base.subject_links(line.subject), shape.format_quantity(line.quantity))
                for line in lines
            ),
            "subject",
            "quantity",
        )


@admin.register(Handoff)
class HandoffAdmin(base.ReadOnly[Handoff]):
    source = (
        "A fold of hand_over, accept, refuse and cancel events; "
        "manage.py rebuild computes it again."
    )
    party_fields = ("sender", "receiver")
    sender_party = base.party("sender", "from")
    receiver_party = base.party("receiver", "to")
    list_display = (
        "subject",
        "sender_party",
        "receiver_party",
        "handed_over_at",
        "outcome",
        "answered_at",
    )
    list_filter = (("outcome", admin.EmptyFieldListFilter),)
    search_fields = ("subject__exact", "receiver__exact")
    search_help_text = "A subject's URI or the receiver's GLN"
    fields = (
        "goods",
        "sender_party",
        "receiver_party",
        "handed_over",
        "handed_over_at",
        "outcome",
        "answered",
        "answered_at",
    )

    @admin.display(description="subject")
    def goods(self, handoff: Handoff) -> SafeString:
        return base.subject_links(handoff.subject)


@admin.register(Checkpoint)
class CheckpointAdmin(base.ReadOnly[Checkpoint]):
    source = (
        "A fold of checkpoint events, signed by customs authorities; "
        "manage.py rebuild computes it again."
    )
    party_fields = ("authority",)
    authority_party = base.party("authority", "authority")
    list_display = ("at", "procedure", "outcome", "country", "authority_party", "subject")
    list_filter = ("procedure", "outcome")
    search_fields = ("subject__exact",)
    search_help_text = "A subject's URI"
    fields = (
        "goods",
        "authority_party",
        "country",
        "post",
        "procedure",
        "outcome",
        "declaration",
        "at",
        "event",
    )

    @admin.display(description="subject")
    def goods(self, checkpoint: Checkpoint) -> SafeString:
        return base.subject_links(checkpoint.subject)
