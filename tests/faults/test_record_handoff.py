"""A handoff has two halves (F07): until the named receiver signs the second, custody
stays where it was.
"""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.utils import timezone

from provenance.core.check.loop import LoopState
from provenance.core.check.result import Verdict
from provenance.core.record.vocabulary import Act
from provenance.models import Handoff, Subject
from provenance.services import ledger
from provenance.services.check import verification
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


# who signs, the act, whom it names as sender and receiver
DENIED: dict[str, tuple[str, Act, str, str]] = {
    "a third party takes it for itself": ("mallory", Act.ACCEPT, "maker", "mallory"),
    "a third party signs what names the receiver": ("mallory", Act.ACCEPT, "maker", "carrier"),
    "the giver signs what names the receiver": ("maker", Act.ACCEPT, "maker", "carrier"),
    "the giver takes it back from the receiver": ("maker", Act.ACCEPT, "carrier", "maker"),
    "customs takes it": ("customs_cn", Act.ACCEPT, "maker", "customs_cn"),
    "a third party refuses": ("mallory", Act.REFUSE, "maker", "mallory"),
    "a third party cancels": ("mallory", Act.CANCEL, "mallory", "carrier"),
    "the receiver cancels": ("carrier", Act.CANCEL, "carrier", "maker"),
}
UNTIMELY: dict[str, tuple[str, Act, str, str]] = {
    "the receiver takes it from somebody else": ("carrier", Act.ACCEPT, "mallory", "carrier"),
    "the receiver refuses it to somebody else": ("carrier", Act.REFUSE, "mallory", "carrier"),
    "the giver cancels what it gave to somebody else": ("maker", Act.CANCEL, "maker", "mallory"),
    "the receiver acts before it accepts": ("carrier", Act.SELL, "", ""),
    "the receiver hands it on before it accepts": ("carrier", Act.HAND_OVER, "carrier", "mallory"),
    "the giver hands it to another meanwhile": ("maker", Act.HAND_OVER, "maker", "mallory"),
    "the giver sells it meanwhile": ("maker", Act.SELL, "", ""),
}
IN_ITS_NAME = {"a third party": "mallory", "the giver": "maker"}
STATUS = {"not-permitted": 403, "key-not-authorised": 403, "illegal-transition": 409}


def attacks(world: Captured, item: str) -> Iterator[tuple[str, Actor, bytes, str]]:
    """Every attack: its name, the party it is signed as, the event, and the refusal."""
    cast = world.everybody
    for table, code in ((DENIED, "not-permitted"), (UNTIMELY, "illegal-transition")):
        for case, (by, kind, sender, receiver) in table.items():
            names = {"sender": cast[sender].gln, "receiver": cast[receiver].gln} if sender else {}
            yield case, cast[by], world.signed(cast[by], kind, item, **names), code
    names = {"sender": world.maker.gln, "receiver": world.carrier.gln}
    for case, by in IN_ITS_NAME.items():
        raw = world.signed(world.carrier, Act.ACCEPT, item, key=cast[by].private, **names)
        yield f"{case} signs in the receiver's name", world.carrier, raw, "key-not-authorised"


def test_nobody_but_the_named_receiver_moves_custody(world: Captured, item: str) -> None:
    for case, actor, raw, code in attacks(world, item):
        assert (case, recording.refusal(raw).code) == (case, code)
        answer = recording.caller(actor).post("/events", raw)
        assert (answer.status_code, answer.json()["code"]) == (STATUS[code], code)
    row = Subject.objects.get(uri=item)
    assert (row.custodian, row.pending_receiver) == (world.maker.gln, world.carrier.gln)
    assert Handoff.objects.get().outcome == ""
    names = {"sender": world.maker.gln, "receiver": world.carrier.gln}
    world.act(world.carrier, Act.ACCEPT, item, **names)
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
