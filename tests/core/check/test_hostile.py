"""Reading a hostile document or bundle ends in an event, a verdict or a typed error."""

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from provenance.core import errors
from provenance.core.check import bundle, collect, trust
from provenance.core.check.collect import Entry
from provenance.core.epcis import event_hash
from provenance.core.epcis.vocabulary import Outcome, Procedure
from provenance.core.record import compose, reading, sealed_json
from provenance.core.record.event import Customs, GoodsAct
from provenance.core.record.vocabulary import Act
from tests.cast import HOST, ITEM, LOT, NL, PALLET
from tests.core import hostile
from tests.world import World

SEALED = [World.item(f"S{number}") for number in range(3)]


def busy() -> World:
    """A world in which every member of the format is used by some document."""
    world = World()
    world.protect()
    world.act(world.maker, Act.COMMISSION, {LOT: 100}, lot="L-1", expiry="2030-01-01")
    world.act(world.maker, Act.COMMISSION, ITEM, lot="L-1")
    world.act(world.maker, Act.COMMISSION, PALLET)
    world.act(world.maker, Act.PACK, {ITEM: 1, LOT: 40}, parent=PALLET)
    world.hand_over(world.maker, world.carrier, PALLET)
    customs = Customs(Procedure.IMPORT, Outcome.CLEARED, "NLRTM", "7", seals=("8",))
    world.act(world.customs_nl, Act.CHECKPOINT, PALLET, place=NL, customs=customs)
    world.act(world.carrier, Act.UNPACK, {ITEM: 1, LOT: 40}, parent=PALLET, place=NL)
    reading = {
        "sensorMetadata": {"deviceID": "urn:x:1"},
        "sensorReport": [{"type": "Temperature", "value": 4.5}],
    }
    world.act(world.carrier, Act.OBSERVE, ITEM, place=NL, sensors=[reading])
    world.act(world.carrier, Act.CORRECT, ITEM, corrects=world.documents[-1]["credentialSubject"])
    world.act(world.maker, Act.TRANSFORM, {LOT: 60}, outputs={World.item("OUT"): 1})
    world.act(world.maker, Act.COMMISSION, SEALED, reference="7")
    world.act(world.maker, Act.TRANSFORM, SEALED[:2], outputs={World.item("OUT2"): 1})
    world.act(world.carrier, Act.SELL, ITEM, place=NL)
    return world


WORLD = busy()
KEYS = {who.gln: who for who in WORLD.everybody.values()}
SETTINGS = settings(
    deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large]
)


def read(document: Any) -> None:
    try:
        event = reading.read(document, "0" * 64, host=HOST)
        if isinstance(event.body, GoodsAct):
            event_hash.event_id(event.document["credentialSubject"])
    except errors.ProvenanceError:
        pass


@settings(SETTINGS, max_examples=150)
@given(hostile.JSON)
def test_reading_anything_gives_a_record_or_a_typed_error(value: Any) -> None:
    read(value)
    whole = WORLD.documents[-1]
    for member in whole:
        read(whole | {member: value})
    read(whole | {"credentialSubject": value, "type": list(reading.CLAIM_TYPE)})


@settings(SETTINGS, max_examples=1000)
@given(st.sampled_from(WORLD.documents).flatmap(hostile.one_thing_changed))
def test_reading_a_document_with_one_thing_changed_gives_a_record_or_a_typed_error(
    document: Any,
) -> None:
    read(document)


def resigned(document: Any) -> Any:
    """The document with the event hash of what it says now, signed again by who signed
    it.
    """
    if not isinstance(document, dict) or not isinstance(document.get("credentialSubject"), dict):
        return document
    unsigned = {name: value for name, value in document.items() if name != "proof"}
    body = unsigned["credentialSubject"]
    if "eventID" in body and "errorDeclaration" not in body:
        try:
            reading.read(document, "0" * 64)
            unsigned["credentialSubject"] = body | {"eventID": event_hash.event_id(body)}
        except errors.ProvenanceError:
            return document
    try:
        return compose.sign(unsigned, KEYS[reading.read_issuer(unsigned.get("issuer"))[1]].private)
    except (errors.ProvenanceError, KeyError):
        return document


SUBJECTS = sorted({link.subject for event in WORLD.events for link in event.links})
BUNDLES = {uri: WORLD.bundle(uri) for uri in SUBJECTS}
WHOLE = BUNDLES[ITEM]


@pytest.mark.parametrize("subject", SUBJECTS)
def test_the_bundles_under_attack_are_intact(subject: str) -> None:
    result = bundle.check(BUNDLES[subject], WORLD.trust, now=WORLD.clock)
    assert [step.code for step in result.steps[:7]] == [""] * 7


@settings(SETTINGS, max_examples=300)
@given(st.data())
def test_a_bundle_with_one_thing_changed_and_signed_again_gives_a_verdict(
    data: st.DataObject,
) -> None:
    subject = data.draw(st.sampled_from(SUBJECTS))
    entries = [
        Entry(entry["document"], None, sealed_json.read_openings(entry.get("openings", [])))
        for entry in BUNDLES[subject]["records"]
    ]
    at = data.draw(st.integers(0, len(entries) - 1))
    document = resigned(data.draw(hostile.one_thing_changed(entries[at].document)))
    entries[at] = entries[at]._replace(document=document)
    bundle.check(collect.compose(subject, entries, WORLD.trust), WORLD.trust, now=WORLD.clock)


@settings(SETTINGS, max_examples=150)
@given(st.data())
def test_checking_a_bundle_whose_own_members_are_anything_gives_a_verdict(
    data: st.DataObject,
) -> None:
    held = dict(WHOLE)
    if data.draw(st.booleans()):
        held = held | {data.draw(st.sampled_from(sorted(held))): data.draw(hostile.JSON)}
    else:
        held = held | {"trust": data.draw(hostile.one_thing_changed(held["trust"]))}
    try:
        bundle.check(held, WORLD.trust, now=WORLD.clock)
        trust.parse(held["trust"])
    except errors.ProvenanceError:
        pass


@settings(SETTINGS, max_examples=150)
@given(st.data())
def test_a_hostile_proof_text_gives_a_verdict(data: st.DataObject) -> None:
    held = dict(WHOLE)
    entry = dict(held["records"][-1])
    lines = entry["proof"].split("\n")
    lines[data.draw(st.integers(0, len(lines) - 1))] = data.draw(
        st.text(max_size=20)
        | st.integers(-(10**20), 10**20).map("index {}".format)
        | st.just("\ud800")
    )
    entry["proof"] = "\n".join(lines)
    bundle.check(held | {"records": [*held["records"][:-1], entry]}, WORLD.trust, now=WORLD.clock)
