"""fsck that goes on from the tree head up to which the last one came."""

from collections.abc import Callable
from datetime import timedelta
from io import StringIO
from pathlib import Path

import psycopg
import pytest
import time_machine
from celery.exceptions import SoftTimeLimitExceeded
from django.conf import settings
from django.core.management import CommandError, call_command
from django.db import connection
from django.utils import timezone

from provenance import tasks
from provenance.models import Event
from provenance.services import ledger
from provenance.services.ledger import checked, fsck
from tests import soundness

pytestmark = pytest.mark.django_db(transaction=True)

OTHER = "UPDATE provenance_event SET kind = %s WHERE ledger_index = %s"


def _grow(*sizes: int) -> None:
    for size in sizes:
        soundness.store(size - Event.objects.count())
        ledger.anchor_pending()


def _begins() -> list[int]:
    """The number of events that were done when each chunk of a resumed check ended."""
    done: list[int] = []
    fsck.check(lambda ended, _: done.append(ended), resume=True)
    return done


def _alter(index: int) -> Callable[[], None]:
    """Alter the event at `index`; return the way back."""
    kind = Event.objects.get(ledger_index=index).kind
    soundness.unguarded(OTHER, "accept", index)
    return lambda: soundness.unguarded(OTHER, kind, index)


@pytest.mark.parametrize("sizes", [(10, 20), (256, 257), (255, 300), (300, 300), (513, 800)])
def test_a_resumed_check_takes_what_came_since(sizes: tuple[int, int]) -> None:
    before, after = sizes
    _grow(before)
    fsck.check(resume=True)
    memory = checked.load()
    assert memory is not None
    assert (memory.size, memory.chains) == (before, before)
    _grow(after)
    soundness.store(3)
    back = _alter(before - 1) if before % 256 else None  # in a full tile nothing is read again
    if back:
        with pytest.raises(fsck.FirstFault):
            fsck.check(resume=True)
        back()
    fsck.check(resume=True)
    memory = checked.load()
    assert memory is not None
    assert (memory.size, memory.chains) == (after, after)
    soundness.assert_ledger_sound()


def test_each_new_event_tile_and_chain_is_checked() -> None:
    _grow(300)
    fsck.check(resume=True)
    _grow(600)
    back = _alter(599)
    with pytest.raises(fsck.FirstFault, match="index 599"):
        fsck.check(resume=True)
    back()
    tile = Path(settings.CUSTOS_LEDGER_DIR) / "tile/0/001"
    whole = tile.read_bytes()
    tile.write_bytes(whole[:-1] + bytes([whole[-1] ^ 1]))
    with pytest.raises(fsck.FirstFault, match="tile/0/001"):
        fsck.check(resume=True)
    tile.write_bytes(whole)
    fsck.check(resume=True)


def test_the_old_is_checked_again_after_a_week_and_whenever_one_asks() -> None:
    _grow(600)
    fsck.check()
    back = _alter(3)
    fsck.check(resume=True)
    with pytest.raises(fsck.FirstFault, match="index 3"):
        fsck.check()
    with time_machine.travel(timezone.now() + timedelta(days=8)):
        assert tasks.check_everything() is False
    with pytest.raises(CommandError, match="index 3"):
        call_command("fsck", stderr=StringIO())
    call_command("fsck", "--resume", stdout=StringIO(), stderr=StringIO())
    back()


def test_a_check_that_was_cut_off_goes_on_where_it_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fsck, "_CHUNK", 100)
    _grow(300, 600, 900)

    def out_of_time(done: int, _total: int) -> None:
        if done == 700:
            raise SoftTimeLimitExceeded

    with pytest.raises(SoftTimeLimitExceeded):
        fsck.check(out_of_time, resume=True)
    memory = checked.load()
    assert memory is not None
    assert (memory.size, memory.chains, memory.finished) == (600, 0, False)
    with time_machine.travel(timezone.now() + timedelta(days=8)):  # it is finished first
        assert _begins()[0] == 512 + 100
    assert (checked.load() or memory).finished


@pytest.mark.parametrize("text", ["", "{}", '{"size":1,"root":"zz","chains":0,"began":"x"}', "[]"])
def test_a_memory_that_cannot_be_read_is_none(text: str) -> None:
    _grow(20)
    Path(settings.CUSTOS_VAR).mkdir()
    (Path(settings.CUSTOS_VAR) / checked.FILE).write_text(text)
    assert _begins() == [20]


def test_a_memory_of_another_ledger_or_a_larger_one_is_not_believed() -> None:
    _grow(600)
    began = timezone.now()
    for size, root in ((600, "77" * 32), (601, "77" * 32)):
        checked.store(checked.Memory(size, root, size, began))
        assert _begins()[0] == 600
    memory = checked.load()
    assert memory is not None
    assert memory.began > began


def test_only_one_check_runs(caplog: pytest.LogCaptureFixture) -> None:
    _grow(3)
    where = connection.get_connection_params()
    address = {name: where[name] for name in ("dbname", "user", "host")}
    with psycopg.connect(**address) as other:
        other.execute("SELECT pg_advisory_xact_lock(%s)", [fsck._CHECK_LOCK])
        assert tasks.check_everything() is False
        assert "another check is running" in caplog.text
        with pytest.raises(CommandError, match="another check"):
            call_command("fsck")
    assert tasks.check_everything() is True
