"""Acts signed with kept keys: every kind, batches that chain on, and documents for
whoever keeps the key.
"""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from provenance.core import errors
from provenance.core.epcis.vocabulary import Outcome, Procedure
from provenance.core.record import acts, compose
from provenance.core.record.compose import Intent
from provenance.core.record.event import Customs
from provenance.core.record.vocabulary import Act
from provenance.core.signing import canonical, integrity, keys
from provenance.models import Event, Subject
from provenance.services.record import capture, signing, states
from tests import cast
from tests.captured import Captured, refused
from tests.cast import CN, NL, PALLET, Actor

pytestmark = pytest.mark.usefixtures("rebuilds_clean")


def situation(uri: str) -> str:
    return Subject.objects.get(uri=uri).situation


def made(world: Captured, serial: str = "A1") -> str:
    item = world.item(serial)
    world.sign_for(world.maker, Act.COMMISSION, item)
    return item


def sold(world: Captured) -> str:
    item = made(world)
    world.sign_for(world.maker, Act.SELL, item)
    return item


def offered(world: Captured) -> str:
    item = made(world)
    world.sign_for(world.maker, Act.HAND_OVER, item, **handoff(world))
    return item


def unit_and_item(world: Captured) -> str:
    world.sign_for(world.maker, Act.COMMISSION, PALLET)
    return made(world)


def packed(world: Captured) -> str:
    item = unit_and_item(world)
    world.sign_for(world.maker, Act.PACK, item, parent=PALLET)
    return item


def handoff(world: Captured) -> dict[str, str]:
    return {"sender": world.maker.gln, "receiver": world.carrier.gln}


INSIDE = {"parent": PALLET}
EXPORT = {"customs": Customs(Procedure.EXPORT, Outcome.CLEARED)}
MADE: dict[str, Any] = {"outputs": {Captured.item("B1"): 1}}
# act -> how the item comes into a situation that allows it, its signer, its options
ACTS: dict[Act, tuple[Callable[[Captured], str], str, dict[str, Any]]] = {
    Act.COMMISSION: (lambda world: world.item("A1"), "maker", {"lot": "L-1"}),
    Act.PACK: (unit_and_item, "maker", INSIDE),
    Act.UNPACK: (packed, "maker", INSIDE),
    Act.HAND_OVER: (made, "maker", {"reference": "ASN-1"}),
    Act.ACCEPT: (offered, "carrier", {}),
    Act.REFUSE: (offered, "carrier", {}),
    Act.CANCEL: (offered, "maker", {}),
    Act.CHECKPOINT: (made, "customs_cn", EXPORT),
    Act.OBSERVE: (made, "maker", {}),
    Act.TRANSFORM: (made, "maker", MADE),
    Act.SELL: (made, "maker", {}),
    Act.RETURN: (sold, "maker", {}),
    Act.DESTROY: (made, "maker", {}),
    Act.DECOMMISSION: (made, "maker", {}),
    Act.RECALL: (made, "maker", {}),
    Act.REPORT_STOLEN: (made, "maker", {}),
    Act.CORRECT: (made, "maker", {}),
}


def options_of(world: Captured, by: Actor, kind: Act, item: str) -> dict[str, Any]:
    """The options of an act that `by` tries: in a handoff it names itself."""
    options = ACTS[kind][2]
    match kind:
        case Act.HAND_OVER | Act.CANCEL:
            return options | {"sender": by.gln, "receiver": world.carrier.gln}
        case Act.ACCEPT | Act.REFUSE:
            return options | {"sender": world.maker.gln, "receiver": by.gln}
        case Act.CORRECT:
            return options | {"corrects": body_of(Subject.objects.get(uri=item).head_digest)}
        case _:
            return options


def body_of(digest: str) -> dict[str, Any]:
    """The credentialSubject of a stored event."""
    document = canonical.parse(Event.objects.get(digest=digest).document.encode())
    body: dict[str, Any] = document["credentialSubject"]
    return body


def test_every_act_is_tried() -> None:
    assert set(ACTS) == set(acts.GOODS_RULES)


@pytest.mark.parametrize("kind", ACTS)
def test_an_act_is_signed_with_the_kept_key_of_who_may_and_refused_to_mallory(
    world: Captured, kind: Act
) -> None:
    prepare, name, _ = ACTS[kind]
    item, who = prepare(world), getattr(world, name)
    before = Subject.objects.filter(uri=item).values("head_digest", "state").first()
    theirs = options_of(world, world.mallory, kind, item)
    with refused("not-permitted"):
        world.sign_for(world.mallory, kind, item, **theirs)
    assert Subject.objects.filter(uri=item).values("head_digest", "state").first() == before
    digest = world.sign_for(who, kind, item, **options_of(world, who, kind, item))
    event = Event.objects.get(digest=digest)
    assert (event.kind, event.issuer) == (kind.value, who.gln)
    assert event.key != who.public  # the kept one, not the one the test holds
    assert Subject.objects.get(uri=item).head_digest == digest
    integrity.verify(canonical.parse(event.document.encode()))


def test_a_whole_journey_through_the_services(world: Captured) -> None:
    maker, carrier, retailer, sign = world.maker, world.carrier, world.retailer, world.sign_for
    items, lot = [world.item(f"A{n}") for n in range(3)], world.lot("L-1")
    unit, pallet = world.unit(1), world.unit(2)
    out, on = handoff(world), {"sender": carrier.gln, "receiver": retailer.gln}
    sign(maker, Act.COMMISSION, items, expiry="2028-01-01")
    sign(maker, Act.COMMISSION, {lot: 100})
    sign(maker, Act.COMMISSION, [unit, pallet])
    sign(maker, Act.PACK, {**dict.fromkeys(items, 1), lot: 60}, parent=unit)
    sign(maker, Act.PACK, unit, parent=pallet)
    before = Event.objects.count()
    sign(maker, Act.HAND_OVER, pallet, reference="ASN-9", offset="+08:00", **out)
    sign(carrier, Act.ACCEPT, pallet, **out)
    assert Event.objects.count() == before + 2  # one event for a handoff, whatever it holds
    sign(world.customs_cn, Act.CHECKPOINT, pallet, **EXPORT)
    for outcome in (Outcome.HELD, Outcome.CLEARED):
        customs = Customs(Procedure.IMPORT, outcome)
        sign(world.customs_nl, Act.CHECKPOINT, pallet, customs=customs, place=NL)
        if outcome is Outcome.HELD:
            with refused("illegal-transition"):
                sign(carrier, Act.HAND_OVER, pallet, place=NL, **on)
    sign(carrier, Act.HAND_OVER, pallet, place=NL, **on)
    sign(retailer, Act.ACCEPT, pallet, place=NL, **on)
    sign(retailer, Act.UNPACK, unit, parent=pallet, place=NL)
    sign(retailer, Act.UNPACK, {items[0]: 1, lot: 10}, parent=unit, place=NL)
    sign(retailer, Act.SELL, items[0], place=NL)
    situations = ["sold", "packed", "packed", "with_custodian"]
    assert [situation(uri) for uri in (*items, unit)] == situations
    holdings = {f"gln:{maker.gln}": "40", unit: "50", f"gln:{retailer.gln}": "10"}
    assert Subject.objects.get(uri=lot).state["holdings"] == holdings


# --- batches ------------------------------------------------------------------------


def intents(world: Captured, *steps: tuple[Act, dict[str, Any]]) -> list[Intent]:
    """Acts of the maker on one item."""
    now = timezone.now()
    return [
        Intent(
            act=kind,
            **{
                "issuer": world.maker.gln,
                "subjects": {world.item("A1"): 1},
                "time": now,
                "explanation": cast.explanation(kind),
                **options,
            },
        )
        for kind, options in steps
    ]


def test_acts_on_one_subject_in_one_batch_follow_one_another(world: Captured) -> None:
    carrier = world.carrier.gln
    names = {"sender": world.maker.gln, "receiver": carrier}
    steps: tuple[tuple[Act, dict[str, Any]], ...] = (
        (Act.COMMISSION, {}),
        (Act.HAND_OVER, names),
        (Act.ACCEPT, {**names, "issuer": carrier}),
    )
    outcomes = signing.sign_and_capture(intents(world, *steps))
    assert all(outcome.stored for outcome in outcomes)
    assert Subject.objects.get(uri=world.item("A1")).custodian == world.carrier.gln


def test_a_batch_with_one_act_that_is_not_possible_stores_nothing(world: Captured) -> None:
    outcomes = signing.sign_and_capture(
        intents(world, (Act.COMMISSION, {}), (Act.RETURN, {}), (Act.OBSERVE, {}))
    )
    assert not any(outcome.stored for outcome in outcomes)
    assert outcomes[1].error is not None
    assert outcomes[1].error.code == "illegal-transition"
    assert not Subject.objects.filter(uri=world.item("A1")).exists()


@pytest.mark.parametrize(
    "kind", [kind for kind in Act if not kind.is_claim and kind is not Act.CORRECT]
)
def test_an_act_out_of_order_is_an_error_and_never_a_crash(world: Captured, kind: Act) -> None:
    """On what was never commissioned, and again on what is gone."""
    options = ACTS[kind][2] | {"place": CN}
    if kind in (Act.HAND_OVER, Act.ACCEPT, Act.REFUSE, Act.CANCEL):
        options |= handoff(world)
    twice = intents(world, (kind, options), (kind, options), (Act.DESTROY, {}), (kind, options))
    outcomes = signing.sign_and_capture(twice, proceed=True)
    assert all(
        outcome.stored or isinstance(outcome.error, errors.ProvenanceError) for outcome in outcomes
    )
    assert not outcomes[1].stored


def test_the_time_of_signing_may_be_given(world: Captured) -> None:
    then = timezone.now() - timedelta(days=9)
    digest = world.sign_for(world.maker, Act.COMMISSION, world.item("A1"), time=then, created=then)
    event = Event.objects.get(digest=digest)
    assert event.created - then < timedelta(milliseconds=1)
    assert event.recorded_at > then + timedelta(days=8)
    assert event.late


def test_a_correction_names_the_event_and_changes_no_custody(world: Captured) -> None:
    item = made(world)
    wrong = world.sign_for(world.maker, Act.OBSERVE, item, place=NL)
    state = Subject.objects.get(uri=item).state["holdings"]
    says = {"corrects": body_of(wrong), "error_reason": "did_not_occur"}
    digest = world.sign_for(world.maker, Act.CORRECT, item, **says)
    event = Event.objects.get(digest=digest)
    assert event.event_id == Event.objects.get(digest=wrong).event_id
    assert Subject.objects.get(uri=item).state["holdings"] == state


# --- own keys -----------------------------------------------------------------------


def test_a_prepared_document_is_signed_elsewhere_and_captured(world: Captured) -> None:
    intent = Intent(
        act=Act.COMMISSION,
        issuer=world.maker.gln,
        subjects={world.item("A1"): 1},
        time=timezone.now(),
    )
    ((unsigned, _),) = signing.prepare([signing.draft(intent)])
    assert not Event.objects.filter(kind="commission").exists()
    proof, to_sign = integrity.prepare(
        unsigned,
        verification_method=f"{unsigned['issuer']}#{world.maker.public}",
        created=unsigned["validFrom"],
    )
    signed = integrity.attach(unsigned, proof, keys.sign(world.maker.private, to_sign))
    (outcome,) = capture.capture([signed])
    assert outcome.stored
    assert signed == compose.sign(unsigned, world.maker.private)


def test_a_party_without_a_kept_key_is_refused(world: Captured) -> None:
    with refused("no-kept-key"):
        world.sign_for(cast.actor(77), Act.COMMISSION, world.item("A1"))


def test_a_state_survives_being_stored(world: Captured) -> None:
    offered(world)
    for row in Subject.objects.all():
        assert states.dump(states.load(row.kind, row.state)) == row.state
