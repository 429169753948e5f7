"""Company prefixes: products, items, lots and units have numbers of one's own, or by leave."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest

from provenance.core import gs1
from provenance.core.check.result import Verdict
from provenance.core.record.state import PartyState
from provenance.core.record.vocabulary import Act
from tests import cast
from tests.cast import ITEM, LICENCE, LOT, PALLET, RIGHT, Actor, a_licence
from tests.core.check.checking import codes, run
from tests.core.record.acting import attempt, verdict
from tests.core.record.test_claims import NEWCOMER, claim
from tests.world import World

NEW = gs1.make_gtin("952000", 77)
THING = cast.item("N1", NEW)


def prefixes(world: World, who: Actor, *own: str) -> None:
    """The registrar says that these prefixes are the party's."""
    name, country, roles = next(
        cast.PARTIES[name] for name, actor in world.everybody.items() if actor == who
    )
    said = {"name": name, "country": country, "roles": [*roles], "prefixes": [*own]}
    world.claim(world.registrar, Act.PARTY_REGISTERED, who.uri, **said)


def product(world: World, by: Actor, gtin: str = NEW, rights: Sequence[str] = ()) -> str:
    """Try to register a product: `accepted`, or the code of the refusal."""
    members = cast.a_product(by, rights=[*rights])
    uri = gs1.product_uri(gtin)
    return verdict(
        world, world.read(world.claim_document(by, Act.PRODUCT_REGISTERED, uri, **members))
    )


def licensed(**licence: Any) -> World:
    """A world in which the factory has no prefix, and a licence of the maker's right."""
    world = World()
    world.protect()
    world.claim(world.maker, Act.LICENCE_GRANTED, RIGHT, **a_licence(world.factory, **licence))
    prefixes(world, world.factory)
    return world


@pytest.mark.parametrize(
    ("own", "expected"),
    [
        ((), "foreign-prefix"),
        (("952001",), "foreign-prefix"),
        (("0952000",), "foreign-prefix"),
        (("952000000077",), "accepted"),
        (("952001", "9520"), "accepted"),
    ],
    ids=str,
)
def test_a_product_has_a_gtin_of_its_owners_prefix(own: tuple[str, ...], expected: str) -> None:
    world = World()
    prefixes(world, world.mallory, *own)
    assert product(world, world.mallory) == expected


def test_a_gtin_8_is_a_number_of_its_own() -> None:
    world, short = World(), "00000095200019"
    prefixes(world, world.mallory, "000009520002")
    assert product(world, world.mallory, short) == "foreign-prefix"
    prefixes(world, world.mallory, "000009520001")
    assert product(world, world.mallory, short) == "accepted"


@pytest.mark.parametrize("unit", [PALLET, gs1.sscc_uri(gs1.make_sscc("952000", 9, 5))])
def test_a_logistic_unit_has_an_sscc_of_its_makers_prefix(unit: str) -> None:
    world = World()
    prefixes(world, world.mallory, "952001")
    assert attempt(world, world.mallory, Act.COMMISSION, unit) == "foreign-prefix"
    prefixes(world, world.mallory, "952000")
    assert attempt(world, world.mallory, Act.COMMISSION, unit) == "accepted"


@pytest.mark.parametrize("goods", [ITEM, {LOT: 5}], ids=["item", "lot"])
def test_a_prefix_that_is_withdrawn_ends_what_may_be_made(goods: Any) -> None:
    world = World()
    assert attempt(world, world.maker, Act.COMMISSION, cast.item("BEFORE")) == "accepted"
    prefixes(world, world.maker)
    assert attempt(world, world.maker, Act.COMMISSION, goods) == "foreign-prefix"
    outputs = {"outputs": {ITEM: 1}}
    transform = attempt(world, world.maker, Act.TRANSFORM, cast.item("BEFORE"), **outputs)
    assert transform == "foreign-prefix"
    assert attempt(world, world.maker, Act.SELL, cast.item("BEFORE")) == "accepted"


def test_a_licensee_makes_the_brand_owners_product_without_a_prefix() -> None:
    world = licensed()
    thing = cast.item("B1", cast.BRANDED)
    assert attempt(world, world.factory, Act.COMMISSION, thing) == "accepted"
    assert run(world, subject=thing).verdict is Verdict.RECORDS_CHECK_OUT


def test_a_licence_that_names_the_gtin_is_leave_to_register_it() -> None:
    assert product(licensed(), World.factory, rights=[RIGHT]) == "foreign-prefix"
    other = licensed(products=[gs1.product_uri(cast.GTIN)])
    assert product(other, World.factory, rights=[RIGHT]) == "not-licensed"
    world = licensed(products=[gs1.product_uri(NEW)])
    assert product(world, World.factory) == "foreign-prefix"
    assert product(world, World.factory, rights=[RIGHT]) == "accepted"
    assert attempt(world, world.factory, Act.COMMISSION, THING) == "accepted"
    assert run(world, subject=THING).verdict is Verdict.RECORDS_CHECK_OUT


def test_leave_is_the_prefix_holders_to_give() -> None:
    world = licensed(products=[gs1.product_uri(NEW)])
    prefixes(world, world.maker, "952009")
    assert product(world, world.factory, rights=[RIGHT]) == "foreign-prefix"


def test_leave_that_ended_before_needs_a_check_however_the_event_is_dated() -> None:
    world = licensed(products=[gs1.product_uri(NEW)])
    assert product(world, world.factory, rights=[RIGHT]) == "accepted"
    general = a_licence(world.factory, licence=LICENCE[:-1] + "9")
    world.claim(world.maker, Act.LICENCE_GRANTED, RIGHT, **general)
    today = world.tick().date().isoformat()
    world.claim(world.maker, Act.LICENCE_REVOKED, RIGHT, licence=LICENCE, effectiveFrom=today)
    assert attempt(world, world.factory, Act.COMMISSION, THING) == "foreign-prefix"
    yesterday = world.clock.replace(day=world.clock.day - 1)
    world.act(world.factory, Act.COMMISSION, THING, time=yesterday)
    assert codes(run(world, subject=THING)) >= {"licence-ended-before-recorded"}


@pytest.mark.parametrize("subject", [ITEM, LOT, PALLET, gs1.product_uri(NEW)])
def test_a_bundle_of_a_squatted_number_is_broken(subject: str) -> None:
    """A world asks no rule: what capture would have refused is refused again by the check."""
    world = World()
    prefixes(world, world.maker, "952001")
    if subject == gs1.product_uri(NEW):
        members = cast.a_product(world.maker)
        world.claim(world.maker, Act.PRODUCT_REGISTERED, subject, **members)
    else:
        world.act(world.maker, Act.COMMISSION, {subject: 1})
    result = run(world, subject=subject)
    assert (result.verdict, codes(result)) == (Verdict.BROKEN_RECORD, {"foreign-prefix"})


def test_a_party_is_amended_by_the_registrar_and_keeps_its_keys() -> None:
    world, uri = World(), World.carrier.uri
    changed = {"name": "Grey Heron", "roles": ["warehouse"], "prefixes": ["9520003", "952001"]}
    assert claim(world, world.carrier, Act.PARTY_REGISTERED, uri, **changed) == "not-permitted"
    before = world.states[uri]
    assert claim(world, world.registrar, Act.PARTY_REGISTERED, uri, **changed) == "accepted"
    state = world.states[uri]
    assert isinstance(before, PartyState)
    assert isinstance(state, PartyState)
    assert (state.name, state.roles) == ("Grey Heron", ("warehouse",))
    assert (state.prefixes, state.genesis) == (("9520003", "952001"), before.genesis)


@pytest.mark.parametrize(
    ("prefixes", "expected"),
    [
        (["9520"], "accepted"),
        (["952000123456"], "accepted"),
        (["952"], "bad-identifier"),
        (["9520001234567"], "bad-identifier"),
        (["952O"], "bad-identifier"),
        (["９５２０"], "bad-identifier"),
        (["9520", "9520"], "malformed"),
        ([9520], "malformed"),
        ("9520", "malformed"),
    ],
    ids=str,
)
def test_a_company_prefix_has_4_to_12_digits(prefixes: Any, expected: str) -> None:
    world, act = World(), Act.PARTY_REGISTERED
    assert claim(world, world.registrar, act, NEWCOMER.uri, prefixes=prefixes) == expected


def test_a_leave_that_ended_on_record_needs_a_check_though_the_right_may_be_used() -> None:
    world = licensed(products=[gs1.product_uri(NEW)])
    other = a_licence(world.factory, licence=LICENCE[:-1] + "9", products=[])
    world.claim(world.maker, Act.LICENCE_GRANTED, RIGHT, **other)
    members = cast.a_product(world.factory, rights=[RIGHT])
    world.claim(world.factory, Act.PRODUCT_REGISTERED, gs1.product_uri(NEW), **members)
    today = world.tick(timedelta(days=3))
    ended = {"licence": LICENCE, "effectiveFrom": today.date().isoformat()}
    world.claim(world.maker, Act.LICENCE_REVOKED, RIGHT, **ended)
    world.act(world.factory, Act.COMMISSION, THING, place=cast.CN, time=today - timedelta(days=1))
    assert codes(run(world, subject=THING)) == {"licence-ended-before-recorded"}
