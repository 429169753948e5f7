"""Acts signed with kept keys: every kind, batches that chain on, and documents for
whoever keeps the key.
"""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from provenance.core import errors
from provenance.core.record import acts, compose
from provenance.core.record.compose import Intent
from provenance.core.record.event import Customs
from provenance.core.record.vocabulary import Act
from provenance.core.signing import canonical, integrity, keys
from provenance.models import Event, Subject
from provenance.services.record import capture, signing, states
from tests import captured as cast
from tests.captured import CN, NL, World

pytestmark = pytest.mark.usefixtures("rebuilds_clean")


def situation(uri: str) -> str:
    return Subject.objects.get(uri=uri).situation


def made(world: World, serial: str = "A1") -> str:
    item = world.item(serial)
    cast.sign(world.maker.gln, Act.COMMISSION, item, place=CN)
    return item


def sold(world: World) -> str:
    item = made(world)
    cast.sign(world.maker.gln, Act.SELL, item)
    return item


def offered(world: World) -> str:
    item = made(world)
    cast.sign(
        world.maker.gln, Act.HAND_OVER, item, sender=world.maker.gln, receiver=world.carrier.gln
    )
    return item


def packed(world: World) -> str:
    item = made(world)
    cast.sign(world.maker.gln, Act.COMMISSION, world.unit(1))
    cast.sign(world.maker.gln, Act.PACK, item, parent=world.unit(1))
    return item


def unit_and_item(world: World) -> str:
    cast.sign(world.maker.gln, Act.COMMISSION, world.unit(1))
    return made(world)


def correct(by: str, item: str, reason: str = "incorrect_data") -> str:
    """Declare the newest event of `item` an error."""
    wrong = Event.objects.get(digest=Subject.objects.get(uri=item).head_digest)
    body = canonical.parse_object(wrong.document.encode())["credentialSubject"]
    return cast.sign(by, Act.CORRECT, item, corrects=body, error_reason=reason)


Act = Callable[[World, str, str], str]  # world, who signs, the item -> digest
ACTS: dict[Act, tuple[Callable[[World], str], str, Act]] = {
    Act.COMMISSION: (lambda w: w.item("A1"), "maker", lambda w, by, i: cast.sign(by, Act.COMMISSION, i, lot="L-1")),
    Act.PACK: (unit_and_item, "maker", lambda w, by, i: cast.sign(by, Act.PACK, i, parent=w.unit(1))),
    Act.UNPACK: (packed, "maker", lambda w, by, i: cast.sign(by, Act.UNPACK, i, parent=w.unit(1))),
    Act.HAND_OVER: (made, "maker", lambda w, by, i: cast.sign(by, Act.HAND_OVER, i, sender=by, receiver=w.carrier.gln, reference="ASN-1")),
    Act.ACCEPT: (offered, "carrier", lambda w, by, i: cast.sign(by, Act.ACCEPT, i, sender=w.maker.gln, receiver=by)),
    Act.REFUSE: (offered, "carrier", lambda w, by, i: cast.sign(by, Act.REFUSE, i, sender=w.maker.gln, receiver=by)),
    Act.CANCEL: (offered, "maker", lambda w, by, i: cast.sign(by, Act.CANCEL, i, sender=by, receiver=w.carrier.gln)),
    Act.CHECKPOINT: (
        made, "customs_cn", lambda w, by, i: cast.sign(by, Act.CHECKPOINT, i, customs=Customs("export", "cleared"), place=CN)
    ),
    Act.OBSERVE: (made, "maker", lambda w, by, i: cast.sign(by, Act.OBSERVE, i, place=CN)),
    Act.TRANSFORM: (made, "maker", lambda w, by, i: cast.sign(by, Act.TRANSFORM, {i: 1}, outputs={w.item("B1"): 1})),
    Act.SELL: (made, "maker", lambda w, by, i: cast.sign(by, Act.SELL, i)),
    Act.RETURN: (sold, "maker", lambda w, by, i: cast.sign(by, Act.RETURN, i)),
    Act.DESTROY: (made, "maker", lambda w, by, i: cast.sign(by, Act.DESTROY, i)),
    Act.DECOMMISSION: (made, "maker", lambda w, by, i: cast.sign(by, Act.DECOMMISSION, i)),
    Act.RECALL: (made, "maker", lambda w, by, i: cast.sign(by, Act.RECALL, i)),
    Act.REPORT_STOLEN: (made, "maker", lambda w, by, i: cast.sign(by, Act.REPORT_STOLEN, i)),
    Act.CORRECT: (made, "maker", lambda w, by, i: correct(by, i)),
}  # fmt: skip


def test_every_act_is_tried() -> None:
    assert set(ACTS) == set(acts.TABLE)


@pytest.mark.parametrize("kind", ACTS)
def test_an_act_is_signed_with_the_kept_key_of_who_may_and_refused_to_mallory(
    world: World, kind: Act
) -> None:
    prepare, who, act = ACTS[kind]
    item = prepare(world)
    before = Subject.objects.filter(uri=item).values("head_digest", "state").first()
    with cast.refused("not-permitted"):
        act(world, world.mallory.gln, item)
    assert Subject.objects.filter(uri=item).values("head_digest", "state").first() == before
    digest = act(world, getattr(world, who).gln, item)
    event = Event.objects.get(digest=digest)
    assert (event.kind, event.issuer) == (kind.value, getattr(world, who).gln)
    assert event.key != getattr(world, who).public  # the kept one, not the one the test holds
    assert Subject.objects.get(uri=item).head_digest == digest
    integrity.verify(canonical.parse(event.document.encode()))


def test_a_whole_journey_through_the_services(world: World) -> None:
    maker, carrier, retailer = world.maker.gln, world.carrier.gln, world.retailer.gln
    items, lot, unit, pallet = (
        [world.item(f"A{n}") for n in range(3)],
        world.lot("L-1"),
        world.unit(1),
        world.unit(2),
    )
    cast.sign(maker, Act.COMMISSION, items, place=CN, expiry="2028-01-01")
    cast.sign(maker, Act.COMMISSION, {lot: 100}, place=CN)
    cast.sign(maker, Act.COMMISSION, [unit, pallet], place=CN)
    cast.sign(maker, Act.PACK, {**dict.fromkeys(items, 1), lot: 60}, parent=unit)
    cast.sign(maker, Act.PACK, unit, parent=pallet)
    before = Event.objects.count()
    cast.sign(
        maker,
        Act.HAND_OVER,
        pallet,
        sender=maker,
        receiver=carrier,
        reference="ASN-9",
        place=CN,
        offset="+08:00",
    )
    cast.sign(carrier, Act.ACCEPT, pallet, sender=maker, receiver=carrier, place=CN)
    assert Event.objects.count() == before + 2  # one event for a handoff, whatever it holds
    cast.sign(
        world.customs_cn.gln,
        Act.CHECKPOINT,
        pallet,
        customs=Customs("export", "cleared"),
        place=CN,
    )
    cast.sign(
        world.customs_nl.gln, Act.CHECKPOINT, pallet, customs=Customs("import", "held"), place=NL
    )
    with cast.refused("illegal-transition"):
        cast.sign(carrier, Act.HAND_OVER, pallet, sender=carrier, receiver=retailer, place=NL)
    cast.sign(
        world.customs_nl.gln,
        Act.CHECKPOINT,
        pallet,
        customs=Customs("import", "cleared"),
        place=NL,
    )
    cast.sign(carrier, Act.HAND_OVER, pallet, sender=carrier, receiver=retailer, place=NL)
    cast.sign(retailer, Act.ACCEPT, pallet, sender=carrier, receiver=retailer, place=NL)
    cast.sign(retailer, Act.UNPACK, unit, parent=pallet, place=NL)
    cast.sign(retailer, Act.UNPACK, {items[0]: 1, lot: 10}, parent=unit, place=NL)
    cast.sign(retailer, Act.SELL, items[0], place=NL)
    assert [situation(uri) for uri in (*items, unit)] == [
        "sold",
        "packed",
        "packed",
        "with_custodian",
    ]
    assert Subject.objects.get(uri=lot).state["holdings"] == {
        f"gln:{maker}": "40", unit: "50", f"gln:{retailer}": "10"
    }  # fmt: skip


# --- batches ------------------------------------------------------------------------


def intents(world: World, *steps: tuple[Act, dict[str, Any]]) -> list[Intent]:
    """Acts of the maker on one item."""
    now = timezone.now()
    return [
        Intent(
            act=kind,
            **{
                "issuer": world.maker.gln,
                "subjects": {world.item("A1"): 1},
                "time": now,
                **options,
            },
        )
        for kind, options in steps
    ]


def test_acts_on_one_subject_in_one_batch_follow_one_another(world: World) -> None:
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


def test_a_batch_with_one_act_that_is_not_possible_stores_nothing(world: World) -> None:
    outcomes = signing.sign_and_capture(
        intents(world, (Act.COMMISSION, {}), (Act.RETURN, {}), (Act.OBSERVE, {}))
    )
    assert not any(outcome.stored for outcome in outcomes)
    assert outcomes[1].error is not None
    assert outcomes[1].error.code == "illegal-transition"
    assert not Subject.objects.filter(uri=world.item("A1")).exists()


OPTIONS: dict[Act, Callable[[World], dict[str, Any]]] = {
    Act.PACK: lambda w: {"parent": w.unit(1)},
    Act.UNPACK: lambda w: {"parent": w.unit(1)},
    Act.TRANSFORM: lambda w: {"outputs": {w.item("B1"): 1}},
    Act.CHECKPOINT: lambda w: {"customs": Customs("export", "cleared"), "place": CN},
}


@pytest.mark.parametrize(
    "kind", [kind for kind in Act if not kind.is_claim and kind is not Act.CORRECT]
)
def test_an_act_out_of_order_is_an_error_and_never_a_crash(world: World, kind: Act) -> None:
    """On what was never commissioned, and again on what is gone."""
    if kind in (Act.HAND_OVER, Act.ACCEPT, Act.REFUSE, Act.CANCEL):
        options: dict[str, Any] = {"sender": world.maker.gln, "receiver": world.carrier.gln}
    else:
        options = OPTIONS[kind](world) if kind in OPTIONS else {}
    twice = intents(world, (kind, options), (kind, options), (Act.DESTROY, {}), (kind, options))
    outcomes = signing.sign_and_capture(twice, proceed=True)
    assert all(
        outcome.stored or isinstance(outcome.error, errors.ProvenanceError) for outcome in outcomes
    )
    assert not outcomes[1].stored


def test_the_time_of_signing_may_be_told(world: World) -> None:
    then = timezone.now() - timedelta(days=9)
    digest = cast.sign(
        world.maker.gln, Act.COMMISSION, world.item("A1"), time=then, signed_at=then
    )
    event = Event.objects.get(digest=digest)
    assert event.created - then < timedelta(milliseconds=1)
    assert event.recorded_at > then + timedelta(days=8)
    assert event.late


def test_a_correction_names_the_event_and_changes_no_custody(world: World) -> None:
    item = made(world)
    wrong = cast.sign(world.maker.gln, Act.OBSERVE, item, place=NL)
    state = Subject.objects.get(uri=item).state["holdings"]
    digest = correct(world.maker.gln, item, reason="did_not_occur")
    event = Event.objects.get(digest=digest)
    assert event.event_id == Event.objects.get(digest=wrong).event_id
    assert Subject.objects.get(uri=item).state["holdings"] == state


# --- own keys -----------------------------------------------------------------------


def test_a_prepared_document_is_signed_elsewhere_and_captured(world: World) -> None:
    intent = Intent(
        act=Act.COMMISSION,
        issuer=world.maker.gln,
        subjects={world.item("A1"): 1},
        time=timezone.now(),
    )
    unsigned = signing.prepare(intent)
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


def test_a_party_without_a_kept_key_is_told_so(world: World) -> None:
    with cast.refused("no-kept-key"):
        cast.sign("9520000009999", Act.COMMISSION, world.item("A1"))


def test_a_state_survives_being_stored(world: World) -> None:
    offered(world)
    for row in Subject.objects.all():
        assert states.dump(states.load(row.kind, row.state)) == row.state
