"""Statements signed with kept keys: build the document, sign it, capture it.

`sign_and_capture` takes many acts as a batch, in which acts on the same subject follow
each other; `submit` takes registry claims as well; `prepare` writes documents for a
party that keeps its own key. Rules are not checked here: `capture` holds every event to
them, however it was built.
"""

import os
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from django.conf import settings
from django.utils import timezone

from provenance.core import errors
from provenance.core.record import chain, claims, compose, reading, sealed_json, transition
from provenance.core.record.claims import RegistryClaim
from provenance.core.record.compose import Intent
from provenance.core.record.event import Link
from provenance.core.record.sealed import SEED_BYTES, Contents
from provenance.core.record.state import State
from provenance.core.signing import canonical, keys
from provenance.models import Subject
from provenance.services import keyring
from provenance.services.record import capture, states

Tip = tuple[int, str]  # position and digest of the newest event of a chain
Tips = Mapping[str, Tip]


class Composed(NamedTuple):
    """An unsigned document, and its sealed contents."""

    document: dict[str, Any]
    contents: Contents | None


@dataclass(frozen=True, slots=True)
class Draft:
    """A statement to sign: an act's intent, or a registry claim about the subject it
    names in `id`. `private` is the key to sign with; None: one that is kept here.
    """

    issuer: str
    statement: Intent | RegistryClaim
    evidence: Sequence[Mapping[str, Any]] = ()
    signed_at: datetime | None = None
    private: keys.PrivateKey | None = None

    @property
    def subjects(self) -> list[str]:
        """URIs of the subjects it links to."""
        statement = self.statement
        return statement.all_subjects if isinstance(statement, Intent) else [statement.subject]


def sign_and_capture(
    intents: Sequence[Intent], *, proceed: bool = False, signed_at: datetime | None = None
) -> list[capture.Receipt]:
    """Sign `intents` with their issuers' kept keys and capture them as one batch; see
    `capture.capture`.

    `signed_at` is the time the signatures claim (default: now). Raises NoKeptKey,
    KeyLocked and as `compose.event` before anything is stored.
    """
    drafts = [
        Draft(intent.issuer, intent, evidence=intent.evidence, signed_at=signed_at)
        for intent in intents
    ]
    return submit(drafts, proceed=proceed)


def submit(drafts: Sequence[Draft], *, proceed: bool = False) -> list[capture.Receipt]:
    """Sign `drafts` with kept keys, each behind those before it, and capture them as
    one batch.
    """
    heads = states_of({uri for draft in drafts for uri in draft.subjects})
    tips: dict[str, Tip] = {}
    private: dict[tuple[str, bool], keys.PrivateKey] = {}
    signed = []
    for draft in drafts:
        act = draft.statement.act
        name = (draft.issuer, act.is_claim)
        if draft.private is None and name not in private:
            private[name] = keyring.private_for(draft.issuer, act)
        signed.append(_sign(draft, heads, tips, draft.private or private[name]))
    return capture.capture(signed, proceed=proceed, endpoint="custody")


def submit_one(draft: Draft) -> str:
    """Sign and capture a draft; returns its digest, raises why it was refused."""
    (outcome,) = submit([draft])
    if outcome.error is not None:
        raise outcome.error
    return outcome.digest or ""


def submit_all(drafts: Sequence[Draft]) -> None:
    """Sign and capture drafts, all of them or none; raises why the first was refused."""
    for outcome in submit(drafts):
        if outcome.error is not None:
            raise outcome.error


def draft(intent: Intent) -> Draft:
    """The draft of an act."""
    return Draft(intent.issuer, intent, evidence=intent.evidence)


def prepare(drafts: Sequence[Draft], *, hidden: Collection[str] = ()) -> list[Composed]:
    """The unsigned documents of `drafts`, each behind the heads of now, with what they seal, for
    the holder of the key; `hidden` subjects are written as if they had no event. Stores nothing.
    Raises Malformed where two of them are about one subject: a link names the digest of a signed
    event.
    """
    subjects = [uri for draft in drafts for uri in draft.subjects]
    twice = next((uri for uri, times in Counter(subjects).items() if times > 1), None)
    if twice is not None:
        raise errors.Malformed(f"{twice} is in it twice: post the first, then prepare the second")
    heads = states_of(set(subjects).difference(hidden))
    return [_compose(draft, heads, {}) for draft in drafts]


def states_of(uris: Sequence[str] | set[str]) -> dict[str, State]:
    """The states of those of `uris` that have a chain."""
    rows = Subject.objects.filter(uri__in=list(uris)).values_list("uri", "kind", "state")
    return {uri: states.load(kind, state) for uri, kind, state in rows}


def _compose(draft: Draft, heads: Mapping[str, State], tips: Tips) -> Composed:
    created = draft.signed_at or timezone.now()
    contents: Contents | None = None
    if isinstance(draft.statement, Intent):
        intent = compose.answered(draft.statement, heads)
        body = compose.event(intent)
        links = compose.next_links(intent, heads)
        contents = compose.contents(intent, links, os.urandom(SEED_BYTES))
    else:
        body = claims.write(draft.statement, created)
        links = [_claim_link(draft.statement.subject, heads, tips)]
    document = compose.document(
        body,
        host=settings.CUSTOS_DID_HOST,
        issuer=draft.issuer,
        created=created,
        links=links,
        evidence=draft.evidence,
    )
    return Composed(compose.seal(document, contents), contents)


def _claim_link(uri: str, heads: Mapping[str, State], tips: Tips) -> Link:
    """The link of a claim: of its subject only the newest event counts, whatever became
    of it.
    """
    if uri in tips:
        position, previous = tips[uri]
        return Link(uri, position + 1, previous)
    return chain.next_link(uri, heads.get(uri))


def _sign(
    draft: Draft, heads: dict[str, State], tips: dict[str, Tip], private: keys.PrivateKey
) -> Mapping[str, Any]:
    unsigned, contents = _compose(draft, heads, tips)
    document = compose.sign(unsigned, private)
    digest = canonical.digest(canonical.serialize(document))
    signed = reading.read(document, digest, openings=contents or ())
    for link in signed.links:
        if signed.act.is_claim:
            tips[link.subject] = (link.position, signed.digest)
        else:
            heads[link.subject] = transition.apply(heads.get(link.subject), signed, link.subject)
    if contents is None:
        return document
    return {"event": document, "opened": sealed_json.write_contents(contents)}
