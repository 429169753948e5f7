"""Assertions of the tests of the record's faults: what is refused, everywhere, leaves
nothing.
"""

import contextlib
from collections.abc import Iterator, Sequence
from typing import Any

from django.apps import apps
from django.utils import timezone

from provenance.api import problems
from provenance.core import errors
from provenance.core.record.vocabulary import Act
from provenance.core.signing import integrity, keys
from provenance.models import Cosignature, Refusal
from provenance.services import ledger
from provenance.services.record import capture
from tests.api import client
from tests.captured import Captured
from tests.cast import Actor


def picture() -> dict[str, list[Any]]:
    """Every row of every table, but for the refusals and when an API key was last used."""
    tables = apps.get_app_config("provenance").get_models()
    return {
        model.__name__: [
            {name: value for name, value in row.items() if name != "last_used_at"}
            for row in model._default_manager.order_by("pk").values()
        ]
        for model in tables
        if model is not Refusal
    }


@contextlib.contextmanager
def nothing_changes() -> Iterator[None]:
    """Fail unless the block leaves every row as it was."""
    before = picture()
    yield
    assert picture() == before


def refusal(raw: bytes) -> errors.ProvenanceError:
    """Why `raw` is refused; nothing is stored but the row that says so."""
    count = Refusal.objects.count()
    with nothing_changes():
        (outcome,) = capture.capture([raw], endpoint="faults")
    assert outcome.error is not None, f"{outcome.digest} was stored"
    assert not outcome.stored
    assert Refusal.objects.count() == count + 1
    assert Refusal.objects.latest("at").code == outcome.error.code
    return outcome.error


def caller(actor: Actor) -> client.Caller:
    """Somebody with an API key of this party."""
    return client.Caller(actor.gln, client.api_key(actor.gln))


def assert_refused_everywhere(world: Captured, name: str, raw: bytes, code: str) -> None:
    """Capture and the API refuse `raw` with this code, as a fault of the sender's;
    nothing is stored.
    """
    answer = caller(world.maker).post("/events", raw)
    assert (name, refusal(raw).code, answer.json()["code"]) == (name, code, code)
    assert answer.status_code == problems.TABLE[code].status
    assert answer.status_code in (400, 422)


def codes(outcomes: Sequence[capture.Receipt]) -> list[str]:
    """One word for each outcome: stored, already, a refusal's code, or undecided."""
    return [
        ("already" if outcome.already else "stored")
        if outcome.stored
        else ("undecided" if outcome.error is None else outcome.error.code)
        for outcome in outcomes
    ]


def travelled(world: Captured) -> str:
    """An item with four events, in the ledger, under a tree head that a witness
    cosigned.
    """
    item = world.item("A1")
    world.act(world.maker, Act.COMMISSION, item)
    world.hand_over(world.maker, world.carrier, item)
    world.act(world.carrier, Act.OBSERVE, item)
    head = ledger.anchor_pending()
    assert head is not None
    Cosignature.objects.create(
        tree_head=head, witness="nl-customs", line="a line", at=timezone.now()
    )
    return item


def sign_as_given(
    unsigned: dict[str, Any], config: dict[str, Any], private: keys.PrivateKey
) -> dict[str, Any]:
    """Secure `unsigned` with exactly the proof options `config`: a true signature over
    whatever they say.
    """
    signature = keys.sign(private, integrity.hash_data(unsigned, config))
    return integrity.attach(unsigned, config, signature)
