"""The OpenAPI document at /api/schema/: its shapes come from the serializers, problems
and the API key from here.
"""

from collections.abc import Callable
from typing import Any, Final, TypeVar

from drf_spectacular import openapi
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.serializers import Serializer

from provenance.api import explained, problems
from provenance.core import gs1
from provenance.core.record.vocabulary import Act

Schema = dict[str, Any]
Shape = type[Serializer[Any]]
View = TypeVar("View", bound=Callable[..., Any])

PROBLEM: Final[Schema] = {
    "type": "object",
    "properties": {
        "type": {"type": "string", "format": "uri"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "code": {"type": "string", "enum": sorted(problems.TABLE)},
    },
    "required": ["type", "title", "status", "detail", "code"],
    "additionalProperties": True,
}
# Names of enums that several members called `kind` have (settings, ENUM_NAME_OVERRIDES).
ACTS: Final = [act.value for act in Act]
SUBJECT_KINDS: Final = [kind.value for kind in gs1.SubjectKind]
A_PROBLEM: Final[Schema] = {"$ref": "#/components/schemas/Problem"}
IDEMPOTENCY_KEY: Final = OpenApiParameter(
    "Idempotency-Key",
    str,
    OpenApiParameter.HEADER,
    description="the same key with the same request gets the stored answer, marked "
    "Idempotency-Replayed; it is kept for seven days",
)


def write(operation_id: str, body: Shape, answer: Shape) -> Callable[[View], View]:
    """The OpenAPI operation of a write: 201, and once for an Idempotency-Key."""
    return extend_schema(
        operation_id, parameters=[IDEMPOTENCY_KEY], request=body, responses={201: answer}
    )


class AutoSchema(openapi.AutoSchema):
    """The OpenAPI operation of an endpoint; a GET takes its view's `query_class`."""

    def get_override_parameters(self) -> list[Any]:
        view: Any = self.view
        return [view.query_class] if self.method == "GET" and view.query_class().fields else []


class ApiKeyScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    """The API key as an OpenAPI security scheme."""

    target_class = "provenance.api.permissions.ApiKeyAuthentication"
    name = "ApiKey"

    def get_security_definition(self, auto_schema: openapi.AutoSchema) -> Schema:
        return {
            "type": "apiKey",
            "in": "header",
            "name": "Authorization",
            "description": "Api-Key <key>",
        }


def complete(result: Schema, **_: Any) -> Schema:
    """Post-processing hook of drf-spectacular: the one shape of every problem, that a
    body is never left out, and the words and examples of each operation.
    """
    result["components"]["schemas"]["Problem"] = PROBLEM
    problem = {
        "description": "a problem; see docs/errors.md",
        "content": {"application/problem+json": {"schema": A_PROBLEM}},
    }
    for methods in result["paths"].values():
        for operation in methods.values():
            operation["responses"]["default"] = problem
            if "requestBody" in operation:
                operation["requestBody"]["required"] = True
            _explain(operation)
    result["tags"] = [
        {"name": name, "description": words} for name, words in explained.TAGS.items()
    ]
    return result


def _explain(operation: Schema) -> None:
    told = explained.OPERATIONS[operation["operationId"]]
    operation["tags"], operation["summary"] = [told.tag], told.summary
    if told.body is not None:
        for content in operation["requestBody"]["content"].values():
            content["example"] = told.body
    for status, answer in operation["responses"].items():
        if status in ("200", "201"):
            for content in answer["content"].values():
                content["example"] = told.answer
