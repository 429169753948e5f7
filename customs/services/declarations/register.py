"""Entering and amending declarations. A version is never changed: an amendment adds one,
with its reason.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from django.db import connection, transaction
from django.utils import timezone

from customs.models import Declaration, DeclarationVersion
from customs.services import people
from customs.services.declarations import access
from customs.services.declarations.content import IDENTITY, NAMES, Content, check_countries
from provenance.core import errors, printing, texts
from provenance.models import Party

MAX_REASON: Final = 300
_LOCK: Final = 7_204_002  # numbers are given in turn: the lock of entering
Way = DeclarationVersion.Way


class DeclarationExists(errors.ProvenanceError):
    """The authority has a declaration of this number with other content, or of another
    declarant.
    """

    code = "declaration-exists"


@dataclass(frozen=True, slots=True)
class Source:
    """How a declaration came in, and by whom."""

    way: Way
    name: str


@dataclass(frozen=True, slots=True)
class Receipt:
    """The answer to a declaration: it is there (`already`: it was), or `error` says why not."""

    declaration: Declaration | None = None
    already: bool = False
    error: errors.ProvenanceError | None = None


def enter(content: Content, source: Source) -> Declaration:
    """Enter a declaration; the same again is the declaration that is there.

    Raises NotAnAuthority, UnknownParty, Malformed, DeclarationExists.
    """
    (receipt,) = enter_many([content], source)
    if receipt.declaration is None:
        raise receipt.error or errors.Malformed("not entered")
    return receipt.declaration


@transaction.atomic
def enter_many(
    contents: Sequence[Content], source: Source, at: datetime | None = None
) -> list[Receipt]:
    """Enter each declaration that can be entered, in a few queries for all of them; the
    receipts are in the order of `contents`.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])
    checked = _Checker(contents)
    new: dict[tuple[str, str], tuple[Declaration, Content]] = {}
    receipts = [_enter(content, checked, new) for content in contents]
    Declaration.objects.bulk_create([row for row, _ in new.values()], batch_size=1000)
    moment = at or timezone.now()
    versions = [_version(row, content, source, moment) for row, content in new.values()]
    DeclarationVersion.objects.bulk_create(versions, batch_size=1000)
    return receipts


@transaction.atomic
def amend(declaration_id: UUID, content: Content, source: Source, reason: str) -> Declaration:
    """Amend a declaration of its declarant's; the same content again changes nothing.

    Raises UnknownDeclaration, DeclarationDecided, UnknownParty, Malformed, BadText.
    """
    declaration = Declaration.objects.select_for_update().filter(pk=declaration_id).first()
    if declaration is None or declaration.declarant != content.declarant:
        raise access.UnknownDeclaration("there is no such declaration of yours")
    _check_reason(reason)
    _check_identity(declaration, content)
    checker = _Checker([content])
    checker.check(content)
    if _columns(declaration.versions.get(version=declaration.version)) == content.columns:
        return declaration
    access.check_undecided(declaration)
    declaration.version += 1
    declaration.save(update_fields=["version"])
    _version(declaration, content, source, timezone.now(), reason).save(force_insert=True)
    return declaration


class _Checker:
    """The parties, authorities and declarations that some contents name: three queries."""

    def __init__(self, contents: Collection[Content]) -> None:
        glns = {gln for each in contents for gln in _parties(each)}
        self.parties = set(Party.objects.filter(gln__in=glns).values_list("gln", flat=True))
        named = people.authorities().filter(gln__in={each.authority for each in contents})
        self.countries = dict(named.values_list("gln", "country"))
        rows = access.in_force().filter(
            declaration__authority__in=self.countries,
            declaration__number__in={each.number for each in contents},
        )
        self.there = {(row.declaration.authority, row.declaration.number): row for row in rows}

    def check(self, content: Content) -> None:
        """Raise NotAnAuthority, UnknownParty or Malformed for what is not registered or
        does not go together.
        """
        if content.authority not in self.countries:
            raise people.NotAnAuthority(f"{content.authority} is no customs authority")
        for gln in _parties(content):
            if gln not in self.parties:
                raise errors.UnknownParty(f"no party is registered as {gln}")
        check_countries(content, self.countries[content.authority])


def _parties(content: Content) -> tuple[str, ...]:
    return content.declarant, content.consignor, content.consignee


def _enter(
    content: Content, checker: _Checker, new: dict[tuple[str, str], tuple[Declaration, Content]]
) -> Receipt:
    name = (content.authority, content.number)
    try:
        checker.check(content)
        if name in new:
            declaration, other = new[name]
            _check_same(other == content, content)
            return Receipt(declaration, already=True)
        if name in checker.there:
            row = checker.there[name]
            same = row.declaration.declarant == content.declarant
            _check_same(same and _columns(row) == content.columns, content)
            return Receipt(row.declaration, already=True)
    except errors.ProvenanceError as error:
        return Receipt(error=error)
    identity: dict[str, Any] = {name: getattr(content, name) for name in IDENTITY}
    new[name] = (Declaration(**identity), content)
    return Receipt(new[name][0])


def _check_same(same: bool, content: Content) -> None:
    if not same:
        raise DeclarationExists(f"{content.number} was declared otherwise: amend it")


def _check_identity(declaration: Declaration, content: Content) -> None:
    for name in IDENTITY:
        if getattr(declaration, name) != getattr(content, name):
            raise errors.Malformed("an amendment keeps authority and number", field=name)


def _check_reason(reason: str) -> None:
    texts.check(reason)
    if not reason.strip() or len(reason) > MAX_REASON:
        raise errors.Malformed(f"expected 1 to {MAX_REASON} characters", field="reason")


def _columns(row: DeclarationVersion) -> Mapping[str, Any]:
    return {name: getattr(row, name) for name in NAMES if name not in IDENTITY}


def _version(
    declaration: Declaration, content: Content, source: Source, at: datetime, reason: str = ""
) -> DeclarationVersion:
    return DeclarationVersion(
        declaration=declaration,
        version=declaration.version,
        entered_at=at,
        way=source.way,
        entered_by=printing.printable(source.name, 100),
        reason=reason,
        **content.columns,
    )


def history(declaration: Declaration) -> Iterable[DeclarationVersion]:
    """Every version of a declaration, the first first."""
    return declaration.versions.order_by("version")
