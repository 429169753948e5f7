"""Events of many items: what the rules and effects say of all of them together is what they say
of each alone.
"""

import functools
from collections.abc import Mapping, Sequence
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from provenance.core import errors, gs1
from provenance.core.record import chain, transition
from provenance.core.record.event import Link, SignedEvent
from provenance.core.record.state import State
from provenance.core.record.vocabulary import Act
from tests import cast
from tests.cast import BRANDED, GTIN, PALLET, Actor, item, lot, unit
from tests.core.record.acting import Registry
from tests.world import World

FOREIGN = gs1.sscc_uri(gs1.make_sscc("0614141", 0, 7))
UNKNOWN = gs1.make_gtin(cast.PREFIX, 999)
BORN = [item(f"B{number}") for number in range(3)]
SUBJECTS = [
    *(item(f"N{number}", gtin) for number in range(3) for gtin in (GTIN, BRANDED)),
    *(lot("L-1"), lot("L-2"), unit(7), FOREIGN, PALLET, item("N", UNKNOWN)),
    *BORN,
]
SETTINGS = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])


@functools.cache
def world() -> World:
    """Three items and a pallet have begun; one product carries the maker's right."""
    begun = World()
    begun.protect()
    begun.act(begun.maker, Act.COMMISSION, BORN)
    begun.act(begun.maker, Act.COMMISSION, [PALLET, lot("L-2")])
    return begun


def check(event: SignedEvent, states: Mapping[str, State | None]) -> tuple[str, str] | None:
    """Code and words of the refusal of what the event does to the subjects in `states`."""
    try:
        transition.check(event, states, Registry(world()), registrar=world().root)
    except errors.ProvenanceError as error:
        return error.code, error.detail
    return None


def check_each(event: SignedEvent, states: Mapping[str, State | None]) -> tuple[str, str] | None:
    """`check` of a subject after another: links come before all else."""
    refusals = [check(event, {link.subject: states[link.subject]}) for link in event.links]
    refused = [refusal for refusal in refusals if refusal is not None]
    moved = (refusal for refusal in refused if refusal[0] == errors.HeadMoved.code)
    return next(moved, next(iter(refused), None))


def event(
    by: Actor, act: Act, subjects: Sequence[str], outputs: Sequence[str], broken: Sequence[int]
) -> SignedEvent:
    """An event that may name wrong places in chains: those of its `broken` links."""
    states = world().states
    links = [_next_link(uri, states.get(uri), act) for uri in (*subjects, *outputs)]
    for number in broken:
        at = number % len(links)
        links[at] = Link(links[at].subject, links[at].position + 1, "0" * 64)
    options: dict[str, Any] = {"outputs": dict.fromkeys(outputs, 1)} if act is Act.TRANSFORM else {}
    lot = "L-9" if act in (Act.COMMISSION, Act.TRANSFORM) else ""
    document = world().document(by, act, [*subjects], links=links, lot=lot, **options)
    return world().read(document)


def _next_link(uri: str, state: State | None, act: Act) -> Link:
    """The link that follows, and ends the loop where the act does."""
    ends = act in (Act.TRANSFORM, Act.SELL) and state is not None
    return chain.next_link(uri, state, closes=state.genesis if state and ends else None)


@st.composite
def events(draw: st.DrawFn) -> SignedEvent:
    act = draw(st.sampled_from([Act.COMMISSION, Act.TRANSFORM, Act.OBSERVE, Act.SELL]))
    uris = draw(st.lists(st.sampled_from(SUBJECTS), min_size=2, max_size=12, unique=True))
    cut = draw(st.integers(1, len(uris) - 1)) if act is Act.TRANSFORM else len(uris)
    by = draw(st.sampled_from([world().maker, world().maker, world().carrier]))
    broken = draw(st.lists(st.integers(0, 11), max_size=1))
    return event(by, act, uris[:cut], uris[cut:], broken)


@SETTINGS
@given(events())
def test_many_items_are_refused_as_the_first_of_them_alone(event: SignedEvent) -> None:
    states = {link.subject: world().states.get(link.subject) for link in event.links}
    assert check(event, states) == check_each(event, states)


@pytest.mark.parametrize(
    ("act", "subjects", "outputs", "code"),
    [
        (Act.COMMISSION, [item("N0"), item("N1", UNKNOWN)], [], "unknown-product"),
        (Act.COMMISSION, [item("N0"), item("N1"), BORN[0]], [], "illegal-transition"),
        (Act.COMMISSION, [unit(7), FOREIGN], [], "foreign-prefix"),
        (Act.TRANSFORM, [BORN[0], item("N1")], [item("N0")], "illegal-transition"),
        (Act.OBSERVE, [BORN[0], item("N0")], [], "illegal-transition"),
    ],
)
def test_the_item_that_is_unlike_the_others_is_found(
    act: Act, subjects: list[str], outputs: list[str], code: str
) -> None:
    odd = event(world().maker, act, subjects, outputs, [])
    states = {link.subject: world().states.get(link.subject) for link in odd.links}
    refusal = check(odd, states)
    assert refusal == check_each(odd, states)
    assert refusal is not None
    assert refusal[0] == code


@SETTINGS
@given(events())
def test_many_items_come_into_the_state_that_each_alone_comes_into(event: SignedEvent) -> None:
    states = {link.subject: world().states.get(link.subject) for link in event.links}
    each = {uri: transition.apply(state, event, uri) for uri, state in states.items()}
    assert transition.apply_all(event, states) == each


def test_items_that_begin_with_an_event_share_their_state() -> None:
    begins = event(world().maker, Act.COMMISSION, [item("N0"), item("N1"), lot("L-1")], [], [])
    after = transition.apply_all(begins, {link.subject: None for link in begins.links})
    assert after[item("N0")] is after[item("N1")]
    assert after[item("N0")] is not after[lot("L-1")]
