"""The world of the tests in the database: what is signed goes through capture, and the
clock is the real one.

    world.act(world.maker, Kind.COMMISSION, world.item("A1"))
    with refused("not-permitted"):
        world.sign_for(world.mallory, Kind.SELL, world.item("A1"))

`act` signs with the key that a party holds itself, `sign_for` lets the service sign
with the kept one.

A `story` happens in memory, at times of its own, and is then kept.
"""

import contextlib
from collections.abc import Collection, Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.conf import settings
from django.utils import timezone

from provenance.core import errors
from provenance.core.record.compose import Intent
from provenance.core.record.state import State
from provenance.core.record.vocabulary import Act
from provenance.models import Event
from provenance.services import keyring, ledger
from provenance.services.record import capture, rebuild, signing
from provenance.services.registry import parties
from tests import cast, soundness
from tests.cast import CN, Actor, Amounts
from tests.world import World


class Story(World):
    """A world in memory whose record belongs to this installation."""

    def __init__(self, *args: Any, **options: Any) -> None:
        self.registrar = Actor(settings.CUSTOS_REGISTRAR_GLN, keyring.registrar_private())
        super().__init__(*args, **options)
        self.kept = 0

    @property
    def host(self) -> str:
        return settings.CUSTOS_DID_HOST

    def keep(self, *, anchor: bool = True) -> None:
        """Capture the events that were not kept yet, and `anchor` them."""
        new, self.kept = self.events[self.kept :], len(self.events)
        outcomes = capture.capture([self.source(event.document) for event in new])
        assert [outcome.error for outcome in outcomes if outcome.error] == []
        if anchor:
            ledger.anchor_pending()


def story(*, days_ago: float = 2.8, **options: Any) -> Story:
    """A story of those who trade, that began some days ago: too few to be recorded
    late.
    """
    start = timezone.now() - timedelta(days=days_ago)
    return Story(cast.TRADE, start=start, pace=timedelta(hours=5), **options)


class Captured(Story):
    """The cast, registered in this test's database. Each party has a key of its own,
    which the test holds, and a kept one, with which the service signs for it.
    """

    def __init__(self) -> None:
        parties.bootstrap()
        others = [name for name in cast.PARTIES if name != "registrar"]
        begun = Story(others, start=timezone.now() - timedelta(days=40))
        begun.protect()
        for name, private in zip(others, keyring.make_many(len(others)), strict=True):
            begun.enrol(getattr(begun, name), private, custody="server")
        begun.keep(anchor=False)
        self.registrar, self.pace = begun.registrar, begun.pace
        self.sealed, self.seeds = begun.sealed, begun.seeds

    def tick(self, time: timedelta | None = None) -> datetime:
        return timezone.now()

    def signing_time(self, happened: datetime) -> datetime:
        return timezone.now()

    def states_of(self, uris: Collection[str]) -> dict[str, State]:
        return signing.states_of(set(uris))

    def put(self, document: dict[str, Any]) -> str:
        """Capture a signed document; return its digest, raise why it is refused."""
        return capture.capture_one(self.source(document), endpoint="tests")

    def sign_for(self, by: Actor, kind: Act, subjects: Amounts, **options: Any) -> str:
        """Let the service sign an act with the kept key of `by`, `created` then, and
        capture it; return its digest, raise why it is refused.
        """
        created = options.pop("created", None)
        usual: dict[str, Any] = {
            "time": timezone.now(),
            "place": CN,
            "explanation": cast.explanation(kind),
        }
        options = usual | options
        intent = Intent(act=kind, issuer=by.gln, subjects=cast.amounts(subjects), **options)
        (outcome,) = signing.sign_and_capture([intent], signed_at=created)
        if outcome.error is not None:
            raise outcome.error
        return outcome.digest or ""


@contextlib.contextmanager
def refused(code: str) -> Iterator[pytest.ExceptionInfo[errors.ProvenanceError]]:
    """Fail unless the block is refused with this code."""
    with pytest.raises(errors.ProvenanceError) as caught:
        yield caught
    assert caught.value.code == code, caught.value.detail


def assert_sound() -> None:
    """The ledger takes everything that waits, it is sound, and every read model is what
    the events say.
    """
    ledger.anchor_pending()
    assert not Event.objects.filter(ledger_index=None).exists()
    soundness.assert_ledger_sound()
    assert rebuild.rebuild() == []


@pytest.fixture
def world(db: None) -> Captured:
    """The cast, in this test's database."""
    return Captured()


@pytest.fixture
def rebuilds_clean(db: None) -> Iterator[None]:
    """After the test every read model is what the events say."""
    yield
    assert rebuild.rebuild() == []


@pytest.fixture
def ends_sound(world: Captured) -> Iterator[None]:
    """After the test, whatever was tried, everything is sound."""
    yield
    assert_sound()
