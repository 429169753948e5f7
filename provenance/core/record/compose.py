"""Writing what others read: from an act someone means to do, to the document they sign.

`event` writes an `Intent` as a pristine EPCIS 2.0 event with its CBV 2.0 event-hash id,
`claim` a registry claim; `document` puts the chain links around either, and `sign`
secures it. No state is looked at here: whether the act is allowed is `acts.check`'s to
say, with the same rules for whoever wrote the document.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

from provenance.core import errors, gs1
from provenance.core.epcis import event_hash, vocabulary
from provenance.core.record import chain, kinds
from provenance.core.record.event import (
    CLAIM_TYPE,
    CONTEXT,
    EVENT_TYPE,
    Customs,
    Link,
    Place,
    issuer_did,
)
from provenance.core.record.kinds import Kind
from provenance.core.record.state import GoodsState, State
from provenance.core.signing import canonical, integrity, keys

DESPATCH_ADVICE = (
    "urn:epcglobal:cbv:bt:"  # CBV 2.0 section 8.5: <GLN of who issued it>:<its number>
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Intent:
    """An act on goods that party `issuer` (GLN) means to sign.

    `subjects` and `outputs` map subject URIs to amounts (1 for items and logistic
    units). `corrects` is the credentialSubject of the wrong event, for Kind.CORRECT
    alone. `reference` is a despatch advice number. `time` must be aware; `offset` is
    the local offset to show it in (+08:00).
    """

    kind: Kind
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
    reference: str = ""
    lot: str = ""
    expiry: str = ""
    biz_step: str | None = None
    sensors: Sequence[Mapping[str, Any]] = ()
    corrects: Mapping[str, Any] | None = None
    error_reason: str = "incorrect_data"
    evidence: Sequence[Mapping[str, Any]] = ()

    @property
    def all_subjects(self) -> list[str]:
        """Every subject the act moves: parent first, then subjects, then outputs."""
        return [*([self.parent] if self.parent else []), *self.subjects, *self.outputs]


def event(intent: Intent) -> dict[str, Any]:
    """The EPCIS 2.0 event of `intent`, with its eventID. Raises BadEpcis where the
    intent lacks what its act needs.
    """
    if intent.kind is Kind.CORRECT:
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
    if intent.reference:
        issuer = intent.sender or intent.issuer
        body["bizTransactionList"] = [
            {"type": "desadv", "bizTransaction": f"{DESPATCH_ADVICE}{issuer}:{intent.reference}"}
        ]
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
    body.update(_extensions(intent))
    return body | {"eventID": event_hash.event_id(body)}


def claim(kind: Kind, id_: str, time: datetime, /, **members: Any) -> dict[str, Any]:
    """The registry claim of `kind` about the subject `id_`; `members` as
    `claims.SHAPES` lists them.
    """
    return {
        "type": kinds.CLAIM_TYPES[kind],
        "id": id_,
        "time": canonical.format_timestamp(time),
        **members,
    }


def document(
    body: Mapping[str, Any],
    *,
    host: str,
    issuer: str,
    created: datetime,
    links: Sequence[Link],
    evidence: Sequence[Mapping[str, Any]] = (),
) -> dict[str, Any]:
    """The unsigned document: `body` (an event or a claim) with its chain `links`, by
    party `issuer` at `host`.
    """
    is_claim = body.get("type") in kinds.CLAIM_KINDS
    unsigned = {
        "@context": list(CONTEXT),
        "type": list(CLAIM_TYPE if is_claim else EVENT_TYPE),
        "issuer": issuer_did(host, issuer),
        "validFrom": canonical.format_timestamp(created),
        "credentialSubject": dict(body),
        "chain": [_link(link) for link in links],
    }
    return unsigned | ({"evidence": [dict(entry) for entry in evidence]} if evidence else {})


def sign(unsigned: Mapping[str, Any], private: keys.PrivateKey) -> dict[str, Any]:
    """Secure `unsigned` with `private`, at the time its validFrom says."""
    method = f"{unsigned['issuer']}#{keys.encode_public(keys.public_of(private))}"
    return integrity.sign(
        unsigned, private, verification_method=method, created=unsigned["validFrom"]
    )


def next_links(intent: Intent, states: Mapping[str, State | None]) -> list[Link]:
    """The links that put `intent` behind the heads in `states` (None: the subject has
    no event yet).
    """
    return [next_link(intent, uri, states.get(uri)) for uri in intent.all_subjects]


def next_link(intent: Intent, uri: str, state: State | None) -> Link:
    """The link of `intent` in the chain of `uri`, with `closes` when the act ends its
    loop.
    """
    if state is None:
        return Link(uri, 0, None)
    closes = None
    if isinstance(state, GoodsState):
        amount = Decimal(intent.subjects.get(uri, 0))
        rest = sum(state.holdings.values(), Decimal(0)) - amount
        all_back = amount == state.sold and not state.holdings
        to_maker = intent.issuer == state.commissioned_by != state.seller and all_back
        if (intent.kind in chain.ENDING and rest == 0) or (intent.kind is Kind.RETURN and to_maker):
            closes = state.genesis
    return Link(uri, state.position + 1, state.head, closes)


def _link(link: Link) -> dict[str, Any]:
    entry: dict[str, Any] = {
        "subject": link.subject,
        "position": link.position,
        "previous": link.previous,
    }
    return entry | ({"closes": link.closes} if link.closes is not None else {})


def _check_needs(intent: Intent) -> None:
    kind, customs = intent.kind, intent.customs
    faults = (
        (kind.is_claim, "a registry claim is no event"),
        (not intent.subjects, "an act names at least one subject"),
        (
            (kind in (Kind.PACK, Kind.UNPACK)) != (intent.parent is not None),
            "what is packed or unpacked has a parent",
        ),
        ((kind is Kind.TRANSFORM) != bool(intent.outputs), "what is transformed has outputs"),
        ((kind is Kind.CHECKPOINT) != (customs is not None), "a checkpoint says what customs did"),
        (
            customs and customs.outcome not in kinds.CHECKPOINT_STEPS,
            "customs came to no outcome that is known",
        ),
    )
    for fault, words in faults:
        if fault:
            raise errors.BadEpcis(words)


def _spelling(intent: Intent) -> dict[str, Any]:
    if intent.kind is Kind.CHECKPOINT and intent.customs is not None:
        step, disposition = kinds.CHECKPOINT_STEPS[intent.customs.outcome]
        return {
            "type": "ObjectEvent",
            "action": "OBSERVE",
            "bizStep": step,
            "disposition": disposition,
        }
    spelling = kinds.SPELLINGS[intent.kind]
    words = {
        "type": spelling.type,
        "action": spelling.action,
        "bizStep": intent.biz_step or spelling.biz_step,
        "disposition": spelling.disposition,
    }
    return {name: value for name, value in words.items() if value is not None}


def _what(intent: Intent) -> dict[str, Any]:
    names = {
        "AggregationEvent": ("childEPCs", "childQuantityList"),
        "TransformationEvent": ("inputEPCList", "inputQuantityList"),
    }.get(
        kinds.SPELLINGS[intent.kind].type if intent.kind in kinds.SPELLINGS else "",
        ("epcList", "quantityList"),
    )
    what = _lists(intent.subjects, *names)
    if intent.kind is Kind.TRANSFORM:
        what |= _lists(intent.outputs, "outputEPCList", "outputQuantityList")
    if intent.parent is not None:
        what["parentID"] = intent.parent
    return what


def _lists(amounts: Mapping[str, Decimal | int], epcs: str, classes: str) -> dict[str, Any]:
    items, lots = [], []
    for uri, amount in amounts.items():
        if gs1.parse_subject(uri).kind is gs1.SubjectKind.LOT:
            lots.append(
                {
                    "epcClass": uri,
                    "quantity": int(amount) if amount == int(amount) else float(amount),
                }
            )
        else:
            items.append(uri)
    return ({epcs: items} if items else {}) | ({classes: lots} if lots else {})


def _parties(intent: Intent) -> dict[str, Any]:
    lists: dict[str, Any] = {}
    if intent.sender is not None:
        lists["sourceList"] = [{"type": "possessing_party", "source": gs1.party_uri(intent.sender)}]
    if intent.receiver is not None:
        lists["destinationList"] = [
            {"type": "possessing_party", "destination": gs1.party_uri(intent.receiver)}
        ]
    return lists


def _extensions(intent: Intent) -> dict[str, Any]:
    extra: dict[str, Any] = {}
    place, customs = intent.place, intent.customs
    if place is not None and place.country:
        extra["custos:place"] = {"country": place.country} | {
            name: value for name, value in (("name", place.name), ("locode", place.locode)) if value
        }
    if customs is not None:
        optional = (
            ("outcome", customs.outcome),
            ("post", customs.post),
            ("declaration", customs.declaration),
            ("edifact", customs.edifact),
        )
        extra[kinds.CUSTOMS_MEMBER] = {"procedure": customs.procedure} | {
            name: value for name, value in optional if value
        }
    return extra | ({"@context": vocabulary.extension_context()} if extra else {})


def _correction(intent: Intent) -> dict[str, Any]:
    if intent.corrects is None:
        raise errors.BadEpcis("a correction repeats the event it corrects")
    declaration = {
        "declarationTime": canonical.format_timestamp(intent.time),
        "reason": intent.error_reason,
    }
    return {**intent.corrects, "errorDeclaration": declaration}
