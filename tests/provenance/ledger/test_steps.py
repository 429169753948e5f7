"""Anchoring in one process: each step, and each step again."""

from datetime import timedelta

import pytest
import time_machine
from django.conf import settings
from django.utils import timezone

from provenance.core import errors
from provenance.core.ledger import merkle, policy
from provenance.core.ledger import proof as tlog_proof
from provenance.models import Event, TreeHead
from provenance.services import ledger
from provenance.services.ledger import ledger as ledgers
from provenance.services.ledger import steps
from provenance.services.ledger.lock_store import FileLockStore, SwapLost
from tests import soundness

pytestmark = pytest.mark.django_db(transaction=True)


def test_every_event_is_anchored_once_in_the_order_it_was_recorded() -> None:
    digests = soundness.store(5)
    head = ledger.anchor_pending()
    assert head is not None
    assert head.size == 5
    assert list(Event.objects.order_by("ledger_index").values_list("digest", flat=True)) == digests
    soundness.assert_all_anchored(5)


def test_anchoring_again_adds_nothing() -> None:
    soundness.store(3)
    assert ledger.anchor_pending() is not None
    assert ledger.anchor_pending() is None
    assert TreeHead.objects.count() == 1
    soundness.assert_all_anchored(3)


def test_nothing_to_anchor_signs_nothing() -> None:
    assert ledger.anchor_pending() is None
    assert ledger.published() is None
    soundness.assert_ledger_sound()


def test_the_ledger_is_sound_at_every_size_around_a_full_tile() -> None:
    total = 0
    for added in (2, 253, 1, 1, 254, 1, 1, 300):
        soundness.store(added)
        total += added
        ledger.anchor_pending()
        soundness.assert_all_anchored(total)


def test_a_sweep_takes_all_in_several_signatures() -> None:
    soundness.store(70)
    head = ledger.anchor_pending(limit=30)
    assert head is not None
    assert list(TreeHead.objects.order_by("size").values_list("size", flat=True)) == [30, 60, 70]
    soundness.assert_all_anchored(70)


def test_partial_tiles_go_when_the_full_tile_is_there() -> None:
    soundness.store(200)
    ledger.anchor_pending()
    partial = settings.CUSTOS_LEDGER_DIR / "tile" / "entries" / "000.p"
    assert partial.is_dir()
    soundness.store(100)
    ledger.anchor_pending()
    assert not partial.exists()
    assert tlog_proof.parse(ledger.proof_text(7, size=200).encode()).index == 7
    soundness.assert_all_anchored(300)


# --- each step alone, and what comes after it ---------------------------------------


@pytest.mark.parametrize("done", ["sequence", "integrate", "checkpoint"])
def test_whoever_comes_next_goes_on_where_a_sweep_ended(done: str) -> None:
    soundness.store(300)
    ledger.anchor_pending()
    soundness.store(300)
    ours = ledgers.open_ledger()
    steps.sequence(ours, 200)
    if done != "sequence":
        steps.integrate(ours, 100)
    if done == "checkpoint":
        signed = ours.lock.load()
        assert signed is not None
        ours.files.publish(signed)
    soundness.assert_ledger_sound()
    ledger.anchor_pending()
    soundness.assert_all_anchored(600)


def test_two_integrators_compute_the_same_and_one_of_them_wins() -> None:
    soundness.store(300)
    ours = ledgers.open_ledger()
    steps.sequence(ours, 300)

    class Late(FileLockStore):
        """Another worker swaps just before this one does."""

        def swap(self, old: bytes | None, new: bytes) -> None:
            super().swap(old, new)
            super().swap(old, new)

    late = ledgers.Ledger(ours.signer, ours.files, Late(settings.CUSTOS_LOCK_DIR))
    with pytest.raises(SwapLost):
        steps.integrate(late, 300)
    soundness.assert_ledger_sound()
    assert ledger.published() is None
    ledger.anchor_pending()
    soundness.assert_all_anchored(300)


def test_a_head_is_never_dated_before_the_one_before_it() -> None:
    soundness.store(2)
    first = ledger.anchor_pending()
    soundness.store(1)
    with time_machine.travel(timezone.now() - timedelta(days=1)):
        second = ledger.anchor_pending()
    assert first is not None
    assert second is not None
    assert second.signed_at == first.signed_at
    soundness.assert_all_anchored(3)


# --- proofs -------------------------------------------------------------------------


def _check(text: str, digest: str) -> int:
    trusted = policy.parse(f"log {ledger.ledger_vkey()}\nquorum none\n".encode())
    proof = tlog_proof.parse(text.encode())
    return tlog_proof.check(proof, merkle.leaf_hash(bytes.fromhex(digest)), trusted).size


def test_every_entry_has_a_proof_that_checks() -> None:
    digests = soundness.store(600)
    ledger.anchor_pending()
    texts = ledger.proof_texts(range(600))
    assert sorted(texts) == list(range(600))
    assert {_check(text, digests[index]) for index, text in texts.items()} == {600}


def test_a_proof_of_one_entry_is_not_one_of_another() -> None:
    digests = soundness.store(2)
    ledger.anchor_pending()
    with pytest.raises(errors.BadProof):
        _check(ledger.proof_text(0), digests[1])


def test_a_proof_can_be_asked_for_under_an_older_head() -> None:
    digests = soundness.store(3)
    ledger.anchor_pending()
    soundness.store(300)
    ledger.anchor_pending()
    assert _check(ledger.proof_text(2, size=3), digests[2]) == 3
    assert _check(ledger.proof_text(2), digests[2]) == 303


@pytest.mark.parametrize(("index", "size"), [(5, None), (4, 3), (0, 4), (-1, None)])
def test_what_no_published_head_covers_is_not_anchored(index: int, size: int | None) -> None:
    soundness.store(3)
    ledger.anchor_pending()
    soundness.store(2)
    ledger.anchor_pending()
    with pytest.raises(errors.NotAnchored):
        ledger.proof_text(index, size)


def test_before_the_first_head_nothing_has_a_proof() -> None:
    soundness.store(2)
    assert ledger.latest() is None
    assert ledger.proof_texts([0]) == {}
    with pytest.raises(errors.NotAnchored):
        ledger.proof_text(0)


def test_health_counts_what_waits() -> None:
    soundness.store(2)
    assert ledger.health()["waiting"] == 2
    ledger.anchor_pending()
    report = ledger.health()
    assert (report["state"], report["size"], report["waiting"], report["waiting_seconds"]) == (
        "ok",
        2,
        0,
        0,
    )


@pytest.mark.parametrize("done", ["nothing", "sequence", "integrate"])
def test_what_the_published_head_does_not_cover_waits(done: str) -> None:
    soundness.store(3)
    ledger.anchor_pending()
    soundness.store(2)
    ours = ledgers.open_ledger()
    if done != "nothing":
        steps.sequence(ours, 10)
    if done == "integrate":
        steps.integrate(ours, 10)
    report = ledger.health()
    assert (report["state"], report["size"], report["waiting"]) == ("ok", 3, 2)
    bound = timedelta(seconds=ledger.BEHIND_SWEEPS * settings.CUSTOS_ANCHOR_INTERVAL)
    with time_machine.travel(timezone.now() + bound + timedelta(seconds=1)):
        report = ledger.health()
    assert (report["state"], report["waiting_seconds"] > bound.total_seconds()) == ("behind", True)
    ledger.anchor_pending()
    report = ledger.health()
    assert (report["state"], report["size"], report["waiting"]) == ("ok", 5, 0)
