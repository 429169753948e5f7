"""`compose` writes what `event` reads, and refuses what it cannot write."""

from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from provenance.core import errors, gs1
from provenance.core.epcis import event_hash
from provenance.core.record import compose
from provenance.core.record import event as event_
from provenance.core.record.compose import Intent
from provenance.core.record.event import Customs, Link, Place
from provenance.core.record.kinds import Kind
from provenance.core.signing import canonical, integrity, keys
from tests.cast import HOST, START
from tests.core.record.acting import S, situate
from tests.world import World

BY, TO = World.maker, World.carrier
GTIN = gs1.make_gtin("952000", 1)
ITEM, OUT, LOT = World.item("A/1"), World.item("OUT"), World.lot("L-1")
UNIT = World.unit(1)
GOODS_KINDS = [kind for kind in Kind if not kind.is_claim and kind is not Kind.CORRECT]


def intent(kind: Kind, **options: Any) -> Intent:
    """An act of `BY` on an item, with what its kind needs."""
    needs: dict[Kind, dict[str, Any]] = {
        Kind.PACK: {"parent": UNIT},
        Kind.UNPACK: {"parent": UNIT},
        Kind.TRANSFORM: {"outputs": {OUT: 1}},
        Kind.CHECKPOINT: {"customs": Customs("import", "held", "NLRTM")},
        **{
            kind: {"sender": BY.gln, "receiver": TO.gln}
            for kind in (Kind.HAND_OVER, Kind.ACCEPT, Kind.REFUSE, Kind.CANCEL)
        },
    }
    usual = {"subjects": {ITEM: 1}, "time": START, "issuer": BY.gln}
    if kind in (Kind.ACCEPT, Kind.REFUSE):
        usual["issuer"] = TO.gln
    return Intent(kind=kind, **{**usual, **needs.get(kind, {}), **options})


def signed(act: Intent, links: list[Link] | None = None) -> dict[str, Any]:
    links = links if links is not None else compose.next_links(act, {})
    body = compose.event(act)
    unsigned = compose.document(body, host=HOST, issuer=act.issuer, created=START, links=links)
    return compose.sign(unsigned, BY.private if act.issuer == BY.gln else TO.private)


@pytest.mark.parametrize("kind", GOODS_KINDS)
def test_an_act_is_read_back_as_it_was_meant(kind: Kind) -> None:
    act = intent(kind, place=Place("NL", "Rotterdam", "NLRTM", "geo:51.9,4.5"), offset="+02:00")
    document = signed(act)
    read = event_.read(canonical.parse(canonical.serialize(document)), "0" * 64, host=HOST)
    integrity.verify(document)
    event_hash.check_event_id(document["credentialSubject"])
    assert (read.kind, read.issuer, read.offset, read.event_time) == (
        kind,
        act.issuer,
        "+02:00",
        START,
    )
    assert (read.act.subjects, read.act.outputs) == (act.subjects, act.outputs)
    assert (read.act.parent, read.act.sender, read.act.receiver) == (
        act.parent,
        act.sender,
        act.receiver,
    )
    assert (read.act.place, read.act.customs) == (act.place, act.customs)
    assert [link.subject for link in read.links] == act.all_subjects


def test_every_word_of_an_event_has_its_place() -> None:
    act = intent(
        Kind.HAND_OVER,
        subjects={LOT: Decimal("2.5"), UNIT: 1},
        reference="ASN-7",
        lot="L-1",
        expiry="2027-01-01",
        sensors=[{"sensorReport": [{"type": "Temperature", "value": 4}]}],
        evidence=[{"sha256": "0" * 64}],
    )
    event = compose.event(act)
    assert event["quantityList"] == [{"epcClass": LOT, "quantity": 2.5}]
    assert event["epcList"] == [UNIT]
    transaction = f"urn:epcglobal:cbv:bt:{BY.gln}:ASN-7"
    assert event["bizTransactionList"] == [{"type": "desadv", "bizTransaction": transaction}]
    assert event["ilmd"] == {"cbvmda:lotNumber": "L-1", "cbvmda:itemExpirationDate": "2027-01-01"}
    assert event["sensorElementList"] == [{"sensorReport": [{"type": "Temperature", "value": 4}]}]
    assert "@context" not in event
    assert "readPoint" not in event


def test_times_are_written_in_utc() -> None:
    local = datetime(2026, 11, 2, 16, 0, tzinfo=timezone(timedelta(hours=8)))
    assert compose.event(intent(Kind.OBSERVE, time=local))["eventTime"] == "2026-11-02T08:00:00Z"
    with pytest.raises(errors.BadTimestamp):
        compose.event(intent(Kind.OBSERVE, time=local.replace(tzinfo=None)))


@pytest.mark.parametrize(
    "one",
    [
        Intent(kind=Kind.CHECKPOINT, issuer=BY.gln, subjects={ITEM: 1}, time=START),
        Intent(kind=Kind.CORRECT, issuer=BY.gln, subjects={ITEM: 1}, time=START),
        intent(Kind.CHECKPOINT, customs=Customs("import", "released")),
        intent(Kind.PACK, parent=None),
        intent(Kind.UNPACK, parent=None),
        intent(Kind.OBSERVE, parent=UNIT),
        intent(Kind.TRANSFORM, outputs={}),
        intent(Kind.OBSERVE, subjects={}),
        Intent(kind=Kind.KEY_ADDED, issuer=BY.gln, subjects={ITEM: 1}, time=START),
    ],
    ids=[
        "a checkpoint without customs",
        "nothing to correct",
        "an unknown outcome",
        "packed into nothing",
        "unpacked from nothing",
        "a unit that the act has no place for",
        "nothing made",
        "nothing moved",
        "a claim",
    ],
)
def test_an_act_that_lacks_what_it_needs_is_not_written(one: Intent) -> None:
    with pytest.raises(errors.BadEpcis):
        compose.event(one)


EPOCH = datetime(1970, 1, 2, tzinfo=UTC)


@settings(max_examples=60, deadline=None)
@given(
    st.sampled_from(GOODS_KINDS),
    st.decimals(min_value=Decimal("0.001"), max_value=10**9, places=3),
    st.timedeltas(timedelta(0), timedelta(days=365 * 8000)).map(EPOCH.__add__),
)
def test_amounts_and_times_survive_the_paper(kind: Kind, amount: Decimal, time: datetime) -> None:
    act = intent(kind, subjects={LOT: amount, ITEM: 1}, time=time)
    read = event_.read(canonical.parse(canonical.serialize(signed(act))), "0" * 64)
    assert read.act.subjects == {LOT: amount, ITEM: 1}
    assert abs(read.event_time - time) < timedelta(seconds=1)


# --- claims, documents, links -------------------------------------------------------


def test_a_claim_is_written_as_one() -> None:
    body = compose.claim(Kind.RIGHT_VERIFIED, "urn:uuid:1", START, reference="R")
    assert body == {
        "type": "RightVerified",
        "id": "urn:uuid:1",
        "time": "2026-11-02T08:00:00Z",
        "reference": "R",
    }
    link = Link("urn:uuid:1", 0, None)
    unsigned = compose.document(body, host=HOST, issuer=BY.gln, created=START, links=[link])
    assert unsigned["type"] == ["VerifiableCredential", "RegistryClaim"]
    assert "evidence" not in unsigned


def test_a_document_says_its_links_and_its_evidence() -> None:
    links = [Link(ITEM, 3, "0" * 64, "1" * 64), Link(UNIT, 0, None)]
    event = compose.event(intent(Kind.OBSERVE))
    unsigned = compose.document(
        event,
        host="a.example:8000",
        issuer=BY.gln,
        created=START,
        links=links,
        evidence=[{"row": 7}],
    )
    assert unsigned["chain"] == [
        {"subject": ITEM, "position": 3, "previous": "0" * 64, "closes": "1" * 64},
        {"subject": UNIT, "position": 0, "previous": None},
    ]
    assert unsigned["evidence"] == [{"row": 7}]
    assert unsigned["issuer"] == f"did:web:a.example%3A8000:parties:{BY.gln}"
    assert unsigned["type"] == ["VerifiableCredential", "CustodyEvent"]


def test_a_signature_names_its_key_and_is_made_once() -> None:
    document = signed(intent(Kind.OBSERVE))
    assert document["proof"]["verificationMethod"] == f"{document['issuer']}#{BY.public}"
    assert document["proof"]["created"] == document["validFrom"]
    assert integrity.verify(document) == keys.public_of(BY.private)
    with pytest.raises(errors.Malformed):
        compose.sign(document, BY.private)


ENDS = (Kind.SELL, Kind.DESTROY, Kind.DECOMMISSION, Kind.TRANSFORM)


@pytest.mark.parametrize("kind", GOODS_KINDS)
def test_links_follow_the_heads_and_close_what_ends(kind: Kind) -> None:
    world = World()
    situate(world, S.WITH_CUSTODIAN, ITEM)
    state = world.states[ITEM]
    act = intent(kind, subjects={ITEM: 1})
    link = compose.next_link(act, ITEM, state)
    closes = state.genesis if kind in ENDS else None
    assert link == Link(ITEM, state.position + 1, state.head, closes)
    assert compose.next_link(act, ITEM, None) == Link(ITEM, 0, None)


def test_a_part_of_a_lot_closes_nothing_and_the_last_of_it_does() -> None:
    world = World()
    lot = World.lot("L-1")
    world.act(world.maker, Kind.COMMISSION, {lot: 100})
    state = world.states[lot]
    assert compose.next_link(intent(Kind.SELL, subjects={lot: 99}), lot, state).closes is None
    assert (
        compose.next_link(intent(Kind.SELL, subjects={lot: 100}), lot, state).closes
        == state.genesis
    )
    world.act(world.maker, Kind.SELL, {lot: Decimal("99.5")})
    state = world.states[lot]
    assert (
        compose.next_link(intent(Kind.DESTROY, subjects={lot: Decimal("0.5")}), lot, state).closes
        == state.genesis
    )
