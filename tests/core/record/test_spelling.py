"""How each act is written in EPCIS 2.0 and read back: the table of acts, written down a
second time.
"""

from typing import Any

import pytest

from provenance.core import errors
from provenance.core.epcis import event_hash
from provenance.core.epcis.vocabulary import Outcome, Procedure
from provenance.core.record import acts, compose, reading
from provenance.core.record.acts_registry import CLAIM_RULES
from provenance.core.record.compose import Intent
from provenance.core.record.event import Customs
from provenance.core.record.vocabulary import Act, KeyPurpose
from provenance.core.signing import canonical
from tests import cast
from tests.cast import ITEM, NL, PALLET, START, Actor
from tests.world import World

GOODS_KINDS = [kind for kind in Act if not kind.is_claim]
OUTCOMES = [None, *Outcome]
SOURCE, TARGET = World.maker, World.carrier

# kind -> type, action, bizStep, disposition
WRITTEN: dict[Act, tuple[str, str | None, str, str]] = {
    Act.COMMISSION: ("ObjectEvent", "ADD", "commissioning", "active"),
    Act.PACK: ("AggregationEvent", "ADD", "packing", "in_progress"),
    Act.UNPACK: ("AggregationEvent", "DELETE", "unpacking", "in_progress"),
    Act.HAND_OVER: ("ObjectEvent", "OBSERVE", "shipping", "in_transit"),
    Act.ACCEPT: ("ObjectEvent", "OBSERVE", "receiving", "in_progress"),
    Act.REFUSE: ("ObjectEvent", "OBSERVE", "void_shipping", "in_progress"),
    Act.CANCEL: ("ObjectEvent", "OBSERVE", "void_shipping", "in_progress"),
    Act.OBSERVE: ("ObjectEvent", "OBSERVE", "sensor_reporting", "in_progress"),
    Act.TRANSFORM: ("TransformationEvent", None, "assembling", "active"),
    Act.SELL: ("ObjectEvent", "OBSERVE", "retail_selling", "retail_sold"),
    Act.RETURN: ("ObjectEvent", "OBSERVE", "receiving", "returned"),
    Act.DESTROY: ("ObjectEvent", "DELETE", "destroying", "destroyed"),
    Act.DECOMMISSION: ("ObjectEvent", "DELETE", "decommissioning", "inactive"),
    Act.RECALL: ("ObjectEvent", "OBSERVE", "holding", "recalled"),
    Act.REPORT_STOLEN: ("ObjectEvent", "OBSERVE", "other", "stolen"),
}
CHECKPOINTS: dict[str | None, tuple[str, str]] = {
    None: ("arriving", "in_progress"),
    "cleared": ("departing", "in_transit"),
    "held": ("holding", "unavailable"),
    "sampled": ("inspecting", "in_progress"),
    "seized": ("holding", "non_sellable_other"),
    "refused": ("inspecting", "non_conformant"),
}


def written(kind: Act, by: Actor = SOURCE, **options: Any) -> dict[str, Any]:
    """The event of an act, as `forms` writes it."""
    if kind in (Act.PACK, Act.UNPACK):
        options |= {"parent": PALLET}
    if kind in (Act.HAND_OVER, Act.ACCEPT, Act.REFUSE, Act.CANCEL):
        options = {"sender": SOURCE.gln, "receiver": TARGET.gln} | options
    if kind is Act.TRANSFORM:
        options |= {"outputs": {World.item("OUT"): 1}}
    options = {"explanation": cast.explanation(kind)} | options
    return compose.event(Intent(act=kind, issuer=by.gln, subjects={ITEM: 1}, time=START, **options))


def spelled(event: dict[str, Any]) -> tuple[Any, ...]:
    return event["type"], event.get("action"), event["bizStep"], event["disposition"]


def test_every_act_on_goods_is_in_this_table() -> None:
    assert {*WRITTEN, Act.CHECKPOINT, Act.CORRECT} == set(GOODS_KINDS) == set(acts.GOODS_RULES)


@pytest.mark.parametrize("kind", WRITTEN)
def test_an_act_is_written_as_the_design_says_and_read_back(kind: Act) -> None:
    by = TARGET if kind in (Act.ACCEPT, Act.REFUSE) else SOURCE
    event = written(kind, by)
    assert spelled(event) == WRITTEN[kind]
    spelling = acts.GOODS_RULES[kind].spelling
    words = (spelling.type, spelling.action, spelling.steps[0], spelling.disposition)
    assert words == WRITTEN[kind]
    assert reading.classify(event, by.uri) is kind
    event_hash.check_event_id(event)


@pytest.mark.parametrize("outcome", OUTCOMES)
def test_a_checkpoint_is_written_after_its_outcome(outcome: Outcome | None) -> None:
    event = written(Act.CHECKPOINT, customs=Customs(Procedure.IMPORT, outcome, "NLRTM"), place=NL)
    assert spelled(event) == ("ObjectEvent", "OBSERVE", *CHECKPOINTS[outcome])
    assert reading.classify(event, SOURCE.uri) is Act.CHECKPOINT
    block = {"procedure": "import", "post": "NLRTM"} | ({"outcome": outcome} if outcome else {})
    assert event["custos:customs"] == block


@pytest.mark.parametrize("kind", WRITTEN)
def test_a_correction_is_the_same_event_and_its_declaration(kind: Act) -> None:
    wrong = written(kind)
    event = written(Act.CORRECT, corrects=wrong, error_reason="incorrect_data")
    declaration = event.pop("errorDeclaration")
    assert event == wrong
    assert declaration == {
        "declarationTime": canonical.format_timestamp(START),
        "reason": "incorrect_data",
    }
    assert reading.classify(event | {"errorDeclaration": declaration}, SOURCE.uri) is Act.CORRECT


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
        reading.classify(written(Act.COMMISSION) | change, SOURCE.uri)


@pytest.mark.parametrize(
    "change", [{"action": "ADD"}, {"action": "DELETE"}, {"type": "TransformationEvent"}], ids=str
)
def test_customs_only_looks(change: dict[str, Any]) -> None:
    event = written(Act.CHECKPOINT, customs=Customs(Procedure.IMPORT, Outcome.CLEARED), place=NL)
    with pytest.raises(errors.BadEpcis):
        reading.classify(event | change, SOURCE.uri)


def test_who_signs_tells_a_refusal_from_a_cancellation() -> None:
    event = written(Act.CANCEL)
    assert reading.classify(event, SOURCE.uri) is Act.CANCEL
    assert reading.classify(event, TARGET.uri) is Act.REFUSE


CLAIMS = {
    Act.PARTY_REGISTERED: "PartyRegistered",
    Act.KEY_ADDED: "KeyAdded",
    Act.KEY_REVOKED: "KeyRevoked",
    Act.PRODUCT_REGISTERED: "ProductRegistered",
    Act.PRODUCT_RECALLED: "ProductRecalled",
    Act.RIGHT_FILED: "RightFiled",
    Act.RIGHT_VERIFIED: "RightVerified",
    Act.RIGHT_ASSIGNED: "RightAssigned",
    Act.RIGHT_LAPSED: "RightLapsed",
    Act.LICENCE_GRANTED: "LicenceGranted",
    Act.LICENCE_REVOKED: "LicenceRevoked",
}


def test_every_claim_has_one_word() -> None:
    assert {act: act.claim_type for act in CLAIM_RULES} == CLAIMS
    assert {kind for kind in Act if kind.is_claim} == set(CLAIMS)
    assert all(
        reading.classify({"type": word}, SOURCE.uri) is kind for kind, word in CLAIMS.items()
    )


@pytest.mark.parametrize("kind", list(Act))
def test_a_key_speaks_for_its_purpose(kind: Act) -> None:
    assert KeyPurpose.ANY.covers(kind)
    assert KeyPurpose.REGISTRY.covers(kind) is (kind in CLAIMS)
    assert KeyPurpose.GOODS.covers(kind) is (kind not in CLAIMS)
