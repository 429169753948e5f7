"""Fields that take one spelling only. A refusal of core's keeps its own code: a check
digit is never `malformed`.
"""

import re
from collections.abc import Iterable, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any, Final

import orjson
from django.conf import settings
from django.http import QueryDict
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from provenance.api import parsers, schema
from provenance.core import errors, gs1, texts
from provenance.core.epcis import shape
from provenance.core.record import forms
from provenance.core.signing import canonical, keys

PAGE: Final = 100
GLN: Final = "^[0-9]{13}$"
DIGEST: Final = "^[0-9a-f]{64}$"
DOCUMENT: Final = {"type": "object", "description": "a signed event; docs/format.md specifies it"}
BATCH: Final = {"type": "array", "items": DOCUMENT, "minItems": 1, "maxItems": parsers.MAX_BATCH}
_LIMIT: Final = re.compile("0{0,2}[1-9]|0?[1-9][0-9]|100")
_AMOUNT: Final = re.compile(r"(?:0|[1-9][0-9]{0,11})(?:\.[0-9]{1,6})?")


class Body(serializers.Serializer[Any]):
    """An object with no other members than its fields."""

    def to_internal_value(self, data: Any) -> Any:
        if not isinstance(data, Mapping):
            raise serializers.ValidationError("expected an object")
        if unknown := data.keys() - self.fields.keys():
            raise serializers.ValidationError({name: ["unknown field"] for name in sorted(unknown)})
        return super().to_internal_value(data)


class Query(serializers.Serializer[Any]):
    """The parameters of a query: no others than its fields, and each once."""

    def to_internal_value(self, data: QueryDict) -> Any:
        query = parsers.read_query(data, self.fields.keys())
        for name, field in self.fields.items():
            if field.required and not query.get(name):
                raise errors.Malformed(f"the parameter {name} is missing")
        return super().to_internal_value(query)


class Text(serializers.CharField):
    """A clean string, and nothing that could be turned into one: in Normalization Form C, and
    else kept as it is.
    """

    def __init__(self, *, max_length: int | None = 300, **options: Any) -> None:
        super().__init__(max_length=max_length, trim_whitespace=False, **options)

    def to_internal_value(self, data: Any) -> str:
        if not isinstance(data, str):
            raise serializers.ValidationError("expected a string")
        normal: str = texts.normal(data)
        texts.check(normal)
        return normal


class CompanyPrefix(Text):
    """A GS1 company prefix."""

    def to_internal_value(self, data: Any) -> str:
        return gs1.parse_prefix(super().to_internal_value(data))


class Parameter(Text):
    """A text in a query."""

    def __init__(self, help_text: str, *, required: bool = False) -> None:
        super().__init__(required=required, help_text=help_text, allow_blank=True, max_length=None)


class Flag(serializers.BooleanField):
    """true or false, not "yes" or 1."""

    def to_internal_value(self, data: Any) -> bool:
        if not isinstance(data, bool):
            raise serializers.ValidationError("expected true or false")
        return data


class Choice(serializers.ChoiceField):
    """One of a closed vocabulary: of an enum, or of any strings."""

    def __init__(self, choices: Iterable[str], **options: Any) -> None:
        super().__init__([str(choice) for choice in choices], **options)

    def to_internal_value(self, data: Any) -> str:
        if not isinstance(data, str):
            raise serializers.ValidationError("expected a string")
        return str(super().to_internal_value(data))


class Gln(Text):
    """A GLN of 13 digits."""

    def to_internal_value(self, data: Any) -> str:
        return gs1.parse_gln(super().to_internal_value(data))


class Gtin(Text):
    """A GTIN; kept with 14 digits."""

    def to_internal_value(self, data: Any) -> str:
        return gs1.parse_gtin(super().to_internal_value(data))


class SubjectUri(Text):
    """A subject by its URI, its label's link or its EPC URN; kept as its URI."""

    def to_internal_value(self, data: Any) -> str:
        return _subject_uri(super().to_internal_value(data))


class SubjectParameter(Parameter):
    """A subject in a query; kept as its URI."""

    def __init__(self) -> None:
        super().__init__("a subject's URI, its label's link or its EPC URN", required=True)

    def to_internal_value(self, data: Any) -> str:
        return _subject_uri(super().to_internal_value(data))


def _subject_uri(text: str) -> str:
    return gs1.parse_identifier(text, settings.CUSTOS_ORIGIN).uri


class Country(Text):
    """ISO 3166-1 alpha-2."""

    def to_internal_value(self, data: Any) -> str:
        text = super().to_internal_value(data)
        if not forms.is_country(text):
            raise serializers.ValidationError("expected an ISO 3166-1 alpha-2 code")
        return text


@extend_schema_field(DOCUMENT)
class Document(serializers.Field[Any, Any, Any, Any]):
    """A signed document in an answer, in the bytes that are stored."""

    def to_representation(self, value: str) -> orjson.Fragment:
        return orjson.Fragment(value)


@extend_schema_field(schema.A_PROBLEM)
class ProblemObject(serializers.DictField):
    """A problem object in an answer."""


@extend_schema_field({"type": "integer", "minimum": 1, "maximum": PAGE})
class Limit(serializers.Field[Any, Any, Any, Any]):
    """How many rows a page has."""

    def to_internal_value(self, data: str) -> int:
        if not _LIMIT.fullmatch(data):
            raise errors.Malformed(f"limit is a number from 1 to {PAGE}")
        return int(data)


class PublicKey(Text):
    """An Ed25519 public key in multibase (z6Mk…)."""

    def to_internal_value(self, data: Any) -> str:
        text = super().to_internal_value(data)
        keys.decode_public(text)
        return text


@extend_schema_field(OpenApiTypes.DATETIME)
class OffsetTime(Text):
    """An RFC 3339 time with its offset: the moment, and the offset to show it in."""

    def to_internal_value(self, data: Any) -> tuple[datetime, str]:  # type: ignore[override]
        text = super().to_internal_value(data)
        moment = canonical.parse_timestamp(text)
        return moment, "+00:00" if text.endswith("Z") else text[-6:]


@extend_schema_field(OpenApiTypes.STR)
class Amount(serializers.Field[Any, Any, Any, Any]):
    """A quantity above zero: an integer, or a decimal in a string."""

    def to_internal_value(self, data: Any) -> Decimal:
        if isinstance(data, float):
            raise errors.BadNumber("a fraction travels as a string")
        if (
            isinstance(data, bool)
            or not isinstance(data, int | str)
            or not _AMOUNT.fullmatch(str(data))
        ):
            raise serializers.ValidationError(
                'expected an integer, or a decimal like "12.5" in a string'
            )
        amount = Decimal(data)
        if amount <= 0:
            raise serializers.ValidationError("expected a quantity above zero")
        return amount

    def to_representation(self, value: Any) -> Any:
        return shape.format_quantity(value)
