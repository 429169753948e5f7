"""The numbered plan: one attack for each step, re-signing and re-anchoring what is not
under attack.
"""

import dataclasses
import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from provenance.core import gs1
from provenance.core.check import bundle
from provenance.core.check.loop import Loop, LoopState, Reason
from provenance.core.check.result import StepOutcome, Verdict
from provenance.core.epcis.vocabulary import Outcome, Procedure
from provenance.core.ledger import note, policy
from provenance.core.record.event import Customs, Link
from provenance.core.record.vocabulary import Act, KeyPurpose
from provenance.core.signing import canonical, keys
from tests import cast
from tests.cast import CN, GTIN, HOST, ITEM, LOT, NL, PALLET, Actor, enrolment, key_uri
from tests.core.check.checking import codes, failed, run
from tests.world import World

# --- what is right -------------------------------------------------------------------


def test_a_whole_journey_checks_out_and_its_loop_is_closed() -> None:
    result = run(World().journey())
    assert result.verdict is Verdict.RECORDS_CHECK_OUT
    assert result.loop is not None
    assert result.loop.state == "closed"
    assert result.loop.reasons == ()
    assert [entry.event.act for entry in result.history] == [
        Act.COMMISSION,
        Act.PACK,
        Act.HAND_OVER,
        Act.ACCEPT,
        Act.CHECKPOINT,
        Act.CHECKPOINT,
        Act.HAND_OVER,
        Act.ACCEPT,
        Act.UNPACK,
        Act.SELL,
    ]


def test_an_item_in_transit_checks_out_with_an_open_loop() -> None:
    result = run(World().journey(until=Act.CHECKPOINT))
    assert result.verdict is Verdict.RECORDS_CHECK_OUT
    assert result.loop is not None
    assert {reason.code for reason in result.loop.reasons} == {"not-ended"}


def test_not_anchored_yet_is_never_invalid() -> None:
    world = World().journey()
    result = run(world, anchored=len(world.documents) - 1)
    assert result.verdict is Verdict.CHECK_NEEDED
    assert codes(result) == {"not-anchored"}


def test_a_destroyed_item_is_ended() -> None:
    world = World().journey(until=Act.UNPACK)
    world.act(world.retailer, Act.DESTROY, ITEM, place=NL)
    assert run(world).verdict is Verdict.ENDED


@pytest.mark.parametrize("direct", [True, False], ids=["the item", "its lot"])
def test_a_recall_comes_before_everything_else(direct: bool) -> None:
    world = World().journey(lot="L-1")
    if direct:
        world.act(world.maker, Act.RECALL, ITEM)
    else:
        recall = cast.a_recall()
        world.claim(world.maker, Act.PRODUCT_RECALLED, gs1.product_uri(GTIN), **recall)
    result = run(world)
    assert result.verdict is Verdict.RECALLED
    assert result.steps[8].code == "recalled"
    assert result.loop == Loop(LoopState.OPEN, (Reason("recalled"),))


RECALLED_ON = {"commissionedFrom": "2026-11-02", "commissionedUntil": "2026-11-02"}


@pytest.mark.parametrize(
    ("which", "reached"),
    [
        ({"lots": [LOT]}, True),
        ({"lots": [World.lot("L-2")]}, False),
        ({"lots": []}, True),
        ({"lots": [], **RECALLED_ON}, True),
        ({"lots": [LOT], "commissionedUntil": "2026-11-01"}, True),
        ({"lots": [], "commissionedUntil": "2026-11-01"}, False),
        ({"lots": [World.lot("L-2")], "commissionedFrom": "2026-11-03"}, False),
        ({"lots": [World.lot("L-2")], "commissionedUntil": "2026-11-02"}, True),
    ],
    ids=str,
)
def test_a_recall_of_the_product_reaches_its_lots_and_days(
    which: dict[str, Any], reached: bool
) -> None:
    world = World().journey(lot="L-1")
    world.claim(world.maker, Act.PRODUCT_RECALLED, gs1.product_uri(GTIN), **cast.a_recall(**which))
    result = run(world)
    assert (result.verdict is Verdict.RECALLED) is reached
    said = {"by": world.maker.gln, "since": world.events[-1].day, **cast.EXPLANATION}
    assert [r.params for r in result.reasons if r.code == "recalled"] == [said] * reached


@pytest.mark.parametrize("subject", [ITEM, LOT], ids=["the item's", "the lot's"])
def test_an_event_that_recalls_a_lot_breaks_every_bundle_that_holds_it(subject: str) -> None:
    world = World().journey(lot="L-1")
    world.act(world.maker, Act.COMMISSION, {LOT: 100})
    world.act(world.maker, Act.RECALL, {ITEM: 1, LOT: 100})
    assert failed(run(world, subject=subject)) == (4, "recall-of-lot")


def test_a_recall_says_why_what_to_do_and_whom_to_ask() -> None:
    world = World().journey()
    world.act(world.maker, Act.RECALL, ITEM)
    (reason,) = run(world).reasons
    day = world.events[-1].day
    assert reason.params == {"by": world.maker.gln, "since": day, **cast.EXPLANATION}


@pytest.mark.parametrize("kind", ["held", "seized", "stolen"])
def test_what_an_authority_stops_is_blocked(kind: str) -> None:
    world = World().journey(until=Act.CHECKPOINT)
    if kind == "stolen":
        world.act(world.carrier, Act.REPORT_STOLEN, PALLET, place=NL)
    else:
        customs = Customs(Procedure.IMPORT, Outcome(kind), "NLRTM")
        world.act(world.customs_nl, Act.CHECKPOINT, PALLET, place=NL, customs=customs)
    result = run(world)
    assert result.verdict is Verdict.BLOCKED
    assert codes(result) >= {kind}


def test_a_correction_strikes_the_wrong_event_through() -> None:
    world = World().journey(until=Act.PACK)
    unpacked = world
    unpacked.act(world.maker, Act.UNPACK, ITEM, parent=PALLET, place=CN)
    unpacked.act(world.maker, Act.OBSERVE, ITEM, place=NL)
    wrong = unpacked.documents[-1]["credentialSubject"]
    unpacked.act(world.maker, Act.CORRECT, ITEM, corrects=wrong)
    result = run(world)
    assert result.verdict is Verdict.CHECK_NEEDED
    assert "corrected" in codes(result)
    assert [entry.event.act for entry in result.history if entry.corrected] == [Act.OBSERVE]


def test_a_correction_before_its_event_corrects_nothing() -> None:
    world = World()
    world.act(world.maker, Act.COMMISSION, ITEM)
    twin = World()
    twin.act(twin.maker, Act.COMMISSION, ITEM)
    twin.act(twin.maker, Act.OBSERVE, ITEM, place=NL)
    body = twin.documents[-1]["credentialSubject"]
    world.act(world.maker, Act.CORRECT, ITEM, corrects=body)
    time = canonical.parse_timestamp(body["eventTime"])
    world.act(world.maker, Act.OBSERVE, ITEM, place=NL, time=time)
    assert world.documents[-1]["credentialSubject"] == body
    assert failed(run(world)) == (4, "illegal-transition")


@pytest.mark.parametrize(
    ("times", "code"), [(2, "already-corrected"), (11, "too-many-corrections")]
)
def test_an_event_corrected_too_often_is_no_event_of_a_record(times: int, code: str) -> None:
    """Which capture refuses: so it came in otherwise."""
    world = World().journey(until=Act.PACK)
    wrong = world.documents[-1]["credentialSubject"]
    for number in range(times):
        reason = "incorrect_data" if code == "already-corrected" else f"urn:example:{number}"
        options = {"corrects": wrong, "error_reason": reason, "parent": PALLET}
        world.act(world.maker, Act.CORRECT, ITEM, **options)
    assert failed(run(world)) == (4, code)


@pytest.mark.parametrize(("days", "code"), [(0, "out-of-order"), (20, "signed-late")])
def test_a_back_dated_event_is_shown_as_late(days: int, code: str) -> None:
    world = World()
    world.tick(timedelta(days=30))
    world.journey(until=Act.UNPACK)
    when = world.clock - timedelta(days=days, hours=2)
    world.act(world.retailer, Act.OBSERVE, ITEM, place=NL, time=when)
    result = run(world)
    assert result.verdict is Verdict.CHECK_NEEDED
    assert codes(result) == {code}


def test_what_was_signed_in_time_and_reached_the_caller_late_was_recorded_late() -> None:
    world = World().journey()
    last = world.states[ITEM]
    when = world.clock + timedelta(days=30)
    held = world.bundle(ITEM)
    result = bundle.check(held, world.trust, now=when, arrived_late={last.head: when})
    assert result.verdict is Verdict.CHECK_NEEDED
    assert codes(result) == {"recorded-late"}
    assert [entry.arrived_late for entry in result.history if entry.late] == [when]


def test_lateness_is_named_after_what_matters_more() -> None:
    world = World()
    world.tick(timedelta(days=30))
    world.journey(until=Act.UNPACK)
    when = world.clock - timedelta(days=20)
    world.hand_over(world.retailer, world.carrier, ITEM, NL, accept=False, time=when)
    assert [reason.code for reason in run(world).reasons] == ["handoff-not-accepted", "signed-late"]


def test_a_handoff_that_nobody_answers_needs_a_look() -> None:
    world = World().journey(until=Act.UNPACK)
    parties = {"sender": world.retailer.gln, "receiver": world.carrier.gln}
    world.act(world.retailer, Act.HAND_OVER, ITEM, place=NL, **parties)
    held = world.bundle(ITEM)
    assert bundle.check(held, world.trust, now=world.clock).verdict is Verdict.RECORDS_CHECK_OUT
    later = bundle.check(held, world.trust, now=world.clock + timedelta(hours=73))
    assert later.verdict is Verdict.CHECK_NEEDED
    assert codes(later) == {"handoff-not-accepted"}


# --- one attack a step --------------------------------------------------------------


def test_step_0_refuses_an_event_id_that_is_not_the_hash() -> None:
    world = World().journey(until=Act.UNPACK)

    def elsewhere(document: dict[str, Any]) -> None:
        document["credentialSubject"]["eventTimeZoneOffset"] = "+09:00"

    world.act(world.retailer, Act.SELL, ITEM, place=NL, edit=elsewhere)
    assert failed(run(world)) == (0, "bad-event-id")


def test_step_1_refuses_a_changed_document() -> None:
    world = World().journey()
    held = world.bundle(ITEM)
    document = held["records"][-1]["document"]
    document["validFrom"] = document["proof"]["created"] = "2026-11-02T23:00:00Z"
    assert failed(run(world, held)) == (1, "bad-signature")


@pytest.mark.parametrize(
    "case", ["unknown", "other party", "other purpose", "revoked", "enrolled after"]
)
def test_step_2_refuses_a_key_that_does_not_speak_for_the_issuer(case: str) -> None:
    world = World().journey(until=Act.UNPACK)
    retailer, private = world.retailer, keys.generate(b"other key".ljust(32))
    seller = Actor(retailer.gln, private)
    if case == "other party":
        seller = Actor(retailer.gln, world.carrier.private)
    if case == "other purpose":
        members = enrolment(retailer.uri, private, purpose=KeyPurpose.REGISTRY)
        world.claim(retailer, Act.KEY_ADDED, key_uri(private), **members)
    if case == "revoked":
        seller = retailer
        world.claim(retailer, Act.KEY_REVOKED, key_uri(retailer.private), reason="compromised")
    world.act(seller, Act.SELL, ITEM, place=NL)
    if case == "enrolled after":
        members = enrolment(retailer.uri, private)
        world.claim(retailer, Act.KEY_ADDED, key_uri(private), **members)
    assert failed(run(world)) == (2, "key-revoked" if case == "revoked" else "key-not-authorised")


@pytest.mark.parametrize(
    "case", ["gap", "fork", "container missing", "wrong previous", "closes another"]
)
def test_step_3_refuses_a_chain_that_is_not_whole(case: str) -> None:
    world = World().journey(until=Act.UNPACK)
    head = world.goods(ITEM)
    wrong = "0" * 64
    previous = wrong if case == "wrong previous" else head.head
    closes = wrong if case == "closes another" else head.genesis
    link = Link(ITEM, head.position + 1, previous, closes)
    world.act(world.retailer, Act.SELL, ITEM, place=NL, links=[link])
    if case == "fork":
        fork = dataclasses.replace(link, closes=None)
        world.act(world.retailer, Act.OBSERVE, ITEM, place=NL, links=[fork])
    held = world.bundle(ITEM)
    if case == "gap":
        del held["records"][-2]
    if case == "container missing":
        linked = [(entry, json.dumps(entry["document"]["chain"])) for entry in held["records"]]
        held["records"] = [entry for entry, links in linked if PALLET not in links or ITEM in links]
    assert failed(run(world, held)) == (3, "broken-link")


def _foreign_seller(world: World) -> None:
    world.act(world.mallory, Act.SELL, ITEM, place=NL)


def _third_party_accepts(world: World) -> None:
    parties = {"sender": world.retailer.gln, "receiver": world.carrier.gln}
    world.act(world.retailer, Act.HAND_OVER, ITEM, place=NL, **parties)
    world.act(
        world.mallory,
        Act.ACCEPT,
        ITEM,
        place=NL,
        sender=world.retailer.gln,
        receiver=world.mallory.gln,
    )


def _sold_twice(world: World) -> None:
    world.act(world.retailer, Act.SELL, ITEM, place=NL)
    world.act(world.retailer, Act.OBSERVE, ITEM, place=NL)


def _carrier_plays_customs(world: World) -> None:
    world.checkpoint(world.carrier, ITEM, "import", "cleared", place=NL)


def _customs_abroad(world: World) -> None:
    world.checkpoint(world.customs_cn, ITEM, "import", "cleared", place=NL)


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
def test_step_4_refuses_who_may_not_sign(attack: Callable[[World], None], code: str) -> None:
    world = World().journey(until=Act.UNPACK)
    attack(world)
    assert failed(run(world)) == (4, code)


@pytest.mark.parametrize("case", ["another index", "a hash changed", "two at one index"])
def test_step_5_refuses_a_proof_that_leads_elsewhere(case: str) -> None:
    world = World().journey()
    held = world.bundle(ITEM)
    lines = held["records"][-1]["proof"].split("\n")
    if case == "another index":
        lines[1] = "index 99999"
    if case == "a hash changed":
        lines[2] = note.encode_base64(bytes(32))
    held["records"][-1]["proof"] = "\n".join(lines)
    if case == "two at one index":
        held["records"][-1]["proof"] = held["records"][-2]["proof"]
    assert failed(run(world, held)) == (5, "bad-proof")


@pytest.mark.parametrize("case", ["another ledger", "signature altered", "no quorum"])
def test_step_6_refuses_a_tree_head_that_trusted_keys_did_not_sign(case: str) -> None:
    world = World().journey()
    if case == "another ledger":
        held, own = world.bundle(ITEM), world.ledger_key
        world.ledger_key = keys.generate(b"M" * 32)
        other = world.bundle(ITEM)
        for entry, forged in zip(held["records"], other["records"], strict=True):
            entry["proof"] = forged["proof"]
        world.ledger_key = own
        assert failed(run(world, held)) == (6, "unknown-ledger")
        return
    if case == "signature altered":
        held = world.bundle(ITEM)
        for entry in held["records"]:
            entry["proof"] = (
                entry["proof"][:-8]
                + ("A" if entry["proof"][-8] != "A" else "B")
                + entry["proof"][-7:]
            )
        assert failed(run(world, held)) == (6, "bad-signature")
        return
    witness = note.Verifier("w", keys.public_of(keys.generate(b"W" * 32)), note.KeyType.COSIGNATURE)
    (log,) = world.trust.policy.logs
    strict = policy.Policy((log,), (policy.Witness("w", witness),), (), "w")
    roots = dataclasses.replace(world.trust, policy=strict)
    held = world.bundle(ITEM) | {"trust": roots.to_json(), "trustDigest": roots.digest()}
    assert failed(bundle.check(held, roots, now=world.clock)) == (6, "quorum-not-met")


def test_step_7_names_the_missing_clearance() -> None:
    world = World()
    world.act(world.maker, Act.COMMISSION, ITEM)
    world.hand_over(world.maker, world.retailer, ITEM, CN, NL)
    result = run(world)
    assert result.verdict is Verdict.CHECK_NEEDED
    assert result.steps[7].outcome is StepOutcome.WARNING
    assert codes(result) == {"export-clearance-missing", "import-clearance-missing"}


def test_a_record_of_a_host_with_a_port_checks_under_its_own_roots_alone() -> None:
    class Ported(World):
        @property
        def host(self) -> str:
            return f"{HOST}:8443"

    world = Ported().journey()
    assert world.events[0].document["issuer"].startswith(f"did:web:{HOST}%3A8443:parties:")
    assert run(world).verdict is Verdict.RECORDS_CHECK_OUT
    held = World().journey().bundle(ITEM) | {
        name: world.bundle(ITEM)[name] for name in ("trust", "trustDigest")
    }
    assert failed(run(world, held)) == (0, "binding-mismatch")
