"""Views of sealed events: each opened item and member in its place, and the signed event as it
was.
"""

import copy
from decimal import Decimal

import pytest

from provenance.core import gs1
from provenance.core.epcis.vocabulary import Outcome, Procedure
from provenance.core.record import sealed, view
from provenance.core.record.event import Customs
from provenance.core.record.sealed import Member, Opened, SealedMember
from provenance.core.record.vocabulary import Act
from tests.cast import BRANDED, GTIN, LOT, NL, PALLET, item
from tests.core.record.sealing import CUPS, ITEMS, TEAS, code, event
from tests.world import World

TEA, CUP = gs1.product_uri(GTIN), gs1.product_uri(BRANDED)
OUTPUTS = {item("OUT1"): 1, item("OUT2"): 1}


def whole(contents: sealed.Contents) -> Opened:
    return sealed.open_all(contents.tree[0], contents)


def test_a_full_view_names_every_item_and_counts_none() -> None:
    document, contents = event(subjects={PALLET: 1, LOT: Decimal(7), **dict.fromkeys(ITEMS, 1)})
    signed = copy.deepcopy(document["credentialSubject"])
    seen = view.full(signed, whole(contents))
    assert signed == document["credentialSubject"]
    assert seen["epcList"] == [PALLET, *sorted(ITEMS)]
    assert seen["quantityList"] == [{"epcClass": LOT, "quantity": 7}]
    assert seen["bizTransactionList"] == contents.members[0].value
    assert seen["eventID"] == signed["eventID"]


def test_a_view_in_part_counts_the_rest() -> None:
    document, contents = event()
    shown = [link for link in contents.links if link.link.subject in (*CUPS, TEAS[1])]
    seen = view.full(document["credentialSubject"], Opened(tuple(shown)))
    assert seen["epcList"] == sorted([*CUPS, TEAS[1]])
    assert seen["quantityList"] == [{"epcClass": TEA, "quantity": 2}]
    assert "bizTransactionList" not in seen
    assert view.full(document["credentialSubject"], Opened()) == document["credentialSubject"]


def test_both_sides_of_a_transformation_are_seen() -> None:
    document, contents = event(kind=Act.TRANSFORM, outputs=OUTPUTS)
    seen = view.full(document["credentialSubject"], whole(contents))
    assert (seen["inputEPCList"], seen["outputEPCList"]) == (sorted(ITEMS), sorted(OUTPUTS))
    assert not {"inputQuantityList", "outputQuantityList"} & seen.keys()


def test_children_are_seen_in_their_unit() -> None:
    document, contents = event(kind=Act.PACK, parent=PALLET)
    seen = view.full(document["credentialSubject"], whole(contents))
    assert seen["childEPCs"] == sorted(ITEMS)
    assert "childQuantityList" not in seen


def test_declaration_and_seals_stand_in_the_customs_block() -> None:
    world = World()
    customs = Customs(Procedure.IMPORT, Outcome.CLEARED, "NLRTM", "DECL-7", seals=("S-1",))
    act = world.document(world.customs_nl, Act.CHECKPOINT, PALLET, place=NL, customs=customs)
    body, contents = act["credentialSubject"], world.contents(act)
    assert contents is not None
    seen = view.full(body, whole(contents))
    assert seen["custos:customs"] == body["custos:customs"] | {
        "declaration": "DECL-7",
        "seals": ["S-1"],
    }
    assert [view.has(seen, member) for member in Member] == [False, True, True]
    assert not any(view.has(body, member) for member in Member)


@pytest.mark.parametrize("block", [..., None, 7, [], "declaration"], ids=str)
def test_a_member_needs_its_place(block: object) -> None:
    body = {} if block is ... else {"custos:customs": block}
    members = [SealedMember(Member.DECLARATION, "7")]
    assert code(lambda: view.with_members(body, members)) == "bad-opening"
    assert not view.has(body, Member.DECLARATION)
