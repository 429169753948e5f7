"""Verdicts: the answer of the verify page, for programs."""

from collections.abc import Mapping
from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from provenance.api import base, fields
from provenance.core import errors
from provenance.core.check.loop import LoopState, Reason
from provenance.core.check.result import Result, StepOutcome, Verdict
from provenance.core.record.state import GoodsState, Situation
from provenance.models import Subject
from provenance.services.check import verification, visibility
from provenance.services.check.verification import Checked


class ReasonSerializer(serializers.Serializer[Any]):
    """A reason: its code, and the parameters of its sentence."""

    code = serializers.CharField()
    params = serializers.DictField(child=serializers.CharField())


class LoopSerializer(serializers.Serializer[Any]):
    """The loop of the journey, and the reasons why it is not closed."""

    state = fields.Choice(LoopState)
    reasons = ReasonSerializer(many=True)


class GoodsSerializer(serializers.Serializer[Any]):
    """The situation of goods. A reader who may not see the journey gets no party."""

    situation = fields.Choice(Situation)
    custodian = serializers.RegexField(fields.GLN, allow_null=True)
    pending_receiver = serializers.RegexField(
        fields.GLN, allow_null=True, help_text="the receiver of an unanswered handover"
    )


class EventCountsSerializer(serializers.Serializer[Any]):
    """The number of events in the subject's history, and of their signers."""

    count = serializers.IntegerField()
    signers = serializers.IntegerField()
    anchored = serializers.IntegerField()
    late = serializers.IntegerField()
    corrected = serializers.IntegerField()


class TreeHeadSerializer(serializers.Serializer[Any]):
    """The tree head that the record was checked under."""

    size = serializers.IntegerField()
    newest = serializers.DateTimeField(
        allow_null=True, help_text="when the newest of the record's anchored events was signed"
    )


class StepSerializer(serializers.Serializer[Any]):
    """One step of the plan, and how it went."""

    number = serializers.IntegerField()
    title = serializers.CharField()
    outcome = fields.Choice(StepOutcome)
    code = serializers.CharField(help_text="empty unless it failed or warned")


class VerdictSerializer(serializers.Serializer[Any]):
    """The verdict on a subject's record, and its reasons."""

    uri = serializers.CharField()
    verdict = fields.Choice(Verdict)
    reasons = ReasonSerializer(many=True)
    issuer = serializers.RegexField(fields.GLN, allow_null=True)
    situation = fields.Choice(
        Situation,
        allow_null=True,
        help_text="of packed goods that of the outermost unit around them",
    )
    use_by = serializers.DateField(allow_null=True, help_text="the last day to use the goods")
    state = GoodsSerializer(allow_null=True, help_text="null for what is no goods or is broken")
    loop = LoopSerializer(allow_null=True)
    events = EventCountsSerializer()
    tree_head = TreeHeadSerializer(allow_null=True)
    lot = serializers.CharField(
        allow_null=True, help_text="the number of the lot that an item names"
    )
    steps = StepSerializer(many=True)
    incident = serializers.IntegerField(allow_null=True, help_text="of a broken record")


class VerdictQuery(fields.Query):
    """The subject of a verdict."""

    uri = fields.SubjectParameter()


class VerdictDetail(base.ApiView[Subject]):
    """The verdict on a subject's record: checked now, like its page, and open to the
    same readers. `NOT_REGISTERED` and `CANNOT_CHECK_NOW` are answers too.
    """

    scopes = {"GET": None}
    query_class = VerdictQuery

    @extend_schema("get_verdict", responses=VerdictSerializer)
    def get(self, request: Request) -> Response:
        uri = self.query["uri"]
        try:
            visibility.check_seen([self.reader] if self.reader else [], uri)
            checked = verification.checked(uri)
        except errors.UnknownSubject as error:
            checked = verification.closed(uri, error)
        whole = visibility.whole_for(self.reader, uri)
        return Response(VerdictSerializer(answer(checked, whole=whole)).data)


def answer(checked: Checked, *, whole: bool) -> Mapping[str, Any]:
    """The members of VerdictSerializer. Not `whole`: without the parties, except for
    the issuer.
    """
    result, state = checked.result, checked.result.state
    goods = state if isinstance(state, GoodsState) else None
    return {
        "uri": result.subject,
        "verdict": result.verdict.value,
        "reasons": _reasons(result.reasons, whole=whole),
        "issuer": goods and goods.commissioned_by,
        "situation": result.situation,
        "use_by": result.use_by or None,
        "state": goods and _state(goods, whole=whole),
        "loop": result.loop
        and {
            "state": result.loop.state.value,
            "reasons": _reasons(result.loop.reasons, whole=whole),
        },
        "events": _event_counts(result),
        "tree_head": _tree_head(result),
        "lot": result.lot or None,
        "steps": result.steps,
        "incident": checked.incident and checked.incident.number,
    }


def _reasons(reasons: tuple[Reason, ...], *, whole: bool) -> list[dict[str, Any]]:
    hidden = () if whole else ("receiver",)
    return [
        {
            "code": str(reason.code),
            "params": {name: of for name, of in reason.params.items() if name not in hidden},
        }
        for reason in reasons
    ]


def _state(goods: GoodsState, *, whole: bool) -> dict[str, Any]:
    return {
        "situation": goods.situation.value,
        "custodian": goods.custodian if whole else None,
        "pending_receiver": goods.pending if whole else None,
    }


def _tree_head(result: Result) -> dict[str, Any] | None:
    if result.tree_size is None:
        return None
    return {"size": result.tree_size, "newest": result.newest}


def _event_counts(result: Result) -> dict[str, int]:
    history = result.history
    return {
        "count": len(history),
        "signers": len({entry.event.issuer for entry in history}),
        "anchored": sum(entry.index is not None for entry in history),
        "late": sum(entry.late is not None for entry in history),
        "corrected": sum(entry.corrected for entry in history),
    }
