"""POST /acts/{kind}: acts signed with a kept key, and what an intent may say."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from pytest_django import Settings

from provenance.core import gs1
from provenance.core.record import compose
from provenance.core.record.event import Place
from provenance.core.record.vocabulary import Act, RightKind
from provenance.models import Event, ShipmentLine, Subject
from provenance.services.goods import labels
from provenance.services.record import rebuild
from provenance.services.registry import rights
from tests.api import client as cast
from tests.api.client import Caller, Signed, item, pallet

LOT = gs1.lot_uri(cast.GTIN, "L1")
MARK = rights.NewRight(
    kind=RightKind.TRADEMARK,
    title="Lantern",
    office="EUIPO",
    number="1",
    territories=["CN"],
    valid_from=date(2020, 1, 1),
)
PLACE = {"country": "CN", "name": "Shenzhen", "locode": "CNSZX"}


WHY = {"reason": "the seal is broken"}


def code(answer: Any) -> str:
    return str(answer.json()["code"])


def done(answer: Any) -> str:
    assert answer.status_code == 201, answer.content
    return str(answer.json()["digest"])


def test_an_act_takes_the_links_and_urns_of_its_subjects(callers: dict[str, Caller]) -> None:
    carrier, sscc = callers["carrier"], gs1.parse_subject(pallet(1)).sscc
    urn = f"urn:epc:id:sscc:952000.{sscc[0]}{sscc[7:17]}"
    done(carrier.post("/acts/commission", {"subjects": [{"uri": urn}], "place": PLACE}))
    box = [{"uri": labels.link(pallet(1))}]
    done(carrier.post("/acts/hand_over", {"subjects": box, "receiver": cast.SHOP}))
    assert Subject.objects.get(uri=pallet(1)).head_position == 1
    twice = carrier.post("/acts/observe", {"subjects": [*box, {"uri": urn}], "place": PLACE})
    assert (twice.status_code, code(twice)) == (400, "malformed")


def test_a_pallets_life_by_kept_keys(callers: dict[str, Caller]) -> None:
    carrier, shop = callers["carrier"], callers["shop"]
    box = [{"uri": pallet(1)}]
    done(carrier.post("/acts/commission", {"subjects": box, "place": PLACE}))
    done(
        carrier.post(
            "/acts/hand_over", {"subjects": box, "receiver": cast.SHOP, "reference": "DN-7"}
        )
    )
    done(shop.post("/acts/refuse", {"subjects": box, "sender": cast.CARRIER} | WHY))
    done(
        carrier.post(
            "/acts/hand_over", {"subjects": box, "receiver": cast.SHOP, "reference": "DN-8"}
        )
    )
    done(carrier.post("/acts/cancel", {"subjects": box, "receiver": cast.SHOP} | WHY))
    done(
        carrier.post(
            "/acts/hand_over", {"subjects": box, "receiver": cast.SHOP, "reference": "DN-9"}
        )
    )
    wrong = done(shop.post("/acts/accept", {"subjects": box, "sender": cast.CARRIER}))
    done(shop.post("/acts/observe", {"subjects": box, "biz_step": "storing", "place": PLACE}))
    done(shop.post("/acts/correct", {"corrects": wrong}))
    done(shop.post("/acts/decommission", {"subjects": box}))
    assert Subject.objects.get(uri=pallet(1)).situation == "ended"


def test_the_record_knows_the_other_party_of_a_handover(
    callers: dict[str, Caller], signed: Signed
) -> None:
    carrier, shop = callers["carrier"], callers["shop"]
    boxes = {"subjects": [{"uri": pallet(1)}, {"uri": pallet(2)}]}
    done(carrier.post("/acts/commission", boxes))
    for answer, by, why in (("refuse", shop, WHY), ("cancel", carrier, WHY), ("accept", shop, {})):
        done(carrier.post("/acts/hand_over", boxes | {"receiver": cast.SHOP}))
        digest = done(by.post(f"/acts/{answer}", boxes | why))
        document = by.get(f"/events/{digest}").json()["document"]["credentialSubject"]
        parties = (
            document["sourceList"][0]["source"],
            document["destinationList"][0]["destination"],
        )
        assert parties == (gs1.party_uri(cast.CARRIER), gs1.party_uri(cast.SHOP))


def test_who_has_no_part_in_a_handover_is_not_told_whose_it_is(
    callers: dict[str, Caller], signed: Signed
) -> None:
    box = {"subjects": [{"uri": pallet(1)}]}
    done(callers["carrier"].post("/acts/commission", box))
    done(callers["carrier"].post("/acts/hand_over", box | {"receiver": cast.SHOP}))
    asked = signed.post("/events/prepare", box | {"kind": "accept", "public_key": signed.public})
    assert cast.CARRIER not in asked.content.decode()
    assert code(callers["mallory"].post("/acts/accept", box)) == "bad-epcis"


def test_goods_of_several_parties_need_the_sender(callers: dict[str, Caller]) -> None:
    for who, number in (("carrier", 1), ("mallory", 2)):
        box = {"subjects": [{"uri": pallet(number)}]}
        done(callers[who].post("/acts/commission", box))
        done(callers[who].post("/acts/hand_over", box | {"receiver": cast.SHOP}))
    both = {"subjects": [{"uri": pallet(1)}, {"uri": pallet(2)}]}
    assert code(callers["shop"].post("/acts/accept", both)) == "bad-epcis"


def test_lots_move_in_quantities(signed: Signed) -> None:
    prepared = signed.post(
        "/events/prepare",
        {
            "kind": "commission",
            "public_key": signed.public,
            "subjects": [{"uri": LOT, "quantity": "12.5"}],
        },
    )
    assert prepared.json()["document"]["credentialSubject"]["quantityList"] == [
        {"epcClass": LOT, "quantity": 12.5}
    ]


def moved(amount: str, kind: Act = Act.COMMISSION, **more: Any) -> compose.Intent:
    """An act of the maker on this much of the lot, at a place with the longest names."""
    return compose.Intent(
        act=kind,
        issuer=cast.MAKER,
        subjects={LOT: Decimal(amount)},
        time=cast.NOW,
        place=Place("CN", "n" * 300, "l" * 300),
        **more,
    )


@pytest.mark.parametrize("amount", ["1000000000000", "0.000001", "999999999999.5"])
def test_the_largest_and_smallest_quantities_are_kept_as_they_are(
    signed: Signed, amount: str
) -> None:
    parties = {"sender": cast.MAKER, "receiver": cast.SHOP, "reference": "r" * 100}
    for intent in (moved(amount), moved(amount, Act.HAND_OVER, **parties)):
        done(signed.post("/events", signed.sign(intent)))
    assert ShipmentLine.objects.get().quantity == Decimal(amount)
    assert rebuild.rebuild() == []


@pytest.mark.parametrize("amount", ["100000000000000", "0.0000001"])
def test_a_quantity_that_no_table_keeps_is_refused(signed: Signed, amount: str) -> None:
    assert code(signed.post("/events", signed.sign(moved(amount)))) == "bad-epcis"


@pytest.mark.parametrize(
    ("change", "refusal"),
    [
        ({"place": {"country": "CN", "id": "geo:" + "1" * 297}}, "malformed"),
        ({"evidence": [{"text": "x" * 16_384}]}, "too-large"),
    ],
    ids=["place", "evidence"],
)
def test_what_is_out_of_bounds_is_refused_with_a_code(
    callers: dict[str, Caller], change: dict[str, Any], refusal: str
) -> None:
    body = {"subjects": [{"uri": pallet(1)}]} | change
    assert code(callers["carrier"].post("/acts/commission", body)) == refusal


def test_an_act_is_done_once_for_one_key(callers: dict[str, Caller]) -> None:
    body, headers = {"subjects": [{"uri": pallet(1)}]}, {"Idempotency-Key": "k"}
    digests = {done(callers["carrier"].post("/acts/commission", body, headers)) for _ in range(2)}
    assert len(digests) == 1
    other = callers["carrier"].post("/acts/commission", {"subjects": [{"uri": pallet(2)}]}, headers)
    assert code(other) == "idempotency-mismatch"


def test_an_act_that_does_not_fit_says_which_do(callers: dict[str, Caller]) -> None:
    box = {"subjects": [{"uri": pallet(1)}]}
    done(callers["carrier"].post("/acts/commission", box))
    answer = callers["carrier"].post("/acts/accept", box | {"sender": cast.SHOP})
    assert (answer.status_code, code(answer)) == (409, "illegal-transition")
    assert "hand_over" in answer.json()["allowed"]


@pytest.mark.parametrize(
    ("kind", "body", "expected"),
    [
        (
            "commission",
            {"subjects": [{"uri": gs1.item_uri("09520000000028", "A")}]},
            "unknown-product",
        ),
        ("commission", {"subjects": [{"uri": item("A1")}]}, "not-permitted"),
        ("sell", {"subjects": [{"uri": item("none")}]}, "illegal-transition"),
        (
            "commission",
            {"subjects": [{"uri": pallet(1)}], "time": "2099-01-01T00:00:00Z"},
            "time-ahead",
        ),
        ("correct", {"corrects": "0" * 64}, "unknown-event"),
        ("hand_over", {"subjects": [{"uri": pallet(1)}], "receiver": cast.CARRIER}, "bad-epcis"),
        ("checkpoint", {"subjects": [{"uri": pallet(1)}]}, "bad-epcis"),
    ],
)
def test_what_the_rules_refuse(
    callers: dict[str, Caller], kind: str, body: dict[str, Any], expected: str
) -> None:
    before = Event.objects.count()
    if kind == "hand_over":
        done(callers["carrier"].post("/acts/commission", {"subjects": [{"uri": pallet(1)}]}))
        before += 1
    assert code(callers["carrier"].post(f"/acts/{kind}", body)) == expected
    assert Event.objects.count() == before


@pytest.mark.parametrize(
    ("kind", "more", "expected"),
    [
        ("destroy", {}, "bad-epcis"),
        ("destroy", WHY, "unknown-subject"),  # as far as its shape goes
        ("recall", WHY, "bad-epcis"),
        ("report_stolen", WHY | {"advice": "call us"}, "malformed"),
        ("sell", WHY, "malformed"),
        ("recall", {"error_reason": "incorrect_data"}, "malformed"),
        ("sell", {"reference": "DN-1"}, "malformed"),
        ("hand_over", {"lot": "L-1"}, "malformed"),
        ("hand_over", {"customs": {"procedure": "export"}}, "malformed"),
        ("sell", {"parent": pallet(2)}, "malformed"),
        ("sell", {"outputs": []}, "malformed"),
        ("commission", {"biz_step": "storing"}, "malformed"),
        ("commission", {"sensors": []}, "malformed"),
    ],
    ids=str,
)
def test_a_member_that_an_act_needs_is_asked_for_and_any_other_refused(
    callers: dict[str, Caller], kind: str, more: dict[str, Any], expected: str
) -> None:
    body = {"subjects": [{"uri": pallet(1)}], **more}
    assert code(callers["carrier"].post(f"/acts/{kind}", body)) == expected
    assert not Event.objects.filter(kind=kind).exists()


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({}, "malformed"),
        ({"subjects": []}, "malformed"),
        ({"subjects": [pallet(1)]}, "malformed"),
        ({"subjects": {}}, "malformed"),
        ({"subjects": [{"uri": pallet(1)}, {"uri": pallet(1)}]}, "malformed"),
        ({"subjects": [{"uri": pallet(1), "quantity": 2}]}, "malformed"),
        ({"subjects": [{"uri": LOT, "quantity": "1e3"}]}, "malformed"),
        ({"subjects": [{"uri": LOT, "quantity": True}]}, "malformed"),
        ({"subjects": [{"uri": LOT, "quantity": 0}]}, "malformed"),
        ({"subjects": [{"uri": LOT, "quantity": -1}]}, "malformed"),
        ({"subjects": [{"uri": LOT, "quantity": 1.5}]}, "bad-number"),
        ({"subjects": [{"uri": "https://id.gs1.org/00/123"}]}, "bad-identifier"),
        ({"subjects": [{"uri": pallet(1)}], "issuer": cast.MAKER}, "malformed"),
        ({"subjects": [{"uri": pallet(1)}], "time": "2026-11-22T08:00:00"}, "timestamp"),
        ({"subjects": [{"uri": pallet(1)}], "time": "2026-11-22T24:00:00Z"}, "timestamp"),
        ({"subjects": [{"uri": pallet(1)}], "time": "2016-12-31T23:59:60Z"}, "timestamp"),
        ({"subjects": [{"uri": pallet(1)}], "time": "0000-01-01T00:00:00Z"}, "timestamp"),
        ({"subjects": [{"uri": pallet(1)}], "time": "2026-11-22T08:00:00+99:00"}, "timestamp"),
        ({"subjects": [{"uri": pallet(1)}], "time": 1}, "malformed"),
        ({"subjects": [{"uri": pallet(1)}], "place": {"country": "XXX"}}, "malformed"),
        ({"subjects": [{"uri": pallet(1)}], "place": {"planet": "Earth"}}, "malformed"),
        (
            {
                "subjects": [{"uri": pallet(1)}],
                "customs": {"procedure": "export", "outcome": "lost"},
            },
            "malformed",
        ),
        ({"subjects": [{"uri": pallet(1)}], "corrects": "0" * 64}, "malformed"),
        ({"subjects": [{"uri": pallet(1)}], "evidence": ["x"]}, "malformed"),
    ],
    ids=str,
)
def test_an_intent_has_its_shape(
    callers: dict[str, Caller], body: dict[str, Any], expected: str
) -> None:
    answer = callers["carrier"].post("/acts/commission", body)
    assert (answer.status_code, code(answer)) == (400, expected)


def test_a_correction_is_for_who_signed(callers: dict[str, Caller]) -> None:
    digest = done(callers["carrier"].post("/acts/commission", {"subjects": [{"uri": pallet(1)}]}))
    assert code(callers["mallory"].post("/acts/correct", {"corrects": digest})) == "unknown-event"
    again = callers["carrier"].post(
        "/acts/correct", {"corrects": digest, "subjects": [{"uri": pallet(1)}]}
    )
    assert code(again) == "malformed"


def test_a_party_without_a_kept_key_gets_an_error_of_its_own(callers: dict[str, Caller]) -> None:
    answer = callers["maker"].post("/acts/commission", {"subjects": [{"uri": item("A1")}]})
    assert (answer.status_code, code(answer)) == (409, "no-kept-key")


def test_only_who_is_licensed_makes_goods_under_a_right(callers: dict[str, Caller]) -> None:
    right = rights.file_right(cast.MALLORY, MARK)
    product = {"gtin": "09520000000011", "name": "Teapot", "rights": [right]}
    assert callers["mallory"].post("/products", product).status_code == 201
    body = {"subjects": [{"uri": gs1.item_uri("09520000000011", "A")}], "place": PLACE}
    assert code(callers["shop"].post("/acts/commission", body)) == "not-licensed"
    done(callers["mallory"].post("/acts/commission", body))


def test_goods_are_handed_to_registered_parties_alone(callers: dict[str, Caller]) -> None:
    box = {"subjects": [{"uri": pallet(1)}]}
    done(callers["carrier"].post("/acts/commission", box))
    nobody = gs1.make_gln("952000", 98)
    assert (
        code(callers["carrier"].post("/acts/hand_over", box | {"receiver": nobody}))
        == "unknown-party"
    )


def test_a_kept_key_does_not_open_under_another_encryption_key(
    callers: dict[str, Caller], settings: Settings
) -> None:
    settings.CUSTOS_KEY_ENCRYPTION_KEY = "00" * 32
    answer = callers["carrier"].post("/acts/commission", {"subjects": [{"uri": pallet(1)}]})
    assert (answer.status_code, code(answer)) == (503, "key-locked")


def test_registry_claims_are_no_acts(callers: dict[str, Caller]) -> None:
    assert code(callers["carrier"].post("/acts/party_registered", {})) == "not-found"


def test_evidence_and_reference_are_signed_with_the_act(callers: dict[str, Caller]) -> None:
    evidence = [{"name": "delivery note", "digest": "0" * 64}]
    body = {"subjects": [{"uri": pallet(1)}], "evidence": evidence}
    digest = done(callers["carrier"].post("/acts/commission", body))
    assert callers["carrier"].get(f"/events/{digest}").json()["document"]["evidence"] == evidence
