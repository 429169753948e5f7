"""A bundle holds what its subject went through: nothing that a party does elsewhere, or
afterwards, makes it longer (F63).
"""

from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

from provenance.core import __main__, errors
from provenance.core.check import bundle, collect
from provenance.core.check.result import Verdict
from provenance.core.epcis.vocabulary import Outcome, Procedure
from provenance.core.record.event import Customs, SignedEvent
from provenance.core.record.vocabulary import Act
from provenance.core.signing import canonical, keys
from tests import cast
from tests.cast import CN, ITEM, LOT, NL, PALLET, Actor
from tests.core.check.checking import failed, run
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
    roots = tmp_path / "trust.json"
    roots.write_bytes(canonical.serialize(world.trust.to_json()))
    command = [str(file), "--trust", str(roots), "--most-records"]
    assert __main__.main([*command, str(records(world) - 1)]) == 1
    why, answer = capsys.readouterr().out.splitlines()
    assert (why.partition(":")[0], answer) == ("bundle-too-large", "TOO_LARGE")
    assert "--most-records" in why
    assert __main__.main([*command, str(records(world))]) == 0


# --- its lot is a number ------------------------------------------------------------


def test_nothing_that_happens_to_its_lot_is_the_items() -> None:
    """Not even that the lot has a chain, nor to whom it was sold or that it was stopped."""
    world = World()
    world.act(world.maker, Act.COMMISSION, ITEM, lot="L-1")
    alone = world.bundle(ITEM)["records"]
    world.act(world.maker, Act.COMMISSION, {LOT: 400}, expiry="2026-01-01")
    world.act(world.maker, Act.COMMISSION, PALLET)
    world.act(world.maker, Act.PACK, {LOT: 300}, parent=PALLET)
    world.hand_over(world.maker, world.mallory, PALLET, reference="DN-7")
    world.act(world.maker, Act.SELL, {LOT: 99})
    customs = Customs(Procedure.EXPORT, Outcome.HELD)
    world.act(world.customs_cn, Act.CHECKPOINT, {LOT: 1}, customs=customs)
    world.act(world.maker, Act.REPORT_STOLEN, {LOT: 1})
    result = run(world)
    assert (result.verdict, result.reasons) == (Verdict.RECORDS_CHECK_OUT, ())
    assert (result.lot, result.use_by) == ("L-1", "")
    documents = [entry["document"] for entry in world.bundle(ITEM)["records"]]
    assert documents == [entry["document"] for entry in alone]


def test_a_lots_chain_in_the_bundle_of_an_item_is_refused() -> None:
    world = World()
    world.act(world.maker, Act.COMMISSION, ITEM, lot="L-1")
    world.act(world.maker, Act.COMMISSION, {LOT: 400})
    held = world.bundle(ITEM)
    held["records"].append(world.bundle(LOT)["records"][-1])
    assert failed(run(world, held)) == (3, "bad-bundle")


@pytest.mark.parametrize("subject", [ITEM, LOT, PALLET], ids=["of no lot", "a lot", "a unit"])
def test_what_names_no_lot_has_none(subject: str) -> None:
    world = World().journey()
    world.act(world.maker, Act.COMMISSION, {LOT: 100})
    assert run(world, subject=subject).lot == ""


# --- a unit comes with it up to where it left it ------------------------------------


def observe(world: World, uri: str, times: int) -> None:
    for _ in range(times):
        world.act(world.retailer, Act.OBSERVE, uri, place=NL)


def test_what_happens_to_a_unit_after_the_item_left_it_is_not_the_items() -> None:
    world = World().journey()
    before = records(world)
    observe(world, PALLET, 30)
    world.hand_over(world.retailer, world.mallory, PALLET, NL)
    assert records(world) == before
    result = run(world)
    assert result.verdict is Verdict.RECORDS_CHECK_OUT
    assert result.states.get(world.mallory.uri) is None
    assert records(world, PALLET) > before


def test_a_unit_that_still_holds_it_comes_whole() -> None:
    world = World().journey(until=Act.PACK)
    before = records(world)
    world.act(world.maker, Act.OBSERVE, PALLET, place=CN)
    assert records(world) == before + 1
    assert run(world).verdict is Verdict.RECORDS_CHECK_OUT


def test_a_second_ride_needs_the_unit_further() -> None:
    world = World().journey(until=Act.UNPACK)
    observe(world, PALLET, 3)
    world.act(world.retailer, Act.PACK, ITEM, parent=PALLET, place=NL)
    observe(world, PALLET, 2)
    world.act(world.retailer, Act.UNPACK, ITEM, parent=PALLET, place=NL)
    before = records(world)
    observe(world, PALLET, 9)
    assert records(world) == before
    assert run(world).verdict is Verdict.RECORDS_CHECK_OUT


def test_an_event_of_the_unit_afterwards_that_is_also_the_items_stays_the_items() -> None:
    """It moves both, and of the unit only what came before it left is asked for."""
    world = World().journey(until=Act.UNPACK)
    observe(world, PALLET, 2)
    world.hand_over(world.retailer, world.carrier, [ITEM, PALLET], NL)
    result = run(world)
    assert result.verdict is Verdict.RECORDS_CHECK_OUT
    assert [entry.event.act for entry in result.history][-2:] == [Act.HAND_OVER, Act.ACCEPT]


def test_parts_of_a_lot_keep_their_unit_until_the_last_is_out() -> None:
    world, lot = World(), World.lot("L-7")
    world.act(world.maker, Act.COMMISSION, {lot: 100})
    world.act(world.maker, Act.COMMISSION, PALLET)
    world.act(world.maker, Act.PACK, {lot: 60}, parent=PALLET)
    world.act(world.maker, Act.UNPACK, {lot: 20}, parent=PALLET)
    before = records(world, lot)
    world.act(world.maker, Act.OBSERVE, PALLET)
    assert records(world, lot) == before + 1
    world.act(world.maker, Act.UNPACK, {lot: 40}, parent=PALLET)
    before = records(world, lot)
    world.act(world.maker, Act.OBSERVE, PALLET)
    assert records(world, lot) == before
    assert run(world, subject=lot).verdict is Verdict.RECORDS_CHECK_OUT


@pytest.mark.parametrize("cut", ["before the item left", "after it"])
def test_a_unit_is_there_up_to_that_event_and_no_further(cut: str) -> None:
    world = World().journey()
    observe(world, PALLET, 1)
    held, unit = world.bundle(ITEM), world.bundle(PALLET)
    if cut == "after it":
        held["records"].append(unit["records"][-1])
        assert failed(run(world, held)) == (3, "bad-bundle")
        return
    accepted = next(e for e in world.events if e.act is Act.ACCEPT)
    held["records"] = [r for r in held["records"] if r["document"] != accepted.document]
    assert failed(run(world, held)) == (3, "broken-link")


def test_units_within_units_are_followed_in_as_many_questions_as_they_are_deep() -> None:
    """No event is asked for twice, however often a unit is needed a little further."""
    world, asked = World(), list[int]()
    world.act(world.maker, Act.COMMISSION, ITEM)
    inner = ITEM
    for number in range(30, 60):
        unit = World.unit(number)
        world.act(world.maker, Act.COMMISSION, unit)
        world.act(world.maker, Act.PACK, inner, parent=unit)
        inner = unit

    def load(spans: Mapping[str, collect.Span]) -> Mapping[str, Sequence[SignedEvent]]:
        loaded = world.chains(spans)
        asked.append(sum(map(len, loaded.values())))
        return loaded

    chains = collect.chains(ITEM, load)
    assert sum(asked) == sum(map(len, chains.values()))
