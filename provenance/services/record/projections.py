"""The tables that people look at, derived from events: what each event adds to them.

`Projection.add` is told one event after another, in the record's order. Capture tells
it a batch and writes what came of it; `rebuild` tells it everything and compares. So
there is one description of what the tables hold.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any, Final

from provenance.core import gs1
from provenance.core.epcis.vocabulary import Outcome
from provenance.core.record import claims, compose
from provenance.core.record.event import GoodsAct, SignedEvent
from provenance.core.record.state import GoodsState, LicenceState, RightState, State
from provenance.core.record.vocabulary import Act

Row = dict[str, Any]
SOURCE_FILE_ROW: Final = "SourceFileRow"  # the evidence of what an import recorded
_ANSWERS: Final = frozenset({Act.ACCEPT, Act.REFUSE, Act.CANCEL})
_RIGHTS: Final = frozenset({Act.RIGHT_FILED, Act.RIGHT_VERIFIED, Act.RIGHT_ASSIGNED, Act.RIGHT_LAPSED,
                            Act.LICENCE_GRANTED, Act.LICENCE_REVOKED})  # fmt: skip


@dataclass(slots=True)
class Projection:
    """Rows by their natural key. `answers` and `revocations` are changes of rows that
    were not made here.
    """

    parties: dict[str, Row] = field(default_factory=dict)
    keys: dict[str, Row] = field(default_factory=dict)
    revocations: dict[str, Row] = field(default_factory=dict)
    products: dict[str, Row] = field(default_factory=dict)
    rights: dict[str, Row] = field(default_factory=dict)
    licences: dict[str, Row] = field(default_factory=dict)
    handoffs: dict[tuple[str, str], Row] = field(default_factory=dict)
    answers: dict[str, Row] = field(default_factory=dict)
    checkpoints: dict[tuple[str, str], Row] = field(default_factory=dict)
    shipments: dict[tuple[str, str], Row] = field(default_factory=dict)
    lines: dict[tuple[str, str, str], Row] = field(default_factory=dict)
    contents: dict[str, dict[str, Decimal]] = field(
        default_factory=dict
    )  # logistic unit -> what is packed in it
    pending: dict[str, str] = field(
        default_factory=dict
    )  # subject -> digest of the handover that was made here

    def add(
        self, event: SignedEvent, before: Mapping[str, State | None], after: Mapping[str, State]
    ) -> None:
        """Take in one event, with the states of its subjects before and after it."""
        if isinstance(event.body, GoodsAct):
            self._goods(event, event.body, before)
            return
        claim, kind, uri = (
            claims.write(event.body, event.event_time),
            event.act,
            event.links[0].subject,
        )
        if kind is Act.PARTY_REGISTERED:
            self.parties[gs1.parse_subject(uri).gln] = {
                "name": claim["name"], "country": claim["country"], "roles": list(claim["roles"]),
                "imported": any(one.get("type") == SOURCE_FILE_ROW for one in event.document.get("evidence", ())),
            }  # fmt: skip
        elif kind is Act.KEY_ADDED:
            self.keys[claim["publicKeyMultibase"]] = {
                "party_id": gs1.parse_subject(uri).gln, "purpose": claim["purpose"], "custody": claim["custody"],
                "valid_from": event.event_time, "revoked_at": None, "reason": "", "added_by": event.digest,
                "revoked_by": "",
            }  # fmt: skip
        elif kind is Act.KEY_REVOKED:
            self._revoke(claim["publicKeyMultibase"], event, claim["reason"])
        elif kind is Act.PRODUCT_REGISTERED:
            self.products[gs1.parse_subject(uri).gtin] = {
                "name": claim["name"], "brand": claim["brand"], "hs_code": claim["hsCode"], "origin": claim["origin"],
                "owner_id": event.issuer, "rights": list(claim["rights"]),
            }  # fmt: skip
        elif kind in _RIGHTS:
            state = after[uri]
            if isinstance(state, RightState):
                self._right(uri, state, claim.get("licence"))

    def _revoke(self, key: str, event: SignedEvent, reason: str) -> None:
        change: Row = {"revoked_at": event.event_time, "reason": reason, "revoked_by": event.digest}
        if key in self.keys:
            self.keys[key] |= change
        else:
            self.revocations[key] = change

    def _right(self, uri: str, state: RightState, licence: str | None) -> None:
        self.rights[uri] = {
            "kind": state.kind, "title": state.title, "office": state.office, "number": state.number,
            "territories": list(state.territories), "owner": state.owner, "valid_from": _day(state.valid_from),
            "valid_until": _day(state.valid_until), "verified": state.verified, "lapsed_from": _day(state.lapsed_from),
        }  # fmt: skip
        if licence is not None:
            self.licences[licence] = _licence(uri, state.licences[licence])

    def _goods(
        self, event: SignedEvent, goods: GoodsAct, before: Mapping[str, State | None]
    ) -> None:
        if event.act in (Act.PACK, Act.UNPACK):
            self._pack(goods, 1 if event.act is Act.PACK else -1)
        elif event.act is Act.HAND_OVER:
            for uri in goods.subjects:
                self.pending[uri] = event.digest
                self.handoffs[uri, event.digest] = {
                    "sender": goods.sender, "receiver": goods.receiver, "handed_over_at": event.event_time,
                    "answered": "", "answered_at": None, "outcome": "",
                }  # fmt: skip
            self._shipment(event, goods)
        elif event.act in _ANSWERS:
            for uri in goods.subjects:
                self._answer(uri, event, event.act.value)
        elif event.act is Act.CHECKPOINT:
            self._checkpoint(event, goods, before)

    def _answer(self, uri: str, event: SignedEvent, outcome: str) -> None:
        change: Row = {
            "answered": event.digest,
            "answered_at": event.event_time,
            "outcome": outcome,
        }
        handed_over = self.pending.pop(uri, None)
        if handed_over is not None:
            self.handoffs[uri, handed_over] |= change
        else:
            self.answers[uri] = change

    def _checkpoint(
        self, event: SignedEvent, goods: GoodsAct, before: Mapping[str, State | None]
    ) -> None:
        customs = goods.customs
        if customs is None:
            return
        for uri in goods.subjects:
            self.checkpoints[uri, event.digest] = {
                "authority": event.issuer, "country": goods.place.country, "post": customs.post,
                "procedure": customs.procedure, "outcome": customs.outcome or "", "declaration": customs.declaration,
                "at": event.event_time,
            }  # fmt: skip
            state = before[uri]
            if (
                customs.outcome is Outcome.SEIZED
                and isinstance(state, GoodsState)
                and state.pending
            ):
                self._answer(uri, event, "seized")

    def _pack(self, goods: GoodsAct, sign: int) -> None:
        inside = self.contents.setdefault(goods.parent or "", {})
        for uri, amount in goods.subjects.items():
            left = inside.get(uri, Decimal(0)) + sign * amount
            if left > 0:
                inside[uri] = left
            else:
                inside.pop(uri, None)

    def _shipment(self, event: SignedEvent, goods: GoodsAct) -> None:
        """A handover that names its despatch advice is a shipment; what its logistic
        units hold are its lines.
        """
        reference = reference_of(event)
        if not reference:
            return
        name = (event.issuer, reference)
        units = [uri for uri in goods.subjects if is_unit(uri)]
        first = self.shipments.get(name, {"created_at": event.event_time})
        self.shipments[name] = {
            "receiver": goods.receiver, "logistic_unit": units[0] if len(units) == 1 else "",
            "created_at": first["created_at"],
        }  # fmt: skip
        for uri, amount in goods.subjects.items():
            inside = self.contents.get(uri)
            for line, quantity in inside.items() if inside else ((uri, amount),):
                self.lines[(*name, line)] = {"quantity": quantity}


def reference_of(event: SignedEvent) -> str:
    """The despatch advice number of the issuer that an event names, or empty."""
    for transaction in event.document["credentialSubject"].get("bizTransactionList", ()):
        head, _, number = str(transaction.get("bizTransaction", "")).rpartition(":")
        if (
            transaction.get("type") == "desadv"
            and head == f"{compose.DESPATCH_ADVICE}{event.issuer}"
        ):
            return number[:100]
    return ""


def is_unit(uri: str) -> bool:
    """Whether a subject is a logistic unit."""
    return gs1.parse_subject(uri).kind is gs1.SubjectKind.LOGISTIC_UNIT


def _licence(right: str, state: LicenceState) -> Row:
    return {
        "right": right, "licensee": state.licensee, "products": list(state.products),
        "territories": list(state.territories), "valid_from": _day(state.valid_from),
        "valid_until": _day(state.valid_until), "revoked_from": _day(state.revoked_from),
    }  # fmt: skip


def _day(text: str | None) -> date | None:
    return None if text is None else date.fromisoformat(text)
