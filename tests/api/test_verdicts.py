"""GET /verdicts: the answer of the verify page, for programs."""

from typing import Any

import pytest

from provenance.core import gs1
from provenance.models import Event
from provenance.services import ledger
from tests import soundness
from tests.api import client as cast
from tests.api.client import STRANGER, Caller, Signed, item, pallet
from tests.pages import colour, get


def verdict(uri: str, caller: Caller = STRANGER) -> dict[str, Any]:
    answer = caller.get("/verdicts", {"uri": uri})
    assert answer.status_code == 200, answer.content
    body: dict[str, Any] = answer.json()
    return body


def test_an_item_that_checks_out(signed: Signed) -> None:
    signed.post("/events", signed.commission("A1"))
    waiting = verdict(item("A1"))
    assert (waiting["verdict"], waiting["reasons"]) == (
        "CHECK_NEEDED",
        [
            {"code": "not-anchored", "params": {"count": "6"}},
            {"code": "signed-late", "params": {"count": "1"}},
            {"code": "dated-before-key", "params": {"count": "2"}},
        ],
    )
    head = ledger.anchor_pending()
    assert head is not None
    answer = verdict(item("A1"))
    assert answer["state"] == {
        "situation": "with_custodian",
        "custodian": cast.MAKER,
        "pending_receiver": None,
    }
    assert (answer["situation"], answer["use_by"]) == ("with_custodian", None)
    assert answer["issuer"] == cast.MAKER
    assert answer["loop"] == {"state": "open", "reasons": [{"code": "not-ended", "params": {}}]}
    assert answer["events"]["anchored"] == answer["events"]["count"] == 1
    newest = Event.objects.get(kind="commission").created
    assert answer["tree_head"] == {"size": head.size, "newest": newest.isoformat()}
    assert answer["lot"] is None
    assert [step["outcome"] for step in answer["steps"]] == ["ok"] * 7 + ["warning", "ok"]
    assert answer["incident"] is None


def test_what_is_not_registered_is_an_answer(db: None) -> None:
    answer = verdict(item("Z9"))
    assert (answer["verdict"], answer["events"]["count"]) == ("NOT_REGISTERED", 0)
    assert (answer["state"], answer["loop"], answer["tree_head"]) == (None, None, None)
    assert answer["situation"] is None


def test_what_is_no_subject_is_a_problem(db: None) -> None:
    assert STRANGER.get("/verdicts", {"uri": "nonsense"}).json()["code"] == "bad-identifier"
    assert STRANGER.get("/verdicts").json()["code"] == "malformed"


def test_page_and_endpoint_give_one_answer_on_a_broken_record(signed: Signed) -> None:
    signed.post("/events", signed.commission("A1"))
    soundness.unguarded("UPDATE provenance_event SET document = '{}' WHERE kind = 'commission'")
    answer = verdict(item("A1"))
    assert (answer["verdict"], colour(get(item("A1")))) == ("BROKEN_RECORD", "red")
    assert answer["loop"]["state"] == "broken"
    assert f"Incident no. {answer['incident']}." in get(item("A1")).content.decode()


@pytest.mark.usefixtures("offered")
def test_who_may_not_have_a_lots_bundle_gets_no_party_but_its_issuer_and_strangers_none(
    callers: dict[str, Caller],
) -> None:
    lot = gs1.lot_uri(cast.GTIN, "L1")
    answer = verdict(lot, callers["shop"])
    assert answer["issuer"] == cast.MAKER
    assert cast.SHOP not in str(answer)
    for caller in (STRANGER, callers["mallory"]):
        answer = verdict(lot, caller)
        assert (answer["verdict"], answer["issuer"]) == ("NOT_REGISTERED", None)
        assert answer["events"]["count"] == 0
    assert verdict(lot, callers["bob"])["state"]["pending_receiver"] == cast.SHOP


@pytest.mark.usefixtures("handed_over")
def test_who_holds_a_unit_gets_its_custodian(callers: dict[str, Caller]) -> None:
    assert verdict(pallet(1), callers["carrier"])["state"]["custodian"] == cast.CARRIER
    packed = verdict(item("A1"))
    assert (packed["state"]["situation"], packed["situation"]) == ("packed", "with_custodian")
    assert verdict(pallet(1), callers["maker"])["state"]["custodian"] is None
    assert verdict(pallet(1))["state"] is None
