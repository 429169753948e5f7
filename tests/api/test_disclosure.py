"""Disclosure of what an event seals (docs/trust.md, "What seals are opened to whom"): all of it to
its parties and to customs authorities that were involved, a holder's own links to the holder, and
nothing to those who had the goods once, and to strangers.
"""

from typing import Any

import pytest

from provenance.core.epcis.vocabulary import Outcome, Procedure
from provenance.core.record import compose, sealed, sealed_json
from provenance.core.record.event import Customs
from provenance.core.record.vocabulary import Act
from provenance.models import Event
from provenance.services.record import signing
from provenance.services.registry import parties
from tests import cast as world
from tests.api import client as cast
from tests.api.client import Caller, Signed, item

pytestmark = pytest.mark.django_db
MANY = [item(f"A{number:04}") for number in range(1000)]
BOUGHT = MANY[7]
REFERENCE, DECLARATION = "DN-4711", "26CN0001"
CUSTOMS = Customs(Procedure.EXPORT, Outcome.CLEARED, "CNSZX", declaration=DECLARATION)


def act(kind: Act, issuer: str, **more: Any) -> str:
    """The digest of an act by a party whose key is kept here."""
    intent = compose.Intent(act=kind, issuer=issuer, time=cast.NOW, place=cast.CHINA, **more)
    (receipt,) = signing.sign_and_capture([intent])
    assert receipt.stored, receipt.error
    return receipt.digest or ""


def hand_on(giver: str, taker: str, uri: str) -> None:
    """Hand an item over, and accept it."""
    both: dict[str, Any] = {"subjects": {uri: 1}, "sender": giver, "receiver": taker}
    act(Act.HAND_OVER, giver, **both)
    act(Act.ACCEPT, taker, **both)


def customs(callers: dict[str, Caller], name: str) -> Caller:
    """A customs authority, registered, with an API key."""
    title, country, roles = world.PARTIES[name]
    gln = world.ACTORS[name].gln
    parties.register(gln, title, country, roles, keep_key=True)
    callers[name] = Caller(gln, cast.api_key(gln))
    return callers[name]


@pytest.fixture
def handed_over(callers: dict[str, Caller], signed: Signed) -> str:
    """The digest of a handover of a thousand items from the maker to the carrier, which then
    had an item of them cleared by Chinese customs, and sold that on to the shop.
    """
    both: dict[str, Any] = {"sender": cast.MAKER, "receiver": cast.CARRIER}
    steps: list[tuple[Act, dict[str, Any]]] = [
        (Act.COMMISSION, {}),
        (Act.HAND_OVER, {**both, "reference": REFERENCE}),
    ]
    digest = ""
    for kind, more in steps:
        intent = compose.Intent(
            act=kind,
            issuer=cast.MAKER,
            subjects=dict.fromkeys(MANY, 1),
            time=cast.NOW,
            place=cast.CHINA,
            **more,
        )
        answer = signed.post("/events", signed.sign(intent))
        assert answer.status_code == 201, answer.content
        digest = answer.json()["digest"]
    act(Act.ACCEPT, cast.CARRIER, subjects=dict.fromkeys(MANY, 1), **both)
    authority = customs(callers, "customs_cn")
    customs(callers, "customs_nl")
    act(Act.CHECKPOINT, authority.gln, subjects={BOUGHT: 1}, customs=CUSTOMS)
    hand_on(cast.CARRIER, cast.SHOP, BOUGHT)
    return digest


def shown(caller: Caller, digest: str) -> dict[str, Any]:
    """The event, as a caller is shown it."""
    answer: dict[str, Any] = caller.get(f"/events/{digest}").json()
    return answer


@pytest.mark.parametrize("who", ["maker", "carrier", "customs_cn"])
def test_signer_receiver_and_customs_are_shown_all_and_the_full_epcis_event(
    callers: dict[str, Caller], handed_over: str, who: str
) -> None:
    told = shown(callers[who], handed_over)
    assert "openings" not in told
    contents = sealed_json.read_contents(told["opened"])
    assert contents.tree[0] == sealed_json.read_commitment(told["document"]["sealed"])
    assert [each.link.subject for each in contents.links] == MANY
    view, body = told["view"], told["document"]["credentialSubject"]
    assert (view["epcList"], view["eventID"]) == (MANY, body["eventID"])
    (paper,) = view["bizTransactionList"]
    assert paper["bizTransaction"].endswith(f":{REFERENCE}")
    assert body.keys().isdisjoint({"epcList", "bizTransactionList"})


def test_a_holder_of_one_of_a_thousand_is_shown_its_own_link_and_no_member(
    callers: dict[str, Caller], handed_over: str
) -> None:
    told = shown(callers["shop"], handed_over)
    assert "opened" not in told
    (opening,) = sealed_json.read_openings(told["openings"])
    commitment = sealed_json.read_commitment(told["document"]["sealed"])
    opened = sealed.open_some(commitment, [opening])
    assert [each.link.subject for each in opened.links] == [BOUGHT]
    assert told["view"]["epcList"] == [BOUGHT]
    assert [each["quantity"] for each in told["view"]["quantityList"]] == [999]
    others = [uri for uri in MANY if uri != BOUGHT]
    assert [word for word in (*others, REFERENCE) if word in str(told)] == []


@pytest.mark.parametrize("who", ["customs_nl", "mallory", "stranger"])
def test_who_had_no_part_in_the_goods_is_shown_an_entry_of_the_ledger(
    callers: dict[str, Caller], handed_over: str, who: str
) -> None:
    assert shown(callers[who], handed_over).keys() == {"digest", "ledger_index", "proof"}


def test_a_former_holder_is_shown_the_public_part_and_nothing_that_is_sealed(
    callers: dict[str, Caller], handed_over: str
) -> None:
    hand_on(cast.SHOP, cast.MALLORY, BOUGHT)
    told = shown(callers["shop"], handed_over)
    public = {"digest", "kind", "issuer", "event_time", "recorded_at", "late", "ledger_index"}
    assert told.keys() == public
    assert shown(callers["mallory"], handed_over)["view"]["epcList"] == [BOUGHT]


@pytest.mark.parametrize(("who", "told"), [("customs_cn", True), ("shop", False)])
def test_a_declaration_is_shown_to_customs_and_not_to_who_has_the_goods(
    callers: dict[str, Caller], handed_over: str, who: str, told: bool
) -> None:
    cleared = shown(callers[who], Event.objects.get(kind=Act.CHECKPOINT).digest)
    assert ("document" in cleared, DECLARATION in str(cleared)) == (True, told)
    assert cleared["view"]["custos:customs"].get("declaration") == (DECLARATION if told else None)
    assert DECLARATION not in str(cleared["document"])


def test_an_event_that_seals_nothing_has_nothing_to_disclose(
    callers: dict[str, Caller], handed_over: str
) -> None:
    taken = Event.objects.get(kind=Act.ACCEPT, issuer=cast.SHOP).digest
    told = shown(callers["shop"], taken)
    assert "document" in told
    assert told.keys().isdisjoint({"opened", "openings", "view"})
