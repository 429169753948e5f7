"""Somebody knows more than the database, or something else: then nothing is sequenced
and nothing is signed (F18).
"""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command

from provenance import tasks
from provenance.core import errors
from provenance.core.ledger import note, tree_head
from provenance.core.signing import keys
from provenance.models import Event, TreeHead
from provenance.services import ledger
from provenance.services.ledger import ledger as ledgers
from provenance.services.record import capture
from tests import soundness

pytestmark = pytest.mark.django_db(transaction=True)

ANCHORED = 300


def _forget_entries() -> None:
    soundness.unguarded("UPDATE provenance_event SET ledger_index = NULL WHERE ledger_index >= 250")


def _forget_events() -> None:
    for digest in Event.objects.filter(ledger_index__gte=250).values_list("digest", flat=True):
        soundness.forget(digest)


def _go_another_way() -> None:
    """The last two entries the other way round, as a restored database could have given
    indexes anew.
    """
    entries = Event.objects.filter(ledger_index__gte=298).order_by("ledger_index")
    first, second = entries.values_list("digest", flat=True)
    for digest, index in ((first, None), (second, 298), (first, 299)):
        soundness.unguarded(
            "UPDATE provenance_event SET ledger_index = %s WHERE digest = %s", index, digest
        )


def _lose_the_lock() -> None:
    shutil.rmtree(settings.CUSTOS_LOCK_DIR)


def _put_the_lock_back() -> None:
    (settings.CUSTOS_LOCK_DIR / "tree-head").write_text(TreeHead.objects.get(size=100).note)


def _lock_of_another_ledger() -> None:
    _sign(settings.CUSTOS_LOCK_DIR / "tree-head", "example.com/other", settings.CUSTOS_LEDGER_KEY)


def _lock_by_another_key() -> None:
    _sign(settings.CUSTOS_LOCK_DIR / "tree-head", settings.CUSTOS_LEDGER_ORIGIN, "22" * 32)


def _sign(path: Path, origin: str, seed: str) -> None:
    head = tree_head.TreeHead(
        origin, ANCHORED, bytes.fromhex(TreeHead.objects.get(size=ANCHORED).root)
    )
    path.write_bytes(tree_head.sign(head, note.Signer(origin, keys.generate(bytes.fromhex(seed)))))


def _publish_more() -> None:
    ours = ledgers.open_ledger()
    ours.files.publish(
        tree_head.sign(tree_head.TreeHead(ours.origin, 301, b"\7" * 32), ours.signer)
    )


def _publish_another_history() -> None:
    ours = ledgers.open_ledger()
    ours.files.publish(
        tree_head.sign(tree_head.TreeHead(ours.origin, 200, b"\7" * 32), ours.signer)
    )


def _alter_the_row() -> None:
    soundness.unguarded("UPDATE provenance_treehead SET root = %s WHERE size = 300", "7" * 64)


def _alter_a_tile() -> None:
    path = settings.CUSTOS_LEDGER_DIR / "tile" / "0" / "001.p" / "44"
    path.write_bytes(b"\7" + path.read_bytes()[1:])


def _lose_the_tiles() -> None:
    shutil.rmtree(settings.CUSTOS_LEDGER_DIR / "tile")


def _tear_the_checkpoint() -> None:
    path = settings.CUSTOS_LEDGER_DIR / "checkpoint"
    path.write_bytes(path.read_bytes()[:40])


OLDER = [_forget_entries, _forget_events]  # the database is older than the ledger
CHANGES = [
    _forget_entries,
    _forget_events,
    _go_another_way,
    _lose_the_lock,
    _put_the_lock_back,
    _lock_of_another_ledger,
    _lock_by_another_key,
    _publish_more,
    _publish_another_history,
    _alter_the_row,
    _alter_a_tile,
    _lose_the_tiles,
    _tear_the_checkpoint,
]


def _anchored() -> None:
    soundness.store(100)
    ledger.anchor_pending()
    soundness.store(ANCHORED - 100)
    ledger.anchor_pending()


def _everything() -> tuple[object, ...]:
    """All that signing or sequencing would change."""
    files = {
        path: path.read_bytes()
        for folder in (settings.CUSTOS_LEDGER_DIR, settings.CUSTOS_LOCK_DIR)
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }
    indexes = list(Event.objects.order_by("id").values_list("ledger_index", flat=True))
    return files, indexes, list(TreeHead.objects.order_by("size").values_list("note", flat=True))


@pytest.mark.parametrize("change", CHANGES, ids=lambda change: change.__name__.strip("_"))
def test_nothing_is_sequenced_or_signed_and_events_are_accepted_unless_some_are_missing(
    change: Callable[[], None],
) -> None:
    _anchored()
    change()
    if change in OLDER:
        with pytest.raises(errors.LogInconsistent):
            capture.capture_one(soundness.registration(9000))
    else:
        soundness.store(7)
    before = _everything()
    with pytest.raises(errors.LogInconsistent):
        ledger.anchor_pending()
    assert tasks.anchor_pending() is None
    with pytest.raises(CommandError):
        call_command("anchor")
    assert _everything() == before
    report = ledger.health()
    assert (report["state"], report["code"]) == ("inconsistent", "log-inconsistent")


def test_events_that_are_back_get_their_old_indexes_and_signing_goes_on() -> None:
    _anchored()
    soundness.store(7)
    _forget_entries()
    assert ledger.replay() == ledger.Replayed(50, ())
    ledger.anchor_pending()
    soundness.assert_all_anchored(ANCHORED + 7)


def test_signed_entries_whose_events_are_missing_are_listed() -> None:
    _anchored()
    lost = enumerate(Event.objects.filter(ledger_index__gte=250).order_by("ledger_index"), 250)
    entries = tuple((index, event.digest) for index, event in lost)
    _forget_events()
    assert ledger.replay() == ledger.Replayed(0, entries)
    with pytest.raises(CommandError):
        call_command("replay")
    with pytest.raises(errors.LogInconsistent):
        ledger.anchor_pending()


def test_replay_gives_no_index_past_the_first_missing_event() -> None:
    _anchored()
    missing = Event.objects.get(ledger_index=260).digest
    _forget_entries()
    soundness.forget(missing)
    assert ledger.replay() == ledger.Replayed(10, ((260, missing),))
    assert ledger.replay() == ledger.Replayed(0, ((260, missing),))


def test_replay_refuses_a_database_that_went_its_own_way() -> None:
    _anchored()
    _go_another_way()
    with pytest.raises(errors.LogInconsistent):
        ledger.replay()


def test_replay_of_a_sound_ledger_changes_nothing() -> None:
    _anchored()
    before = _everything()
    assert ledger.replay() == ledger.Replayed(0, ())
    assert _everything() == before
