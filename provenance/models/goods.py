"""Goods: products and the subjects that have a chain. Read models of events."""

from django.contrib.postgres.indexes import GinIndex
from django.db import models

from provenance.core.gs1 import SubjectKind
from provenance.core.record.state import Situation
from provenance.models.base import Model, looks_alike
from provenance.models.parties import Party


class Product(Model):
    """A trade item class, known by its GTIN; read model of its product_registered
    claim.
    """

    gtin = models.CharField("GTIN", max_length=14, unique=True)
    name = models.CharField(max_length=300)
    brand = models.CharField(max_length=300, blank=True)
    hs_code = models.CharField("HS code", max_length=300, blank=True)
    origin = models.CharField(max_length=2, blank=True, help_text="ISO 3166-1 alpha-2")
    owner = models.ForeignKey(
        Party,
        to_field="gln",
        db_column="owner_gln",
        on_delete=models.PROTECT,
        related_name="products",
    )
    rights = models.JSONField(default=list, help_text="URIs of the filed rights it carries")
    looks = looks_alike()

    class Meta:
        indexes = [GinIndex(fields=["looks"], name="product_by_looks")]

    def __str__(self) -> str:
        return f"{self.name} ({self.gtin})"


class Subject(Model):
    """A thing with a chain of its own. `state` is the folded `core.record.state` value;
    the other columns are for queries. Parties are held by GLN and containers by
    URI, so a chain needs nothing outside itself.
    """

    uri = models.CharField(max_length=300)
    kind = models.CharField(max_length=20, choices=[(k.value, k.value) for k in SubjectKind])
    product_gtin = models.CharField(max_length=14, blank=True)
    head_position = models.IntegerField()
    head_digest = models.CharField(max_length=64)
    genesis_digest = models.CharField(max_length=64)
    head_recorded_at = models.DateTimeField()
    situation = models.CharField(
        max_length=20, blank=True, choices=[(s.value, s.value) for s in Situation]
    )
    custodian = models.CharField(max_length=13, blank=True)
    pending_receiver = models.CharField(max_length=13, blank=True)
    container = models.CharField(max_length=300, blank=True)
    lot = models.CharField(max_length=300, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)
    state = models.JSONField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["uri"], name="one_subject_per_uri")]
        # Only the rows that say something: each index costs every capture.
        indexes = [
            models.Index(
                fields=[name], name=f"subject_by_{name}", condition=~models.Q(**{name: ""})
            )
            for name in ("product_gtin", "custodian", "pending_receiver", "container", "lot")
        ]

    def __str__(self) -> str:
        return self.uri
