"""The tables for people, derived from events: what each event adds to them.

`Projection.add` takes one event after another, in the record's order. Capture gives it
a batch and writes what came of it; `rebuild` gives it everything and compares. So there
is one description of what the tables hold.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from typing import Any, Final

from provenance.core import gs1
from provenance.core.record import compose
from provenance.core.record.event import Goods, SignedEvent
from provenance.core.record.kinds import Kind
from provenance.core.record.state import GoodsState, LicenceState, RightState, State
from provenance.services.record.rows import (
    Answer,
    CheckpointRow,
    HandoffRow,
    KeyRow,
    LicenceRow,
    LineRow,
    PartyRow,
    ProductRow,
    Revocation,
    RightRow,
    ShipmentRow,
)
from provenance.services.record.tables import values

SOURCE_FILE_ROW: Final = "SourceFileRow"  # the evidence of what an import recorded
_ANSWERS: Final = frozenset({Kind.ACCEPT, Kind.REFUSE, Kind.CANCEL})
_RIGHTS: Final = frozenset(
    {
        Kind.RIGHT_FILED,
        Kind.RIGHT_VERIFIED,
        Kind.RIGHT_ASSIGNED,
        Kind.RIGHT_LAPSED,
        Kind.LICENCE_GRANTED,
        Kind.LICENCE_REVOKED,
    }
)


@dataclass(slots=True)
class Projection:
    """Rows by their natural key. `answers` and `revocations` change rows that were not
    made here; `contents` is what each logistic unit holds, `pending` the digest of each
    subject's handover that was made here.
    """

    parties: dict[str, PartyRow] = field(default_factory=dict)
    keys: dict[str, KeyRow] = field(default_factory=dict)
    revocations: dict[str, Revocation] = field(default_factory=dict)
    products: dict[str, ProductRow] = field(default_factory=dict)
    rights: dict[str, RightRow] = field(default_factory=dict)
    licences: dict[str, LicenceRow] = field(default_factory=dict)
    handoffs: dict[tuple[str, str], HandoffRow] = field(default_factory=dict)
    answers: dict[str, Answer] = field(default_factory=dict)
    checkpoints: dict[tuple[str, str], CheckpointRow] = field(default_factory=dict)
    shipments: dict[tuple[str, str], ShipmentRow] = field(default_factory=dict)
    lines: dict[tuple[str, str, str], LineRow] = field(default_factory=dict)
    contents: dict[str, dict[str, Decimal]] = field(default_factory=dict)
    pending: dict[str, str] = field(default_factory=dict)

    def add(
        self, record: SignedEvent, before: Mapping[str, State | None], after: Mapping[str, State]
    ) -> None:
        """Take in one event, with the states of its subjects before and after it."""
        if record.goods is not None:
            self._goods(record, record.goods, before)
            return
        claim, kind, uri = record.statement, record.kind, record.links[0].subject
        if kind is Kind.PARTY_REGISTERED:
            self._party(gs1.parse_subject(uri).gln, record, claim)
        elif kind is Kind.KEY_ADDED:
            self._key(gs1.parse_subject(uri).gln, record, claim)
        elif kind is Kind.KEY_REVOKED:
            self._revoke(claim["publicKeyMultibase"], record, claim["reason"])
        elif kind is Kind.PRODUCT_REGISTERED:
            self._product(gs1.parse_subject(uri).gtin, record, claim)
        elif kind in _RIGHTS:
            state = after[uri]
            if isinstance(state, RightState):
                self._right(uri, state, claim.get("licence"))

    def _party(self, gln: str, record: SignedEvent, claim: Mapping[str, Any]) -> None:
        evidence = record.document.get("evidence", ())
        self.parties[gln] = PartyRow(
            gln=gln,
            name=claim["name"],
            country=claim["country"],
            roles=list(claim["roles"]),
            imported=any(piece.get("type") == SOURCE_FILE_ROW for piece in evidence),
        )

    def _key(self, gln: str, record: SignedEvent, claim: Mapping[str, Any]) -> None:
        self.keys[claim["publicKeyMultibase"]] = KeyRow(
            public_key=claim["publicKeyMultibase"],
            party_id=gln,
            purpose=claim["purpose"],
            custody=claim["custody"],
            valid_from=record.event_time,
            added_by=record.digest,
        )

    def _revoke(self, key: str, record: SignedEvent, reason: str) -> None:
        change = Revocation(record.event_time, reason, record.digest)
        if key in self.keys:
            self.keys[key] = replace(self.keys[key], **values(change))
        else:
            self.revocations[key] = change

    def _product(self, gtin: str, record: SignedEvent, claim: Mapping[str, Any]) -> None:
        self.products[gtin] = ProductRow(
            gtin=gtin,
            name=claim["name"],
            brand=claim["brand"],
            hs_code=claim["hsCode"],
            origin=claim["origin"],
            owner_id=record.issuer,
            rights=list(claim["rights"]),
        )

    def _right(self, uri: str, state: RightState, licence: str | None) -> None:
        self.rights[uri] = RightRow(
            uri=uri,
            kind=state.kind,
            title=state.title,
            office=state.office,
            number=state.number,
            territories=list(state.territories),
            owner=state.owner,
            valid_from=_day(state.valid_from),
            valid_until=_day(state.valid_until),
            verified=state.verified,
            lapsed_from=_day(state.lapsed_from),
        )
        if licence is not None:
            self.licences[licence] = _licence(licence, uri, state.licences[licence])

    def _goods(self, record: SignedEvent, goods: Goods, before: Mapping[str, State | None]) -> None:
        if record.kind in (Kind.PACK, Kind.UNPACK):
            self._pack(goods, 1 if record.kind is Kind.PACK else -1)
        elif record.kind is Kind.HAND_OVER:
            self._hand_over(record, goods)
            self._shipment(record, goods)
        elif record.kind in _ANSWERS:
            for uri in goods.subjects:
                self._answer(uri, record, record.kind.value)
        elif record.kind is Kind.CHECKPOINT:
            self._checkpoint(record, goods, before)

    def _hand_over(self, record: SignedEvent, goods: Goods) -> None:
        for uri in goods.subjects:
            self.pending[uri] = record.digest
            self.handoffs[uri, record.digest] = HandoffRow(
                subject=uri,
                handed_over=record.digest,
                sender=goods.sender,
                receiver=goods.receiver,
                handed_over_at=record.event_time,
            )

    def _answer(self, uri: str, record: SignedEvent, outcome: str) -> None:
        change = Answer(record.digest, record.event_time, outcome)
        name = (uri, self.pending.pop(uri, ""))
        if name in self.handoffs:
            self.handoffs[name] = replace(self.handoffs[name], **values(change))
        else:
            self.answers[uri] = change

    def _checkpoint(
        self, record: SignedEvent, goods: Goods, before: Mapping[str, State | None]
    ) -> None:
        customs = goods.customs
        if customs is None:
            return
        for uri in goods.subjects:
            self.checkpoints[uri, record.digest] = CheckpointRow(
                subject=uri,
                event=record.digest,
                authority=record.issuer,
                country=goods.place.country,
                post=customs.post,
                procedure=customs.procedure,
                outcome=customs.outcome or "",
                declaration=customs.declaration,
                at=record.event_time,
            )
            state = before[uri]
            if customs.outcome == "seized" and isinstance(state, GoodsState) and state.pending:
                self._answer(uri, record, "seized")

    def _pack(self, goods: Goods, sign: int) -> None:
        inside = self.contents.setdefault(goods.parent or "", {})
        for uri, amount in goods.subjects.items():
            left = inside.get(uri, Decimal(0)) + sign * amount
            if left > 0:
                inside[uri] = left
            else:
                inside.pop(uri, None)

    def _shipment(self, record: SignedEvent, goods: Goods) -> None:
        """A handover that names its despatch advice is a shipment; what its logistic
        units hold are its lines.
        """
        reference = reference_of(record)
        if not reference:
            return
        name = (record.issuer, reference)
        units = [uri for uri in goods.subjects if is_unit(uri)]
        first = self.shipments.get(name)
        self.shipments[name] = ShipmentRow(
            *name,
            receiver=goods.receiver,
            logistic_unit=units[0] if len(units) == 1 else "",
            created_at=first.created_at if first else record.event_time,
        )
        for uri, amount in goods.subjects.items():
            inside = self.contents.get(uri)
            for line, quantity in inside.items() if inside else ((uri, amount),):
                self.lines[(*name, line)] = LineRow(*name, subject=line, quantity=quantity)


def reference_of(record: SignedEvent) -> str:
    """The despatch advice number of the issuer that an event names, or empty."""
    for transaction in record.document["credentialSubject"].get("bizTransactionList", ()):
        head, _, number = str(transaction.get("bizTransaction", "")).rpartition(":")
        if (
            transaction.get("type") == "desadv"
            and head == f"{compose.DESPATCH_ADVICE}{record.issuer}"
        ):
            return number[:100]
    return ""


def is_unit(uri: str) -> bool:
    """Whether a subject is a logistic unit."""
    return gs1.parse_subject(uri).kind is gs1.SubjectKind.LOGISTIC_UNIT


def _licence(uri: str, right: str, state: LicenceState) -> LicenceRow:
    return LicenceRow(
        uri=uri,
        right=right,
        licensee=state.licensee,
        products=list(state.products),
        territories=list(state.territories),
        valid_from=_day(state.valid_from),
        valid_until=_day(state.valid_until),
        revoked_from=_day(state.revoked_from),
    )


def _day(text: str | None) -> date | None:
    return None if text is None else date.fromisoformat(text)
