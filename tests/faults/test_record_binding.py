"""A signature cannot be carried elsewhere (F03): another goods, party,
installation, or proof.

Single fields are changed in tests/provenance/record/test_capture_faults.py; here two
valid events lend each other theirs.
"""

import copy
import json
from collections.abc import Callable
from typing import Any

import pytest
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pytest_django import Settings

from provenance.core.epcis import event_hash
from provenance.core.record import compose, reading
from provenance.core.record import event as event_
from provenance.core.record.vocabulary import Act
from provenance.core.signing import canonical, integrity
from provenance.services.record import capture
from tests import cast
from tests.api import client
from tests.captured import Captured
from tests.faults import recording

pytestmark = pytest.mark.usefixtures("ends_sound")
Path = tuple[str | int, ...]
ELSEWHERE = "custos.elsewhere.example"


@pytest.fixture
def item(world: Captured) -> str:
    """Two items of the maker and a unit of Mallory's have begun; this is the first
    item.
    """
    world.act(world.maker, Act.COMMISSION, [world.item("A1"), world.item("A2")])
    world.act(world.mallory, Act.COMMISSION, world.unit(1))
    return world.item("A1")


def leaves(value: Any, path: Path = ()) -> dict[Path, Any]:
    """Every scalar of a document by its path."""
    if not isinstance(value, dict | list):
        return {path: value}
    inner = value.items() if isinstance(value, dict) else enumerate(value)
    return {
        leaf: scalar
        for name, member in inner
        for leaf, scalar in leaves(member, (*path, name)).items()
    }


def put(document: dict[str, Any], path: Path, value: Any) -> None:
    """Set the value at `path`."""
    block: Any = document
    for step in path[:-1]:
        block = block[step]
    block[path[-1]] = value


def elsewhere(document: dict[str, Any]) -> None:
    """The same event of the same party, at another installation."""
    _, gln = reading.read_issuer(document["issuer"])
    document["issuer"] = event_.issuer_did(ELSEWHERE, gln)


def rehash(document: dict[str, Any]) -> None:
    """Give a changed event the eventID that it would have."""
    body = {
        name: value for name, value in document["credentialSubject"].items() if name != "eventID"
    }
    document["credentialSubject"] = body | {"eventID": event_hash.event_id(body)}


# --- two valid events ---------------------------------------------------------------


@pytest.mark.parametrize(
    "other", ["another item", "another party", "another installation", "another act"]
)
def test_no_mixture_of_two_valid_events_is_accepted(world: Captured, item: str, other: str) -> None:
    mine = world.document(world.maker, Act.OBSERVE, item)
    sender: dict[str, Any] = {"sender": world.maker.gln, "receiver": world.carrier.gln}
    theirs = json.loads(
        {
            "another item": lambda: world.signed(world.maker, Act.OBSERVE, world.item("A2")),
            "another party": lambda: world.signed(world.mallory, Act.OBSERVE, world.unit(1)),
            "another installation": lambda: world.signed(
                world.maker, Act.OBSERVE, item, edit=elsewhere
            ),
            "another act": lambda: world.signed(world.maker, Act.HAND_OVER, item, **sender),
        }[other]()
    )
    ours, lent = leaves(mine), leaves(theirs)
    differing = [path for path in ours if path in lent and ours[path] != lent[path]]
    assert ("proof", "proofValue") in differing
    before = recording.picture()

    @settings(
        max_examples=50, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
    )
    @given(
        st.lists(st.sampled_from(differing), min_size=1, max_size=len(differing) - 1, unique=True)
    )
    def run(paths: list[Path]) -> None:
        mixed = copy.deepcopy(mine)
        for path in paths:
            put(mixed, path, lent[path])
        (outcome,) = capture.capture([canonical.serialize(mixed)])
        assert outcome.error is not None
        assert outcome.error.code in {
            "binding-mismatch",
            "bad-signature",
            "bad-event-id",
            "malformed",
            "bad-epcis",
            "unsupported-proof",
        }

    run()
    assert recording.picture() == before


def test_an_event_of_another_installation_is_true_there_and_a_mismatch_here(
    world: Captured, item: str, settings: Settings
) -> None:
    here = settings.CUSTOS_DID_HOST
    ours = world.signed(world.maker, Act.OBSERVE, item)
    settings.CUSTOS_DID_HOST = ELSEWHERE
    theirs = world.signed(world.maker, Act.OBSERVE, item)
    assert integrity.verify(json.loads(theirs)) == integrity.verify(json.loads(ours))
    assert recording.refusal(ours).code == "binding-mismatch"
    settings.CUSTOS_DID_HOST = here
    assert recording.refusal(theirs).code == "binding-mismatch"
    answer = client.Caller(world.maker.gln, client.api_key(world.maker.gln)).post("/events", theirs)
    assert (answer.status_code, answer.json()["code"]) == (422, "binding-mismatch")
    capture.capture_one(ours)


# --- one field, signed again by whom the attack allows ------------------------------


def other_goods(world: Captured) -> Callable[[dict[str, Any]], None]:
    """The event speaks of other goods than its chain."""

    def edit(document: dict[str, Any]) -> None:
        document["credentialSubject"]["epcList"] = [world.item("A2")]
        rehash(document)

    return edit


def more_goods(world: Captured) -> Callable[[dict[str, Any]], None]:
    """The event speaks of more goods than its chain."""

    def edit(document: dict[str, Any]) -> None:
        document["credentialSubject"]["epcList"].append(cast.unit(7))
        rehash(document)

    return edit


def one_link_more(world: Captured) -> Callable[[dict[str, Any]], None]:
    """The chain moves goods of which the event does not speak."""

    def edit(document: dict[str, Any]) -> None:
        document["chain"].append(document["chain"][0] | {"subject": world.item("A2")})

    return edit


@pytest.mark.parametrize("attack", [other_goods, one_link_more])
def test_event_and_chain_speak_of_the_same_goods(
    world: Captured, item: str, attack: Callable[[Captured], Callable[[dict[str, Any]], None]]
) -> None:
    assert recording.refusal(
        world.signed(world.maker, Act.OBSERVE, item, edit=attack(world))
    ).code == ("binding-mismatch")


def test_an_event_that_speaks_of_more_goods_than_its_chain_is_refused(world: Captured) -> None:
    world.act(world.maker, Act.COMMISSION, world.unit(6))
    edit = more_goods(world)
    posted = world.signed(world.maker, Act.OBSERVE, world.unit(6), edit=edit)
    assert recording.refusal(posted).code == "binding-mismatch"


def test_the_event_of_another_item_carried_over_whole_lacks_its_signature(
    world: Captured, item: str
) -> None:
    now = timezone.now()
    document = world.document(world.maker, Act.OBSERVE, item, created=now)
    other = world.document(world.maker, Act.OBSERVE, world.item("A2"), created=now)
    assert (
        recording.refusal(canonical.serialize(other | {"proof": document["proof"]})).code
        == "bad-signature"
    )


def test_a_link_names_the_head_and_the_place_behind_it(world: Captured, item: str) -> None:
    head = world.document(world.maker, Act.OBSERVE, item)["chain"][0]["previous"]
    other = world.document(world.mallory, Act.OBSERVE, world.unit(1))["chain"][0]["previous"]
    wrong: list[tuple[Any, Any, str]] = [
        (0, None, "head-moved"),
        (1, "0" * 64, "head-moved"),
        (2, "head", "head-moved"),
        (1, "other", "head-moved"),
        (2**31, "head", "head-moved"),
        (2**53 - 1, "head", "head-moved"),
        (0, "head", "malformed"),
        (1, None, "malformed"),
        (-1, "head", "malformed"),
        (1, "HEAD", "malformed"),
        (1, "short", "malformed"),
        (True, "head", "malformed"),
        ("1", "head", "malformed"),
        (1.5, "head", "malformed"),
    ]
    words = {"head": head, "HEAD": head.upper(), "short": head[:-1], "other": other}
    for position, previous, code in wrong:
        link = {"position": position, "previous": words.get(previous, previous)}

        def edit(document: dict[str, Any], link: dict[str, Any] = link) -> None:
            document["chain"][0] |= link

        error = recording.refusal(world.signed(world.maker, Act.OBSERVE, item, edit=edit))
        assert (position, previous, error.code) == (position, previous, code)


def test_the_contexts_are_part_of_what_is_signed_and_are_these_two(
    world: Captured, item: str
) -> None:
    first, second = reading.CONTEXT
    for contexts in (
        [second, first],
        [first],
        [first, second, "https://evil.example/ns"],
        [first, "https://custos.example/ns/v2"],
        [],
    ):

        def edit(document: dict[str, Any], contexts: list[str] = contexts) -> None:
            document["@context"] = contexts

        raw = world.signed(world.maker, Act.OBSERVE, item, edit=edit)
        assert (contexts, recording.refusal(raw).code) == (contexts, "binding-mismatch")


def test_a_proof_of_another_moment_than_the_document_is_malformed(
    world: Captured, item: str
) -> None:
    raw = world.document(world.maker, Act.OBSERVE, item)
    unsigned = {name: value for name, value in raw.items() if name != "proof"}
    config = {name: value for name, value in raw["proof"].items() if name != "proofValue"}
    config["created"] = "2026-01-01T00:00:00Z"
    signed = recording.sign_as_given(unsigned, config, world.maker.private)
    integrity.verify(signed)
    assert recording.refusal(canonical.serialize(signed)).code == "malformed"


def test_mallory_signs_the_makers_event_as_her_own_and_may_not(world: Captured, item: str) -> None:
    raw = world.signed(
        world.maker, Act.HAND_OVER, item, sender=world.maker.gln, receiver=world.carrier.gln
    )
    unsigned = {name: value for name, value in json.loads(raw).items() if name != "proof"}
    unsigned["issuer"] = event_.issuer_did(
        reading.read_issuer(unsigned["issuer"])[0], world.mallory.gln
    )
    assert recording.refusal(
        canonical.serialize(compose.sign(unsigned, world.mallory.private))
    ).code == ("not-permitted")
