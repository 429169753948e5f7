"""The base of all admin pages: nothing is changed, nothing is counted to its end, and
every page names its source.

Lists are newest first by primary key (UUIDv7), are searched by whole identifiers, which
have an index, and show at most `CAP` rows; a list that is cut says so.
"""

import contextlib
import json
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, ClassVar, Final, TypeVar, cast
from urllib.parse import urlencode

from django.conf import settings
from django.contrib import admin
from django.core.paginator import Paginator
from django.db.models import Model, OuterRef, Q, QuerySet, Subquery
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from provenance.core import errors, gs1
from provenance.core.signing import canonical
from provenance.models import Party

CAP: Final = 1000
_SHOWN: Final = 100  # rows of another table on one page
_VERIFIED: Final = frozenset(
    {gs1.SubjectKind.ITEM, gs1.SubjectKind.LOT, gs1.SubjectKind.LOGISTIC_UNIT}
)

M = TypeVar("M", bound=Model)

if TYPE_CHECKING:
    ModelAdmin = admin.ModelAdmin
    AnyPaginator = Paginator[Any]
else:
    AnyPaginator = Paginator

    class ModelAdmin(admin.ModelAdmin):
        """Django's own, taking the type parameter that its stubs give it."""

        def __class_getitem__(cls, _model: type[Model]) -> type["ModelAdmin"]:
            return cls


class CappedPaginator(AnyPaginator):
    """A paginator that counts no further than `CAP`: rows beyond are found by
    searching.
    """

    cap: ClassVar[int] = CAP

    @cached_property
    def count(self) -> int:
        queryset = cast("QuerySet[Any]", self.object_list)
        return queryset[: self.cap].count()

    @property
    def is_cut(self) -> bool:
        """Whether the list may have more rows than it shows."""
        return self.count == self.cap


class Listed(ModelAdmin[M]):
    """A table with a list that stays quick at any size."""

    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER  # a count for every filter
    paginator = CappedPaginator
    list_per_page = 50
    list_max_show_all = 50
    ordering = ("-pk",)
    sortable_by = ()
    source: ClassVar[str] = ""
    party_fields: ClassVar[tuple[str, ...]] = ()

    def get_queryset(self, request: HttpRequest) -> QuerySet[M]:
        """The rows, with the party's name beside each of `party_fields`, which hold
        GLNs.
        """
        names = {
            f"{field}_name": Subquery(Party.objects.filter(gln=OuterRef(field)).values("name")[:1])
            for field in self.party_fields
        }
        queryset: QuerySet[M] = super().get_queryset(request).annotate(**names)
        return queryset

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        return super().changelist_view(request, {**(extra_context or {}), "source": self.source})

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> Any:
        context = {**(extra_context or {}), "source": self.source}
        return super().changeform_view(request, object_id, form_url, context)


class ReadOnly(Listed[M]):
    """A table that is not changed by hand, not even by a superuser."""

    actions = None

    def get_readonly_fields(self, request: HttpRequest, obj: M | None = None) -> tuple[str, ...]:
        return tuple(str(field) for field in self.fields or ())

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: M | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: M | None = None) -> bool:
        return False


class ByIdentifier(ReadOnly[M]):
    """A table that is searched by a whole identifier, found by its index; anything else
    finds nothing.
    """

    def named(self, term: str) -> Q:
        """The rows that `term` names."""
        raise NotImplementedError

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[M], search_term: str
    ) -> tuple[QuerySet[M], bool]:
        term = search_term.strip()
        return (queryset.filter(self.named(term)) if term else queryset), False


def subject_uri(term: str) -> str | None:
    """The URI of the subject that a person means by `term`: its URI, a typed code, a
    GTIN.
    """
    readers: tuple[Callable[[], str], ...] = (
        lambda: gs1.parse_subject(term).uri,
        lambda: gs1.product_uri(term),
        lambda: gs1.parse_typed(term, settings.CUSTOS_ORIGIN).subject.uri,
    )
    for read in readers:
        with contextlib.suppress(errors.ProvenanceError):
            return read()
    return None


# --- columns ------------------------------------------------------------------------


Column = Callable[[Any, Any], str]


def party(field: str, label: str) -> Column:
    """A column for a GLN: the party's name with it, for a `field` of `party_fields`."""

    @admin.display(description=label)
    def column(_admin: Any, row: Any) -> str:
        gln, name = getattr(row, field), getattr(row, f"{field}_name")
        return f"{name} ({gln})" if name else gln or "-"

    return column


def short(field: str, label: str) -> Column:
    """A column for a digest or key, which no list has room for."""

    @admin.display(description=label)
    def column(_admin: Any, row: Any) -> str:
        value = str(getattr(row, field))
        return f"{value[:12]}…" if len(value) > 13 else value or "-"

    return column


def moment(value: datetime | None, missing: str = "-") -> str:
    """A time in UTC, to the second."""
    return missing if value is None else f"{value.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"


def text(value: str) -> SafeString:
    """Text as it is stored, in its own spacing."""
    return format_html('<pre class="custos-text">{}</pre>', value)


def pretty(value: Any) -> SafeString:
    """A JSON value, indented."""
    return text(json.dumps(value, indent=2, ensure_ascii=False, sort_keys=True))


def pretty_document(document: str) -> SafeString:
    """A stored document, indented; if it was altered into no JSON at all, as it is."""
    try:
        return pretty(canonical.parse(document.encode("utf-8", "surrogatepass")))
    except errors.ProvenanceError:
        return text(document)


def link(url: str, label: str) -> SafeString:
    """A link."""
    return format_html('<a href="{}">{}</a>', url, label)


def events_of(uri: str) -> SafeString:
    """A link to the list of the events of subject `uri`."""
    return link(
        f"{reverse('admin:provenance_event_changelist')}?{urlencode({'q': uri})}", "its events"
    )


def public_page(uri: str) -> str | None:
    """The path of subject `uri`'s public page; None where it has none."""
    subject = gs1.parse_subject(uri)
    if subject.kind in _VERIFIED:
        return subject.path
    return reverse("did", args=[subject.gln]) if subject.kind is gs1.SubjectKind.PARTY else None


def subject_links(uri: str) -> SafeString:
    """Subject `uri` as a link to its own admin page (by search), and its public page
    where it has one.
    """
    inside = link(f"{reverse('admin:provenance_subject_changelist')}?{urlencode({'q': uri})}", uri)
    outside = public_page(uri)
    return format_html("{} · {}", inside, link(outside, "public page")) if outside else inside


def rows(lines: Iterable[tuple[Any, ...]], *heads: str) -> SafeString:
    """A small table, cut after 100 lines: given 101, it says so."""
    shown = list(lines)
    body = [
        (format_html_join("", "<td>{}</td>", ((cell,) for cell in line)),)
        for line in shown[:_SHOWN]
    ]
    more = f"The first {_SHOWN} are shown; there are more." if len(shown) > _SHOWN else ""
    return format_html(
        '<div class="custos-rows"><table><thead><tr>{}</tr></thead>'
        "<tbody>{}</tbody></table>{}</div>",
        format_html_join("", "<th>{}</th>", ((head,) for head in heads)),
        format_html_join("", "<tr>{}</tr>", body),
        more,
    )


def first(queryset: QuerySet[M]) -> QuerySet[M]:
    """As many rows as `rows` needs."""
    return queryset[: _SHOWN + 1]
