"""Which chains a check needs: no fewer, no more, and each asked for once."""

from collections.abc import Mapping

import pytest

from provenance.core import gs1
from provenance.core.check import bundle, collect
from provenance.core.check.collect import Entry
from provenance.core.check.result import Verdict
from provenance.core.record.event import SignedEvent
from provenance.core.record.vocabulary import Act
from tests.cast import BRANDED, GTIN, ITEM, LOT, PALLET, RIGHT, a_licence, key_uri
from tests.world import World


class Shelf:
    """The chains of a world, and what was asked of them."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.asked: list[list[str]] = []

    def load(self, spans: Mapping[str, collect.Span]) -> dict[str, list[SignedEvent]]:
        self.asked.append(list(spans))
        return self.world.chains(spans)


def collected(world: World, subject: str) -> set[str]:
    """The subjects of the chains that a check needs, and that exist."""
    return {uri for uri, events in collect.chains(subject, world.chains).items() if events}


def parties(world: World, *names: str) -> set[str]:
    return {getattr(world, name).uri for name in names} | {world.registrar.uri}


def keys_of(world: World, *names: str) -> set[str]:
    return {key_uri(getattr(world, name).private) for name in names}


def test_an_item_needs_its_product_its_units_and_everybody_who_signed() -> None:
    world = World().journey()
    signers = ("maker", "carrier", "retailer", "customs_cn", "customs_nl")
    everybody = parties(world, *signers) | keys_of(world, *signers)
    product = gs1.product_uri(GTIN)
    assert collected(world, ITEM) == {ITEM, PALLET, product} | everybody
    assert world.mallory.uri not in collected(world, ITEM)


def test_a_unit_needs_who_handled_it_and_not_what_is_in_it() -> None:
    world = World().journey()
    assert ITEM not in collected(world, PALLET)
    assert gs1.product_uri(GTIN) not in collected(world, PALLET)


def test_neither_an_item_nor_its_lot_needs_the_other() -> None:
    world = World().journey(lot="L-1")
    world.act(world.maker, Act.COMMISSION, {LOT: 100})
    assert LOT not in collected(world, ITEM)
    assert ITEM not in collected(world, LOT)


def test_a_product_needs_its_rights_and_these_their_owners_and_licensees() -> None:
    world = World()
    world.protect()
    world.claim(world.maker, Act.LICENCE_GRANTED, RIGHT, **a_licence(world.retailer))
    assigned = {"newOwner": world.carrier.uri, "effectiveFrom": "2030-01-01"}
    world.claim(world.maker, Act.RIGHT_ASSIGNED, RIGHT, **assigned)
    item = World.item("1", BRANDED)
    world.act(world.maker, Act.COMMISSION, item)
    everything = {item, gs1.product_uri(BRANDED), RIGHT} | keys_of(world, "maker")
    assert collected(world, item) == everything | parties(world, "maker", "carrier", "retailer")
    result = bundle.check(world.bundle(item), world.trust, now=world.clock)
    assert result.verdict is Verdict.RECORDS_CHECK_OUT


def test_a_party_needs_the_registrar() -> None:
    world = World()
    assert collected(world, world.maker.uri) == parties(world, "maker")
    assert collected(world, world.registrar.uri) == {world.registrar.uri}


def test_a_handoff_needs_the_receiver_though_it_never_answered() -> None:
    world = World()
    world.act(world.maker, Act.COMMISSION, ITEM)
    names = {"sender": world.maker.gln, "receiver": world.mallory.gln}
    world.act(world.maker, Act.HAND_OVER, ITEM, **names)
    assert world.mallory.uri in collected(world, ITEM)


def test_nothing_is_asked_for_twice_and_the_number_of_questions_is_the_depth() -> None:
    world = World().journey()
    shelf = Shelf(world)
    collect.chains(ITEM, shelf.load)
    asked = [uri for question in shelf.asked for uri in question]
    assert len(asked) == len(set(asked))
    assert len(shelf.asked) <= 4
    assert all(question == sorted(question) for question in shelf.asked)


def test_what_does_not_exist_is_empty() -> None:
    assert not any(collect.chains(ITEM, lambda _: {}).values())


@pytest.mark.parametrize("form", ["item", "lot", "unit", "product", "party", "right", "key"])
def test_only_the_registrars_key_may_be_needed_and_have_no_chain(form: str) -> None:
    world = World()
    uri = {
        "item": ITEM,
        "lot": World.lot("L"),
        "unit": PALLET,
        "product": gs1.product_uri(GTIN),
        "party": world.maker.uri,
        "right": RIGHT,
        "key": key_uri(world.registrar.private),
    }[form]
    assert collect.may_be_absent(uri) is (form == "key")


def test_two_units_and_the_unit_around_them_all_belong_to_a_lots_check() -> None:
    world = World()
    lot = World.lot("L-1")
    second, outer = (World.unit(n) for n in (2, 3))
    world.act(world.maker, Act.COMMISSION, {lot: 100})
    for unit, amount in ((PALLET, 60), (second, 40)):
        world.act(world.maker, Act.COMMISSION, unit)
        world.act(world.maker, Act.PACK, {lot: amount}, parent=unit)
    world.act(world.maker, Act.COMMISSION, outer)
    world.act(world.maker, Act.PACK, second, parent=outer)
    assert {PALLET, second, outer} <= collected(world, lot)
    result = bundle.check(world.bundle(lot), world.trust, now=world.clock)
    assert result.steps[4].code == ""


def test_a_bundle_names_its_format_its_subject_and_its_roots() -> None:
    world = World()
    document = world.documents[0]
    held = collect.compose(ITEM, [Entry(document, None), Entry(document, "proof")], world.trust)
    assert (held["type"], held["version"], held["subject"]) == ("CustosBundle", "1", ITEM)
    assert held["trustDigest"] == world.trust.digest()
    assert held["records"] == [
        {"document": document, "proof": None},
        {"document": document, "proof": "proof"},
    ]
