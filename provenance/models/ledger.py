"""Signed tree heads of the ledger, and their cosignatures. Append-only."""

from django.db import models

from provenance.models.base import Model
from provenance.models.events import append_only


class TreeHead(Model):
    """A signed tree head that was published: `note` is the C2SP checkpoint, `root`
    lower-case hex.
    """

    size = models.BigIntegerField(unique=True)
    root = models.CharField(max_length=64)
    note = models.TextField()
    signed_at = models.DateTimeField()

    class Meta:
        triggers = append_only()
        get_latest_by = "size"

    def __str__(self) -> str:
        return f"tree head of {self.size}"


class Cosignature(Model):
    """A witness's cosignature line on a tree head (C2SP tlog-cosignature)."""

    tree_head = models.ForeignKey(TreeHead, on_delete=models.PROTECT, related_name="cosignatures")
    witness = models.CharField(max_length=255)
    line = models.TextField()
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["tree_head", "witness"], name="one_cosignature_per_witness"
            )
        ]
        triggers = append_only()

    def __str__(self) -> str:
        return self.witness
