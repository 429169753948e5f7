"""The numbered plan: one attack for each step, re-signing and re-anchoring what is not
under attack.
"""

import dataclasses
import json
from collections.abc import Callable
from datetime import timedelta

import pytest

from provenance.core import gs1
from provenance.core.check import bundle
from provenance.core.check.result import Outcome, Verdict
from provenance.core.ledger import note, policy
from provenance.core.record import compose
from provenance.core.record.compose import Intent
from provenance.core.record.event import Customs, Link
from provenance.core.record.kinds import KeyPurpose, Kind
from provenance.core.signing import keys
from tests.core import minilog
from tests.core.journey import codes, failed, run, travelled
from tests.core.minilog import CN, NL, Cast

# --- what is right -------------------------------------------------------------------


def test_a_whole_journey_checks_out_and_its_loop_is_closed() -> None:
    result = run(travelled())
    assert result.verdict is Verdict.RECORDS_CHECK_OUT
    assert result.loop is not None
    assert result.loop.state == "closed"
    assert result.loop.reasons == ()
    assert [entry.record.kind for entry in result.history] == [
        Kind.COMMISSION,
        Kind.PACK,
        Kind.HAND_OVER,
        Kind.ACCEPT,
        Kind.CHECKPOINT,
        Kind.CHECKPOINT,
        Kind.HAND_OVER,
        Kind.ACCEPT,
        Kind.UNPACK,
        Kind.SELL,
    ]


def test_an_item_in_transit_checks_out_with_an_open_loop() -> None:
    result = run(travelled(until=Kind.CHECKPOINT))
    assert result.verdict is Verdict.RECORDS_CHECK_OUT
    assert result.loop is not None
    assert {reason.code for reason in result.loop.reasons} == {"not-ended"}


def test_not_anchored_yet_is_never_invalid() -> None:
    cast = travelled()
    result = run(cast, anchored=len(cast.world.documents) - 1)
    assert result.verdict is Verdict.CHECK_NEEDED
    assert codes(result) == {"not-anchored"}


def test_a_destroyed_item_is_ended() -> None:
    cast = travelled(until=Kind.UNPACK)
    cast.world.act(cast.retailer, Kind.DESTROY, cast.item, place=NL)
    assert run(cast).verdict is Verdict.ENDED


@pytest.mark.parametrize("direct", [True, False], ids=["the item", "its lot"])
def test_a_recall_stands_before_everything_else(direct: bool) -> None:
    cast = travelled()
    lot = gs1.lot_uri(cast.gtin, "L-1")
    if not direct:
        cast.world.act(cast.maker, Kind.COMMISSION, {lot: 100}, place=CN)
    cast.world.act(cast.maker, Kind.RECALL, cast.item if direct else {lot: 100}, place=CN)
    result = run(cast)
    assert result.verdict is Verdict.RECALLED
    assert result.steps[8].code == "recalled"


@pytest.mark.parametrize("kind", ["held", "seized", "stolen"])
def test_what_an_authority_stops_is_blocked(kind: str) -> None:
    cast = travelled(until=Kind.CHECKPOINT)
    if kind == "stolen":
        cast.world.act(cast.carrier, Kind.REPORT_STOLEN, cast.pallet, place=NL)
    else:
        customs = Customs("import", kind, "NLRTM")
        cast.world.act(cast.customs_nl, Kind.CHECKPOINT, cast.pallet, place=NL, customs=customs)
    result = run(cast)
    assert result.verdict is Verdict.BLOCKED
    assert codes(result) >= {kind}


def test_a_correction_strikes_the_wrong_event_through() -> None:
    cast = travelled(until=Kind.PACK)
    unpacked = cast.world
    unpacked.act(cast.maker, Kind.UNPACK, cast.item, parent=cast.pallet, place=CN)
    unpacked.act(cast.maker, Kind.OBSERVE, cast.item, place=NL)
    wrong = unpacked.documents[-1]["credentialSubject"]
    unpacked.act(cast.maker, Kind.CORRECT, cast.item, corrects=wrong)
    result = run(cast)
    assert result.verdict is Verdict.CHECK_NEEDED
    assert "corrected" in codes(result)
    assert [entry.record.kind for entry in result.history if entry.corrected] == [Kind.OBSERVE]


@pytest.mark.parametrize("case", ["before its predecessor", "signed long after"])
def test_a_back_dated_event_is_shown_as_late(case: str) -> None:
    cast = travelled(until=Kind.UNPACK)
    when = cast.world.clock - timedelta(days=20 if case == "signed long after" else 0, hours=2)
    cast.world.act(cast.retailer, Kind.OBSERVE, cast.item, place=NL, time=when)
    result = run(cast)
    assert result.verdict is Verdict.CHECK_NEEDED
    assert codes(result) == {"late"}


def test_an_event_that_the_caller_saw_arrive_late_is_shown_as_late() -> None:
    cast = travelled()
    last = cast.world.states[cast.item]
    when = cast.world.clock + timedelta(days=30)
    held = cast.world.bundle(cast.item)
    result = bundle.check(held, cast.world.trust, now=when, arrived_late={last.head: when})
    assert result.verdict is Verdict.CHECK_NEEDED
    assert codes(result) == {"late"}
    assert [entry.arrived_late for entry in result.history if entry.late] == [when]


def test_a_handoff_that_nobody_answers_needs_a_look() -> None:
    cast = travelled(until=Kind.UNPACK)
    parties = {"sender": cast.retailer.gln, "receiver": cast.carrier.gln}
    cast.world.act(cast.retailer, Kind.HAND_OVER, cast.item, place=NL, **parties)
    held = cast.world.bundle(cast.item)
    assert (
        bundle.check(held, cast.world.trust, now=cast.world.clock).verdict
        is Verdict.RECORDS_CHECK_OUT
    )
    later = bundle.check(held, cast.world.trust, now=cast.world.clock + timedelta(hours=73))
    assert later.verdict is Verdict.CHECK_NEEDED
    assert codes(later) == {"handoff-not-accepted"}


# --- one attack a step --------------------------------------------------------------


def test_step_0_refuses_an_event_id_that_is_not_the_hash() -> None:
    cast = travelled(until=Kind.UNPACK)
    intent = Intent(
        kind=Kind.SELL,
        issuer=cast.retailer.gln,
        subjects={cast.item: 1},
        time=cast.world.tick(),
        place=NL,
    )
    event = compose.event(intent) | {"eventTimeZoneOffset": "+09:00"}
    cast.world.add(cast.retailer, event, compose.next_links(intent, cast.world.states))
    assert failed(run(cast)) == (0, "bad-event-id")


def test_step_1_refuses_a_changed_document() -> None:
    cast = travelled()
    held = cast.world.bundle(cast.item)
    document = held["records"][-1]["document"]
    document["validFrom"] = document["proof"]["created"] = "2026-11-02T23:00:00Z"
    assert failed(run(cast, held)) == (1, "bad-signature")


@pytest.mark.parametrize(
    "case", ["unknown", "other party", "other purpose", "revoked", "enrolled after"]
)
def test_step_2_refuses_a_key_that_does_not_speak_for_the_issuer(case: str) -> None:
    cast = travelled(until=Kind.UNPACK)
    world, seller = (
        cast.world,
        minilog.Actor(cast.retailer.gln, keys.generate(b"other key".ljust(32))),
    )
    enrolment = {
        "publicKeyMultibase": seller.multibase,
        "custody": "external",
        "possession": keys.prove_possession(seller.private, cast.retailer.uri),
    }
    if case == "other party":
        seller = minilog.Actor(cast.retailer.gln, cast.carrier.private)
    if case == "other purpose":
        world.claim(
            cast.retailer,
            Kind.KEY_ADDED,
            cast.retailer.uri,
            purpose=KeyPurpose.REGISTRY,
            **enrolment,
        )
    if case == "revoked":
        seller = cast.retailer
        world.claim(
            cast.retailer,
            Kind.KEY_REVOKED,
            cast.retailer.uri,
            publicKeyMultibase=seller.multibase,
            reason="compromised",
        )
    world.act(seller, Kind.SELL, cast.item, place=NL)
    if case == "enrolled after":
        world.claim(
            cast.retailer, Kind.KEY_ADDED, cast.retailer.uri, purpose=KeyPurpose.ANY, **enrolment
        )
    assert failed(run(cast)) == (2, "key-revoked" if case == "revoked" else "key-not-authorised")


@pytest.mark.parametrize(
    "case", ["gap", "fork", "container missing", "wrong previous", "closes another"]
)
def test_step_3_refuses_a_chain_that_is_not_whole(case: str) -> None:
    cast = travelled(until=Kind.UNPACK)
    world = cast.world
    sale = Intent(
        kind=Kind.SELL,
        issuer=cast.retailer.gln,
        subjects={cast.item: 1},
        time=world.tick(),
        place=NL,
    )
    (link,) = compose.next_links(sale, world.states)
    if case == "wrong previous":
        link = Link(link.subject, link.position, "0" * 64, link.closes)
    if case == "closes another":
        link = Link(link.subject, link.position, link.previous, "0" * 64)
    world.add(cast.retailer, compose.event(sale), [link])
    if case == "fork":
        again = dataclasses.replace(sale, kind=Kind.OBSERVE, time=world.tick())
        world.add(
            cast.retailer, compose.event(again), [Link(link.subject, link.position, link.previous)]
        )
    held = world.bundle(cast.item)
    if case == "gap":
        del held["records"][-2]
    if case == "container missing":
        linked = [(entry, json.dumps(entry["document"]["chain"])) for entry in held["records"]]
        held["records"] = [
            entry for entry, links in linked if cast.pallet not in links or cast.item in links
        ]
    assert failed(run(cast, held)) == (3, "broken-link")


def _foreign_seller(cast: Cast) -> None:
    cast.world.act(cast.mallory, Kind.SELL, cast.item, place=NL)


def _third_party_accepts(cast: Cast) -> None:
    parties = {"sender": cast.retailer.gln, "receiver": cast.carrier.gln}
    cast.world.act(cast.retailer, Kind.HAND_OVER, cast.item, place=NL, **parties)
    cast.world.act(
        cast.mallory,
        Kind.ACCEPT,
        cast.item,
        place=NL,
        sender=cast.retailer.gln,
        receiver=cast.mallory.gln,
    )


def _sold_twice(cast: Cast) -> None:
    cast.world.act(cast.retailer, Kind.SELL, cast.item, place=NL)
    intent = Intent(
        kind=Kind.OBSERVE, issuer=cast.retailer.gln, subjects={cast.item: 1}, time=cast.world.tick()
    )
    cast.world.add(
        cast.retailer, compose.event(intent), compose.next_links(intent, cast.world.states)
    )


def _carrier_plays_customs(cast: Cast) -> None:
    cast.world.act(
        cast.carrier, Kind.CHECKPOINT, cast.item, place=NL, customs=Customs("import", "cleared")
    )


def _customs_abroad(cast: Cast) -> None:
    cast.world.act(
        cast.customs_cn, Kind.CHECKPOINT, cast.item, place=NL, customs=Customs("import", "cleared")
    )


@pytest.mark.parametrize(
    ("attack", "code"),
    [
        (_foreign_seller, "not-permitted"),
        (_third_party_accepts, "not-permitted"),
        (_sold_twice, "illegal-transition"),
        (_carrier_plays_customs, "not-permitted"),
        (_customs_abroad, "not-permitted"),
    ],
    ids=lambda value: value if isinstance(value, str) else value.__name__.strip("_"),
)
def test_step_4_refuses_who_may_not_sign(attack: Callable[[Cast], None], code: str) -> None:
    cast = travelled(until=Kind.UNPACK)
    attack(cast)
    assert failed(run(cast)) == (4, code)


@pytest.mark.parametrize("case", ["another index", "a hash changed", "two at one index"])
def test_step_5_refuses_a_proof_that_leads_elsewhere(case: str) -> None:
    cast = travelled()
    held = cast.world.bundle(cast.item)
    lines = held["records"][-1]["proof"].split("\n")
    if case == "another index":
        lines[1] = "index 99999"
    if case == "a hash changed":
        lines[2] = note.encode_base64(bytes(32))
    held["records"][-1]["proof"] = "\n".join(lines)
    if case == "two at one index":
        held["records"][-1]["proof"] = held["records"][-2]["proof"]
    assert failed(run(cast, held)) == (5, "bad-proof")


@pytest.mark.parametrize("case", ["another ledger", "signature altered", "no quorum"])
def test_step_6_refuses_a_tree_head_that_trusted_keys_did_not_sign(case: str) -> None:
    cast = travelled()
    world = cast.world
    if case == "another ledger":
        held = world.bundle(cast.item)
        world.ledger_key = keys.generate(b"M" * 32)
        other = world.bundle(cast.item)
        for entry, forged in zip(held["records"], other["records"], strict=True):
            entry["proof"] = forged["proof"]
        world.ledger_key = keys.generate(b"L" * 32)
        assert failed(run(cast, held)) == (6, "unknown-ledger")
        return
    if case == "signature altered":
        held = world.bundle(cast.item)
        for entry in held["records"]:
            entry["proof"] = (
                entry["proof"][:-8]
                + ("A" if entry["proof"][-8] != "A" else "B")
                + entry["proof"][-7:]
            )
        assert failed(run(cast, held)) == (6, "bad-signature")
        return
    witness = note.Verifier("w", keys.public_of(keys.generate(b"W" * 32)), note.KeyType.COSIGNATURE)
    (log,) = world.trust.policy.logs
    strict = policy.Policy((log,), (policy.Witness("w", witness),), (), "w")
    roots = dataclasses.replace(world.trust, policy=strict)
    held = world.bundle(cast.item) | {"trust": roots.to_json(), "trustDigest": roots.digest()}
    assert failed(bundle.check(held, roots, now=world.clock)) == (6, "quorum-not-met")


def test_step_7_names_the_missing_clearance() -> None:
    cast = minilog.cast()
    cast.world.act(cast.maker, Kind.COMMISSION, cast.item, place=CN)
    cast.world.hand_over(cast.maker, cast.retailer, cast.item, CN, NL)
    result = run(cast)
    assert result.verdict is Verdict.CHECK_NEEDED
    assert result.steps[7].outcome is Outcome.WARNING
    assert codes(result) == {"export-clearance-missing", "import-clearance-missing"}
