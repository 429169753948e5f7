"""The closed vocabularies of the record (docs/format.md): acts, roles, and the words of claims.

An act is named by its deed. On the wire it is an EPCIS 2.0 event with a CBV business step,
or a registry claim of a type of our own; `acts` has the row of each.
"""

from enum import StrEnum
from typing import Self, assert_never


class Act(StrEnum):
    """The act that an event signs. A registry claim's second word is its `type` on the wire."""

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
    PARTY_REGISTERED = "party_registered", "PartyRegistered"
    KEY_ADDED = "key_added", "KeyAdded"
    KEY_REVOKED = "key_revoked", "KeyRevoked"
    PRODUCT_REGISTERED = "product_registered", "ProductRegistered"
    PRODUCT_RECALLED = "product_recalled", "ProductRecalled"
    RIGHT_FILED = "right_filed", "RightFiled"
    RIGHT_VERIFIED = "right_verified", "RightVerified"
    RIGHT_ASSIGNED = "right_assigned", "RightAssigned"
    RIGHT_LAPSED = "right_lapsed", "RightLapsed"
    LICENCE_GRANTED = "licence_granted", "LicenceGranted"
    LICENCE_REVOKED = "licence_revoked", "LicenceRevoked"

    claim_type: str

    def __new__(cls, value: str, claim_type: str = "") -> Self:
        act = str.__new__(cls, value)
        act._value_ = value
        act.claim_type = claim_type
        return act

    @property
    def is_claim(self) -> bool:
        """True for a registry claim, False for an act on goods."""
        return bool(self.claim_type)


class Role(StrEnum):
    """A role that a party is registered in; it may have several."""

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
    """The acts that a key was enrolled to sign."""

    ANY = "any"
    GOODS = "goods"
    REGISTRY = "registry"
    REGISTRAR = "registrar"  # to be the registrar's own key, when its turn comes
    RECOVERY = "recovery"  # to end a registrar's key and enrol the next, and nothing else

    @property
    def is_registrars(self) -> bool:
        """Whether only the registrar has keys of this purpose."""
        return self in (KeyPurpose.REGISTRAR, KeyPurpose.RECOVERY)

    def covers(self, act: Act) -> bool:
        """Whether a key of this purpose may sign `act`."""
        match self:
            case KeyPurpose.ANY | KeyPurpose.REGISTRAR:
                return True
            case KeyPurpose.RECOVERY:
                return act in (Act.KEY_ADDED, Act.KEY_REVOKED)
            case KeyPurpose.GOODS | KeyPurpose.REGISTRY:
                return (self is KeyPurpose.REGISTRY) == act.is_claim
            case _:
                assert_never(self)


class KeyCustody(StrEnum):
    """The keeper of a private key: this server, a device, or the party's own systems."""

    SERVER = "server"
    DEVICE = "device"
    EXTERNAL = "external"


class RevocationReason(StrEnum):
    """The reason why a key is revoked."""

    COMPROMISED = "compromised"
    SUPERSEDED = "superseded"
    RETIRED = "retired"


class RightKind(StrEnum):
    """The kinds of intellectual-property right that are filed."""

    TRADEMARK = "trademark"
    PATENT = "patent"
    DESIGN = "design"
    COPYRIGHT = "copyright"
    GEOGRAPHICAL_INDICATION = "geographical_indication"
