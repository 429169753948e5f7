"""Read models are what the events say: rebuild finds each kind of damage, says so, and
puts it right.
"""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from provenance.core.record.vocabulary import Act
from provenance.models import (
    Checkpoint,
    Event,
    Handoff,
    Licence,
    Party,
    Product,
    Right,
    Shipment,
    ShipmentLine,
    SigningKey,
    Subject,
)
from provenance.services import ledger
from provenance.services.check import verification, visibility
from provenance.services.record import rebuild
from provenance.services.registry import parties, rights
from provenance.services.registry.rights import NewLicence
from tests import cast, soundness
from tests.captured import Captured, refused
from tests.cast import RIGHT

ITEM = "A1"


@pytest.fixture
def lived(world: Captured) -> Captured:
    """A world in which a row of every read model is in use."""
    item, unit = world.item(ITEM), world.unit(1)
    world.act(world.maker, Act.COMMISSION, [item, unit])
    world.act(world.maker, Act.PACK, item, parent=unit)
    world.hand_over(world.maker, world.carrier, unit, reference="ASN-1")
    world.checkpoint(world.customs_cn, unit, outcome="held")
    maker, carrier = world.maker.gln, world.carrier.gln
    licence = rights.grant_licence(
        maker, RIGHT, NewLicence(licensee=carrier, valid_from=date(2026, 1, 1))
    )
    rights.revoke_licence(maker, RIGHT, licence, date(2026, 6, 1))
    parties.revoke_key(world.mallory.gln, world.mallory.public)
    return world


@pytest.mark.usefixtures("lived")
def test_after_a_life_there_is_no_difference() -> None:
    assert rebuild.rebuild() == []
    ledger.anchor_pending()
    assert rebuild.rebuild() == []


DAMAGE: dict[str, Callable[[], Any]] = {
    "a subject's custodian": lambda: Subject.objects.filter(custodian="").update(custodian="1"),
    "a subject's state": lambda: Subject.objects.filter(kind="item").update(state={"held": {}}),
    "a subject's head": lambda: Subject.objects.filter(kind="item").update(
        head_position=9, head_digest="0" * 64
    ),
    "a subject's time": lambda: Subject.objects.update(
        head_recorded_at=timezone.now() + timedelta(days=1)
    ),
    "a party's name": lambda: Party.objects.filter(country="SG").update(name="Somebody Else"),
    "a party's roles": lambda: Party.objects.filter(country="SG").update(roles=["registrar"]),
    "a key's purpose": lambda: SigningKey.objects.filter(custody="external").update(
        purpose="goods"
    ),
    "a key that came back": lambda: SigningKey.objects.exclude(revoked_at=None).update(
        revoked_at=None, reason=""
    ),
    "a product's name": lambda: Product.objects.update(name="Better caddy"),
    "a right's owner": lambda: Right.objects.update(owner="1"),
    "a licence that came back": lambda: Licence.objects.update(revoked_from=None),
    "a handoff's outcome": lambda: Handoff.objects.update(outcome=""),
    "a checkpoint's outcome": lambda: Checkpoint.objects.update(outcome="cleared"),
    "a shipment's receiver": lambda: Shipment.objects.update(receiver="1"),
    "a line's quantity": lambda: ShipmentLine.objects.update(quantity=7),
    "no line": lambda: ShipmentLine.objects.all().delete(),
    "no handoff": lambda: Handoff.objects.all().delete(),
    "no checkpoint": lambda: Checkpoint.objects.all().delete(),
    "no licence": lambda: Licence.objects.all().delete(),
    "no shipment": lambda: Shipment.objects.all().delete(),
    "no key": lambda: SigningKey.objects.all().delete(),
    "no right": lambda: Right.objects.all().delete(),
    "no product": lambda: Product.objects.all().delete(),
    "a handoff too many": lambda: Handoff.objects.create(
        subject="x", sender="1", receiver="2", handed_over="0" * 64, handed_over_at=timezone.now()
    ),
    "a party too many": lambda: Party.objects.create(gln="1", name="Nobody", country="XX"),
}


@pytest.mark.parametrize("case", DAMAGE)
def test_damage_is_found_named_and_put_right(lived: Captured, case: str) -> None:
    DAMAGE[case]()
    assert rebuild.rebuild() != []
    assert rebuild.rebuild() == []
    lived.checkpoint(lived.customs_cn, lived.unit(1))
    assert rebuild.rebuild() == []


def test_a_difference_names_table_row_column_and_both_values(lived: Captured) -> None:
    Party.objects.filter(gln=lived.carrier.gln).update(name="Somebody Else")
    (difference,) = rebuild.rebuild()
    name = cast.PARTIES["carrier"][0]
    said = f"name is 'Somebody Else', the events say '{name}'"
    assert difference == f"party {lived.carrier.gln}: {said}"


@pytest.mark.usefixtures("lived")
def test_the_command_says_what_it_found(capsys: pytest.CaptureFixture[str]) -> None:
    call_command("rebuild")
    assert "no difference" in capsys.readouterr().out
    Product.objects.update(name="Better caddy")
    with pytest.raises(CommandError):
        call_command("rebuild")
    assert capsys.readouterr().out.count("Better caddy") == 2


READERS: dict[str, tuple[str, Callable[[Event], object]]] = {
    "rebuild": ("broken-link", lambda event: rebuild.rebuild()),
    "a correction": ("broken-link", lambda event: visibility.signed_by(event.issuer, event.digest)),
    "a bundle": (
        "broken-record",
        lambda event: verification.bundle_for(event.links.latest("subject__uri").subject.uri),
    ),
}


@pytest.mark.parametrize("reader", READERS)
def test_no_reader_believes_an_altered_document(lived: Captured, reader: str) -> None:
    event = Event.objects.get(kind="pack")
    altered = event.document.replace("in_progress", "in_transit")
    assert altered != event.document
    soundness.unguarded(
        "UPDATE provenance_event SET document = %s WHERE id = %s", altered, event.pk
    )
    code, read = READERS[reader]
    with refused(code):
        read(event)
    with pytest.raises(CommandError, match="broken-link: nothing was changed"):
        call_command("rebuild")


def test_what_is_kept_by_hand_is_left_alone(lived: Captured) -> None:
    before = Party.objects.get(gln=lived.maker.gln).id
    Product.objects.update(name="Better caddy")
    rebuild.rebuild()
    assert Party.objects.get(gln=lived.maker.gln).id == before
    assert lived.act(lived.maker, Act.COMMISSION, lived.item("A2"))
