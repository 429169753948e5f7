"""fsck holds each event against the rules, with states that it folds itself, and recomputes
what the rows say beside the document.
"""

import shutil
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings

from provenance.core.record.vocabulary import Act
from provenance.core.signing import keys
from provenance.models import ChainLink, Event, SigningKey, Subject
from provenance.models.base import uuid7
from provenance.services import ledger
from provenance.services.ledger import fold, fsck
from tests import rows, soundness
from tests.captured import Captured
from tests.cast import CHINA, ITEM, PALLET, Actor

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def world(transactional_db: None) -> Captured:
    """A record with an item in a pallet that the carrier holds, anchored."""
    world = Captured()
    world.act(world.maker, Act.COMMISSION, [ITEM, PALLET], **CHINA)
    world.act(world.maker, Act.PACK, ITEM, parent=PALLET, **CHINA)
    world.hand_over(world.maker, world.carrier, PALLET, **CHINA)
    ledger.anchor_pending()
    fsck.check()
    return world


def put(world: Captured, by: Actor, kind: Act, uri: str, **options: Any) -> str:
    """Put a rightly signed act into the tables, as capture would store it, whatever the rules say;
    return its digest.
    """
    event = world.read(world.document(by, kind, uri, **options))
    row = Event.objects.create(**rows.row_of(event))
    for link in event.links:
        subject, _ = Subject.objects.get_or_create(
            uri=link.subject,
            defaults={
                "kind": "item",
                "head_position": 0,
                "head_digest": event.digest,
                "genesis_digest": event.digest,
                "head_recorded_at": row.recorded_at,
                "state": {},
            },
        )
        ChainLink.objects.create(
            event=row, subject=subject, position=link.position, previous=link.previous
        )
    return event.digest


def fault(*, resume: bool = False) -> tuple[str, str]:
    with pytest.raises(fsck.FirstFault) as raised:
        fsck.check(resume=resume)
    return raised.value.where, raised.value.code


FORBIDDEN: dict[str, tuple[Callable[[Captured], str], str]] = {
    "sold by who does not hold it": (
        lambda world: put(world, world.mallory, Act.SELL, PALLET),
        "illegal-transition",
    ),
    "observed by who does not hold it": (
        lambda world: put(world, world.mallory, Act.OBSERVE, PALLET),
        "not-permitted",
    ),
    "sold while packed": (
        lambda world: put(world, world.maker, Act.SELL, ITEM),
        "illegal-transition",
    ),
    "commissioned by who may not": (
        lambda world: put(world, world.mallory, Act.COMMISSION, world.item("X1")),
        "not-permitted",
    ),
    "a correction of what there is not": (
        lambda world: put(
            world,
            world.carrier,
            Act.CORRECT,
            PALLET,
            corrects=world.read(world.document(world.carrier, Act.OBSERVE, PALLET)).document[
                "credentialSubject"
            ],
        ),
        "illegal-transition",
    ),
}


@pytest.mark.parametrize(("forbid", "code"), FORBIDDEN.values(), ids=FORBIDDEN)
@pytest.mark.parametrize("resume", [False, True], ids=["whole", "resumed"])
def test_a_rightly_signed_but_forbidden_act_is_named(
    world: Captured, forbid: Callable[[Captured], str], code: str, resume: bool
) -> None:
    digest = forbid(world)
    assert fault(resume=resume) == (f"event {digest}", code)
    ledger.anchor_pending()
    index = Event.objects.get(digest=digest).ledger_index
    assert fault(resume=resume) == (f"event at ledger index {index}", code)


def test_a_key_that_no_event_enrolled_is_found_though_a_row_says_it_was(world: Captured) -> None:
    stranger = Actor(world.carrier.gln, keys.generate(b"a stranger".ljust(32)))
    enrolled = SigningKey.objects.filter(public_key=world.carrier.public).values().get()
    SigningKey.objects.create(**enrolled | {"id": uuid7(), "public_key": stranger.public})
    digest = put(world, stranger, Act.OBSERVE, PALLET)
    assert fault() == (f"event {digest}", "key-not-authorised")


@pytest.mark.parametrize("late", [True, False])
def test_a_late_that_was_flipped_is_found(world: Captured, late: bool) -> None:
    options = {} if late else {"time": world.tick() - timedelta(days=9)}
    digest = world.act(world.carrier, Act.OBSERVE, PALLET, **options)
    assert Event.objects.get(digest=digest).late is not late
    fsck.check()
    soundness.unguarded("UPDATE provenance_event SET late = %s WHERE digest = %s", late, digest)
    assert fault() == (f"event {digest}", "binding-mismatch")
    soundness.unguarded("UPDATE provenance_event SET late = %s WHERE digest = %s", not late, digest)
    fsck.check()


def test_a_moment_of_recording_before_that_of_the_event_before_is_found(world: Captured) -> None:
    digest = world.act(world.carrier, Act.OBSERVE, PALLET)
    earlier = "UPDATE provenance_event SET recorded_at = recorded_at - interval '1 hour'"
    soundness.unguarded(f"{earlier} WHERE digest = %s", digest)
    assert fault() == (f"chain of {PALLET}, position 4", "timestamp")


def test_folder_and_lock_store_that_are_both_gone_are_found(
    world: Captured, tmp_path: Path
) -> None:
    folders = (settings.CUSTOS_LEDGER_DIR, settings.CUSTOS_LOCK_DIR)
    for number, folder in enumerate(folders):
        shutil.move(folder, tmp_path / f"gone{number}")
    assert fault() == ("checkpoint", "log-inconsistent")
    assert fault(resume=True) == ("checkpoint", "log-inconsistent")
    for number, folder in enumerate(folders):
        shutil.move(tmp_path / f"gone{number}", folder)
    fsck.check()


def test_a_checkpoint_that_is_gone_is_found(world: Captured) -> None:
    path = settings.CUSTOS_LEDGER_DIR / "checkpoint"
    whole = path.read_bytes()
    path.unlink()
    assert fault() == ("checkpoint", "log-inconsistent")
    path.write_bytes(whole)
    fsck.check()


def test_states_that_are_not_kept_are_folded_anew(
    world: Captured, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fold, "MOST_STATES", 0)
    monkeypatch.setattr(fsck, "_CHUNK", 3)
    world.hand_over(world.carrier, world.retailer, PALLET)
    world.act(world.retailer, Act.UNPACK, ITEM, parent=PALLET)
    fsck.check()
    ledger.anchor_pending()
    world.act(world.retailer, Act.SELL, ITEM)
    fsck.check(resume=True)
    fsck.check()
    digest = put(world, world.retailer, Act.OBSERVE, ITEM)
    assert fault() == (f"event {digest}", "illegal-transition")
