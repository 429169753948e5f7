"""Sealed lists and members: leaves, salts and trees as others compute them, and every way in
which openings do not fit their event.
"""

import hashlib
import hmac
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from provenance.core import errors, gs1
from provenance.core.epcis.vocabulary import Outcome, Procedure
from provenance.core.ledger import merkle
from provenance.core.record import sealed
from provenance.core.record.event import Customs, Link
from provenance.core.record.sealed import (
    Commitment,
    Contents,
    Leaf,
    Member,
    Opening,
    SealedLink,
    SealedMember,
    Side,
)
from provenance.core.record.vocabulary import Act
from tests.cast import BRANDED, GTIN, NL, PALLET, item
from tests.core.record import sealing
from tests.core.record.sealing import (
    CUPS,
    ITEMS,
    SEED,
    TEAS,
    code,
    event,
    forged,
    moved_to,
    of_links,
    read,
    with_body,
    with_seal,
)
from tests.world import World

DOCUMENT, CONTENTS = event()
OPENINGS = sealed.openings(CONTENTS)
OTHER, OTHERS = event(subjects=[item(f"X{number}") for number in range(5)], reference="")
LINKS = of_links(*sorted(ITEMS))
DESADV = CONTENTS.members[0]
HEX = st.binary(min_size=32, max_size=32).map(bytes.hex)
SERIALS = st.text(st.sampled_from("AZaz09!\"%&'()*+,-./_:;<=>?"), min_size=1, max_size=20)


# --- as others compute it -----------------------------------------------------------


@st.composite
def links(draw: st.DrawFn) -> SealedLink:
    position = draw(st.integers(0, 2**53 - 1))
    closes = draw(st.none() | HEX) if position else None
    link = Link(
        gs1.item_uri(GTIN, draw(SERIALS)), position, draw(HEX) if position else None, closes
    )
    return SealedLink(link, draw(st.sampled_from([None, *Side])))


@settings(deadline=None)
@given(st.lists(links(), min_size=2, max_size=9, unique_by=lambda each: each.link.subject))
def test_leaves_are_rfc_8785_under_salts_of_hmac(drawn: list[SealedLink]) -> None:
    contents = sealed.seal(SEED, drawn, {Member.SEALS: ["é", "語"]})
    leaves = sorted(drawn, key=lambda each: each.link.subject)
    expected: list[Leaf] = [*leaves, SealedMember(Member.SEALS, ["é", "語"])]
    salts = [
        hmac.new(SEED, b"custos/sealed/v1" + bytes([0, 0, 0, n]), hashlib.sha256).digest()[:16]
        for n in range(len(expected))
    ]
    assert sealed.leaf_hashes(contents) == [
        sealing.leaf_hash(leaf, salt) for leaf, salt in zip(expected, salts, strict=True)
    ]


def test_the_index_of_a_salt_has_four_bytes() -> None:
    assert (
        sealed.salt(SEED, 1023)
        == hmac.new(SEED, b"custos/sealed/v1\x00\x00\x03\xff", "sha256").digest()[:16]
    )


@pytest.mark.parametrize("count", [2, 3, 1023, 1024])
def test_every_leaf_of_a_sealed_list_opens(count: int) -> None:
    contents = sealed.seal(SEED, of_links(*(item(f"N{n}") for n in range(count))))
    commitment, _ = contents.tree
    assert commitment == Commitment(count, 0, merkle.root(sealed.leaf_hashes(contents)).hex())
    shown = sealed.openings(contents)
    assert sealed.open_some(commitment, shown).links == contents.links
    for opening in shown[:: max(1, count // 50)]:
        opened = sealed.open_some(commitment, [opening])
        assert opened.links == (opening.leaf,)


def test_a_seed_has_32_bytes() -> None:
    for seed in (b"", SEED[:31], SEED + b"\0"):
        with pytest.raises(errors.BadOpening):
            _ = replace(CONTENTS, seed=seed).tree


def test_what_is_sealed_is_read_in_whole_and_in_part() -> None:
    whole = read(DOCUMENT, CONTENTS)
    assert whole.goods.subjects == dict.fromkeys(ITEMS, 1)
    assert whole.goods.unopened == 0
    assert whole.members == {Member.TRANSACTIONS: DESADV.value}
    assert [link.subject for link in whole.links] == sorted(ITEMS)
    stranger = read(DOCUMENT)
    assert (stranger.goods.subjects, stranger.goods.unopened, stranger.members) == ({}, 5, {})
    assert stranger.links == ()
    holder = read(DOCUMENT, OPENINGS[3:4])
    assert list(holder.goods.subjects) == [sorted(ITEMS)[3]]
    assert holder.goods.unopened == 4
    assert read(DOCUMENT, OPENINGS) == whole
    assert "ASN-7" not in str(DOCUMENT)
    assert not any(uri in str(DOCUMENT) for uri in ITEMS)


def test_a_single_item_stands_in_clear_and_its_references_do_not() -> None:
    document, contents = event(subjects=TEAS[0])
    assert document["sealed"] == {
        "count": 0,
        "members": 1,
        "root": sealing.leaf_hash(DESADV, sealed.salt(contents.seed, 0)).hex(),
    }
    assert document["credentialSubject"]["epcList"] == [TEAS[0]]
    assert read(document).members == {}
    assert read(document, contents).members == {Member.TRANSACTIONS: DESADV.value}


def test_customs_seals_its_declaration_and_the_numbers_of_its_seals() -> None:
    world = World()
    customs = Customs(
        Procedure.IMPORT, Outcome.CLEARED, "NLRTM", "DECL-7", seals=("SEAL-1", "SEAL-2")
    )
    act = world.document(world.customs_nl, Act.CHECKPOINT, PALLET, place=NL, customs=customs)
    contents = world.contents(act)
    assert contents is not None
    assert "DECL-7" not in str(act)
    assert "SEAL" not in str(act)
    assert read(act).goods.customs == replace(customs, declaration="", seals=())
    assert read(act, contents).goods.customs == customs
    (_, of_seals) = sealed.openings(contents)
    assert read(act, [of_seals]).goods.customs == replace(customs, declaration="")


def test_a_transformation_says_of_each_item_which_side_it_is_on() -> None:
    world = World()
    outputs = {item("OUT"): 1, item("AAA"): 1}
    document, contents = event(world, Act.TRANSFORM, subjects=TEAS, outputs=outputs)
    goods = read(document, contents).goods
    assert (set(goods.subjects), set(goods.outputs)) == (set(TEAS), set(outputs))
    body = document["credentialSubject"]
    product = gs1.product_uri(GTIN)
    assert body["inputQuantityList"] == [{"epcClass": product, "quantity": 3}]
    assert body["outputQuantityList"] == [{"epcClass": product, "quantity": 2}]
    assert [each.role for each in contents.links] == [
        Side.OUTPUT if each.link.subject in outputs else Side.INPUT for each in contents.links
    ]
    assert read(document).goods.unopened == 5
    flipped = [replace(each, role=Side.INPUT) for each in contents.links]
    assert code(lambda: read(document, replace(contents, links=tuple(flipped)))) == "bad-opening"


# --- what an author might seal ------------------------------------------------------


def of_author(
    leaves: Sequence[Any], *, document: dict[str, Any] = DOCUMENT, **seal: Any
) -> tuple[dict[str, Any], Contents]:
    """A document whose root is over these leaves, and the same as contents."""
    signed, _ = forged(document, leaves)
    links_ = tuple(leaf for leaf in leaves if isinstance(leaf, SealedLink))
    members = tuple(leaf for leaf in leaves if isinstance(leaf, SealedMember))
    return with_seal(signed, **seal), Contents(SEED, links_, members)


CLAIM = World().documents[0]
TWICE = of_links(*sorted([*ITEMS[:-1], ITEMS[0]]))
UNIT = of_links(*sorted([*ITEMS[:-1], PALLET]))
PRODUCT = {"epcClass": gs1.product_uri(GTIN), "quantity": 5}
FOUR, CUP = PRODUCT | {"quantity": 4}, {"epcClass": gs1.product_uri(BRANDED), "quantity": 1}
FLOAT, LONG = SealedMember(Member.TRANSACTIONS, [{"n": 0.5}]), [{"x": "y" * 301}]
MANY = of_links(*(item(f"N{number:04}") for number in range(1025)))

AUTHORED: dict[str, tuple[tuple[dict[str, Any], Any], str]] = {
    "honest": (of_author([*LINKS, DESADV]), "read"),
    "another root": ((with_seal(DOCUMENT, root="0" * 64), CONTENTS), "bad-opening"),
    "a count too low": ((with_seal(DOCUMENT, count=4), CONTENTS), "bad-opening"),
    "a count too high": ((with_seal(DOCUMENT, count=6), CONTENTS), "bad-opening"),
    "a member too many": ((with_seal(DOCUMENT, members=2), CONTENTS), "bad-opening"),
    "a link counted as a member": (
        (with_seal(DOCUMENT, count=4, members=2), CONTENTS),
        "bad-opening",
    ),
    "the contents of another event": ((DOCUMENT, OTHERS), "bad-opening"),
    "a seed of another event": ((DOCUMENT, replace(CONTENTS, seed=SEED)), "bad-opening"),
    "a short seed": ((DOCUMENT, replace(CONTENTS, seed=SEED[:31])), "bad-opening"),
    "nothing sealed": ((DOCUMENT, Contents(SEED, (), ())), "bad-opening"),
    "a single link": (of_author(LINKS[:1]), "bad-opening"),
    "an item twice": (of_author([*TWICE, DESADV]), "bad-opening"),
    "in another order": (of_author([*LINKS[::-1], DESADV]), "bad-opening"),
    "a member twice": (of_author([*LINKS, DESADV, DESADV], members=2), "bad-opening"),
    "a unit among items": (of_author([*UNIT, DESADV]), "bad-opening"),
    "no URI of ours": (of_author([*LINKS[:-1], *of_links("x:y"), DESADV]), "bad-identifier"),
    "an item whose class is not counted": (
        (with_body(DOCUMENT, quantityList=[PRODUCT]), CONTENTS),
        "bad-opening",
    ),
    "fewer items of a class, and more of another, than counted": (
        (with_body(DOCUMENT, quantityList=[FOUR, CUP]), CONTENTS),
        "bad-opening",
    ),
    "fewer items of a class than counted": (
        (with_body(DOCUMENT, quantityList=[PRODUCT | {"quantity": 3}]), CONTENTS),
        "bad-opening",
    ),
    "an item in clear too": ((with_body(DOCUMENT, epcList=[TEAS[0]]), CONTENTS), "unsealed-items"),
    "all items in clear": (
        (with_body(DOCUMENT, epcList=ITEMS, quantityList=...), CONTENTS),
        "unsealed-items",
    ),
    "items in clear, and nothing sealed": (
        (
            {
                **with_body(DOCUMENT, epcList=ITEMS[:2], quantityList=...),
                "chain": [{"subject": uri, "position": 0, "previous": None} for uri in ITEMS[:2]],
                "sealed": {"count": 0, "members": 1, "root": "0" * 64},
            },
            (),
        ),
        "unsealed-items",
    ),
    "a sealed link in clear too": (
        (DOCUMENT | {"chain": [{"subject": TEAS[0], "position": 0, "previous": None}]}, CONTENTS),
        "binding-mismatch",
    ),
    "a member in clear too": (
        (with_body(DOCUMENT, bizTransactionList=DESADV.value), CONTENTS),
        "unsealed-member",
    ),
    "a member in clear, and nothing sealed": (
        (with_body(OTHER, bizTransactionList=DESADV.value), OTHERS),
        "unsealed-member",
    ),
    "a declaration in clear": (
        (with_body(OTHER, **{"custos:customs": {"declaration": "7"}}), OTHERS),
        "bad-epcis",
    ),
    "a side, where there are none": (
        of_author([*(replace(link, role=Side.INPUT) for link in LINKS), DESADV]),
        "bad-opening",
    ),
    "a declaration of no customs": (
        of_author([*LINKS, SealedMember(Member.DECLARATION, "7")]),
        "bad-opening",
    ),
    "a fraction": (of_author([*LINKS, FLOAT]), "bad-number"),
    "a text too long": (of_author([*LINKS, SealedMember(DESADV.member, LONG)]), "malformed"),
    "a text that is not clean": (
        of_author([*LINKS, SealedMember(DESADV.member, [{"x": "\u202e"}])]),
        "bad-text",
    ),
    "another type": (of_author([*LINKS, SealedMember(DESADV.member, "ASN-7")]), "bad-epcis"),
    "too many bytes": (
        of_author([*LINKS, SealedMember(DESADV.member, [{"x": "y" * 250}] * 64)]),
        "too-large",
    ),
    "1,025 items": (
        of_author(MANY, document=with_body(OTHER, quantityList=[PRODUCT | {"quantity": 1025}])),
        "too-large",
    ),
    "contents of what seals nothing": (
        ({name: value for name, value in DOCUMENT.items() if name != "sealed"}, CONTENTS),
        "bad-opening",
    ),
    "counted, and not sealed": (
        ({name: value for name, value in OTHER.items() if name != "sealed"}, ()),
        "malformed",
    ),
    "a claim that seals": (
        (World().documents[0] | {"sealed": DOCUMENT["sealed"]}, ()),
        "bad-opening",
    ),
}


@pytest.mark.parametrize("name", AUTHORED)
def test_what_an_author_seals_fits_its_event(name: str) -> None:
    (document, openings), expected = AUTHORED[name]
    assert code(lambda: read(document, openings)) == expected


def test_an_item_is_on_one_side_of_a_transformation() -> None:
    world = World()
    document, contents = event(world, Act.TRANSFORM, subjects=TEAS[:2], outputs={TEAS[2]: 1})
    both = (
        SealedLink(Link(TEAS[0], 1, "0" * 64, "0" * 64), Side.INPUT),
        SealedLink(Link(TEAS[0], 0, None), Side.OUTPUT),
        contents.links[1],
    )
    signed, shown = forged(document, [*both, *contents.members])
    assert code(lambda: read(signed, Contents(SEED, both, contents.members))) == "bad-opening"
    assert code(lambda: read(signed, shown[:2])) == "bad-opening"
    without = tuple(replace(link, role=None) for link in contents.links)
    signed, shown = forged(document, [*without, *contents.members])
    assert code(lambda: read(signed, shown[:1])) == "bad-opening"


# --- what a holder might show -------------------------------------------------------


def shown(document: dict[str, Any], *openings: Opening) -> tuple[dict[str, Any], list[Opening]]:
    return document, [*openings]


def of_member(member: SealedMember) -> tuple[dict[str, Any], Opening]:
    """A document that seals this member, and the opening of it."""
    document, openings = forged(DOCUMENT, [*LINKS, member])
    return document, openings[-1]


FIRST, SECOND, *_, LAST = OPENINGS
SALT = sealed.salt(SEED, 0)
SAME_SALT, SAME_SALTS = forged(DOCUMENT, [*LINKS, DESADV], [SALT] * 6)
REPEATED, REPEATS = forged(DOCUMENT, [*TWICE, DESADV])
UNORDERED, REVERSED = forged(DOCUMENT, [*LINKS[::-1], DESADV])
MIXED, MIXES = forged(DOCUMENT, [DESADV, *LINKS])
TWO_MEMBERS, MEMBERS = forged(with_seal(DOCUMENT, members=2), [*LINKS, DESADV, DESADV])
UNIT_DOCUMENT, UNITS = forged(DOCUMENT, [*UNIT, DESADV])
TEAS_ONLY, TEAS_OR_CUPS = forged(with_body(DOCUMENT, quantityList=[PRODUCT]), [*LINKS, DESADV])
OF_A_TEA, OF_A_CUP = (TEAS_OR_CUPS[LINKS.index(of_links(uri)[0])] for uri in (TEAS[0], CUPS[0]))
OTHER_OPENING = sealed.openings(OTHERS)[0]

SHOWN: dict[str, tuple[tuple[dict[str, Any], list[Opening]], str]] = {
    "an item": (shown(DOCUMENT, FIRST), "read"),
    "all, in any order": (shown(DOCUMENT, *OPENINGS[::-1]), "read"),
    "of another event": (shown(DOCUMENT, OTHER_OPENING), "bad-opening"),
    "an item twice": (shown(DOCUMENT, FIRST, FIRST), "bad-opening"),
    "another index": (shown(DOCUMENT, replace(FIRST, index=1)), "bad-opening"),
    "an index beyond": (shown(DOCUMENT, replace(LAST, index=6)), "bad-opening"),
    "an index before": (shown(DOCUMENT, replace(FIRST, index=-1)), "bad-opening"),
    "another salt": (shown(DOCUMENT, replace(FIRST, salt=SALT)), "bad-opening"),
    "another item": (shown(DOCUMENT, moved_to(FIRST, subject=item("FORGED"))), "bad-opening"),
    "another position": (
        shown(DOCUMENT, moved_to(FIRST, position=1, previous="0" * 64)),
        "bad-opening",
    ),
    "a close that was not signed": (
        shown(DOCUMENT, moved_to(FIRST, closes="0" * 64)),
        "bad-opening",
    ),
    "a side that was not signed": (
        shown(DOCUMENT, replace(FIRST, leaf=replace(LINKS[0], role=Side.INPUT))),
        "bad-opening",
    ),
    "a fraction": (shown(*of_member(FLOAT)), "bad-number"),
    "too many bytes": (
        shown(*of_member(SealedMember(DESADV.member, [{"x": "y" * 250}] * 64))),
        "too-large",
    ),
    "another value": (
        shown(DOCUMENT, replace(LAST, leaf=SealedMember(DESADV.member, []))),
        "bad-opening",
    ),
    "a path of another leaf": (shown(DOCUMENT, replace(FIRST, path=SECOND.path)), "bad-opening"),
    "a path too short": (shown(DOCUMENT, replace(FIRST, path=FIRST.path[:-32])), "bad-opening"),
    "a path too long": (shown(DOCUMENT, replace(FIRST, path=FIRST.path + SALT * 2)), "bad-opening"),
    "a path of no hashes": (shown(DOCUMENT, replace(FIRST, path=FIRST.path[:-1])), "bad-opening"),
    "a salt re-used": (shown(SAME_SALT, *SAME_SALTS[:2]), "bad-opening"),
    "a salt re-used by a member": (shown(SAME_SALT, *SAME_SALTS[4:]), "bad-opening"),
    "an item in two leaves": (shown(REPEATED, *REPEATS), "bad-opening"),
    "links in another order": (shown(UNORDERED, *REVERSED[:2]), "bad-opening"),
    "a member before the links": (shown(MIXED, MIXES[0]), "bad-opening"),
    "a link behind the links": (shown(MIXED, MIXES[5]), "bad-opening"),
    "a member in two leaves": (shown(TWO_MEMBERS, *MEMBERS[5:]), "bad-opening"),
    "a unit": (
        shown(UNIT_DOCUMENT, next(o for o in UNITS if o.leaf == of_links(PALLET)[0])),
        "bad-opening",
    ),
    "a class that is counted": (shown(TEAS_ONLY, OF_A_TEA), "read"),
    "a class that is not counted": (shown(TEAS_ONLY, OF_A_CUP), "bad-opening"),
    "of what seals nothing": (
        shown({name: value for name, value in DOCUMENT.items() if name != "sealed"}, FIRST),
        "bad-opening",
    ),
}


@pytest.mark.parametrize("name", SHOWN)
def test_what_a_holder_shows_is_what_was_sealed(name: str) -> None:
    (document, openings), expected = SHOWN[name]
    assert code(lambda: read(document, openings)) == expected
