"""Parties, keys and products through the API."""

from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from django.utils import timezone

from provenance.core import gs1
from provenance.core.record.event import issuer_did
from provenance.core.signing import keys
from provenance.models import Party, SigningKey
from tests.api import client as cast
from tests.api.client import Caller, Signed

GLN = gs1.make_gln("952000", 99)
NEW = {
    "gln": GLN,
    "name": "Harbour Storage",
    "country": "NL",
    "roles": ["warehouse"],
    "prefixes": [],
}
PRODUCT = {"gtin": "09520000000011", "name": "Teapot"}


def code(answer: Any) -> str:
    return str(answer.json()["code"])


def key_body(gln: str, name: str = "second", **more: str) -> dict[str, str]:
    private = cast.seed(name)
    return {
        "public_key": keys.encode_public(keys.public_of(private)),
        "possession": keys.prove_possession(private, issuer_did(settings.CUSTOS_DID_HOST, gln)),
    } | more


def test_the_registrar_registers_a_party_once(callers: dict[str, Caller]) -> None:
    headers = {"Idempotency-Key": "k"}
    answers = [callers["registrar"].post("/parties", NEW, headers) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [201, 201]
    assert answers[1]["Idempotency-Replayed"] == "true"
    assert cast.STRANGER.get(f"/parties/{GLN}").json() == NEW
    again = callers["registrar"].post("/parties", NEW)
    assert (again.status_code, code(again)) == (409, "already-registered")
    assert again.json()["subject"] == gs1.party_uri(GLN)


@pytest.mark.parametrize("who", ["maker", "mallory"])
def test_nobody_else_registers_parties(callers: dict[str, Caller], who: str) -> None:
    assert code(callers[who].post("/parties", NEW)) == "not-permitted"
    assert not Party.objects.filter(gln=GLN).exists()


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"org": "x"}, "malformed"),
        ({"imported": True}, "malformed"),
        ({"name": 7}, "malformed"),
        ({"name": None}, "malformed"),
        ({"name": "x" * 301}, "malformed"),
        ({"country": "nl"}, "malformed"),
        ({"roles": []}, "malformed"),
        ({"roles": ["king"]}, "malformed"),
        ({"roles": "warehouse"}, "malformed"),
        ({"keep_key": "yes"}, "malformed"),
        ({"prefixes": [952000]}, "malformed"),
        ({"prefixes": "952000"}, "malformed"),
        ({"prefixes": ["952"]}, "bad-identifier"),
        ({"gln": "9520000000991"}, "bad-check-digit"),
        ({"gln": "952"}, "bad-identifier"),
    ],
    ids=str,
)
def test_a_party_has_its_shape(
    callers: dict[str, Caller], change: dict[str, Any], expected: str
) -> None:
    answer = callers["registrar"].post("/parties", NEW | change)
    assert (answer.status_code, code(answer)) == (400, expected)


def test_the_registrar_alone_amends_a_party(callers: dict[str, Caller]) -> None:
    callers["registrar"].post("/parties", NEW)
    said = {name: value for name, value in NEW.items() if name != "gln"}
    amended = said | {"name": "Harbour & Sons", "prefixes": ["9520009"]}
    path = f"/parties/{GLN}"
    assert code(callers["maker"].post(path, amended)) == "not-permitted"
    answer = callers["registrar"].post(path, amended)
    assert (answer.status_code, answer.json()) == (201, {"gln": GLN} | amended)
    assert cast.STRANGER.get(path).json() == {"gln": GLN} | amended
    nobody = callers["registrar"].post(f"/parties/{gs1.make_gln('952000', 98)}", amended)
    assert code(nobody) == "not-found"


def test_the_first_key_is_the_registrars_to_enrol_and_later_ones_the_partys(
    callers: dict[str, Caller],
) -> None:
    callers["registrar"].post("/parties", NEW)
    own = Caller(GLN, cast.api_key(GLN))
    path = f"/parties/{GLN}/keys"
    assert code(own.post(path, key_body(GLN))) == "not-permitted"
    assert callers["registrar"].post(path, key_body(GLN)).status_code == 201
    assert code(callers["registrar"].post(path, key_body(GLN, "third"))) == "not-permitted"
    assert code(own.post(path, key_body(GLN, "third"))) == "no-kept-key"


def test_a_party_with_a_kept_key_adds_and_revokes_another(callers: dict[str, Caller]) -> None:
    path = f"/parties/{cast.CARRIER}/keys"
    answer = callers["carrier"].post(
        path, key_body(cast.CARRIER, purpose="goods", custody="device")
    )
    assert answer.status_code == 201
    assert (answer.json()["purpose"], answer.json()["custody"]) == ("goods", "device")
    public = answer.json()["public_key"]
    assert public in [key["public_key"] for key in cast.STRANGER.get(path).json()["results"]]
    assert (
        code(callers["mallory"].post(f"{path}/{public}/revoke", {"reason": "retired"}))
        == "not-permitted"
    )
    revoked = callers["carrier"].post(f"{path}/{public}/revoke", {"reason": "compromised"})
    assert (revoked.status_code, revoked.json()["reason"]) == (201, "compromised")
    assert (
        code(callers["carrier"].post(f"{path}/{public}/revoke", {"reason": "retired"}))
        == "illegal-transition"
    )


def test_many_keys_come_in_pages_and_the_newest_in_the_did_document(
    callers: dict[str, Caller],
) -> None:
    """The rows alone: what is tested is how many of them come at once."""
    began = timezone.now()
    rows = [
        SigningKey(
            party_id=cast.CARRIER,
            public_key=f"z6MkMany{n}",
            custody="external",
            valid_from=began + timedelta(minutes=n),
            revoked_at=began + timedelta(hours=9) if n % 2 else None,
        )
        for n in range(230)
    ]
    SigningKey.objects.bulk_create(rows)
    path = f"/parties/{cast.CARRIER}/keys"
    got: list[str] = []
    place: str | None = ""
    while place is not None:
        page = cast.STRANGER.get(path, {"after": place} if place else {}).json()
        assert len(page["results"]) <= 100
        got += [key["public_key"] for key in page["results"]]
        place = page["next"]
    assert got[:230] == [row.public_key for row in reversed(rows)]
    assert len(got) == 231
    document = Client().get(f"/parties/{cast.CARRIER}/did.json").json()
    assert len(document["verificationMethod"]) == 200
    assert len(document["assertionMethod"]) == 100
    assert document["assertionMethod"][-1].endswith("#z6MkMany228")


def test_a_revoked_key_signs_no_more(signed: Signed, callers: dict[str, Caller]) -> None:
    raw = signed.commission("A1")
    path = f"/parties/{cast.MAKER}/keys/{signed.public}/revoke"
    assert callers["registrar"].post(path, {"reason": "compromised"}).status_code == 201
    assert code(signed.post("/events", raw)) == "key-revoked"


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"possession": "z" + "1" * 64}, "bad-possession"),
        ({"public_key": "z6MkeTG3bFFSLYVU7VqhgZxqr6YzpaGrQtFMh1uvqGy1vDnP"}, "weak-key"),
        ({"public_key": "z6Mk"}, "malformed"),
        ({"purpose": "all"}, "malformed"),
        ({"custody": "server"}, "malformed"),
    ],
    ids=str,
)
def test_a_key_that_cannot_be_trusted_is_refused(
    callers: dict[str, Caller], change: dict[str, str], expected: str
) -> None:
    answer = callers["carrier"].post(
        f"/parties/{cast.CARRIER}/keys", key_body(cast.CARRIER) | change
    )
    assert code(answer) == expected
    assert SigningKey.objects.filter(party__gln=cast.CARRIER).count() == 1


def test_mallory_enrols_no_key_for_others(callers: dict[str, Caller]) -> None:
    assert (
        code(callers["mallory"].post(f"/parties/{cast.CARRIER}/keys", key_body(cast.CARRIER)))
        == "not-permitted"
    )


def test_a_brand_registers_its_product(callers: dict[str, Caller]) -> None:
    answer = callers["mallory"].post("/products", PRODUCT)
    assert answer.status_code == 201
    assert answer.json()["owner"] == cast.MALLORY
    assert cast.STRANGER.get("/products/09520000000011").json() == answer.json()
    assert (
        code(callers["carrier"].post("/products", PRODUCT | {"gtin": "09520000000028"}))
        == "not-permitted"
    )
    assert (
        code(callers["mallory"].post("/products", PRODUCT | {"owner": cast.MAKER})) == "malformed"
    )


def test_lists_come_in_pages(callers: dict[str, Caller]) -> None:
    every = [party["gln"] for party in cast.STRANGER.get("/parties").json()["results"]]
    first = cast.STRANGER.get("/parties", {"limit": "2"}).json()
    second = cast.STRANGER.get("/parties", {"after": first["next"]}).json()
    assert (
        [party["gln"] for party in first["results"] + second["results"]] == every == sorted(every)
    )
    assert cast.STRANGER.get("/products").json()["results"][0]["gtin"] == cast.GTIN


@pytest.mark.parametrize(
    "path", [f"/parties/{GLN}", f"/parties/{GLN}/keys", "/products/09520000000028"]
)
def test_what_is_not_registered_is_not_found(callers: dict[str, Caller], path: str) -> None:
    assert code(cast.STRANGER.get(path)) == "not-found"
