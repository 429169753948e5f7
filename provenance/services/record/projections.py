"""The tables for people, derived from events: the addition of each event.

`Projection.add` takes one event after another, in the record's order. Capture gives it
a batch and writes the rows; `rebuild` gives it everything and compares. So the content of
the tables has a single description.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from typing import Final, assert_never

from provenance.core import gs1
from provenance.core.epcis.vocabulary import BizTransactionType, Outcome
from provenance.core.record import compose
from provenance.core.record.claims import (
    KeyAdded,
    KeyRevoked,
    LicenceGranted,
    LicenceRevoked,
    PartyRegistered,
    ProductRecalled,
    ProductRegistered,
    RightAssigned,
    RightFiled,
    RightLapsed,
    RightVerified,
)
from provenance.core.record.event import GoodsAct, SignedEvent
from provenance.core.record.sealed import Member
from provenance.core.record.state import GoodsState, LicenceState, RightState, State
from provenance.core.record.vocabulary import Act, RightKind, Role
from provenance.services.record import lookalikes
from provenance.services.record.rows import (
    CheckpointRow,
    HandoffAnswer,
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
_ANSWERS: Final = frozenset({Act.ACCEPT, Act.REFUSE, Act.CANCEL})


@dataclass(slots=True)
class Projection:
    """Rows by their natural key. `answers` and `revocations` change rows that were not
    made here; `contents` maps each logistic unit to its goods, `pending` the digest of each
    subject's handover that was made here.
    """

    parties: dict[str, PartyRow] = field(default_factory=dict)
    keys: dict[str, KeyRow] = field(default_factory=dict)
    revocations: dict[str, Revocation] = field(default_factory=dict)
    products: dict[str, ProductRow] = field(default_factory=dict)
    rights: dict[str, RightRow] = field(default_factory=dict)
    licences: dict[str, LicenceRow] = field(default_factory=dict)
    handoffs: dict[tuple[str, str], HandoffRow] = field(default_factory=dict)
    answers: dict[str, HandoffAnswer] = field(default_factory=dict)
    checkpoints: dict[tuple[str, str], CheckpointRow] = field(default_factory=dict)
    shipments: dict[tuple[str, str, str], ShipmentRow] = field(default_factory=dict)
    lines: dict[tuple[str, str, str, str], LineRow] = field(default_factory=dict)
    contents: dict[str, dict[str, Decimal]] = field(default_factory=dict)
    pending: dict[str, str] = field(default_factory=dict)

    def add(
        self, event: SignedEvent, before: Mapping[str, State | None], after: Mapping[str, State]
    ) -> None:
        """Take in an event, with the states of its subjects before and after it."""
        uri = event.links[0].subject
        match event.body:
            case GoodsAct() as goods:
                self._goods(event, goods, before)
            case PartyRegistered() as claim:
                self._party(event, claim)
            case KeyAdded() as claim:
                self._key(event, claim)
            case KeyRevoked() as claim:
                self._revoke(event, claim)
            case ProductRegistered() as claim:
                self._product(event, claim)
            case LicenceGranted() | LicenceRevoked() as claim:
                self._right(uri, after[uri], claim.licence)
            case ProductRecalled():
                pass  # in the product's state alone
            case RightFiled() | RightVerified() | RightAssigned() | RightLapsed():
                self._right(uri, after[uri])
            case _:
                assert_never(event.body)

    def _party(self, event: SignedEvent, claim: PartyRegistered) -> None:
        gln = gs1.parse_subject(claim.subject).gln
        evidence = event.document.get("evidence", ())
        first = self.parties.get(gln)
        self.parties[gln] = PartyRow(
            gln=gln,
            name=claim.name,
            country=claim.country,
            roles=[role.value for role in claim.roles],
            prefixes=list(claim.prefixes),
            looks=lookalikes.keys(claim.name) if Role.BRAND in claim.roles else [],
            imported=first.imported
            if first is not None
            else any(piece.get("type") == SOURCE_FILE_ROW for piece in evidence),
        )

    def _key(self, event: SignedEvent, claim: KeyAdded) -> None:
        self.keys[claim.public_key] = KeyRow(
            public_key=claim.public_key,
            party_id=claim.party,
            purpose=claim.purpose.value,
            custody=claim.custody.value,
            valid_from=event.event_time,
            enrolled_by=event.key,
            added_by=event.digest,
            recovery=claim.recovery or "",
        )

    def _revoke(self, event: SignedEvent, claim: KeyRevoked) -> None:
        key, successor = claim.public_key, claim.successor or ""
        change = Revocation(
            event.event_time, claim.reason.value, event.digest, successor, event.key
        )
        if key in self.keys:
            self.keys[key] = replace(self.keys[key], **values(change))
        else:
            self.revocations[key] = change

    def _product(self, event: SignedEvent, claim: ProductRegistered) -> None:
        gtin = gs1.parse_subject(claim.subject).gtin
        self.products[gtin] = ProductRow(
            gtin=gtin,
            name=claim.name,
            brand=claim.brand,
            hs_code=claim.hs_code,
            origin=claim.origin,
            owner_id=event.issuer,
            rights=list(claim.rights),
            looks=lookalikes.keys(claim.brand) if claim.brand else [],
        )

    def _right(self, uri: str, state: State, licence: str | None = None) -> None:
        if not isinstance(state, RightState):
            return
        self.rights[uri] = _right(uri, state)
        if licence is not None:
            self.licences[licence] = _licence(licence, uri, state.licences[licence])

    def _goods(
        self, event: SignedEvent, goods: GoodsAct, before: Mapping[str, State | None]
    ) -> None:
        if event.act in (Act.PACK, Act.UNPACK):
            self._pack(goods, 1 if event.act is Act.PACK else -1)
        elif event.act is Act.HAND_OVER:
            self._hand_over(event, goods)
            self._shipment(event, goods)
        elif event.act in _ANSWERS:
            for uri in goods.subjects:
                self._answer(uri, event, event.act.value)
        elif event.act is Act.CHECKPOINT:
            self._checkpoint(event, goods, before)

    def _hand_over(self, event: SignedEvent, goods: GoodsAct) -> None:
        for uri in goods.subjects:
            self.pending[uri] = event.digest
            self.handoffs[uri, event.digest] = HandoffRow(
                subject=uri,
                handed_over=event.digest,
                sender=goods.sender,
                receiver=goods.receiver,
                handed_over_at=event.event_time,
            )

    def _answer(self, uri: str, event: SignedEvent, outcome: str) -> None:
        change = HandoffAnswer(event.digest, event.event_time, outcome)
        name = (uri, self.pending.pop(uri, ""))
        if name in self.handoffs:
            self.handoffs[name] = replace(self.handoffs[name], **values(change))
        else:
            self.answers[uri] = change

    def _checkpoint(
        self, event: SignedEvent, goods: GoodsAct, before: Mapping[str, State | None]
    ) -> None:
        customs = goods.customs
        if customs is None:
            return
        for uri in goods.subjects:
            self.checkpoints[uri, event.digest] = CheckpointRow(
                subject=uri,
                event=event.digest,
                authority=event.issuer,
                country=goods.place.country,
                post=customs.post,
                procedure=customs.procedure.value,
                outcome=customs.outcome.value if customs.outcome is not None else "",
                declaration=customs.declaration,
                at=event.event_time,
            )
            state = before[uri]
            seized = customs.outcome is Outcome.SEIZED
            if seized and isinstance(state, GoodsState) and state.pending:
                self._answer(uri, event, Outcome.SEIZED.value)

    def _pack(self, goods: GoodsAct, sign: int) -> None:
        inside = self.contents.setdefault(goods.parent or "", {})
        for uri, amount in goods.subjects.items():
            left = inside.get(uri, Decimal(0)) + sign * amount
            if left > 0:
                inside[uri] = left
            else:
                inside.pop(uri, None)

    def _shipment(self, event: SignedEvent, goods: GoodsAct) -> None:
        """A handover that names its despatch advice is a shipment; the goods in its
        logistic units are its lines.
        """
        reference = reference_of(event)
        if not reference:
            return
        name = (event.issuer, reference, goods.receiver or "")
        units = [uri for uri in goods.subjects if is_unit(uri)]
        first = self.shipments.get(name)
        self.shipments[name] = ShipmentRow(
            *name,
            logistic_unit=units[0] if len(units) == 1 else "",
            created_at=first.created_at if first else event.event_time,
        )
        for uri, amount in goods.subjects.items():
            inside = self.contents.get(uri)
            for line, quantity in inside.items() if inside else ((uri, amount),):
                self.lines[(*name, line)] = LineRow(*name, subject=line, quantity=quantity)


def reference_of(event: SignedEvent) -> str:
    """The despatch advice number of the issuer that an event names, or empty."""
    for transaction in event.members.get(Member.TRANSACTIONS, ()):
        head, _, number = str(transaction.get("bizTransaction", "")).rpartition(":")
        if (
            transaction.get("type") == BizTransactionType.DESPATCH_ADVICE
            and head == f"{compose.DESPATCH_ADVICE}{event.issuer}"
        ):
            return number[:100]
    return ""


def is_unit(uri: str) -> bool:
    """Whether a subject is a logistic unit."""
    return gs1.parse_subject(uri).kind is gs1.SubjectKind.LOGISTIC_UNIT


def _right(uri: str, state: RightState) -> RightRow:
    return RightRow(
        uri=uri,
        kind=state.kind.value,
        title=state.title,
        office=state.office,
        number=state.number,
        territories=list(state.territories),
        owner=state.owner,
        valid_from=_day(state.valid_from),
        valid_until=_day(state.valid_until),
        verified=state.verified,
        lapsed_from=_day(state.lapsed_from),
        looks=lookalikes.keys(state.title) if state.kind is RightKind.TRADEMARK else [],
    )


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
