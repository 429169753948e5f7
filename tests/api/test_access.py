"""Access to every endpoint, by every method, for every caller."""

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.test import Client
from django.urls import URLPattern
from django.utils import timezone

from customs.api import urls as customs_urls
from provenance import tasks
from provenance.api import base, urls
from provenance.core import gs1
from provenance.core.record import compose
from provenance.core.record.vocabulary import Act
from provenance.models import Event, Membership, Party, PartyApiKey, Shipment
from provenance.models.parties import Scope
from provenance.services.goods import labels
from provenance.services.record import rebuild
from tests.api import client as cast
from tests.api.client import Caller, Signed, item, pallet
from tests.api.endpoints import ENDPOINTS, PATHS

WALK = [(name, method) for name in PATHS for method in ("GET", "POST")]


def ask(caller: Caller, name: str, method: str) -> Any:
    return caller.get(PATHS[name]) if method == "GET" else caller.post(PATHS[name], {})


def code(answer: Any) -> str:
    return str(answer.json()["code"])


def test_the_walk_knows_every_endpoint() -> None:
    routes = [*urls.urlpatterns, *customs_urls.urlpatterns]
    assert {route.name for route in routes if isinstance(route, URLPattern)} - {
        None,
        "schema",
        "docs",
        "errors",
    } == set(PATHS)


def test_no_view_has_a_method_without_a_scope() -> None:
    for view in base.ApiView.__subclasses__():
        methods = {
            name.upper()
            for name in ("get", "post", "put", "patch", "delete")
            if hasattr(view, name)
        }
        assert methods == set(view.scopes), view


@pytest.mark.parametrize(("name", "method"), WALK)
def test_an_endpoint_opens_to_its_scope_alone(
    callers: dict[str, Caller], name: str, method: str
) -> None:
    if (name, method) not in ENDPOINTS:
        assert code(ask(callers["maker"], name, method)) == "method-not-allowed"
        return
    scope = ENDPOINTS[name, method]
    others = cast.api_key(cast.MAKER, *(other for other in Scope if other is not scope))
    if scope is None:
        assert ask(callers["stranger"], name, method).status_code != 401
        return
    assert code(ask(callers["stranger"], name, method)) == "unauthenticated"
    refused = ask(Caller(cast.MAKER, others), name, method)
    assert (refused.status_code, code(refused), refused.json()["scope"]) == (
        403,
        "scope-missing",
        scope,
    )
    just_this = Caller(cast.MAKER, cast.api_key(cast.MAKER, scope))
    assert ask(just_this, name, method).status_code not in (401, 405)


@pytest.mark.parametrize(
    "header", ["Api-Key", "Api-Key ", "Bearer x", "Api-Key x.y", "Api-Key \0.x", "Basic YTpi", "é"]
)
@pytest.mark.parametrize("name", ["events", "parties"])
def test_a_header_that_names_no_key_is_401_at_every_endpoint(
    db: None, name: str, header: str
) -> None:
    answer = cast.STRANGER.get(PATHS[name], authorization=header)
    assert (answer.status_code, code(answer)) == (401, "unauthenticated")
    assert answer["WWW-Authenticate"].startswith("Api-Key")


@pytest.mark.parametrize(
    "change",
    [{"revoked": True}, {"expiry_date": timezone.now() - timedelta(days=1)}],
    ids=["revoked", "expired"],
)
def test_a_key_out_of_force_is_401(callers: dict[str, Caller], change: dict[str, Any]) -> None:
    PartyApiKey.objects.filter(party=cast.SHOP).update(**change)
    assert code(callers["shop"].get("/events")) == "unauthenticated"


def test_a_good_prefix_with_a_wrong_secret_is_401(callers: dict[str, Caller]) -> None:
    prefix = callers["shop"].secret.partition(".")[0]
    assert code(Caller(cast.SHOP, f"{prefix}.wrong").get("/events")) == "unauthenticated"


def test_only_the_hash_of_a_key_is_stored(callers: dict[str, Caller]) -> None:
    secret = callers["shop"].secret
    rows = [repr(vars(key)) for key in PartyApiKey.objects.all()]
    assert not any(secret.partition(".")[2] in row for row in rows)


# --- Alice made it, Bob is on her team, Charlie must see nothing --------------------


@pytest.mark.parametrize("who", ["maker", "bob", "carrier"])
def test_an_event_is_full_for_its_parties(
    callers: dict[str, Caller], handed_over: str, who: str
) -> None:
    shown = callers[who].get(f"/events/{handed_over}").json()
    assert (shown["digest"], shown["kind"], shown["issuer"]) == (
        handed_over,
        "hand_over",
        cast.MAKER,
    )
    assert "document" in shown


@pytest.mark.parametrize("who", ["shop", "mallory", "stranger"])
def test_an_event_is_a_ledger_entry_and_nothing_else_to_others(
    callers: dict[str, Caller], handed_over: str, who: str
) -> None:
    entry = {"digest": handed_over, "ledger_index": None}
    entry["proof"] = f"/api/v1/events/{handed_over}/proof"
    assert callers[who].get(f"/events/{handed_over}").json() == entry
    tasks.anchor_pending()
    shown = callers[who].get(f"/events/{handed_over}").json()
    index = Event.objects.get(digest=handed_over).ledger_index
    assert shown == entry | {"ledger_index": index}
    assert callers[who].get(f"/events/{handed_over}/proof").status_code == 200


def test_strangers_read_no_trade_from_the_whole_ledger(
    callers: dict[str, Caller], carried: str
) -> None:
    for event in Event.objects.all():
        shown = callers["stranger"].get(f"/events/{event.digest}").json()
        claim = Act(event.kind).is_claim
        assert ("document" in shown) is claim
        assert claim or shown.keys() == {"digest", "ledger_index", "proof"}


@pytest.mark.parametrize(
    ("who", "shown"),
    [("shop", "full"), ("maker", "public"), ("carrier", "public"), ("mallory", "entry")],
)
def test_a_party_once_involved_sees_the_public_part(
    callers: dict[str, Caller], carried: str, who: str, shown: str
) -> None:
    """The shop unpacked the lot, which the others had before; Mallory never had it."""
    unpacked = Event.objects.filter(kind="unpack").latest("id").digest
    answer = callers[who].get(f"/events/{unpacked}").json()
    assert ("document" in answer) is (shown == "full")
    assert ("kind" in answer) is (shown != "entry")


def test_custody_opens_what_came_before_through_the_units_around(
    callers: dict[str, Caller], handed_over: str
) -> None:
    events = callers["maker"].get("/events").json()["results"]
    born = next(
        e["digest"]
        for e in events
        if e["kind"] == "commission" and item("A1") in str(e["document"])
    )
    assert "document" in callers["carrier"].get(f"/events/{born}").json()
    assert "issuer" not in callers["shop"].get(f"/events/{born}").json()


@pytest.mark.parametrize(
    ("who", "found"),
    [
        ("maker", [200, 404]),
        ("bob", [200, 404]),
        ("carrier", [200, 200]),
        ("shop", [404, 404]),
        ("mallory", [404, 404]),
        ("stranger", [404, 404]),
    ],
)
def test_a_pallet_exists_for_its_parties_and_its_bundle_for_its_holder(
    callers: dict[str, Caller], handed_over: str, who: str, found: list[int]
) -> None:
    answers = [
        callers[who].get("/subjects", {"uri": pallet(1)}),
        callers[who].get("/bundles", {"uri": pallet(1)}),
    ]
    assert [answer.status_code for answer in answers] == found


@pytest.mark.parametrize("path", ["/subjects", "/bundles"])
def test_what_is_hidden_answers_like_what_is_not_there(
    callers: dict[str, Caller], handed_over: str, path: str
) -> None:
    unknown, hidden = (callers["mallory"].get(path, {"uri": pallet(n)}).json() for n in (2, 1))
    assert unknown | {"detail": ""} == hidden | {"detail": ""}
    assert unknown["detail"].replace(pallet(2), "") == hidden["detail"].replace(pallet(1), "")


@pytest.mark.parametrize(
    ("who", "involved", "holds"),
    [
        ("maker", True, False),
        ("carrier", True, False),
        ("shop", True, True),
        ("mallory", False, False),
        ("stranger", False, False),
    ],
)
def test_page_and_api_agree_on_who_sees_a_lot_and_who_has_the_whole_of_it(
    callers: dict[str, Caller], carried: str, who: str, involved: bool, holds: bool
) -> None:
    """Mallory had the outer pallet, and was to have it, only while the lot was not in
    it; maker and carrier had it once, and what came after is the shop's business.
    """
    caller, browser = callers[who], Client()
    if caller.gln:
        user = get_user_model().objects.create_user("someone")
        Membership.objects.create(user=user, party_id=Party.objects.get(gln=caller.gln).pk)
        browser.force_login(user)
    path = gs1.parse_subject(carried).path
    assert (browser.get(path).status_code == 200) is involved
    page = browser.get(path, {"format": "bundle"})
    assert (page["Content-Type"] == "application/json") is holds
    assert (caller.get("/bundles", {"uri": carried}).status_code == 200) is holds
    assert (caller.get("/subjects", {"uri": carried}).status_code == 200) is involved


@pytest.mark.parametrize(("who", "found"), [("maker", 404), ("shop", 200), ("carrier", 404)])
def test_a_finished_lots_bundle_is_for_who_sold_the_last_of_it(
    callers: dict[str, Caller], finished: str, who: str, found: int
) -> None:
    """Although the maker corrected its own sale after that."""
    assert callers[who].get("/bundles", {"uri": finished}).status_code == found


@pytest.mark.parametrize(("who", "found"), [("maker", 200), ("shop", 404), ("stranger", 404)])
def test_a_receiver_that_never_accepted_has_no_bundle(
    callers: dict[str, Caller], offered: str, who: str, found: int
) -> None:
    assert callers[who].get("/bundles", {"uri": offered}).status_code == found


@pytest.mark.parametrize("who", ["maker", "shop", "mallory", "stranger"])
def test_an_items_record_is_open_to_whoever_has_its_code(
    callers: dict[str, Caller], handed_over: str, who: str
) -> None:
    shown = callers[who].get("/subjects", {"uri": item("A1")}).json()
    assert [event["kind"] for event in shown["events"]["results"]] == ["commission", "pack"]
    assert all("document" in event for event in shown["events"]["results"])
    assert (shown["situation"], shown["container"]) == ("packed", pallet(1))
    bundle = callers[who].get("/bundles", {"uri": item("A1")})
    assert bundle.json()["subject"] == item("A1")
    assert "bundle.json" in bundle["Content-Disposition"]


@pytest.mark.parametrize(
    ("who", "count"), [("maker", 1), ("bob", 1), ("carrier", 1), ("shop", 0), ("mallory", 0)]
)
def test_shipments_are_for_sender_and_receiver(
    callers: dict[str, Caller], handed_over: str, who: str, count: int
) -> None:
    listed = callers[who].get("/shipments").json()["results"]
    assert [shipment["reference"] for shipment in listed] == ["DN-1"] * count
    assert len(callers[who].get("/shipments", {"reference": "DN-1"}).json()["results"]) == count
    shipment = Shipment.objects.get()
    answer = callers[who].get(f"/shipments/{shipment.id}")
    assert answer.status_code == (200 if count else 404)
    if count:
        assert [line["uri"] for line in answer.json()["lines"]] == [
            item("A1")
        ]  # what the unit held


def test_each_receiver_under_one_reference_sees_its_own_goods(
    callers: dict[str, Caller], handed_over: str, signed: Signed
) -> None:
    """The maker sends a second pallet to the shop, under the reference of the first."""
    ships = {"subjects": {pallet(2): 1}, "sender": cast.MAKER, "receiver": cast.SHOP}
    for kind, more in (
        (Act.COMMISSION, {"subjects": {pallet(2): 1}}),
        (Act.HAND_OVER, ships | {"reference": "DN-1"}),
    ):
        intent = compose.Intent(
            act=kind, issuer=cast.MAKER, time=cast.NOW, place=cast.CHINA, **more
        )
        assert signed.post("/events", signed.sign(intent)).status_code == 201
    for who, subject in (("carrier", item("A1")), ("shop", pallet(2))):
        (shipment,) = callers[who].get("/shipments", {"reference": "DN-1"}).json()["results"]
        assert shipment["receiver"] == callers[who].gln
        lines = callers[who].get(f"/shipments/{shipment['id']}").json()["lines"]
        assert [line["uri"] for line in lines] == [subject]
    assert len(callers["maker"].get("/shipments").json()["results"]) == 2
    assert rebuild.rebuild() == []


def test_own_events_are_those_signed_or_received(
    callers: dict[str, Caller], handed_over: str
) -> None:
    carrier = [event["kind"] for event in callers["carrier"].get("/events").json()["results"]]
    assert carrier[:2] == ["accept", "hand_over"]
    assert "hand_over" not in [
        event["kind"] for event in callers["shop"].get("/events").json()["results"]
    ]


def test_a_key_without_read_sees_what_a_stranger_sees(
    callers: dict[str, Caller], handed_over: str
) -> None:
    writer = Caller(cast.MAKER, cast.api_key(cast.MAKER, Scope.EVENTS))
    assert "issuer" not in writer.get(f"/events/{handed_over}").json()
    assert writer.get("/subjects", {"uri": pallet(1)}).status_code == 404


@pytest.mark.parametrize(
    ("path", "name"), [("/subjects", "uri"), ("/verdicts", "uri"), ("/bundles", "subject")]
)
def test_a_subject_is_named_by_uri_link_or_epc_urn(
    callers: dict[str, Caller], handed_over: str, path: str, name: str
) -> None:
    urn = f"urn:epc:id:sgtin:952000.{cast.GTIN[0]}{cast.GTIN[7:13]}.A1"
    for uri in (labels.link(item("A1")), f"{item('A1')}?17=301231", urn):
        answer = callers["stranger"].get(path, {"uri": uri})
        assert answer.status_code == 200, answer.content
        assert answer.json()[name] == item("A1")


@pytest.mark.parametrize(
    ("uri", "expected"),
    [
        ("urn:epc:id:sgtin:952000.٠000000.A1", "bad-identifier"),
        ("urn:epc:id:nothing:952000.1", "bad-digital-link"),
        ("https://brand.example/01/09520000000004/21/A1", "foreign-domain"),
    ],
)
def test_a_name_of_no_subject_says_why(callers: dict[str, Caller], uri: str, expected: str) -> None:
    for path in ("/subjects", "/verdicts", "/bundles"):
        answer = callers["maker"].get(path, {"uri": uri})
        assert (answer.status_code, code(answer)) == (400, expected)
    answer = callers["carrier"].post("/acts/commission", {"subjects": [{"uri": uri}]})
    assert (answer.status_code, code(answer)) == (400, expected)


@pytest.mark.parametrize("uri", ["", "x", "urn:uuid:x", "\0"])
@pytest.mark.parametrize("path", ["/subjects", "/verdicts", "/bundles"])
def test_what_is_no_subject_is_400(callers: dict[str, Caller], path: str, uri: str) -> None:
    answer = callers["maker"].get(path, {"uri": uri})
    assert answer.status_code == 400
    assert code(answer) in ("malformed", "bad-identifier", "bad-text")


def test_a_wrong_check_digit_says_so(callers: dict[str, Caller]) -> None:
    wrong = "https://id.gs1.org/01/09520000000005/21/A1"
    assert code(callers["maker"].get("/subjects", {"uri": wrong})) == "bad-check-digit"
