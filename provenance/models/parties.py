"""Parties, their keys, their members and their API keys. Party and SigningKey are read
models of registry claims.
"""

from enum import StrEnum
from typing import ClassVar

from django.conf import settings
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from rest_framework_api_key.models import AbstractAPIKey, APIKeyManager

from provenance.core.record.state import KeyState
from provenance.core.record.vocabulary import KeyCustody, KeyPurpose, RevocationReason
from provenance.models.base import Model, looks_alike


class Party(Model):
    """An organisation, known by its GLN. Rebuilt from its claims; `roles` is a list of
    `vocabulary.Role` values.
    """

    gln = models.CharField("GLN", max_length=13, unique=True)
    name = models.CharField(max_length=300)
    country = models.CharField(max_length=2, help_text="ISO 3166-1 alpha-2")
    roles = models.JSONField(default=list)
    prefixes = models.JSONField(
        "GS1 company prefixes", default=list, help_text="that the registrar vouches for"
    )
    imported = models.BooleanField(
        default=False,
        help_text="made by an import: its key is kept here and it signed nothing itself",
    )
    looks = looks_alike()

    class Meta:
        verbose_name_plural = "parties"
        ordering = ["name"]
        indexes = [GinIndex(fields=["looks"], name="party_by_looks")]

    def __str__(self) -> str:
        return self.name


class Membership(Model):
    """A person's permission to act for a party, in a role."""

    class Role(models.TextChoices):
        ADMIN = "admin"
        OPERATOR = "operator"
        VIEWER = "viewer"

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="memberships"
    )
    party = models.ForeignKey(Party, on_delete=models.CASCADE, related_name="memberships")
    role = models.CharField(max_length=10, choices=Role.choices, default=Role.OPERATOR)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["user", "party"], name="one_membership_per_party")
        ]

    def __str__(self) -> str:
        return f"{self.user} for {self.party}"


class SigningKey(Model):
    """A party's enrolled Ed25519 key. `public_key` is its multibase text; the private
    half is here only when kept.
    """

    class Custody(models.TextChoices):
        SERVER = "server", "kept key (encrypted here)"
        DEVICE = "device", "an officer's device"
        EXTERNAL = "external", "the party's own system"

    party = models.ForeignKey(
        Party, to_field="gln", db_column="party_gln", on_delete=models.PROTECT, related_name="keys"
    )
    public_key = models.CharField(max_length=60, unique=True)
    purpose = models.CharField(
        max_length=10, choices=[(p.value, p.value) for p in KeyPurpose], default=KeyPurpose.ANY
    )
    custody = models.CharField(max_length=10, choices=Custody.choices)
    valid_from = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True, blank=True)
    reason = models.CharField(max_length=20, blank=True)
    enrolled_by = models.CharField(
        max_length=60, blank=True, help_text="public key that signed the claim that enrolled it"
    )
    added_by = models.CharField(
        max_length=64, blank=True, help_text="digest of the claim that enrolled it"
    )
    revoked_by = models.CharField(
        max_length=64, blank=True, help_text="digest of the claim that revoked it"
    )
    ended_by = models.CharField(
        max_length=60, blank=True, help_text="public key that signed the claim that revoked it"
    )
    recovery = models.CharField(
        max_length=60, blank=True, help_text="of a registrar's key: the key that may end it"
    )
    successor = models.CharField(
        max_length=60, blank=True, help_text="of a registrar's key: the key that took its place"
    )

    def __str__(self) -> str:
        return f"{self.public_key[:12]}… of {self.party_id}"

    @property
    def state(self) -> KeyState:
        """The key as its folded state is."""
        return KeyState(
            genesis=self.added_by,
            position=1 if self.revoked_by else 0,
            head=self.revoked_by or self.added_by,
            party=self.party_id,
            purpose=KeyPurpose(self.purpose),
            custody=KeyCustody(self.custody),
            enrolled_by=self.enrolled_by,
            enrolled_from=self.valid_from,
            revoked=self.revoked_by or None,
            revoked_from=self.revoked_at,
            reason=RevocationReason(self.reason) if self.reason else None,
            recovery=self.recovery,
            successor=self.successor,
            ended_by=self.ended_by,
        )


class KeptKey(Model):
    """The private half of a kept key, encrypted at rest. Not derived from events, so
    `rebuild` leaves it alone.
    """

    public_key = models.CharField(max_length=60, unique=True)
    encrypted_private = models.BinaryField()
    created_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return f"kept half of {self.public_key[:12]}…"


class SealKey(Model):
    """A key that encrypts the seeds of sealed events, itself encrypted at rest: so that seeds,
    which are append-only, stay as they are when the encryption key of the settings changes.
    """

    encrypted = models.BinaryField(editable=False)
    created_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return f"seal key of {self.created_at:%Y-%m-%d}"


class Scope(StrEnum):
    """The scopes of API keys."""

    READ = "read"
    EVENTS = "events:write"
    ACTS = "acts:write"
    KEYS = "keys:write"
    PRODUCTS = "products:write"
    PARTIES = "parties:write"
    DECLARATIONS = "declarations:write"


class PartyApiKeys(APIKeyManager):
    """The API keys, which tools that look for leaked secrets know by their beginning."""

    BEGINNING = "custos_live_"

    def assign_key(self, obj: AbstractAPIKey) -> str:
        """Give `obj` a new key, and return it."""
        return f"{self.BEGINNING}{super().assign_key(obj)}"

    def get_from_key(self, key: str) -> AbstractAPIKey:
        """The row of a whole key. Raises DoesNotExist."""
        return super().get_from_key(key.removeprefix(self.BEGINNING))


class PartyApiKey(AbstractAPIKey):
    """An API key that acts for a party within its scopes. Only its hash is stored."""

    objects: ClassVar[PartyApiKeys] = PartyApiKeys()

    party = models.ForeignKey(
        Party,
        to_field="gln",
        db_column="party_gln",
        on_delete=models.CASCADE,
        related_name="api_keys",
    )
    scopes = models.JSONField(default=list, help_text="a list of scopes; see docs/api.md")
    last_used_at = models.DateTimeField(
        null=True, blank=True, editable=False, help_text="to the hour"
    )

    class Meta(AbstractAPIKey.Meta):
        verbose_name = "API key"
        verbose_name_plural = "API keys"
