"""Authorities, their posts, and the people who work there.

A membership of an authority makes an officer: `operator` decides, `admin` is a supervisor
and decides too; a `viewer` does neither, and is no officer. Where an officer works is a
`Posting`.
"""

import re
from collections.abc import Collection
from dataclasses import dataclass
from typing import Final

import pycountry
from django.contrib.auth.models import AbstractBaseUser, AnonymousUser
from django.db.models import QuerySet

from customs.models import BorderPost, Posting
from customs.risk.vocabulary import PostKind
from provenance.core import errors, printing, texts
from provenance.core.record.vocabulary import Role
from provenance.models import Membership, Party, Refusal

MAX_NAME: Final = 200
_LOCODE: Final = re.compile(r"[A-Z]{2}[A-Z2-9]{3}")
_DECIDING: Final = frozenset({Membership.Role.OPERATOR, Membership.Role.ADMIN})
User = AbstractBaseUser | AnonymousUser


class NotAnAuthority(errors.ProvenanceError):
    """The party is not registered as a customs authority."""

    code = "not-an-authority"


class NotAnOfficer(errors.ProvenanceError):
    """The person is not a member of this authority, or not in the role that this takes."""

    code = "not-an-officer"


class BadPost(errors.ProvenanceError):
    """No UN/LOCODE of the authority's country, or no name that can be shown."""

    code = "bad-post"


@dataclass(frozen=True, slots=True)
class Officer:
    """A person acting for the authority with this GLN; `posts` are the UN/LOCODEs of
    where the person is assigned.
    """

    name: str
    authority: str
    country: str
    role: str
    posts: tuple[str, ...]

    @property
    def decides(self) -> bool:
        """Whether the person may change a lane."""
        return self.role in _DECIDING

    @property
    def supervises(self) -> bool:
        """Whether the person may edit weights and the watch-list."""
        return self.role == Membership.Role.ADMIN


def authorities() -> QuerySet[Party]:
    """The customs authorities, by name."""
    return Party.objects.filter(roles__contains=[Role.CUSTOMS_AUTHORITY.value]).order_by("name")


def authority(gln: str) -> Party:
    """The customs authority with this GLN. Raises NotAnAuthority."""
    party = authorities().filter(gln=gln).first()
    if party is None:
        raise NotAnAuthority(f"no customs authority is registered as {gln}")
    return party


def open_post(authority_gln: str, locode: str, kind: PostKind, name: str) -> BorderPost:
    """The post of an authority at `locode`, new or renamed. Raises NotAnAuthority, BadPost."""
    party = authority(authority_gln)
    check_post(party, locode, name)
    post, _ = BorderPost.objects.update_or_create(
        authority=party, locode=locode, kind=kind.value, defaults={"name": name}
    )
    return post


def check_post(party: Party, locode: str, name: str) -> None:
    """Raise BadPost unless `locode` is a UN/LOCODE of the authority's country and `name` a
    clean text of 1 to 200 characters.
    """
    if not is_locode(locode) or locode[:2] != party.country:
        raise BadPost(f"expected a UN/LOCODE of {party.country}, got {locode}")
    if not name.strip() or len(name) > MAX_NAME:
        raise BadPost(f"expected a name of 1 to {MAX_NAME} characters")
    try:
        texts.check(name)
    except errors.BadText as error:
        raise BadPost(error.detail) from error


def is_locode(text: str) -> bool:
    """Whether `text` has the form of a UN/LOCODE (UNECE Recommendation 16): a country of
    ISO 3166-1, then three letters or digits from 2 to 9.
    """
    return bool(_LOCODE.fullmatch(text)) and pycountry.countries.get(alpha_2=text[:2]) is not None


def posts(locodes: Collection[str]) -> QuerySet[BorderPost]:
    """The posts at these places."""
    return BorderPost.objects.filter(locode__in=locodes).order_by("locode", "kind")


def assign(user: AbstractBaseUser, post: BorderPost) -> Posting:
    """The posting of a member of the post's authority. Raises NotAnOfficer."""
    check_member(user, post)
    posting, _ = Posting.objects.get_or_create(user_id=user.pk, post=post)
    return posting


def check_member(user: AbstractBaseUser, post: BorderPost) -> None:
    """Raise NotAnOfficer unless `user` is a member of the post's authority."""
    if not Membership.objects.filter(user=user.pk, party__gln=post.authority_id).exists():
        raise NotAnOfficer(f"{user.get_username()} is no member of {post.authority_id}")


def officers(user: User) -> list[Officer]:
    """The person as a member of each customs authority; empty for everybody else."""
    if not (user.is_authenticated and user.is_active):
        return []
    memberships = Membership.objects.filter(
        user=user.pk, party__roles__contains=[Role.CUSTOMS_AUTHORITY.value]
    ).select_related("party")
    postings = Posting.objects.filter(user=user.pk).select_related("post")
    places = [(posting.post.authority_id, posting.post.locode) for posting in postings]
    return [_officer(user, membership, places) for membership in memberships]


def _officer(user: User, member: Membership, places: Collection[tuple[str, str]]) -> Officer:
    gln = member.party.gln
    posts = {locode for authority_gln, locode in places if authority_gln == gln}
    name = user.get_username()
    return Officer(name, gln, member.party.country, member.role, tuple(sorted(posts)))


def deciding(user: User, authority_gln: str) -> Officer:
    """The officer or supervisor of this authority that `user` is. Raises NotAnOfficer."""
    for officer in officers(user):
        if officer.authority == authority_gln and officer.decides:
            return officer
    raise NotAnOfficer(f"no officer of {authority_gln}")


def supervising(user: User, authority_gln: str) -> Officer:
    """The supervisor of this authority that `user` is. Raises NotAnOfficer."""
    officer = deciding(user, authority_gln)
    if not officer.supervises:
        raise NotAnOfficer(f"no supervisor of {authority_gln}")
    return officer


def note_refusal(user: User, endpoint: str, error: errors.ProvenanceError) -> None:
    """Store that `user` was refused at `endpoint`: every refusal of a person is a row."""
    Refusal.objects.create(
        endpoint=endpoint[:40],
        code=error.code,
        key=printing.printable(f"user:{user.get_username()}", 100),
        detail=error.detail,
    )
