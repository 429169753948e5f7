"""The people of a border: officers and a supervisor of two authorities, and their posts."""

from dataclasses import dataclass

import pytest
from django.contrib.auth.models import User

from customs.models import BorderPost
from customs.risk.vocabulary import PostKind
from customs.services import people
from provenance.models import Membership, Party
from tests.captured import Captured


@dataclass(frozen=True)
class Border:
    """Rotterdam's officers and supervisor, a viewer, and an officer of Shenzhen."""

    rotterdam: BorderPost
    shenzhen: BorderPost
    officer: User
    supervisor: User
    viewer: User
    foreign: User


def member(name: str, gln: str, role: str) -> User:
    """A user with a membership."""
    user = User.objects.create_user(name, password="correct horse battery")
    Membership.objects.create(user=user, party=Party.objects.get(gln=gln), role=role)
    return user


@pytest.fixture
def border(world: Captured) -> Border:
    nl, cn = world.customs_nl.gln, world.customs_cn.gln
    made = Border(
        people.open_post(nl, "NLRTM", PostKind.SEA, "Maasvlakte"),
        people.open_post(cn, "CNSZX", PostKind.AIR, "Bao'an"),
        member("officer", nl, "operator"),
        member("supervisor", nl, "admin"),
        member("viewer", nl, "viewer"),
        member("foreign", cn, "operator"),
    )
    people.assign(made.officer, made.rotterdam)
    people.assign(made.foreign, made.shenzhen)
    return made
