"""How each act is written in EPCIS 2.0 and read back: the table of acts, written down a
second time.
"""

from typing import Any

import pytest

from provenance.core import errors
from provenance.core.epcis import event_hash
from provenance.core.record import acts, compose, kinds
from provenance.core.record.compose import Intent
from provenance.core.record.event import Customs
from provenance.core.record.kinds import KeyPurpose, Kind
from provenance.core.signing import canonical
from tests.cast import ITEM, NL, PALLET, START, Actor
from tests.world import World

GOODS_KINDS = [kind for kind in Kind if not kind.is_claim]
OUTCOMES = [None, "cleared", "held", "sampled", "seized", "refused"]
SOURCE, TARGET = World.maker, World.carrier

# kind -> type, action, bizStep, disposition
WRITTEN: dict[Kind, tuple[str, str | None, str, str]] = {
    Kind.COMMISSION: ("ObjectEvent", "ADD", "commissioning", "active"),
    Kind.PACK: ("AggregationEvent", "ADD", "packing", "in_progress"),
    Kind.UNPACK: ("AggregationEvent", "DELETE", "unpacking", "in_progress"),
    Kind.HAND_OVER: ("ObjectEvent", "OBSERVE", "shipping", "in_transit"),
    Kind.ACCEPT: ("ObjectEvent", "OBSERVE", "receiving", "in_progress"),
    Kind.REFUSE: ("ObjectEvent", "OBSERVE", "void_shipping", "in_progress"),
    Kind.CANCEL: ("ObjectEvent", "OBSERVE", "void_shipping", "in_progress"),
    Kind.OBSERVE: ("ObjectEvent", "OBSERVE", "sensor_reporting", "in_progress"),
    Kind.TRANSFORM: ("TransformationEvent", None, "assembling", "active"),
    Kind.SELL: ("ObjectEvent", "OBSERVE", "retail_selling", "retail_sold"),
    Kind.RETURN: ("ObjectEvent", "OBSERVE", "receiving", "returned"),
    Kind.DESTROY: ("ObjectEvent", "DELETE", "destroying", "destroyed"),
    Kind.DECOMMISSION: ("ObjectEvent", "DELETE", "decommissioning", "inactive"),
    Kind.RECALL: ("ObjectEvent", "OBSERVE", "holding", "recalled"),
    Kind.REPORT_STOLEN: ("ObjectEvent", "OBSERVE", "other", "stolen"),
}
CHECKPOINTS = {
    None: ("arriving", "in_progress"),
    "cleared": ("departing", "in_transit"),
    "held": ("holding", "unavailable"),
    "sampled": ("inspecting", "in_progress"),
    "seized": ("holding", "non_sellable_other"),
    "refused": ("inspecting", "non_conformant"),
}


def written(kind: Kind, by: Actor = SOURCE, **options: Any) -> dict[str, Any]:
    """The event of an act, as `forms` writes it."""
    if kind in (Kind.PACK, Kind.UNPACK):
        options |= {"parent": PALLET}
    if kind in (Kind.HAND_OVER, Kind.ACCEPT, Kind.REFUSE, Kind.CANCEL):
        options = {"sender": SOURCE.gln, "receiver": TARGET.gln} | options
    if kind is Kind.TRANSFORM:
        options |= {"outputs": {World.item("OUT"): 1}}
    return compose.event(
        Intent(kind=kind, issuer=by.gln, subjects={ITEM: 1}, time=START, **options)
    )


def spelled(event: dict[str, Any]) -> tuple[Any, ...]:
    return event["type"], event.get("action"), event["bizStep"], event["disposition"]


def test_every_act_on_goods_is_in_this_table() -> None:
    assert {*WRITTEN, Kind.CHECKPOINT, Kind.CORRECT} == set(GOODS_KINDS) == set(acts.TABLE)


@pytest.mark.parametrize("kind", WRITTEN)
def test_an_act_is_written_as_the_design_says_and_read_back(kind: Kind) -> None:
    by = TARGET if kind in (Kind.ACCEPT, Kind.REFUSE) else SOURCE
    event = written(kind, by)
    assert spelled(event) == WRITTEN[kind]
    spelling = kinds.SPELLINGS[kind]
    assert (spelling.type, spelling.action, spelling.biz_step, spelling.disposition) == WRITTEN[
        kind
    ]
    assert kinds.classify(event, by.uri) is kind
    event_hash.check_event_id(event)


@pytest.mark.parametrize("outcome", OUTCOMES)
def test_a_checkpoint_is_written_after_its_outcome(outcome: str | None) -> None:
    event = written(Kind.CHECKPOINT, customs=Customs("import", outcome, "NLRTM"), place=NL)
    assert spelled(event) == ("ObjectEvent", "OBSERVE", *CHECKPOINTS[outcome])
    assert kinds.classify(event, SOURCE.uri) is Kind.CHECKPOINT
    block = {"procedure": "import", "post": "NLRTM"} | ({"outcome": outcome} if outcome else {})
    assert event["custos:customs"] == block


@pytest.mark.parametrize("kind", WRITTEN)
def test_a_correction_is_the_same_event_and_its_declaration(kind: Kind) -> None:
    wrong = written(kind)
    event = written(Kind.CORRECT, corrects=wrong, error_reason="incorrect_data")
    declaration = event.pop("errorDeclaration")
    assert event == wrong
    assert declaration == {
        "declarationTime": canonical.format_timestamp(START),
        "reason": "incorrect_data",
    }
    assert kinds.classify(event | {"errorDeclaration": declaration}, SOURCE.uri) is Kind.CORRECT


@pytest.mark.parametrize(
    "change",
    [
        {"type": "TransactionEvent"},
        {"type": "AssociationEvent"},
        {"action": "DELETE"},
        {"action": None},
        {"bizStep": "shipping", "disposition": "active"},
        {"bizStep": "entering_exiting"},
        {"type": "AggregationEvent"},
    ],
    ids=str,
)
def test_what_is_none_of_our_acts_is_refused(change: dict[str, Any]) -> None:
    with pytest.raises(errors.BadEpcis):
        kinds.classify(written(Kind.COMMISSION) | change, SOURCE.uri)


@pytest.mark.parametrize(
    "change", [{"action": "ADD"}, {"action": "DELETE"}, {"type": "TransformationEvent"}], ids=str
)
def test_customs_only_looks(change: dict[str, Any]) -> None:
    event = written(Kind.CHECKPOINT, customs=Customs("import", "cleared"), place=NL)
    with pytest.raises(errors.BadEpcis):
        kinds.classify(event | change, SOURCE.uri)


def test_who_signs_tells_a_refusal_from_a_cancellation() -> None:
    event = written(Kind.CANCEL)
    assert kinds.classify(event, SOURCE.uri) is Kind.CANCEL
    assert kinds.classify(event, TARGET.uri) is Kind.REFUSE


CLAIMS = {
    Kind.PARTY_REGISTERED: "PartyRegistered",
    Kind.KEY_ADDED: "KeyAdded",
    Kind.KEY_REVOKED: "KeyRevoked",
    Kind.PRODUCT_REGISTERED: "ProductRegistered",
    Kind.RIGHT_FILED: "RightFiled",
    Kind.RIGHT_VERIFIED: "RightVerified",
    Kind.RIGHT_ASSIGNED: "RightAssigned",
    Kind.RIGHT_LAPSED: "RightLapsed",
    Kind.LICENCE_GRANTED: "LicenceGranted",
    Kind.LICENCE_REVOKED: "LicenceRevoked",
}


def test_every_claim_has_one_word() -> None:
    assert kinds.CLAIM_TYPES == CLAIMS
    assert {kind for kind in Kind if kind.is_claim} == set(CLAIMS)
    assert all(kinds.classify({"type": word}, SOURCE.uri) is kind for kind, word in CLAIMS.items())


@pytest.mark.parametrize("kind", list(Kind))
def test_a_key_speaks_for_its_purpose(kind: Kind) -> None:
    assert KeyPurpose.ANY.covers(kind)
    assert KeyPurpose.REGISTRY.covers(kind) is (kind in CLAIMS)
    assert KeyPurpose.GOODS.covers(kind) is (kind not in CLAIMS)
