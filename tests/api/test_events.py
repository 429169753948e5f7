"""POST /events: one signed event, or an array that is stored whole or, if asked, in
part.
"""

import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from pytest_django.fixtures import DjangoAssertNumQueries

from provenance.core.epcis import event_hash
from provenance.core.record import compose
from provenance.core.record.vocabulary import Act
from provenance.core.signing import canonical, keys
from provenance.models import Event, Refusal
from provenance.services import ledger
from tests.api import client as cast
from tests.api.client import Caller, Signed, item


def code_of(answer: Any, status: int) -> str:
    assert answer.status_code == status, answer.content
    assert answer["Content-Type"] == "application/problem+json"
    return str(answer.json()["code"])


def test_one_event_is_stored_and_can_be_read(signed: Signed) -> None:
    raw = signed.commission("A1")
    answer = signed.post("/events", raw)
    assert answer.status_code == 201
    assert answer.json() == {"digest": canonical.digest(raw), "stored": True}
    assert answer["Location"] == f"/api/v1/events/{canonical.digest(raw)}"
    shown = signed.get(f"/events/{canonical.digest(raw)}").json()
    assert canonical.serialize(shown["document"]) == raw
    assert (shown["kind"], shown["issuer"], shown["ledger_index"]) == (
        "commission",
        signed.gln,
        None,
    )


def test_spacing_and_order_of_members_do_not_matter(signed: Signed) -> None:
    document = signed.document("A1")
    pretty = json.dumps(dict(reversed(document.items())), indent=2).encode()
    assert signed.post("/events", pretty).json()["digest"] == canonical.digest(
        canonical.serialize(document)
    )


def test_who_posts_does_not_matter_who_signed_does(
    signed: Signed, callers: dict[str, Caller]
) -> None:
    assert callers["carrier"].post("/events", signed.commission("A1")).status_code == 201


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        (b"{", 400, "bad-json"),
        (b"null", 400, "bad-json"),
        (b"7", 400, "bad-json"),
        (b"{} {}", 400, "bad-json"),
        (b"[]", 400, "malformed"),
        (b"[null]", 400, "malformed"),
        (b"[[]]", 400, "malformed"),
        (b"{}", 400, "malformed"),
        (b'{"a": 1, "a": 1}', 400, "duplicate-key"),
        (b'{"a": NaN}', 400, "bad-number"),
        (b'{"a": 1e999}', 400, "bad-number"),
        (b'{"a": -0}', 400, "bad-number"),
        (b'{"a": 9007199254740992}', 400, "bad-number"),
        (b'{"a": ' + b"9" * 5000 + b"}", 400, "bad-number"),
        (b"\xef\xbb\xbf{}", 400, "bad-text"),
        (b'{"a": "\\ud800"}', 400, "bad-text"),
        (b'{"a": "\\u0000"}', 400, "bad-text"),
        (b'{"\\u0000": 1}', 400, "bad-text"),
        (b'{"a": "\xc0\xaf"}', 400, "bad-text"),
        (b"[" * 100_000, 400, "too-deep"),
        (b'{"a":' * 33 + b"1" + b"}" * 33, 400, "too-deep"),
        (b"[" + b"{}," * 1000 + b"{}]", 413, "too-large"),
    ],
    ids=lambda value: repr(value[:20]) if isinstance(value, bytes) else None,
)
def test_what_is_no_event_is_refused_and_leaves_nothing(
    signed: Signed, body: bytes, status: int, code: str
) -> None:
    before = Event.objects.count()
    assert code_of(signed.post("/events", body), status) == code
    assert Event.objects.count() == before


def altered(document: dict[str, Any], change: str) -> dict[str, Any]:
    match change:
        case "signature":
            document["credentialSubject"]["readPoint"] = {"id": "geo:1,2"}
            document["credentialSubject"].pop("eventID")
            body = document["credentialSubject"]
            document["credentialSubject"] = body | {"eventID": event_hash.event_id(body)}
        case "event id":
            document["credentialSubject"]["eventID"] = "ni:///sha-256;" + "0" * 64 + "?ver=CBV2.0"
        case "time":
            document["credentialSubject"]["eventTime"] = "2026-11-20T08:00:00"
        case "host":
            document["issuer"] = document["issuer"].replace("did:web:", "did:web:other.")
            document["proof"]["verificationMethod"] = document["proof"][
                "verificationMethod"
            ].replace("did:web:", "did:web:other.")
        case "proof":
            document["proof"]["cryptosuite"] = "eddsa-rdfc-2022"
        case "type":
            document["credentialSubject"]["bizStep"] = "dancing"
        case "member":
            document["more"] = 1
        case "fraction":
            document["evidence"] = [{"weight": 0.5}]
    return document


@pytest.mark.parametrize(
    ("change", "status", "code"),
    [
        ("signature", 422, "bad-signature"),
        ("event id", 422, "bad-event-id"),
        ("host", 422, "binding-mismatch"),
        ("proof", 422, "unsupported-proof"),
        ("type", 422, "bad-epcis"),
        ("member", 400, "malformed"),
        ("fraction", 400, "bad-number"),
    ],
)
def test_an_event_with_one_fault_gets_its_code(
    signed: Signed, change: str, status: int, code: str
) -> None:
    assert code_of(signed.post("/events", altered(signed.document("A1"), change)), status) == code


def test_a_refused_event_is_noted_with_its_signer_though_it_came_with_openings(
    signed: Signed,
) -> None:
    many = {item(f"A{number}"): 1 for number in range(2)}
    intent = compose.Intent(
        act=Act.COMMISSION, issuer=signed.gln, subjects=many, time=cast.NOW, place=cast.CHINA
    )
    body = json.loads(signed.sign(intent))
    body["opened"]["seed"] = "00" * 32
    assert code_of(signed.post("/events", body), 422) == "bad-opening"
    refused = Refusal.objects.get()
    assert (refused.issuer, refused.key) == (signed.gln, signed.public)


@pytest.mark.parametrize("path", ["/events", "/events?on_error=proceed"])
def test_a_problem_quotes_no_control_characters(signed: Signed, path: str) -> None:
    document = signed.document("A1")
    document["proof"]["verificationMethod"] = "\n\x1b[2J\u202e\u200b" + "x" * 1000
    answer = signed.post(path, document if path == "/events" else [document]).json()
    problem = answer if path == "/events" else answer["results"][0]["error"]
    assert problem["code"] == "binding-mismatch"
    assert problem["detail"].isprintable()
    assert len(problem["detail"]) == 300
    assert Refusal.objects.get().detail == problem["detail"]


def test_an_unknown_key_is_not_authorised(signed: Signed) -> None:
    stranger = Signed(signed.gln, signed.secret, cast.seed("nobody"))
    assert code_of(signed.post("/events", stranger.commission("A1")), 403) == "key-not-authorised"


def test_an_event_behind_an_old_head_gets_the_new_one(signed: Signed) -> None:
    signed.post("/events", signed.commission("A1"))
    observe = compose.Intent(
        act=Act.OBSERVE, issuer=signed.gln, subjects={item("A1"): 1}, time=cast.NOW
    )
    later = replace(observe, time=cast.NOW + timedelta(seconds=1))
    first, second = signed.sign(observe), signed.sign(later)
    head = signed.post("/events", first).json()["digest"]
    answer = signed.post("/events", second)
    assert code_of(answer, 409) == "head-moved"
    assert answer.json()["heads"] == {item("A1"): {"position": 1, "digest": head}}


def test_an_array_is_stored_in_order(signed: Signed) -> None:
    raws = [signed.commission(serial) for serial in ("A1", "A2", "A3")]
    answer = signed.post("/events", b"[" + b",\n ".join(raws) + b"]")
    assert answer.status_code == 201
    assert answer.json() == {
        "stored": 3,
        "already": 0,
        "refused": 0,
        "results": [{"digest": canonical.digest(raw), "stored": True} for raw in raws],
    }


def test_an_event_that_is_posted_again_is_200_and_stored_once(
    signed: Signed, callers: dict[str, Caller]
) -> None:
    raw = signed.commission("A1")
    first = signed.post("/events", raw)
    observe = compose.Intent(
        act=Act.OBSERVE, issuer=signed.gln, subjects={item("A1"): 1}, time=cast.NOW
    )
    signed.post("/events", signed.sign(observe))
    for caller in (signed, callers["carrier"]):
        again = caller.post("/events", json.loads(raw))
        assert again.status_code == 200
        assert again.json() == first.json() | {"already": True}
        assert again["Location"] == first["Location"]
    assert Event.objects.filter(digest=canonical.digest(raw)).count() == 1
    assert not Refusal.objects.exists()


@pytest.mark.parametrize("query", ["", "?on_error=proceed"])
def test_an_array_that_is_stored_in_part_already_stores_the_others(
    signed: Signed, query: str
) -> None:
    raws = [signed.commission(serial) for serial in ("A1", "A2", "A3")]
    digests = [canonical.digest(raw) for raw in raws]
    signed.post("/events", raws[1])
    body = b"[" + b",".join(raws) + b"]"
    answers = [signed.post(f"/events{query}", body) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [201, 200]
    held = [{"digest": digest, "stored": True, "already": True} for digest in digests]
    fresh = [{"digest": digest, "stored": True} for digest in digests]
    assert [answer.json() for answer in answers] == [
        {"stored": 3, "already": 1, "refused": 0, "results": [fresh[0], held[1], fresh[2]]},
        {"stored": 3, "already": 3, "refused": 0, "results": held},
    ]


def test_one_bad_event_and_nothing_is_stored(signed: Signed) -> None:
    before = Event.objects.count()
    good, bad = signed.document("A1"), altered(signed.document("A2"), "event id")
    answer = signed.post("/events", [good, bad])
    assert code_of(answer, 422) == "batch-refused"
    first, second = answer.json()["results"]
    assert (first["stored"], "error" in first) == (False, False)
    assert (second["stored"], second["error"]["code"]) == (False, "bad-event-id")
    assert Event.objects.count() == before
    assert Refusal.objects.filter(code="bad-event-id").exists()


def test_with_proceed_the_good_ones_are_stored(signed: Signed) -> None:
    before = Event.objects.count()
    good, bad = signed.document("A1"), altered(signed.document("A2"), "event id")
    answer = signed.post("/events?on_error=proceed", [bad, good, {}])
    assert answer.status_code == 207
    assert (answer.json()["stored"], answer.json()["refused"]) == (1, 2)
    assert [result["stored"] for result in answer.json()["results"]] == [False, True, False]
    assert Event.objects.count() == before + 1
    assert signed.post("/events?on_error=proceed", [signed.document("A3")]).status_code == 201


@pytest.mark.parametrize(
    "query", ["on_error=ignore", "on_error=proceed&on_error=proceed", "onerror=proceed", "x=%00"]
)
def test_unknown_parameters_are_refused(signed: Signed, query: str) -> None:
    assert code_of(signed.post(f"/events?{query}", signed.commission("A1")), 400) == "malformed"


def test_a_stored_answer_is_replayed(signed: Signed) -> None:
    raw, headers = signed.commission("A1"), {"Idempotency-Key": "k"}
    first, second = (signed.post("/events", raw, headers) for _ in range(2))
    assert (first.status_code, first.content, first["Location"]) == (
        second.status_code,
        second.content,
        second["Location"],
    )
    assert ("Idempotency-Replayed" in first, second["Idempotency-Replayed"]) == (False, "true")
    assert (
        code_of(signed.post("/events", signed.commission("A2"), headers), 422)
        == "idempotency-mismatch"
    )
    assert (
        code_of(signed.post("/events?on_error=proceed", raw, headers), 422)
        == "idempotency-mismatch"
    )
    assert code_of(signed.post("/events", raw, {"Idempotency-Key": "a b"}), 400) == "malformed"


def test_a_refused_event_leaves_its_refusal_and_its_key_free(signed: Signed) -> None:
    headers = {"Idempotency-Key": "k"}
    bad = altered(signed.document("A1"), "event id")
    for _ in range(2):
        assert code_of(signed.post("/events", bad, headers), 422) == "bad-event-id"
    assert Refusal.objects.filter(code="bad-event-id").count() == 2
    assert signed.post("/events", signed.commission("A1"), headers).status_code == 201


def test_one_post_takes_few_queries(
    signed: Signed, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    raw = signed.commission("A1")
    with django_assert_max_num_queries(20):
        assert signed.post("/events", raw).status_code == 201


def test_a_body_as_a_form_or_without_a_type_is_415(signed: Signed) -> None:
    headers = {"Authorization": f"Api-Key {signed.secret}"}
    for content_type in (
        "text/plain",
        "application/json; charset=utf-16",
        "multipart/form-data; boundary=x",
    ):
        answer = Client().generic(
            "POST", "/api/v1/events", b"{}", content_type=content_type, headers=headers
        )
        assert code_of(answer, 415) == "unsupported-media-type"


# --- reading ------------------------------------------------------------------------


def test_the_proof_comes_with_the_ledger(signed: Signed) -> None:
    digest = signed.post("/events", signed.commission("A1")).json()["digest"]
    early = signed.get(f"/events/{digest}/proof")
    assert code_of(early, 404) == "not-anchored"
    assert early["Retry-After"] == "5"
    ledger.anchor_pending()
    answer = signed.get(f"/events/{digest}/proof")
    assert answer["Content-Type"] == "text/plain; charset=utf-8"
    assert answer.content.decode().startswith("c2sp.org/tlog-proof@v1\n")
    assert signed.get(f"/events/{digest}").json()["ledger_index"] is not None


@pytest.mark.parametrize("path", [f"/events/{'0' * 64}", f"/events/{'0' * 64}/proof"])
def test_an_unknown_event_is_404(signed: Signed, path: str) -> None:
    assert code_of(signed.get(path), 404) == "unknown-event"


def test_own_events_come_in_pages(signed: Signed) -> None:
    for serial in ("A1", "A2", "A3"):
        signed.post("/events", signed.commission(serial))
    every = [event["digest"] for event in signed.get("/events").json()["results"]]
    first = signed.get("/events", {"limit": "2"}).json()
    second = signed.get("/events", {"after": first["next"]}).json()
    assert [event["digest"] for event in first["results"] + second["results"]] == every
    assert second["next"] is None


@pytest.mark.parametrize(
    "query", [{"limit": "0"}, {"limit": "101"}, {"limit": "x"}, {"after": "x"}, {"after": "eA"}]
)
def test_a_page_that_is_none_is_malformed(signed: Signed, query: dict[str, str]) -> None:
    assert code_of(signed.get("/events", query), 400) == "malformed"


# --- your own key -------------------------------------------------------------------


def test_prepare_sign_post(signed: Signed) -> None:
    before = Event.objects.count()
    asked = {
        "kind": "commission",
        "public_key": signed.public,
        "subjects": [{"uri": item("A1")}],
        "time": "2026-11-20T16:00:00+08:00",
        "place": {"country": "CN", "name": "Shenzhen"},
    }
    answer = signed.post("/events/prepare", asked)
    assert answer.status_code == 200
    assert Event.objects.count() == before
    prepared = answer.json()
    signature = keys.sign(signed.private, bytes.fromhex(prepared["sign"]))
    proof = prepared["proof"] | {"proofValue": keys.encode_multibase(signature)}
    assert signed.post("/events", prepared["document"] | {"proof": proof}).status_code == 201
    event = prepared["document"]["credentialSubject"]
    assert (event["eventTime"], event["eventTimeZoneOffset"]) == ("2026-11-20T08:00:00Z", "+08:00")
