"""Acts on goods, signed with kept keys: build the document, sign it, capture it.

Each function is one act of docs/format.md and returns the digest of its event.
`sign_and_capture` takes many acts as one batch, in which acts on one subject follow
each other; `prepare` writes the document for a party that keeps its own key. Rules are
not looked at here: `capture` holds every event to them, whoever built it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, TypedDict, Unpack

from django.conf import settings
from django.utils import timezone

from provenance.core import errors
from provenance.core.record import chain, claims, compose, reading, transition
from provenance.core.record.claims import RegistryClaim
from provenance.core.record.compose import Intent
from provenance.core.record.event import Customs, Link, Place
from provenance.core.record.state import State
from provenance.core.record.vocabulary import Act
from provenance.core.signing import canonical, keys
from provenance.models import Event, Subject
from provenance.services import keyring
from provenance.services.record import capture, events, states

Amounts = Mapping[str, Decimal | int]
Tip = tuple[int, str]  # position and digest of the newest event of a chain
Tips = Mapping[str, Tip]


@dataclass(frozen=True, slots=True)
class Draft:
    """A statement to sign: an act's intent, or a registry claim about the subject it
    names in `id`.
    """

    issuer: str
    statement: Intent | RegistryClaim
    evidence: Sequence[Mapping[str, Any]] = ()
    signed_at: datetime | None = None

    @property
    def subjects(self) -> list[str]:
        """URIs of the subjects it links to."""
        statement = self.statement
        return statement.all_subjects if isinstance(statement, Intent) else [statement.subject]


class Common(TypedDict, total=False):
    """What every act may say besides its own."""

    time: datetime
    offset: str
    place: Place
    evidence: Sequence[Mapping[str, Any]]


def sign_and_capture(
    intents: Sequence[Intent], *, proceed: bool = False, signed_at: datetime | None = None
) -> list[capture.Receipt]:
    """Sign `intents` with their issuers' kept keys and capture them as one batch; see
    `capture.capture`.

    `signed_at` is the time the signatures claim (default: now). Raises NoKeptKey,
    KeyLocked and what `compose.event` raises before anything is stored.
    """
    drafts = [
        Draft(intent.issuer, intent, evidence=intent.evidence, signed_at=signed_at)
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
        act = draft.statement.act
        name = (draft.issuer, act.is_claim)
        if name not in private:
            private[name] = keyring.private_for(draft.issuer, act)
        raws.append(_sign(draft, heads, tips, private[name]))
    return capture.capture(raws, proceed=proceed, endpoint="custody")


def submit_one(draft: Draft) -> str:
    """Sign and capture one draft; returns its digest, raises why it was refused."""
    (outcome,) = submit([draft])
    if outcome.error is not None:
        raise outcome.error
    return outcome.digest or ""


def prepare(intent: Intent) -> dict[str, Any]:
    """The unsigned document of `intent` behind the heads of now, for whoever keeps the
    key. Stores nothing.
    """
    return _document(
        Draft(intent.issuer, intent, evidence=intent.evidence), states_of(intent.all_subjects), {}
    )


def states_of(uris: Sequence[str] | set[str]) -> dict[str, State]:
    """The states of those of `uris` that have a chain."""
    rows = Subject.objects.filter(uri__in=list(uris)).values_list("uri", "kind", "state")
    return {uri: states.load(kind, state) for uri, kind, state in rows}


def _document(draft: Draft, heads: Mapping[str, State], tips: Tips) -> dict[str, Any]:
    created = draft.signed_at or timezone.now()
    if isinstance(draft.statement, Intent):
        body = compose.event(draft.statement)
        links = compose.next_links(draft.statement, heads)
    else:
        body = claims.write(draft.statement, created)
        links = [_claim_link(draft.statement.subject, heads, tips)]
    return compose.document(
        body,
        host=settings.CUSTOS_DID_HOST,
        issuer=draft.issuer,
        created=created,
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
    return chain.next_link(uri, heads.get(uri))


def _sign(
    draft: Draft, heads: dict[str, State], tips: dict[str, Tip], private: keys.PrivateKey
) -> bytes:
    document = compose.sign(_document(draft, heads, tips), private)
    raw = canonical.serialize(document)
    signed = reading.read(document, canonical.digest(raw))
    for link in signed.links:
        if signed.act.is_claim:
            tips[link.subject] = (link.position, signed.digest)
        else:
            heads[link.subject] = transition.apply(heads.get(link.subject), signed, link.subject)
    return raw


def _act(kind: Act, by: str, subjects: Amounts | str | Sequence[str], **options: Any) -> str:
    if isinstance(subjects, str):
        subjects = [subjects]
    amounts = subjects if isinstance(subjects, Mapping) else dict.fromkeys(subjects, 1)
    signed_at = options.pop("signed_at", None)
    options.setdefault("time", timezone.now())
    intent = Intent(act=kind, issuer=by, subjects=amounts, **options)
    return submit_one(Draft(by, intent, evidence=intent.evidence, signed_at=signed_at))


def _parties(by: str, other: str, *, sends: bool) -> dict[str, str]:
    return {"sender": by, "receiver": other} if sends else {"sender": other, "receiver": by}


class Options(Common, total=False):
    """Options of an act: when and where it happened, what it rests on, and when it is
    signed (default: now).
    """

    signed_at: datetime


def commission(
    by: str,
    subjects: Amounts | str | Sequence[str],
    *,
    lot: str = "",
    expiry: str = "",
    **options: Unpack[Options],
) -> str:
    """Begin chains: items and logistic units by URI, lots with their quantity."""
    return _act(Act.COMMISSION, by, subjects, lot=lot, expiry=expiry, **options)


def pack(
    by: str, parent: str, subjects: Amounts | str | Sequence[str], **options: Unpack[Options]
) -> str:
    """Put subjects into the logistic unit `parent`, with which they travel from now
    on.
    """
    return _act(Act.PACK, by, subjects, parent=parent, **options)


def unpack(
    by: str, parent: str, subjects: Amounts | str | Sequence[str], **options: Unpack[Options]
) -> str:
    """Take subjects out of the logistic unit `parent`; they are then with whoever has
    the unit.
    """
    return _act(Act.UNPACK, by, subjects, parent=parent, **options)


def hand_over(
    by: str,
    to: str,
    subjects: Amounts | str | Sequence[str],
    *,
    reference: str = "",
    **options: Unpack[Options],
) -> str:
    """Sign the giver's half of a handoff; custody moves when `to` accepts. `reference`:
    a despatch advice number.
    """
    return _act(
        Act.HAND_OVER, by, subjects, reference=reference, **_parties(by, to, sends=True), **options
    )


def accept(
    by: str,
    sender: str,
    subjects: Amounts | str | Sequence[str],
    *,
    reference: str = "",
    **options: Unpack[Options],
) -> str:
    """Sign the receiver's half of a handoff: custody moves."""
    return _act(
        Act.ACCEPT,
        by,
        subjects,
        reference=reference,
        **_parties(by, sender, sends=False),
        **options,
    )


def refuse(
    by: str, sender: str, subjects: Amounts | str | Sequence[str], **options: Unpack[Options]
) -> str:
    """Turn down a handoff as its receiver; custody stays."""
    return _act(Act.REFUSE, by, subjects, **_parties(by, sender, sends=False), **options)


def cancel(
    by: str, receiver: str, subjects: Amounts | str | Sequence[str], **options: Unpack[Options]
) -> str:
    """Take back a handoff as its sender, before it is accepted."""
    return _act(Act.CANCEL, by, subjects, **_parties(by, receiver, sends=True), **options)


def checkpoint(
    by: str, subjects: Amounts | str | Sequence[str], customs: Customs, **options: Unpack[Options]
) -> str:
    """Record what a customs authority did with goods, at a place in its own country."""
    return _act(Act.CHECKPOINT, by, subjects, customs=customs, **options)


def observe(
    by: str,
    subjects: Amounts | str | Sequence[str],
    *,
    sensors: Sequence[Mapping[str, Any]] = (),
    **options: Unpack[Options],
) -> str:
    """Record where goods are, or what sensors say; changes nothing."""
    return _act(Act.OBSERVE, by, subjects, sensors=sensors, **options)


def transform(by: str, inputs: Amounts, outputs: Amounts, **options: Unpack[Options]) -> str:
    """End the chains of `inputs` and begin those of `outputs`, made from them."""
    return _act(Act.TRANSFORM, by, inputs, outputs=outputs, **options)


def sell(by: str, subjects: Amounts | str | Sequence[str], **options: Unpack[Options]) -> str:
    """Sell to a consumer: ends the loop."""
    return _act(Act.SELL, by, subjects, **options)


def return_(by: str, subjects: Amounts | str | Sequence[str], **options: Unpack[Options]) -> str:
    """Take back what was sold: re-opens the loop, or ends it when the maker takes it
    back.
    """
    return _act(Act.RETURN, by, subjects, **options)


def destroy(by: str, subjects: Amounts | str | Sequence[str], **options: Unpack[Options]) -> str:
    """Destroy goods: ends the loop."""
    return _act(Act.DESTROY, by, subjects, **options)


def decommission(
    by: str, subjects: Amounts | str | Sequence[str], **options: Unpack[Options]
) -> str:
    """Take an identifier out of use: ends the loop."""
    return _act(Act.DECOMMISSION, by, subjects, **options)


def recall(by: str, subjects: Amounts | str | Sequence[str], **options: Unpack[Options]) -> str:
    """Call goods back as their brand owner: every check shows it first."""
    return _act(Act.RECALL, by, subjects, **options)


def report_stolen(
    by: str, subjects: Amounts | str | Sequence[str], **options: Unpack[Options]
) -> str:
    """Report goods stolen: every check shows it first."""
    return _act(Act.REPORT_STOLEN, by, subjects, **options)


def correct(
    by: str, wrong: str, *, reason: str = "incorrect_data", **options: Unpack[Options]
) -> str:
    """Declare the event with digest `wrong` an error (CBV error reason); it stays
    visible, struck through.

    Raises UnknownSubject when there is no such event.
    """
    event = Event.objects.filter(digest=wrong).first()
    signed = None if event is None else events.read(event.document, wrong)
    if signed is None or signed.goods is None:
        raise errors.UnknownSubject(f"there is no event on goods with the digest {wrong}")
    amounts = dict(signed.goods.subjects)
    return _act(
        Act.CORRECT,
        by,
        amounts,
        parent=signed.goods.parent,
        outputs=signed.goods.outputs,
        corrects=signed.document["credentialSubject"],
        error_reason=reason,
        **options,
    )
