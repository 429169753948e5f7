"""Remembered signatures: a digest that passed is not verified again, one that failed or
was forgotten is.
"""

from dataclasses import replace

import pytest

from provenance.core import errors
from provenance.core.record.event import SignedEvent
from provenance.core.record.vocabulary import Act
from provenance.services.check.signatures import SignatureMemory
from tests.cast import CN, ITEM
from tests.world import World


@pytest.fixture
def events() -> list[SignedEvent]:
    world = World()
    world.act(world.maker, Act.COMMISSION, ITEM, place=CN)
    return world.events[:3]


def forged(event: SignedEvent, other: SignedEvent) -> SignedEvent:
    """`event` under its own digest, with the proof of another."""
    return replace(event, document={**event.document, "proof": other.document["proof"]})


def test_a_digest_that_passed_is_not_verified_again(events: list[SignedEvent]) -> None:
    verified = SignatureMemory()
    verified.verify(events[0])
    verified.verify(forged(events[0], events[1]))
    with pytest.raises(errors.BadSignature):
        verified.verify(replace(forged(events[0], events[1]), digest="0" * 64))


def test_a_digest_that_failed_is_verified_again(events: list[SignedEvent]) -> None:
    verified = SignatureMemory()
    for _ in range(2):
        with pytest.raises(errors.BadSignature):
            verified.verify(forged(events[0], events[1]))
    verified.verify(events[0])


def test_the_digest_used_longest_ago_is_forgotten_first(events: list[SignedEvent]) -> None:
    verified = SignatureMemory(most=2)
    for event in (events[0], events[1], events[0], events[2]):
        verified.verify(event)
    verified.verify(forged(events[0], events[1]))
    verified.verify(forged(events[2], events[1]))
    with pytest.raises(errors.BadSignature):
        verified.verify(forged(events[1], events[0]))
