"""Which chains a check needs: no fewer, no more, and each asked for once."""

from collections.abc import Collection, Mapping, Sequence

import pytest

from provenance.core import gs1
from provenance.core.check import bundle, collect
from provenance.core.check.result import Verdict
from provenance.core.record import event as event_
from provenance.core.record.event import SignedEvent
from provenance.core.record.kinds import Kind
from tests.core import minilog
from tests.core.journey import travelled
from tests.core.minilog import CN, Cast, World

RIGHT, LICENCE = (
    "urn:uuid:0192f0c4-7b1e-7cc3-98c4-dc0c0c07398a",
    "urn:uuid:0192f0c4-7b1e-7cc3-98c4-dc0c0c07398b",
)


class Shelf:
    """The chains of a world, and what was asked of them."""

    def __init__(self, world: World) -> None:
        self.asked: list[list[str]] = []
        self.records = [
            event_.read(document, f"{n:064x}") for n, document in enumerate(world.documents)
        ]

    def load(self, uris: Collection[str]) -> Mapping[str, Sequence[SignedEvent]]:
        self.asked.append(list(uris))
        return {uri: [one for one in self.records if uri in one.by_subject] for uri in uris}


def collected(cast: Cast, subject: str) -> set[str]:
    return set(collect.chains(subject, Shelf(cast.world).load))


def parties(cast: Cast, *names: str) -> set[str]:
    return {getattr(cast, name).uri for name in names} | {cast.world.registrar.uri}


def test_an_item_leans_on_its_product_its_units_and_everybody_who_signed() -> None:
    cast = travelled()
    everybody = parties(cast, "maker", "carrier", "retailer", "customs_cn", "customs_nl")
    product = gs1.product_uri(cast.gtin)
    assert collected(cast, cast.item) == {cast.item, cast.pallet, product} | everybody
    assert cast.mallory.uri not in collected(cast, cast.item)


def test_a_unit_leans_on_who_handled_it_and_not_on_what_is_in_it() -> None:
    cast = travelled()
    assert cast.item not in collected(cast, cast.pallet)
    assert gs1.product_uri(cast.gtin) not in collected(cast, cast.pallet)


def test_an_item_leans_on_its_lot_where_the_lot_has_a_chain() -> None:
    cast = travelled()
    lot = gs1.lot_uri(cast.gtin, "L-1")
    assert lot not in collected(cast, cast.item)
    cast.world.act(cast.maker, Kind.COMMISSION, {lot: 100}, place=CN)
    assert lot in collected(cast, cast.item)
    assert cast.item not in collected(cast, lot)


def test_a_product_leans_on_its_rights_and_they_on_their_owners_and_licensees() -> None:
    cast = minilog.cast()
    claim, gtin = cast.world.claim, gs1.make_gtin("952000", 9)
    claim(
        cast.maker, Kind.RIGHT_FILED, RIGHT, owner=cast.maker.uri, kind="trademark", title="LOTUS", office="CNIPA",
        number="1", territories=[], validFrom="2020-01-01", validUntil=None,
    )  # fmt: skip
    claim(
        cast.maker, Kind.LICENCE_GRANTED, RIGHT, licence=LICENCE, licensee=cast.retailer.uri, products=[],
        territories=[], validFrom="2020-01-01", validUntil=None,
    )  # fmt: skip
    claim(
        cast.maker,
        Kind.RIGHT_ASSIGNED,
        RIGHT,
        newOwner=cast.carrier.uri,
        effectiveFrom="2030-01-01",
    )
    claim(
        cast.maker, Kind.PRODUCT_REGISTERED, gs1.product_uri(gtin), owner=cast.maker.uri, name="Lamp", brand="",
        hsCode="", origin="", rights=[RIGHT],
    )  # fmt: skip
    item = gs1.item_uri(gtin, "1")
    cast.world.act(cast.maker, Kind.COMMISSION, item, place=CN)
    everything = {item, gs1.product_uri(gtin), RIGHT} | parties(
        cast, "maker", "carrier", "retailer"
    )
    assert collected(cast, item) == everything
    result = bundle.check(cast.world.bundle(item), cast.world.trust, now=cast.world.clock)
    assert result.verdict is Verdict.RECORDS_CHECK_OUT


def test_a_party_leans_on_the_registrar() -> None:
    cast = minilog.cast()
    assert collected(cast, cast.maker.uri) == parties(cast, "maker")
    assert collected(cast, cast.world.registrar.uri) == {cast.world.registrar.uri}


def test_a_handoff_leans_on_the_receiver_though_it_never_answered() -> None:
    cast = minilog.cast()
    cast.world.act(cast.maker, Kind.COMMISSION, cast.item, place=CN)
    names = {"sender": cast.maker.gln, "receiver": cast.mallory.gln}
    cast.world.act(cast.maker, Kind.HAND_OVER, cast.item, place=CN, **names)
    assert cast.mallory.uri in collected(cast, cast.item)


def test_nothing_is_asked_for_twice_and_the_number_of_questions_is_the_depth() -> None:
    cast = travelled()
    shelf = Shelf(cast.world)
    collect.chains(cast.item, shelf.load)
    asked = [uri for question in shelf.asked for uri in question]
    assert len(asked) == len(set(asked))
    assert len(shelf.asked) <= 4
    assert all(question == sorted(question) for question in shelf.asked)


def test_what_does_not_exist_is_left_out() -> None:
    assert collect.chains(minilog.cast().item, lambda uris: {uri: [] for uri in uris}) == {}


@pytest.mark.parametrize("form", ["item", "lot", "unit", "product", "party", "right"])
def test_only_a_lot_may_be_named_and_have_no_chain(form: str) -> None:
    cast = minilog.cast()
    uri = {
        "item": cast.item,
        "lot": gs1.lot_uri(cast.gtin, "L"),
        "unit": cast.pallet,
        "product": gs1.product_uri(cast.gtin),
        "party": cast.maker.uri,
        "right": RIGHT,
    }[form]
    assert collect.may_be_absent(uri) is (form == "lot")


def test_two_units_and_the_unit_around_them_all_belong_to_a_lots_check() -> None:
    cast = minilog.cast()
    world, lot = cast.world, gs1.lot_uri(cast.gtin, "L-1")
    second, outer = (gs1.sscc_uri(gs1.make_sscc("952000", 0, n)) for n in (2, 3))
    world.act(cast.maker, Kind.COMMISSION, {lot: 100}, place=CN)
    for unit, amount in ((cast.pallet, 60), (second, 40)):
        world.act(cast.maker, Kind.COMMISSION, unit, place=CN)
        world.act(cast.maker, Kind.PACK, {lot: amount}, parent=unit, place=CN)
    world.act(cast.maker, Kind.COMMISSION, outer, place=CN)
    world.act(cast.maker, Kind.PACK, second, parent=outer, place=CN)
    assert {cast.pallet, second, outer} <= collected(cast, lot)
    result = bundle.check(world.bundle(lot), world.trust, now=world.clock)
    assert result.steps[4].code == ""


def test_a_bundle_names_its_format_its_subject_and_its_roots() -> None:
    cast = minilog.cast()
    document = cast.world.documents[0]
    held = collect.compose(cast.item, [(document, None), (document, "proof")], cast.world.trust)
    assert (held["type"], held["version"], held["subject"]) == ("CustosBundle", "1", cast.item)
    assert held["trustDigest"] == cast.world.trust.digest()
    assert held["records"] == [
        {"document": document, "proof": None},
        {"document": document, "proof": "proof"},
    ]
