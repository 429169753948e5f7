"""Anchoring in one process: each step, and each step again."""

from datetime import timedelta

import pytest
import time_machine
from django.conf import settings
from django.utils import timezone

from provenance.core import errors, merkle, policy, tlog_proof
from provenance.models import Event, TreeHead
from provenance.services import anchoring
from provenance.services.anchoring import ledger as ledgers
from provenance.services.anchoring import steps
from provenance.services.anchoring.lockstore import FileLockStore, SwapLost
from tests import ledger

pytestmark = pytest.mark.django_db(transaction=True)


def test_every_event_is_anchored_once_in_the_order_it_was_recorded() -> None:
    digests = ledger.store(5)
    head = anchoring.anchor_pending()
    assert head is not None
    assert head.size == 5
    assert list(Event.objects.order_by("ledger_index").values_list("digest", flat=True)) == digests
    ledger.assert_all_anchored(5)


def test_anchoring_again_adds_nothing() -> None:
    ledger.store(3)
    assert anchoring.anchor_pending() is not None
    assert anchoring.anchor_pending() is None
    assert TreeHead.objects.count() == 1
    ledger.assert_all_anchored(3)


def test_nothing_to_anchor_signs_nothing() -> None:
    assert anchoring.anchor_pending() is None
    assert anchoring.published() is None
    ledger.assert_ledger_sound()


def test_the_ledger_is_sound_at_every_size_around_a_full_tile() -> None:
    total = 0
    for added in (2, 253, 1, 1, 254, 1, 1, 300):
        ledger.store(added)
        total += added
        anchoring.anchor_pending()
        ledger.assert_all_anchored(total)


def test_a_sweep_takes_all_in_several_signatures() -> None:
    ledger.store(70)
    head = anchoring.anchor_pending(limit=30)
    assert head is not None
    assert list(TreeHead.objects.order_by("size").values_list("size", flat=True)) == [30, 60, 70]
    ledger.assert_all_anchored(70)


def test_partial_tiles_go_when_the_full_tile_is_there() -> None:
    ledger.store(200)
    anchoring.anchor_pending()
    partial = settings.CUSTOS_LEDGER_DIR / "tile" / "entries" / "000.p"
    assert partial.is_dir()
    ledger.store(100)
    anchoring.anchor_pending()
    assert not partial.exists()
    assert tlog_proof.parse(anchoring.proof_text(7, size=200).encode()).index == 7
    ledger.assert_all_anchored(300)


# --- each step alone, and what comes after it -------------------------------------------------------------------


@pytest.mark.parametrize("done", ["sequence", "integrate", "checkpoint"])
def test_whoever_comes_next_goes_on_where_a_sweep_ended(done: str) -> None:
    ledger.store(300)
    anchoring.anchor_pending()
    ledger.store(300)
    ours = ledgers.open_ledger()
    steps.sequence(ours, 200)
    if done != "sequence":
        steps.integrate(ours, 100)
    if done == "checkpoint":
        signed = ours.lock.load()
        assert signed is not None
        ours.files.publish(signed)
    ledger.assert_ledger_sound()
    anchoring.anchor_pending()
    ledger.assert_all_anchored(600)


def test_two_integrators_compute_the_same_and_one_of_them_wins() -> None:
    ledger.store(300)
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
    ledger.assert_ledger_sound()
    assert anchoring.published() is None
    anchoring.anchor_pending()
    ledger.assert_all_anchored(300)


def test_a_head_is_never_dated_before_the_one_before_it() -> None:
    ledger.store(2)
    first = anchoring.anchor_pending()
    ledger.store(1)
    with time_machine.travel(timezone.now() - timedelta(days=1)):
        second = anchoring.anchor_pending()
    assert first is not None
    assert second is not None
    assert second.signed_at == first.signed_at
    ledger.assert_all_anchored(3)


# --- proofs -----------------------------------------------------------------------------------------------------


def _check(text: str, digest: str) -> int:
    trusted = policy.parse(f"log {anchoring.ledger_vkey()}\nquorum none\n".encode())
    proof = tlog_proof.parse(text.encode())
    return tlog_proof.check(proof, merkle.leaf_hash(bytes.fromhex(digest)), trusted).size


def test_every_entry_has_a_proof_that_checks() -> None:
    digests = ledger.store(600)
    anchoring.anchor_pending()
    texts = anchoring.proof_texts(range(600))
    assert sorted(texts) == list(range(600))
    assert {_check(text, digests[index]) for index, text in texts.items()} == {600}


def test_a_proof_of_one_entry_is_not_one_of_another() -> None:
    digests = ledger.store(2)
    anchoring.anchor_pending()
    with pytest.raises(errors.BadProof):
        _check(anchoring.proof_text(0), digests[1])


def test_a_proof_can_be_asked_for_under_an_older_head() -> None:
    digests = ledger.store(3)
    anchoring.anchor_pending()
    ledger.store(300)
    anchoring.anchor_pending()
    assert _check(anchoring.proof_text(2, size=3), digests[2]) == 3
    assert _check(anchoring.proof_text(2), digests[2]) == 303


@pytest.mark.parametrize(("index", "size"), [(5, None), (4, 3), (0, 4), (-1, None)])
def test_what_no_published_head_covers_is_not_anchored(index: int, size: int | None) -> None:
    ledger.store(3)
    anchoring.anchor_pending()
    ledger.store(2)
    anchoring.anchor_pending()
    with pytest.raises(errors.NotAnchored):
        anchoring.proof_text(index, size)


def test_before_the_first_head_nothing_has_a_proof() -> None:
    ledger.store(2)
    assert anchoring.latest() is None
    assert anchoring.proof_texts([0]) == {}
    with pytest.raises(errors.NotAnchored):
        anchoring.proof_text(0)


def test_health_counts_what_waits() -> None:
    ledger.store(2)
    assert anchoring.health()["waiting"] == 2
    anchoring.anchor_pending()
    report = anchoring.health()
    assert (report["state"], report["size"], report["waiting"], report["waiting_seconds"]) == ("ok", 2, 0, 0)
