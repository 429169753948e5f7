"""Fields that take one spelling only. What core refuses keeps its own code: a check
digit is never `malformed`.
"""

import re
from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any, Final

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from provenance.core import errors, gs1
from provenance.core.record import claims
from provenance.core.signing import canonical, keys

_AMOUNT: Final = re.compile(r"(?:0|[1-9][0-9]{0,11})(?:\.[0-9]{1,6})?")


class Body(serializers.Serializer[Any]):
    """An object with no other members than its fields."""

    def to_internal_value(self, data: Any) -> Any:
        if not isinstance(data, Mapping):
            raise serializers.ValidationError("expected an object")
        if unknown := data.keys() - self.fields.keys():
            raise serializers.ValidationError({name: ["unknown field"] for name in sorted(unknown)})
        return super().to_internal_value(data)


class Text(serializers.CharField):
    """A string, and nothing that could be turned into one; kept as it is."""

    def __init__(self, *, max_length: int = 300, **options: Any) -> None:
        super().__init__(max_length=max_length, trim_whitespace=False, **options)

    def to_internal_value(self, data: Any) -> str:
        if not isinstance(data, str):
            raise serializers.ValidationError("expected a string")
        return data


class Flag(serializers.BooleanField):
    """true or false, not "yes" or 1."""

    def to_internal_value(self, data: Any) -> bool:
        if not isinstance(data, bool):
            raise serializers.ValidationError("expected true or false")
        return data


class Choice(serializers.ChoiceField):
    """One of a closed vocabulary."""

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
    """The URI of a subject."""

    def to_internal_value(self, data: Any) -> str:
        return gs1.parse_subject(super().to_internal_value(data)).uri


class Country(Text):
    """ISO 3166-1 alpha-2."""

    def to_internal_value(self, data: Any) -> str:
        text = super().to_internal_value(data)
        if not claims.is_country(text):
            raise serializers.ValidationError("expected an ISO 3166-1 alpha-2 code")
        return text


class PublicKey(Text):
    """An Ed25519 public key in multibase (z6Mk…)."""

    def to_internal_value(self, data: Any) -> str:
        text = super().to_internal_value(data)
        keys.decode_public(text)
        return text


@extend_schema_field(OpenApiTypes.DATETIME)
class Moment(Text):
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
        return str(value)
