"""The acts a party may sign: the closed vocabulary of the record (docs/format.md), each
with its EPCIS spelling.

An act is named by what it does to custody; on the wire it is an EPCIS 2.0 event with a
CBV business step, or a registry claim of our own vocabulary. `classify` reads the act
back from the wire form; `epcis_of` gives it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from provenance.core import errors


class Kind(StrEnum):
    """What an event does."""

    COMMISSION = "commission"
    PACK = "pack"
    UNPACK = "unpack"
    HAND_OVER = "hand_over"
    ACCEPT = "accept"
    REFUSE = "refuse"
    CANCEL = "cancel"
    CHECKPOINT = "checkpoint"
    OBSERVE = "observe"
    TRANSFORM = "transform"
    SELL = "sell"
    RETURN = "return"
    DESTROY = "destroy"
    DECOMMISSION = "decommission"
    RECALL = "recall"
    REPORT_STOLEN = "report_stolen"
    CORRECT = "correct"
    PARTY_REGISTERED = "party_registered"
    KEY_ADDED = "key_added"
    KEY_REVOKED = "key_revoked"
    PRODUCT_REGISTERED = "product_registered"
    RIGHT_FILED = "right_filed"
    RIGHT_VERIFIED = "right_verified"
    RIGHT_ASSIGNED = "right_assigned"
    RIGHT_LAPSED = "right_lapsed"
    LICENCE_GRANTED = "licence_granted"
    LICENCE_REVOKED = "licence_revoked"

    @property
    def is_claim(self) -> bool:
        """True for a registry claim, False for an act on goods."""
        return self in CLAIM_TYPES


class Role(StrEnum):
    """What a party is registered as; a party may have several."""

    BRAND = "brand"
    MAKER = "maker"
    CARRIER = "carrier"
    WAREHOUSE = "warehouse"
    RETAILER = "retailer"
    MARKETPLACE = "marketplace"
    CUSTOMS_AUTHORITY = "customs_authority"
    IP_OFFICE = "ip_office"
    REGISTRAR = "registrar"


class KeyPurpose(StrEnum):
    """What a key was enrolled to sign."""

    ANY = "any"
    GOODS = "goods"
    REGISTRY = "registry"

    def covers(self, kind: Kind) -> bool:
        """Whether a key of this purpose may sign an act of `kind`."""
        return self is KeyPurpose.ANY or (self is KeyPurpose.REGISTRY) == kind.is_claim


CLAIM_TYPES: dict[Kind, str] = {
    Kind.PARTY_REGISTERED: "PartyRegistered",
    Kind.KEY_ADDED: "KeyAdded",
    Kind.KEY_REVOKED: "KeyRevoked",
    Kind.PRODUCT_REGISTERED: "ProductRegistered",
    Kind.RIGHT_FILED: "RightFiled",
    Kind.RIGHT_VERIFIED: "RightVerified",
    Kind.RIGHT_ASSIGNED: "RightAssigned",
    Kind.RIGHT_LAPSED: "RightLapsed",
    Kind.LICENCE_GRANTED: "LicenceGranted",
    Kind.LICENCE_REVOKED: "LicenceRevoked",
}
CLAIM_KINDS: dict[str, Kind] = {name: kind for kind, name in CLAIM_TYPES.items()}


@dataclass(frozen=True, slots=True)
class Spelling:
    """How an act on goods is written in EPCIS 2.0 / CBV 2.0: event type, action,
    bizStep and disposition.
    """

    type: str
    action: str | None
    biz_step: str
    disposition: str | None


# A checkpoint's step follows its outcome, so it has several spellings;
# `CHECKPOINT_STEPS` lists them.
SPELLINGS: dict[Kind, Spelling] = {
    Kind.COMMISSION: Spelling("ObjectEvent", "ADD", "commissioning", "active"),
    Kind.PACK: Spelling("AggregationEvent", "ADD", "packing", "in_progress"),
    Kind.UNPACK: Spelling("AggregationEvent", "DELETE", "unpacking", "in_progress"),
    Kind.HAND_OVER: Spelling("ObjectEvent", "OBSERVE", "shipping", "in_transit"),
    Kind.ACCEPT: Spelling("ObjectEvent", "OBSERVE", "receiving", "in_progress"),
    Kind.REFUSE: Spelling("ObjectEvent", "OBSERVE", "void_shipping", "in_progress"),
    Kind.CANCEL: Spelling("ObjectEvent", "OBSERVE", "void_shipping", "in_progress"),
    Kind.TRANSFORM: Spelling("TransformationEvent", None, "assembling", "active"),
    Kind.SELL: Spelling("ObjectEvent", "OBSERVE", "retail_selling", "retail_sold"),
    Kind.RETURN: Spelling("ObjectEvent", "OBSERVE", "receiving", "returned"),
    Kind.DESTROY: Spelling("ObjectEvent", "DELETE", "destroying", "destroyed"),
    Kind.DECOMMISSION: Spelling("ObjectEvent", "DELETE", "decommissioning", "inactive"),
    Kind.RECALL: Spelling("ObjectEvent", "OBSERVE", "holding", "recalled"),
    Kind.REPORT_STOLEN: Spelling("ObjectEvent", "OBSERVE", "other", "stolen"),
    Kind.OBSERVE: Spelling("ObjectEvent", "OBSERVE", "sensor_reporting", "in_progress"),
}
OBSERVE_STEPS = frozenset(
    {
        "sensor_reporting",
        "transporting",
        "storing",
        "stock_taking",
        "cycle_counting",
        "arriving",
        "departing",
        "loading",
        "unloading",
        "inspecting",
        "staging_outbound",
        "other",
    }
)
TRANSFORM_STEPS = frozenset(
    {"assembling", "disassembling", "repackaging", "creating_class_instance", "commissioning"}
)
# Outcome of a customs checkpoint (None: the authority only looked) -> bizStep,
# disposition.
CHECKPOINT_STEPS: dict[str | None, tuple[str, str]] = {
    None: ("arriving", "in_progress"),
    "cleared": ("departing", "in_transit"),
    "held": ("holding", "unavailable"),
    "sampled": ("inspecting", "in_progress"),
    "seized": ("holding", "non_sellable_other"),
    "refused": ("inspecting", "non_conformant"),
}
_BY_STEP: dict[tuple[str, str | None, str, str | None], Kind] = {
    (s.type, s.action, s.biz_step, s.disposition): kind
    for kind, s in SPELLINGS.items()
    if kind not in (Kind.REFUSE, Kind.CANCEL, Kind.TRANSFORM, Kind.OBSERVE)
}
CUSTOMS_MEMBER = "custos:customs"


def classify(  # noqa: PLR0911  one way out for each way of telling
    subject: Mapping[str, Any], issuer_uri: str
) -> Kind:
    """Read the act from a credentialSubject signed by the party `issuer_uri`.

    Raises BadEpcis for an event or claim that is none of our acts.
    """
    type_ = subject.get("type")
    if type_ in CLAIM_KINDS:
        return CLAIM_KINDS[type_]
    if "errorDeclaration" in subject:
        return Kind.CORRECT
    action, step, disposition = (
        subject.get("action"),
        subject.get("bizStep"),
        subject.get("disposition"),
    )
    if CUSTOMS_MEMBER in subject:
        if (type_, action) == ("ObjectEvent", "OBSERVE"):
            return Kind.CHECKPOINT
        raise errors.BadEpcis(
            f"customs looks at goods in an ObjectEvent OBSERVE, not a {type_} {action}"
        )
    kind = _BY_STEP.get((type_, action, step, disposition))  # type: ignore[arg-type]
    if kind is not None:
        return kind
    if type_ == "TransformationEvent" and step in TRANSFORM_STEPS:
        return Kind.TRANSFORM
    if type_ == "ObjectEvent" and action == "OBSERVE":
        if step == "void_shipping":
            return (
                Kind.CANCEL
                if _possessor(subject, "sourceList", "source") == issuer_uri
                else Kind.REFUSE
            )
        if step in OBSERVE_STEPS:
            return Kind.OBSERVE
    raise errors.BadEpcis(
        f"{type_} {action} {step} {disposition} is none of the acts this record knows"
    )


def _possessor(event: Mapping[str, Any], list_name: str, member: str) -> str | None:
    """The possessing_party of a sourceList or destinationList."""
    for entry in event.get(list_name, ()):
        if entry.get("type") == "possessing_party":
            value = entry.get(member)
            return value if isinstance(value, str) else None
    return None


def possessors(event: Mapping[str, Any]) -> tuple[str | None, str | None]:
    """Party URIs of the possessing_party a handoff goes from and to; None where the
    event names none.
    """
    return _possessor(event, "sourceList", "source"), _possessor(
        event, "destinationList", "destination"
    )
