"""Intents: acts that a party means to do, before they are written as EPCIS events
(docs/api.md, "Acts").
"""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.utils import timezone
from rest_framework import serializers

from provenance.api import fields
from provenance.core import errors, gs1
from provenance.core.epcis.vocabulary import BizStep, EventType, Outcome, Procedure
from provenance.core.record import claims, compose
from provenance.core.record.acts import GOODS_RULES
from provenance.core.record.event import Customs, Explanation, GoodsAct, Place
from provenance.core.record.rules import HandoffPart, Mark
from provenance.core.record.vocabulary import Act
from provenance.core.signing import canonical
from provenance.services.check import visibility
from provenance.services.record import signing

ACTS = [act for act in Act if not act.is_claim]
STEPS = sorted(
    step.value for act in (Act.OBSERVE, Act.TRANSFORM) for step in GOODS_RULES[act].spelling.steps
)
MAX_SUBJECTS = 1024  # of an act
_EVERY_ACT = ("subjects", "time", "place", "evidence", "kind", "public_key")


class LineBody(fields.Body):
    """A subject, and how much of it: 1 unless it is a lot."""

    uri = fields.SubjectUri()
    quantity = fields.Amount(required=False)


class PlaceBody(fields.Body):
    """Where it happens: a country at least, or an `id` (GS1 location URI or geo
    URI).
    """

    country = fields.Country(required=False)
    name = fields.Text(required=False)
    locode = fields.Text(required=False, max_length=5)
    id = fields.Text(required=False)


class CustomsBody(fields.Body):
    """An act of customs. Without `outcome` it only looked."""

    procedure = fields.Choice(Procedure)
    outcome = fields.Choice(Outcome, required=False)
    post = fields.Text(required=False)
    declaration = fields.Text(required=False)
    edifact = fields.Text(required=False, max_length=20)


class ActBody(fields.Body):
    """An act on goods. `issuer` is the API key's party; `time` is now unless given."""

    subjects = LineBody(
        many=True, required=False, help_text="what it is done to; for a correction, leave it out"
    )
    time = fields.OffsetTime(required=False)
    parent = fields.SubjectUri(required=False, help_text="pack and unpack: the logistic unit")  # type: ignore[assignment]  # its own name
    outputs = LineBody(many=True, required=False, help_text="transform: what comes out")
    sender = fields.Gln(
        required=False, help_text="handoffs: the giver; accept and refuse know it from the record"
    )
    receiver = fields.Gln(
        required=False, help_text="handoffs: the receiver; cancel knows it from the record"
    )
    place = PlaceBody(required=False)
    customs = CustomsBody(required=False)
    reference = fields.Text(required=False, max_length=60, help_text="despatch advice number")
    lot = fields.Text(required=False, max_length=20)
    expiry = fields.Text(required=False, max_length=10)
    biz_step = fields.Choice(
        STEPS, required=False, help_text="observe and transform: another CBV step"
    )
    corrects = fields.Text(
        required=False, max_length=64, help_text="correct: digest of the wrong event"
    )
    error_reason = fields.Text(required=False, max_length=100, help_text="correct: a CBV reason")
    reason = fields.Text(
        required=False, help_text="recall, report_stolen, refuse, cancel, destroy and return: why"
    )
    advice = fields.Text(required=False, help_text="recall: what to do with the goods")
    contact = fields.Text(required=False, help_text="recall: where questions are answered")
    sensors = serializers.ListField(
        child=serializers.DictField(),
        required=False,
        max_length=100,
        help_text="EPCIS sensor elements",
    )
    evidence = serializers.ListField(child=serializers.DictField(), required=False, max_length=20)


class PrepareBody(ActBody):
    """An act or registry claim to be signed elsewhere: its kind, the public key that will
    sign it, and the members of the act, or of a claim `claim` alone.
    """

    kind = fields.Choice(Act)
    public_key = fields.PublicKey(help_text="the public key that will sign, in multibase")
    claim = serializers.DictField(
        required=False, help_text="registry claims: `id` and the members that docs/format.md names"
    )


def draft(issuer: str, body: Mapping[str, Any]) -> signing.Draft:
    """The draft that a valid PrepareBody asks for. Raises as `intent` and `claims.read`."""
    kind = Act(body["kind"])
    if kind.is_claim:
        return _claim(kind, issuer, body)
    if "claim" in body:
        raise errors.Malformed(f"{kind} is an act on goods, and takes no claim")
    return signing.draft(intent(kind, issuer, body))


def _claim(kind: Act, issuer: str, body: Mapping[str, Any]) -> signing.Draft:
    claim = body.get("claim", {})
    odd = body.keys() - {"kind", "public_key", "claim", "evidence"}
    if odd := odd | claim.keys() & {"type", "time"}:
        raise errors.Malformed(f"{kind} is a registry claim, and takes no {', '.join(sorted(odd))}")
    stamped = {"type": kind.claim_type, "time": canonical.format_timestamp(timezone.now())}
    return signing.Draft(issuer, claims.read(claim | stamped), body.get("evidence", ()))


def intent(kind: Act, issuer: str, body: Mapping[str, Any]) -> compose.Intent:
    """The intent that a valid ActBody asks for. Raises Malformed, NotPermitted."""
    moment, offset = body.get("time", (timezone.now(), "+00:00"))
    if kind is Act.CORRECT:
        return _correction(issuer, body, moment, offset)
    if not body.get("subjects"):
        raise errors.Malformed(f"{kind} names at least one subject")
    if odd := body.keys() - _members(kind):
        raise errors.Malformed(f"{kind} takes no {', '.join(sorted(odd))}")
    giving = kind in (Act.HAND_OVER, Act.CANCEL)
    taking = kind in (Act.ACCEPT, Act.REFUSE)
    return compose.Intent(
        act=kind,
        issuer=issuer,
        time=moment,
        offset=offset,
        subjects=_amounts(body["subjects"]),
        outputs=_amounts(body.get("outputs", ())),
        parent=body.get("parent"),
        sender=body.get("sender", issuer if giving else None),
        receiver=body.get("receiver", issuer if taking else None),
        place=Place(**body["place"]) if "place" in body else None,
        customs=_customs(body.get("customs")),
        explanation=_explanation(body),
        reference=body.get("reference", ""),
        lot=body.get("lot", ""),
        expiry=body.get("expiry", ""),
        biz_step=BizStep(body["biz_step"]) if "biz_step" in body else None,
        sensors=body.get("sensors", ()),
        evidence=body.get("evidence", ()),
    )


def _members(kind: Act) -> set[str]:
    """The members of an ActBody or a PrepareBody that mean something for an act."""
    rule = GOODS_RULES[kind]
    spelling = rule.spelling
    meant = (
        (spelling.type is EventType.AGGREGATION, {"parent"}),
        (spelling.type is EventType.TRANSFORMATION, {"outputs", "lot", "expiry"}),
        (kind is Act.COMMISSION, {"lot", "expiry"}),
        (rule.handoff is not HandoffPart.NONE, {"sender", "receiver", "reference"}),
        (spelling.mark is Mark.CUSTOMS, {"customs"}),
        (kind is Act.OBSERVE, {"sensors"}),
        (len(spelling.steps) > 1, {"biz_step"}),
        (True, {*_EVERY_ACT, *(rule.explains or ())}),
    )
    return {name for applies, names in meant if applies for name in names}


def _explanation(body: Mapping[str, Any]) -> Explanation | None:
    given = {name: body[name] for name in ("reason", "advice", "contact") if name in body}
    return Explanation(**({"reason": ""} | given)) if given else None


def _correction(
    issuer: str, body: Mapping[str, Any], moment: datetime, offset: str
) -> compose.Intent:
    if odd := body.keys() - {"corrects", "time", "error_reason", "evidence", "kind", "public_key"}:
        raise errors.Malformed(
            f"a correction repeats the wrong event and takes no {', '.join(sorted(odd))}"
        )
    if "corrects" not in body:
        raise errors.Malformed("a correction names the digest of the wrong event")
    wrong = visibility.signed_by(issuer, body["corrects"])
    goods = wrong.body
    if not isinstance(goods, GoodsAct):
        raise errors.Malformed("only acts on goods are corrected this way")
    return compose.Intent(
        act=Act.CORRECT,
        issuer=issuer,
        time=moment,
        offset=offset,
        subjects=goods.subjects,
        outputs=goods.outputs,
        parent=goods.parent,
        corrects=wrong.document["credentialSubject"],
        repeats=wrong.members,
        error_reason=body.get("error_reason", "incorrect_data"),
        evidence=body.get("evidence", ()),
    )


def _amounts(lines: Any) -> dict[str, Decimal]:
    if len(lines) > MAX_SUBJECTS:
        raise errors.TooLarge(
            f"an act moves at most {MAX_SUBJECTS} subjects, got {len(lines)}", limit=MAX_SUBJECTS
        )
    amounts: dict[str, Decimal] = {}
    for line in lines:
        uri, quantity = line["uri"], line.get("quantity", Decimal(1))
        if uri in amounts:
            raise errors.Malformed(f"{uri} is named twice")
        kind = gs1.parse_subject(uri).kind
        if kind is not gs1.SubjectKind.LOT and quantity != 1:
            raise errors.Malformed(f"there is one of {uri}; only lots have quantities")
        amounts[uri] = quantity
    return amounts


def _customs(body: Mapping[str, Any] | None) -> Customs | None:
    if body is None:
        return None
    outcome = Outcome(body["outcome"]) if "outcome" in body else None
    return Customs(**{**body, "procedure": Procedure(body["procedure"]), "outcome": outcome})
