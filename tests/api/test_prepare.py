"""POST /events/prepare: documents for a party that signs with its own key, without a
library of ours.
"""

from typing import Any

import pytest
from django.conf import settings

from provenance.core import gs1
from provenance.core.record.event import issuer_did
from provenance.core.signing import keys
from provenance.models import Event, Product
from tests.api import client as cast
from tests.api.client import Caller, Signed, item

GTIN = "09520000000011"
TEAPOT = {
    "id": gs1.product_uri(GTIN),
    "owner": gs1.party_uri(cast.MAKER),
    "name": "Teapot",
    "brand": "",
    "hsCode": "",
    "origin": "CN",
    "rights": [],
}


def ask(caller: Signed, kind: str, **more: Any) -> dict[str, Any]:
    return {"kind": kind, "public_key": caller.public, **more}


def born(caller: Signed, serial: str) -> dict[str, Any]:
    return ask(caller, "commission", subjects=[{"uri": item(serial)}])


def sign(caller: Signed, prepared: dict[str, Any]) -> dict[str, Any]:
    signature = keys.sign(caller.private, bytes.fromhex(prepared["sign"]))
    proof = prepared["proof"] | {"proofValue": keys.encode_multibase(signature)}
    document: dict[str, Any] = prepared["document"] | {"proof": proof}
    return document


def test_a_registry_claim_is_prepared_signed_and_posted(signed: Signed) -> None:
    answer = signed.post("/events/prepare", ask(signed, "product_registered", claim=TEAPOT))
    assert answer.status_code == 200, answer.content
    assert signed.post("/events", sign(signed, answer.json())).status_code == 201
    assert Product.objects.get(gtin=GTIN).name == "Teapot"
    again = signed.post("/events/prepare", ask(signed, "product_registered", claim=TEAPOT))
    refused = signed.post("/events", sign(signed, again.json()))
    assert refused.json()["code"] == "already-registered"


def test_a_key_is_enrolled_by_the_partys_own_signature(signed: Signed) -> None:
    second = cast.seed("second")
    claim = {
        "id": gs1.key_uri(keys.encode_public(keys.public_of(second))),
        "party": gs1.party_uri(cast.MAKER),
        "purpose": "goods",
        "custody": "device",
        "possession": keys.prove_possession(
            second, issuer_did(settings.CUSTOS_DID_HOST, cast.MAKER)
        ),
    }
    prepared = signed.post("/events/prepare", ask(signed, "key_added", claim=claim)).json()
    assert signed.post("/events", sign(signed, prepared)).status_code == 201


def test_an_array_is_prepared_signed_and_posted_at_once(signed: Signed) -> None:
    before = Event.objects.count()
    asked = [born(signed, f"A{n}") for n in range(5)]
    asked.append(ask(signed, "product_registered", claim=TEAPOT))
    prepared = signed.post("/events/prepare", asked).json()
    assert [each["document"]["chain"][0]["subject"] for each in prepared] == [
        *(item(f"A{n}") for n in range(5)),
        TEAPOT["id"],
    ]
    assert Event.objects.count() == before
    answer = signed.post("/events", [sign(signed, each) for each in prepared])
    assert (answer.status_code, answer.json()["stored"]) == (201, 6)


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"name": 7}, "malformed"),
        ({"type": "PartyRegistered"}, "malformed"),
        ({"time": "2026-11-20T08:00:00Z"}, "malformed"),
        ({"id": "https://id.gs1.org/417/9520000000028"}, "malformed"),
        ({"id": "x"}, "bad-identifier"),
        ({"more": 1}, "malformed"),
    ],
    ids=str,
)
def test_a_claim_has_the_members_of_its_kind(
    signed: Signed, change: dict[str, Any], code: str
) -> None:
    asked = ask(signed, "product_registered", claim=TEAPOT | change)
    assert signed.post("/events/prepare", asked).json()["code"] == code


@pytest.mark.parametrize(
    "asked",
    [
        {"kind": "product_registered"},
        {"kind": "product_registered", "claim": TEAPOT, "lot": "L"},
        {"kind": "observe", "subjects": [{"uri": item("A1")}], "claim": TEAPOT},
        {"kind": "nonsense"},
    ],
    ids=["no claim", "an act's member", "an act with a claim", "no kind"],
)
def test_acts_and_claims_are_told_apart(signed: Signed, asked: dict[str, Any]) -> None:
    answer = signed.post("/events/prepare", {"public_key": signed.public} | asked)
    assert (answer.status_code, answer.json()["code"]) == (400, "malformed")


def test_a_refused_intent_is_named_by_its_index(signed: Signed) -> None:
    asked = [born(signed, "A1"), born(signed, "A2") | {"lot": 7}]
    problem = signed.post("/events/prepare", asked).json()
    assert (problem["code"], problem["index"]) == ("malformed", 1)


def test_two_acts_on_one_subject_are_not_prepared_at_once(signed: Signed) -> None:
    asked = [born(signed, "A1"), ask(signed, "observe", subjects=[{"uri": item("A1")}])]
    problem = signed.post("/events/prepare", asked).json()
    assert (problem["code"], item("A1") in problem["detail"]) == ("malformed", True)


@pytest.mark.parametrize(
    ("body", "code"),
    [([], "malformed"), ([1], "malformed"), (1, "bad-json"), ([{}] * 1001, "too-large")],
    ids=["empty", "no objects", "a number", "too many"],
)
def test_the_shape_of_an_array(callers: dict[str, Caller], body: Any, code: str) -> None:
    assert callers["maker"].post("/events/prepare", body).json()["code"] == code
