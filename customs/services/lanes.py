"""Officers' changes of lanes: raising takes a click, lowering a reason. Each is kept."""

from uuid import UUID

from django.contrib.auth.models import AbstractBaseUser
from django.db import transaction
from django.utils import timezone

from customs.models import Declaration, LaneChange
from customs.risk.lanes import Lane
from customs.services import people
from customs.services.declarations import access
from provenance.core import errors, texts

MAX_REASON = 300


class BadLaneChange(errors.ProvenanceError):
    """The declaration has no lane yet, or the lane is lowered without a reason."""

    code = "bad-lane-change"


def read(text: str) -> Lane:
    """The lane with this name. Raises BadLaneChange."""
    if text not in set(Lane):
        raise BadLaneChange(f"there is no lane {text}")
    return Lane(text)


@transaction.atomic
def change(user: AbstractBaseUser, declaration_id: UUID, lane: Lane, reason: str = "") -> Lane:
    """Put a declaration into `lane`, by an officer of its authority; the lane that it has
    already is a success that changes nothing.

    Raises UnknownDeclaration, NotAnOfficer, DeclarationDecided, BadLaneChange, BadText.
    """
    rows = Declaration.objects.select_for_update(of=("self",)).select_related("assessment")
    declaration = rows.filter(pk=declaration_id).first()
    if declaration is None:
        raise access.UnknownDeclaration("there is no such declaration")
    people.deciding(user, declaration.authority)
    if declaration.assessment is None:
        raise BadLaneChange("this declaration is not assessed yet")
    before = Lane(declaration.lane)
    if lane is before:
        return lane
    access.check_undecided(declaration)
    _check_reason(reason, lowers=lane.rank < before.rank)
    LaneChange.objects.create(
        declaration=declaration,
        assessment=declaration.assessment,
        before=before.value,
        lane=lane.value,
        lowers=lane.rank < before.rank,
        reason=reason,
        officer_id=user.pk,
        at=timezone.now(),
    )
    declaration.lane = lane.value
    declaration.save(update_fields=["lane"])
    return lane


def _check_reason(reason: str, *, lowers: bool) -> None:
    texts.check(reason)
    if lowers and not reason.strip():
        raise BadLaneChange("a lower lane needs a reason")
    if len(reason) > MAX_REASON:
        raise BadLaneChange(f"expected at most {MAX_REASON} characters")
