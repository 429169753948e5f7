"""Events: the hot endpoint that stores them, the endpoints that read them, and acts."""

import functools
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, replace
from typing import Any

import orjson
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.urls import reverse
from drf_spectacular.utils import (
    OpenApiParameter,
    OpenApiResponse,
    PolymorphicProxySerializer,
    extend_schema,
    extend_schema_view,
)
from rest_framework import serializers
from rest_framework.generics import ListAPIView
from rest_framework.request import Request
from rest_framework.response import Response

from provenance.api import (
    base,
    fields,
    intents,
    pagination,
    parsers,
    permissions,
    renderers,
    schema,
)
from provenance.api import errors as api_errors
from provenance.core import errors
from provenance.core.record import compose, reading, sealed_json
from provenance.core.record.vocabulary import Act
from provenance.core.signing import canonical, integrity
from provenance.models import Event
from provenance.models.parties import Scope
from provenance.services import ledger
from provenance.services.check import disclosure, visibility
from provenance.services.record import capture, idempotency, signing
from provenance.services.site import limits

# --- shapes of answers ---------------------------------------------------------------


class EventSerializer(serializers.Serializer[Any]):
    """An event: its public part, and the document for a caller who may read it."""

    digest = serializers.RegexField(fields.DIGEST)
    kind = fields.Choice(Act)
    issuer = serializers.RegexField(fields.GLN)
    event_time = serializers.DateTimeField()
    recorded_at = serializers.DateTimeField()
    late = serializers.BooleanField()
    ledger_index = serializers.IntegerField(allow_null=True)
    document = fields.Document(required=False)
    opened = serializers.DictField(
        required=False, help_text="of an event by its digest: all that it seals, for its parties"
    )
    openings = serializers.ListField(
        child=serializers.DictField(),
        required=False,
        help_text="likewise: the links of the goods that the caller holds",
    )
    view = serializers.DictField(
        required=False,
        help_text="likewise: the EPCIS event with what is opened in its place; it is not signed",
    )

    def to_representation(self, event: Event) -> dict[str, Any]:
        """The event in full, or only where its digest is in the context's `full`."""
        shown = super().to_representation(event)
        if event.digest not in self.context.get("full", [event.digest]):
            del shown["document"]
        return shown


class EntrySerializer(serializers.Serializer[Any]):
    """An event for those who are not concerned: an entry of the ledger."""

    digest = serializers.RegexField(fields.DIGEST)
    ledger_index = serializers.IntegerField(allow_null=True)
    proof = serializers.SerializerMethodField(help_text="the path of its tlog-proof")

    def get_proof(self, event: Event) -> str:
        return reverse("api:proof", args=[event.digest])


EVENT_OR_ENTRY = PolymorphicProxySerializer(
    "EventOrEntry", [EventSerializer, EntrySerializer], None, many=False
)


class StoredSerializer(serializers.Serializer[Any]):
    """The answer for a single event."""

    digest = serializers.RegexField(fields.DIGEST)
    stored = serializers.BooleanField(help_text="the record holds the event")
    already = serializers.BooleanField(
        required=False, help_text="true: it did before this request; else left out"
    )


class ResultSerializer(StoredSerializer):
    """The answer for an event of an array."""

    digest = serializers.RegexField(fields.DIGEST, allow_null=True)
    error = fields.ProblemObject(required=False)


class ResultsSerializer(serializers.Serializer[Any]):
    """The answer for an array of events, with a result for each, in its order."""

    stored = serializers.IntegerField(help_text="events that the record holds now")
    already = serializers.IntegerField(help_text="those of them that it held before")
    refused = serializers.IntegerField()
    results = ResultSerializer(many=True)


STORED_OR_RESULTS = PolymorphicProxySerializer(
    "StoredOrResults", [StoredSerializer, ResultsSerializer], None, many=False
)


class PreparedSerializer(serializers.Serializer[Any]):
    """A document to sign."""

    document = serializers.DictField(help_text="the unsigned document")
    proof = serializers.DictField(help_text="the proof without its proofValue")
    sign = serializers.RegexField(
        "^[0-9a-f]{128}$", help_text="the 64 bytes to sign with Ed25519, in hex"
    )
    opened = serializers.DictField(
        required=False, help_text="what the document seals: post it beside the signed document"
    )


PREPARE = PolymorphicProxySerializer(
    "PrepareOneOrMany", [intents.PrepareBody, intents.PrepareBody(many=True)], None, many=False
)
PREPARED = PolymorphicProxySerializer(
    "PreparedOneOrMany", [PreparedSerializer, PreparedSerializer(many=True)], None, many=False
)


# --- the hot endpoint: a plain view ---------------------------------------------------


@extend_schema(
    "store_events",
    summary="Store one signed event, or an array of up to 1,000",
    parameters=[
        OpenApiParameter("on_error", str, enum=["rollback", "proceed"]),
        schema.IDEMPOTENCY_KEY,
    ],
    request={"application/json": {"oneOf": [fields.DOCUMENT, fields.BATCH]}},
    responses={
        200: OpenApiResponse(STORED_OR_RESULTS, "the record held all of it already"),
        201: OpenApiResponse(STORED_OR_RESULTS, "stored"),
        207: OpenApiResponse(ResultsSerializer, "some stored"),
    },
)
def store(request: HttpRequest) -> HttpResponse:
    """Store one signed event, or an array of them: all or nothing, or with
    on_error=proceed all that are good (207 when some are refused).
    """
    caller = permissions.check_scope(permissions.authenticate(request), Scope.EVENTS)
    proceed = _proceed(parsers.read_query(request.GET, ["on_error"]))
    body = parsers.read_body(request, limit=parsers.MAX_BATCH_BODY)
    value = canonical.parse(body)
    documents = _documents(value)
    write = functools.partial(
        _store, documents, caller.gln, proceed, single=isinstance(value, dict)
    )
    answer = base.answer_once(request, caller, body, write)
    if isinstance(value, dict):
        answer["Location"] = reverse("api:event", args=[orjson.loads(answer.content)["digest"]])
    return answer


def _proceed(query: Mapping[str, str]) -> bool:
    on_error = query.get("on_error", "rollback")
    if on_error not in ("rollback", "proceed"):
        raise errors.Malformed("on_error is rollback or proceed")
    return on_error == "proceed"


def _documents(value: Any) -> list[dict[str, Any]]:
    """The documents of a body: a single event, or an array. Raises BadJson, Malformed,
    TooLarge.
    """
    if isinstance(value, dict):
        return [value]
    if not isinstance(value, list):
        raise errors.BadJson("expected an object or an array at the top", position=0)
    if not value or not all(isinstance(element, dict) for element in value):
        raise errors.Malformed("an array holds at least one event, and nothing but objects")
    if len(value) > parsers.MAX_BATCH:
        limit = parsers.MAX_BATCH
        raise errors.TooLarge(f"at most {limit} events at once, got {len(value)}", limit=limit)
    return value


def _store(
    documents: list[dict[str, Any]], caller: str, proceed: bool, *, single: bool
) -> idempotency.StoredAnswer:
    outcomes = list(_told(capture.capture(documents, proceed=proceed), documents, caller))
    already = sum(outcome.already for outcome in outcomes)
    status = 200 if already == len(documents) else 201
    if single:
        return base.created(stored(outcomes[0]), status)
    results = [
        described(outcome)
        | ({} if outcome.error is None else {"error": api_errors.describe(outcome.error)})
        for outcome in outcomes
    ]
    refused = sum(outcome.error is not None for outcome in outcomes)
    if refused and not proceed:
        detail = f"{refused} of {len(documents)} events are refused; none was stored"
        raise api_errors.BatchRefused(detail, results=results)
    counts = {"stored": len(documents) - refused, "already": already, "refused": refused}
    return base.created(counts | {"results": results}, 207 if refused else status)


def told(outcome: capture.Receipt, glns: Collection[str], uris: Iterable[str]) -> capture.Receipt:
    """The outcome for an event about `uris`, as the parties `glns` may know it."""
    if outcome.error is None:
        return outcome
    return replace(outcome, error=visibility.refusal(outcome.error, glns, uris))


def _told(
    outcomes: Sequence[capture.Receipt], documents: Sequence[Mapping[str, Any]], caller: str
) -> Iterator[capture.Receipt]:
    """The outcomes of a batch, as its caller and the parties that signed may know them.
    Of goods that an event before moved in this batch, its sender knows.
    """
    if not any(each.error and each.error.code in visibility.TELLING for each in outcomes):
        yield from outcomes  # none of them is read again
        return
    moved: set[str] = set()
    for outcome, document in zip(outcomes, documents, strict=True):
        if outcome.digest is None:
            yield outcome
            continue
        contents = document.get("opened")
        event = reading.read(
            document.get("event", document),
            outcome.digest,
            openings=sealed_json.read_contents(contents) if contents else (),
        )
        yield told(outcome, {caller, event.issuer}, event.by_subject.keys() - moved)
        if outcome.error is None and not outcome.already:
            moved |= event.by_subject.keys()


def stored(outcome: capture.Receipt) -> dict[str, Any]:
    """The answer for a single event. Raises the error that refused it."""
    if outcome.error is not None:
        raise outcome.error
    return described(outcome)


def described(outcome: capture.Receipt) -> dict[str, Any]:
    """The digest of an event, and whether the record holds it, and held it before."""
    already = {"already": True} if outcome.already else {}
    return {"digest": outcome.digest, "stored": outcome.stored} | already


# --- reading ------------------------------------------------------------------------


@extend_schema_view(get=extend_schema("list_events"))
class EventList(ListAPIView[Event], base.ApiView[Event]):
    """The events that the caller signed or was to receive, newest first."""

    scopes = {"GET": Scope.READ, "POST": Scope.EVENTS}
    query_class = pagination.PageQuery
    serializer_class = EventSerializer
    pagination_class = pagination.ByTime
    ordering = ("-recorded_at", "-id")
    post = staticmethod(store)

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """POST is the hot endpoint: it goes past REST framework."""
        if request.method == "POST":
            return self.post(request)
        return super().dispatch(request, *args, **kwargs)

    def get_queryset(self) -> QuerySet[Event]:
        return visibility.own_events(self.caller.gln)


class EventDetail(base.ApiView[Event]):
    """An event: all of it, its public part, or its entry in the ledger."""

    scopes = {"GET": None}

    @extend_schema("get_event", responses=EVENT_OR_ENTRY)
    def get(self, request: Request, digest: str) -> Response:
        event = visibility.event(digest)
        full = visibility.in_full(self.reader, [event])
        if not full and not visibility.in_part(self.reader, event):
            return Response(EntrySerializer(event).data)
        shown = EventSerializer(event, context={"full": full}).data
        if full and self.reader is not None and (told := disclosure.of(event, self.reader)):
            shown |= {name: value for name, value in asdict(told).items() if value is not None}
        return Response(shown)


class EventProof(base.ApiView[Event]):
    """The C2SP tlog-proof that the event is in the ledger: text for anybody's tools."""

    scopes = {"GET": None}
    renderer_classes = [renderers.TextRenderer]

    @extend_schema("get_event_proof", responses=str)
    def get(self, request: Request, digest: str) -> Response:
        event = visibility.event(digest)
        if event.ledger_index is None:
            raise errors.NotAnchored("accepted, and not yet in the ledger; ask again")
        del self.headers["Cache-Control"]  # unlike other answers, a proof may be kept
        return Response(ledger.proof_text(event.ledger_index))


# --- acts ---------------------------------------------------------------------------


class Prepare(base.ApiView[Event]):
    """Acts and registry claims, written as the documents that the caller's own key is to
    sign. Nothing is stored.

    Sign the 64 bytes of `sign` with Ed25519; put `proofValue`, a `z` and the base58btc of the
    signature, into `proof`, and `proof` into `document`; post that to `/api/v1/events`: where
    there is an `opened`, as `{"event": the signed document, "opened": …}`. An array is
    answered with an array. No two of its acts may be about one subject.
    """

    scopes = {"POST": Scope.EVENTS}
    parser_classes = [parsers.StrictBatchParser]

    @extend_schema("prepare_events", request=PREPARE, responses={200: PREPARED})
    def post(self, request: Request) -> Response:
        asked = _documents(request.data)
        limits.take(limits.Kind.PREPARE, self.caller.key, cost=len(asked))
        bodies, drafts = zip(*(self._draft(*each) for each in enumerate(asked)), strict=True)
        subjects = {uri for draft in drafts for uri in draft.subjects}
        hidden = visibility.hidden([self.caller.gln], subjects)
        documents = signing.prepare(drafts, hidden=hidden)
        prepared = [_to_sign(*each) for each in zip(bodies, documents, strict=True)]
        return Response(prepared[0] if isinstance(request.data, dict) else prepared)

    def _draft(self, index: int, asked: Any) -> tuple[Mapping[str, Any], signing.Draft]:
        """The valid body, and its draft. An error names the `index` in the array."""
        try:
            body = base.valid(intents.PrepareBody, asked)
            return body, intents.draft(self.caller.gln, body)
        except (errors.ProvenanceError, serializers.ValidationError) as error:
            typed = api_errors.classify(error)
            if isinstance(self.request.data, list):
                typed.extra["index"] = index
            raise typed from error


def _to_sign(body: Mapping[str, Any], composed: signing.Composed) -> dict[str, Any]:
    unsigned, contents = composed
    proof, to_sign = integrity.prepare(
        unsigned,
        verification_method=f"{unsigned['issuer']}#{body['public_key']}",
        created=unsigned["validFrom"],
    )
    opened = {"opened": sealed_json.write_contents(contents)} if contents is not None else {}
    return {"document": unsigned, "proof": proof, "sign": to_sign.hex(), **opened}


class ActView(base.ApiView[Event]):
    """An act on goods, signed with the key that is kept here for the caller's party."""

    scopes = {"POST": Scope.ACTS}

    @extend_schema(parameters=[OpenApiParameter("kind", str, "path", enum=intents.ACTS)])
    @schema.write("act", intents.ActBody, StoredSerializer)
    def post(self, request: Request, kind: Act) -> HttpResponse:
        body = base.valid(intents.ActBody, request.data)
        intent = intents.intent(kind, self.caller.gln, body)
        return self.once(lambda: self._act(intent))

    def _act(self, intent: compose.Intent) -> dict[str, Any]:
        (outcome,) = signing.sign_and_capture([intent])
        return stored(told(outcome, [intent.issuer], intent.all_subjects))
