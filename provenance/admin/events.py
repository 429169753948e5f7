"""The record, its chain links, and refusals."""

from django.contrib import admin
from django.db.models import Q
from django.urls import reverse
from django.utils.safestring import SafeString

from provenance.admin import base
from provenance.models import ChainLink, Event, IdempotencyKey, Refusal


@admin.register(Event)
class EventAdmin(base.ByIdentifier[Event]):
    source = (
        "Signed events: the record itself. Append-only; the database refuses every other change."
    )
    party_fields = ("issuer", "receiver")
    digest_short = base.short("digest", "digest")
    issuer_party = base.party("issuer", "signed by")
    receiver_party = base.party("receiver", "named receiver")
    list_display = (
        "kind",
        "digest_short",
        "issuer_party",
        "event_time",
        "recorded_at",
        "ledger_index",
    )
    list_display_links = ("digest_short",)
    list_filter = ("kind", "late", ("ledger_index", admin.EmptyFieldListFilter))
    search_fields = ("digest__exact",)
    search_help_text = (
        "A digest, a GLN, a ledger index, an eventID, or a subject (URI or code), in full"
    )
    fields = (
        "kind",
        "digest",
        "issuer_party",
        "key",
        "receiver_party",
        "event_time",
        "created",
        "recorded_at",
        "late",
        "event_id",
        "ledger_index",
        "proof",
        "chain",
        "signed_document",
    )

    def named(self, term: str) -> Q:
        """By digest, ledger index, GLN, eventID, or the subject's URI or code."""
        if term.startswith("ni:///"):
            return Q(event_id=term)
        if len(term) == 64:
            return Q(digest=term.lower())
        if term.isascii() and term.isdecimal() and len(term) < 13:
            return Q(ledger_index=int(term))
        if term.isascii() and term.isdecimal() and len(term) == 13:
            return Q(issuer=term) | Q(receiver=term)
        links = ChainLink.objects.filter(subject__uri=base.subject_uri(term) or "")
        return Q(pk__in=links.values("event"))

    @admin.display(description="inclusion proof")
    def proof(self, event: Event) -> SafeString | str:
        if event.ledger_index is None:
            return "accepted, not anchored yet"
        return base.link(reverse("api:proof", args=[event.digest]), "C2SP tlog-proof")

    @admin.display(description="chain links")
    def chain(self, event: Event) -> SafeString:
        links = base.first(event.links.select_related("subject").order_by("subject__uri"))
        return base.rows(
            (
                (base.subject_links(entry.subject.uri), entry.position, _event_link(entry.previous))
                for entry in links
            ),
            "subject",
            "position",
            "previous",
        )

    @admin.display(description="signed document")
    def signed_document(self, event: Event) -> SafeString:
        return base.pretty_document(event.document)


def _event_link(digest: str | None) -> SafeString | str:
    if digest is None:
        return "none: the first"
    return base.link(
        f"{reverse('admin:provenance_event_changelist')}?q={digest}", f"{digest[:12]}…"
    )


@admin.register(ChainLink)
class ChainLinkAdmin(base.ByIdentifier[ChainLink]):
    source = (
        "Each event's place in each chain. Append-only; unique positions keep a chain from forking."
    )
    previous_short = base.short("previous", "previous")
    list_display = ("subject", "position", "event", "previous_short")
    list_select_related = ("subject", "event")
    search_fields = ("previous__exact",)
    search_help_text = "A subject (URI or code) or an event's digest, in full"
    fields = ("subject", "position", "previous", "event")

    def named(self, term: str) -> Q:
        """By the event's digest, or the subject's URI or code."""
        if len(term) == 64:
            return Q(event__digest=term.lower())
        return Q(subject__uri=base.subject_uri(term) or "")


@admin.register(Refusal)
class RefusalAdmin(base.ReadOnly[Refusal]):
    source = "What was not accepted, at which endpoint, and why."
    digest_short = base.short("digest", "digest")
    list_display = ("at", "code", "endpoint", "issuer", "digest_short", "detail")
    list_filter = ("endpoint",)
    search_fields = ("code__exact",)
    search_help_text = "A code, such as head-moved"
    fields = ("at", "endpoint", "code", "digest", "issuer", "key", "detail")


@admin.register(IdempotencyKey)
class IdempotencyKeyAdmin(base.ReadOnly[IdempotencyKey]):
    source = "Stored answers to writes, made in the write's own transaction."
    list_display = ("created_at", "scope", "key", "status")
    search_fields = ("scope__exact",)
    search_help_text = "Who asked, as api-key:prefix"
    fields = ("scope", "key", "created_at", "request_hash", "status", "answer")

    @admin.display(description="stored answer")
    def answer(self, stored: IdempotencyKey) -> SafeString:
        return base.pretty_document(stored.body)
