"""The readers of a declaration: its declarant and its authority, and nobody else."""

from collections.abc import Iterable
from uuid import UUID

from django.db.models import F, Q, QuerySet

from customs.models import Declaration, DeclarationVersion
from provenance.core import errors
from provenance.core.epcis.vocabulary import Outcome
from provenance.models import Checkpoint

# What ends the work on a declaration; goods that are held or sampled wait.
DECIDED = (Outcome.CLEARED.value, Outcome.SEIZED.value, Outcome.REFUSED.value)


class UnknownDeclaration(errors.ProvenanceError):
    """There is no such declaration, or it is not the caller's to see."""

    code = "unknown-declaration"


class DeclarationDecided(errors.ProvenanceError):
    """The authority decided on this declaration, so it changes no more."""

    code = "declaration-decided"


def in_force() -> QuerySet[DeclarationVersion]:
    """The version in force of every declaration."""
    versions = DeclarationVersion.objects.filter(version=F("declaration__version"))
    return versions.select_related("declaration")


def visible(gln: str) -> QuerySet[DeclarationVersion]:
    """The versions in force that party `gln` declared, or that were declared to it."""
    mine = Q(declaration__declarant=gln) | Q(declaration__authority=gln)
    return in_force().filter(mine)


def find(gln: str, declaration_id: UUID) -> DeclarationVersion:
    """The version in force of a declaration, for party `gln`. Raises UnknownDeclaration."""
    version = visible(gln).filter(declaration=declaration_id).first()
    if version is None:
        raise UnknownDeclaration("there is no such declaration, or it is not open to you")
    return version


def decided(declarations: Iterable[Declaration]) -> set[UUID]:
    """The ids of those that their authority cleared, seized or refused, by the checkpoints
    on record that name them: one query.
    """
    by_number = {(each.authority, each.number): each.pk for each in declarations}
    checkpoints = Checkpoint.objects.filter(
        declaration__in={number for _, number in by_number}, outcome__in=DECIDED
    )
    names = checkpoints.values_list("authority", "declaration")
    return {by_number[name] for name in names if name in by_number}


def check_undecided(declaration: Declaration) -> None:
    """Raise DeclarationDecided if the authority cleared, seized or refused its goods."""
    if decided([declaration]):
        raise DeclarationDecided(f"{declaration.number} was decided")
