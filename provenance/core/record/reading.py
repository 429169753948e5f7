"""Reading a signed document into types: the shape that everybody agrees on (docs/format.md).

`read` takes a strictly parsed document and raises for any other shape than specified. It
checks no signature, no state and no permission.
"""

import functools
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any, Final, NamedTuple, TypeAlias, assert_never

import orjson

from provenance.core import errors, gs1, texts
from provenance.core.epcis import frame, shape
from provenance.core.epcis.vocabulary import Action, EventType, Field, SourceDestType
from provenance.core.record import (
    chain_json,
    claims,
    extensions,
    moved,
    sealed,
    sealed_json,
    use_by,
    view,
)
from provenance.core.record.acts import GOODS_RULES
from provenance.core.record.claims import RegistryClaim
from provenance.core.record.event import Body, GoodsAct, Link, SignedEvent
from provenance.core.record.rules import Mark
from provenance.core.record.sealed import Commitment, Contents, Opened, Opening
from provenance.core.record.vocabulary import Act
from provenance.core.signing import canonical

CONTEXT: Final = ("https://www.w3.org/ns/credentials/v2", "https://custos.example/ns/v1")
EVENT_TYPE: Final = ("VerifiableCredential", "CustodyEvent")
CLAIM_TYPE: Final = ("VerifiableCredential", "RegistryClaim")
MEMBERS: Final = frozenset(
    {"@context", "type", "issuer", "validFrom", "credentialSubject", "chain", "proof"}
)
OPTIONAL_MEMBERS: Final = frozenset({"evidence", "sealed"})
MAX_EVIDENCE: Final = 16_384
_ISSUER: Final = re.compile(r"did:web:([A-Za-z0-9.\-]+(?:%3A[0-9]+)?):parties:([0-9]{13})\Z")
_OFFSET: Final = re.compile(r"[+-](?:(?:0[0-9]|1[0-3]):[0-5][0-9]|14:00)\Z")


Openings: TypeAlias = Contents | Sequence[Opening]
"""Everything that an event seals, or the leaves of it that are shown."""


def read(
    document: Any, digest: str, *, host: str | None = None, openings: Openings = ()
) -> SignedEvent:
    """Read a strictly parsed signed document whose canonical bytes hash to `digest`.

    `host` is the DID host this event must be bound to (None: any host). Of what the event seals
    it has what `openings` show: all of it, as contents, or some leaves. Raises Malformed,
    BadEpcis, BadTimestamp, BadIdentifier, BadText, BindingMismatch, UnsealedItems,
    UnsealedMember, BadOpening, TooLarge.
    """
    body, proof = _check_document(document)
    bound_host, gln = read_issuer(document["issuer"])
    if tuple(_strings(document["@context"])) != CONTEXT:
        raise errors.BindingMismatch(f"expected the contexts {CONTEXT}, got {document['@context']}")
    if host is not None and bound_host != host:
        raise errors.BindingMismatch(f"signed for {bound_host}, this record belongs to {host}")
    issuer_uri = gs1.party_uri(gln)
    framed = None if openings or "sealed" in document else _read_framed(body, issuer_uri)
    if framed is None:
        shape.check(body)
    act, goods = framed or (classify(body, issuer_uri), None)
    if tuple(_strings(document["type"])) != (CLAIM_TYPE if act.is_claim else EVENT_TYPE):
        raise errors.Malformed(f"the type {document['type']} does not fit {act}")
    created = canonical.parse_timestamp(_text(proof, "created"))
    if _text(document, "validFrom") != proof["created"]:
        raise errors.Malformed("validFrom and proof.created must be the same time")
    links = tuple(map(chain_json.read_link, _list(document, "chain")))
    commitment = sealed_json.read_commitment(document["sealed"]) if "sealed" in document else None
    opened = _opened(commitment, openings)
    if not links and not (commitment and commitment.count):
        raise errors.Malformed("an event links to at least one subject")
    reading = (
        _read_claim(body, links, commitment)
        if act.is_claim
        else _read_event(body, goods or _read_shown(body, act, commitment, opened), links, opened)
    )
    links += tuple(sealed.link for sealed in opened.links)
    return SignedEvent(
        document=document,
        digest=digest,
        issuer=gln,
        host=bound_host,
        key=_key_of(proof, document["issuer"]),
        act=act,
        event_time=canonical.parse_timestamp(reading.time),
        offset=reading.offset,
        created=created,
        links=links,
        by_subject={link.subject: link for link in links},
        body=reading.body,
        members={sealed.member.value: sealed.value for sealed in opened.members},
    )


def _opened(commitment: Commitment | None, openings: Openings) -> Opened:
    """Return the leaves that `openings` prove."""
    if commitment is None:
        if openings:
            raise errors.BadOpening("the event seals nothing, and openings came with it")
        return sealed.NOTHING
    if isinstance(openings, Contents):
        return sealed.open_all(commitment, openings)
    return sealed.open_some(commitment, openings)


def classify(body: Mapping[str, Any], issuer_uri: str) -> Act:
    """Return the act of a credentialSubject signed by the party `issuer_uri`.

    Raises BadEpcis for an event or claim that is none of our acts.
    """
    type_ = body.get("type")
    claim = claims.TYPES.get(type_) if isinstance(type_, str) else None
    if claim is not None:
        return claim.act
    if "errorDeclaration" in body:
        return Act.CORRECT
    action, step, disposition = (body.get(name) for name in ("action", "bizStep", "disposition"))
    if Field.CUSTOMS in body:
        if (type_, action) == (EventType.OBJECT, Action.OBSERVE):
            return Act.CHECKPOINT
        raise errors.BadEpcis(
            f"customs looks at goods in an ObjectEvent OBSERVE, not a {type_} {action}"
        )
    key = (type_, action, step)
    act = _BY_DISPOSITION.get((*key, disposition)) or _BY_STEP.get(key)
    if act is None and key in _BY_SIDE:
        act = _BY_SIDE[key][possessors(body)[0] == issuer_uri]
    if act is None:
        raise errors.BadEpcis(
            f"{type_} {action} {step} {disposition} is none of the acts this record knows"
        )
    return act


_Key: TypeAlias = tuple[Any, ...]
_BY_DISPOSITION: Final[dict[_Key, Act]] = {}
_BY_STEP: Final[dict[_Key, Act]] = {}
_BY_SIDE: Final[dict[_Key, dict[bool, Act]]] = {}  # whether the sender signed -> the act


def _index_spellings() -> None:
    for act, rule in GOODS_RULES.items():
        spelling = rule.spelling
        for step in spelling.steps:
            key = (spelling.type, spelling.action, step)
            match spelling.mark:
                case Mark.STEP:
                    _BY_STEP[key] = act
                case Mark.STEP_AND_DISPOSITION:
                    _BY_DISPOSITION[(*key, spelling.disposition)] = act
                case Mark.SENDER | Mark.RECEIVER:
                    _BY_SIDE.setdefault(key, {})[spelling.mark is Mark.SENDER] = act
                case Mark.CUSTOMS | Mark.ERROR_DECLARATION:
                    pass
                case _:
                    assert_never(spelling.mark)


_index_spellings()


def possessors(event: Mapping[str, Any]) -> tuple[str | None, str | None]:
    """Return the party URIs of the possessing_party a handoff goes from and to; None where the
    event names none.
    """
    return (
        _possessor(event, "sourceList", "source"),
        _possessor(event, "destinationList", "destination"),
    )


def _possessor(event: Mapping[str, Any], list_name: str, member: str) -> str | None:
    for entry in event.get(list_name, ()):
        if entry.get("type") == SourceDestType.POSSESSING_PARTY:
            value = entry.get(member)
            return value if isinstance(value, str) else None
    return None


def read_issuer(did: Any) -> tuple[str, str]:
    """Return host and GLN of an issuer DID. Raises Malformed."""
    match = _ISSUER.match(did) if isinstance(did, str) else None
    if match is None:
        raise errors.Malformed(f"expected did:web:<host>:parties:<gln>, got {did!r}")
    return match[1].replace("%3A", ":"), match[2]


# --- around the body ----------------------------------------------------------------


def _check_document(document: Any) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return credentialSubject and proof. Raises Malformed for other members than a document's."""
    if not isinstance(document, dict):
        raise errors.Malformed(f"expected an object, got {type(document).__name__}")
    if not MEMBERS <= document.keys() <= MEMBERS | OPTIONAL_MEMBERS:
        odd = sorted(document.keys() ^ MEMBERS)
        raise errors.Malformed(
            f"expected the members {sorted(MEMBERS)}; missing or unexpected: {odd}"
        )
    body, proof = document["credentialSubject"], document["proof"]
    if not isinstance(body, dict) or not isinstance(proof, dict):
        raise errors.Malformed("credentialSubject and proof must be objects")
    _check_evidence(document)
    return body, proof


def _check_evidence(document: Mapping[str, Any]) -> None:
    """Raise TooLarge for more than MAX_EVIDENCE bytes, BadNumber for a fraction, and BadText:
    evidence is free in shape, every other member has a type.
    """
    if "evidence" not in document:
        return
    entries = _list(document, "evidence")
    if not entries:
        raise errors.Malformed("evidence has at least one entry")
    canonical.refuse_floats(entries)
    for part in texts.within(entries):
        texts.check(part)
    if not all(isinstance(entry, dict) for entry in entries):
        raise errors.Malformed("evidence is a list of objects")
    size = len(canonical.serialize(entries))
    if size > MAX_EVIDENCE:
        raise errors.TooLarge(
            f"evidence has at most {MAX_EVIDENCE} bytes, got {size}", limit=MAX_EVIDENCE
        )


def _key_of(proof: Mapping[str, Any], issuer: str) -> str:
    method = _text(proof, "verificationMethod")
    did, _, key = method.partition("#")
    if did != issuer or not key:
        raise errors.BindingMismatch(f"the key {method} is not one of the issuer {issuer}")
    return key


def _check_links(links: Sequence[Link], named: set[str]) -> None:
    """Raise BindingMismatch unless there is one link for each subject that the body names."""
    if len(links) != len(named) or {link.subject for link in links} != named:
        raise errors.BindingMismatch("the chain links other subjects than the event names")


class _Reading(NamedTuple):
    body: Body
    time: str
    offset: str


def _read_claim(
    body: Mapping[str, Any], links: Sequence[Link], commitment: Commitment | None
) -> _Reading:
    if commitment is not None:
        raise errors.BadOpening("a registry claim seals nothing")
    _check_links(links, {_text(body, "id")})
    time = _text(body, "time")
    canonical.parse_timestamp(time)
    claim: RegistryClaim = claims.read(body)
    return _Reading(claim, time, "+00:00")


def _read_event(
    body: Mapping[str, Any], goods: GoodsAct, links: Sequence[Link], opened: Opened
) -> _Reading:
    """Return the reading of an event of these `goods`."""
    parent = {goods.parent} if goods.parent else set()
    items = {sealed.link.subject for sealed in opened.links}
    _check_links(links, {*goods.subjects, *goods.outputs, *parent} - items)
    offset = body.get("eventTimeZoneOffset")
    if not isinstance(offset, str) or not _OFFSET.match(offset):
        raise errors.BadTimestamp(f"expected eventTimeZoneOffset like +08:00, got {offset!r}")
    return _Reading(goods, _text(body, "eventTime"), offset)


# --- an act on goods ----------------------------------------------------------------


def _check_members(body: Mapping[str, Any]) -> None:
    """Raise UnsealedMember for a member in clear that only parties and customs may read."""
    for member in sealed.Member:
        if view.has(body, member):
            raise errors.UnsealedMember(f"{member} is sealed, never in clear", member=member.value)


def _read_framed(body: Mapping[str, Any], issuer_uri: str) -> tuple[Act, GoodsAct] | None:
    """Return act and goods of an event by its frame. None for an event without, or whose frame is
    refused: it is read by itself, for the error to name what is in it.
    """
    framed = frame.of(body)
    if framed is None:
        return None
    try:
        act, like = _read_frame(framed, issuer_uri)
    except errors.ProvenanceError:
        return None
    (epc,) = body["epcList"]  # an item in clear is alone
    return act, replace(like, subjects={epc: Decimal(1)}, event_id=body["eventID"])


@functools.lru_cache(maxsize=512)
def _read_frame(framed: bytes, issuer_uri: str) -> tuple[Act, GoodsAct]:
    """Return act and goods of the event with the stand-ins of `frame` in its places."""
    body = orjson.loads(framed)
    shape.check(body)
    act = classify(body, issuer_uri)
    return act, _read_shown(body, act, None, sealed.NOTHING)


def _read_shown(
    body: Mapping[str, Any], act: Act, commitment: Commitment | None, opened: Opened
) -> GoodsAct:
    """Read an event, and its opened members in their places."""
    _check_members(body)
    shown = view.with_members(body, opened.members)
    if opened.members:
        shape.check(shown)
    return _read_goods(shown, act, commitment, opened)


def _read_goods(
    body: Mapping[str, Any], act: Act, commitment: Commitment | None, opened: Opened
) -> GoodsAct:
    """Read an event whose opened members stand in their places."""
    sender, receiver = possessors(body)
    type_, parent = body["type"], body.get("parentID")
    goods = moved.read(body, commitment, opened)
    if type_ == EventType.AGGREGATION:
        if (
            not isinstance(parent, str)
            or gs1.parse_subject(parent).kind is not gs1.SubjectKind.LOGISTIC_UNIT
        ):
            raise errors.BadEpcis("an aggregation names its logistic unit as parentID")
        if parent in goods.subjects:
            raise errors.BadEpcis("a logistic unit cannot hold itself")
    elif parent is not None:
        raise errors.BadEpcis("only an aggregation names a parentID")
    if not goods.moves or (act is Act.TRANSFORM and not goods.makes):
        raise errors.BadEpcis("an act moves at least one subject")
    ilmd, error = body.get("ilmd", {}), body.get("errorDeclaration", {})
    replaced_by = error.get("correctiveEventIDs")
    return GoodsAct(
        subjects=goods.subjects,
        parent=parent,
        outputs=goods.outputs,
        sender=_gln_of(sender),
        receiver=_gln_of(receiver),
        place=extensions.read_place(body),
        customs=extensions.read_customs(body),
        explanation=extensions.read_explanation(body, act),
        event_id=_text(body, "eventID"),
        error_reason=str(error.get("reason", "")),
        lot=str(ilmd.get("cbvmda:lotNumber", "")),
        expiry=use_by.read(ilmd),
        replaced_by=tuple(map(str, replaced_by)) if isinstance(replaced_by, list) else (),
        unopened=goods.unopened,
    )


def _gln_of(uri: str | None) -> str | None:
    if uri is None:
        return None
    subject = gs1.parse_subject(uri)
    if subject.kind is not gs1.SubjectKind.PARTY:
        raise errors.BadEpcis(f"a possessing_party is a party URI, not {uri}")
    return subject.gln


def _strings(value: Any) -> Sequence[str]:
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise errors.Malformed(f"expected a list of strings, got {value!r}")
    return value


def _list(document: Mapping[str, Any], name: str) -> list[Any]:
    value = document[name]
    if not isinstance(value, list):
        raise errors.Malformed(f"{name} must be a list")
    return value


def _text(block: Mapping[str, Any], name: str) -> str:
    value = block.get(name)
    if not isinstance(value, str) or not value:
        raise errors.Malformed(f"expected a text {name}, got {value!r}")
    return value
