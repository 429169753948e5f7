"""Intellectual-property rights and licences: read models of registry claims."""

from django.contrib.postgres.indexes import GinIndex
from django.db import models

from provenance.models.base import Model, looks_alike


class Right(Model):
    """A filed trademark, patent, design, copyright or geographical indication."""

    uri = models.CharField(max_length=60, unique=True)
    kind = models.CharField(max_length=30)
    title = models.CharField(max_length=300)
    office = models.CharField(max_length=300)
    number = models.CharField(max_length=300)
    territories = models.JSONField(default=list)
    owner = models.CharField("owner GLN", max_length=13, db_index=True)
    valid_from = models.DateField()
    valid_until = models.DateField(null=True, blank=True)
    verified = models.BooleanField(default=False)
    lapsed_from = models.DateField(null=True, blank=True)
    looks = looks_alike()

    class Meta:
        indexes = [GinIndex(fields=["looks"], name="right_by_looks")]

    def __str__(self) -> str:
        return self.title


class Licence(Model):
    """Permission to use a right for some goods, places and dates; empty lists mean
    all.
    """

    uri = models.CharField(max_length=60, unique=True)
    right = models.ForeignKey(Right, on_delete=models.CASCADE, related_name="licences")
    licensee = models.CharField("licensee GLN", max_length=13, db_index=True)
    products = models.JSONField(default=list)
    territories = models.JSONField(default=list)
    valid_from = models.DateField()
    valid_until = models.DateField(null=True, blank=True)
    revoked_from = models.DateField(null=True, blank=True)

    def __str__(self) -> str:
        return self.uri
