"""A bundle holds what its subject went through: nothing that a party does elsewhere, or
afterwards, makes it longer (F63).
"""

import pytest

from provenance.core.check.result import Verdict
from provenance.core.record.vocabulary import Act
from provenance.core.signing import keys
from tests import cast
from tests.cast import ITEM, NL, Actor
from tests.core.check.checking import run
from tests.world import World


def key(number: int) -> keys.PrivateKey:
    return keys.generate(number.to_bytes(32, "big"))


def records(world: World, subject: str = ITEM) -> int:
    return len(world.bundle(subject)["records"])


def enrol(world: World, by: Actor, private: keys.PrivateKey) -> None:
    members = cast.enrolment(by.uri, private)
    world.claim(by, Act.KEY_ADDED, cast.key_uri(private), **members)


@pytest.mark.parametrize("revoked", [False, True], ids=["in force", "revoked"])
def test_keys_that_signed_nothing_of_it_are_not_in_a_bundle(revoked: bool) -> None:
    world = World().journey()
    before = records(world)
    for number in range(1, 41):
        enrol(world, world.carrier, key(number))
        if revoked:
            uri = cast.key_uri(key(number))
            world.claim(world.carrier, Act.KEY_REVOKED, uri, reason="superseded")
    assert records(world) == before
    assert run(world).verdict is Verdict.RECORDS_CHECK_OUT


def test_a_key_that_signed_comes_with_the_line_that_enrolled_it_and_no_other() -> None:
    world = World().journey(until=Act.UNPACK)
    before = records(world)
    for number in range(1, 41):
        enrol(world, world.retailer, key(number))
    enrol(world, Actor(world.retailer.gln, key(7)), key(50))
    seller = Actor(world.retailer.gln, key(50))
    world.act(seller, Act.SELL, ITEM, place=NL)
    world.claim(seller, Act.KEY_REVOKED, cast.key_uri(key(50)), reason="superseded")
    sale, enrolled, revoked = 1, 2, 1
    assert records(world) == before + sale + enrolled + revoked
    assert run(world).verdict is Verdict.RECORDS_CHECK_OUT
