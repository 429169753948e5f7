"""Anchoring, one process: what each step does, and does again."""

import pytest

from provenance.models import Event, TreeHead
from provenance.services import anchoring
from tests import ledger

pytestmark = pytest.mark.django_db(transaction=True)


def test_every_event_is_anchored_once_and_in_order() -> None:
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
