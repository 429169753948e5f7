"""Composing: from an act that a party intends, to the document that it signs.

`event` writes an `Intent` as a pristine EPCIS 2.0 event with its CBV 2.0 event-hash id (a claim
writes itself: `claims.write`), `document` puts the chain links around either, and `sign` secures
it. Whether the act is allowed is for `transition.check` to say, of every document alike.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime
from decimal import Decimal
from typing import Any

from provenance.core import errors, gs1, texts
from provenance.core.epcis import event_hash
from provenance.core.epcis.vocabulary import (
    BizStep,
    BizTransactionType,
    ErrorReason,
    EventType,
    Field,
    SourceDestType,
    extension_context,
)
from provenance.core.record import chain, claims, sealed, sealed_json
from provenance.core.record.acts import CHECKPOINTS, GOODS_RULES
from provenance.core.record.chain_json import write_link
from provenance.core.record.event import Customs, Explanation, Link, Place, issuer_did
from provenance.core.record.moved import OUTPUT_LISTS, class_of, lists_of
from provenance.core.record.reading import CLAIM_TYPE, CONTEXT, EVENT_TYPE
from provenance.core.record.rules import Ending, HandoffPart, Mark
from provenance.core.record.sealed import Contents, Member, SealedLink, Side
from provenance.core.record.state import GoodsState, State
from provenance.core.record.vocabulary import Act
from provenance.core.signing import canonical, integrity, keys

DESPATCH_ADVICE = (
    "urn:epcglobal:cbv:bt:"  # CBV 2.0 section 8.5: <GLN of who issued it>:<its number>
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Intent:
    """An act on goods that party `issuer` (GLN) means to sign.

    `subjects` and `outputs` map subject URIs to amounts (1 for items and logistic
    units). `corrects` is the credentialSubject of the wrong event, and `repeats` its sealed
    members, for Act.CORRECT alone. `reference` is a despatch advice number. `time` must be
    aware; `offset` is the local offset to show it in (+08:00).
    """

    act: Act
    issuer: str
    subjects: Mapping[str, Decimal | int]
    time: datetime
    offset: str = "+00:00"
    parent: str | None = None
    outputs: Mapping[str, Decimal | int] = field(default_factory=dict)
    sender: str | None = None
    receiver: str | None = None
    place: Place | None = None
    customs: Customs | None = None
    explanation: Explanation | None = None
    reference: str = ""
    lot: str = ""
    expiry: str = ""
    biz_step: BizStep | None = None
    sensors: Sequence[Mapping[str, Any]] = ()
    corrects: Mapping[str, Any] | None = None
    repeats: Mapping[str, Any] = field(default_factory=dict)
    error_reason: str = ErrorReason.INCORRECT_DATA.value
    replaced_by: Sequence[str] = ()
    evidence: Sequence[Mapping[str, Any]] = ()

    @property
    def items(self) -> list[str]:
        """The items among its subjects and outputs."""
        item = gs1.SubjectKind.ITEM
        return [
            uri for uri in (*self.subjects, *self.outputs) if gs1.parse_subject(uri).kind is item
        ]

    @property
    def seals_items(self) -> bool:
        """Whether its items are sealed: they move beside each other or another subject."""
        return len(self.all_subjects) > 1 and bool(self.items)

    @property
    def all_subjects(self) -> list[str]:
        """Every subject the act moves: parent first, then subjects, then outputs."""
        return [*([self.parent] if self.parent else []), *self.subjects, *self.outputs]


def event(intent: Intent) -> dict[str, Any]:
    """Return the EPCIS 2.0 event of `intent` as it is signed, with its eventID, and its texts in
    Normalization Form C: items beside other subjects counted by their classes, and nothing in it
    that `contents` seals. Raises BadEpcis where the intent lacks a member that its act needs.
    """
    if intent.act is Act.CORRECT:
        return _correction(intent)
    _check_needs(intent)
    body: dict[str, Any] = {
        **_spelling(intent),
        "eventTime": canonical.format_timestamp(intent.time),
        "eventTimeZoneOffset": intent.offset,
        **_what(intent),
        **_parties(intent),
    }
    if intent.place is not None and intent.place.id:
        body["readPoint"] = {"id": intent.place.id}
    ilmd = {
        name: value
        for name, value in (
            ("cbvmda:lotNumber", intent.lot),
            ("cbvmda:itemExpirationDate", intent.expiry),
        )
        if value
    }
    if ilmd:
        body["ilmd"] = ilmd
    if intent.sensors:
        body["sensorElementList"] = [dict(sensor) for sensor in intent.sensors]
    body = texts.normal(body | _extensions(intent))
    return body | {"eventID": event_hash.event_id(body)}


def contents(intent: Intent, links: Sequence[Link], seed: bytes) -> Contents | None:
    """Return the contents that the event of `intent` seals under `seed` (32 bytes, fresh for each
    event): of `links` those to its items, unless it moves a single item alone, and the members
    that only its parties and customs may read. None where there is nothing to seal.
    """
    items = set(intent.items)
    transforms = GOODS_RULES[intent.act].spelling.type is EventType.TRANSFORMATION
    if intent.corrects is not None:
        transforms = intent.corrects.get("type") == EventType.TRANSFORMATION
    lists = [
        SealedLink(link, _side(intent, link) if transforms else None)
        for link in links
        if link.subject in items and intent.seals_items
    ]
    members = _members(intent)
    return sealed.seal(seed, lists, members) if lists or members else None


def _side(intent: Intent, link: Link) -> Side:
    return Side.OUTPUT if link.subject in intent.outputs else Side.INPUT


def _members(intent: Intent) -> dict[Member, Any]:
    """Return the sealed members of `intent`, texts in Normalization Form C."""
    if intent.act is Act.CORRECT:
        return {Member(name): value for name, value in intent.repeats.items()}
    members: dict[Member, Any] = {}
    if intent.reference:
        number = f"{DESPATCH_ADVICE}{intent.sender or intent.issuer}:{intent.reference}"
        type_ = BizTransactionType.DESPATCH_ADVICE.value
        members[Member.TRANSACTIONS] = [{"type": type_, "bizTransaction": number}]
    if intent.customs is not None and intent.customs.declaration:
        members[Member.DECLARATION] = intent.customs.declaration
    if intent.customs is not None and intent.customs.seals:
        members[Member.SEALS] = list(intent.customs.seals)
    return {name: texts.normal(value) for name, value in members.items()}


def answered(intent: Intent, states: Mapping[str, State | None]) -> Intent:
    """Return `intent`, an answer or withdrawal with the other party of the handoff, which its
    subjects in `states` all wait for; as it is where it names that party, where they wait for
    several, or where the issuer has no part in it.
    """
    handoff, issuer = GOODS_RULES[intent.act].handoff, intent.issuer
    waiting = [of for uri in intent.subjects if isinstance(of := states.get(uri), GoodsState)]
    if handoff is HandoffPart.ANSWER and intent.sender is None:
        givers = {of.custodian for of in waiting if of.pending == issuer}
        return replace(intent, sender=givers.pop()) if len(givers) == 1 else intent
    if handoff is HandoffPart.WITHDRAWAL and intent.receiver is None:
        takers = {of.pending for of in waiting if of.custodian == issuer}
        return replace(intent, receiver=takers.pop()) if len(takers) == 1 else intent
    return intent


def document(
    body: Mapping[str, Any],
    *,
    host: str,
    issuer: str,
    created: datetime,
    links: Sequence[Link],
    evidence: Sequence[Mapping[str, Any]] = (),
) -> dict[str, Any]:
    """Return the unsigned document: `body` (an event or a claim) with its chain `links`, by party
    `issuer` at `host`.
    """
    is_claim = body.get("type") in claims.TYPES
    unsigned = {
        "@context": list(CONTEXT),
        "type": list(CLAIM_TYPE if is_claim else EVENT_TYPE),
        "issuer": issuer_did(host, issuer),
        "validFrom": canonical.format_timestamp(created),
        "credentialSubject": dict(body),
        "chain": [write_link(link) for link in links],
    }
    return unsigned | ({"evidence": texts.normal([*map(dict, evidence)])} if evidence else {})


def seal(unsigned: Mapping[str, Any], contents: Contents | None) -> dict[str, Any]:
    """Return the unsigned document with the links in `contents` sealed instead of in clear, and
    its members; as it is for None. Raises as `Contents.tree` does.
    """
    if contents is None:
        return dict(unsigned)
    hidden = {each.link.subject for each in contents.links}
    clear = [link for link in unsigned["chain"] if link["subject"] not in hidden]
    commitment = sealed_json.write_commitment(contents.tree[0])
    return {**unsigned, "chain": clear, "sealed": commitment}


def sign(unsigned: Mapping[str, Any], private: keys.PrivateKey) -> dict[str, Any]:
    """Secure `unsigned` with `private`, at the time its validFrom says."""
    method = f"{unsigned['issuer']}#{keys.encode_public(keys.public_of(private))}"
    return integrity.sign(
        unsigned, private, verification_method=method, created=unsigned["validFrom"]
    )


def next_links(intent: Intent, states: Mapping[str, State | None]) -> list[Link]:
    """Return the links that put `intent` behind the heads in `states` (None: no event yet)."""
    return [_next_link(intent, uri, states.get(uri)) for uri in intent.all_subjects]


def _next_link(intent: Intent, uri: str, state: State | None) -> Link:
    """Return the link of `intent` in the chain of `uri`; it `closes` the loop that the act ends."""
    closes = None
    if isinstance(state, GoodsState):
        ending = GOODS_RULES[intent.act].ending
        amount = Decimal(intent.subjects.get(uri, 0))
        to_maker = intent.issuer == state.commissioned_by != state.seller
        if chain.may_close(ending, state, issuer=intent.issuer, amount=amount) and (
            ending is not Ending.TO_THE_MAKER or to_maker
        ):
            closes = state.genesis
    return chain.next_link(uri, state, closes=closes)


def _check_needs(intent: Intent) -> None:
    """Raise BadEpcis unless the intent has the members of its act, and no other act's."""
    if intent.act.is_claim:
        raise errors.BadEpcis("a registry claim is no event")
    spelling = GOODS_RULES[intent.act].spelling
    faults = (
        (not intent.subjects, "an act names at least one subject"),
        (
            (spelling.type is EventType.AGGREGATION) != (intent.parent is not None),
            "what is packed or unpacked has a parent",
        ),
        (
            (spelling.type is EventType.TRANSFORMATION) != bool(intent.outputs),
            "what is transformed has outputs",
        ),
        (
            not intent.outputs.keys().isdisjoint(intent.subjects),
            "a transformation names nothing on both sides",
        ),
        (
            (spelling.mark is Mark.CUSTOMS) != (intent.customs is not None),
            "a checkpoint says what customs did",
        ),
    )
    for fault, words in faults:
        if fault:
            raise errors.BadEpcis(words)
    _check_explanation(intent)


def _check_explanation(intent: Intent) -> None:
    explains = GOODS_RULES[intent.act].explains or frozenset()
    given = asdict(intent.explanation) if intent.explanation is not None else {}
    if {name for name, text in given.items() if text} != explains:
        wanted = ", ".join(sorted(explains)) or "no explanation"
        raise errors.BadEpcis(f"{intent.act} takes {wanted}")


def _spelling(intent: Intent) -> dict[str, str]:
    spelling = GOODS_RULES[intent.act].spelling
    step, disposition = (
        CHECKPOINTS[intent.customs.outcome]
        if intent.customs is not None
        else (intent.biz_step or spelling.steps[0], spelling.disposition)
    )
    words = {
        "type": spelling.type,
        "action": spelling.action,
        "bizStep": step,
        "disposition": disposition,
    }
    return {name: word.value for name, word in words.items() if word is not None}


def _what(intent: Intent) -> dict[str, Any]:
    seals = intent.seals_items
    what = _lists(intent.subjects, *lists_of(GOODS_RULES[intent.act].spelling.type), seals=seals)
    if intent.outputs:
        what |= _lists(intent.outputs, *OUTPUT_LISTS, seals=seals)
    if intent.parent is not None:
        what["parentID"] = intent.parent
    return what


def _lists(
    amounts: Mapping[str, Decimal | int], epcs: str, classes: str, *, seals: bool
) -> dict[str, Any]:
    """Return both lists: units and lots, and items in clear or, where the event
    `seals` them, counted.
    """
    named: list[str] = []
    lots: list[dict[str, Any]] = []
    counts: Counter[str] = Counter()
    for uri, amount in amounts.items():
        kind = gs1.parse_subject(uri).kind
        if kind is gs1.SubjectKind.LOT:
            quantity = int(amount) if amount == int(amount) else float(amount)
            lots.append({"epcClass": uri, "quantity": quantity})
        elif kind is gs1.SubjectKind.ITEM and seals:
            counts[class_of(uri)] += 1
        else:
            named.append(uri)
    lots += [{"epcClass": uri, "quantity": count} for uri, count in sorted(counts.items())]
    return ({epcs: named} if named else {}) | ({classes: lots} if lots else {})


def _parties(intent: Intent) -> dict[str, Any]:
    sides = (
        ("sourceList", "source", intent.sender),
        ("destinationList", "destination", intent.receiver),
    )
    type_ = SourceDestType.POSSESSING_PARTY.value
    return {
        list_name: [{"type": type_, member: gs1.party_uri(gln)}]
        for list_name, member, gln in sides
        if gln is not None
    }


def _extensions(intent: Intent) -> dict[str, Any]:
    extra: dict[str, Any] = {}
    place, customs = intent.place, intent.customs
    if place is not None and place.country:
        extra[Field.PLACE.value] = _filled(
            country=place.country, name=place.name, locode=place.locode
        )
    if customs is not None:
        extra[Field.CUSTOMS.value] = _filled(
            procedure=customs.procedure.value,
            outcome=customs.outcome.value if customs.outcome is not None else "",
            post=customs.post,
            edifact=customs.edifact,
        )
    if intent.explanation is not None:
        extra[Field.EXPLANATION.value] = _filled(**asdict(intent.explanation))
    return extra | ({"@context": extension_context()} if extra else {})


def _filled(**members: str) -> dict[str, str]:
    return {name: value for name, value in members.items() if value}


def _correction(intent: Intent) -> dict[str, Any]:
    if intent.corrects is None:
        raise errors.BadEpcis("a correction repeats the event it corrects")
    declaration: dict[str, Any] = {
        "declarationTime": canonical.format_timestamp(intent.time),
        "reason": intent.error_reason,
    }
    corrective = {"correctiveEventIDs": [*intent.replaced_by]} if intent.replaced_by else {}
    return {**intent.corrects, "errorDeclaration": texts.normal(declaration | corrective)}
