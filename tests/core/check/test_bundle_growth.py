"""A bundle holds what its subject went through: nothing that a party does elsewhere, or
afterwards, makes it longer (F63).
"""

from pathlib import Path

import pytest

from provenance.core import __main__, errors
from provenance.core.check import bundle
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


# --- a bundle over its bound is too large, and never broken -------------------------


def test_a_bundle_of_too_many_records_is_refused_unread_and_is_not_broken() -> None:
    world = World().journey()
    held = world.bundle(ITEM) | {"records": [{"document": {}, "proof": None}] * 20_001}
    for refused in (lambda: run(world, held), lambda: bundle.parse(bundle.format(held))):
        with pytest.raises(errors.BundleTooLarge) as caught:
            refused()
        assert caught.value.extra == {"limit": 20_000}


def test_the_bound_is_the_readers_to_raise_or_lower() -> None:
    world = World().journey()
    held, count = world.bundle(ITEM), records(world)
    result = bundle.check(held, world.trust, now=world.clock, most_records=count)
    assert result.verdict is Verdict.RECORDS_CHECK_OUT
    with pytest.raises(errors.BundleTooLarge):
        bundle.check(held, world.trust, now=world.clock, most_records=count - 1)


def test_the_command_says_too_large_and_how_to_check_it_all_the_same(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    world, file = World().journey(), tmp_path / "bundle.json"
    file.write_bytes(bundle.format(world.bundle(ITEM)))
    bound = ["--most-records", str(records(world) - 1)]
    assert __main__.main([str(file), *bound]) == 3
    shown = capsys.readouterr()
    assert shown.out.splitlines() == ["TOO_LARGE"]
    assert "--most-records" in shown.err
    assert __main__.main([str(file), "--most-records", str(records(world))]) == 0
