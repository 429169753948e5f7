"""Pages by key, never by offset: at most `limit` rows behind the place `after`, and as
`next` the place where the next page begins.
"""

import base64
import binascii
from typing import Any
from uuid import UUID

from django.db.models import Q
from rest_framework.pagination import BasePagination
from rest_framework.request import Request
from rest_framework.response import Response

from provenance.api import fields
from provenance.core import errors
from provenance.core.signing import canonical


class PageQuery(fields.Query):
    """The parameters of a list."""

    after = fields.Parameter("`next` of the page before")
    limit = fields.Limit(default=fields.PAGE, help_text=f"rows on a page, at most {fields.PAGE}")


class ByName(BasePagination):
    """Pages in the view's `ordering`: a unique column, ascending."""

    next: str | None = None

    def paginate_queryset(self, queryset: Any, request: Request, view: Any = None) -> list[Any]:
        """The rows of the page that the view's query asks for. Raises Malformed."""
        limit, column = view.query["limit"], view.ordering[0].removeprefix("-")
        if "after" in view.query:
            queryset = queryset.filter(self.behind(column, view.query["after"]))
        rows = list(queryset.order_by(*view.ordering)[: limit + 1])
        if len(rows) > limit:
            self.next = self.place(rows[limit - 1], column)
        return rows[:limit]

    def behind(self, column: str, place: str) -> Q:
        """The rows behind `place`. Raises Malformed for a place that no page named."""
        return Q(**{f"{column}__gt": place})

    def place(self, row: Any, column: str) -> str:
        """The place of `row` in the order."""
        return str(getattr(row, column))

    def get_paginated_response(self, data: Any) -> Response:
        return Response({"results": data, "next": self.next})

    def get_paginated_response_schema(self, schema: dict[str, Any]) -> dict[str, Any]:
        return {
            "type": "object",
            "properties": {"results": schema, "next": {"type": "string", "nullable": True}},
            "required": ["results", "next"],
        }


class ByPosition(ByName):
    """The same for a column of small whole numbers."""

    def behind(self, column: str, place: str) -> Q:
        if place != "-1" and not (place.isascii() and place.isdecimal() and len(place) < 10):
            raise _unknown_place()
        return super().behind(column, place)


class ByTime(ByName):
    """The same, newest first: `ordering` is a time and the id, both descending."""

    def behind(self, column: str, place: str) -> Q:
        try:
            padded = place + "=" * (-len(place) % 4)
            moment, id_ = base64.urlsafe_b64decode(padded).decode("ascii").split(" ")
            time, key = canonical.parse_timestamp(moment), UUID(id_)
        except (ValueError, binascii.Error, errors.BadTimestamp) as error:
            raise _unknown_place() from error
        return Q(**{f"{column}__lt": time}) | Q(**{column: time, "id__lt": key})

    def place(self, row: Any, column: str) -> str:
        text = f"{getattr(row, column).isoformat()} {row.pk}"
        return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def _unknown_place() -> errors.Malformed:
    return errors.Malformed("after is not a place that a page of ours named")
