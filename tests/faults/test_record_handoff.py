"""A handoff has two halves (F07): until the named receiver signs the second, custody
stays where it was.
"""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from provenance.core.check.loop import LoopState
from provenance.core.check.result import Verdict
from provenance.core.record.vocabulary import Act
from provenance.models import Handoff, Subject
from provenance.services import ledger
from provenance.services.check import verification
from tests.api import client
from tests.captured import Captured
from tests.cast import Actor
from tests.faults import recording

pytestmark = pytest.mark.usefixtures("ends_sound")


@pytest.fixture
def item(world: Captured) -> str:
    """An item that the maker has handed over to the carrier, who has not answered."""
    item = world.item("A1")
    world.act(world.maker, Act.COMMISSION, item)
    world.hand_over(world.maker, world.carrier, item, accept=False)
    return item


def names(sender: Actor, receiver: Actor) -> dict[str, str]:
    return {"sender": sender.gln, "receiver": receiver.gln}


Attack = Callable[[Captured], tuple[Actor, Act, dict[str, Any]]]
ATTACKS: dict[str, tuple[Attack, str]] = {
    "a third party takes it for itself": (
        lambda w: (w.mallory, Act.ACCEPT, names(w.maker, w.mallory)), "not-permitted"),
    "a third party signs what names the receiver": (
        lambda w: (w.mallory, Act.ACCEPT, names(w.maker, w.carrier)), "not-permitted"),
    "a third party signs in the receiver's name": (
        lambda w: (w.carrier, Act.ACCEPT, names(w.maker, w.carrier) | {"key": w.mallory.private}),
        "key-not-authorised"),
    "the giver signs in the receiver's name": (
        lambda w: (w.carrier, Act.ACCEPT, names(w.maker, w.carrier) | {"key": w.maker.private}),
        "key-not-authorised"),
    "the giver signs what names the receiver": (
        lambda w: (w.maker, Act.ACCEPT, names(w.maker, w.carrier)), "not-permitted"),
    "the giver takes it back from the receiver": (
        lambda w: (w.maker, Act.ACCEPT, names(w.carrier, w.maker)), "not-permitted"),
    "customs takes it": (lambda w: (w.customs_cn, Act.ACCEPT, names(w.maker, w.customs_cn)), "not-permitted"),
    "the receiver takes it from somebody else": (
        lambda w: (w.carrier, Act.ACCEPT, names(w.mallory, w.carrier)), "illegal-transition"),
    "the receiver refuses it to somebody else": (
        lambda w: (w.carrier, Act.REFUSE, names(w.mallory, w.carrier)), "illegal-transition"),
    "the giver cancels what it gave to somebody else": (
        lambda w: (w.maker, Act.CANCEL, names(w.maker, w.mallory)), "illegal-transition"),
    "a third party refuses": (lambda w: (w.mallory, Act.REFUSE, names(w.maker, w.mallory)), "not-permitted"),
    "a third party cancels": (lambda w: (w.mallory, Act.CANCEL, names(w.mallory, w.carrier)), "not-permitted"),
    "the receiver cancels": (lambda w: (w.carrier, Act.CANCEL, names(w.carrier, w.maker)), "not-permitted"),
    "the receiver acts before it accepts": (lambda w: (w.carrier, Act.SELL, {}), "illegal-transition"),
    "the receiver hands it on before it accepts": (
        lambda w: (w.carrier, Act.HAND_OVER, names(w.carrier, w.mallory)), "illegal-transition"),
    "the giver hands it to another meanwhile": (
        lambda w: (w.maker, Act.HAND_OVER, names(w.maker, w.mallory)), "illegal-transition"),
    "the giver sells it meanwhile": (lambda w: (w.maker, Act.SELL, {}), "illegal-transition"),
}  # fmt: skip
STATUS = {"not-permitted": 403, "key-not-authorised": 403, "illegal-transition": 409}


def test_nobody_but_the_named_receiver_moves_custody(world: Captured, item: str) -> None:
    for case, (attack, code) in ATTACKS.items():
        actor, kind, options = attack(world)
        raw = world.signed(actor, kind, item, **options)
        assert (case, recording.refusal(raw).code) == (case, code)
        answer = client.Caller(actor.gln, client.api_key(actor.gln)).post("/events", raw)
        assert (answer.status_code, answer.json()["code"]) == (STATUS[code], code)
    row = Subject.objects.get(uri=item)
    assert (row.custodian, row.pending_receiver) == (world.maker.gln, world.carrier.gln)
    assert Handoff.objects.get().outcome == ""
    world.act(world.carrier, Act.ACCEPT, item, **names(world.maker, world.carrier))
    assert Subject.objects.get(uri=item).custodian == world.carrier.gln


def test_a_handoff_that_is_never_accepted_stays_with_its_giver_and_comes_to_light(
    world: Captured, item: str
) -> None:
    ledger.anchor_pending()
    now = timezone.now()
    assert verification.check(item, now=now).verdict is Verdict.RECORDS_CHECK_OUT
    result = verification.check(item, now=now + timedelta(days=4))
    assert result.verdict is Verdict.CHECK_NEEDED
    (reason,) = result.reasons
    assert (reason.code, reason.params) == ("handoff-not-accepted", {"receiver": world.carrier.gln})
    loop = verification.check(item).loop
    assert loop is not None
    assert loop.state is LoopState.OPEN
    assert "handoff-pending" in [reason.code for reason in loop.reasons]
    row = Subject.objects.get(uri=item)
    assert (row.custodian, row.pending_receiver) == (world.maker.gln, world.carrier.gln)


def test_what_is_inside_waits_with_its_unit(world: Captured) -> None:
    """A pallet that nobody accepts: its item is the giver's still, and the page about
    the item says so too.
    """
    item, unit = world.item("A1"), world.unit(1)
    world.act(world.maker, Act.COMMISSION, [item, unit])
    world.act(world.maker, Act.PACK, item, parent=unit)
    world.hand_over(world.maker, world.carrier, unit, accept=False)
    ledger.anchor_pending()
    assert recording.refusal(world.signed(world.carrier, Act.UNPACK, item, parent=unit)).code == (
        "illegal-transition"
    )
    result = verification.check(item, now=timezone.now() + timedelta(days=4))
    assert result.verdict is Verdict.CHECK_NEEDED
    assert [reason.code for reason in result.reasons] == ["handoff-not-accepted"]
