"""The people of a border: officers and a supervisor of two authorities, and their posts."""

from dataclasses import dataclass

import pytest
from django.contrib.auth.models import User
from pytest_django import Settings

from customs.models import BorderPost
from customs.risk.vocabulary import PostKind
from customs.services import people
from provenance.core.record.vocabulary import Act
from provenance.models import Membership, Party
from tests.captured import Captured
from tests.cast import LOT, PALLET, item


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


@pytest.fixture(autouse=True)
def nobody_is_drawn(settings: Settings) -> None:
    """A key under which the declarations of these tests are not drawn."""
    settings.SECRET_KEY = "not drawn " * 5


@pytest.fixture
def packed(world: Captured) -> Captured:
    """Two items and a lot of ten on a pallet, handed to the carrier, who accepted it."""
    world.sign_for(world.maker, Act.COMMISSION, [item("A1"), item("A2")])
    world.sign_for(world.maker, Act.COMMISSION, {LOT: 10})
    world.sign_for(world.maker, Act.COMMISSION, PALLET)
    contents = {item("A1"): 1, item("A2"): 1, LOT: 10}
    world.sign_for(world.maker, Act.PACK, contents, parent=PALLET)
    both = {"sender": world.maker.gln, "receiver": world.carrier.gln, "reference": "DN-1"}
    world.sign_for(world.maker, Act.HAND_OVER, PALLET, **both)
    world.sign_for(world.carrier, Act.ACCEPT, PALLET, **both)
    return world
