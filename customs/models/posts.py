"""Border posts, and the people assigned to them. An authority is a `provenance` party with
the role customs_authority, its officers and supervisors are its members.
"""

from django.conf import settings
from django.db import models

from customs.risk.vocabulary import PostKind
from provenance.models import Party
from provenance.models.base import Model


class BorderPost(Model):
    """A place where an authority looks at goods, known by its UN/LOCODE (UNECE
    Recommendation 16) and its kind: a port has a sea and a rail post under one code.
    """

    authority = models.ForeignKey(
        Party,
        to_field="gln",
        db_column="authority_gln",
        on_delete=models.PROTECT,
        related_name="border_posts",
    )
    locode = models.CharField("UN/LOCODE", max_length=5)
    kind = models.CharField(max_length=10, choices=[(k.value, k.value) for k in PostKind])
    name = models.CharField(max_length=200)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["authority", "locode", "kind"], name="one_post_per_place_and_kind"
            )
        ]

    def __str__(self) -> str:
        return f"{self.name} ({self.locode}, {self.kind})"


class Posting(Model):
    """The assignment of a member of an authority to a post."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="postings"
    )
    post = models.ForeignKey(BorderPost, on_delete=models.CASCADE, related_name="postings")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["user", "post"], name="one_posting_per_post")
        ]

    def __str__(self) -> str:
        return f"{self.user} at {self.post}"
