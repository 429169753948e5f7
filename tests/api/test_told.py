"""Refusals and prepared documents tell nothing of goods to parties that were not
involved with them: the same words as for goods that are not there.
"""

from dataclasses import dataclass
from typing import Any

import orjson
import pytest

from provenance.core.record import compose
from provenance.core.record.vocabulary import Act
from provenance.services.registry import parties
from tests import cast as world
from tests.api import client as cast
from tests.api.client import Caller, Signed, pallet

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("handed_over")]
HERE, NOWHERE = pallet(1), pallet(77)
PLACE = {"country": "CN"}


@dataclass(frozen=True)
class Asked:
    """An act that a party without a part in the goods asks for."""

    kind: str
    more: dict[str, Any]

    def body(self, uri: str) -> dict[str, Any]:
        """The request for `uri`."""
        return {"subjects": [{"uri": uri}], "time": "2026-11-20T10:00:00Z", **self.more}


ASKED = [
    Asked("observe", {"biz_step": "storing"}),
    Asked("hand_over", {"receiver": cast.SHOP}),
    Asked("accept", {"sender": cast.MAKER}),
    Asked("sell", {}),
    Asked("recall", {"reason": "x", "advice": "y", "contact": "z"}),
    Asked("report_stolen", {"reason": "x"}),
]
asked = pytest.mark.parametrize("act", ASKED, ids=lambda act: act.kind)


def without(answer: Any, uri: str) -> tuple[int, str]:
    """Status and body of an answer, without the goods that it is about."""
    return answer.status_code, answer.content.decode().replace(uri, "URI")


@asked
def test_an_act_is_refused_alike_for_goods_of_others_and_for_none(
    callers: dict[str, Caller], act: Asked
) -> None:
    answers = [callers["mallory"].post(f"/acts/{act.kind}", act.body(u)) for u in (HERE, NOWHERE)]
    assert without(answers[0], HERE) == without(answers[1], NOWHERE)
    assert answers[0].json()["code"] == "unknown-subject"


@pytest.fixture
def mallory(callers: dict[str, Caller]) -> Signed:
    """Mallory, with a key of its own."""
    private = cast.seed("mallory's own")
    cast.enrol(cast.MALLORY, private)
    return Signed(cast.MALLORY, callers["mallory"].secret, private)


def prepared(caller: Signed, act: Asked, uri: str) -> dict[str, Any]:
    body = act.body(uri) | {"kind": act.kind, "public_key": caller.public}
    answer = caller.post("/events/prepare", body)
    assert answer.status_code == 200, answer.content
    document: dict[str, Any] = answer.json()["document"]
    return document


@asked
def test_prepare_writes_goods_of_others_like_goods_that_are_not_there(
    mallory: Signed, act: Asked
) -> None:
    documents = [prepared(mallory, act, uri) for uri in (HERE, NOWHERE)]
    assert [document["chain"] for document in documents] == [
        [{"subject": uri, "position": 0, "previous": None}] for uri in (HERE, NOWHERE)
    ]


@asked
@pytest.mark.parametrize("position", [0, 3])
def test_an_event_is_refused_alike_for_goods_of_others_and_for_none(
    mallory: Signed, act: Asked, position: int
) -> None:
    answers = []
    for uri in (HERE, NOWHERE):
        document = prepared(mallory, act, uri)
        if position:
            document["chain"][0] |= {"position": position, "previous": "ab" * 32}
        answers.append(mallory.post("/events", compose.sign(document, mallory.private)))
    assert without(answers[0], HERE) == without(answers[1], NOWHERE)
    assert answers[0].json()["code"] == "unknown-subject"


def test_those_involved_are_told_the_head(callers: dict[str, Caller], signed: Signed) -> None:
    act = ASKED[0]
    body = prepared(signed, act, HERE)
    assert body["chain"][0]["position"] > 0
    stale = body | {"chain": [body["chain"][0] | {"position": 1, "previous": "ab" * 32}]}
    answer = signed.post("/events", compose.sign(stale, signed.private))
    assert answer.json()["code"] == "head-moved"
    accept = act.body(HERE) | {"sender": cast.MAKER}
    del accept["biz_step"]
    refused = [callers["carrier"].post("/acts/accept", accept) for _ in range(2)][-1]
    assert refused.json()["code"] == "illegal-transition"


def test_a_platform_is_told_what_its_customer_may_know(
    callers: dict[str, Caller], signed: Signed
) -> None:
    document = prepared(signed, ASKED[0], HERE)
    document["chain"][0] |= {"position": 1, "previous": "ab" * 32}
    event = compose.sign(document, signed.private)
    assert callers["mallory"].post("/events", event).json()["code"] == "head-moved"


def test_in_an_array_an_event_on_goods_that_it_begins_says_why_it_is_refused(
    mallory: Signed,
) -> None:
    fresh = pallet(5)
    born = compose.Intent(
        act=Act.COMMISSION, issuer=mallory.gln, time=cast.NOW, subjects={fresh: 1}, place=cast.CHINA
    )
    lost = prepared(mallory, ASKED[0], fresh)
    batch = [orjson.loads(mallory.sign(born)), compose.sign(lost, mallory.private)]
    answer = mallory.post("/events", batch)
    assert answer.status_code == 422
    assert [result.get("error", {}).get("code") for result in answer.json()["results"]] == [
        None,
        "head-moved",
    ]


def test_customs_may_act_on_goods_that_nobody_offered_it(callers: dict[str, Caller]) -> None:
    title, country, roles = world.PARTIES["customs_cn"]
    gln = world.ACTORS["customs_cn"].gln
    parties.register(gln, title, country, roles, keep_key=True)
    officer = Caller(gln, cast.api_key(gln))
    customs = {"procedure": "export", "outcome": "cleared", "post": "X"}
    body = {"subjects": [{"uri": HERE}], "place": {"country": country}, "customs": customs}
    answer = officer.post("/acts/checkpoint", body)
    assert answer.status_code == 201, answer.content


def test_of_an_item_everybody_is_told_the_head(mallory: Signed) -> None:
    assert prepared(mallory, ASKED[0], cast.item("A1"))["chain"][0]["position"] == 2
