"""Shipments, handoffs and checkpoints, for logistics staff. Read models of events."""

from django.db import models

from provenance.models.base import Model


class Shipment(Model):
    """Goods that travel together to one receiver under one reference (an advance shipment
    or delivery note number).
    """

    reference = models.CharField(max_length=100)
    sender = models.CharField("sender GLN", max_length=13)
    receiver = models.CharField("receiver GLN", max_length=13)
    logistic_unit = models.CharField(max_length=300, blank=True)
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["sender", "reference", "receiver"],
                name="one_shipment_per_sender_reference_receiver",
            )
        ]

    def __str__(self) -> str:
        return self.reference


class ShipmentLine(Model):
    """A subject in a shipment."""

    shipment = models.ForeignKey(Shipment, on_delete=models.CASCADE, related_name="lines")
    subject = models.CharField(max_length=300)
    quantity = models.DecimalField(max_digits=20, decimal_places=6)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["shipment", "subject"], name="one_line_per_subject")
        ]

    def __str__(self) -> str:
        return self.subject


class Handoff(Model):
    """A handover and its answer. `outcome` is empty while the receiver has not
    answered.
    """

    subject = models.CharField(max_length=300)
    sender = models.CharField(max_length=13)
    receiver = models.CharField(max_length=13)
    handed_over = models.CharField(max_length=64)
    handed_over_at = models.DateTimeField()
    answered = models.CharField(max_length=64, blank=True)
    answered_at = models.DateTimeField(null=True, blank=True)
    outcome = models.CharField(
        max_length=10,
        blank=True,
        choices=[(k, k) for k in ("accept", "refuse", "cancel", "seized")],
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["subject", "handed_over"], name="one_handoff_per_event")
        ]
        indexes = [
            models.Index(
                fields=["receiver", "handed_over_at"],
                name="handoff_waiting",
                condition=models.Q(outcome=""),
            )
        ]

    def __str__(self) -> str:
        return f"{self.subject}: {self.sender} to {self.receiver}"


class Checkpoint(Model):
    """A customs authority's act on a subject at a post."""

    subject = models.CharField(max_length=300)
    event = models.CharField(max_length=64)
    authority = models.CharField(max_length=13)
    country = models.CharField(max_length=2)
    post = models.CharField(max_length=300, blank=True)
    procedure = models.CharField(max_length=10)
    outcome = models.CharField(max_length=10, blank=True)
    declaration = models.CharField(max_length=300, blank=True)
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["subject", "event"], name="one_checkpoint_per_event")
        ]
        indexes = [
            models.Index(
                fields=["declaration"],
                name="checkpoint_by_declaration",
                condition=~models.Q(declaration=""),
            )
        ]

    def __str__(self) -> str:
        return f"{self.procedure} {self.outcome} of {self.subject}"
