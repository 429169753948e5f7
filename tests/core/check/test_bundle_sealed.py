"""Bundles of sealed items: each proves its own item's record, names no other item, and is
broken where an opening does not fit.
"""

import copy
from collections.abc import Callable
from typing import Any

import pytest

from provenance.core import gs1
from provenance.core.check import bundle
from provenance.core.check.loop import LoopState
from provenance.core.check.result import Verdict
from provenance.core.epcis.vocabulary import Outcome, Procedure
from provenance.core.record import compose, sealed, sealed_json
from provenance.core.record.event import Customs
from provenance.core.record.sealed import Member
from provenance.core.record.state import GoodsState
from provenance.core.record.vocabulary import Act
from tests.cast import BRANDED, CHINA, DUTCH, NL, PALLET, item
from tests.core.check.checking import codes, failed, run
from tests.core.record import sealing
from tests.world import World

ITEMS = [item(f"N{number:03}") for number in range(1000)]
FEW = ITEMS[:20]
SOLD, LEFT = FEW[:10], FEW[10:]
DECLARATION, DESPATCH, SEAL = "DECL-7731", "ASN-7732", "SEAL-7733"
CLEARED = Customs(Procedure.IMPORT, Outcome.CLEARED, "NLRTM", DECLARATION, seals=(SEAL,))


def text(held: dict[str, Any]) -> str:
    return bundle.format(held).decode()


def named(held: dict[str, Any]) -> set[str]:
    """The items that a bundle names, anywhere in it."""
    written = text(held)
    return {uri for uri in ITEMS if f'"{uri}"' in written}


def travelled() -> World:
    """Twenty items, made, packed, shipped and unpacked together; ten sold together."""
    world = World()
    world.act(world.maker, Act.COMMISSION, FEW, **CHINA)
    world.act(world.maker, Act.COMMISSION, PALLET, **CHINA)
    world.act(world.maker, Act.PACK, FEW, parent=PALLET, **CHINA)
    world.hand_over(world.maker, world.carrier, PALLET, reference=DESPATCH, **CHINA)
    world.checkpoint(world.customs_cn, PALLET, "export", **CHINA)
    world.act(world.customs_nl, Act.CHECKPOINT, PALLET, customs=CLEARED, **DUTCH)
    world.hand_over(world.carrier, world.retailer, PALLET, **DUTCH)
    world.act(world.retailer, Act.UNPACK, FEW, parent=PALLET, **DUTCH)
    world.act(world.retailer, Act.SELL, SOLD, **DUTCH)
    return world


WORLD = travelled()


# --- green, small and silent --------------------------------------------------------


def test_an_item_of_a_thousand_has_a_bundle_of_its_own() -> None:
    batch, alone = World(), World()
    batch.act(batch.maker, Act.COMMISSION, ITEMS)
    alone.act(alone.maker, Act.COMMISSION, ITEMS[:1])
    for uri in (ITEMS[0], ITEMS[511], ITEMS[999]):
        held = batch.bundle(uri)
        assert run(batch, held, subject=uri).verdict is Verdict.RECORDS_CHECK_OUT
        assert named(held) == {uri}
        larger = len(bundle.format(held)) - len(bundle.format(alone.bundle(ITEMS[0])))
        assert larger <= 2_000


def test_a_bundle_grows_with_the_height_of_the_tree() -> None:
    sizes = []
    for count in (2, 4, 8, 16, 256, 512):
        world = World()
        world.act(world.maker, Act.COMMISSION, ITEMS[:count])
        (entry,) = (e for e in world.bundle(ITEMS[0])["records"] if "openings" in e)
        sizes.append(len(entry["openings"][0]["path"]))
    assert sizes == [1, 2, 3, 4, 8, 9]


@pytest.mark.parametrize("uri", [SOLD[0], SOLD[9]])
def test_sealed_items_that_travelled_together_check_each_by_itself(uri: str) -> None:
    held = WORLD.bundle(uri)
    result = run(WORLD, held, subject=uri)
    assert result.verdict is Verdict.RECORDS_CHECK_OUT
    assert result.loop is not None
    assert result.loop.state is LoopState.CLOSED
    assert named(held) == {uri}
    for secret in (DECLARATION, DESPATCH, SEAL):
        assert secret not in text(held)
    acts = [entry.event.act for entry in result.history]
    assert acts[:3] == [Act.COMMISSION, Act.PACK, Act.HAND_OVER]
    assert acts[-2:] == [Act.UNPACK, Act.SELL]
    assert len(acts) == 10


def test_items_that_were_packed_each_by_itself_do_not_name_each_other() -> None:
    world = World()
    for uri in (PALLET, *FEW[:3]):
        world.act(world.maker, Act.COMMISSION, uri)
    for uri in FEW[:3]:
        world.act(world.maker, Act.PACK, uri, parent=PALLET)
    for uri in FEW[:3]:
        held = world.bundle(uri)
        assert run(world, held, subject=uri).verdict is Verdict.RECORDS_CHECK_OUT
        assert named(held) == {uri}
    assert named(world.bundle(PALLET)) == set()


def test_the_sale_of_others_is_in_no_bundle_of_an_item() -> None:
    uri = LEFT[0]
    result = run(WORLD, subject=uri)
    assert result.verdict is Verdict.RECORDS_CHECK_OUT
    assert Act.SELL not in [entry.event.act for entry in result.history]
    before = WORLD.bundle(SOLD[0])
    world = copy.deepcopy(WORLD)
    world.act(world.retailer, Act.SELL, LEFT, place=NL)
    after = world.bundle(SOLD[0])
    documents = [[entry["document"] for entry in held["records"]] for held in (before, after)]
    assert documents[0] == documents[1]
    sale = [entry.event.act for entry in run(world, subject=uri).history][-1]
    assert sale is Act.SELL


def test_a_bundle_without_the_opening_of_its_item_proves_nothing_of_it() -> None:
    held = WORLD.bundle(SOLD[0])
    for entry in held["records"]:
        entry.pop("openings", None)
    assert failed(run(WORLD, held))[0] == 3
    assert failed(run(WORLD, held | {"subject": LEFT[0]}))[0] == 3
    assert failed(run(WORLD, WORLD.bundle(SOLD[0]) | {"subject": LEFT[0]}))[0] == 3


# --- a unit, for strangers and for its parties --------------------------------------


def contents_of(world: World, held: dict[str, Any]) -> int:
    """The number of goods in the unit."""
    result = run(world, held, subject=PALLET)
    assert result.verdict is Verdict.RECORDS_CHECK_OUT
    state = result.state
    assert isinstance(state, GoodsState)
    return int(state.contents)


def test_a_unit_counts_what_is_in_it_though_nothing_of_it_is_opened() -> None:
    world = World()
    world.act(world.maker, Act.COMMISSION, FEW)
    world.act(world.maker, Act.COMMISSION, PALLET)
    world.act(world.maker, Act.PACK, FEW, parent=PALLET)
    assert contents_of(world, world.bundle(PALLET)) == 20
    world.act(world.maker, Act.UNPACK, SOLD, parent=PALLET)
    assert contents_of(world, world.bundle(PALLET)) == 10
    assert contents_of(world, world.bundle(PALLET, whole=True)) == 10
    assert named(world.bundle(PALLET)) == set()
    world.act(world.maker, Act.UNPACK, LEFT, parent=PALLET)
    assert contents_of(world, world.bundle(PALLET)) == 0


def test_a_party_of_a_unit_gets_all_that_its_events_seal() -> None:
    held = WORLD.bundle(PALLET, whole=True)
    result = run(WORLD, held, subject=PALLET)
    assert result.verdict is Verdict.RECORDS_CHECK_OUT
    assert named(held) == set(FEW)
    packed = next(entry.event for entry in result.history if entry.event.act is Act.PACK)
    assert packed.goods.subjects == dict.fromkeys(FEW, 1)
    members = [entry.event.members for entry in result.history if entry.event.members]
    assert members[0][Member.TRANSACTIONS][0]["bizTransaction"].endswith(DESPATCH)
    assert members[-1] == {Member.DECLARATION: DECLARATION, Member.SEALS: [SEAL]}


# --- transformations and corrections ------------------------------------------------


def test_both_sides_of_a_sealed_transformation_have_bundles_of_their_own() -> None:
    world = World()
    inputs, outputs = FEW[:8], FEW[8:]
    world.act(world.maker, Act.COMMISSION, inputs)
    world.act(world.maker, Act.TRANSFORM, inputs, outputs=dict.fromkeys(outputs, 1))
    world.act(world.maker, Act.SELL, outputs)
    for uri, verdict in ((inputs[3], Verdict.ENDED), (outputs[5], Verdict.RECORDS_CHECK_OUT)):
        held = world.bundle(uri)
        assert run(world, held, subject=uri).verdict is verdict
        assert named(held) == {uri}
    history = run(world, subject=outputs[5]).history
    assert [entry.event.act for entry in history] == [Act.TRANSFORM, Act.SELL]
    assert history[0].event.goods.outputs == {outputs[5]: 1}
    assert history[0].event.goods.unopened == 19


def test_an_input_cannot_pass_for_an_output() -> None:
    world = World()
    world.act(world.maker, Act.COMMISSION, FEW[:2])
    world.act(world.maker, Act.TRANSFORM, FEW[:2], outputs={FEW[2]: 1, FEW[3]: 1})
    held = world.bundle(FEW[0])
    (opening,) = held["records"][-1]["openings"]
    opening["link"]["role"] = "output"
    assert failed(run(world, held, subject=FEW[0])) == (0, "bad-opening")


def test_a_correction_seals_the_same_items_under_a_fresh_seed() -> None:
    world = World()
    world.act(world.maker, Act.COMMISSION, FEW, reference=DESPATCH)
    wrong = world.events[-1]
    body = wrong.document["credentialSubject"]
    world.act(world.maker, Act.CORRECT, FEW, corrects=body, repeats=wrong.members)
    (first, second) = (event.document for event in world.events[-2:])
    assert second["credentialSubject"]["eventID"] == body["eventID"]
    seals = [world.contents(document) for document in (first, second)]
    assert seals[0] is not None
    assert seals[1] is not None
    assert seals[0].seed != seals[1].seed
    assert seals[0].members == seals[1].members
    assert [link.link.position for link in seals[1].links] == [1] * 20
    result = run(world, subject=FEW[4])
    assert result.verdict is Verdict.CHECK_NEEDED
    assert codes(result) == {"corrected"}
    assert [entry.corrected for entry in result.history] == [True, False]
    assert named(world.bundle(FEW[4])) == {FEW[4]}


def test_a_corrected_transformation_keeps_its_sides() -> None:
    world = World()
    outputs = dict.fromkeys(FEW[2:4], 1)
    world.act(world.maker, Act.COMMISSION, FEW[:2])
    world.act(world.maker, Act.TRANSFORM, FEW[:2], outputs=outputs)
    body = world.documents[-1]["credentialSubject"]
    world.act(world.maker, Act.CORRECT, FEW[:2], outputs=outputs, corrects=body)
    for uri in FEW[:4]:
        assert codes(run(world, subject=uri)) == {"corrected"}


# --- broken at step 0 ---------------------------------------------------------------


ALONE = World()
ALONE.act(ALONE.maker, Act.COMMISSION, FEW, reference=DESPATCH)
ALONE.act(ALONE.maker, Act.OBSERVE, FEW)
CUPS = {"epcClass": gs1.product_uri(BRANDED), "quantity": 20}
Change = Callable[[dict[str, Any]], object]


def opening(entry: dict[str, Any], **members: Any) -> None:
    entry["openings"][0] |= members


def link(entry: dict[str, Any], **members: Any) -> None:
    entry["openings"][0]["link"] |= members


def seal(entry: dict[str, Any], **members: Any) -> None:
    resign(entry, sealed=entry["document"]["sealed"] | members)


def body(entry: dict[str, Any], **members: Any) -> None:
    resign(entry, credentialSubject=entry["document"]["credentialSubject"] | members)


def resign(entry: dict[str, Any], **members: Any) -> None:
    document = entry["document"] | members
    unsigned = {name: value for name, value in document.items() if name != "proof"}
    entry["document"] = compose.sign(unsigned, ALONE.maker.private)


def of(event: int, index: int) -> dict[str, Any]:
    """The opening of a leaf of the first or second event."""
    contents = ALONE.contents(ALONE.documents[event - 2])
    assert contents is not None
    return sealed_json.write_openings(sealed.openings(contents))[index]


def same_salt(entry: dict[str, Any]) -> None:
    contents = ALONE.contents(entry["document"])
    assert contents is not None
    leaves = contents.leaves
    signed, shown = sealing.forged(entry["document"], leaves, [bytes(16)] * len(leaves))
    entry["openings"] = sealed_json.write_openings(shown[:2])
    resign(entry, sealed=signed["sealed"])


def twice(entry: dict[str, Any]) -> None:
    contents = ALONE.contents(entry["document"])
    assert contents is not None
    links = contents.links[:1] * 2 + contents.links[2:]
    signed, shown = sealing.forged(entry["document"], [*links, *contents.members])
    entry["openings"] = sealed_json.write_openings(shown[:2])
    resign(entry, sealed=signed["sealed"])


BROKEN: dict[str, tuple[Change, str]] = {
    "another root": (lambda entry: seal(entry, root="0" * 64), "bad-opening"),
    "another count": (lambda entry: seal(entry, count=19), "bad-opening"),
    "1,025 links": (lambda entry: seal(entry, count=1025), "bad-opening"),
    "another number of members": (lambda entry: seal(entry, members=16), "bad-opening"),
    "17 members": (lambda entry: seal(entry, members=17), "bad-opening"),
    "nothing sealed": (lambda entry: entry["document"].pop("sealed"), "bad-opening"),
    "a class that is not counted": (lambda entry: body(entry, quantityList=[CUPS]), "bad-opening"),
    "an item in clear": (lambda entry: body(entry, epcList=[FEW[0]]), "unsealed-items"),
    "all items in clear": (
        lambda entry: body(entry, epcList=FEW, quantityList=[]),
        "unsealed-items",
    ),
    "a member in clear": (lambda entry: body(entry, bizTransactionList=[]), "unsealed-member"),
    "another item": (lambda entry: link(entry, subject=ITEMS[900]), "bad-opening"),
    "another position": (lambda entry: link(entry, position=1, previous="0" * 64), "bad-opening"),
    "a position without a digest": (lambda entry: link(entry, position=1), "malformed"),
    "another index": (lambda entry: opening(entry, index=1), "bad-opening"),
    "another salt": (lambda entry: opening(entry, salt="0" * 32), "bad-opening"),
    "an opening for another event": (
        lambda entry: entry.update(openings=[of(1, 0)]),
        "bad-opening",
    ),
    "a path of another leaf": (lambda entry: opening(entry, path=of(0, 1)["path"]), "bad-opening"),
    "a path too short": (lambda entry: entry["openings"][0]["path"].pop(), "bad-opening"),
    "a path too long": (lambda entry: entry["openings"][0]["path"].append("0" * 64), "bad-opening"),
    "a path beyond all": (lambda entry: opening(entry, path=["0" * 64] * 12), "bad-opening"),
    "a leaf twice": (lambda entry: entry["openings"].append(of(0, 0)), "bad-opening"),
    "a salt twice": (same_salt, "bad-opening"),
    "an item twice": (twice, "bad-opening"),
    "a member as a link": (
        lambda entry: entry.update(openings=[of(0, 20) | {"index": 0}]),
        "bad-opening",
    ),
    "a seed beside": (lambda entry: opening(entry, seed="0" * 64), "bad-opening"),
    "no list": (lambda entry: entry.update(openings={}), "bad-opening"),
    "null": (lambda entry: entry.update(openings=None), "bad-opening"),
}


@pytest.mark.parametrize("name", BROKEN)
def test_an_opening_that_does_not_fit_breaks_the_record(name: str) -> None:
    change, expected = BROKEN[name]
    held = copy.deepcopy(ALONE.bundle(FEW[0]))
    assert run(ALONE, held, subject=FEW[0]).verdict is Verdict.RECORDS_CHECK_OUT
    change(held["records"][-2])
    assert failed(run(ALONE, held, subject=FEW[0])) == (0, expected)


# --- not shown ----------------------------------------------------------------------


def test_an_unpacking_whose_opening_was_left_out_leaves_the_item_packed() -> None:
    """What docs/format.md says of later events left out: no proof shows otherwise."""
    held = WORLD.bundle(LEFT[0])
    unpacking = next(
        entry
        for entry in held["records"]
        if entry["document"]["credentialSubject"].get("bizStep") == "unpacking"
    )
    del unpacking["openings"]
    result = run(WORLD, held, subject=LEFT[0])
    own = [entry.event.act for entry in result.history if entry.chain == LEFT[0]]
    assert own == [Act.COMMISSION, Act.PACK]
    assert result.verdict is Verdict.RECORDS_CHECK_OUT
