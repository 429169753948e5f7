"""The endpoints of declarations: whose they are, and what comes of bad input."""

from typing import Any

import pytest

from customs.models import Declaration, DeclarationVersion
from provenance.models import PartyApiKey
from provenance.models.parties import Scope
from tests.api.client import STRANGER, Caller, api_key
from tests.captured import Captured
from tests.customs import declared

pytestmark = pytest.mark.django_db
HOSTILE = "<script>alert('x')</script>"


@pytest.fixture
def callers(world: Captured) -> dict[str, Caller]:
    """Everybody with an API key that has each scope."""
    names = ("carrier", "maker", "retailer", "mallory", "customs_nl", "customs_cn")
    return {name: Caller(gln := getattr(world, name).gln, api_key(gln)) for name in names}


def body(**changes: Any) -> dict[str, Any]:
    entry = declared.values(**changes)
    del entry["declarant"]
    return entry


def amendment(**changes: Any) -> dict[str, Any]:
    entry = {"reason": "weighed again", **body(), **changes}
    return {name: value for name, value in entry.items() if name not in ("authority", "number")}


def test_a_declaration_is_entered_read_and_amended(callers: dict[str, Caller]) -> None:
    carrier = callers["carrier"]
    made = carrier.post("/declarations", body())
    assert made.status_code == 201, made.content
    row = made.json()
    assert row["declarant"] == carrier.gln
    assert (row["version"], row["gross_mass"], row["goods"]) == (1, "1.4", body()["goods"])
    path = f"/declarations/{row['id']}"
    amended = carrier.post(path, amendment(gross_mass="1.6"))
    assert amended.status_code == 201, amended.content
    shown = carrier.get(path).json()
    assert (shown["version"], shown["gross_mass"], shown["reason"]) == (2, "1.6", "weighed again")
    assert [each["gross_mass"] for each in shown["versions"]] == ["1.4", "1.6"]
    (prefix,) = PartyApiKey.objects.filter(party=carrier.gln).values_list("prefix", flat=True)
    assert DeclarationVersion.objects.filter(entered_by=f"api-key:{prefix}").count() == 2


def test_the_same_again_is_a_success(callers: dict[str, Caller]) -> None:
    first = callers["carrier"].post("/declarations", body())
    again = callers["carrier"].post("/declarations", body())
    assert (first.json(), first.status_code) == (again.json(), again.status_code)
    other = callers["carrier"].post("/declarations", body(gross_mass="9"))
    assert (other.status_code, other.json()["code"]) == (409, "declaration-exists")


def test_declarant_and_authority_see_it_and_to_others_it_is_not_there(
    callers: dict[str, Caller],
) -> None:
    made = callers["carrier"].post("/declarations", body()).json()
    path = f"/declarations/{made['id']}"
    for name, caller in callers.items():
        answer, listed = caller.get(path), caller.get("/declarations").json()["results"]
        if name in ("carrier", "customs_nl"):
            assert answer.json()["number"] == "26NL0000001"
            assert [row["id"] for row in listed] == [made["id"]]
            continue
        assert (answer.status_code, answer.json()["code"]) == (404, "unknown-declaration")
        assert listed == []
        refused = caller.post(path, amendment())
        assert (refused.status_code, refused.json()["code"]) == (404, "unknown-declaration")
    assert STRANGER.get(path).status_code == 401


def test_an_authority_does_not_amend_what_was_declared_to_it(callers: dict[str, Caller]) -> None:
    made = callers["carrier"].post("/declarations", body()).json()
    refused = callers["customs_nl"].post(f"/declarations/{made['id']}", amendment(origin="VN"))
    assert (refused.status_code, refused.json()["code"]) == (404, "unknown-declaration")
    assert DeclarationVersion.objects.count() == 1


def test_nobody_declares_for_another(callers: dict[str, Caller]) -> None:
    answer = callers["mallory"].post("/declarations", declared.values())
    assert (answer.status_code, answer.json()["code"]) == (400, "malformed")
    assert "declarant" in answer.json()["fields"]


def test_the_scope_to_declare_is_its_own(callers: dict[str, Caller], world: Captured) -> None:
    others = [scope for scope in Scope if scope is not Scope.DECLARATIONS]
    caller = Caller(world.carrier.gln, api_key(world.carrier.gln, *others))
    assert caller.post("/declarations", body()).json()["code"] == "scope-missing"


@pytest.mark.parametrize(
    ("changes", "status", "code"),
    [
        ({"consignor": "9520000000400"}, 422, "unknown-party"),
        ({"consignor": "9520000000012"}, 400, "bad-check-digit"),
        ({"authority": "9520000000028"}, 422, "not-an-authority"),
        ({"origin": "XX"}, 400, "malformed"),
        ({"currency": "XYZ"}, 400, "malformed"),
        ({"declaration_office": "BEANR"}, 400, "malformed"),
        ({"tariff_quantity": 1.5}, 400, "bad-number"),
        ({"description": "a\u202eb"}, 400, "bad-text"),
        ({"goods": [], "shipment": ""}, 400, "malformed"),
        ({"goods": ["https://id.gs1.org/01/09520000000005"]}, 400, "bad-check-digit"),
        ({"seals": ["x"] * 2}, 400, "malformed"),
        ({"documents": [{"type": "380"}]}, 400, "malformed"),
        ({"expected_arrival": "tomorrow"}, 400, "timestamp"),
        ({"colour": "red"}, 400, "malformed"),
    ],
)
def test_bad_input_has_its_code(
    callers: dict[str, Caller], changes: dict[str, Any], status: int, code: str
) -> None:
    answer = callers["carrier"].post("/declarations", body(**changes))
    assert (answer.status_code, answer.json()["code"]) == (status, code), answer.content
    assert not Declaration.objects.exists()


def test_hostile_texts_come_back_as_they_were(callers: dict[str, Caller]) -> None:
    changes: dict[str, Any] = {"description": HOSTILE, "number": HOSTILE, "seals": [HOSTILE]}
    changes["shipment"] = HOSTILE
    made = callers["carrier"].post("/declarations", body(**changes))
    assert {name: made.json()[name] for name in changes} == changes
    assert made["Content-Type"] == "application/json"


def test_a_list_has_pages(callers: dict[str, Caller]) -> None:
    for number in range(3):
        callers["carrier"].post("/declarations", body(number=str(number)))
    first = callers["carrier"].get("/declarations", {"limit": "2"}).json()
    second = callers["carrier"].get("/declarations", {"after": first["next"]}).json()
    rows = [*first["results"], *second["results"]]
    assert [row["number"] for row in rows] == ["2", "1", "0"]
    assert second["next"] is None
