"""The shapes of what the API answers, for the OpenAPI document at /api/schema/; and its
one plain view.
"""

from typing import Any, Final

from drf_spectacular.utils import OpenApiParameter

from provenance.api import parsers, problems

Schema = dict[str, Any]


def _object(required: str, **properties: Schema) -> Schema:
    """An object; `required` names the members that are always there."""
    return {"type": "object", "properties": properties, "required": required.split()}


def nullable(schema: Schema) -> Schema:
    """The same, or null."""
    return {**schema, "nullable": True}


def page(item: Schema) -> Schema:
    """One page of `item`, and the `after` of the next one."""
    return _object("results next", results={"type": "array", "items": item}, next=nullable(TEXT))


def described(text: str) -> Schema:
    """A text with what it means."""
    return {"type": "string", "description": text}


TEXT: Final[Schema] = {"type": "string"}
WHOLE: Final[Schema] = {"type": "integer"}
TRUTH: Final[Schema] = {"type": "boolean"}
MOMENT: Final[Schema] = {"type": "string", "format": "date-time"}
GLN: Final[Schema] = {"type": "string", "pattern": "^[0-9]{13}$"}
DIGEST: Final[Schema] = {"type": "string", "pattern": "^[0-9a-f]{64}$"}
DOCUMENT: Final[Schema] = {
    "type": "object",
    "description": "a signed event; docs/format.md specifies it",
}
PROBLEM: Final[Schema] = {
    **_object(
        "type title status detail code",
        type={"type": "string", "format": "uri"},
        title=TEXT,
        status=WHOLE,
        detail=TEXT,
        code={"type": "string", "enum": sorted(problems.TABLE)},
    ),
    "additionalProperties": True,
}
STORED: Final = _object("digest stored", digest=DIGEST, stored=TRUTH)
RESULT: Final = _object("digest stored", digest=nullable(DIGEST), stored=TRUTH, error=PROBLEM)
RESULTS: Final = _object(
    "stored refused results",
    stored=WHOLE,
    refused=WHOLE,
    results={"type": "array", "items": RESULT},
)
EVENT: Final = _object(
    "digest kind issuer event_time recorded_at late ledger_index",
    digest=DIGEST,
    kind=TEXT,
    issuer=GLN,
    event_time=MOMENT,
    recorded_at=MOMENT,
    late=TRUTH,
    ledger_index=nullable(WHOLE),
    document=DOCUMENT,
)
PREPARED: Final = _object(
    "document proof sign",
    document={"type": "object", "description": "the unsigned document"},
    proof={"type": "object", "description": "the proof without its proofValue"},
    sign={
        "type": "string",
        "pattern": "^[0-9a-f]{128}$",
        "description": "the 64 bytes to sign with Ed25519, in hex",
    },
)
PARTY: Final = _object(
    "gln name country roles",
    gln=GLN,
    name=TEXT,
    country=TEXT,
    roles={"type": "array", "items": TEXT},
)
KEY: Final = _object(
    "public_key purpose custody valid_from revoked_at reason",
    public_key=TEXT,
    purpose=TEXT,
    custody=TEXT,
    valid_from=MOMENT,
    revoked_at=nullable(MOMENT),
    reason=TEXT,
)
KEYS: Final = _object("results", results={"type": "array", "items": KEY})
PRODUCT: Final = _object(
    "gtin name brand hs_code origin owner rights",
    gtin=TEXT,
    name=TEXT,
    brand=TEXT,
    hs_code=TEXT,
    origin=TEXT,
    owner=GLN,
    rights={"type": "array", "items": TEXT},
)
SHIPMENT: Final = _object(
    "id reference sender receiver logistic_unit created_at",
    id={"type": "string", "format": "uuid"},
    reference=TEXT,
    sender=GLN,
    receiver=GLN,
    logistic_unit=TEXT,
    created_at=MOMENT,
    lines={"type": "array", "items": _object("subject quantity", subject=TEXT, quantity=TEXT)},
)
SUBJECT: Final = _object(
    "uri kind product head situation custodian pending_receiver container lot recalled stolen closed_at events",
    uri=TEXT,
    kind=TEXT,
    product=TEXT,
    head=_object("position digest", position=WHOLE, digest=DIGEST),
    situation=TEXT,
    custodian=TEXT,
    pending_receiver=TEXT,
    container=TEXT,
    lot=TEXT,
    recalled=TRUTH,
    stolen=TRUTH,
    closed_at=nullable(MOMENT),
    events=page(EVENT),
)
BUNDLE: Final[Schema] = {
    "type": "object",
    "description": "a bundle; `python -m provenance.core` checks it",
}
PAGE: Final = [
    OpenApiParameter("after", str, description="`next` of the page before"),
    OpenApiParameter("limit", int, description="rows on a page, at most 100"),
]
IDEMPOTENCY_KEY: Final = OpenApiParameter(
    "Idempotency-Key",
    str,
    OpenApiParameter.HEADER,
    description="the same key with the same request gets the stored answer, marked Idempotency-Replayed",
)


def uri_parameter(name: str) -> OpenApiParameter:
    """A required query parameter that holds a subject's URI."""
    return OpenApiParameter(name, str, required=True, description="URI of a subject")


# --- what the generator cannot see --------------------------------------------------

_SECURITY: Final[list[Schema]] = [{"ApiKey": []}]
# To read these one must be somebody; every other GET has a public answer, and no POST
# has.
_NEED_A_KEY: Final = frozenset({"/api/v1/events", "/api/v1/shipments", "/api/v1/shipments/{id}"})
_STORE: Final[Schema] = {
    "operationId": "store_events",
    "summary": "Store one signed event, or an array of up to 1,000",
    "description": "All or nothing; with on_error=proceed the good ones are stored (207 when some are refused).",
    "tags": ["v1"],
    "parameters": [
        {
            "in": "query",
            "name": "on_error",
            "schema": {"type": "string", "enum": ["rollback", "proceed"]},
        },
        {"in": "header", "name": "Idempotency-Key", "schema": TEXT},
    ],
    "requestBody": {
        "required": True,
        "content": {
            "application/json": {
                "schema": {
                    "oneOf": [
                        DOCUMENT,
                        {
                            "type": "array",
                            "items": DOCUMENT,
                            "minItems": 1,
                            "maxItems": parsers.MAX_BATCH,
                        },
                    ]
                }
            }
        },
    },
    "responses": {
        "201": {
            "description": "stored",
            "content": {"application/json": {"schema": {"oneOf": [STORED, RESULTS]}}},
        },
        "207": {"description": "some stored", "content": {"application/json": {"schema": RESULTS}}},
    },
}


def complete(result: Schema, **_: Any) -> Schema:
    """Post-processing hook of drf-spectacular: the plain view, the API key, and the one
    shape of every error.
    """
    result["paths"]["/api/v1/events"]["post"] = {**_STORE, "responses": dict(_STORE["responses"])}
    components = result.setdefault("components", {})
    components.setdefault("schemas", {})["Problem"] = PROBLEM
    components["securitySchemes"] = {
        "ApiKey": {
            "type": "apiKey",
            "in": "header",
            "name": "Authorization",
            "description": "Api-Key <key>",
        }
    }
    problem = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
    for path, methods in result["paths"].items():
        for method, operation in methods.items():
            operation["responses"]["default"] = {
                "description": "a problem; see docs/errors.md",
                "content": problem,
            }
            is_open = method == "get" and path not in _NEED_A_KEY
            operation["security"] = [*_SECURITY, {}] if is_open else _SECURITY
    return result
