"""A page that is looked at while events arrive and are anchored never raises a false
alarm.
"""

import threading
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection

from provenance.core.check.result import Verdict
from provenance.core.record.vocabulary import Act
from provenance.services import ledger
from provenance.services.check import verification
from tests import captured
from tests.captured import Story
from tests.cast import ITEM, PALLET

pytestmark = pytest.mark.django_db(transaction=True)

INSIDE: dict[str, Any] = {"parent": PALLET}
ROUND: tuple[tuple[Act, dict[str, int], dict[str, Any]], ...] = (
    (Act.PACK, {ITEM: 1}, INSIDE),
    (Act.OBSERVE, {PALLET: 1}, {}),
    (Act.UNPACK, {ITEM: 1}, INSIDE),
    (Act.OBSERVE, {ITEM: 1}, {}),
)


def busy(story: Story, done: threading.Event, faults: list[Exception]) -> None:
    """Pack, watch and unpack, each in a batch of its own, and anchor after each."""
    try:
        for _ in range(12):
            for kind, subjects, more in ROUND:
                story.act(story.maker, kind, subjects, after=timedelta(seconds=1), **more)
                story.keep()
    except Exception as error:  # noqa: BLE001  asserted by the test
        faults.append(error)
    finally:
        done.set()
        connection.close()


def test_no_false_alarm_while_others_write_and_anchor() -> None:
    story = captured.story()
    for subject in (ITEM, PALLET):
        story.act(story.maker, Act.COMMISSION, subject)
    story.keep()
    done, faults = threading.Event(), list[Exception]()
    writer = threading.Thread(target=busy, args=(story, done, faults))
    writer.start()
    seen = set()
    while not done.is_set():
        result = verification.check(ITEM)
        seen.add(result.verdict)
        assert result.verdict in {Verdict.RECORDS_CHECK_OUT, Verdict.CHECK_NEEDED}, result.steps
    writer.join()
    assert faults == []
    assert Verdict.RECORDS_CHECK_OUT in seen
    assert len(verification.check(ITEM).history) == 1 + 12 * 4
    assert ledger.anchor_pending() is None
