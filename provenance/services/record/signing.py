"""Statements signed with kept keys: build the document, sign it, capture it.

`sign_and_capture` takes many acts as one batch, in which acts on one subject follow
each other; `submit` takes registry claims as well; `prepare` writes the document for a
party that keeps its own key. Rules are not checked here: `capture` holds every event to
them, however it was built.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.conf import settings
from django.utils import timezone

from provenance.core.record import compose
from provenance.core.record import event as event_
from provenance.core.record import state as state_
from provenance.core.record.compose import Intent
from provenance.core.record.event import Link
from provenance.core.record.kinds import Kind
from provenance.core.record.state import State
from provenance.core.signing import canonical, keys
from provenance.models import Subject
from provenance.services import keyring
from provenance.services.record import capture, states

Tip = tuple[int, str]  # position and digest of the newest event of a chain
Tips = Mapping[str, Tip]


@dataclass(frozen=True, slots=True)
class Draft:
    """A statement to sign: an act's intent, or a registry claim about the subject it
    names in `id`.
    """

    issuer: str
    kind: Kind
    intent: Intent | None = None
    claim: Mapping[str, Any] | None = None
    evidence: Sequence[Mapping[str, Any]] = ()
    signed_at: datetime | None = None

    @property
    def subjects(self) -> list[str]:
        """URIs of the subjects it links to."""
        return (
            self.intent.all_subjects if self.intent is not None else [str((self.claim or {})["id"])]
        )


def sign_and_capture(
    intents: Sequence[Intent], *, proceed: bool = False, signed_at: datetime | None = None
) -> list[capture.Receipt]:
    """Sign `intents` with their issuers' kept keys and capture them as one batch; see
    `capture.capture`.

    `signed_at` is the time the signatures claim (default: now). Raises NoKeptKey,
    KeyLocked and what `compose.event` raises before anything is stored.
    """
    drafts = [
        Draft(
            intent.issuer, intent.kind, intent=intent, evidence=intent.evidence, signed_at=signed_at
        )
        for intent in intents
    ]
    return submit(drafts, proceed=proceed)


def submit(drafts: Sequence[Draft], *, proceed: bool = False) -> list[capture.Receipt]:
    """Sign `drafts` with kept keys, each behind the ones before it, and capture them as
    one batch.
    """
    heads = states_of({uri for draft in drafts for uri in draft.subjects})
    tips: dict[str, Tip] = {}
    private: dict[tuple[str, bool], keys.PrivateKey] = {}
    raws = []
    for draft in drafts:
        name = (draft.issuer, draft.kind.is_claim)
        if name not in private:
            private[name] = keyring.private_for(draft.issuer, draft.kind)
        raws.append(_sign(draft, heads, tips, private[name]))
    return capture.capture(raws, proceed=proceed, endpoint="custody")


def submit_one(draft: Draft) -> str:
    """Sign and capture one draft; returns its digest, raises why it was refused."""
    (outcome,) = submit([draft])
    if outcome.error is not None:
        raise outcome.error
    return outcome.digest or ""


def prepare(intent: Intent) -> dict[str, Any]:
    """The unsigned document of `intent` behind the heads of now, for the holder of the
    key. Stores nothing.
    """
    return _document(
        Draft(intent.issuer, intent.kind, intent=intent, evidence=intent.evidence),
        states_of(intent.all_subjects),
        {},
    )


def states_of(uris: Sequence[str] | set[str]) -> dict[str, State]:
    """The states of those of `uris` that have a chain."""
    rows = Subject.objects.filter(uri__in=list(uris)).values_list("uri", "kind", "state")
    return {uri: states.load(kind, state) for uri, kind, state in rows}


def _document(draft: Draft, heads: Mapping[str, State], tips: Tips) -> dict[str, Any]:
    if draft.intent is not None:
        body, links = compose.event(draft.intent), compose.next_links(draft.intent, heads)
    else:
        body, links = dict(draft.claim or {}), [_claim_link(draft.subjects[0], heads, tips)]
    return compose.document(
        body,
        host=settings.CUSTOS_DID_HOST,
        issuer=draft.issuer,
        created=draft.signed_at or timezone.now(),
        links=links,
        evidence=draft.evidence,
    )


def _claim_link(uri: str, heads: Mapping[str, State], tips: Tips) -> Link:
    """The link of a claim: of its subject only the newest event counts, whatever became
    of it.
    """
    if uri in tips:
        position, previous = tips[uri]
        return Link(uri, position + 1, previous)
    head = heads.get(uri)
    return Link(uri, 0, None) if head is None else Link(uri, head.position + 1, head.head)


def _sign(
    draft: Draft, heads: dict[str, State], tips: dict[str, Tip], private: keys.PrivateKey
) -> bytes:
    document = compose.sign(_document(draft, heads, tips), private)
    raw = canonical.serialize(document)
    signed = event_.read(document, canonical.digest(raw))
    for link in signed.links:
        if signed.goods is None:
            tips[link.subject] = (link.position, signed.digest)
        else:
            heads[link.subject] = state_.apply(heads.get(link.subject), signed, link.subject)
    return raw
