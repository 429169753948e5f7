"""Events: the hot door that takes them, and what may be read of them."""

import functools
from typing import Any

import orjson
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.views.decorators.csrf import csrf_exempt
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request

from provenance.api import base, intents, parsers, permissions, schema
from provenance.api import errors as api_errors
from provenance.core import errors
from provenance.core.record import compose
from provenance.core.record.vocabulary import Act
from provenance.core.signing import canonical, integrity
from provenance.models import Event
from provenance.models.parties import Scope
from provenance.services import ledger
from provenance.services.check import visibility
from provenance.services.record import capture, idempotency, signing

# --- the hot door: a plain view ------------------------------------------------------


@csrf_exempt  # an API key is never sent by a browser on its own
def door(request: HttpRequest) -> HttpResponseBase:
    """POST stores one signed event or an array of them; GET lists the caller's own."""
    if request.method == "POST":
        return store(request)
    answer = EventList.as_view()(request)
    answer["Allow"] = "GET, HEAD, POST"
    return answer


def store(request: HttpRequest) -> HttpResponse:
    """Store one signed event (201, or its own problem), or an array: all or, by
    default, nothing.
    """
    caller = permissions.known(permissions.require(request, Scope.EVENTS))
    proceed = _proceed(base.read_query(request, "on_error"))
    body = parsers.read_body(request, limit=parsers.MAX_BATCH_BODY)
    value = canonical.parse(body)
    documents = _documents(value)
    write = functools.partial(_store, documents, proceed, single=isinstance(value, dict))
    answer = base.answer_once(request, caller, body, write)
    if isinstance(value, dict):
        answer["Location"] = reverse("api:event", args=[orjson.loads(answer.content)["digest"]])
    return answer


def _proceed(query: dict[str, str]) -> bool:
    on_error = query.get("on_error", "rollback")
    if on_error not in ("rollback", "proceed"):
        raise errors.Malformed("on_error is rollback or proceed")
    return on_error == "proceed"


def _documents(value: Any) -> list[dict[str, Any]]:
    """The documents of a body: one, or those of an array. Raises BadJson, Malformed,
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


def _store(documents: list[dict[str, Any]], proceed: bool, *, single: bool) -> idempotency.Answer:
    outcomes = capture.capture(documents, proceed=proceed)
    if single:
        return stored(outcomes[0])
    results = [
        {"digest": outcome.digest, "stored": outcome.stored}
        | ({} if outcome.error is None else {"error": api_errors.describe(outcome.error)})
        for outcome in outcomes
    ]
    refused = sum(outcome.error is not None for outcome in outcomes)
    if refused and not proceed:
        detail = f"{refused} of {len(documents)} events are refused; none was stored"
        raise api_errors.BatchRefused(detail, results=results)
    answer = {"stored": len(documents) - refused, "refused": refused, "results": results}
    return base.created(answer, 207 if refused else 201)


def stored(outcome: capture.Receipt) -> idempotency.Answer:
    """The answer for one event. Raises why it was refused."""
    if outcome.error is not None:
        raise outcome.error
    return base.created({"digest": outcome.digest, "stored": True})


# --- reading ------------------------------------------------------------------------


def show(event: Event, *, full: bool) -> dict[str, Any]:
    """The public part of an event, and the signed document for whoever may read it."""
    public = {
        "digest": event.digest,
        "kind": event.kind,
        "issuer": event.issuer,
        "event_time": event.event_time,
        "recorded_at": event.recorded_at,
        "late": event.late,
        "ledger_index": event.ledger_index,
    }
    return public | ({"document": orjson.Fragment(event.document)} if full else {})


class EventList(base.ApiView):
    """The events that the caller signed or was to receive, newest first."""

    scopes = {"GET": Scope.READ}

    @extend_schema(
        operation_id="list_events",
        parameters=schema.PAGE,
        responses={200: schema.page(schema.EVENT)},
    )
    def get(self, request: Request) -> HttpResponse:
        query = base.read_query(request, "after", "limit")
        found, after = base.by_time(visibility.own_events(self.party.gln), "recorded_at", query)
        return base.ok({"results": [show(event, full=True) for event in found], "next": after})


# The OpenAPI generator looks here for what GET does; `schema.complete` adds POST.
vars(door).update(cls=EventList, initkwargs={})


class EventDetail(base.ApiView):
    """One event: its public part, or all of it."""

    scopes = {"GET": None}

    @extend_schema(operation_id="get_event", responses={200: schema.EVENT})
    def get(self, request: Request, digest: str) -> HttpResponse:
        base.read_query(request)
        event = visibility.event(digest)
        return base.ok(show(event, full=digest in visibility.in_full(self.gln, [event])))


class EventProof(base.ApiView):
    """The C2SP tlog-proof that the event is in the ledger: text for anybody's tools."""

    scopes = {"GET": None}

    @extend_schema(operation_id="get_event_proof", responses={(200, "text/plain"): str})
    def get(self, request: Request, digest: str) -> HttpResponse:
        base.read_query(request)
        event = visibility.event(digest)
        if event.ledger_index is None:
            raise errors.NotAnchored("accepted, and not yet in the ledger; ask again")
        return HttpResponse(
            ledger.proof_text(event.ledger_index), content_type="text/plain; charset=utf-8"
        )


class Prepare(base.ApiView):
    """An act, written as the document that the caller's own key is to sign. Nothing is
    stored.
    """

    scopes = {"POST": Scope.EVENTS}

    @extend_schema(
        operation_id="prepare_event", request=intents.PrepareBody, responses={200: schema.PREPARED}
    )
    def post(self, request: Request) -> HttpResponse:
        body = base.valid(intents.PrepareBody, request.data)
        issuer = self.party.gln
        unsigned = signing.prepare(intents.intent(Act(body["kind"]), issuer, body))
        method = f"{unsigned['issuer']}#{body['key']}"
        proof, to_sign = integrity.prepare(
            unsigned, verification_method=method, created=unsigned["validFrom"]
        )
        return base.ok({"document": unsigned, "proof": proof, "sign": to_sign.hex()})


class ActView(base.ApiView):
    """An act on goods, signed with the key that is kept here for the caller's party."""

    scopes = {"POST": Scope.ACTS}

    @extend_schema(operation_id="act", request=intents.ActBody, responses={201: schema.STORED})
    def post(self, request: Request, kind: Act) -> HttpResponse:
        body = base.valid(intents.ActBody, request.data)
        return self.once(
            request, functools.partial(self._act, intents.intent(kind, self.party.gln, body))
        )

    def _act(self, intent: compose.Intent) -> idempotency.Answer:
        (outcome,) = signing.sign_and_capture([intent])
        return stored(outcome)
