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
from provenance.core.record.kinds import Kind
from provenance.core.signing import canonical, integrity, keys
from provenance.models import Event, Subject
from provenance.services.record import capture, signing, states
from tests import cast
from tests.cast import CN, NL, World

pytestmark = pytest.mark.usefixtures("rebuilds_clean")


def situation(uri: str) -> str:
    return Subject.objects.get(uri=uri).situation


def made(world: World, serial: str = "A1") -> str:
    item = world.item(serial)
    cast.sign(world.maker.gln, Kind.COMMISSION, item, place=CN)
    return item


def sold(world: World) -> str:
    item = made(world)
    cast.sign(world.maker.gln, Kind.SELL, item)
    return item


def offered(world: World) -> str:
    item = made(world)
    cast.sign(
        world.maker.gln, Kind.HAND_OVER, item, sender=world.maker.gln, receiver=world.carrier.gln
    )
    return item


def packed(world: World) -> str:
    item = made(world)
    cast.sign(world.maker.gln, Kind.COMMISSION, world.unit(1))
    cast.sign(world.maker.gln, Kind.PACK, item, parent=world.unit(1))
    return item


def unit_and_item(world: World) -> str:
    cast.sign(world.maker.gln, Kind.COMMISSION, world.unit(1))
    return made(world)


def outgoing(world: World, _item: str) -> dict[str, Any]:
    return {"sender": world.maker.gln, "receiver": world.carrier.gln}


def in_unit(world: World, _item: str) -> dict[str, Any]:
    return {"parent": world.unit(1)}


def wrong(_world: World, item: str) -> dict[str, Any]:
    """The newest event of `item`, to be declared an error."""
    event = Event.objects.get(digest=Subject.objects.get(uri=item).head_digest)
    return {"corrects": canonical.parse_object(event.document.encode())["credentialSubject"]}


Options = Callable[[World, str], dict[str, Any]]
# Preparation that gives the item, who signs, and the act's options.
ACTS: dict[Kind, tuple[Callable[[World], str], str, Options]] = {
    Kind.COMMISSION: (lambda w: w.item("A1"), "maker", lambda _w, _i: {"lot": "L-1"}),
    Kind.PACK: (unit_and_item, "maker", in_unit),
    Kind.UNPACK: (packed, "maker", in_unit),
    Kind.HAND_OVER: (made, "maker", lambda w, i: outgoing(w, i) | {"reference": "ASN-1"}),
    Kind.ACCEPT: (offered, "carrier", outgoing),
    Kind.REFUSE: (offered, "carrier", outgoing),
    Kind.CANCEL: (offered, "maker", outgoing),
    Kind.CHECKPOINT: (
        made,
        "customs_cn",
        lambda _w, _i: {"customs": Customs("export", "cleared"), "place": CN},
    ),
    Kind.OBSERVE: (made, "maker", lambda _w, _i: {"place": CN}),
    Kind.TRANSFORM: (made, "maker", lambda w, _i: {"outputs": {w.item("B1"): 1}}),
    Kind.SELL: (made, "maker", lambda _w, _i: {}),
    Kind.RETURN: (sold, "maker", lambda _w, _i: {}),
    Kind.DESTROY: (made, "maker", lambda _w, _i: {}),
    Kind.DECOMMISSION: (made, "maker", lambda _w, _i: {}),
    Kind.RECALL: (made, "maker", lambda _w, _i: {}),
    Kind.REPORT_STOLEN: (made, "maker", lambda _w, _i: {}),
    Kind.CORRECT: (made, "maker", wrong),
}
# The member of a handoff that names who signs it.
MINE = {
    Kind.HAND_OVER: "sender",
    Kind.CANCEL: "sender",
    Kind.ACCEPT: "receiver",
    Kind.REFUSE: "receiver",
}


def act(world: World, kind: Kind, by: str, item: str) -> str:
    """Let party `by` do it, and name itself where the act names who signs."""
    options = ACTS[kind][2](world, item)
    if kind in MINE:
        options[MINE[kind]] = by
    return cast.sign(by, kind, item, **options)


def test_every_act_is_tried() -> None:
    assert set(ACTS) == set(acts.TABLE)


@pytest.mark.parametrize("kind", ACTS)
def test_an_act_is_signed_with_the_kept_key_of_who_may_and_refused_to_mallory(
    world: World, kind: Kind
) -> None:
    prepare, who, _ = ACTS[kind]
    item = prepare(world)
    before = Subject.objects.filter(uri=item).values("head_digest", "state").first()
    with cast.refused("not-permitted"):
        act(world, kind, world.mallory.gln, item)
    assert Subject.objects.filter(uri=item).values("head_digest", "state").first() == before
    digest = act(world, kind, getattr(world, who).gln, item)
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
    cast.sign(maker, Kind.COMMISSION, items, place=CN, expiry="2028-01-01")
    cast.sign(maker, Kind.COMMISSION, {lot: 100}, place=CN)
    cast.sign(maker, Kind.COMMISSION, [unit, pallet], place=CN)
    cast.sign(maker, Kind.PACK, {**dict.fromkeys(items, 1), lot: 60}, parent=unit)
    cast.sign(maker, Kind.PACK, unit, parent=pallet)
    before = Event.objects.count()
    cast.sign(
        maker,
        Kind.HAND_OVER,
        pallet,
        sender=maker,
        receiver=carrier,
        reference="ASN-9",
        place=CN,
        offset="+08:00",
    )
    cast.sign(carrier, Kind.ACCEPT, pallet, sender=maker, receiver=carrier, place=CN)
    assert Event.objects.count() == before + 2  # one event for a handoff, whatever it holds
    cast.sign(
        world.customs_cn.gln,
        Kind.CHECKPOINT,
        pallet,
        customs=Customs("export", "cleared"),
        place=CN,
    )
    cast.sign(
        world.customs_nl.gln, Kind.CHECKPOINT, pallet, customs=Customs("import", "held"), place=NL
    )
    with cast.refused("illegal-transition"):
        cast.sign(carrier, Kind.HAND_OVER, pallet, sender=carrier, receiver=retailer, place=NL)
    cast.sign(
        world.customs_nl.gln,
        Kind.CHECKPOINT,
        pallet,
        customs=Customs("import", "cleared"),
        place=NL,
    )
    cast.sign(carrier, Kind.HAND_OVER, pallet, sender=carrier, receiver=retailer, place=NL)
    cast.sign(retailer, Kind.ACCEPT, pallet, sender=carrier, receiver=retailer, place=NL)
    cast.sign(retailer, Kind.UNPACK, unit, parent=pallet, place=NL)
    cast.sign(retailer, Kind.UNPACK, {items[0]: 1, lot: 10}, parent=unit, place=NL)
    cast.sign(retailer, Kind.SELL, items[0], place=NL)
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


def intents(world: World, *steps: tuple[Kind, dict[str, Any]]) -> list[Intent]:
    """Acts of the maker on one item."""
    now = timezone.now()
    return [
        Intent(
            kind=kind,
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
    steps: tuple[tuple[Kind, dict[str, Any]], ...] = (
        (Kind.COMMISSION, {}),
        (Kind.HAND_OVER, names),
        (Kind.ACCEPT, {**names, "issuer": carrier}),
    )
    outcomes = signing.sign_and_capture(intents(world, *steps))
    assert all(outcome.stored for outcome in outcomes)
    assert Subject.objects.get(uri=world.item("A1")).custodian == world.carrier.gln


def test_a_batch_with_one_act_that_is_not_possible_stores_nothing(world: World) -> None:
    outcomes = signing.sign_and_capture(
        intents(world, (Kind.COMMISSION, {}), (Kind.RETURN, {}), (Kind.OBSERVE, {}))
    )
    assert not any(outcome.stored for outcome in outcomes)
    assert outcomes[1].error is not None
    assert outcomes[1].error.code == "illegal-transition"
    assert not Subject.objects.filter(uri=world.item("A1")).exists()


OPTIONS: dict[Kind, Callable[[World], dict[str, Any]]] = {
    Kind.PACK: lambda w: {"parent": w.unit(1)},
    Kind.UNPACK: lambda w: {"parent": w.unit(1)},
    Kind.TRANSFORM: lambda w: {"outputs": {w.item("B1"): 1}},
    Kind.CHECKPOINT: lambda w: {"customs": Customs("export", "cleared"), "place": CN},
}


@pytest.mark.parametrize(
    "kind", [kind for kind in Kind if not kind.is_claim and kind is not Kind.CORRECT]
)
def test_an_act_out_of_order_is_an_error_and_never_a_crash(world: World, kind: Kind) -> None:
    """On what was never commissioned, and again on what is gone."""
    if kind in (Kind.HAND_OVER, Kind.ACCEPT, Kind.REFUSE, Kind.CANCEL):
        options: dict[str, Any] = {"sender": world.maker.gln, "receiver": world.carrier.gln}
    else:
        options = OPTIONS[kind](world) if kind in OPTIONS else {}
    twice = intents(world, (kind, options), (kind, options), (Kind.DESTROY, {}), (kind, options))
    outcomes = signing.sign_and_capture(twice, proceed=True)
    assert all(
        outcome.stored or isinstance(outcome.error, errors.ProvenanceError) for outcome in outcomes
    )
    assert not outcomes[1].stored


def test_the_time_of_signing_may_be_told(world: World) -> None:
    then = timezone.now() - timedelta(days=9)
    digest = cast.sign(
        world.maker.gln, Kind.COMMISSION, world.item("A1"), time=then, signed_at=then
    )
    event = Event.objects.get(digest=digest)
    assert event.created - then < timedelta(milliseconds=1)
    assert event.recorded_at > then + timedelta(days=8)
    assert event.late


def test_a_correction_names_the_event_and_changes_no_custody(world: World) -> None:
    item = made(world)
    observed = cast.sign(world.maker.gln, Kind.OBSERVE, item, place=NL)
    state = Subject.objects.get(uri=item).state["holdings"]
    options = wrong(world, item) | {"error_reason": "did_not_occur"}
    digest = cast.sign(world.maker.gln, Kind.CORRECT, item, **options)
    event = Event.objects.get(digest=digest)
    assert event.event_id == Event.objects.get(digest=observed).event_id
    assert Subject.objects.get(uri=item).state["holdings"] == state


# --- own keys -----------------------------------------------------------------------


def test_a_prepared_document_is_signed_elsewhere_and_captured(world: World) -> None:
    intent = Intent(
        kind=Kind.COMMISSION,
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
        cast.sign("9520000009999", Kind.COMMISSION, world.item("A1"))


def test_a_state_survives_being_stored(world: World) -> None:
    offered(world)
    for row in Subject.objects.all():
        assert states.dump(states.load(row.kind, row.state)) == row.state
