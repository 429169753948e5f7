"""`compose` writes what `event` reads, and refuses what it cannot write."""

from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from provenance.core import errors, gs1
from provenance.core.epcis import event_hash
from provenance.core.epcis.vocabulary import Outcome, Procedure
from provenance.core.record import claims, compose, reading
from provenance.core.record.claims import RightVerified
from provenance.core.record.compose import Intent
from provenance.core.record.event import Customs, Link, Place, SignedEvent
from provenance.core.record.sealed import Contents, Member, SealedMember
from provenance.core.record.state import State
from provenance.core.record.vocabulary import Act
from provenance.core.signing import canonical, integrity, keys
from tests import cast
from tests.cast import HOST, START
from tests.core.record.acting import S, situate
from tests.world import World

BY, TO = World.maker, World.carrier
GTIN = gs1.make_gtin("952000", 1)
ITEM, OUT, LOT = World.item("A/1"), World.item("OUT"), World.lot("L-1")
UNIT = World.unit(1)
GOODS_KINDS = [kind for kind in Act if not kind.is_claim and kind is not Act.CORRECT]


def intent(kind: Act, **options: Any) -> Intent:
    """An act of `BY` on an item, with what its kind needs."""
    needs: dict[Act, dict[str, Any]] = {
        Act.PACK: {"parent": UNIT},
        Act.UNPACK: {"parent": UNIT},
        Act.TRANSFORM: {"outputs": {OUT: 1}},
        Act.CHECKPOINT: {"customs": Customs(Procedure.IMPORT, Outcome.HELD, "NLRTM")},
        **{
            kind: {"sender": BY.gln, "receiver": TO.gln}
            for kind in (Act.HAND_OVER, Act.ACCEPT, Act.REFUSE, Act.CANCEL)
        },
    }
    usual = {"subjects": {ITEM: 1}, "time": START, "issuer": BY.gln}
    usual["explanation"] = cast.explanation(kind)
    if kind in (Act.ACCEPT, Act.REFUSE):
        usual["issuer"] = TO.gln
    return Intent(act=kind, **{**usual, **needs.get(kind, {}), **options})


SEED = bytes(range(32))


def contents(act: Intent) -> Contents | None:
    return compose.contents(act, compose.next_links(act, {}), SEED)


def signed(act: Intent) -> dict[str, Any]:
    links = compose.next_links(act, {})
    body = compose.event(act)
    unsigned = compose.document(body, host=HOST, issuer=act.issuer, created=START, links=links)
    private = BY.private if act.issuer == BY.gln else TO.private
    return compose.sign(compose.seal(unsigned, contents(act)), private)


def read_back(act: Intent) -> SignedEvent:
    document = canonical.parse(canonical.serialize(signed(act)))
    return reading.read(document, "0" * 64, host=HOST, openings=contents(act) or ())


@pytest.mark.parametrize("kind", GOODS_KINDS)
def test_an_act_is_read_back_as_it_was_meant(kind: Act) -> None:
    act = intent(kind, place=Place("NL", "Rotterdam", "NLRTM", "geo:51.9,4.5"), offset="+02:00")
    read = read_back(act)
    integrity.verify(read.document)
    event_hash.check_event_id(read.document["credentialSubject"])
    assert (read.act, read.issuer, read.offset, read.event_time) == (
        kind,
        act.issuer,
        "+02:00",
        START,
    )
    assert (read.goods.subjects, read.goods.outputs) == (act.subjects, act.outputs)
    assert (read.goods.parent, read.goods.sender, read.goods.receiver) == (
        act.parent,
        act.sender,
        act.receiver,
    )
    assert (read.goods.place, read.goods.customs) == (act.place, act.customs)
    assert sorted(link.subject for link in read.links) == sorted(act.all_subjects)


def test_every_word_of_an_event_has_its_place() -> None:
    act = intent(
        Act.HAND_OVER,
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
    desadv = [{"type": "desadv", "bizTransaction": transaction}]
    sealed = contents(act)
    assert sealed is not None
    assert sealed.members == (SealedMember(Member.TRANSACTIONS, desadv),)
    assert sealed.links == ()
    assert "bizTransactionList" not in event
    assert event["ilmd"] == {"cbvmda:lotNumber": "L-1", "cbvmda:itemExpirationDate": "2027-01-01"}
    assert event["sensorElementList"] == [{"sensorReport": [{"type": "Temperature", "value": 4}]}]
    assert "@context" not in event
    assert "readPoint" not in event


def test_times_are_written_in_utc() -> None:
    local = datetime(2026, 11, 2, 16, 0, tzinfo=timezone(timedelta(hours=8)))
    assert compose.event(intent(Act.OBSERVE, time=local))["eventTime"] == "2026-11-02T08:00:00Z"
    with pytest.raises(errors.BadTimestamp):
        compose.event(intent(Act.OBSERVE, time=local.replace(tzinfo=None)))


@pytest.mark.parametrize(
    "one",
    [
        Intent(act=Act.CHECKPOINT, issuer=BY.gln, subjects={ITEM: 1}, time=START),
        Intent(act=Act.CORRECT, issuer=BY.gln, subjects={ITEM: 1}, time=START),
        intent(Act.PACK, parent=None),
        intent(Act.UNPACK, parent=None),
        intent(Act.OBSERVE, parent=UNIT),
        intent(Act.TRANSFORM, outputs={}),
        intent(Act.OBSERVE, subjects={}),
        intent(Act.TRANSFORM, outputs={OUT: 1, ITEM: 1}),
        Intent(act=Act.KEY_ADDED, issuer=BY.gln, subjects={ITEM: 1}, time=START),
    ],
    ids=[
        "a checkpoint without customs",
        "nothing to correct",
        "packed into nothing",
        "unpacked from nothing",
        "a unit that the act has no place for",
        "nothing made",
        "nothing moved",
        "an item on both sides",
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
def test_amounts_and_times_survive_the_paper(kind: Act, amount: Decimal, time: datetime) -> None:
    act = intent(kind, subjects={LOT: amount, ITEM: 1}, time=time)
    read = read_back(act)
    assert read.goods.subjects == {LOT: amount, ITEM: 1}
    assert abs(read.event_time - time) < timedelta(seconds=1)


# --- claims, documents, links -------------------------------------------------------


def test_a_claim_is_written_as_one() -> None:
    body = claims.write(RightVerified(subject="urn:uuid:1", reference="R"), START)
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
    event = compose.event(intent(Act.OBSERVE))
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
    document = signed(intent(Act.OBSERVE))
    assert document["proof"]["verificationMethod"] == f"{document['issuer']}#{BY.public}"
    assert document["proof"]["created"] == document["validFrom"]
    assert integrity.verify(document) == keys.public_of(BY.private)
    with pytest.raises(errors.Malformed):
        compose.sign(document, BY.private)


ENDS = (Act.SELL, Act.DESTROY, Act.DECOMMISSION, Act.TRANSFORM)


def next_link(one: Intent, uri: str, state: State | None) -> Link:
    (link,) = [link for link in compose.next_links(one, {uri: state}) if link.subject == uri]
    return link


@pytest.mark.parametrize("kind", GOODS_KINDS)
def test_links_follow_the_heads_and_close_what_ends(kind: Act) -> None:
    world = World()
    situate(world, S.WITH_CUSTODIAN, ITEM)
    state = world.states[ITEM]
    act = intent(kind, subjects={ITEM: 1})
    link = next_link(act, ITEM, state)
    closes = state.genesis if kind in ENDS else None
    assert link == Link(ITEM, state.position + 1, state.head, closes)
    assert next_link(act, ITEM, None) == Link(ITEM, 0, None)


def test_a_part_of_a_lot_closes_nothing_and_the_last_of_it_does() -> None:
    world = World()
    lot = World.lot("L-1")
    world.act(world.maker, Act.COMMISSION, {lot: 100})
    state = world.states[lot]
    assert next_link(intent(Act.SELL, subjects={lot: 99}), lot, state).closes is None
    assert next_link(intent(Act.SELL, subjects={lot: 100}), lot, state).closes == state.genesis
    world.act(world.maker, Act.SELL, {lot: Decimal("99.5")})
    state = world.states[lot]
    assert (
        next_link(intent(Act.DESTROY, subjects={lot: Decimal("0.5")}), lot, state).closes
        == state.genesis
    )
