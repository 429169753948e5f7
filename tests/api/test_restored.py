"""While a restored database waits for signed events, the API takes those and no other."""

import json

import pytest

from provenance.services import ledger
from provenance.services.record import capture
from tests import soundness
from tests.api.client import Signed

pytestmark = pytest.mark.django_db(transaction=True)


def test_another_event_is_answered_with_log_inconsistent_until_all_are_back(signed: Signed) -> None:
    capture.capture_one(signed.commission("A1"))
    head = ledger.anchor_pending()
    assert head is not None
    soundness.unguarded(
        "UPDATE provenance_event SET ledger_index = NULL WHERE ledger_index = %s", head.size - 1
    )
    other = signed.commission("A2")
    for body in (other, json.dumps([json.loads(other)]).encode()):
        answer = signed.post("/events", body)
        assert (answer.status_code, answer.json()["code"]) == (503, "log-inconsistent")
        assert answer["Retry-After"]
    ledger.replay()
    assert signed.post("/events", other).status_code == 201
    ledger.anchor_pending()
    soundness.assert_ledger_sound()
