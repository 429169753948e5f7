"""Corrections of sealed events, in the database."""

from provenance.core.check.result import Verdict
from provenance.core.record.vocabulary import Act
from provenance.core.signing import canonical
from provenance.models import Event
from provenance.services import ledger
from provenance.services.check import verification
from tests.captured import Captured


def test_a_corrected_transformation_keeps_the_sides_of_its_items(world: Captured) -> None:
    inputs, outputs = ([world.item(f"{side}{n}") for n in (1, 2)] for side in ("IN", "OUT"))
    sides = {"outputs": dict.fromkeys(outputs, 1)}
    world.act(world.maker, Act.COMMISSION, inputs)
    digest = world.act(world.maker, Act.TRANSFORM, inputs, **sides)
    document = canonical.parse_object(Event.objects.get(digest=digest).document.encode())
    body = document["credentialSubject"]
    world.act(world.maker, Act.CORRECT, inputs, corrects=body, **sides)
    ledger.anchor_pending()
    for uri in (*inputs, *outputs):
        assert verification.check(uri).verdict is Verdict.CHECK_NEEDED
