"""One signed event, read into types: the shape check that every door and every verifier
shares (docs/format.md).

`read` takes a strictly parsed document and raises Malformed, BadEpcis or
BindingMismatch for any other shape than the one docs/format.md specifies. It checks no
signature, no state and no permission.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from provenance.core import errors, gs1
from provenance.core.epcis import shape
from provenance.core.record import kinds
from provenance.core.record.kinds import Kind
from provenance.core.signing import canonical

CONTEXT = ("https://www.w3.org/ns/credentials/v2", "https://custos.example/ns/v1")
EVENT_TYPE = ("VerifiableCredential", "CustodyEvent")
CLAIM_TYPE = ("VerifiableCredential", "RegistryClaim")
MEMBERS = {"@context", "type", "issuer", "validFrom", "credentialSubject", "chain", "proof"}
OPTIONAL_MEMBERS = {"evidence"}
MAX_SUBJECTS = 10_000
_DIGEST = re.compile(r"[0-9a-f]{64}\Z")
_ISSUER = re.compile(r"did:web:([A-Za-z0-9.\-]+(?:%3A[0-9]+)?):parties:([0-9]{13})\Z")
_COUNTRY = re.compile(r"[A-Z]{2}\Z")
_OFFSET = re.compile(r"[+-](?:(?:0[0-9]|1[0-3]):[0-5][0-9]|14:00)\Z")


@dataclass(frozen=True, slots=True)
class Link:
    """One event's place in one subject's chain. `closes` is the digest of position 0
    when this event ends the loop.
    """

    subject: str
    position: int
    previous: str | None
    closes: str | None = None


@dataclass(frozen=True, slots=True)
class Place:
    """Where something happened: `id` a GS1 location URI or geo URI, `country` ISO
    3166-1 alpha-2.
    """

    country: str | None = None
    name: str = ""
    locode: str = ""
    id: str = ""


@dataclass(frozen=True, slots=True)
class Customs:
    """What a customs authority recorded at a checkpoint."""

    procedure: str
    outcome: str | None
    post: str = ""
    declaration: str = ""
    edifact: str = ""


@dataclass(frozen=True, slots=True)
class Goods:
    """An act on goods. `subjects` and `outputs` map subject URIs to amounts (1 for an
    item or logistic unit).
    """

    subjects: Mapping[str, Decimal]
    parent: str | None = None
    outputs: Mapping[str, Decimal] = field(default_factory=dict)
    sender: str | None = None
    receiver: str | None = None
    place: Place = Place()
    customs: Customs | None = None
    event_id: str = ""
    error_reason: str = ""
    lot: str = ""


@dataclass(frozen=True, slots=True)
class SignedEvent:
    """A signed event of the right shape. `issuer` is the GLN; `key` the raw Ed25519
    public key the proof names.
    """

    document: Mapping[str, Any]
    digest: str
    issuer: str
    host: str
    key: str
    kind: Kind
    event_time: datetime
    offset: str
    created: datetime
    links: tuple[Link, ...]
    by_subject: Mapping[str, Link]
    goods: Goods | None
    claim: Mapping[str, Any] | None

    @property
    def act(self) -> Goods:
        """What an act on goods says. Raises Malformed for a registry claim."""
        if self.goods is None:
            raise errors.Malformed(f"{self.kind} is no act on goods")
        return self.goods

    @property
    def statement(self) -> Mapping[str, Any]:
        """What a registry claim says. Raises Malformed for an act on goods."""
        if self.claim is None:
            raise errors.Malformed(f"{self.kind} is no registry claim")
        return self.claim

    def link(self, subject: str) -> Link:
        """Return this event's link in the chain of `subject`; KeyError when it has
        none.
        """
        return self.by_subject[subject]


def issuer_did(host: str, gln: str) -> str:
    """The did:web of party `gln` at `host` (host[:port], the colon written %3A)."""
    return f"did:web:{host.replace(':', '%3A')}:parties:{gln}"


def read(document: Any, digest: str, *, host: str | None = None) -> SignedEvent:
    """Read a strictly parsed signed document whose canonical bytes hash to `digest`.

    `host` is the DID host this record must be bound to (None: any one). Raises
    Malformed, BadEpcis, BadTimestamp, BadIdentifier, BindingMismatch.
    """
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
    bound_host, gln = read_issuer(document["issuer"])
    if tuple(_strings(document["@context"])) != CONTEXT:
        raise errors.BindingMismatch(f"expected the contexts {CONTEXT}, got {document['@context']}")
    if host is not None and bound_host != host:
        raise errors.BindingMismatch(f"signed for {bound_host}, this record belongs to {host}")
    gs1.parse_gln(gln)
    shape.check(body)
    kind = kinds.classify(body, gs1.party_uri(gln))
    if tuple(_strings(document["type"])) != (CLAIM_TYPE if kind.is_claim else EVENT_TYPE):
        raise errors.Malformed(f"the type {document['type']} does not fit {kind}")
    created = canonical.parse_timestamp(_text(proof, "created"))
    if _text(document, "validFrom") != proof["created"]:
        raise errors.Malformed("validFrom and proof.created must be the same time")
    links = tuple(_read_link(entry) for entry in _list(document, "chain"))
    goods = None if kind.is_claim else _read_goods(body, kind)
    named = {_text(body, "id")} if goods is None else {*goods.subjects, *goods.outputs}
    if goods is not None and goods.parent:
        named.add(goods.parent)
    by_subject = {link.subject: link for link in links}
    if len(links) != len(named) or by_subject.keys() != named:
        raise errors.BindingMismatch("the chain links other subjects than the event names")
    time_member = "time" if goods is None else "eventTime"
    return SignedEvent(
        document=document,
        digest=digest,
        issuer=gln,
        host=bound_host,
        key=_key_of(proof, document["issuer"]),
        kind=kind,
        event_time=canonical.parse_timestamp(_text(body, time_member)),
        offset="+00:00" if goods is None else _offset(body),
        created=created,
        links=links,
        by_subject=by_subject,
        goods=goods,
        claim=body if goods is None else None,
    )


def read_issuer(did: Any) -> tuple[str, str]:
    """Host and GLN of an issuer DID. Raises Malformed."""
    match = _ISSUER.match(did) if isinstance(did, str) else None
    if match is None:
        raise errors.Malformed(f"expected did:web:<host>:parties:<gln>, got {did!r}")
    return match[1].replace("%3A", ":"), match[2]


def _key_of(proof: Mapping[str, Any], issuer: str) -> str:
    method = _text(proof, "verificationMethod")
    did, _, key = method.partition("#")
    if did != issuer or not key:
        raise errors.BindingMismatch(f"the key {method} is not one of the issuer {issuer}")
    return key


def _read_link(entry: Any) -> Link:
    if not isinstance(entry, dict) or not {"subject", "position", "previous"} <= entry.keys() <= {
        "subject",
        "position",
        "previous",
        "closes",
    }:
        raise errors.Malformed(
            "a chain link has the members subject, position, previous and at most closes"
        )
    subject, position, previous = entry["subject"], entry["position"], entry["previous"]
    if not isinstance(subject, str) or type(position) is not int or position < 0:
        raise errors.Malformed("a chain link names a subject URI and a position from 0")
    if (position == 0) != (previous is None):
        raise errors.Malformed("previous is null at position 0 and nowhere else")
    closes = entry.get("closes")
    for digest in (previous, closes):
        if digest is not None and (not isinstance(digest, str) or not _DIGEST.match(digest)):
            raise errors.Malformed("previous and closes are SHA-256 digests in lower-case hex")
    if "closes" in entry and (closes is None or position == 0):
        raise errors.Malformed("closes names the digest of an earlier position 0")
    return Link(subject, position, previous, closes)


def _read_goods(body: Mapping[str, Any], kind: Kind) -> Goods:
    sender, receiver = kinds.possessors(body)
    parent = body.get("parentID")
    if parent is not None and body["type"] != "AggregationEvent":
        raise errors.BadEpcis("only an aggregation names a parentID")
    if body["type"] == "AggregationEvent":
        subjects = _amounts(body, "childEPCs", "childQuantityList")
        if (
            not isinstance(parent, str)
            or gs1.parse_subject(parent).kind is not gs1.SubjectKind.LOGISTIC_UNIT
        ):
            raise errors.BadEpcis("an aggregation names its logistic unit as parentID")
        if parent in subjects:
            raise errors.BadEpcis("a logistic unit cannot hold itself")
    elif body["type"] == "TransformationEvent":
        subjects = _amounts(body, "inputEPCList", "inputQuantityList")
    else:
        subjects = _amounts(body, "epcList", "quantityList")
    outputs = (
        _amounts(body, "outputEPCList", "outputQuantityList")
        if body["type"] == "TransformationEvent"
        else {}
    )
    if not subjects or (kind is Kind.TRANSFORM and not outputs) or subjects.keys() & outputs.keys():
        raise errors.BadEpcis("an act names at least one subject, and none twice")
    return Goods(
        subjects=subjects,
        parent=parent,
        outputs=outputs,
        sender=_gln_of(sender),
        receiver=_gln_of(receiver),
        place=_read_place(body),
        customs=_read_customs(body),
        event_id=_text(body, "eventID"),
        error_reason=str(body.get("errorDeclaration", {}).get("reason", "")),
        lot=str(body.get("ilmd", {}).get("cbvmda:lotNumber", "")),
    )


def _amounts(body: Mapping[str, Any], epcs: str, classes: str) -> dict[str, Decimal]:
    """Subject URI -> amount, refusing repeats, patterns and identifiers that are not
    subjects of ours.
    """
    amounts: dict[str, Decimal] = {}
    for epc in body.get(epcs, ()):
        if not isinstance(epc, str) or epc in amounts:
            raise errors.BadEpcis(f"{epcs} repeats {epc!r} or holds something that is not a URI")
        if gs1.parse_subject(epc).kind not in (gs1.SubjectKind.ITEM, gs1.SubjectKind.LOGISTIC_UNIT):
            raise errors.BadEpcis(f"{epcs} holds items and logistic units, not {epc}")
        amounts[epc] = Decimal(1)
    for element in body.get(classes, ()):
        uri, quantity = element.get("epcClass"), element.get("quantity")
        if (
            not isinstance(uri, str)
            or uri in amounts
            or gs1.parse_subject(uri).kind is not gs1.SubjectKind.LOT
        ):
            raise errors.BadEpcis(f"{classes} holds each lot once, not {uri!r}")
        if type(quantity) not in (int, float) or quantity <= 0:
            raise errors.BadEpcis(f"a lot moves in a quantity above 0, not {quantity!r}")
        amounts[uri] = Decimal(str(quantity))
    if len(amounts) > MAX_SUBJECTS:
        raise errors.TooLarge(f"an event moves at most {MAX_SUBJECTS} subjects, got {len(amounts)}")
    return amounts


def _read_place(body: Mapping[str, Any]) -> Place:
    id_ = body["readPoint"]["id"] if "readPoint" in body else ""
    if "custos:place" not in body:
        return Place(id=id_)
    block = body["custos:place"]
    if not isinstance(block, dict) or not {"country"} <= block.keys() <= {
        "country",
        "name",
        "locode",
    }:
        raise errors.Malformed("custos:place has the members country and at most name and locode")
    if not all(isinstance(value, str) for value in block.values()):
        raise errors.Malformed("the members of custos:place are strings")
    if not is_country(block["country"]):
        raise errors.Malformed(f"expected an ISO 3166-1 alpha-2 country, got {block['country']!r}")
    return Place(block["country"], block.get("name", ""), block.get("locode", ""), id_)


def _read_customs(body: Mapping[str, Any]) -> Customs | None:
    if kinds.CUSTOMS_MEMBER not in body:
        return None
    block = body[kinds.CUSTOMS_MEMBER]
    known = {"procedure", "outcome", "post", "declaration", "edifact"}
    if not isinstance(block, dict) or not {"procedure"} <= block.keys() <= known:
        raise errors.Malformed(f"custos:customs has the members {sorted(known)}")
    if not all(isinstance(value, str) for value in block.values()):
        raise errors.Malformed("the members of custos:customs are strings")
    outcome = block.get("outcome")
    if (
        block["procedure"] not in ("export", "import", "transit")
        or outcome not in kinds.CHECKPOINT_STEPS
    ):
        raise errors.BadEpcis(
            f"unknown customs procedure or outcome: {block['procedure']}, {outcome}"
        )
    step = (body.get("bizStep"), body.get("disposition"))
    if step != kinds.CHECKPOINT_STEPS[outcome]:
        raise errors.BadEpcis(
            f"outcome {outcome} is written {kinds.CHECKPOINT_STEPS[outcome]}, not {step}"
        )
    return Customs(
        block["procedure"],
        outcome,
        block.get("post", ""),
        block.get("declaration", ""),
        block.get("edifact", ""),
    )


def is_country(text: Any) -> bool:
    """Whether `text` has the form of an ISO 3166-1 alpha-2 code."""
    return isinstance(text, str) and _COUNTRY.match(text) is not None


def read_date(text: Any) -> date:
    """An ISO 8601 calendar date YYYY-MM-DD. Raises BadTimestamp."""
    try:
        day = date.fromisoformat(text)
    except (TypeError, ValueError):
        day = None
    if day is None or day.isoformat() != text:
        raise errors.BadTimestamp(f"expected a date YYYY-MM-DD, got {text!r}")
    return day


def _gln_of(uri: str | None) -> str | None:
    if uri is None:
        return None
    subject = gs1.parse_subject(uri)
    if subject.kind is not gs1.SubjectKind.PARTY:
        raise errors.BadEpcis(f"a possessing_party is a party URI, not {uri}")
    return subject.gln


def _offset(body: Mapping[str, Any]) -> str:
    offset = body.get("eventTimeZoneOffset")
    if not isinstance(offset, str) or not _OFFSET.match(offset):
        raise errors.BadTimestamp(f"expected eventTimeZoneOffset like +08:00, got {offset!r}")
    return offset


def _check_evidence(document: Mapping[str, Any]) -> None:
    """Evidence is free in shape, so fractions are looked for; every other member has a
    type of its own.
    """
    if "evidence" not in document:
        return
    entries = _list(document, "evidence")
    canonical.refuse_floats(entries)
    if not all(isinstance(entry, dict) for entry in entries):
        raise errors.Malformed("evidence is a list of objects")


def _strings(value: Any) -> Sequence[str]:
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise errors.Malformed(f"expected a list of strings, got {value!r}")
    return value


def _list(document: Mapping[str, Any], name: str) -> list[Any]:
    value = document[name]
    if not isinstance(value, list) or not value:
        raise errors.Malformed(f"{name} must be a list with at least one entry")
    return value


def _text(block: Mapping[str, Any], name: str) -> str:
    value = block.get(name)
    if not isinstance(value, str) or not value:
        raise errors.Malformed(f"expected a text {name}, got {value!r}")
    return value
