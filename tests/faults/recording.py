"""What the tests of the record's faults share: what is refused leaves nothing, and everything is sound afterwards."""

import contextlib
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any, TypeVar

import pytest
from django.db import connection

from provenance.core import errors, integrity, keys
from provenance.models import (
    ChainLink,
    Checkpoint,
    Event,
    Handoff,
    Licence,
    Party,
    Product,
    Refusal,
    Right,
    Shipment,
    ShipmentLine,
    SigningKey,
    Subject,
    TreeHead,
)
from provenance.services import anchoring, capture, rebuild
from tests import ledger

T = TypeVar("T")
TABLES = (
    Event, ChainLink, Subject, Party, SigningKey, Product, Right, Licence, Handoff, Checkpoint, Shipment, ShipmentLine,
    TreeHead,
)  # fmt: skip


def assert_sound() -> None:
    """The ledger takes everything that waits, it is sound, and every read model is what the events say."""
    anchoring.anchor_pending()
    assert not Event.objects.filter(ledger_index=None).exists()
    ledger.assert_ledger_sound()
    assert rebuild.rebuild() == []


@pytest.fixture
def ends_sound(world: object) -> Iterator[None]:
    """After the test, whatever was tried, everything is sound."""
    yield
    assert_sound()


def picture() -> dict[str, list[dict[str, Any]]]:
    """Every row of the record and of its read models."""
    return {model.__name__: list(model._default_manager.order_by("pk").values()) for model in TABLES}


@contextlib.contextmanager
def nothing_changes() -> Iterator[None]:
    """What happens inside leaves the record and its read models as they were."""
    before = picture()
    yield
    assert picture() == before


def refusal(raw: bytes) -> errors.ProvenanceError:
    """Why `raw` is refused; nothing is stored but the row that says so."""
    count = Refusal.objects.count()
    with nothing_changes():
        (outcome,) = capture.capture([raw], door="faults")
    assert outcome.error is not None, f"{outcome.digest} was stored"
    assert not outcome.stored
    assert Refusal.objects.count() == count + 1
    assert Refusal.objects.latest("at").code == outcome.error.code
    return outcome.error


def codes(outcomes: Sequence[capture.Outcome]) -> list[str]:
    """One word for each outcome: stored, a refusal's code, or undecided."""
    return [
        "stored" if outcome.stored else "undecided" if outcome.error is None else outcome.error.code
        for outcome in outcomes
    ]


def sign_as_given(
    unsigned: dict[str, Any], config: dict[str, Any], private: keys.PrivateKey
) -> dict[str, Any]:
    """Secure `unsigned` with exactly the proof options `config`: a true signature over whatever they say."""
    signature = keys.sign(private, integrity.hash_data(unsigned, config))
    return integrity.attach(unsigned, config, signature)


def at_once(jobs: Sequence[Callable[[], T]]) -> list[T]:
    """Run every job in a thread and on a database connection of its own, all let loose together."""
    barrier = Barrier(len(jobs))

    def run(job: Callable[[], T]) -> T:
        try:
            connection.ensure_connection()
            barrier.wait(60)
            return job()
        finally:
            connection.close()

    with ThreadPoolExecutor(len(jobs)) as pool:
        return [future.result() for future in [pool.submit(run, job) for job in jobs]]
